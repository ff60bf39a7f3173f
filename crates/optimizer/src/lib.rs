//! Plans worth applying: from measured demand and a fleet profile to a verified plan, priced exactly beside today's cost.
//!
//! [`FleetProfile`] says what can be rented and what each workload promises; the weekly demand comes from usage. Capacities
//! follow from the queueing model in `farthing-simulator`, the plan from `farthing-solver-models`, and every figure of money
//! from the verifier's exact price. Before it is told to anybody, the plan is replayed on the digital twin ([`replay`]); what keeps
//! its promises there can be exported to those who run it ([`exports`]).

mod capacity;
mod document;
mod error;
pub mod exports;
pub mod measured;
mod plan;
mod profile;
pub mod replay;
mod report;
mod scenarios;
mod terms;
mod today;

pub use capacity::{Excluded, WorkloadDemand};
pub use document::{DocumentError, PlanDocument, PlannedType, PlannedWorkload};
pub use error::PlanError;
pub use farthing_solver_models::fleet::{self, Limits, Progress, Status};
pub use farthing_solver_models::{
    Alternative, Proof, commitments, contracts, input, portfolio, program, routing, storage, to_f64,
};
pub use plan::plan_fleet;
pub use profile::{
    Calibrated, Deployment, FleetProfile, FleetTerms, Headroom, InstanceOffer, Queued, ServiceProfile, ServicePromise, SpotOffer,
    SurvivedLoss, TodayCommitments, WorkloadProfile,
};
pub use replay::ReplayEvidence;
pub use report::{Commitment, FleetPlan, PromisePoint, TypeMix, TypePurchase, WorkloadPlan};
pub use scenarios::{DemandOptions, DemandScenario};
pub use today::TodayShortfall;

#[cfg(test)]
mod tests;
