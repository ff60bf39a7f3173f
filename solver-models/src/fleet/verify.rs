//! Checks a plan against the instance and prices it exactly. It knows nothing of the formulation.

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::Zero;

use super::data::{Instance, Workload};
use super::purchase::{plan_order, times};
use super::solution::Plan;
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
    /// The rest: bought on demand.
    pub on_demand: Amount,
    /// By type: how its hours were paid.
    pub types: Vec<TypeHours>,
}

/// How the instance hours of a type were paid.
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
            broken.extend(check_hour(workload, replicas, hour));
        }
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
        broken = check_types(instance, plan, &usage).into_iter().filter(|v| !matches!(v, Violation::Quota { .. })).collect();
        if broken.is_empty() {
            return price(instance, plan, &usage).ok_or_else(|| vec![Violation::TooExpensive]);
        }
    }
    Err(broken)
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

fn check_hour(workload: &Workload, replicas: &std::collections::BTreeMap<usize, Vec<u32>>, hour: usize) -> Vec<Violation> {
    let counts = || replicas.iter().map(|(i, hours)| (*i, hours[hour]));
    // A capacity is at most 1e27 counts of 1e-18 and a number of replicas below 2^32, so a product stays below 1e37.
    let atto =
        counts().fold(0_i128, |sum, (i, n)| sum.saturating_add(workload.capacity[i].unwrap_or_default().atto() * i128::from(n)));
    let found = counts().fold(0_u32, |sum, (_, n)| sum.saturating_add(n));
    let mut broken = Vec::new();
    if atto < workload.demand[hour].atto() {
        let (capacity, demand) = (Amount::from_atto(atto).unwrap_or_default(), workload.demand[hour]);
        broken.push(Violation::Demand { workload: workload.id.clone(), hour, capacity, demand });
    }
    if found < workload.min_replicas {
        broken.push(Violation::MinReplicas { workload: workload.id.clone(), hour, found, least: workload.min_replicas });
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
    }
    if plan.spend.is_negative() {
        broken.push(Violation::NegativeSpend(plan.spend));
    }
    broken
}

/// `None` where a sum does not fit an amount.
fn price(instance: &Instance, plan: &Plan, usage: &[Vec<u32>]) -> Option<Priced> {
    let hours = u32::try_from(instance.hours()).expect("hours are limited by Instance::new");
    let order = plan_order(instance);
    let mut types = vec![TypeHours::default(); instance.types().len()];
    // Spend that falls on each type, in money: whole counts of 1e-18, so nothing is rounded before the division by its rate.
    let mut spent = vec![0_i128; types.len()];
    for hour in 0..instance.hours() {
        let mut left = plan.spend.atto();
        for &i in &order {
            let rate = instance.types()[i].plan_rate.unwrap_or_default();
            let uncovered = usage[i].get(hour).map_or(0, |used| used.saturating_sub(plan.commit[i]));
            let part = times(rate, uncovered).atto().min(left);
            spent[i] = spent[i].checked_add(part)?;
            left -= part;
        }
    }
    let (mut exact, mut commitments) = (BigRational::zero(), Amount::ZERO);
    for (i, kind) in instance.types().iter().enumerate() {
        let sum = |f: &dyn Fn(u32) -> u32| usage[i].iter().map(|&u| u64::from(f(u))).sum::<u64>();
        let committed = plan.commit[i];
        let (used, covered) = (sum(&|u| u), sum(&|u| u.min(committed)));
        let rate = kind.plan_rate.map(to_rational);
        let planned = rate.map_or_else(BigRational::zero, |r| BigRational::new(spent[i].into(), Amount::ONE.atto().into()) / r);
        let on_demand = BigRational::from_integer((used - covered).into()) - &planned;
        exact += &on_demand * to_rational(kind.on_demand_price);
        let committed_hours = u64::from(committed) * u64::from(hours);
        if let Some(price) = kind.commit_price {
            commitments = commitments.checked_add(price.checked_mul(Amount::from_int(i64::try_from(committed_hours).ok()?))?)?;
        }
        let (planned, on_demand) = (from_rational(&planned)?, from_rational(&on_demand)?);
        types[i] = TypeHours { used, committed: covered, idle: committed_hours - covered, planned, on_demand };
    }
    let spend = plan.spend.checked_mul(Amount::from_int(i64::from(hours)))?;
    exact += to_rational(commitments) + to_rational(spend);
    let total = from_rational(&exact)?;
    let on_demand = total.checked_sub(commitments)?.checked_sub(spend)?;
    Some(Priced { total, commitments, spend, on_demand, types })
}
