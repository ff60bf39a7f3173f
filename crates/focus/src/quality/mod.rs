//! How good the charges of a source and period are, as figures: what is there of what should be, how old it is, and how far it
//! keeps to the rules of FOCUS.
//!
//! Each measure is an exact share of something that was counted, between 0 and 1:
//!
//! | measure | dimension | part | whole |
//! |---|---|---|---|
//! | `days` | completeness | expected days of the period that have charges | days that ended a delay ago or longer (48 h by default) |
//! | `kept` | completeness | rows that the delivery's import kept | rows that it read |
//! | `filled` | completeness | cells with a value, of the columns that rules read | all cells of these columns |
//! | `tagged` | completeness | usage by absolute effective cost with one of the tags that rules read | all usage; of several currencies the lowest |
//! | `charges` | timeliness | the age that the newest charge may have | its age, where that is more |
//! | `delivery` | timeliness | the age that the newest delivery may have | its age, where that is more |
//! | `conforming` | conformance | rows that break no rule of FOCUS that must hold, less a quarter for those that break one that should | rows that were held against the rules |
//!
//! A dimension is the mean of its known measures; the score is the mean of the known dimensions, completeness counted twice.
//! What cannot be known is no number: it has no value and says why, and the mean is over the rest.
//!
//! How often a source bills and delivers is what the [`Sla`] says, or else what its own charges and deliveries show: it bills by the
//! day where it has charges on seven days or more and on three of four days between the first and the last of them; it delivers
//! every so many hours as the median of its last gaps says, where there are two gaps of an hour or more.

mod assess;
mod breach;
mod cadence;
mod ratio;
mod sla;
#[cfg(test)]
mod tests;

pub use assess::{Broken, ColumnFill, Delivered, Observed, TaggedMoney, assess};
pub use breach::{Breach, nothing_delivered};
pub use ratio::Ratio;
pub use sla::{Bound, Cadence, Expectation, Sla, SlaError};

use chrono::{DateTime, Utc};
use farthing_types::{Amount, BillingPeriod, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = QualityMeasureName)]
pub enum Measure {
    /// Days with charges, of the expected ones.
    Days,
    /// Rows kept, of those read.
    Kept,
    /// Cells with a value, of the columns that rules read.
    Filled,
    /// Usage with a tag that rules read, by money.
    Tagged,
    /// The age that the newest charge may have, of its age.
    Charges,
    /// The age that the newest delivery may have, of its age.
    Delivery,
    /// Rows that keep to the rules of FOCUS, of those held against them.
    Conforming,
}

/// What a measure tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = QualityDimension)]
pub enum Dimension {
    /// Whether all is there.
    Completeness,
    /// Whether it is fresh.
    Timeliness,
    /// Whether it keeps to the rules of FOCUS.
    Conformance,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Completeness, Self::Timeliness, Self::Conformance];

    /// How often it counts in the score.
    pub(crate) const fn weight(self) -> u32 {
        match self {
            Self::Completeness => 2,
            Self::Timeliness | Self::Conformance => 1,
        }
    }
}

impl Measure {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 7] =
        [Self::Days, Self::Kept, Self::Filled, Self::Tagged, Self::Charges, Self::Delivery, Self::Conforming];

    /// What it tells of.
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Days | Self::Kept | Self::Filled | Self::Tagged => Dimension::Completeness,
            Self::Charges | Self::Delivery => Dimension::Timeliness,
            Self::Conforming => Dimension::Conformance,
        }
    }

    /// Its word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Kept => "kept",
            Self::Filled => "filled",
            Self::Tagged => "tagged",
            Self::Charges => "charges",
            Self::Delivery => "delivery",
            Self::Conforming => "conforming",
        }
    }
}

/// One measure of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityMeasure)]
pub struct Measured {
    /// What is measured.
    pub measure: Measure,
    /// What it tells of.
    pub dimension: Dimension,
    /// The share; `null` where it cannot be known.
    pub value: Option<Ratio>,
    /// What it is a share with: days, rows, cells, money or seconds.
    pub part: Option<Amount>,
    /// What it is a share of.
    pub whole: Option<Amount>,
    /// What was counted, or why nothing could be.
    pub detail: String,
    /// What to do about it; empty where there is nothing.
    pub next_step: String,
}

/// The charges of a source and period as figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quality {
    /// The source.
    pub source: SourceName,
    /// The billing period.
    pub period: BillingPeriod,
    /// The revision that was looked at.
    pub revision: String,
    /// When it was imported.
    pub delivered_at: DateTime<Utc>,
    /// The mean of what is known of the three, completeness counted twice; `null` where nothing is known.
    pub overall: Option<Ratio>,
    /// Whether all is there.
    pub completeness: Option<Ratio>,
    /// Whether it is fresh.
    pub timeliness: Option<Ratio>,
    /// Whether it keeps to the rules of FOCUS.
    pub conformance: Option<Ratio>,
    /// What the figures rest on.
    pub measures: Vec<Measured>,
    /// Rules of FOCUS that rows of the delivery break, those that must hold first, then by rows.
    pub rules: Vec<Broken>,
    /// Where it is below the SLA.
    pub breaches: Vec<Breach>,
    /// What the SLA bounds and what cannot be known.
    pub unchecked: Vec<Bound>,
}

impl Quality {
    /// One measure.
    pub fn measure(&self, measure: Measure) -> &Measured {
        self.measures.iter().find(|measured| measured.measure == measure).expect("every measure is there, known or not")
    }

    /// A dimension's figure.
    pub fn dimension(&self, dimension: Dimension) -> Option<&Ratio> {
        match dimension {
            Dimension::Completeness => self.completeness.as_ref(),
            Dimension::Timeliness => self.timeliness.as_ref(),
            Dimension::Conformance => self.conformance.as_ref(),
        }
    }
}
