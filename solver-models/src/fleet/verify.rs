//! Checks a plan against the instance and prices it exactly. It knows nothing of the formulation.

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::Zero;

use super::data::{Instance, Workload};
use super::purchase::{plan_order, times};
use super::solution::Plan;
use super::terms::Survive;
use crate::number::{from_rational, to_rational};

/// One constraint that a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The plan is not about this instance.
    #[error("the plan has {found} {what} and the instance {expected}")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// In the plan.
        found: usize,
        /// In the instance.
        expected: usize,
    },
    /// A workload runs on a type it has no capacity for.
    #[error("workload {workload} runs on {type_id}, for which it has no capacity")]
    Incompatible {
        /// The workload.
        workload: String,
        /// The type.
        type_id: String,
    },
    /// Too little capacity.
    #[error("workload {workload}, hour {hour}: capacity {capacity} is below the demand {demand}")]
    Demand {
        /// The workload.
        workload: String,
        /// The hour, from 0.
        hour: usize,
        /// Capacity of all replicas.
        capacity: Amount,
        /// What is asked.
        demand: Amount,
    },
    /// Too few replicas.
    #[error("workload {workload}, hour {hour}: {found} replicas are below the minimum of {least}")]
    MinReplicas {
        /// The workload.
        workload: String,
        /// The hour, from 0.
        hour: usize,
        /// Replicas planned.
        found: u32,
        /// Fewest allowed.
        least: u32,
    },
    /// More instances than the quota.
    #[error("type {type_id}, hour {hour}: {found} instances are above the quota of {quota}")]
    Quota {
        /// The type.
        type_id: String,
        /// The hour, from 0.
        hour: usize,
        /// Instances planned.
        found: u32,
        /// Most allowed.
        quota: u32,
    },
    /// A commitment to something that offers none.
    #[error("type {type_id}: {count} instances are committed and no commitment is offered")]
    NoCommitment {
        /// The type.
        type_id: String,
        /// Committed.
        count: u32,
    },
    /// Fewer committed than are committed already.
    #[error("type {type_id}: {found} instances are committed and {least} are committed already")]
    Committed {
        /// The type.
        type_id: String,
        /// Committed by the plan.
        found: u32,
        /// Committed already.
        least: u32,
    },
    /// A smaller spend commitment than there is already.
    #[error("the spend commitment {found} is below the {least} that is committed already")]
    CommittedSpend {
        /// Of the plan.
        found: Amount,
        /// Committed already.
        least: Amount,
    },
    /// Too little is left after a loss.
    #[error(
        "workload {workload}, hour {hour}: without {lost} it serves {capacity} of {demand} and runs {found} of {least} replicas"
    )]
    Loss {
        /// The workload.
        workload: String,
        /// The hour, from 0.
        hour: usize,
        /// What is lost.
        lost: String,
        /// Capacity that is left.
        capacity: Amount,
        /// What it must serve still.
        demand: Amount,
        /// Replicas that are left.
        found: u32,
        /// Fewest that must be left.
        least: u32,
    },
    /// Too many replicas start or stop at once.
    #[error("workload {workload}, hour {hour}: {before} replicas become {after}, a change beyond its ramp of {ramp}")]
    Ramp {
        /// The workload.
        workload: String,
        /// The hour, from 0.
        hour: usize,
        /// Replicas in the hour before.
        before: u32,
        /// Replicas in the hour.
        after: u32,
        /// Largest change.
        ramp: u32,
    },
    /// Replicas change where nothing may.
    #[error("workload {workload}, hour {hour}: replicas on {type_id} change from {before} to {after} in an hour without changes")]
    ChangeHours {
        /// The workload.
        workload: String,
        /// The type.
        type_id: String,
        /// The hour, from 0.
        hour: usize,
        /// Replicas in the hour before.
        before: u32,
        /// Replicas in the hour.
        after: u32,
    },
    /// A negative spend commitment.
    #[error("the spend commitment {0} is negative")]
    NegativeSpend(Amount),
    /// The price does not fit an amount.
    #[error("the plan costs more than an amount can hold")]
    TooExpensive,
}

/// What a feasible plan costs over all hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// Everything, rounded half to even at 1e-18 once.
    pub total: Amount,
    /// Committed instances.
    pub commitments: Amount,
    /// The spend commitment.
    pub spend: Amount,
    /// Bought on demand.
    pub on_demand: Amount,
    /// What soft limits cost: demand that is not served, instances above a quota, changes from today's plan.
    pub penalties: Amount,
    /// By type: how its hours were paid.
    pub types: Vec<TypeHours>,
}

/// How the instance hours of a type were paid, over the hours of all scenarios.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeHours {
    /// In use.
    pub used: u64,
    /// Committed and in use.
    pub committed: u64,
    /// Committed and idle.
    pub idle: u64,
    /// Covered by the spend commitment (an hour can be covered in part).
    pub planned: Amount,
    /// Bought on demand.
    pub on_demand: Amount,
}

/// Checks every constraint of the model and prices the plan exactly.
///
/// # Errors
/// Every constraint that is broken.
pub fn verify(instance: &Instance, plan: &Plan) -> Result<Priced, Vec<Violation>> {
    let mut broken = shape(instance, plan);
    if !broken.is_empty() {
        return Err(broken);
    }
    for (workload, replicas) in instance.workloads().iter().zip(&plan.replicas) {
        for (&index, _) in replicas.iter().filter(|(i, _)| workload.capacity[**i].is_none()) {
            let type_id = instance.types()[index].id.clone();
            broken.push(Violation::Incompatible { workload: workload.id.clone(), type_id });
        }
        for hour in 0..instance.hours() {
            broken.extend(check_hour(instance, workload, replicas, hour));
        }
        broken.extend(check_losses(instance, workload, replicas));
        broken.extend(check_changes(instance, workload, replicas));
    }
    let usage = plan.usage(instance);
    broken.extend(check_types(instance, plan, &usage));
    if !broken.is_empty() {
        return Err(broken);
    }
    price(instance, plan, &usage).ok_or_else(|| vec![Violation::TooExpensive])
}

/// Prices a plan as it is, whether or not it serves the demand: what a deployment of today costs.
///
/// # Errors
/// Where the plan is not about this instance, commits to what is not offered, or costs more than an amount can hold.
pub fn price_as_is(instance: &Instance, plan: &Plan) -> Result<Priced, Vec<Violation>> {
    let mut broken = shape(instance, plan);
    if broken.is_empty() {
        let usage = plan.usage(instance);
        broken = check_types(instance, plan, &usage).into_iter().filter(|v| !is_limit(v)).collect();
        if broken.is_empty() {
            return price(instance, plan, &usage).ok_or_else(|| vec![Violation::TooExpensive]);
        }
    }
    Err(broken)
}

/// Limits that what runs today may break.
fn is_limit(violation: &Violation) -> bool {
    matches!(violation, Violation::Quota { .. } | Violation::Committed { .. } | Violation::CommittedSpend { .. })
}

fn shape(instance: &Instance, plan: &Plan) -> Vec<Violation> {
    let mut broken = Vec::new();
    let mut expect = |what, found: usize, expected: usize| {
        if found != expected {
            broken.push(Violation::Shape { what, found, expected });
        }
    };
    expect("workloads", plan.replicas.len(), instance.workloads().len());
    expect("commitments", plan.commit.len(), instance.types().len());
    for (&index, hours) in plan.replicas.iter().flatten() {
        expect("hours", hours.len(), instance.hours());
        expect("types", index.max(instance.types().len() - 1) + 1, instance.types().len());
    }
    broken
}

type Replicas = std::collections::BTreeMap<usize, Vec<u32>>;

/// Replicas of a type that serve in an hour: those that have run through the warm-up before it, in the same scenario.
fn serving(instance: &Instance, workload: &Workload, counts: &[u32], hour: usize) -> u32 {
    let (mut at, mut least) = (hour, counts[hour]);
    for _ in 0..workload.terms.warm_up {
        let Some(before) = instance.slots().before(at) else { break };
        (at, least) = (before, least.min(counts[before]));
    }
    least
}

/// Capacity of the replicas that serve, in counts of 1e-18.
fn served(instance: &Instance, workload: &Workload, replicas: &Replicas, hour: usize) -> i128 {
    // A capacity is at most 1e27 counts of 1e-18 and a number of replicas below 2^32, so a product stays below 1e37.
    let of = |(i, counts): (&usize, &Vec<u32>)| {
        workload.capacity[*i].unwrap_or_default().atto() * i128::from(serving(instance, workload, counts, hour))
    };
    replicas.iter().map(of).fold(0_i128, i128::saturating_add)
}

fn check_hour(instance: &Instance, workload: &Workload, replicas: &Replicas, hour: usize) -> Vec<Violation> {
    let atto = served(instance, workload, replicas, hour);
    let found = replicas.values().fold(0_u32, |sum, hours| sum.saturating_add(hours[hour]));
    let mut broken = Vec::new();
    if atto < workload.demand[hour].atto() && workload.terms.unserved_price.is_none() {
        let (capacity, demand) = (Amount::from_atto(atto).unwrap_or_default(), workload.demand[hour]);
        broken.push(Violation::Demand { workload: workload.id.clone(), hour, capacity, demand });
    }
    if found < workload.min_replicas {
        broken.push(Violation::MinReplicas { workload: workload.id.clone(), hour, found, least: workload.min_replicas });
    }
    broken
}

/// What is left after every loss that the workload has to survive.
fn check_losses(instance: &Instance, workload: &Workload, replicas: &Replicas) -> Vec<Violation> {
    let mut broken = Vec::new();
    for survive in &workload.terms.survive {
        for (lost, types) in survive.loss.cases(instance.types()) {
            let left = || replicas.iter().filter(|(i, _)| !types.contains(i));
            for hour in 0..instance.hours() {
                let of =
                    |(i, hours): (&usize, &Vec<u32>)| workload.capacity[*i].unwrap_or_default().atto() * i128::from(hours[hour]);
                let atto = left().map(of).fold(0_i128, i128::saturating_add);
                let found = left().fold(0_u32, |sum, (_, hours)| sum.saturating_add(hours[hour]));
                broken.extend(check_left(workload, survive, hour, &lost, atto, found));
            }
        }
    }
    broken
}

fn check_left(workload: &Workload, survive: &Survive, hour: usize, lost: &str, atto: i128, found: u32) -> Option<Violation> {
    let demand = workload.kept_demand(survive, hour);
    (atto < demand.atto() || found < survive.replicas).then(|| Violation::Loss {
        workload: workload.id.clone(),
        hour,
        lost: lost.to_owned(),
        capacity: Amount::from_atto(atto).unwrap_or_default(),
        demand,
        found,
        least: survive.replicas,
    })
}

/// Ramps, and hours in which nothing changes.
fn check_changes(instance: &Instance, workload: &Workload, replicas: &Replicas) -> Vec<Violation> {
    let mut broken = Vec::new();
    let total = |hour: usize| replicas.values().fold(0_u32, |sum, hours| sum.saturating_add(hours[hour]));
    for hour in 0..instance.hours() {
        let Some(previous) = instance.slots().before(hour) else { continue };
        let (before, after) = (total(previous), total(hour));
        if let Some(ramp) = workload.terms.ramp.filter(|ramp| before.abs_diff(after) > *ramp) {
            broken.push(Violation::Ramp { workload: workload.id.clone(), hour, before, after, ramp });
        }
        let changed = |(_, hours): &(&usize, &Vec<u32>)| hours[previous] != hours[hour];
        for (i, hours) in replicas.iter().filter(changed).filter(|_| !instance.slots().may_change(hour)) {
            let (workload, type_id) = (workload.id.clone(), instance.types()[*i].id.clone());
            let (before, after) = (hours[previous], hours[hour]);
            broken.push(Violation::ChangeHours { workload, type_id, hour, before, after });
        }
    }
    broken
}

fn check_types(instance: &Instance, plan: &Plan, usage: &[Vec<u32>]) -> Vec<Violation> {
    let mut broken = Vec::new();
    for (index, kind) in instance.types().iter().enumerate() {
        for (hour, &found) in usage[index].iter().enumerate().filter(|(_, found)| **found > kind.limit()) {
            broken.push(Violation::Quota { type_id: kind.id.clone(), hour, found, quota: kind.limit() });
        }
        if kind.commit_price.is_none() && plan.commit[index] > 0 {
            broken.push(Violation::NoCommitment { type_id: kind.id.clone(), count: plan.commit[index] });
        }
        if plan.commit[index] < kind.terms.committed {
            let (found, least) = (plan.commit[index], kind.terms.committed);
            broken.push(Violation::Committed { type_id: kind.id.clone(), found, least });
        }
    }
    if plan.spend < instance.committed_spend() {
        broken.push(Violation::CommittedSpend { found: plan.spend, least: instance.committed_spend() });
    }
    if plan.spend.is_negative() {
        broken.push(Violation::NegativeSpend(plan.spend));
    }
    broken
}

/// Everything that is summed exactly for one type.
#[derive(Clone)]
struct Sums {
    /// Spend on it in money: whole counts of 1e-18, so nothing is rounded before the division by its rate.
    spent: i128,
    /// The same, weighted: counts of 1e-36.
    weighted_spend: BigRational,
    /// Instance hours beyond the commitment, weighted: counts of 1e-18.
    weighted_uncovered: i128,
    /// Instance hours beyond the quota, weighted: counts of 1e-18.
    weighted_excess: i128,
}

/// `None` where a sum does not fit an amount.
fn price(instance: &Instance, plan: &Plan, usage: &[Vec<u32>]) -> Option<Priced> {
    let attos = |count: i128| BigRational::new(count.into(), Amount::ONE.atto().into());
    let sums = add_up(instance, plan, usage)?;
    let slots = u64::try_from(instance.hours()).expect("hours are limited by Instance::new");
    let paid = i64::from(instance.slots().paid_hours());
    let (mut exact, mut commitments) = (BigRational::zero(), Amount::ZERO);
    let mut penalties = soft_costs(instance, plan);
    let mut types = Vec::with_capacity(sums.len());
    for ((i, kind), sums) in instance.types().iter().enumerate().zip(sums) {
        let sum = |f: &dyn Fn(u32) -> u32| usage[i].iter().map(|&u| u64::from(f(u))).sum::<u64>();
        let committed = plan.commit[i];
        let (used, covered) = (sum(&|u| u), sum(&|u| u.min(committed)));
        let by_rate = |spent: BigRational| kind.plan_rate.map_or_else(BigRational::zero, |rate| spent / to_rational(rate));
        let planned = by_rate(attos(sums.spent));
        let weighted = by_rate(sums.weighted_spend * attos(1) * attos(1));
        exact += (attos(sums.weighted_uncovered) - weighted) * to_rational(kind.on_demand_price);
        if let Some(price) = kind.terms.excess_price {
            penalties += attos(sums.weighted_excess) * to_rational(price);
        }
        if let Some(price) = kind.commit_price {
            let hours = Amount::from_int(i64::from(committed).checked_mul(paid)?);
            commitments = commitments.checked_add(price.checked_mul(hours)?)?;
        }
        let on_demand = BigRational::from_integer((used - covered).into()) - &planned;
        let (planned, on_demand) = (from_rational(&planned)?, from_rational(&on_demand)?);
        let idle = u64::from(committed) * slots - covered;
        types.push(TypeHours { used, committed: covered, idle, planned, on_demand });
    }
    let spend = plan.spend.checked_mul(Amount::from_int(paid))?;
    exact += to_rational(commitments) + to_rational(spend) + &penalties;
    let (total, penalties) = (from_rational(&exact)?, from_rational(&penalties)?);
    let on_demand = total.checked_sub(commitments)?.checked_sub(spend)?.checked_sub(penalties)?;
    Some(Priced { total, commitments, spend, on_demand, penalties, types })
}

/// Spend falls on the types hour by hour in the order of what it saves; the rest is bought on demand.
fn add_up(instance: &Instance, plan: &Plan, usage: &[Vec<u32>]) -> Option<Vec<Sums>> {
    let order = plan_order(instance);
    let none = Sums { spent: 0, weighted_spend: BigRational::zero(), weighted_uncovered: 0, weighted_excess: 0 };
    let mut sums = vec![none; instance.types().len()];
    let beyond = |i: usize, hour: usize, free: u32| usage[i][hour].saturating_sub(free);
    for hour in 0..instance.hours() {
        let weight = instance.slots().weight(hour).atto();
        let mut left = plan.spend.atto();
        for &i in &order {
            let rate = instance.types()[i].plan_rate.unwrap_or_default();
            let part = times(rate, beyond(i, hour, plan.commit[i])).atto().min(left);
            sums[i].spent = sums[i].spent.checked_add(part)?;
            if part > 0 {
                sums[i].weighted_spend += BigRational::from_integer(weight.into()) * BigRational::from_integer(part.into());
            }
            left -= part;
        }
        for (i, sums) in sums.iter_mut().enumerate() {
            // A weight is at most a year of hours in counts of 1e-18, a number of instances below 2^32: their sums stay below 1e36.
            let uncovered = weight * i128::from(beyond(i, hour, plan.commit[i]));
            let excess = weight * i128::from(beyond(i, hour, instance.types()[i].quota.unwrap_or(u32::MAX)));
            sums.weighted_uncovered = sums.weighted_uncovered.checked_add(uncovered)?;
            sums.weighted_excess = sums.weighted_excess.checked_add(excess)?;
        }
    }
    Some(sums)
}

/// Demand that is not served and changes from today's plan, at their prices.
fn soft_costs(instance: &Instance, plan: &Plan) -> BigRational {
    let mut cost = BigRational::zero();
    let slots = instance.slots();
    for (workload, replicas) in instance.workloads().iter().zip(&plan.replicas) {
        for hour in 0..instance.hours() {
            let weight = || to_rational(slots.weight(hour));
            if let Some(price) = workload.terms.unserved_price {
                let missing = workload.demand[hour].atto().saturating_sub(served(instance, workload, replicas, hour)).max(0);
                cost += to_rational(price) * weight() * to_rational(Amount::from_atto(missing).unwrap_or_default());
            }
            if let Some(price) = workload.terms.change_price {
                let now = |i: usize| replicas.get(&i).map_or(0, |hours| hours[hour]);
                let changed: u64 = workload.terms.today.iter().enumerate().map(|(i, n)| u64::from(n.abs_diff(now(i)))).sum();
                cost += to_rational(price) * weight() * BigRational::from_integer(changed.into());
            }
        }
    }
    cost
}
