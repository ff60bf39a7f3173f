//! People: what an hour of their work costs, how long a decision takes them, and where each figure comes from.

mod event_log;
mod file;
mod published;
mod rate;

use std::collections::BTreeMap;

use farthing_types::{Amount, Currency, UnitId, WorkflowId};
use serde::Serialize;

pub use event_log::{EventLog, MeasuredHandling, mean_minutes};
pub use file::{PeopleError, parse};
pub use published::{PUBLISHED, PublishedFigure};
pub use rate::LoadedRate;

/// Employer costs for benefits as a share of total compensation, used where a workflow states none.
///
/// Source: U.S. Bureau of Labor Statistics, Employer Costs for Employee Compensation (ECEC): benefits were about 31 to 32 % of
/// total compensation of civilian workers, that is wages about 69 %.
pub const DEFAULT_BENEFITS_SHARE: &str = "0.31";
const DEFAULT_BENEFITS_SOURCE: &str =
    "default: U.S. Bureau of Labor Statistics, Employer Costs for Employee Compensation (benefits about 31 % of compensation)";

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// A document, a system, a publication.
    pub source: String,
    /// The year it speaks of, where stated.
    pub year: Option<u16>,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.year {
            Some(year) => write!(f, "{}, {year}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// The people of one workflow, and what their work on a decision takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkflowPeople {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Who does the work: `claims examiner`.
    pub role: String,
    /// The currency of every amount here.
    pub currency: Currency,
    /// The workloads (teams, key aliases, endpoints, as usage names them) that are this workflow's AI.
    pub workloads: Vec<String>,
    /// The operational units whose cost is this workflow's.
    pub units: Vec<UnitId>,
    /// Gross wage for an hour paid.
    pub wage_per_hour: Amount,
    /// Benefits as a share of total compensation, 0 to below 1.
    pub benefits_share: Amount,
    /// Overhead (space, equipment, management) as a share of compensation.
    pub overhead_rate: Amount,
    /// Hours paid in a year.
    pub paid_hours: Amount,
    /// Hours of those spent at the work: without leave, training, idle time.
    pub productive_hours: Amount,
    /// The share of productive hours in which there is work to do, above 0 to 1.
    pub utilisation: Amount,
    /// Training and hiring, amortised, for each productive hour.
    pub training_and_hiring_per_hour: Amount,
    /// The share of the people who leave in a year and are replaced.
    pub attrition_rate: Amount,
    /// What replacing one of them costs: hiring, training, the time until they work as the others do.
    pub replacement_cost: Amount,
    /// Minutes of handling a decision takes a person.
    pub handling_minutes: Option<Amount>,
    /// Minutes that checking one takes.
    pub review_minutes: Option<Amount>,
    /// The share of a person's decisions that are wrong.
    pub error_rate: Option<Amount>,
    /// What a wrong decision costs.
    pub error_cost: Option<Amount>,
    /// The event log that handling is measured in.
    pub event_log: Option<EventLog>,
    /// What that log showed, once it was read; then `handling_minutes` is its.
    pub measured: Option<MeasuredHandling>,
    /// A published cost of a decision, in place of any time.
    pub published: Option<PublishedFigure>,
    /// Where the figures come from, by the figure's name in the file.
    pub sources: BTreeMap<String, Origin>,
}

impl WorkflowPeople {
    /// Where `figure` comes from, in words.
    pub fn origin_of(&self, figure: &str) -> String {
        self.sources.get(figure).map_or_else(|| "source not stated".to_owned(), Origin::to_string)
    }
}
