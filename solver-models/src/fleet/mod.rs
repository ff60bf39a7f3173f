//! **Fleet**: how many instances of which type serve every workload in every hour, and what to commit to, at the least cost.
//!
//! `MODEL.md` beside this file states the model. [`solve`] picks the method by size: small instances go to HiGHS as one
//! program, large ones are decomposed by workload and hour.

mod data;
mod decompose;
mod formulation;
mod monolith;
mod purchase;
mod read;
mod shortage;
mod solution;
#[cfg(test)]
mod tests;
mod trim;
mod verify;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub use data::{Instance, InstanceError, InstanceType, MAX_HOURS, MAX_QUOTA, MAX_TYPES, MAX_VALUE, MAX_WORKLOADS, Workload};
pub use shortage::{MissingCapacity, MissingQuota, Shortage, explain};
pub use solution::{Method, OPTIMAL_GAP, Outcome, Plan, Status, relative_gap};
pub use verify::{Priced, TypeHours, Violation, price_as_is, verify};

/// Name and version of the model, for the record of what made a plan.
pub const MODEL: &str = "fleet/1";
/// The solver behind it, for the record.
pub const SOLVER: &str = "HiGHS 1.15 (highs 2.4.0, good_lp 1.15.3)";

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Wall time; the best plan by then is returned.
    pub time_limit: Duration,
    /// Relative gap that is good enough: 0.001 is a tenth of a percent. 0 asks for the optimum.
    pub gap: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time_limit: Duration::from_secs(60), gap: 0.001 }
    }
}

/// How far the search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub phase: &'static str,
    /// Wall time since the start.
    pub seconds: f64,
    /// Cost of the best plan so far.
    pub objective: Option<f64>,
    /// Best lower bound so far.
    pub bound: Option<f64>,
}

impl Progress {
    /// The proven relative gap, once both sides are known.
    pub fn gap(&self) -> Option<f64> {
        Some(relative_gap(self.objective?, self.bound?))
    }
}

/// Why there is no answer. An infeasible instance is an answer, not an error.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// The limits make no sense.
    #[error("limits: {0}")]
    Limits(&'static str),
    /// The solver failed.
    #[error("the solver failed: {0}; this is a defect, please report it with the instance")]
    Solver(String),
    /// Nothing was found in time.
    #[error("no plan was found within {0:?}; give it more time")]
    OutOfTime(Duration),
    /// The verifier refused the solver's plan.
    #[error(
        "the plan did not pass verification ({count} violations, first: {first}); this is a defect, please report it with the instance"
    )]
    Refused {
        /// How many.
        count: usize,
        /// The first of them.
        first: Violation,
    },
}

/// Solves `instance`: the plan comes back verified and priced exactly, with a proven bound.
///
/// `progress` is called now and then and may stop the search with [`ControlFlow::Break`]; the best plan so far is returned
/// then, as at the time limit. The same instance and limits give the same plan as long as the time limit does not bite.
///
/// # Errors
/// [`SolveError`]; an infeasible instance is an [`Outcome`] with its shortages.
pub fn solve(
    instance: &Instance,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, SolveError> {
    if !(0.0..1.0).contains(&limits.gap) {
        return Err(SolveError::Limits("the gap must be from 0 to below 1 (0.001 is a tenth of a percent)"));
    }
    if limits.time_limit.is_zero() {
        return Err(SolveError::Limits("the time limit must be above 0"));
    }
    let start = Instant::now();
    let mut outcome = match size(instance) {
        Size::Small => solve_whole(instance, limits, start, progress)?,
        Size::Large => match decompose::solve(instance, limits, start, progress)? {
            Some(outcome) => outcome,
            None => solve_whole(instance, limits, start, progress)?,
        },
    };
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

enum Size {
    Small,
    Large,
}

/// Integer variables up to which HiGHS proves the optimum of the whole program in seconds.
const SMALL: usize = 1_500;

fn size(instance: &Instance) -> Size {
    let pairs: usize = instance.workloads().iter().map(|w| w.usable().count()).sum();
    if pairs * instance.hours() <= SMALL { Size::Small } else { Size::Large }
}

fn solve_whole(
    instance: &Instance,
    limits: &Limits,
    start: Instant,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, SolveError> {
    let told = |phase, objective, bound| Progress { phase, seconds: start.elapsed().as_secs_f64(), objective, bound };
    // HiGHS cannot be asked to stop through its bindings: the wish is heard before it starts, and its time limit holds after that.
    if progress(told("solving the whole program", None, None)).is_break() {
        return Err(SolveError::OutOfTime(start.elapsed()));
    }
    let found = monolith::solve(instance, limits.time_limit, limits.gap)?;
    let outcome = found.ok_or(SolveError::OutOfTime(limits.time_limit))?;
    let _ = progress(told("done", outcome.objective.map(crate::to_f64), outcome.bound));
    Ok(outcome)
}

/// Trims, buys at the best spend commitment, verifies and prices a plan: the last steps of every method.
fn finish(instance: &Instance, method: Method, mut plan: Plan, bound: f64, gap: f64) -> Result<Outcome, SolveError> {
    trim::trim(instance, &mut plan);
    plan.spend = purchase::best_spend(instance, &plan.usage(instance), &plan.commit);
    match verify(instance, &plan) {
        Ok(priced) => Ok(Outcome::feasible(instance, method, plan, priced.total, bound, gap)),
        Err(broken) => {
            let first = broken.first().cloned().expect("a refusal names a violation");
            Err(SolveError::Refused { count: broken.len(), first })
        }
    }
}
