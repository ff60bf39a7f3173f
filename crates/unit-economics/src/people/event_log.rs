//! Handling time that an event log measured, in place of one that was entered.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use farthing_types::{Amount, SourceName, Window};
use num_bigint::BigInt;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{Origin, WorkflowPeople};
use crate::exact::{Fraction, to_amount};

/// The event log that a workflow's handling time is measured in, and what the log has to be told to be read:
///
/// ```toml
/// [workflow.event_log]
/// source = "bank"                              # as it was imported
/// outcomes = { approved = ["A_APPROVED"], declined = ["A_DECLINED"] }
/// only_outcomes = ["approved", "declined"]     # cases that ended so; all where it is left out
/// automatic = ["112"]                          # resources that are machines; * is any text
/// calendar = "mon-fri 08:00-18:00"             # the hours worked, on the clock at `offset`
/// offset = "+01:00"
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventLog {
    /// The source that the log was imported as.
    pub source: SourceName,
    /// Outcomes, each with the activities that decide it; the last one of a case counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<String, Vec<String>>,
    /// The attribute that says a case's outcome, where no activity does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_attribute: Option<String>,
    /// Only cases that ended in one of these ways.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_outcomes: Vec<String>,
    /// Resources that are machines; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automatic: Vec<String>,
    /// Activities that belong to a case more than once and are no rework.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeatable: Vec<String>,
    /// The hours worked: `mon-fri 08:00-12:00,13:00-17:00; sat 09:00-13:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Days on which nobody works: `2011-12-26`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<NaiveDate>,
    /// How far the calendar's clock is from UTC: `+01:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// Working times longer than this many minutes are taken for ones that nobody ended, and are not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_handling_minutes: Option<u32>,
    /// Only cases whose last event lies in it.
    #[serde(default, deserialize_with = "window", skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

fn window<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Window>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

impl EventLog {
    /// A log about which nothing more is told.
    pub fn of(source: SourceName) -> Self {
        Self {
            source,
            outcomes: BTreeMap::new(),
            outcome_attribute: None,
            only_outcomes: Vec::new(),
            automatic: Vec::new(),
            repeatable: Vec::new(),
            calendar: None,
            holidays: Vec::new(),
            offset: None,
            longest_handling_minutes: None,
            window: None,
        }
    }
}

/// People's time for a decision as an event log shows it, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeasuredHandling {
    /// The log.
    pub source: String,
    /// The outcomes of the cases that count; all where there is none here.
    pub outcomes: Vec<String>,
    /// Minutes of people's work for a case: the mean of the measured ones.
    pub minutes: Amount,
    /// The lower bound of its 95 % interval.
    pub low: Option<Amount>,
    /// The upper bound.
    pub high: Option<Amount>,
    /// The standard error of the mean.
    pub standard_error: Option<Amount>,
    /// Minutes of it that were spent on what had been done before in the case.
    pub rework_minutes: Amount,
    /// Which share of the minutes that is.
    pub rework_share: Amount,
    /// Cases that were looked at.
    pub cases: u64,
    /// Those of them of which people's time is known: the figures rest on these.
    pub measured_cases: u64,
    /// Which share that is.
    pub measured_share: Amount,
    /// Cases that no person had a hand in; they are no decisions of people.
    pub automatic_cases: u64,
    /// Whether minutes are working time of a calendar, or time on the clock.
    pub working_time: bool,
    /// The first event of these cases.
    pub from: DateTime<Utc>,
    /// The last one.
    pub to: DateTime<Utc>,
}

/// `milliseconds` ÷ `count` as minutes, rounded once at 1e-6; `None` for no count, or where it does not fit.
pub fn mean_minutes(milliseconds: i128, count: u64) -> Option<Amount> {
    if count == 0 {
        return None;
    }
    let minutes = Fraction::new(BigInt::from(milliseconds), BigInt::from(count) * BigInt::from(60_000));
    to_amount(&minutes).map(|minutes| minutes.round(6))
}

impl MeasuredHandling {
    /// In one line: which log, how many cases, which share.
    pub fn describe(&self) -> String {
        let of = if self.outcomes.is_empty() { String::new() } else { format!(" {}", self.outcomes.join(" or ")) };
        let percent = |share: Amount| share.checked_mul(Amount::from_int(100)).unwrap_or_default().to_fixed(1);
        let interval = match (self.low, self.high) {
            (Some(low), Some(high)) => format!(", 95 % interval {} to {} min", low.to_fixed(2), high.to_fixed(2)),
            _ => String::new(),
        };
        format!(
            "measured in event log {}: mean of {} cases, {} % of {}{of}{interval}; {} % of the time is rework; {}",
            self.source,
            self.measured_cases,
            percent(self.measured_share),
            self.cases,
            percent(self.rework_share),
            if self.working_time { "working time" } else { "time on the clock" }
        )
    }
}

impl WorkflowPeople {
    /// The same people with a measured handling time in place of an entered one.
    pub fn measured_by(mut self, measured: MeasuredHandling) -> Self {
        let year = u16::try_from(measured.to.year()).ok();
        self.sources.insert("handling_minutes".to_owned(), Origin { source: measured.describe(), year });
        self.handling_minutes = Some(measured.minutes);
        self.measured = Some(measured);
        self
    }
}
