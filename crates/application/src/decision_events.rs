//! Decisions as they are sent: one call, some rows, each taken, known or refused by itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::SubsecRound;
use farthing_lake::{decision_batch, describe_file, read_decisions, write_rows};
use farthing_store::{Dataset, Digest, Revision};
use farthing_types::{BillingPeriod, SourceName};
use farthing_usage::decision::{Decision, Options, decode_numbered};
use farthing_usage::{DecodeError, Effect, Limits, SeenIds};
use serde::Serialize;
use utoipa::ToSchema;

use crate::deliveries::DeliveryPolicy;
use crate::home::blocking;
use crate::masking::MaskInForce;
use crate::publishing::{Running, StagedPeriod, Standing};
use crate::{Error, Farthing, ImportedPeriod};

/// How the revisions that this makes were read.
const FORMAT: &str = "decision-events";

/// What became of decisions that were sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionsTaken {
    /// The source they are kept under.
    pub source: SourceName,
    /// Rows sent.
    pub rows: u64,
    /// Those that are new and were added.
    pub added: u64,
    /// Those that are there already with the same content, or stand in the call twice: nothing to do.
    pub known: u64,
    /// Those that were not taken, and why. The others were.
    pub refused: Vec<RowNote>,
    /// What is odd about rows that were taken.
    pub warnings: Vec<RowNote>,
    /// The months that have a new revision.
    pub periods: Vec<ImportedPeriod>,
}

/// What there is to say about one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowNote {
    /// Which, from 1: the element of a JSON array, the line of NDJSON.
    pub row: u64,
    /// Its id, where it could be read.
    pub id: Option<String>,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// A stable name of the cause: `conflicting-id`, `missing`, `not-a-time`.
    pub rule: String,
    /// Cause and next step.
    pub message: String,
}

/// Rows that can be read, by their month.
#[derive(Default)]
struct Sent {
    rows: u64,
    repeated: u64,
    months: BTreeMap<BillingPeriod, Vec<(u64, Decision)>>,
    refused: Vec<RowNote>,
    warnings: Vec<RowNote>,
}

/// What is to be written of the rows sent.
#[derive(Default)]
struct Sorted {
    known: u64,
    refused: Vec<RowNote>,
    /// The months with new rows, whole: what is there and what comes.
    months: BTreeMap<BillingPeriod, Vec<Decision>>,
    added: u64,
}

impl Farthing {
    /// Takes decisions from the text of a call: a JSON array or one object a line.
    ///
    /// An id is taken once: the same content again is known and changes nothing, other content under it is refused. What is refused
    /// keeps no other row out.
    ///
    /// # Errors
    /// When the text as a whole cannot be read, or somebody else writes the same months at the same time: send it again then, what was
    /// taken is known.
    pub async fn take_decisions(&self, source: &SourceName, text: Vec<u8>) -> Result<DecisionsTaken, Error> {
        let masking = self.mask_in_force().await?;
        let (mask, sent) = (masking.clone(), text.clone());
        let sent = blocking(move || read(&sent, mask.as_ref())).await?;
        let taken = |sent: &Sent, sorted: Sorted, periods| DecisionsTaken {
            source: source.clone(),
            rows: sent.rows,
            added: sorted.added,
            known: sent.repeated + sorted.known,
            refused: in_order([sent.refused.clone(), sorted.refused].concat()),
            warnings: sent.warnings.clone(),
            periods,
        };
        // Looked at first, so that a call that brings nothing new leaves no trace.
        let (sorted, _) = self.sorted(source, &sent, masking.as_ref()).await?;
        if sorted.months.is_empty() {
            return Ok(taken(&sent, sorted, Vec::new()));
        }
        // A call is no delivery: the same text later may bring what was refused before.
        let call = format!("{FORMAT} {} {}", Digest::of(&text), self.now().to_rfc3339());
        let running = match self.begin_import(source, Dataset::Decisions, &[], &call, &DeliveryPolicy::default()).await? {
            Ok(running) => running,
            Err(_) => return Err(Error::Panicked("a call was taken for a delivery that is there".to_owned())),
        };
        match self.write_sent(&running, &sent, masking.as_ref()).await {
            Ok((sorted, periods)) => Ok(taken(&sent, sorted, periods)),
            Err(error) => Err(self.fail(&running, error).await),
        }
    }

    /// Tells new rows from known ones and those that cannot be taken, by what is there now.
    async fn sorted(&self, source: &SourceName, sent: &Sent, masking: Option<&MaskInForce>) -> Result<(Sorted, Standing), Error> {
        let standing = self.standing_of(source, Dataset::Decisions).await?;
        let there = self.with_files(standing.active.clone()).await?;
        let files: Vec<_> = there.iter().map(|revision| (revision.period, self.fact_files(revision))).collect();
        let existing = blocking(move || {
            let read = |files: Vec<camino::Utf8PathBuf>| -> Result<Vec<Decision>, Error> {
                let decisions = files.iter().map(|file| read_decisions(file)).collect::<Result<Vec<_>, _>>()?;
                Ok(decisions.into_iter().flatten().collect())
            };
            files.into_iter().map(|(period, files)| Ok((period, read(files)?))).collect::<Result<BTreeMap<_, _>, Error>>()
        })
        .await?;
        Ok((sort(sent, existing, &standing, masking), standing))
    }

    async fn write_sent(
        &self,
        running: &Running,
        sent: &Sent,
        masking: Option<&MaskInForce>,
    ) -> Result<(Sorted, Vec<ImportedPeriod>), Error> {
        let (mut sorted, standing) = self.sorted(&running.source, sent, masking).await?;
        if sorted.months.is_empty() {
            self.nothing_new(running, "The same decisions are there already. Nothing changed.".to_owned()).await?;
            return Ok((sorted, Vec::new()));
        }
        let mut staged = Vec::new();
        for (period, decisions) in std::mem::take(&mut sorted.months) {
            let folder = running.staging.path().join(period.to_string());
            staged.push(blocking(move || stage(period, folder, &decisions)).await?);
        }
        let placements = self.placements(running, &standing, staged)?;
        let message = format!(
            "{} rows sent, {} added, {} known, {} refused.{}",
            sent.rows,
            sorted.added,
            sent.repeated + sorted.known,
            sent.refused.len() + sorted.refused.len(),
            running.masking_note()
        );
        let revisions = self.publish(running, placements, FORMAT, &message, Vec::new(), None).await?;
        Ok((sorted, revisions.iter().map(ImportedPeriod::from).collect()))
    }
}

fn in_order(mut notes: Vec<RowNote>) -> Vec<RowNote> {
    notes.sort_by(|a, b| (a.row, &a.rule).cmp(&(b.row, &b.rule)));
    notes
}

fn read(text: &[u8], masking: Option<&MaskInForce>) -> Result<Sent, Error> {
    let rows = text.len();
    let options = Options {
        format: farthing_usage::decision::Format::Json,
        // Every row may have a note: none is only counted.
        limits: Limits { findings: rows, ..Limits::default() },
        ..Options::default()
    };
    let mut sent = Sent::default();
    let mut ids: HashMap<u64, String> = HashMap::new();
    let report = decode_numbered(text, &options, &mut SeenIds::default(), |row, decision| {
        let Some(period) = BillingPeriod::of(decision.decided_at) else {
            let message = "the time lies outside the years 1970 to 9998".to_owned();
            sent.refused.push(RowNote { row, id: Some(decision.id), column: None, rule: "not-a-time".to_owned(), message });
            return Ok(());
        };
        ids.insert(row, decision.id.clone());
        let decision = match masking {
            Some(masking) => masking.mask.decision(decision),
            None => decision,
        };
        sent.months.entry(period).or_default().push((row, as_kept(decision)));
        Ok::<(), DecodeError>(())
    });
    let report = report.map_err(|error| Error::Invalid(format!("the body cannot be read: {error}; nothing was taken")))?;
    (sent.rows, sent.repeated) = (report.rows, report.duplicates);
    for finding in report.findings.first() {
        let message = masking.map_or(finding.message.clone(), |masking| masking.mask.message(&finding.message));
        let column = (!finding.column.is_empty()).then(|| finding.column.clone());
        let note =
            RowNote { row: finding.row, id: ids.get(&finding.row).cloned(), column, rule: finding.rule.to_owned(), message };
        match finding.effect {
            Effect::SetAside => sent.refused.push(note),
            Effect::Kept => sent.warnings.push(note),
        }
    }
    if sent.rows == 0 {
        return Err(Error::Invalid("the body has no row: send a JSON array of decisions, or one object a line".to_owned()));
    }
    Ok(sent)
}

/// The lake keeps microseconds.
fn as_kept(mut decision: Decision) -> Decision {
    decision.decided_at = decision.decided_at.trunc_subsecs(6);
    decision.error_found_at = decision.error_found_at.map(|moment| moment.trunc_subsecs(6));
    decision
}

fn sort(
    sent: &Sent,
    mut existing: BTreeMap<BillingPeriod, Vec<Decision>>,
    standing: &Standing,
    masking: Option<&MaskInForce>,
) -> Sorted {
    let mut sorted = Sorted::default();
    let mut new: BTreeMap<BillingPeriod, Vec<Decision>> = BTreeMap::new();
    {
        let by_id: HashMap<&str, &Decision> = existing.values().flatten().map(|d| (d.id.as_str(), d)).collect();
        let mut taken: HashSet<&str> = HashSet::new();
        for (period, decisions) in &sent.months {
            let refusal = unwritable(standing, *period, masking);
            for (row, decision) in decisions {
                let note = |rule: &str, message: String| RowNote {
                    row: *row,
                    id: Some(decision.id.clone()),
                    column: None,
                    rule: rule.to_owned(),
                    message,
                };
                match (by_id.get(decision.id.as_str()), &refusal) {
                    (Some(known), _) if **known == *decision => sorted.known += 1,
                    (Some(known), _) => {
                        let message = format!(
                            "decision {:?} is there with other content ({}); it stays and this one was not taken. What was decided does not \
                             change: send a correction as a file of the month with `farthing ingest decisions`",
                            decision.id,
                            differences(known, decision)
                        );
                        sorted.refused.push(note("conflicting-id", message));
                    }
                    (None, Some((rule, why))) => sorted.refused.push(note(rule, why.clone())),
                    // Masking may drop what told ids apart.
                    (None, None) if !taken.insert(decision.id.as_str()) => {
                        let message = format!("decision {:?} stands in this call twice once it is masked", decision.id);
                        sorted.refused.push(note("conflicting-id", message));
                    }
                    (None, None) => {
                        sorted.added += 1;
                        new.entry(*period).or_default().push(decision.clone());
                    }
                }
            }
        }
    }
    for (period, more) in new {
        let mut whole = existing.remove(&period).unwrap_or_default();
        whole.extend(more);
        sorted.months.insert(period, whole);
    }
    sorted
}

/// Why a month takes no further row.
fn unwritable(standing: &Standing, period: BillingPeriod, masking: Option<&MaskInForce>) -> Option<(&'static str, String)> {
    if let Some(closed) = standing.closed(period) {
        return Some(("period-closed", closed.to_string()));
    }
    let there: &Revision = standing.of(period)?;
    let by = masking.map(|masking| masking.recorded.digest);
    (there.masking.map(|masking| masking.digest) != by).then(|| {
        let message = format!(
            "the decisions of {period} were masked otherwise than the policy in force would: both cannot stand in one month. Import the \
             month again as a whole"
        );
        ("masked-otherwise", message)
    })
}

/// The names of what differs.
fn differences(there: &Decision, sent: &Decision) -> String {
    let fields: [(&str, bool); 17] = [
        ("decided_at", there.decided_at == sent.decided_at),
        ("workflow", there.workflow == sent.workflow),
        ("unit", there.unit == sent.unit),
        ("actor", there.actor == sent.actor),
        ("model", there.model == sent.model),
        ("model_version", there.model_version == sent.model_version),
        ("outcome", there.outcome == sent.outcome),
        ("handling_seconds", there.handling_seconds == sent.handling_seconds),
        ("review_seconds", there.review_seconds == sent.review_seconds),
        ("error_cost", there.error_cost == sent.error_cost),
        ("requests", there.requests == sent.requests),
        ("confidence", there.confidence == sent.confidence),
        ("answer", there.answer == sent.answer),
        ("override_reason", there.override_reason == sent.override_reason),
        ("error_found_at", there.error_found_at == sent.error_found_at),
        ("shadow_of", there.shadow_of == sent.shadow_of),
        ("tags", there.tags == sent.tags),
    ];
    fields.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn stage(period: BillingPeriod, folder: camino::Utf8PathBuf, decisions: &[Decision]) -> Result<StagedPeriod, Error> {
    std::fs::create_dir_all(&folder).map_err(|source| Error::Home { path: folder.to_string(), source })?;
    let path = folder.join("decisions.parquet");
    write_rows(&path, &decision_batch(decisions)?)?;
    let rows = decisions.len() as u64;
    let files = vec![describe_file(&path, rows)?];
    Ok(StagedPeriod { period, folder, rows, files, totals: Vec::new(), rows_digest: None })
}
