//! The people file: TOML, version 1.
//!
//! ```toml
//! version = 1
//!
//! [[workflow]]
//! id = "claims-triage"
//! role = "claims examiner"
//! currency = "USD"
//! workloads = ["claims"]                  # the AI of this workflow, as usage names it
//! units = ["claims-triage"]               # the units whose cost is this workflow's
//! wage_per_hour = 38.40                   # needed; every number may also stand in quotes
//! benefits_share = 0.31                   # of total compensation; this is the default (BLS ECEC)
//! overhead_rate = 0.15                    # of compensation; default 0
//! paid_hours = 2080                       # a year; default 2080
//! productive_hours = 1720                 # of those; default all
//! utilisation = 0.85                      # share of productive hours with work to do; default 1
//! training_and_hiring_per_hour = 1.10     # amortised, for each productive hour; default 0
//! attrition_rate = 0.22                   # share of the people who leave in a year, and
//! replacement_cost = 6500                 # what replacing one costs; both default 0
//! handling_minutes = 12.5                 # for each decision, where the log states none
//! review_minutes = 2
//! error_rate = 0.03                       # of a person's decisions, where none were observed
//! error_cost = 85                         # of one wrong decision, where the log states none
//! published = "invoice-processing-ardent" # a published cost of a decision, in place of handling_minutes
//!
//! [workflow.event_log]                    # handling measured in an event log, in place of handling_minutes: see `EventLog`
//! source = "claims-system"
//! automatic = ["batch*"]
//!
//! [workflow.sources]
//! wage_per_hour = { source = "payroll, claims department", year = 2026 }
//! handling_minutes = { source = "time study", year = 2025 }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::{Amount, Currency, UnitId, WorkflowId};
use serde::Deserialize;
use toml::Spanned;

use super::{DEFAULT_BENEFITS_SHARE, DEFAULT_BENEFITS_SOURCE, EventLog, Origin, PUBLISHED, PublishedFigure, WorkflowPeople};
use crate::document::{Decimal, line_of};

/// Why a people file cannot be used. Nothing of it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    /// Not TOML, an unknown key, a missing one, or a value of the wrong kind.
    #[error("line {line}: {message}")]
    Toml {
        /// 1-based.
        line: usize,
        /// What the reader said.
        message: String,
    },
    /// A value that cannot be.
    #[error("line {line}: workflow {workflow}: {key}: {message}")]
    Value {
        /// 1-based.
        line: usize,
        /// Whose.
        workflow: String,
        /// Which.
        key: &'static str,
        /// Cause and next step.
        message: String,
    },
    /// Another version of the format.
    #[error("line {line}: version {found} is not known; this reads version 1")]
    Version {
        /// 1-based.
        line: usize,
        /// The version in the file.
        found: i64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleFile {
    version: Spanned<i64>,
    #[serde(default)]
    workflow: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<WorkflowId>,
    role: String,
    currency: Currency,
    #[serde(default)]
    workloads: Vec<String>,
    #[serde(default)]
    units: Vec<UnitId>,
    wage_per_hour: Spanned<Decimal>,
    benefits_share: Option<Spanned<Decimal>>,
    overhead_rate: Option<Spanned<Decimal>>,
    paid_hours: Option<Spanned<Decimal>>,
    productive_hours: Option<Spanned<Decimal>>,
    utilisation: Option<Spanned<Decimal>>,
    training_and_hiring_per_hour: Option<Spanned<Decimal>>,
    attrition_rate: Option<Spanned<Decimal>>,
    replacement_cost: Option<Spanned<Decimal>>,
    published: Option<Spanned<String>>,
    event_log: Option<Spanned<EventLog>>,
    handling_minutes: Option<Spanned<Decimal>>,
    review_minutes: Option<Spanned<Decimal>>,
    error_rate: Option<Spanned<Decimal>>,
    error_cost: Option<Spanned<Decimal>>,
    #[serde(default)]
    sources: Sources,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    wage_per_hour: Option<OriginEntry>,
    benefits_share: Option<OriginEntry>,
    overhead_rate: Option<OriginEntry>,
    paid_hours: Option<OriginEntry>,
    productive_hours: Option<OriginEntry>,
    utilisation: Option<OriginEntry>,
    training_and_hiring_per_hour: Option<OriginEntry>,
    attrition_rate: Option<OriginEntry>,
    replacement_cost: Option<OriginEntry>,
    handling_minutes: Option<OriginEntry>,
    review_minutes: Option<OriginEntry>,
    error_rate: Option<OriginEntry>,
    error_cost: Option<OriginEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OriginEntry {
    source: String,
    year: Option<u16>,
}

/// Reads a people file.
///
/// # Errors
/// [`PeopleError`] with the line of what is wrong; nothing is taken from a file with an error.
pub fn parse(text: &str) -> Result<Vec<WorkflowPeople>, PeopleError> {
    let file: PeopleFile = toml::from_str(text).map_err(|error| PeopleError::Toml {
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        message: error.message().to_owned(),
    })?;
    if *file.version.get_ref() != 1 {
        let line = line_of(text, file.version.span().start);
        return Err(PeopleError::Version { line, found: *file.version.get_ref() });
    }
    let mut ids = BTreeSet::new();
    let mut workflows = Vec::with_capacity(file.workflow.len());
    for entry in file.workflow {
        let id = entry.id.get_ref().clone();
        if !ids.insert(id.clone()) {
            let line = line_of(text, entry.id.span().start);
            let message = "stands there twice. Remove one".to_owned();
            return Err(PeopleError::Value { line, workflow: id.to_string(), key: "id", message });
        }
        workflows.push(checked(entry, text)?);
    }
    Ok(workflows)
}

/// What a figure may be.
enum Bound {
    /// From 0 on.
    NotNegative,
    /// Above 0.
    Positive,
    /// 0 to 1.
    Share,
    /// Above 0 to 1.
    PositiveShare,
    /// 0 to below 1.
    ProperShare,
}

fn checked(entry: Entry, text: &str) -> Result<WorkflowPeople, PeopleError> {
    let workflow = entry.id.get_ref().to_string();
    let error = |key: &'static str, at: usize, message: String| PeopleError::Value {
        line: line_of(text, at),
        workflow: workflow.clone(),
        key,
        message,
    };
    let check = |key: &'static str, figure: &Option<Spanned<Decimal>>, bound: Bound| -> Result<Option<Amount>, PeopleError> {
        let Some(figure) = figure else { return Ok(None) };
        let value = figure.get_ref().0;
        // A thousand million is beyond any hour, rate or wage; the bound keeps products within range.
        let (fits, wanted) = match bound {
            Bound::NotNegative => (!value.is_negative(), "from 0 on"),
            Bound::Positive => (value > Amount::ZERO, "above 0"),
            Bound::Share => (!value.is_negative() && value <= Amount::ONE, "between 0 and 1"),
            Bound::PositiveShare => (value > Amount::ZERO && value <= Amount::ONE, "above 0 and at most 1"),
            Bound::ProperShare => (!value.is_negative() && value < Amount::ONE, "between 0 and below 1"),
        };
        if fits && value <= Amount::from_int(1_000_000_000) {
            return Ok(Some(value));
        }
        Err(error(key, figure.span().start, format!("{value} is out of bounds: it must be {wanted} (and at most 1e9)")))
    };

    let wage = Some(entry.wage_per_hour);
    let default_share = || DEFAULT_BENEFITS_SHARE.parse().expect("the default is a decimal");
    let paid = check("paid_hours", &entry.paid_hours, Bound::Positive)?.unwrap_or(Amount::from_int(2080));
    let productive = check("productive_hours", &entry.productive_hours, Bound::Positive)?.unwrap_or(paid);
    if productive > paid {
        let at = entry.productive_hours.as_ref().map_or(0, |figure| figure.span().start);
        return Err(error("productive_hours", at, format!("{productive} is more than the {paid} hours paid")));
    }
    if entry.attrition_rate.is_some() != entry.replacement_cost.is_some() {
        let figure = entry.attrition_rate.as_ref().or(entry.replacement_cost.as_ref());
        let message = "attrition costs its rate times the cost of a replacement: state both or neither".to_owned();
        return Err(error("attrition_rate", figure.map_or(0, |figure| figure.span().start), message));
    }
    let of_handling = [
        ("handling_minutes", entry.handling_minutes.as_ref().map(|figure| figure.span().start)),
        ("event_log", entry.event_log.as_ref().map(|log| log.span().start)),
        ("published", entry.published.as_ref().map(|figure| figure.span().start)),
    ];
    let stated: Vec<(&'static str, usize)> = of_handling.into_iter().filter_map(|(key, at)| Some((key, at?))).collect();
    if let [(first, _), (second, at), ..] = stated[..] {
        return Err(error(second, at, format!("the workflow states {first} too, and only one of them can count. Remove one")));
    }
    let published = match &entry.published {
        None => None,
        Some(id) => {
            let known = || PUBLISHED.map(|figure| figure.id).join(", ");
            let message = || format!("{:?} is no published figure; there are {}", id.get_ref(), known());
            let figure = PublishedFigure::named(id.get_ref()).ok_or_else(|| error("published", id.span().start, message()))?;
            if entry.currency != Currency::USD {
                let message = format!(
                    "the figure is in USD and the workflow in {}: enter it converted, as handling_minutes",
                    entry.currency
                );
                return Err(error("published", id.span().start, message));
            }
            Some(*figure)
        }
    };
    let people = WorkflowPeople {
        wage_per_hour: check("wage_per_hour", &wage, Bound::Positive)?.unwrap_or(Amount::ZERO),
        benefits_share: check("benefits_share", &entry.benefits_share, Bound::ProperShare)?.unwrap_or_else(default_share),
        overhead_rate: check("overhead_rate", &entry.overhead_rate, Bound::NotNegative)?.unwrap_or(Amount::ZERO),
        paid_hours: paid,
        productive_hours: productive,
        training_and_hiring_per_hour: check(
            "training_and_hiring_per_hour",
            &entry.training_and_hiring_per_hour,
            Bound::NotNegative,
        )?
        .unwrap_or(Amount::ZERO),
        utilisation: check("utilisation", &entry.utilisation, Bound::PositiveShare)?.unwrap_or(Amount::ONE),
        attrition_rate: check("attrition_rate", &entry.attrition_rate, Bound::NotNegative)?.unwrap_or(Amount::ZERO),
        replacement_cost: check("replacement_cost", &entry.replacement_cost, Bound::NotNegative)?.unwrap_or(Amount::ZERO),
        event_log: entry.event_log.map(Spanned::into_inner),
        measured: None,
        published,
        handling_minutes: check("handling_minutes", &entry.handling_minutes, Bound::NotNegative)?,
        review_minutes: check("review_minutes", &entry.review_minutes, Bound::NotNegative)?,
        error_rate: check("error_rate", &entry.error_rate, Bound::Share)?,
        error_cost: check("error_cost", &entry.error_cost, Bound::NotNegative)?,
        sources: origins(entry.sources, entry.benefits_share.is_none()),
        workflow: entry.id.into_inner(),
        role: entry.role,
        currency: entry.currency,
        workloads: entry.workloads,
        units: entry.units,
    };
    Ok(people)
}

fn origins(sources: Sources, default_benefits: bool) -> BTreeMap<String, Origin> {
    let stated = [
        ("wage_per_hour", sources.wage_per_hour),
        ("benefits_share", sources.benefits_share),
        ("overhead_rate", sources.overhead_rate),
        ("paid_hours", sources.paid_hours),
        ("productive_hours", sources.productive_hours),
        ("utilisation", sources.utilisation),
        ("training_and_hiring_per_hour", sources.training_and_hiring_per_hour),
        ("attrition_rate", sources.attrition_rate),
        ("replacement_cost", sources.replacement_cost),
        ("handling_minutes", sources.handling_minutes),
        ("review_minutes", sources.review_minutes),
        ("error_rate", sources.error_rate),
        ("error_cost", sources.error_cost),
    ];
    let named = stated.into_iter().filter_map(|(figure, origin)| Some((figure.to_owned(), origin?)));
    let mut origins: BTreeMap<String, Origin> =
        named.map(|(figure, origin)| (figure, Origin { source: origin.source, year: origin.year })).collect();
    if default_benefits {
        let origin = Origin { source: DEFAULT_BENEFITS_SOURCE.to_owned(), year: None };
        origins.insert("benefits_share".to_owned(), origin);
    }
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"version = 1

[[workflow]]
id = "claims-triage"
role = "claims examiner"
currency = "USD"
workloads = ["claims"]
units = ["claims-triage"]
wage_per_hour = 38.40
paid_hours = 2080
productive_hours = 1720
handling_minutes = "12.5"
error_rate = 0.03
error_cost = 85

[workflow.sources]
wage_per_hour = { source = "payroll", year = 2026 }
handling_minutes = { source = "time study" }
"#;

    #[test]
    fn figures_are_read_exactly_with_their_origin() {
        let people = parse(FILE).unwrap().remove(0);
        assert_eq!(people.wage_per_hour.to_string(), "38.4");
        assert_eq!(people.benefits_share.to_string(), "0.31");
        assert_eq!(people.handling_minutes.unwrap().to_string(), "12.5");
        assert_eq!(people.review_minutes, None);
        assert_eq!(people.origin_of("wage_per_hour"), "payroll, 2026");
        assert_eq!(people.origin_of("error_cost"), "source not stated");
        assert!(people.origin_of("benefits_share").starts_with("default: U.S. Bureau"));
    }

    #[test]
    fn handling_comes_from_one_place() {
        let entered = "handling_minutes = \"12.5\"\n";
        let without = FILE.replace(entered, "").replace("handling_minutes = { source = \"time study\" }\n", "");
        let log = "[workflow.event_log]\nsource = \"bank\"\nautomatic = [\"112\"]\noutcomes = { approved = [\"A_APPROVED\"] }\nwindow = \"2011-10-01/2012-04-01\"\nholidays = [\"2011-12-26\"]\n";
        let people = parse(&format!("{without}\n{log}")).unwrap().remove(0);
        let read = people.event_log.unwrap();
        assert_eq!((read.source.as_str(), read.automatic.len(), read.outcomes.len(), read.holidays.len()), ("bank", 1, 1, 1));
        assert!(read.window.is_some() && people.measured.is_none());
        let both = parse(&format!("{FILE}\n{log}")).unwrap_err().to_string();
        assert!(both.contains("event_log: the workflow states handling_minutes too"), "{both}");
        let unknown = parse(&format!("{without}\n{log}colour = 1\n")).unwrap_err().to_string();
        assert!(unknown.contains("unknown field"), "{unknown}");
        let published = without.replace("error_rate = 0.03", "published = \"invoice-processing-ardent\"");
        assert_eq!(parse(&published).unwrap()[0].published.unwrap().amount().to_string(), "12.88");
        let none = parse(&published.replace("-ardent", "-nobody")).unwrap_err().to_string();
        assert!(none.starts_with("line 12:") && none.contains("there are content-moderation-zefr"), "{none}");
        assert!(parse(&published.replace("\"USD\"", "\"EUR\"")).unwrap_err().to_string().contains("is in USD"));
        let alone = parse(&FILE.replace("error_cost = 85", "attrition_rate = 0.2")).unwrap_err().to_string();
        assert!(alone.contains("state both or neither"), "{alone}");
    }

    #[test]
    fn errors_name_the_line() {
        let cases = [
            ("38.40", "-1", 9, "out of bounds"),
            ("38.40", "\"many\"", 9, "not a decimal"),
            ("38.40", "0.1234567890123456789", 9, "in quotes"),
            ("productive_hours = 1720", "productive_hours = 2081", 11, "more than the 2080 hours paid"),
            ("error_rate = 0.03", "error_rate = 3", 13, "between 0 and 1"),
            ("error_cost = 85", "errorcost = 85", 14, "unknown field"),
            ("version = 1", "version = 2", 1, "version 2"),
            ("handling_minutes = {", "handling_minuts = {", 18, "unknown field"),
            ("currency = \"USD\"", "currency = \"usd\"", 6, "ISO 4217"),
        ];
        for (old, new, line, cause) in cases {
            let error = parse(&FILE.replace(old, new)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("line {line}:")) && error.contains(cause), "{new}: {error}");
        }
        let twice = format!("{FILE}[[workflow]]\nid = \"claims-triage\"\nrole = \"x\"\ncurrency = \"USD\"\nwage_per_hour = 1\n");
        assert!(parse(&twice).unwrap_err().to_string().contains("twice"));
    }
}
