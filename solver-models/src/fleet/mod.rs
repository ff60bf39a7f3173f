//! **Fleet**: how many instances of which type serve every workload in every hour, and what to commit to, at the least cost.
//!
//! `MODEL.md` beside this file states the model. [`solve`] picks the method by size and by what is asked: small instances go to HiGHS
//! as one program, large ones are decomposed by workload and hour, large ones with further terms by workload. [`explain`] says what
//! binds, what other choices cost, and how far the choice stands.

mod by_workload;
mod data;
mod decompose;
mod explain;
mod formulation;
mod merge;
mod monolith;
mod parts;
mod program;
mod purchase;
mod read;
mod shortage;
mod solution;
#[cfg(test)]
mod term_tests;
mod terms;
#[cfg(test)]
mod tests;
mod trim;
mod verify;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub use data::{Instance, InstanceType, MANUAL, MAX_HOURS, MAX_QUOTA, MAX_TYPES, MAX_VALUE, MAX_WORKLOADS, Workload};
pub use explain::{Binding, CostPoint, Excluding, Explanation, HourPrice, QuotaPrice, Standing, explain};
pub use parts::{PartPlan, join, part, parts};
pub use shortage::{MissingCapacity, MissingQuota, Shortage};
pub use solution::{Method, OPTIMAL_GAP, Outcome, Plan, Status, relative_gap};
pub use terms::{Interruption, Loss, Slots, Survive, TypeTerms, WorkloadTerms};
pub use verify::{Priced, TypeHours, Violation, price_as_is, verify};

/// Name and version of the model, for the record of what made a plan.
pub const MODEL: &str = "fleet/3";
/// The solver behind it, for the record.
pub const SOLVER: &str = "HiGHS 1.15 (highs 2.4.0, good_lp 1.15.3)";

/// Rounds of search that a plan may take unless it is said otherwise.
pub const USUAL_ROUNDS: u32 = 12;

/// When to stop. Gap and rounds stop every machine at the same plan; the time is there so that none waits for ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Wall time; the best plan by then is returned.
    pub time_limit: Duration,
    /// Relative gap that is good enough: 0.001 is a tenth of a percent. 0 asks for the optimum.
    pub gap: f64,
    /// Most rounds of search of a large fleet; 0 for as many as the time allows.
    pub rounds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time_limit: Duration::from_secs(60), gap: 0.001, rounds: USUAL_ROUNDS }
    }
}

impl Limits {
    /// For the whole program of a small fleet.
    fn of_program(&self) -> crate::program::Limits {
        let nodes = if self.rounds > 0 { crate::program::USUAL_NODES } else { 0 };
        crate::program::Limits { time_limit: self.time_limit, gap: self.gap, nodes }
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
    /// A workload's own terms contradict one another.
    #[error("workload {workload}: nothing that it may run on keeps its demand, losses and ramp together; relax one of them")]
    Workload {
        /// The workload.
        workload: String,
    },
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
/// then, as at the time limit. The same instance and limits give the same plan, unless the status says that the time limit bit.
///
/// # Errors
/// [`SolveError`]; an infeasible instance is an [`Outcome`] with its shortages.
pub fn solve(
    instance: &Instance,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, SolveError> {
    solve_near(instance, limits, None, progress)
}

/// The same from the commitments of a plan of a similar instance, where there is one.
fn solve_near(
    instance: &Instance,
    limits: &Limits,
    near: Option<&Plan>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, SolveError> {
    if !(0.0..1.0).contains(&limits.gap) {
        return Err(SolveError::Limits("the gap must be from 0 to below 1 (0.001 is a tenth of a percent)"));
    }
    if limits.time_limit.is_zero() {
        return Err(SolveError::Limits("the time limit must be above 0"));
    }
    let start = Instant::now();
    let independent = parts::parts(instance);
    let mut outcome = if independent.len() > 1 {
        parts::solve(instance, &independent, limits, progress)?
    } else {
        solve_connected(instance, limits, near, progress)?
    };
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

/// Solves an instance whose workloads hang together.
fn solve_connected(
    instance: &Instance,
    limits: &Limits,
    near: Option<&Plan>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, SolveError> {
    let start = Instant::now();
    let mut outcome = if merge::applies(instance) {
        let merged = solve_by_size(&merge::merged(instance), limits, start, near, progress)?;
        hour_by_hour(instance, merged, limits)?
    } else {
        solve_by_size(instance, limits, start, near, progress)?
    };
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

/// The outcome of the merged instance as that of `instance`: verified and priced again, hour by hour.
fn hour_by_hour(instance: &Instance, merged: Outcome, limits: &Limits) -> Result<Outcome, SolveError> {
    match (&merged.plan, merged.bound) {
        (Some(plan), Some(bound)) => {
            let outcome = finish(instance, merged.method, merge::spread(instance, plan), bound, limits.gap)?;
            Ok(if merged.status == Status::WorkLimit { outcome.after_all_work() } else { outcome })
        }
        _ => Ok(Outcome::infeasible(instance, merged.method, merged.shortages).with_relaxations(merged.relaxations)),
    }
}

fn solve_by_size(
    instance: &Instance,
    limits: &Limits,
    start: Instant,
    near: Option<&Plan>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, SolveError> {
    let large = match (size(instance), is_hourly(instance)) {
        (Size::Small, _) => None,
        (Size::Large, true) => decompose::solve(instance, limits, start, near, progress)?,
        (Size::Large, false) => by_workload::solve(instance, limits, start, near, progress)?,
    };
    large.map_or_else(|| solve_whole(instance, limits, start, progress), Ok)
}

/// True where the formulation without terms knows everything that is asked.
fn is_plain(instance: &Instance) -> bool {
    let no_excess = |kind: &InstanceType| kind.terms.excess_price.is_none();
    instance.workloads().iter().all(Workload::is_plain) && instance.types().iter().all(no_excess) && instance.slots().all_free()
}

/// True where the decomposition by hours knows everything that is asked.
fn is_hourly(instance: &Instance) -> bool {
    let hourly = |workload: &Workload| workload.terms.warm_up == 0 && workload.terms.change_price.is_none();
    instance.workloads().iter().all(hourly) && instance.slots().all_free()
}

/// The program of the whole instance, for other solvers: its optimum is the least cost of a plan.
pub fn whole_program(instance: &Instance) -> crate::program::Program {
    program::whole(instance).program
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
    let found =
        if is_plain(instance) { monolith::solve(instance, limits)? } else { monolith::solve_with_terms(instance, limits)? };
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
