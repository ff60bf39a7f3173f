//! Large fleets, decomposed by workload and hour. MODEL.md, "Decomposition", has the mathematics.
//!
//! - `prepare` puts the instance into whole numbers, `knapsack` prices one workload in one hour.
//! - `hour`, `workers`, `master` and `relax` prove the lower bound and find the commitments of the relaxation.
//! - `purse`, `search`, `commit` and `primal` make whole plans near it and improve them until the time or the gap is reached.

mod commit;
mod hour;
mod knapsack;
mod master;
mod prepare;
mod primal;
mod purse;
mod relax;
mod search;
mod watch;
mod workers;

use std::ops::ControlFlow;
use std::time::Instant;

use self::prepare::Prepared;
use self::primal::{Incumbent, Round};
use self::relax::Relaxation;
use self::search::{Effort, HourPlan};
use self::watch::Watch;
use super::{Instance, Limits, Method, Outcome, Progress, SolveError, finish, shortage};

/// Share of the time limit after which the bound has to do.
const BOUND_SHARE: f64 = 0.45;
/// Moves of the local search in one hour and round, spread over the workloads.
const MOVES: usize = 1_000_000;
/// Starting temperatures of the rounds, in turn, as a share of the mean price of a replica.
const HEATS: [f64; 4] = [0.3, 0.1, 0.2, 0.05];

/// Solves `instance` by decomposition.
///
/// `Ok(None)` says that it does not apply: numbers without an exact whole form in doubles, capacities of 0, workloads without a type.
///
/// # Errors
/// When the solver fails, or no plan within the quotas was found in time.
pub(super) fn solve(
    instance: &Instance,
    limits: &Limits,
    start: Instant,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Outcome>, SolveError> {
    let Some(data) = Prepared::new(instance) else { return Ok(None) };
    if data.loads.is_empty() {
        return Ok(None);
    }
    let mut watch = Watch::new(start, limits.time_limit, limits.gap, progress);
    let guess = relax::first_guess(&data)?;
    let mut best = first_plan(&data, &guess, &mut watch);
    let tolerance = (limits.gap / 5.0).clamp(5e-5, 1e-3);
    let relaxed = std::thread::scope(|scope| {
        let workers = workers::Workers::start(scope, &data);
        relax::relax(&data, &workers, guess.commitments, tolerance, BOUND_SHARE, &mut watch)
    });
    let relaxed = match relaxed {
        Ok(relaxed) => relaxed,
        // A workload that not even the whole quotas serve makes an hourly program impossible.
        Err(error) => return infeasible(instance, 0..data.hours)?.map(Some).ok_or(error),
    };
    if !watch.is_over() {
        improve(&data, &relaxed, &mut best, &mut watch);
    }
    match best.filter(|b| b.excess == 0.0) {
        Some(best) => finish(instance, Method::Decomposition, best.plan(&data, instance), relaxed.bound, limits.gap).map(Some),
        None => infeasible(instance, 0..data.hours)?.map(Some).ok_or(SolveError::OutOfTime(limits.time_limit)),
    }
}

/// Something to hold on to while the bound is being proven.
fn first_plan(data: &Prepared, guess: &relax::Guess, watch: &mut Watch<'_>) -> Option<Incumbent> {
    let worth = vec![guess.worth.clone(); data.hours];
    let effort = Effort { moves: 30, heat: 0.3, seed: 0 };
    let round = Round { worth: &worth, commitments: &guess.commitments, start: None, effort, phase: "first plan" };
    let found = primal::round(data, &round, watch)?;
    if found.excess == 0.0 {
        watch.objective("first plan", found.cost);
    }
    Some(found)
}

/// Rounds of local search from the rounded relaxation until the watch says stop.
fn improve(data: &Prepared, relaxed: &Relaxation, best: &mut Option<Incumbent>, watch: &mut Watch<'_>) {
    let rounded: Vec<HourPlan> = relaxed.patterns.iter().map(|p| HourPlan { patterns: p.clone() }).collect();
    let mut at = relaxed.commitments.clone();
    let mut current = rounded;
    for turn in 0.. {
        // A first plan near the relaxation soon, and the long searches from there.
        let share = [8, 2, 1][turn.min(2)];
        let moves = (MOVES / data.loads.len()).clamp(200, 20_000) / share;
        let effort = Effort { moves, heat: HEATS[turn % HEATS.len()], seed: turn as u64 + 1 };
        let round = Round { worth: &relaxed.worth, commitments: &at, start: Some(&current), effort, phase: "improving the plan" };
        let Some(found) = primal::round(data, &round, watch) else { return };
        if best.as_ref().is_none_or(|b| (found.excess, found.cost) < (b.excess, b.cost)) {
            (at, current) = (found.commitments.clone(), found.hours.clone());
            *best = Some(found);
        }
        let cost = best.as_ref().filter(|b| b.excess == 0.0).map(|b| b.cost);
        let over = match cost {
            Some(cost) => watch.objective("improving the plan", cost),
            None => watch.tell("improving the plan"),
        };
        if over {
            return;
        }
    }
}

/// The infeasible outcome, where an hour cannot be met.
fn infeasible(instance: &Instance, hours: std::ops::Range<usize>) -> Result<Option<Outcome>, SolveError> {
    let shortages = shortage::explain_hours(instance, hours)?;
    Ok((!shortages.is_empty()).then(|| Outcome::infeasible(instance, Method::Decomposition, shortages)))
}
