use std::io::Read;

use farthing_types::{Amount, Currency, Money, Quantity};

use super::{Actor, Decision, Outcome};
use crate::finding::shown;
use crate::row::{Format, Header, Reading, SetAside, for_each_row};
use crate::{DecodeError, DecodeReport, Limits, Seen, SeenIds};

/// What the file does not say by itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The currency of error costs in rows that name none.
    pub currency: Currency,
    /// How the file is written.
    pub format: Format,
    /// Bounds.
    pub limits: Limits,
}

impl Default for Options {
    /// US dollars, the format told by the first byte.
    fn default() -> Self {
        Self { currency: Currency::USD, format: Format::Auto, limits: Limits::default() }
    }
}

const ID: &[&str] = &["id", "decisionid"];
const DECIDED_AT: &[&str] = &["decidedat", "timestamp", "time"];

/// Reads decisions, handing each to `each`. `seen` holds the ids met so far: keep it across files, and a row counts once. A decision that
/// is stated more than once comes as often: [`super::Latest`] tells which stands.
///
/// # Errors
/// [`DecodeError`] where the file as a whole cannot be read, and whatever `each` returns, which ends the reading.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    mut each: impl FnMut(Decision) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    decode_numbered(input, options, seen, |_, decision| each(decision))
}

/// The same, with the number of the row that each decision stands in, as findings count them.
///
/// # Errors
/// As [`decode`].
pub fn decode_numbered<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    mut each: impl FnMut(u64, Decision) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut report = DecodeReport::default();
    for_each_row(input, options.format, &options.limits, &mut report, check_header, |row, number, report| {
        let mut reading = Reading::new(row, number, &mut report.findings);
        let Ok(decision) = read(&mut reading, options) else { return Ok(()) };
        let limit = options.limits.ids;
        // The content is the decision itself: the same row in CSV and JSON is one repetition.
        let content = format!("{decision:?}");
        // Each statement of a decision by itself.
        let stated =
            (decision.stated_at() != decision.decided_at).then(|| format!("{}\u{1f}{}", decision.id, decision.stated_at()));
        match seen.observe(stated.as_ref().unwrap_or(&decision.id), content.as_bytes(), limit) {
            None => return Err(DecodeError::TooManyIds { row: number, limit }.into()),
            Some(Seen::New) => {}
            Some(Seen::Same) => {
                report.duplicates += 1;
                return Ok(());
            }
            Some(Seen::Conflicting) => {
                let message = format!(
                    "decision {} was read before with other values; the first stands. Compare the two; a correction has an updated_at of its \
                     own.",
                    shown(&decision.id)
                );
                let SetAside = reading.set_aside("id", "conflicting-duplicate", message);
                return Ok(());
            }
        }
        report.records += 1;
        each(number, decision)
    })?;
    Ok(report)
}

fn check_header(header: &Header) -> Result<(), DecodeError> {
    header.require(ID, "id")?;
    header.require(DECIDED_AT, "decided_at")?;
    for column in ["workflow", "actor", "outcome"] {
        header.require(&[column], column)?;
    }
    Ok(())
}

fn read(row: &mut Reading<'_>, options: &Options) -> Result<Decision, SetAside> {
    let id = row.name(ID)?;
    let decided_at = row.moment(DECIDED_AT)?;
    let workflow = row.id(&["workflow"])?;
    let actor: Option<Actor> = row.id(&["actor"])?;
    let outcome: Option<Outcome> = row.id(&["outcome"])?;
    let decision = Decision {
        id: row.required(id, "id")?,
        decided_at: row.required(decided_at, "decided_at")?,
        workflow: row.required(workflow, "workflow")?,
        unit: row.id(&["unit"])?,
        actor: row.required(actor, "actor")?,
        model: row.id(&["model"])?,
        model_version: row.name(&["modelversion", "version"])?,
        outcome: row.required(outcome, "outcome")?,
        handling_seconds: row.quantity(&["handlingseconds"])?.map(Quantity),
        review_seconds: row.quantity(&["reviewseconds"])?.map(Quantity),
        error_cost: error_cost(row, options)?,
        requests: row.count(&["requests", "inferencerequests"])?,
        confidence: confidence(row)?,
        answer: row.name(&["answer", "decision"])?,
        override_reason: row.name(&["overridereason"])?,
        error_found_at: row.moment(&["errorfoundat"])?,
        updated_at: row.moment(&["updatedat"])?,
        shadow_of: row.name(&["shadowof"])?,
        tags: row.tags(),
    };
    note_contradictions(row, &decision);
    Ok(decision)
}

/// What a row says twice and differently. It is kept.
fn note_contradictions(row: &mut Reading<'_>, decision: &Decision) {
    if decision.error_cost.is_some() && decision.outcome != Outcome::Wrong {
        let message = format!("an error cost on a decision that is {}; it was kept and counts", decision.outcome);
        row.keep("error_cost", "error-cost-without-error", message);
    }
    if decision.override_reason.is_some() && decision.outcome != Outcome::Overridden {
        let message = format!("a reason to override a decision that is {}; it was kept", decision.outcome);
        row.keep("override_reason", "reason-without-override", message);
    }
    if decision.error_found_at.is_some_and(|found| found < decision.decided_at) {
        row.keep("error_found_at", "found-before-decided", "an error found before the decision was made; it was kept".to_owned());
    }
    if decision.shadow_of.as_ref() == Some(&decision.id) {
        let message = "a decision in the shadow of itself: it counts as one that took no effect; name the other one".to_owned();
        row.keep("shadow_of", "own-shadow", message);
    }
}

fn error_cost(row: &mut Reading<'_>, options: &Options) -> Result<Option<Money>, SetAside> {
    const ERROR_COST: &[&str] = &["errorcost"];
    let Some(amount) = row.quantity(ERROR_COST)? else { return Ok(None) };
    let currency = row.id(&["currency"])?.unwrap_or(options.currency);
    Ok(Some(Money::new(amount, currency)))
}

fn confidence(row: &mut Reading<'_>) -> Result<Option<Amount>, SetAside> {
    const CONFIDENCE: &[&str] = &["confidence"];
    let Some(confidence) = row.decimal(CONFIDENCE)? else { return Ok(None) };
    let confidence = confidence.amount;
    if confidence.is_negative() || confidence > Amount::ONE {
        let message = format!("confidence {confidence} is not between 0 and 1; the decision was kept without it");
        row.keep("confidence", "confidence-out-of-range", message);
        return Ok(None);
    }
    Ok(Some(confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str, seen: &mut SeenIds) -> Result<(Vec<Decision>, DecodeReport), DecodeError> {
        let mut decisions = Vec::new();
        let report = decode(text.as_bytes(), &Options::default(), seen, |decision| {
            decisions.push(decision);
            Ok::<(), DecodeError>(())
        })?;
        Ok((decisions, report))
    }

    const CSV: &str = "id,decided_at,workflow,unit,actor,model,outcome,handling_seconds,review_seconds,error_cost,requests,confidence\n\
                       d1,2026-05-01T08:00:00Z,triage,claims,ai,gpt-4o,accepted,,,,2,0.97\n\
                       d2,2026-05-01T08:01:00Z,triage,claims,person,,wrong,412.5,,30,,\n\
                       d3,2026-05-01T08:02:00Z,triage,,AI_then_person,gpt-4o,overridden,60,20,,1,0.4\n";

    #[test]
    fn csv_and_json_lines_give_the_same_decisions() {
        let json = r#"{"id":"d1","decided_at":"2026-05-01T08:00:00Z","workflow":"triage","unit":"claims","actor":"ai","model":"gpt-4o","outcome":"accepted","requests":2,"confidence":0.97}
{"id":"d2","decided_at":1777622460,"workflow":"triage","unit":"claims","actor":"person","model":null,"outcome":"wrong","handling_seconds":412.50,"error_cost":"30"}
{"id":"d3","decided_at":"2026-05-01 08:02:00","workflow":"triage","unit":"","actor":"ai_then_person","model":"gpt-4o","outcome":"overridden","handling_seconds":60,"review_seconds":20,"requests":1,"confidence":0.4}"#;
        let mut seen = SeenIds::default();
        let (from_csv, report) = decoded(CSV, &mut seen).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        let (from_json, _) = decoded(json, &mut SeenIds::default()).unwrap();
        assert_eq!(from_csv, from_json);
        assert_eq!(from_csv[1].error_cost.unwrap().to_string(), "30 USD");

        let (again, report) = decoded(json, &mut seen).unwrap();
        assert_eq!((again.len(), report.duplicates, report.findings.count()), (0, 3, 0));
    }

    #[test]
    fn what_tells_segments_versions_and_shadows_apart_is_read() {
        let csv = "id,decided_at,workflow,actor,model,model_version,outcome,answer,override_reason,error_found_at,shadow_of,tag:channel\n\
                   d1,2026-05-01T08:00:00Z,triage,ai,m,2026-04,overridden,approve,income not shown,,,web\n\
                   d2,2026-05-01T08:00:00Z,triage,ai,n,,wrong,refer,,2026-06-01T00:00:00Z,d1,\n";
        let json = r#"[{"id":"d1","decided_at":"2026-05-01T08:00:00Z","workflow":"triage","actor":"ai","model":"m","version":"2026-04","outcome":"overridden","answer":"approve","override_reason":"income not shown","tags":{"channel":"web"}},
            {"id":"d2","decided_at":"2026-05-01T08:00:00Z","workflow":"triage","actor":"ai","model":"n","outcome":"wrong","answer":"refer","error_found_at":"2026-06-01T00:00:00Z","shadow_of":"d1"}]"#;
        let (from_csv, report) = decoded(csv, &mut SeenIds::default()).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert_eq!(decoded(json, &mut SeenIds::default()).unwrap().0, from_csv);
        assert_eq!(from_csv[0].tags["channel"], "web");
        assert_eq!((from_csv[0].is_shadow(), from_csv[1].is_shadow()), (false, true));

        let odd = "id,decided_at,workflow,actor,outcome,override_reason,error_found_at,shadow_of\n\
                   d1,2026-05-01T08:00:00Z,triage,ai,accepted,because,2026-04-01T00:00:00Z,d1\n";
        let (_, report) = decoded(odd, &mut SeenIds::default()).unwrap();
        let rules: Vec<_> = report.findings.first().iter().map(|f| f.rule).collect();
        assert_eq!(rules, ["reason-without-override", "found-before-decided", "own-shadow"]);
    }

    #[test]
    fn a_conflicting_duplicate_is_a_finding_and_the_first_stands() {
        let mut seen = SeenIds::default();
        decoded(CSV, &mut seen).unwrap();
        let (changed, report) = decoded(&CSV.replace("412.5", "4125"), &mut seen).unwrap();
        assert_eq!((changed.len(), report.duplicates), (0, 2));
        assert_eq!(report.findings.first()[0].row, 3);
        assert_eq!(report.findings.first()[0].rule, "conflicting-duplicate");
    }

    #[test]
    fn bad_rows_are_set_aside_and_named() {
        let text = "id,decided_at,workflow,actor,outcome,handling_seconds,confidence\n\
                    ,2026-05-01,triage,ai,accepted,,\n\
                    d1,2026-05-01,triage,robot,accepted,,\n\
                    d2,2026-05-01,triage,ai,fine,,\n\
                    d3,2026-05-01,triage,ai,accepted,-5,\n\
                    d4,2026-05-01,triage,ai,accepted,,1.5\n\
                    d5,2026-05-01,,ai,accepted,,\n";
        let (decisions, report) = decoded(text, &mut SeenIds::default()).unwrap();
        let found: Vec<_> = report.findings.first().iter().map(|f| (f.row, f.rule)).collect();
        let expected = [
            (2, "missing"),
            (3, "not-a-name"),
            (4, "not-a-name"),
            (5, "negative"),
            (6, "confidence-out-of-range"),
            (7, "missing"),
        ];
        assert_eq!(found, expected);
        assert!(report.findings.first()[1].message.contains("ai, person, ai_then_person"));
        assert_eq!(decisions.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["d4"]);
    }
}
