//! What a provider itself says of a month beside its bill. None of it is a charge, and none of it is ever added to one.

use chrono::NaiveDate;
use farthing_types::{Amount, Currency};
use serde::{Deserialize, Serialize};

/// A report, each of a kind of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// How savings plans were used, and what they covered.
    SavingsPlans(CommitmentReport),
    /// How reservations were used, and what they covered.
    Reservations(CommitmentReport),
    /// Where the provider takes costs for unusual.
    Anomalies(AnomalyReport),
    /// What it expects the rest of the month to cost.
    Forecast(ForecastReport),
}

impl Report {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SavingsPlans(_) => "savings-plans",
            Self::Reservations(_) => "reservations",
            Self::Anomalies(_) => "anomalies",
            Self::Forecast(_) => "forecast",
        }
    }

    /// What it says, as JSON: the same answer is the same text.
    pub fn content(&self) -> String {
        let content = match self {
            Self::SavingsPlans(report) | Self::Reservations(report) => serde_json::to_string(report),
            Self::Anomalies(report) => serde_json::to_string(report),
            Self::Forecast(report) => serde_json::to_string(report),
        };
        content.expect("amounts, days and texts are JSON")
    }
}

/// How commitments of one kind were used, and what they covered, by day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentReport {
    /// Of what the figures are: `USD` of a spend commitment, `hours` of reserved machines.
    pub unit: String,
    /// In order.
    pub days: Vec<CommitmentDay>,
}

/// One day of commitments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentDay {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// How much of what was committed to was used; none where the provider does not say.
    pub utilisation: Option<Utilisation>,
    /// How much of what could be covered was; none where the provider does not say.
    pub coverage: Option<Coverage>,
}

/// How much of what was committed to was used. `used + unused = committed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utilisation {
    /// What is paid for, used or not.
    pub committed: Amount,
    /// What of it was used.
    pub used: Amount,
    /// What was not.
    pub unused: Amount,
    /// What the commitments saved against prices on demand, in money, by the provider's reckoning; below zero where they lost.
    pub net_savings: Amount,
}

/// How much of what could be covered was. `covered + on_demand = total`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// What commitments covered.
    pub covered: Amount,
    /// What was paid on demand.
    pub on_demand: Amount,
    /// Both.
    pub total: Amount,
}

/// What the provider takes for unusual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnomalyReport {
    /// By first day and id.
    pub anomalies: Vec<Anomaly>,
}

/// Costs that the provider takes for unusual.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Anomaly {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The provider's id of it.
    pub id: String,
    /// The last day so far.
    pub to: Option<NaiveDate>,
    /// What the monitor looks at: a service, an account, a tag's value.
    pub about: String,
    /// What was spent beyond what was expected, in US dollars.
    pub impact: Amount,
    /// What was spent.
    pub actual: Option<Amount>,
    /// What was expected.
    pub expected: Option<Amount>,
    /// Where it comes from, the largest share first as the provider orders them: service, region, account, type of usage.
    pub causes: Vec<String>,
    /// What somebody said of it to the provider: `YES`, `NO`, `PLANNED_ACTIVITY`.
    pub feedback: Option<String>,
}

/// What the provider expects the rest of a month to cost, as the invoice has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastReport {
    /// The first day that is expected, in UTC: the one on which it was asked.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// What the days are expected to cost together.
    pub mean: Amount,
    /// The lower end of the interval of that sum.
    pub low: Amount,
    /// The upper end.
    pub high: Amount,
    /// The share of outcomes that the interval is meant to hold, in percent.
    pub interval_percent: u8,
}
