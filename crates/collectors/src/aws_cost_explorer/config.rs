use aws_sdk_costexplorer::types::Granularity;
use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::Window;
use serde::Deserialize;

use crate::aws::{Account, Login};
use crate::source::{Endpoint, midnight};

/// For how many days the Cost Explorer knows hours.
const DAYS_WITH_HOURS: i64 = 14;

/// What of the costs is asked for, and by what right.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The accounts, each read by a role in it; without any, what the credentials themselves can see.
    pub accounts: Vec<Account>,
    /// How AWS is logged in to.
    pub login: Login,
    /// `daily` (default), or `hourly` for the 14 days of which AWS knows hours, with days before. Hours have to be switched on in AWS.
    pub granularity: Fineness,
    /// By what costs are kept apart: one or two of a dimension (`SERVICE`), `tag:KEY`, `cost-category:NAME`. Default `SERVICE` and
    /// `RECORD_TYPE`, which tells usage from taxes, credits and fees.
    pub group_by: Vec<Key>,
    /// A dimension by whose values costs are kept apart as well, such as `LINKED_ACCOUNT` or `REGION`: one request for each.
    pub split_by: Option<String>,
    /// What AWS itself says of a month beside its costs, each asked for where it is named: `savings-plans` and `reservations` (use and
    /// coverage by day; reservations are those of EC2), `anomalies`, `forecast` (AWS's own, of the month under way). Default: none. Each is
    /// one or two pages more.
    pub reports: Vec<Choice>,
    /// The region that requests are signed for; the service is in `us-east-1`.
    pub region: String,
    /// Where the service is, if not where AWS has it.
    pub endpoint: Option<Endpoint>,
}

impl Default for Config {
    fn default() -> Self {
        let group_by = vec![Key::Dimension("SERVICE".to_owned()), Key::Dimension("RECORD_TYPE".to_owned())];
        Self {
            accounts: Vec::new(),
            login: Login::default(),
            granularity: Fineness::Daily,
            group_by,
            split_by: None,
            reports: Vec::new(),
            region: "us-east-1".to_owned(),
            endpoint: None,
        }
    }
}

/// How fine the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fineness {
    /// A charge a day.
    Daily,
    /// A charge an hour.
    Hourly,
}

/// What AWS itself says of a month beside its costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// How savings plans were used, and what they covered.
    SavingsPlans,
    /// How reservations were used, and what they covered.
    Reservations,
    /// Where AWS takes costs for unusual.
    Anomalies,
    /// What AWS expects the rest of the month to cost.
    Forecast,
}

impl Choice {
    /// What is missing where AWS has none of it.
    pub(super) fn missing(self) -> &'static str {
        match self {
            Self::SavingsPlans => "AWS has no savings plans to report on",
            Self::Reservations => "AWS has no reservations to report on",
            Self::Anomalies => "AWS reports no anomalies",
            Self::Forecast => "AWS has no forecast: it takes some weeks of history for one",
        }
    }
}

/// By what costs are kept apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Key {
    /// A dimension, by AWS's name for it.
    Dimension(String),
    /// A cost allocation tag.
    Tag(String),
    /// A cost category.
    CostCategory(String),
}

impl TryFrom<String> for Key {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned()).ok_or(format!("{text:?} names nothing"));
        if let Some(tag) = text.strip_prefix("tag:") {
            return Ok(Self::Tag(named(tag)?));
        }
        if let Some(category) = text.strip_prefix("cost-category:") {
            return Ok(Self::CostCategory(named(category)?));
        }
        match text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') && !text.is_empty() {
            true => Ok(Self::Dimension(text)),
            false => Err(format!("{text:?} is no dimension (SERVICE, LINKED_ACCOUNT …), tag:KEY or cost-category:NAME")),
        }
    }
}

impl Config {
    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=2).contains(&self.group_by.len()) {
            problems.push(format!("group_by: {} keys; the Cost Explorer takes one or two", self.group_by.len()));
        }
        if let Some(split) = &self.split_by
            && self.group_by.contains(&Key::Dimension(split.clone()))
        {
            problems.push(format!("split_by: {split} is in group_by already"));
        }
        let mut reports = self.reports.clone();
        reports.sort_unstable();
        if reports.windows(2).any(|pair| pair[0] == pair[1]) {
            problems.push("reports: one of them is named twice, and would be paid for twice".to_owned());
        }
        problems
    }

    /// How the window is asked for: days, and hours for as long as AWS knows them.
    pub(super) fn granularities(&self, window: Window, now: DateTime<Utc>) -> Vec<(Granularity, Window)> {
        let first_hour = match self.granularity {
            Fineness::Daily => window.to,
            // The oldest of the days is over before the answer is there.
            Fineness::Hourly => midnight(now) - TimeDelta::days(DAYS_WITH_HOURS - 1),
        };
        let border = first_hour.clamp(window.from, window.to.max(window.from));
        let parts = [(Granularity::Daily, window.from, border), (Granularity::Hourly, border, window.to)];
        parts.into_iter().filter(|(_, from, to)| from < to).map(|(how, from, to)| (how, Window { from, to })).collect()
    }
}
