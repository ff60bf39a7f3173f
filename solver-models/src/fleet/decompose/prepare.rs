//! The instance in the form the decomposition computes with: whole numbers in doubles.

use farthing_types::Amount;

use super::cover::Range;
use super::master::Commitments;
use crate::fleet::data::{Instance, MAX_QUOTA, Workload};
use crate::fleet::purchase::plan_order;
use crate::number::to_f64;

/// Doubles count whole numbers exactly up to 2^53; sums of capacities stay well below that.
const LARGEST: i128 = 1 << 50;

/// Prices, quotas and workloads as doubles.
pub(super) struct Prepared {
    pub hours: usize,
    /// By hour: what it counts.
    pub weight: Vec<f64>,
    /// Hours that a commitment is paid for.
    pub paid_hours: f64,
    /// Instances and spend that are committed already.
    pub committed: Commitments,
    /// On-demand prices.
    pub on_demand: Vec<f64>,
    /// Commitment prices; infinite where none is offered.
    pub commit: Vec<f64>,
    /// Plan rates; infinite where the plan does not apply.
    pub rate: Vec<f64>,
    /// Quotas.
    pub quota: Vec<f64>,
    /// Price of an instance above its quota; infinite where there is none to be had.
    pub excess: Vec<f64>,
    /// Most instances that can be committed to.
    pub most: Vec<f64>,
    /// By hour: whether it is the first of its scenario, with none before it.
    pub first: Vec<bool>,
    /// Types under the spend plan, the largest on-demand price ÷ rate first.
    pub plan_order: Vec<usize>,
    pub loads: Vec<Load>,
    /// Consecutive workloads that are priced apart in the hourly programs.
    pub groups: Vec<std::ops::Range<usize>>,
}

/// A workload with capacities and demand in whole multiples of its largest common unit.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// Indices of the types it can run on.
    pub types: Vec<usize>,
    /// By position in `types`.
    pub capacity: Vec<f64>,
    /// By position in `types`: no more of them than the quota.
    pub limit: Vec<f64>,
    pub demand: Vec<f64>,
    pub min_replicas: f64,
    /// What has to be left after each loss.
    pub losses: Vec<Kept>,
    /// Price of a unit of demand that is not served for an hour; `None` where all of it must be.
    pub unserved: Option<f64>,
    /// Most replicas that start or stop from one hour to the next.
    pub ramp: Option<f64>,
}

/// What has to be left after a loss.
#[derive(Debug)]
pub(super) struct Kept {
    /// By position in the types of the workload: whether it is left.
    pub left: Vec<bool>,
    /// By hour: what the types that are left serve, in the unit of the capacities.
    pub demand: Vec<f64>,
    /// How many replicas of them there are.
    pub replicas: f64,
}

impl Load {
    /// Whether an hour asks for more than demand and the fewest replicas.
    pub fn has_terms(&self) -> bool {
        !self.losses.is_empty() || self.unserved.is_some()
    }

    /// How many replicas an hour may have by itself.
    pub fn range(&self) -> Range {
        Range { least: self.min_replicas, most: f64::INFINITY }
    }

    /// What a replica of the dearest use of its capacity serves: the largest and the smallest capacity.
    pub fn capacities(&self) -> (f64, f64) {
        let fold = |of: fn(f64, f64) -> f64, from: f64| self.capacity.iter().copied().fold(from, of);
        (fold(f64::max, 0.0), fold(f64::min, f64::INFINITY))
    }
}

/// Most groups of workloads: enough to converge quickly, few enough to keep the hourly programs small.
const GROUPS: usize = 25;

impl Prepared {
    /// `None` where a workload's numbers have no exact whole form in doubles, or it has a capacity of 0 or no type at all.
    pub fn new(instance: &Instance) -> Option<Self> {
        let types = instance.types();
        let loads = instance.workloads().iter().map(|w| prepare_load(instance, w)).collect::<Option<Vec<_>>>()?;
        let size = loads.len().div_ceil(GROUPS.min(loads.len()).max(1)).max(1);
        Some(Self {
            hours: instance.hours(),
            weight: (0..instance.hours()).map(|hour| to_f64(instance.slots().weight(hour))).collect(),
            paid_hours: f64::from(instance.slots().paid_hours()),
            committed: Commitments {
                commit: types.iter().map(|t| f64::from(t.terms.committed)).collect(),
                spend: to_f64(instance.committed_spend()),
            },
            on_demand: types.iter().map(|t| to_f64(t.on_demand_price)).collect(),
            commit: types.iter().map(|t| t.commit_price.map_or(f64::INFINITY, to_f64)).collect(),
            rate: types.iter().map(|t| t.plan_rate.map_or(f64::INFINITY, to_f64)).collect(),
            quota: types.iter().map(|t| f64::from(t.quota.unwrap_or(MAX_QUOTA))).collect(),
            excess: types.iter().map(|t| t.terms.excess_price.map_or(f64::INFINITY, to_f64)).collect(),
            most: types.iter().map(|t| f64::from(t.limit())).collect(),
            first: (0..instance.hours()).map(|hour| instance.slots().before(hour).is_none()).collect(),
            plan_order: plan_order(instance),
            groups: (0..loads.len()).step_by(size).map(|from| from..(from + size).min(loads.len())).collect(),
            loads,
        })
    }

    /// Whether the replicas of an hour depend on those of the hour before.
    pub fn has_ramps(&self) -> bool {
        self.loads.iter().any(|load| load.ramp.is_some())
    }

    /// Number of types.
    pub fn types(&self) -> usize {
        self.on_demand.len()
    }
}

fn prepare_load(instance: &Instance, workload: &Workload) -> Option<Load> {
    let usable: Vec<(usize, Amount)> = workload.usable().collect();
    // Every sum of capacities is a multiple of their common divisor, so demand may be rounded up to one: exact, and tighter.
    let unit = usable.iter().fold(0_i128, |unit, (_, capacity)| gcd(unit, capacity.atto()));
    if unit == 0 || usable.iter().any(|(_, capacity)| capacity.is_zero()) {
        return None;
    }
    let whole = |count: i128| if count <= LARGEST { Some(count as f64) } else { None };
    let limit = |i: usize| f64::from(instance.types()[i].limit());
    let units = |demand: Amount| whole((demand.atto() + unit - 1) / unit);
    // What may stay unserved is no sum of capacities: its demand is not rounded.
    let price = workload.terms.unserved_price.map(|price| to_f64(price) * to_f64(Amount::from_atto(unit).unwrap_or_default()));
    let demand = |demand: &Amount| match price {
        Some(_) => Some(demand.atto() as f64 / unit as f64),
        None => units(*demand),
    };
    Some(Load {
        types: usable.iter().map(|(i, _)| *i).collect(),
        capacity: usable.iter().map(|(_, c)| whole(c.atto() / unit)).collect::<Option<_>>()?,
        limit: usable.iter().map(|(i, _)| limit(*i)).collect(),
        demand: workload.demand.iter().map(demand).collect::<Option<_>>()?,
        min_replicas: f64::from(workload.min_replicas),
        losses: prepare_losses(instance, workload, &usable, &units)?,
        unserved: price,
        ramp: workload.terms.ramp.map(f64::from),
    })
}

fn prepare_losses(
    instance: &Instance,
    workload: &Workload,
    usable: &[(usize, Amount)],
    units: &dyn Fn(Amount) -> Option<f64>,
) -> Option<Vec<Kept>> {
    let mut losses = Vec::new();
    for survive in &workload.terms.survive {
        let demand: Vec<f64> =
            (0..instance.hours()).map(|hour| units(workload.kept_demand(survive, hour))).collect::<Option<_>>()?;
        for (_, lost) in survive.loss.cases(instance.types()) {
            let left = usable.iter().map(|(i, _)| !lost.contains(i)).collect();
            losses.push(Kept { left, demand: demand.clone(), replicas: f64::from(survive.replicas) });
        }
    }
    Some(losses)
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
