//! Two arms of a workflow side by side: what a decision costs in each, how often each errs, and whether a difference is shown.
//!
//! Costs are exact; the interval of a difference is a confidence sequence ([`crate::statistics::sequential`]), so that the answer
//! may be looked at every day and the experiment ended whenever it has one.

mod arms;
mod own_model;
mod shadow;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Currency, Quantity, Window, WorkflowId};
use serde::Serialize;
use utoipa::ToSchema;

pub use arms::experiment;
pub use own_model::{OwnCalls, own_model_costs};
pub use shadow::{ShadowDifference, ShadowPair, ShadowReport, shadow};

/// A decision that took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Its id, which orders decisions of one moment.
    pub id: String,
    /// In which arm: 0 or 1.
    pub arm: usize,
    /// Whether an AI took part: it then bears the AI's cost lines.
    pub by_ai: bool,
    /// People's time on it, stated.
    pub handling_seconds: Quantity,
    /// True where a person worked on it and no time is stated: the people file's minutes apply.
    pub handling_unstated: bool,
    /// Time of checking, stated.
    pub review_seconds: Quantity,
    /// True where a person checked it and no time is stated.
    pub review_unstated: bool,
    /// What its error cost, stated.
    pub error_cost: Amount,
    /// True where it was wrong and no cost is stated.
    pub error_cost_unstated: bool,
    /// True where it was found wrong.
    pub wrong: bool,
    /// Inference calls, where stated.
    pub requests: Option<u64>,
    /// What its inference comes to by the usage of its own model, where the two can be tied.
    pub ai_cost: Option<Amount>,
}

/// What an experiment is taken of.
#[derive(Clone, Debug)]
pub struct ExperimentInput<'a> {
    /// The workflow.
    pub workflow: &'a WorkflowId,
    /// The window of the decisions.
    pub window: Window,
    /// The report's currency.
    pub currency: Currency,
    /// The names of the arms.
    pub arms: [String; 2],
    /// Loaded rate of an hour of people's work; none where no people file says it.
    pub rate_per_hour: Option<Amount>,
    /// Minutes of handling where a decision states none.
    pub handling_minutes: Option<Amount>,
    /// Minutes of review where it states none.
    pub review_minutes: Option<Amount>,
    /// What an error costs where a decision states none.
    pub error_cost: Option<Amount>,
    /// What the AI of the workflow cost in the window.
    pub ai_cost: Amount,
    /// Decisions of the workflow by an AI that are in neither arm: they bear their share of it.
    pub others: Calls,
    /// What is taken as independent.
    pub cluster: Cluster,
    /// How many clusters the confidence sequence is tuned for: chosen before the experiment.
    pub tuned_for: u64,
}

/// Decisions with an AI and their inference calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Decisions.
    pub decisions: u64,
    /// Those that state their calls.
    pub with_requests: u64,
    /// Calls.
    pub requests: u64,
    /// What the inference of those that can be tied to usage comes to.
    pub ai_cost: Amount,
}

/// What is taken as independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cluster {
    /// Single decisions: right where which arm a decision goes to is drawn for each by itself.
    Decision,
    /// Days: right where decisions of a day share what makes them dear. Needs many days.
    Day,
}

impl std::str::FromStr for Cluster {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "decision" => Ok(Self::Decision),
            "day" => Ok(Self::Day),
            _ => Err(format!("{text:?} is no cluster: write decision or day")),
        }
    }
}

/// One arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExperimentArm {
    /// Its name: a model, a version, an actor, a tag's value.
    pub name: String,
    /// Its decisions.
    pub decisions: u64,
    /// Those found wrong.
    pub wrong: u64,
    /// Their share.
    pub error_rate: Amount,
    /// What its inference comes to, each decision by the usage of its own model; where that cannot be told, its share of what the AI cost,
    /// by inference calls where every decision states them, else by decisions. [`ExperimentAi`] says which.
    pub ai: Amount,
    /// Its share, by decisions with an AI, of what the bill says beyond that.
    pub ai_difference: Amount,
    /// People's handling, at the loaded rate.
    pub handling: Amount,
    /// People's review.
    pub review: Amount,
    /// What its errors cost.
    pub errors: Amount,
    /// The sum of the five.
    pub total: Amount,
    /// Total ÷ decisions, rounded once.
    pub per_decision: Amount,
}

/// What the AI of an experiment's decisions is costed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AiBasis {
    /// Each decision by the usage of its own model and the prices of that.
    OwnModel,
    /// The bill, by inference calls.
    Calls,
    /// The bill, by decisions: it does not tell the arms apart.
    Decisions,
}

/// What the AI cost, and whose it is: billed = arms + others + difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExperimentAi {
    /// What it is costed by.
    pub basis: AiBasis,
    /// What the bill says of the workflow's AI.
    pub billed: Amount,
    /// What the arms' decisions come to before the difference.
    pub arms: Amount,
    /// The same of decisions in neither arm.
    pub others: Amount,
    /// What the bill says beyond: shared by decisions, [`ExperimentArm::ai_difference`] and those in neither arm.
    pub difference: Amount,
}

/// Whether an experiment shows a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// The interval leaves zero out.
    Shown,
    /// It does not, or there is none yet.
    NotShown,
}

/// A difference of the arms: the first less the second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ArmDifference {
    /// Of the ratios, exactly, rounded once.
    pub difference: Amount,
    /// The lower bound at the last decision; valid at every look.
    pub low: Option<Amount>,
    /// The upper bound.
    pub high: Option<Amount>,
    /// The standard error.
    pub standard_error: Option<Amount>,
    /// Whether it is shown.
    pub verdict: Shown,
    /// How many clusters it took until it was first shown; it may have been lost again since where the arms changed.
    pub first_shown_after: Option<u64>,
}

/// What an experiment shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Experiment {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The first moment of the window.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
    /// The currency of every amount here.
    pub currency: Currency,
    /// What the arms are told apart by.
    pub by: String,
    /// The two arms.
    pub arms: Vec<ExperimentArm>,
    /// What their AI was costed by, and the way to the bill.
    pub ai: ExperimentAi,
    /// The first arm's cost per decision less the second's.
    pub cost: ArmDifference,
    /// The first arm's share of wrong decisions less the second's.
    pub error_rate: ArmDifference,
    /// What was taken as independent.
    pub cluster: Cluster,
    /// How many clusters there were.
    pub clusters: u64,
    /// How many the sequence is tuned for.
    pub tuned_for: u64,
    /// How the interval was taken, and what it assumes.
    pub method: &'static str,
    /// What to bear in mind.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests;
