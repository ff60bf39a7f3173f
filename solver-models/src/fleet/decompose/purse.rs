//! What usage of an hour costs beyond the commitments, fast: called a few hundred million times by the local search.

use super::master::Commitments;
use super::prepare::Prepared;

/// Commitments in whole instances, and the prices of what they leave over. The cost of usage is that of buying everything beyond the
/// committed instances on demand, type by type ([`Purse::more`]), less what the spend commitment saves of it ([`Purse::saved`]).
pub(super) struct Purse {
    /// Types under the plan in the order they are covered, then the others: a type's place.
    order: Vec<usize>,
    /// By place.
    slots: Vec<Slot>,
    /// Of the first places: those under the plan.
    planned: Vec<Planned>,
    spend: f64,
}

struct Slot {
    on_demand: f64,
    quota: f64,
    /// Price of an instance above the quota; where none is to be had, above anything that a plan could save by it.
    excess: f64,
    commit: f64,
}

struct Planned {
    commit: f64,
    rate: f64,
    /// What a unit of spend saves on demand.
    worth: f64,
}

impl Purse {
    pub fn new(data: &Prepared, commitments: &Commitments) -> Self {
        let mut order = data.plan_order.clone();
        let plan =
            |&i: &usize| Planned { commit: commitments.commit[i], rate: data.rate[i], worth: data.on_demand[i] / data.rate[i] };
        let planned = order.iter().map(plan).collect();
        order.extend((0..data.types()).filter(|i| !data.rate[*i].is_finite()));
        let never = 100.0 * data.on_demand.iter().copied().fold(1.0, f64::max);
        let slot = |&i: &usize| Slot {
            on_demand: data.on_demand[i],
            quota: data.quota[i],
            excess: data.excess[i].min(never),
            commit: commitments.commit[i],
        };
        Self { slots: order.iter().map(slot).collect(), order, planned, spend: commitments.spend }
    }

    /// Place of each type; usage is kept by place.
    pub fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(place, &i)| places[i] = place);
        places
    }

    /// Cost of `usage` (by place) beyond the commitments, with a penalty for what is above a quota.
    pub fn cost(&self, usage: &[f64]) -> f64 {
        usage.iter().enumerate().map(|(place, &used)| self.more(place, 0.0, used)).sum::<f64>() - self.saved(usage)
    }

    /// What `more` instances of the type at `place` cost on top of `used`, on demand.
    pub fn more(&self, place: usize, used: f64, more: f64) -> f64 {
        let slot = &self.slots[place];
        let paid = |n: f64| (n - slot.commit).max(0.0) * slot.on_demand + (n - slot.quota).max(0.0) * slot.excess;
        paid(used + more) - paid(used)
    }

    /// What the spend commitment saves of `usage` (by place) on demand: it covers the types in their order until it is used up.
    pub fn saved(&self, usage: &[f64]) -> f64 {
        let (mut saved, mut left) = (0.0, self.spend);
        for (planned, used) in self.planned.iter().zip(usage) {
            if left <= 0.0 {
                break;
            }
            let covered = ((used - planned.commit).max(0.0) * planned.rate).min(left);
            saved += covered * planned.worth;
            left -= covered;
        }
        saved
    }

    /// Mean on-demand price of an instance of `usage`.
    pub fn mean_price(&self, usage: &[f64]) -> f64 {
        let value: f64 = usage.iter().zip(&self.slots).map(|(n, slot)| n * slot.on_demand).sum();
        value / usage.iter().sum::<f64>().max(1.0)
    }
}
