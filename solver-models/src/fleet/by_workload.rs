//! Large instances with warm-ups or prices of changes: one workload at a time. MODEL.md, "Other terms at any size", has the mathematics.
//!
//! The decomposition of the instance without its terms gives prices and a first plan. At these prices the program of each workload,
//! with all its terms, bounds the cost of any plan from below; beside the others' usage it improves the plan.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::decompose::{self, Found};
use super::program::{Payment, Scope, formulate};
use super::solution::Plan;
use super::{Instance, Limits, Method, Outcome, Progress, SolveError, finish, shortage, verify};
use crate::program::{self, Answer};
use crate::to_f64;

/// Share of the time for the instance without terms, and for the bound after it.
const FIRST_SHARE: f64 = 0.25;
const BOUND_SHARE: f64 = 0.5;
/// Gap of one workload's program.
const WORKLOAD_GAP: f64 = 1e-4;
/// Nodes of one workload's program.
const WORKLOAD_NODES: u32 = 500;

/// Solves an instance with terms; `None` where the decomposition does not apply.
pub(super) fn solve(
    instance: &Instance,
    limits: &Limits,
    start: Instant,
    near: Option<&Plan>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Outcome>, SolveError> {
    let plain = without_terms(instance);
    let first = Limits { time_limit: limits.time_limit.mul_f64(FIRST_SHARE), ..*limits };
    let found = match decompose::find(&plain, &first, start, near, progress) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(None),
        // The terms only ask for more: what is missing without them is missing with them.
        Err(error) => {
            let shortages = shortage::explain(instance)?;
            let outcome = || Outcome::infeasible(instance, Method::ByWorkload, shortages.clone());
            return if shortages.is_empty() { Err(error) } else { Ok(Some(outcome())) };
        }
    };
    let mut clock = Clock { start, limits: *limits, progress, bound: None, objective: None, stopped: false };
    let first = constant(instance, &found, &mut clock)?;
    let bound = bound(instance, &found, &mut clock)?;
    clock.bound = Some(bound);
    match improve(instance, &found, first, &mut clock)? {
        Some(plan) => {
            let outcome = finish(instance, Method::ByWorkload, plan, bound, limits.gap)?;
            // Passes that help no more are all the work there is.
            let is_cut = clock.stopped || clock.left(1.0).is_none();
            Ok(Some(if is_cut { outcome } else { outcome.after_all_work() }))
        }
        None => Err(SolveError::OutOfTime(limits.time_limit)),
    }
}

/// The instance without what the decomposition by hours does not know: warm-ups and what changes from today's plan cost. Every plan of
/// `instance` is one of it and costs no more there.
pub(super) fn without_terms(instance: &Instance) -> Instance {
    let strip = |_: &mut Vec<super::InstanceType>, workloads: &mut Vec<super::Workload>| {
        for terms in workloads.iter_mut().map(|workload| &mut workload.terms) {
            (terms.warm_up, terms.change_price) = (0, None);
        }
    };
    instance.changed(strip).expect("less is asked of an accepted instance")
}

/// The time, the caller, and what is known so far.
struct Clock<'a> {
    start: Instant,
    limits: Limits,
    progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    bound: Option<f64>,
    objective: Option<f64>,
    /// Whether the caller said stop.
    stopped: bool,
}

impl Clock<'_> {
    /// Time left until this share of the limit is used.
    fn left(&self, share: f64) -> Option<Duration> {
        self.limits.time_limit.mul_f64(share).checked_sub(self.start.elapsed()).filter(|left| !left.is_zero())
    }

    /// True when the caller says stop, or the gap is reached.
    fn tell(&mut self, phase: &'static str) -> bool {
        let seconds = self.start.elapsed().as_secs_f64();
        let told = Progress { phase, seconds, objective: self.objective, bound: self.bound };
        self.stopped |= (self.progress)(told).is_break();
        self.stopped || told.gap().is_some_and(|gap| gap <= self.limits.gap)
    }
}

/// The hours that a workload's program must hold together: all of them where its terms link them, else each alone.
fn parts(instance: &Instance, w: usize) -> Vec<Range<usize>> {
    let hours = instance.hours();
    if instance.workloads()[w].terms.links_hours() || !instance.slots().all_free() {
        return std::iter::once(0..hours).collect();
    }
    (0..hours).map(|hour| hour..hour + 1).collect()
}

/// Σ over the workloads of the least that each costs at the prices, its terms among it, in the bound of the decomposition.
///
/// A workload whose program is not solved, because the time is over or the caller stops, counts what it costs hour by hour, without what
/// links them.
fn bound(instance: &Instance, found: &Found, clock: &mut Clock<'_>) -> Result<f64, SolveError> {
    let prices: Vec<Vec<f64>> = found.prices().into_iter().map(|hour| hour.worth).collect();
    let workloads = instance.workloads();
    let mut costs: Vec<f64> = (0..workloads.len()).into_par_iter().map(|w| found.least_without_terms(w)).collect();
    let together = |costs: &[f64]| found.bound_with(costs.iter().sum()).max(0.0);
    let at_once = 2 * rayon::current_num_threads();
    for chunk in (0..workloads.len()).collect::<Vec<_>>().chunks(at_once) {
        clock.bound = Some(together(&costs));
        let _ = clock.tell("proving the bound with every term");
        let Some(left) = clock.left(BOUND_SHARE).filter(|_| !clock.stopped) else { break };
        let open = (workloads.len() - chunk[0]).div_ceil(at_once);
        let share = left.div_f64(open as f64).max(Duration::from_millis(20));
        let limits = program::Limits { time_limit: share, gap: WORKLOAD_GAP, nodes: WORKLOAD_NODES };
        let least = |w: usize| -> Result<f64, SolveError> {
            if workloads[w].is_plain() && instance.slots().all_free() {
                return Ok(costs[w]);
            }
            let of = |hours: Range<usize>| least_cost(instance, w, hours, &prices, &limits);
            Ok(parts(instance, w).into_iter().map(of).sum::<Result<f64, _>>()?.max(costs[w]))
        };
        let found: Vec<f64> = chunk.par_iter().map(|w| least(*w)).collect::<Result<_, _>>()?;
        chunk.iter().zip(found).for_each(|(w, cost)| costs[*w] = cost);
    }
    Ok(together(&costs))
}

/// Something to hold on to: every workload runs all the time what it needs in its busiest hour. Nothing ramps, nothing starts; `None` where
/// the quotas do not have room for that.
fn constant(instance: &Instance, found: &Found, clock: &mut Clock<'_>) -> Result<Option<Plan>, SolveError> {
    let mut plan = Plan::empty(instance);
    plan.commit.iter_mut().zip(instance.types()).for_each(|(commit, kind)| *commit = kind.terms.committed);
    plan.spend = instance.committed_spend();
    for w in order(instance) {
        let demand = &instance.workloads()[w].demand;
        let busiest = (0..instance.hours()).max_by(|a, b| demand[*a].cmp(&demand[*b]).then(b.cmp(a))).expect("there is an hour");
        let limits = program::Limits { gap: 0.01, nodes: WORKLOAD_NODES, ..program::Limits::default() };
        let part = solve_beside(instance, w, busiest..busiest + 1, &plan, &plan.usage(instance), &limits)?;
        let Some(part) = part else { return Ok(None) };
        plan.replicas[w] = part.into_iter().map(|(i, counts)| (i, vec![counts[busiest]; instance.hours()])).collect();
    }
    found.recommit(instance, &mut plan);
    plan.spend = super::purchase::best_spend(instance, &plan.usage(instance), &plan.commit);
    let Ok(priced) = verify(instance, &plan) else { return Ok(None) };
    clock.objective = Some(to_f64(priced.total));
    let _ = clock.tell("first plan");
    Ok(Some(plan))
}

/// A lower bound on what a workload costs at the prices.
fn least_cost(
    instance: &Instance,
    w: usize,
    hours: Range<usize>,
    prices: &[Vec<f64>],
    limits: &program::Limits,
) -> Result<f64, SolveError> {
    let scope = Scope { workloads: vec![w], hours, payment: Payment::Prices(prices) };
    match program::in_time(formulate(instance, &scope).program.solve(limits)).map_err(failed)? {
        Some(Answer::Solved(solved)) => Ok(solved.bound.max(0.0)),
        // Nothing that a workload runs costs less than nothing.
        None | Some(Answer::Unbounded) => Ok(0.0),
        Some(Answer::Infeasible) => Err(SolveError::Workload { workload: instance.workloads()[w].id.clone() }),
    }
}

fn failed(error: program::ProgramError) -> SolveError {
    SolveError::Solver(error.to_string())
}

/// Pass after pass over the workloads, each at its best beside the others, until no pass helps or the time is over.
fn improve(instance: &Instance, found: &Found, first: Option<Plan>, clock: &mut Clock<'_>) -> Result<Option<Plan>, SolveError> {
    let mut best = first;
    let mut plan = found.draft(instance);
    plan.commit.iter_mut().zip(instance.types()).for_each(|(commit, kind)| *commit = (*commit).max(kind.terms.committed));
    plan.spend = super::purchase::best_spend(instance, &plan.usage(instance), &plan.commit);
    for pass in 0.. {
        let order = order(instance);
        for (at, &w) in order.iter().enumerate() {
            if clock.tell("improving the plan") && best.is_some() {
                return Ok(best);
            }
            if pass == 0 && instance.workloads()[w].is_plain() && instance.slots().all_free() {
                continue;
            }
            let Some(left) = clock.left(1.0) else { return Ok(best) };
            let share = left.div_f64((order.len() - at) as f64).max(Duration::from_millis(50));
            replan(instance, w, &mut plan, share)?;
        }
        found.recommit(instance, &mut plan);
        plan.spend = super::purchase::best_spend(instance, &plan.usage(instance), &plan.commit);
        let Ok(priced) = verify(instance, &plan) else {
            // A quota is still passed: the next pass makes room. A plan that never fits is no plan.
            if pass >= MAX_REPAIRS {
                return Ok(best);
            }
            continue;
        };
        let gained = clock.objective.is_none_or(|cost| to_f64(priced.total) < cost * (1.0 - 1e-7));
        if !gained && pass > 0 {
            break;
        }
        if gained {
            clock.objective = Some(to_f64(priced.total));
            best = Some(plan.clone());
        }
    }
    Ok(best)
}

/// Passes after which a plan that breaks a quota is given up.
const MAX_REPAIRS: usize = 8;

/// The workloads, the largest first.
fn order(instance: &Instance) -> Vec<usize> {
    let size = |w: &super::Workload| {
        let cheapest = w.usable().map(|(i, c)| to_f64(instance.types()[i].on_demand_price) / to_f64(c).max(1e-9));
        w.demand.iter().map(|d| to_f64(*d)).sum::<f64>() * cheapest.fold(f64::INFINITY, f64::min)
    };
    let sizes: Vec<f64> = instance.workloads().iter().map(size).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|a, b| sizes[*b].total_cmp(&sizes[*a]).then(a.cmp(b)));
    order
}

/// Plans one workload anew beside the usage of the others, under the commitments of the plan.
fn replan(instance: &Instance, w: usize, plan: &mut Plan, time: Duration) -> Result<(), SolveError> {
    let own = std::mem::take(&mut plan.replicas[w]);
    let limits = program::Limits { time_limit: time, gap: WORKLOAD_GAP, nodes: WORKLOAD_NODES };
    let others = plan.usage(instance);
    let solve = |hours: Range<usize>| solve_beside(instance, w, hours, plan, &others, &limits);
    let found: Vec<Option<Replicas>> = parts(instance, w).into_par_iter().map(solve).collect::<Result<_, SolveError>>()?;
    let Some(found) = found.into_iter().collect::<Option<Vec<Replicas>>>() else {
        // Out of time, or impossible: the plan stays as it was, and the verifier says what it lacks.
        plan.replicas[w] = own;
        return Ok(());
    };
    for (i, counts) in found.into_iter().flatten() {
        let hours = plan.replicas[w].entry(i).or_insert_with(|| vec![0; instance.hours()]);
        hours.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
    }
    Ok(())
}

type Replicas = std::collections::BTreeMap<usize, Vec<u32>>;

/// The best replicas of one workload in these hours under the commitments of the plan, beside the usage of the others; 0 in the other hours. `None` where there are none in time.
fn solve_beside(
    instance: &Instance,
    w: usize,
    hours: Range<usize>,
    plan: &Plan,
    others: &[Vec<u32>],
    limits: &program::Limits,
) -> Result<Option<Replicas>, SolveError> {
    let payment = Payment::Beside { others, commit: &plan.commit, spend: to_f64(plan.spend) };
    let scope = Scope { workloads: vec![w], hours, payment };
    let formulated = formulate(instance, &scope);
    let answer = program::in_time(formulated.program.solve(limits)).map_err(failed)?;
    let Some(solved) = answer.and_then(Answer::solved) else { return Ok(None) };
    let mut part = Plan::empty(instance);
    formulated.read_replicas(&scope, &solved.values, &mut part, instance.hours());
    Ok(Some(std::mem::take(&mut part.replicas[w])))
}
