//! The systems document: TOML, version 1.
//!
//! ```toml
//! version = 1
//! currency = "USD"
//!
//! [[system]]
//! id = "claims-triage"
//! name = "Claims triage"
//! owner = "claims operations"
//! units = ["claims-triage"]            # whose charges are its
//! workflow = "claims-triage"           # of the people file: who stands in for it
//! people_on_hand = 12                  # of these, who can take over at once
//!
//! [[system.line]]
//! id = "endpoint"
//! kind = "inference"                   # training, pipelines, storage, monitoring, evaluation, licence, platform, people, other
//! charges = { "tag:Workload" = "claims-triage" }    # of the bill, in the words of the rule file; {} is every charge
//! units = ["claims-triage"]            # instead of the system's
//! share = 0.5                          # where another line claims the same charges, and states its share too
//!
//! [[system.line]]
//! id = "retraining"
//! kind = "training"
//! charges = { "tag:Workload" = "claims-model" }
//! over_months = 12                     # the month of the bill and the 11 after it bear it
//!
//! [[system.line]]
//! id = "platform"
//! kind = "platform"
//! pool = "inference-platform-by-tokens"   # the units' shares of this pool
//!
//! [[system.line]]
//! id = "annotation"
//! kind = "evaluation"
//! amount = 12000                       # from `from` until `until`, by the day; or per_month
//! from = 2026-01-01
//! until = 2027-01-01
//! source = { source = "contract 4711", year = 2026 }
//!
//! [[system.line]]
//! id = "engineers"
//! kind = "people"
//! hours_per_month = 40                 # with rate_per_hour
//! rate_per_hour = 95
//! source = { source = "time sheets", year = 2026 }
//! ```

use std::collections::BTreeSet;

use farthing_types::{Amount, Currency, UnitId, WorkflowId};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{AiSystem, Entered, LineKind, LineSource, SystemLine, SystemsDocument};
use crate::charge_filter::ChargeFilter;
use crate::document::{Decimal, DocumentProblem, FigureSource, day_of};

/// More months than these are another way of saying that something is never paid.
const MOST_MONTHS: u32 = 120;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemsFile {
    version: Spanned<i64>,
    currency: Currency,
    #[serde(default)]
    system: Vec<Spanned<SystemEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemEntry {
    id: String,
    name: Option<String>,
    owner: Option<String>,
    #[serde(default)]
    units: Vec<UnitId>,
    workflow: Option<WorkflowId>,
    people_on_hand: Option<u64>,
    #[serde(default)]
    line: Vec<Spanned<LineEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineEntry {
    id: String,
    kind: LineKind,
    charges: Option<ChargeFilter>,
    pool: Option<String>,
    units: Option<Vec<UnitId>>,
    share: Option<Decimal>,
    over_months: Option<u32>,
    amount: Option<Decimal>,
    per_month: Option<Decimal>,
    hours_per_month: Option<Decimal>,
    rate_per_hour: Option<Decimal>,
    from: Option<Datetime>,
    until: Option<Datetime>,
    source: Option<FigureSource>,
}

struct Reading<'t> {
    text: &'t str,
    problems: Vec<DocumentProblem>,
}

impl SystemsDocument {
    /// Reads the document.
    ///
    /// # Errors
    /// Every problem with its line; nothing is then taken from it.
    pub fn parse(text: &str) -> Result<Self, Vec<DocumentProblem>> {
        let file: SystemsFile = toml::from_str(text).map_err(|error| vec![DocumentProblem::of_toml(text, &error)])?;
        let mut reading = Reading { text, problems: Vec::new() };
        if *file.version.get_ref() != 1 {
            let message = format!("version {} is not known; this reads version 1", file.version.get_ref());
            reading.problem(file.version.span().start, message);
        }
        let mut systems = Vec::with_capacity(file.system.len());
        let mut ids = BTreeSet::new();
        for entry in file.system {
            let at = entry.span().start;
            let entry = entry.into_inner();
            if !ids.insert(entry.id.clone()) {
                reading.problem(at, format!("system {}: stands there twice. Remove one", entry.id));
            }
            systems.push(reading.system(entry));
        }
        let document = Self { currency: file.currency, systems };
        if reading.problems.is_empty() { Ok(document) } else { Err(reading.problems) }
    }
}

impl Reading<'_> {
    fn problem(&mut self, at: usize, message: impl Into<String>) {
        self.problems.push(DocumentProblem::at(self.text, at, message));
    }

    fn system(&mut self, entry: SystemEntry) -> AiSystem {
        let mut ids = BTreeSet::new();
        let mut lines = Vec::with_capacity(entry.line.len());
        for line in entry.line {
            let at = line.span().start;
            let line = line.into_inner();
            let place = format!("system {}, line {}", entry.id, line.id);
            if !ids.insert(line.id.clone()) {
                self.problem(at, format!("{place}: stands there twice. Remove one"));
            }
            let (id, kind) = (line.id.clone(), line.kind);
            if let Some(source) = self.source(at, &place, &entry.units, line) {
                lines.push(SystemLine { id, kind, source });
            }
        }
        AiSystem {
            name: entry.name.unwrap_or_else(|| entry.id.clone()),
            id: entry.id,
            owner: entry.owner,
            units: entry.units,
            workflow: entry.workflow,
            people_on_hand: entry.people_on_hand,
            lines,
        }
    }

    fn source(&mut self, at: usize, place: &str, units: &[UnitId], line: LineEntry) -> Option<LineSource> {
        let is_entered = line.amount.is_some() || line.per_month.is_some() || line.hours_per_month.is_some();
        let kinds = [line.charges.is_some(), line.pool.is_some(), is_entered];
        if kinds.iter().filter(|is| **is).count() != 1 {
            let message =
                format!("{place}: say where its money comes from: one of charges, pool, amount, per_month, hours_per_month");
            self.problem(at, message);
            return None;
        }
        if is_entered {
            return self.entered(at, place, line).map(LineSource::Entered);
        }
        if line.from.is_some() || line.until.is_some() || line.source.is_some() || line.rate_per_hour.is_some() {
            self.problem(
                at,
                format!("{place}: from, until, source and rate_per_hour are of what is entered; the bill has its own"),
            );
            return None;
        }
        let units = line.units.unwrap_or_else(|| units.to_vec());
        if units.is_empty() {
            self.problem(at, format!("{place}: name `units`, here or in the system: whose charges are meant?"));
            return None;
        }
        let share = line.share.map(|share| share.0);
        if share.is_some_and(|share| share <= Amount::ZERO || share > Amount::ONE) {
            self.problem(at, format!("{place}: share must be above 0 and at most 1"));
            return None;
        }
        let over_months = line.over_months.unwrap_or(1);
        if over_months == 0 || over_months > MOST_MONTHS {
            self.problem(at, format!("{place}: over_months must be from 1 to {MOST_MONTHS}"));
            return None;
        }
        match (line.charges, line.pool) {
            (Some(filter), _) => Some(LineSource::Charges { units, filter, share, over_months }),
            (None, Some(_)) if over_months > 1 => {
                self.problem(at, format!("{place}: shares of a pool are borne in their month: leave over_months out"));
                None
            }
            (None, pool) => Some(LineSource::Pool { units, pool: pool?, share }),
        }
    }

    fn entered(&mut self, at: usize, place: &str, line: LineEntry) -> Option<Entered> {
        if line.units.is_some() || line.share.is_some() || line.over_months.is_some() {
            self.problem(at, format!("{place}: units, share and over_months are of charges; what is entered has from and until"));
            return None;
        }
        let Some(source) = line.source else {
            self.problem(
                at,
                format!("{place}: source: say where the amount comes from, such as {{ source = \"contract\", year = 2026 }}"),
            );
            return None;
        };
        let mut day = |key: &str, value: Option<Datetime>| match value.map(|value| day_of(&value)) {
            None => Some(None),
            Some(Some(day)) => Some(Some(day)),
            Some(None) => {
                self.problem(at, format!("{place}: {key}: write a day such as 2026-01-01"));
                None
            }
        };
        let (from, until) = (day("from", line.from)?, day("until", line.until)?);
        let (amount, is_monthly) = match (line.amount, line.per_month, line.hours_per_month) {
            (Some(amount), None, None) => (Some(amount.0), false),
            (None, Some(amount), None) => (Some(amount.0), true),
            (None, None, Some(hours)) => (line.rate_per_hour.and_then(|rate| hours.0.checked_mul(rate.0)), true),
            _ => {
                self.problem(at, format!("{place}: one of amount, per_month and hours_per_month"));
                return None;
            }
        };
        let Some(amount) = amount.filter(|amount| amount.abs() <= Amount::from_int(1_000_000_000_000)) else {
            let message = format!("{place}: hours_per_month needs rate_per_hour, and an amount is at most 1e12");
            self.problem(at, message);
            return None;
        };
        let is_span = from.is_some() && until.is_some() && from < until;
        let fits = if is_monthly { from.is_none() || until.is_none() || from < until } else { is_span };
        if !fits {
            let message = format!("{place}: from and until: an amount needs both, and `until` is the first day after it");
            self.problem(at, message);
            return None;
        }
        Some(Entered { amount, is_monthly, from, until, source })
    }
}
