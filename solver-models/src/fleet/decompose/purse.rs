//! What usage of an hour costs beyond the commitments, fast: called a few hundred million times by the local search.

use super::master::Commitments;
use super::prepare::Prepared;

/// Commitments in whole instances, and the prices of what they leave over.
pub(super) struct Purse {
    /// Types under the plan in the order they are covered, then the others: a type's place.
    order: Vec<usize>,
    /// By place.
    slots: Vec<Slot>,
    spend: f64,
    /// Price of an instance beyond its quota: above anything a plan could save by it.
    beyond: f64,
}

struct Slot {
    on_demand: f64,
    /// Infinite where the plan does not apply.
    rate: f64,
    quota: f64,
    commit: f64,
}

impl Purse {
    pub fn new(data: &Prepared, commitments: &Commitments) -> Self {
        let mut order = data.plan_order.clone();
        order.extend((0..data.types()).filter(|i| !data.rate[*i].is_finite()));
        let slot = |&i: &usize| Slot {
            on_demand: data.on_demand[i],
            rate: data.rate[i],
            quota: data.quota[i],
            commit: commitments.commit[i],
        };
        let beyond = 100.0 * data.on_demand.iter().copied().fold(1.0, f64::max);
        Self { slots: order.iter().map(slot).collect(), order, spend: commitments.spend, beyond }
    }

    /// Place of each type; usage is kept by place.
    pub fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(place, &i)| places[i] = place);
        places
    }

    /// Cost of `usage` (by place) beyond the commitments, with a penalty for what is above a quota.
    pub fn cost(&self, usage: &[f64]) -> f64 {
        let (mut cost, mut left) = (0.0, self.spend);
        for (slot, &used) in self.slots.iter().zip(usage) {
            let over = used - slot.commit;
            if over <= 0.0 {
                continue;
            }
            if used > slot.quota {
                cost += (used - slot.quota) * self.beyond;
            }
            let mut bought = over;
            if left > 0.0 {
                // Where the plan does not apply the rate is infinite, and nothing is covered; those types come last.
                let covered = (over * slot.rate).min(left);
                left -= covered;
                bought -= covered / slot.rate;
            }
            cost += bought * slot.on_demand;
        }
        cost
    }

    /// True without a spend commitment: then every type is paid for by itself, and [`Purse::more`] says what a change costs.
    pub fn is_separable(&self) -> bool {
        self.spend == 0.0
    }

    /// What `more` instances of the type at `place` cost on top of `used`, where the types are separable.
    pub fn more(&self, place: usize, used: f64, more: f64) -> f64 {
        let slot = &self.slots[place];
        let paid = |n: f64| (n - slot.commit).max(0.0) * slot.on_demand + (n - slot.quota).max(0.0) * self.beyond;
        paid(used + more) - paid(used)
    }

    /// Mean on-demand price of an instance of `usage`.
    pub fn mean_price(&self, usage: &[f64]) -> f64 {
        let value: f64 = usage.iter().zip(&self.slots).map(|(n, slot)| n * slot.on_demand).sum();
        value / usage.iter().sum::<f64>().max(1.0)
    }
}
