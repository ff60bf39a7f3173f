//! What is said of every answer: its status, exact price, bound and gap.

use std::time::Instant;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::number::to_f64;
use crate::program::{Relaxation, Solved, Status, relative_gap};

/// Status, price and bound of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = PlanProof)]
pub struct Proof {
    /// What is proven.
    pub status: Status,
    /// The verifier's exact objective; `null` where there is no answer.
    pub objective: Option<Amount>,
    /// Proven lower bound on the objective of any answer, in floating point.
    pub bound: Option<f64>,
    /// (objective − bound) ÷ |objective|.
    pub gap: Option<f64>,
    /// Wall time of the solve.
    pub seconds: f64,
    /// Where nothing satisfies every constraint: the least that has to give way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub relaxations: Vec<Relaxation>,
}

impl Proof {
    /// The proof of a verified answer: its exact `objective`, and the `bound` and status of the program behind it.
    pub(crate) fn of(objective: Amount, bound: f64, solver: Status, asked: f64, start: Instant) -> Self {
        let price = to_f64(objective);
        // Both are floats: a bound a hair above the exact price is arithmetic, not knowledge.
        let bound = bound.min(price);
        let noise = price - bound <= 1e-9 * price.abs() + 1e-6;
        let gap = relative_gap(price, bound);
        let status = match solver {
            Status::Optimal if noise => Status::Optimal,
            _ if gap <= asked => Status::GapLimit,
            Status::TimeLimit | Status::WorkLimit => solver,
            _ => Status::Feasible,
        };
        let bound = bound.is_finite().then_some(bound);
        let seconds = start.elapsed().as_secs_f64();
        Self { status, objective: Some(objective), bound, gap: bound.map(|_| gap), seconds, relaxations: Vec::new() }
    }

    /// The proof of a verified answer to one program.
    pub(crate) fn of_solved(objective: Amount, solved: &Solved, asked: f64, start: Instant) -> Self {
        Self::of(objective, solved.bound, solved.status, asked, start)
    }

    /// There is no answer: `Infeasible` or `Unbounded`.
    pub(crate) fn none(status: Status, relaxations: Vec<Relaxation>, start: Instant) -> Self {
        let seconds = start.elapsed().as_secs_f64();
        Self { status, objective: None, bound: None, gap: None, seconds, relaxations }
    }
}

/// Another choice that was looked at, and what it would have cost.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = PlanAlternative)]
pub struct Alternative {
    /// What it is: `no new commitments`.
    pub name: String,
    /// Its exact objective; `null` where it cannot be met.
    pub objective: Option<Amount>,
    /// Its objective − that of the plan.
    pub difference: Option<Amount>,
}

impl Alternative {
    pub(crate) fn new(name: impl Into<String>, objective: Option<Amount>, plan: Option<Amount>) -> Self {
        let difference = objective.zip(plan).and_then(|(alternative, plan)| alternative.checked_sub(plan));
        Self { name: name.into(), objective, difference }
    }
}
