//! What collecting says at its end, and how it stands.

use chrono::{DateTime, Utc};
use farthing_store::{Collection, CollectionGap, MonthlySpending};
use farthing_types::{Amount, BillingPeriod, SourceName, Window};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Error, ImportReport};

/// What the collecting of a source did.
#[derive(Clone, Debug, Serialize)]
pub struct CollectReport {
    /// The source.
    pub source: SourceName,
    /// What it is: `aws-cost-explorer`.
    pub kind: &'static str,
    /// Each part that succeeds or fails by itself.
    pub parts: Vec<PartReport>,
}

/// One part: an account, or the whole of a source.
#[derive(Clone, Debug, Serialize)]
pub struct PartReport {
    /// Its name, that of its facts.
    pub source: SourceName,
    /// Each month that was asked for.
    pub months: Vec<MonthReport>,
    /// Calls that were made, repetitions among them.
    pub calls: u64,
    /// Repetitions.
    pub repeated: u64,
    /// What they cost, in US dollars.
    pub cost: Amount,
    /// What the calls of the calendar month cost so far, with those of other runs.
    pub cost_of_month: Amount,
}

/// One month of a part.
#[derive(Clone, Debug, Serialize)]
pub struct MonthReport {
    /// The month.
    pub period: BillingPeriod,
    /// What became of it.
    pub outcome: MonthOutcome,
    /// Why, where it failed, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// A stable name for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is worth knowing: that days are estimates.
    pub notes: Vec<String>,
    /// What was imported, by dataset.
    pub imports: Vec<ImportReport>,
    /// What the provider itself says of the month that it did not say before: `savings-plans`, `forecast`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<&'static str>,
    /// Hours that are nowhere: the source no longer had them when it was asked. The month is partial.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Window>,
}

/// What became of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthOutcome {
    /// It has a new revision.
    Imported,
    /// The source says what it said before.
    Unchanged,
    /// The source has nothing of it.
    Empty,
    /// It is closed, and the source says something else now.
    Closed,
    /// It could not be collected; the earlier state stays.
    Failed,
}

impl MonthOutcome {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Unchanged => "unchanged",
            Self::Empty => "nothing there",
            Self::Closed => "closed",
            Self::Failed => "failed",
        }
    }
}

impl CollectReport {
    pub(super) fn of(source: SourceName, kind: &'static str) -> Self {
        Self { source, kind, parts: Vec::new() }
    }

    /// What became of the months, in one sentence.
    pub fn summary(&self) -> String {
        let of = |outcome| self.months().filter(|month| month.outcome == outcome).count();
        let (imported, unchanged) = (of(MonthOutcome::Imported), of(MonthOutcome::Unchanged));
        let calls: u64 = self.parts.iter().map(|part| part.calls).sum();
        let partial = match self.months().filter(|month| !month.missing.is_empty()).count() {
            0 => String::new(),
            partial => format!(" {partial} of them are partial: `farthing status` shows which hours are missing."),
        };
        format!("{imported} months imported, {unchanged} unchanged, {calls} calls.{partial}")
    }

    fn months(&self) -> impl Iterator<Item = &MonthReport> {
        self.parts.iter().flat_map(|part| &part.months)
    }

    /// True where nothing could be collected.
    pub fn failed(&self) -> bool {
        self.months().count() > 0 && self.months().all(|month| month.outcome == MonthOutcome::Failed)
    }

    /// True where something could not be collected, hours of a month are missing, or rows were set aside.
    pub fn is_partial(&self) -> bool {
        let set_aside = |month: &MonthReport| month.imports.iter().any(|import| import.set_aside > 0);
        self.months().any(|month| month.outcome == MonthOutcome::Failed || !month.missing.is_empty() || set_aside(month))
    }
}

impl PartReport {
    pub(super) fn of(source: SourceName) -> Self {
        let zero = Amount::ZERO;
        Self { source, months: Vec::new(), calls: 0, repeated: 0, cost: zero, cost_of_month: zero }
    }

    /// What this run cost: what the months' sums are more than they were.
    pub(super) fn set_cost(&mut self, before: &[MonthlySpending], after: &[MonthlySpending], month: BillingPeriod) {
        let of =
            |spending: &[MonthlySpending]| spending.iter().find(|one| one.month == month).map_or(Amount::ZERO, |one| one.cost);
        self.cost_of_month = of(after);
        self.cost = self.cost_of_month.checked_add(-of(before)).unwrap_or(Amount::ZERO);
    }

    /// Why the first of the months that failed did, with a stable name for it.
    pub fn problem(&self) -> Option<(&str, &str)> {
        self.months.iter().find_map(|month| Some((month.problem.as_deref()?, month.reason.as_deref()?)))
    }

    /// Rows of what was imported.
    pub(super) fn rows(&self) -> u64 {
        self.months.iter().flat_map(|month| &month.imports).map(|import| import.rows).sum()
    }

    pub(super) fn notes(&self) -> String {
        let notes: Vec<&str> = self.months.iter().flat_map(|month| &month.notes).map(String::as_str).collect();
        notes.join("; ")
    }
}

impl MonthReport {
    pub(super) fn of(period: BillingPeriod, notes: Vec<String>) -> Self {
        Self {
            period,
            outcome: MonthOutcome::Empty,
            problem: None,
            reason: None,
            notes,
            imports: Vec::new(),
            reports: Vec::new(),
            missing: Vec::new(),
        }
    }

    pub(super) fn failed(period: BillingPeriod, error: &Error) -> Self {
        let reason = match error {
            Error::Collect(error) => error.reason(),
            _ => "import",
        };
        let (problem, reason) = (Some(error.to_string()), Some(reason.to_owned()));
        Self { outcome: MonthOutcome::Failed, problem, reason, ..Self::of(period, Vec::new()) }
    }

    pub(super) fn add(&mut self, imported: ImportReport) {
        self.outcome = match (self.outcome, imported.changed) {
            (_, true) => MonthOutcome::Imported,
            (MonthOutcome::Empty, false) => MonthOutcome::Unchanged,
            (outcome, false) => outcome,
        };
        self.imports.push(imported);
    }

    pub(super) fn closed(&mut self, why: &str) {
        self.outcome = MonthOutcome::Closed;
        self.notes.push(why.to_owned());
    }

    /// True where no further month can be collected either.
    pub(super) fn ends_the_run(&self) -> bool {
        matches!(self.reason.as_deref(), Some("budget" | "denied" | "secret" | "endpoint"))
    }
}

/// How the collecting of a source stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CollectionStatus {
    /// The source, or a part of it.
    pub source: SourceName,
    /// When it was last tried; null where it never was.
    pub attempted_at: Option<DateTime<Utc>>,
    /// When it last succeeded.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// Up to where it is collected.
    pub collected_to: Option<DateTime<Utc>>,
    /// Why the last attempt failed; null where it succeeded.
    pub problem: Option<String>,
    /// A stable name for that cause.
    pub reason: Option<String>,
    /// What is worth knowing of what was collected.
    pub notes: String,
    /// Calls in the calendar month.
    pub calls: u64,
    /// What they cost, in US dollars.
    #[schema(value_type = String)]
    pub cost: Amount,
    /// Calls in all, as far back as they are noted, and what they cost.
    pub calls_in_all: u64,
    /// See `calls_in_all`.
    #[schema(value_type = String)]
    pub cost_in_all: Amount,
    /// Rows that the last attempt imported.
    pub last_rows: u64,
    /// Calls that it made, repetitions among them.
    pub last_calls: u64,
    /// How long it took, in milliseconds.
    pub last_millis: u64,
    /// Hours that are nowhere: their months are partial.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingHours>,
}

/// Hours of a month that the source no longer had when it was asked for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissingHours {
    /// The month, which is partial.
    pub period: BillingPeriod,
    /// The first moment that is missing.
    pub from: DateTime<Utc>,
    /// The moment from which on there is something again.
    pub to: DateTime<Utc>,
}

impl From<&CollectionGap> for MissingHours {
    fn from(gap: &CollectionGap) -> Self {
        Self { period: gap.period, from: gap.window.from, to: gap.window.to }
    }
}

impl CollectionStatus {
    pub(super) fn of(state: &Collection, spending: &[MonthlySpending], missing: Vec<MissingHours>, now: DateTime<Utc>) -> Self {
        let month = BillingPeriod::of(now);
        let this_month = spending.iter().find(|spent| Some(spent.month) == month);
        Self {
            source: state.source.clone(),
            attempted_at: Some(state.attempted_at),
            succeeded_at: state.succeeded_at,
            collected_to: state.collected_to,
            problem: state.problem.clone(),
            reason: state.reason.clone(),
            notes: state.notes.clone(),
            calls: this_month.map_or(0, |spent| spent.calls),
            cost: this_month.map_or(Amount::ZERO, |spent| spent.cost),
            calls_in_all: spending.iter().map(|spent| spent.calls).sum(),
            cost_in_all: spending.iter().fold(Amount::ZERO, |sum, spent| sum.checked_add(spent.cost).unwrap_or(sum)),
            last_rows: state.last.rows,
            last_calls: state.last.calls,
            last_millis: state.last.millis,
            missing,
        }
    }

    pub(super) fn untried(source: SourceName) -> Self {
        Self {
            source,
            attempted_at: None,
            succeeded_at: None,
            collected_to: None,
            problem: None,
            reason: None,
            notes: String::new(),
            calls: 0,
            cost: Amount::ZERO,
            calls_in_all: 0,
            cost_in_all: Amount::ZERO,
            last_rows: 0,
            last_calls: 0,
            last_millis: 0,
            missing: Vec::new(),
        }
    }
}
