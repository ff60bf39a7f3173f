//! The typed answer: what to run, what it costs beside today, and what it rests on.

use farthing_solver_models::fleet::{Outcome, Shortage, Status};
use farthing_types::{Amount, Currency, ModelId, Money, UnitId, WorkloadId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::capacity::Excluded;
use crate::profile::{Deployment, ServicePromise};
use crate::replay::ReplayEvidence;
use crate::today::TodayShortfall;

/// A fleet plan for a week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FleetPlan {
    /// What is proven about the plan; a limit that was reached is never called optimal.
    pub status: Status,
    /// Cost of the plan over all hours, exactly; `None` when infeasible.
    pub objective: Option<Money>,
    /// Proven lower bound on the cost of any plan, in floating point.
    pub bound: Option<f64>,
    /// (objective − bound) ÷ objective.
    pub gap: Option<f64>,
    /// Wall time of the solve.
    pub seconds: f64,
    /// Currency of every amount.
    pub currency: Currency,
    /// Hours planned, 168 for a week.
    pub hours: usize,
    /// Today's deployment with today's commitments over the same hours; `None` where the profile states none.
    pub cost_now: Option<Money>,
    /// The plan over the same hours: the objective.
    pub cost_planned: Option<Money>,
    /// Now less planned; negative where keeping the promises costs more than today.
    pub saved: Option<Money>,
    /// Saved ÷ now.
    pub saved_share: Option<f64>,
    /// How the planned cost comes about.
    pub purchase: Option<Purchase>,
    /// By workload.
    pub workloads: Vec<WorkloadPlan>,
    /// What to commit to.
    pub commitments: Vec<Commitment>,
    /// By type: hours and how they are paid.
    pub types: Vec<TypePurchase>,
    /// What today's deployment cannot serve within its service levels.
    pub today_shortfalls: Vec<TodayShortfall>,
    /// Types that cannot keep a promise.
    pub excluded: Vec<Excluded>,
    /// Where the plan is infeasible, and the least that would help.
    pub shortages: Vec<Shortage>,
    /// True where a plan exists and its replay kept every promise. Another plan is no recommendation: it is shown, not exported.
    pub recommended: bool,
    /// What the replay of the plan on the digital twin found; none when infeasible.
    pub replay: Option<ReplayEvidence>,
    /// What the promises cost: the least cost at other latencies; left out where no explanation was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub promise_curve: Vec<PromisePoint>,
    /// What the figures rest on, in words.
    pub assumptions: Vec<String>,
    /// SHA-256 of everything the plan was made from: the same hash, model and solver give the same plan.
    pub input_hash: String,
    /// Model and version.
    pub model: &'static str,
    /// Solver and version.
    pub solver: &'static str,
    /// The plan file of the contract.
    pub plan: Outcome,
}

/// The parts of the planned cost; they sum to it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Purchase {
    /// Committed instances.
    pub commitments: Money,
    /// The spend commitment.
    pub spend: Money,
    /// On demand.
    pub on_demand: Money,
    /// Demand left unserved, instances above quotas, changes from today: what soft limits cost.
    pub penalties: Money,
}

/// The cost when every promised latency is another.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PromisePoint {
    /// What the promised latencies are multiplied by: below 1 they are stricter.
    pub factor: f64,
    /// Least cost that was found over the hours planned; `None` where the promise cannot be kept.
    pub cost: Option<Money>,
    /// Its proven gap.
    pub gap: Option<f64>,
    /// Why there is no cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub reason: Option<String>,
}

/// What a workload runs on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WorkloadPlan {
    /// The workload.
    pub workload: WorkloadId,
    /// Its model.
    pub model: ModelId,
    /// Its unit.
    pub unit: UnitId,
    /// What is promised.
    pub slo: ServicePromise,
    /// The types in use, most replica hours first.
    pub types: Vec<TypeMix>,
    /// Fewest replicas in an hour.
    pub min_replicas: u32,
    /// Most replicas in an hour.
    pub max_replicas: u32,
    /// Largest demand, in requests a second, headroom included.
    pub peak_demand: f64,
    /// Largest demand ÷ capacity within the service level in any hour.
    pub peak_utilisation: f64,
    /// Demand of every hour in requests a second, headroom included.
    pub demand: Vec<f64>,
    /// Mean tokens of a prompt, where known.
    pub input_tokens: Option<f64>,
    /// Mean tokens of an answer, where known.
    pub output_tokens: Option<f64>,
    /// What runs today.
    pub today: Vec<Deployment>,
    /// What it would cost on demand: its replica hours at on-demand prices, before commitments.
    pub on_demand_value: Money,
}

/// A type within a workload.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TypeMix {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Replicas summed over the hours.
    pub replica_hours: u64,
    /// Fewest in an hour.
    pub min_replicas: u32,
    /// Most in an hour.
    pub max_replicas: u32,
    /// Requests a second that a replica serves within the service level.
    pub capacity: Amount,
    /// Replicas in every hour.
    pub replicas: Vec<u32>,
}

/// Something to commit to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Commitment {
    /// Instances paid in every hour.
    Instances {
        /// The type.
        #[serde(rename = "type")]
        type_id: String,
        /// How many.
        count: u32,
        /// Price of one in an hour.
        hourly_price: Money,
        /// Their cost over the hours planned.
        cost: Money,
        /// Hours paid for and not used.
        idle_hours: u64,
    },
    /// A spend of so much in every hour.
    Spend {
        /// An hour.
        hourly: Money,
        /// Over the hours planned.
        cost: Money,
    },
}

/// How a type's hours are paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TypePurchase {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Instance hours in use.
    pub used_hours: u64,
    /// Most instances in an hour.
    pub peak: u32,
    /// Most that are allowed.
    pub quota: Option<u32>,
    /// Covered by committed instances.
    pub committed_hours: u64,
    /// Covered by the spend commitment.
    pub planned_hours: Amount,
    /// Bought on demand.
    pub on_demand_hours: Amount,
}
