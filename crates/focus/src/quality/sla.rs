//! The SLA: what is expected of each source's charges.
//!
//! ```toml
//! version = 1
//!
//! [[sla]]
//! source = "aws"                  # of every source without it; the first entry that fits a source holds
//! cadence = "daily"               # how often charges come: "daily" or "monthly"; told by the charges without it
//! delay_hours = 48                # a day's charges are expected so long after it ended
//! max_charge_age_hours = 72       # of the newest charge
//! max_delivery_age_hours = 36     # of the newest delivery
//! tags = ["team", "cost-center"]  # that usage should carry one of; those that the rules read without it
//! columns = ["SubAccountId"]      # that should have a value; those that the rules read without it
//! min_completeness = "98 %"       # likewise min_timeliness, min_conformance, min_overall
//! min_days = "100 %"              # likewise min_kept, min_filled, min_tagged, min_conforming
//! ```

use std::collections::BTreeMap;
use std::fmt;

use chrono::TimeDelta;
use farthing_types::SourceName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Dimension, Measure, Ratio};

/// How long after a day's end its charges are expected, where the SLA does not say.
const DELAY_HOURS: u32 = 48;

/// How often charges come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    /// On every day.
    Daily,
    /// At least once in a month.
    Monthly,
}

/// What an SLA bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QualityBound)]
pub enum Bound {
    /// The score.
    MinOverall,
    /// The mean of what is complete.
    MinCompleteness,
    /// The mean of what is timely.
    MinTimeliness,
    /// What conforms.
    MinConformance,
    /// Days with charges.
    MinDays,
    /// Rows kept.
    MinKept,
    /// Cells with a value.
    MinFilled,
    /// Usage with a tag.
    MinTagged,
    /// Rows that keep to the rules of FOCUS.
    MinConforming,
    /// The age of the newest charge.
    MaxChargeAgeHours,
    /// The age of the newest delivery.
    MaxDeliveryAgeHours,
}

impl Bound {
    /// Its key in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MinOverall => "min_overall",
            Self::MinCompleteness => "min_completeness",
            Self::MinTimeliness => "min_timeliness",
            Self::MinConformance => "min_conformance",
            Self::MinDays => "min_days",
            Self::MinKept => "min_kept",
            Self::MinFilled => "min_filled",
            Self::MinTagged => "min_tagged",
            Self::MinConforming => "min_conforming",
            Self::MaxChargeAgeHours => "max_charge_age_hours",
            Self::MaxDeliveryAgeHours => "max_delivery_age_hours",
        }
    }

    /// The measure that it bounds, where it bounds one.
    pub(super) const fn measure(self) -> Option<Measure> {
        Some(match self {
            Self::MinDays => Measure::Days,
            Self::MinKept => Measure::Kept,
            Self::MinFilled => Measure::Filled,
            Self::MinTagged => Measure::Tagged,
            Self::MinConforming => Measure::Conforming,
            Self::MaxChargeAgeHours => Measure::Charges,
            Self::MaxDeliveryAgeHours => Measure::Delivery,
            _ => return None,
        })
    }

    /// The dimension that it bounds, where it bounds one.
    pub(super) const fn dimension(self) -> Option<Dimension> {
        Some(match self {
            Self::MinCompleteness => Dimension::Completeness,
            Self::MinTimeliness => Dimension::Timeliness,
            Self::MinConformance => Dimension::Conformance,
            _ => return None,
        })
    }
}

/// What is expected of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The source; `None` for all that no entry names.
    pub source: Option<SourceName>,
    /// How often charges come; `None` where they are to tell it.
    pub cadence: Option<Cadence>,
    /// How long after a day's end its charges are expected.
    pub delay: TimeDelta,
    /// The age that the newest charge may have.
    pub max_charge_age: Option<TimeDelta>,
    /// The age that the newest delivery may have.
    pub max_delivery_age: Option<TimeDelta>,
    /// Tags of which usage should carry one; `None` for those that the rules read.
    pub tags: Option<Vec<String>>,
    /// Columns that should have a value; `None` for those that the rules read.
    pub columns: Option<Vec<String>>,
    /// The least shares.
    pub least: BTreeMap<Bound, Ratio>,
}

impl Default for Expectation {
    fn default() -> Self {
        Self {
            source: None,
            cadence: None,
            delay: TimeDelta::hours(DELAY_HOURS.into()),
            max_charge_age: None,
            max_delivery_age: None,
            tags: None,
            columns: None,
            least: BTreeMap::new(),
        }
    }
}

/// A document that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sla {
    entries: Vec<Expectation>,
}

/// Why a document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlaError {
    /// It is no TOML, has an unknown key, or a value of another kind.
    #[error("{0}")]
    Form(String),
    /// A value makes no sense.
    #[error("{0}")]
    Value(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    sla: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    source: Option<SourceName>,
    cadence: Option<Cadence>,
    delay_hours: Option<u32>,
    max_charge_age_hours: Option<u32>,
    max_delivery_age_hours: Option<u32>,
    tags: Option<Vec<String>>,
    columns: Option<Vec<String>>,
    min_overall: Option<Ratio>,
    min_completeness: Option<Ratio>,
    min_timeliness: Option<Ratio>,
    min_conformance: Option<Ratio>,
    min_days: Option<Ratio>,
    min_kept: Option<Ratio>,
    min_filled: Option<Ratio>,
    min_tagged: Option<Ratio>,
    min_conforming: Option<Ratio>,
}

impl Sla {
    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Self, SlaError> {
        let file: File = toml::from_str(text).map_err(|error| SlaError::Form(error.to_string().trim_end().to_owned()))?;
        let wrong = |what: String| Err(SlaError::Value(what));
        if file.version != 1 {
            return wrong(format!("version is {}, and this program knows version 1", file.version));
        }
        let entries: Vec<Expectation> = file.sla.into_iter().map(Expectation::from).collect();
        for (at, entry) in entries.iter().enumerate() {
            let name = entry.source.as_ref().map_or("every source".to_owned(), ToString::to_string);
            if entries[..at].iter().any(|earlier| earlier.source == entry.source || earlier.source.is_none()) {
                return wrong(format!("the entry for {name} is never reached: an earlier one holds for it. Order or remove it"));
            }
            let unknown = |column: &&String| crate::column(column).is_none() && !column.starts_with("x_");
            if let Some(column) = entry.columns.iter().flatten().find(unknown) {
                return wrong(format!("{column} is no FOCUS column, and a column of one's own begins with x_"));
            }
            if [entry.max_charge_age, entry.max_delivery_age].contains(&Some(TimeDelta::zero())) {
                return wrong(format!("{name}: no charge and no delivery is 0 hours old: allow at least one"));
            }
        }
        Ok(Self { entries })
    }

    /// What is expected of a source; the defaults where no entry is about it.
    pub fn of(&self, source: &SourceName) -> Expectation {
        let fits = |entry: &&Expectation| entry.source.as_ref().is_none_or(|named| named == source);
        self.entries.iter().find(fits).cloned().unwrap_or_default()
    }

    /// The sources that it names and whose deliveries or charges may only be so old.
    pub fn awaited(&self) -> impl Iterator<Item = (&SourceName, &Expectation)> {
        let aged = self.entries.iter().filter(|entry| entry.max_charge_age.is_some() || entry.max_delivery_age.is_some());
        aged.filter_map(|entry| Some((entry.source.as_ref()?, entry)))
    }
}

/// In one line: of how many sources what is expected.
impl fmt::Display for Sla {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.entries.iter().filter(|entry| entry.source.is_some()).count();
        let others = if named < self.entries.len() { ", and of every other one" } else { "" };
        write!(f, "expectations of {named} sources{others}")
    }
}

impl From<Entry> for Expectation {
    fn from(entry: Entry) -> Self {
        let hours = |hours: u32| TimeDelta::hours(hours.into());
        let least = [
            (Bound::MinOverall, entry.min_overall),
            (Bound::MinCompleteness, entry.min_completeness),
            (Bound::MinTimeliness, entry.min_timeliness),
            (Bound::MinConformance, entry.min_conformance),
            (Bound::MinDays, entry.min_days),
            (Bound::MinKept, entry.min_kept),
            (Bound::MinFilled, entry.min_filled),
            (Bound::MinTagged, entry.min_tagged),
            (Bound::MinConforming, entry.min_conforming),
        ];
        Self {
            source: entry.source,
            cadence: entry.cadence,
            delay: hours(entry.delay_hours.unwrap_or(DELAY_HOURS)),
            max_charge_age: entry.max_charge_age_hours.map(hours),
            max_delivery_age: entry.max_delivery_age_hours.map(hours),
            tags: entry.tags,
            columns: entry.columns,
            least: least.into_iter().filter_map(|(bound, ratio)| Some((bound, ratio?))).collect(),
        }
    }
}
