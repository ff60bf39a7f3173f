//! Systems and their lines.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use farthing_types::{Amount, Currency, UnitId, WorkflowId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::charge_filter::ChargeFilter;
use crate::document::FigureSource;

/// AI systems, without problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemsDocument {
    /// The currency of what is entered, and of the bill that is claimed.
    pub currency: Currency,
    /// The systems, in the order of the document.
    pub systems: Vec<AiSystem>,
}

/// An AI system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AiSystem {
    /// Its id.
    pub id: String,
    /// Its name; the id where none is stated.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The units whose charges are its, unless a line names others.
    pub units: Vec<UnitId>,
    /// The workflow whose decisions it makes, and whose people stand in for it.
    pub workflow: Option<WorkflowId>,
    /// How many of these people can take over at once.
    pub people_on_hand: Option<u64>,
    /// What it costs.
    pub lines: Vec<SystemLine>,
}

/// What a line of a system pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OwnershipKind)]
pub enum LineKind {
    /// Serving the model, or buying its tokens.
    Inference,
    /// Training and retraining.
    Training,
    /// Data that is moved and prepared.
    Pipelines,
    /// Data that is kept.
    Storage,
    /// Watching it.
    Monitoring,
    /// Testing whether it is still good.
    Evaluation,
    /// Licences and contracts with vendors.
    Licence,
    /// Its share of what is used together with others.
    Platform,
    /// People who run it.
    People,
    /// Anything else.
    Other,
}

impl LineKind {
    /// The word in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Training => "training",
            Self::Pipelines => "pipelines",
            Self::Storage => "storage",
            Self::Monitoring => "monitoring",
            Self::Evaluation => "evaluation",
            Self::Licence => "licence",
            Self::Platform => "platform",
            Self::People => "people",
            Self::Other => "other",
        }
    }
}

/// One line of what a system costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemLine {
    /// Its id within the system.
    pub id: String,
    /// What it pays for.
    pub kind: LineKind,
    /// Where its money comes from.
    pub source: LineSource,
}

/// Where a line's money comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineSource {
    /// Charges of the bill.
    Charges {
        /// Of these units.
        units: Vec<UnitId>,
        /// Which of their charges.
        filter: ChargeFilter,
        /// The stated share of them, where others claim them as well.
        share: Option<Amount>,
        /// How many months bear them: that of the bill and those that follow.
        over_months: u32,
    },
    /// Shares that units have of a pool.
    Pool {
        /// Of these units.
        units: Vec<UnitId>,
        /// The pool.
        pool: String,
        /// The stated share of them, where others claim them as well.
        share: Option<Amount>,
    },
    /// What stands on no bill.
    Entered(Entered),
}

/// An amount that stands on no bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// How much: for all of the time, or for each month.
    pub amount: Amount,
    /// True where it is for each calendar month.
    pub is_monthly: bool,
    /// The first day; since ever without it, which only an amount a month can do.
    pub from: Option<NaiveDate>,
    /// The first day on which it no longer holds.
    pub until: Option<NaiveDate>,
    /// Where it comes from.
    pub source: FigureSource,
}

impl SystemsDocument {
    /// The units that lines claim from.
    pub fn units(&self) -> BTreeSet<&UnitId> {
        let lines = self.systems.iter().flat_map(|system| &system.lines);
        let claimed = lines.flat_map(|line| match &line.source {
            LineSource::Charges { units, .. } | LineSource::Pool { units, .. } => units.as_slice(),
            LineSource::Entered(_) => &[],
        });
        claimed.chain(self.systems.iter().flat_map(|system| &system.units)).collect()
    }

    /// The columns and tags of charges that lines read.
    pub fn fields(&self) -> BTreeSet<&str> {
        let lines = self.systems.iter().flat_map(|system| &system.lines);
        let filters = lines.filter_map(|line| match &line.source {
            LineSource::Charges { filter, .. } => Some(filter),
            _ => None,
        });
        filters.flat_map(ChargeFilter::fields).collect()
    }

    /// How many months before a month still bear on it.
    pub fn months_before(&self) -> u32 {
        let lines = self.systems.iter().flat_map(|system| &system.lines);
        let months = lines.filter_map(|line| match &line.source {
            LineSource::Charges { over_months, .. } => Some(over_months - 1),
            _ => None,
        });
        months.max().unwrap_or(0)
    }
}
