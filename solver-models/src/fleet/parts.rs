//! Independent workloads: parts of an instance that share no quota and no commitment. Each is an instance of its own, so that they may be
//! solved one after the other here, or each by somebody else, with the same plan in the end.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use farthing_types::Amount;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::solution::{Method, Outcome, Plan, Status};
use super::{Instance, InstanceType, Limits, Progress, SolveError, finish};

/// A plan of a part with what was proven about it, as far as the plan of the whole needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct PartPlan {
    status: Status,
    method: Method,
    bound: f64,
    plan: Plan,
}

/// The part of the plan file that a [`PartPlan`] is read from. Floats are read from their text: the reader of JSON may be off by a bit.
#[derive(Deserialize)]
struct PartFile {
    status: Status,
    method: Method,
    bound: Option<Box<RawValue>>,
    n: BTreeMap<String, BTreeMap<String, Vec<u32>>>,
    commit: BTreeMap<String, u32>,
    plan: Option<Box<RawValue>>,
}

impl PartPlan {
    /// Of an outcome; `None` where there is no plan.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        let (plan, bound) = (outcome.plan.clone()?, outcome.bound?);
        Some(Self { status: outcome.status, method: outcome.method, bound, plan })
    }

    /// Reads the plan file of `part`; `None` where it has no plan, or one of something else.
    pub fn read(part: &Instance, text: &str) -> Option<Self> {
        let file: PartFile = serde_json::from_str(text).ok()?;
        let kind = |name: &str| part.types().iter().position(|kind| kind.id == name);
        let mut plan = Plan::empty(part);
        for (workload, replicas) in part.workloads().iter().zip(&mut plan.replicas) {
            for (name, hours) in file.n.get(&workload.id)? {
                replicas.insert(kind(name)?, hours.clone());
            }
        }
        for (name, count) in &file.commit {
            plan.commit[kind(name)?] = *count;
        }
        let spend = file.plan?;
        plan.spend = spend.get().trim_matches('"').parse().ok()?;
        let bound = file.bound?.get().parse().ok()?;
        Some(Self { status: file.status, method: file.method, bound, plan })
    }
}

/// Whether what one workload runs on the type changes what others may run, or pay, there.
fn is_shared(kind: &InstanceType) -> bool {
    kind.quota.is_some() || kind.commit_price.is_some() || kind.terms.committed > 0
}

/// The workloads of each part, parts in the order of their first workload. A spend commitment joins all that it may cover.
pub fn parts(instance: &Instance) -> Vec<Vec<usize>> {
    let mut part: Vec<usize> = (0..instance.workloads().len()).collect();
    let mut first_on: BTreeMap<usize, usize> = BTreeMap::new();
    let plan = instance.types().len();
    for (w, workload) in instance.workloads().iter().enumerate() {
        for (i, _) in workload.usable() {
            let kind = &instance.types()[i];
            let links = [is_shared(kind).then_some(i), kind.plan_rate.is_some().then_some(plan)];
            for link in links.into_iter().flatten() {
                let (one, other) = (part[*first_on.entry(link).or_insert(w)], part[w]);
                let (keep, join) = (one.min(other), one.max(other));
                part.iter_mut().filter(|p| **p == join).for_each(|p| *p = keep);
            }
        }
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    part.iter().enumerate().for_each(|(w, p)| found.entry(*p).or_default().push(w));
    found.into_values().collect()
}

/// The instance of the part at `index`: its workloads, and commitments on offer or signed that are its own. Those that no workload
/// uses are the first part's.
pub fn part(instance: &Instance, parts: &[Vec<usize>], index: usize) -> Instance {
    let uses = |part: &[usize], test: &dyn Fn(usize) -> bool| {
        part.iter().any(|&w| instance.workloads()[w].usable().any(|(i, _)| test(i)))
    };
    let owner = |test: &dyn Fn(usize) -> bool| parts.iter().position(|part| uses(part, test)).unwrap_or(0);
    let mut types = instance.types().to_vec();
    for (i, kind) in types.iter_mut().enumerate().filter(|(_, kind)| kind.commit_price.is_some() || kind.terms.committed > 0) {
        if owner(&|used| used == i) != index {
            (kind.commit_price, kind.terms.committed) = (None, 0);
        }
    }
    let under_plan = |i: usize| instance.types()[i].plan_rate.is_some();
    let has_spend = owner(&under_plan) == index;
    if !has_spend {
        types.iter_mut().for_each(|kind| kind.plan_rate = None);
    }
    let spend = if has_spend { instance.committed_spend() } else { Amount::ZERO };
    let workloads = parts[index].iter().map(|&w| instance.workloads()[w].clone()).collect();
    Instance::with_slots(instance.slots().clone(), spend, types, workloads).expect("less is asked of an accepted instance")
}

/// The plan of the whole from the plans of its parts: verified and priced again.
///
/// # Errors
/// [`SolveError::Refused`] where a part's plan is not one.
pub fn join(instance: &Instance, parts: &[Vec<usize>], found: &[PartPlan], gap: f64) -> Result<Outcome, SolveError> {
    let mut plan = Plan::empty(instance);
    for (part, found) in parts.iter().zip(found) {
        for (&w, replicas) in part.iter().zip(&found.plan.replicas) {
            plan.replicas[w] = replicas.clone();
        }
        plan.commit.iter_mut().zip(&found.plan.commit).for_each(|(sum, n)| *sum += n);
        plan.spend += found.plan.spend;
    }
    let rank = |method: Method| [Method::Monolithic, Method::Decomposition, Method::ByWorkload].iter().position(|m| *m == method);
    let method = found.iter().map(|f| f.method).max_by_key(|method| rank(*method)).unwrap_or(Method::Monolithic);
    let outcome = finish(instance, method, plan, found.iter().map(|f| f.bound).sum(), gap)?;
    let by_clock = found.iter().any(|f| f.status == Status::TimeLimit);
    Ok(if by_clock { outcome } else { outcome.after_all_work() })
}

/// Solves part after part; every one may take what is left of the time.
pub(super) fn solve(
    instance: &Instance,
    parts: &[Vec<usize>],
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, SolveError> {
    let start = Instant::now();
    let (mut found, mut infeasible, mut cost, mut bound, mut stopped) = (Vec::new(), Vec::new(), 0.0, 0.0, false);
    for index in 0..parts.len() {
        let part = part(instance, parts, index);
        let left = limits.time_limit.checked_sub(start.elapsed()).filter(|left| !left.is_zero());
        let limits = Limits { time_limit: left.ok_or(SolveError::OutOfTime(limits.time_limit))?, ..*limits };
        let is_last = index + 1 == parts.len();
        let is_large = matches!(super::size(&part), super::Size::Large);
        let mut tell = |now: Progress| {
            // Costs are never negative: what is not known yet adds nothing to the bound, and leaves the cost open.
            let objective = now.objective.filter(|_| is_last).map(|own| cost + own);
            let told = Progress {
                seconds: start.elapsed().as_secs_f64(),
                objective,
                bound: Some(bound + now.bound.unwrap_or(0.0)),
                ..now
            };
            stopped |= progress(told).is_break();
            // Small parts are done in seconds, and without them there is no plan at all.
            if stopped && is_large { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let outcome = super::solve_connected(&part, &limits, None, &mut tell)?;
        match PartPlan::of(&outcome) {
            Some(plan) => {
                cost += outcome.objective.map_or(0.0, crate::to_f64);
                bound += plan.bound;
                found.push(plan);
            }
            None => infeasible.push(outcome),
        }
    }
    if infeasible.is_empty() {
        return join(instance, parts, &found, limits.gap);
    }
    let mut shortages: Vec<_> = infeasible.iter().flat_map(|outcome| outcome.shortages.clone()).collect();
    shortages.sort_by_key(|shortage| shortage.hour);
    let relaxations = infeasible.iter().flat_map(|outcome| outcome.relaxations.clone()).collect();
    Ok(Outcome::infeasible(instance, infeasible[0].method, shortages).with_relaxations(relaxations))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APART: &str = r#"{"hours":3,"plan_committed":0.1,
        "types":[{"id":"a","od_price":1,"commit_price":0.6},{"id":"b","od_price":2,"quota":9},{"id":"c","od_price":1.5,"plan_rate":1},{"id":"free","od_price":3}],
        "workloads":[{"id":"one","capacity":{"a":3,"free":5},"demand":[5,9,2]},{"id":"two","capacity":{"b":4,"free":7},"demand":[5,9,2]},
            {"id":"three","capacity":{"c":2,"free":3},"demand":[1,4,2]},{"id":"four","capacity":{"b":5},"demand":[11,3,7]}]}"#;

    #[test]
    fn workloads_that_share_a_quota_or_a_commitment_are_one_part() {
        let instance = Instance::from_json(APART).unwrap();
        assert_eq!(parts(&instance), [vec![0], vec![1, 3], vec![2]]);
        let plan_joins = Instance::from_json(&APART.replace(r#""commit_price":0.6"#, r#""plan_rate":0.6"#)).unwrap();
        assert_eq!(parts(&plan_joins), [vec![0, 2], vec![1, 3]]);
        let all = parts(&instance);
        let spends: Vec<Amount> = (0..3).map(|index| part(&instance, &all, index).committed_spend()).collect();
        assert_eq!(
            spends,
            [Amount::ZERO, Amount::ZERO, "0.1".parse().unwrap()],
            "who pays the signed spend is the part that it covers"
        );
    }

    #[test]
    fn parts_that_others_solve_make_the_same_plan_byte_for_byte() {
        let instance = Instance::from_json(APART).unwrap();
        let limits = Limits { gap: 0.0, ..Limits::default() };
        let mut quiet = |_: Progress| ControlFlow::Continue(());
        let mut here = super::super::solve(&instance, &limits, &mut quiet).unwrap();
        let whole = super::super::solve_connected(&instance, &limits, None, &mut quiet).unwrap();
        assert_eq!((here.status, here.objective), (Status::Optimal, whole.objective));
        let all = parts(&instance);
        let found: Vec<PartPlan> = (0..all.len())
            .map(|index| {
                // As it goes to another process and back.
                let sent = serde_json::to_string(&part(&instance, &all, index)).unwrap();
                let part = Instance::from_json(&sent).unwrap();
                let solved = super::super::solve(&part, &limits, &mut quiet).unwrap();
                PartPlan::read(&part, &serde_json::to_string(&solved).unwrap()).unwrap()
            })
            .collect();
        let mut joined = join(&instance, &all, &found, 0.0).unwrap();
        (here.seconds, joined.seconds) = (0.0, 0.0);
        assert_eq!(serde_json::to_string(&here).unwrap(), serde_json::to_string(&joined).unwrap());
    }

    #[test]
    fn a_part_that_cannot_be_met_is_named() {
        let short = Instance::from_json(&APART.replace(r#""quota":9"#, r#""quota":1"#)).unwrap();
        let outcome = super::super::solve(&short, &Limits::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(outcome.status, Status::Infeasible);
        assert!(outcome.reasons()[0].contains("raising the quota of"), "{:?}", outcome.reasons());
    }
}
