//! Large fleets, decomposed by workload and hour. MODEL.md, "Decomposition", has the mathematics.
//!
//! - `prepare` puts the instance into whole numbers, `knapsack` prices one workload in one hour, with terms `cover` (and `hull`), and over
//!   all hours, where a ramp links them, `ramp`.
//! - `hour`, `workers`, `master` and `relax` prove the lower bound and find the commitments of the relaxation.
//! - `purse`, `moves`, `search`, `commit` and `primal` make whole plans near it and improve them until the time or the gap is reached.

mod commit;
mod cover;
#[cfg(test)]
mod cover_tests;
mod hour;
mod hull;
mod knapsack;
mod master;
mod moves;
mod prepare;
mod primal;
mod purse;
mod ramp;
mod relax;
mod search;
mod watch;
mod workers;

use std::ops::ControlFlow;
use std::time::Instant;

use rayon::prelude::*;

use self::prepare::Prepared;
use self::primal::{Incumbent, Round};
use self::relax::Relaxation;
use self::search::{Effort, HourPlan};
use self::watch::Watch;
use super::{Instance, Limits, Method, Outcome, Plan, Progress, SolveError, finish, shortage};

/// Share of the time limit after which the bound has to do.
const BOUND_SHARE: f64 = 0.45;
/// Moves of the local search in one hour and round, spread over the workloads.
const MOVES: usize = 1_000_000;
/// Starting temperatures of the rounds, in turn, as a share of the mean price of a replica.
const HEATS: [f64; 4] = [0.3, 0.1, 0.2, 0.05];

/// What the decomposition found: the best plan, and the prices that prove its bound.
pub(super) struct Found {
    data: Prepared,
    relaxed: Relaxation,
    best: Option<Incumbent>,
    /// Whether all the work that was allowed is done, and neither the clock nor the caller ended it.
    complete: bool,
}

impl Found {
    /// The plan within the quotas, where there is one.
    fn plan(&self, instance: &Instance) -> Option<Plan> {
        self.best.as_ref().filter(|b| b.excess == 0.0).map(|best| best.plan(&self.data, instance))
    }

    /// The plan that others start from: where no search kept the quotas it may pass them.
    pub fn draft(&self, instance: &Instance) -> Plan {
        self.best.as_ref().map_or_else(|| Plan::empty(instance), |best| best.plan(&self.data, instance))
    }

    /// By hour and type: what an instance is worth under the prices of the bound, its quota among it, and that of the quota alone.
    pub fn prices(&self) -> Vec<HourPrices> {
        let of = |cut: &hour::Cut| HourPrices { worth: cut.worth(), quota: cut.quota_price.clone() };
        self.relaxed.cuts.iter().map(of).collect()
    }

    /// The lower bound for any workloads whose replicas cost at least `replicas` at these prices, over all hours.
    pub fn bound_with(&self, replicas: f64) -> f64 {
        without_replicas(&self.data, &self.relaxed.cuts) + replicas
    }

    /// The least that a workload costs over all hours at these prices, hour by hour: what links them is not asked.
    pub fn least_without_terms(&self, workload: usize) -> f64 {
        let mut search = knapsack::Search::default();
        let way = ramp::hour_by_hour(&self.data, &self.data.loads[workload], &self.relaxed.worths(), None, &mut search);
        way.map_or(0.0, |way| way.bound)
    }

    /// Commitments bought anew for the usage of `plan`, where that is cheaper.
    pub fn recommit(&self, instance: &Instance, plan: &mut Plan) {
        let by_type = plan.usage(instance);
        let usage: Vec<Vec<f64>> =
            (0..self.data.hours).map(|hour| by_type.iter().map(|hours| f64::from(hours[hour])).collect()).collect();
        let commit = plan.commit.iter().map(|c| f64::from(*c)).collect();
        let from = master::Commitments { commit, spend: crate::to_f64(plan.spend) };
        let (bought, cost) = commit::recommit(&self.data, &usage, &from);
        if cost < commit::total_cost(&self.data, &usage, &from) {
            plan.commit = bought.commit.iter().map(|c| c.round().max(0.0) as u32).collect();
        }
    }
}

/// What an instance of each type is worth in an hour that counts once.
pub(super) struct HourPrices {
    pub worth: Vec<f64>,
    pub quota: Vec<f64>,
}

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
    near: Option<&Plan>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Outcome>, SolveError> {
    let found = match find(instance, limits, start, near, progress) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(None),
        // A workload that not even the whole quotas serve makes an hourly program impossible.
        Err(error) => return infeasible(instance, 0..instance.hours())?.map(Some).ok_or(error),
    };
    match found.plan(instance) {
        Some(plan) => {
            let outcome = finish(instance, Method::Decomposition, plan, found.relaxed.bound, limits.gap)?;
            Ok(Some(if found.complete { outcome.after_all_work() } else { outcome }))
        }
        None => infeasible(instance, 0..instance.hours())?.map(Some).ok_or(SolveError::OutOfTime(limits.time_limit)),
    }
}

/// Proves a bound and searches for plans within the limits, from the commitments of a plan `near` where there is one; `None` where the
/// decomposition does not apply.
pub(super) fn find(
    instance: &Instance,
    limits: &Limits,
    start: Instant,
    near: Option<&Plan>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Found>, SolveError> {
    let Some(data) = Prepared::new(instance).filter(|data| !data.loads.is_empty()) else { return Ok(None) };
    let mut watch = Watch::new(start, limits.time_limit, limits.gap, progress);
    let mut guess = relax::first_guess(&data)?;
    if let Some(plan) = near {
        guess.commitments.start_from(&data, plan);
    }
    let mut best = first_plan(instance, &data, &guess, &mut watch)?;
    let tolerance = (limits.gap / 5.0).clamp(5e-5, 1e-3);
    let mut relaxed = std::thread::scope(|scope| {
        let workers = workers::Workers::start(scope, &data);
        relax::relax(&data, &workers, guess.commitments, tolerance, BOUND_SHARE, &mut watch)
    })?;
    if data.has_ramps() {
        relaxed.bound = relaxed.bound.max(bound_with_ramps(instance, &data, &relaxed)?);
        watch.bound("proving the bound with ramps", relaxed.bound);
    }
    if !watch.is_over() {
        improve(instance, &data, &relaxed, &mut best, limits.rounds, &mut watch)?;
    }
    let complete = !watch.is_over();
    Ok(Some(Found { data, relaxed, best, complete }))
}

/// Something to hold on to while the bound is being proven.
fn first_plan(
    instance: &Instance,
    data: &Prepared,
    guess: &relax::Guess,
    watch: &mut Watch<'_>,
) -> Result<Option<Incumbent>, SolveError> {
    let worth = vec![guess.worth.clone(); data.hours];
    let start = data.has_ramps().then(|| within_ramps(instance, data, &worth, None)).transpose()?;
    let effort = Effort { moves: 30, heat: 0.3, seed: 0 };
    let commitments = &guess.commitments;
    let round = Round { worth: &worth, commitments, start: start.as_deref(), effort, phase: "first plan" };
    let found = primal::round(data, &round, watch);
    if let Some(found) = found.as_ref().filter(|found| found.excess == 0.0) {
        watch.objective("first plan", found.cost);
    }
    Ok(found)
}

/// The cheapest way of every workload at prices (by hour and type), its ramp kept; near patterns (by hour) where there are some.
fn ways(
    instance: &Instance,
    data: &Prepared,
    worth: &[Vec<f64>],
    near: Option<&[HourPlan]>,
) -> Result<Vec<ramp::Way>, SolveError> {
    let way = |search: &mut knapsack::Search, w: usize| {
        let near: Option<Vec<&Vec<u32>>> = near.map(|hours| hours.iter().map(|hour| &hour.patterns[w]).collect());
        let found = ramp::cheapest_way(data, &data.loads[w], worth, near.as_deref(), search);
        found.ok_or_else(|| SolveError::Workload { workload: instance.workloads()[w].id.clone() })
    };
    (0..data.loads.len()).into_par_iter().map_init(knapsack::Search::default, way).collect()
}

/// A plan for every hour that keeps the ramps.
fn within_ramps(
    instance: &Instance,
    data: &Prepared,
    worth: &[Vec<f64>],
    near: Option<&[HourPlan]>,
) -> Result<Vec<HourPlan>, SolveError> {
    let ways = ways(instance, data, worth, near)?;
    let of = |hour: usize| HourPlan { patterns: ways.iter().map(|way| way.patterns[hour].clone()).collect() };
    Ok((0..data.hours).map(of).collect())
}

/// The bound of the same prices where every workload keeps its ramp.
fn bound_with_ramps(instance: &Instance, data: &Prepared, relaxed: &Relaxation) -> Result<f64, SolveError> {
    let ways = ways(instance, data, &relaxed.worths(), None)?;
    Ok(without_replicas(data, &relaxed.cuts) + ways.iter().map(|way| way.bound).sum::<f64>())
}

/// The bound of the prices but for what the replicas cost at them.
fn without_replicas(data: &Prepared, cuts: &[hour::Cut]) -> f64 {
    let without = |cut: &hour::Cut| {
        let quotas: f64 = cut.quota_price.iter().zip(&data.quota).map(|(q, quota)| q * quota).sum();
        hour::Cut { constant: -quotas, ..cut.clone() }
    };
    let cuts: Vec<hour::Cut> = cuts.iter().map(without).collect();
    master::proven(data, &cuts)
}

/// So many rounds of local search from the rounded relaxation (0: without end), or until the watch says stop.
fn improve(
    instance: &Instance,
    data: &Prepared,
    relaxed: &Relaxation,
    best: &mut Option<Incumbent>,
    rounds: u32,
    watch: &mut Watch<'_>,
) -> Result<(), SolveError> {
    let mut current: Vec<HourPlan> = relaxed.patterns.iter().map(|p| HourPlan { patterns: p.clone() }).collect();
    if data.has_ramps() {
        current = within_ramps(instance, data, &relaxed.worth, Some(&current))?;
    }
    let mut at = relaxed.commitments.clone();
    let rounds = if rounds > 0 { rounds as usize } else { usize::MAX };
    for turn in 0..rounds {
        // A first plan near the relaxation soon, and the long searches from there.
        let share = [8, 2, 1][turn.min(2)];
        let moves = (MOVES / data.loads.len()).clamp(200, 20_000) / share;
        let effort = Effort { moves, heat: HEATS[turn % HEATS.len()], seed: turn as u64 + 1 };
        let round = Round { worth: &relaxed.worth, commitments: &at, start: Some(&current), effort, phase: "improving the plan" };
        let Some(found) = primal::round(data, &round, watch) else { return Ok(()) };
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
            return Ok(());
        }
    }
    Ok(())
}

/// The infeasible outcome, where an hour cannot be met.
fn infeasible(instance: &Instance, hours: std::ops::Range<usize>) -> Result<Option<Outcome>, SolveError> {
    let shortages = shortage::explain_hours(instance, hours)?;
    Ok((!shortages.is_empty()).then(|| Outcome::infeasible(instance, Method::Decomposition, shortages)))
}
