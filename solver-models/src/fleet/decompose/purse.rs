//! What usage of an hour costs beyond the commitments, fast: called a few hundred million times by the local search.

use super::master::Commitments;
use super::prepare::Prepared;

/// Commitments in whole instances, and the prices of what they leave over.
#[derive(Clone)]
pub(super) struct Purse {
    /// Types under the plan in the order they are covered, then the others.
    order: Vec<usize>,
    /// How many of `order` are under the plan.
    planned: usize,
    /// By place in `order`.
    on_demand: Vec<f64>,
    rate: Vec<f64>,
    quota: Vec<f64>,
    pub commit: Vec<f64>,
    pub spend: f64,
    /// Price of an instance beyond its quota: above anything a plan could save by it.
    beyond: f64,
}

impl Purse {
    pub fn new(data: &Prepared, commitments: &Commitments) -> Self {
        let mut order = data.plan_order.clone();
        order.extend((0..data.types()).filter(|i| !data.rate[*i].is_finite()));
        let by_order = |values: &[f64]| order.iter().map(|&i| values[i]).collect::<Vec<_>>();
        Self {
            planned: data.plan_order.len(),
            on_demand: by_order(&data.on_demand),
            rate: by_order(&data.rate),
            quota: by_order(&data.quota),
            commit: by_order(&commitments.commit),
            spend: commitments.spend,
            beyond: 100.0 * data.on_demand.iter().copied().fold(1.0, f64::max),
            order,
        }
    }

    /// Place of each type in the order of the purse; usage is kept in that order.
    pub fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(place, &i)| places[i] = place);
        places
    }

    /// Cost of `usage` (by place) beyond the commitments, with a penalty for what is above a quota.
    pub fn cost(&self, usage: &[f64]) -> f64 {
        let (mut cost, mut left) = (0.0, self.spend);
        for k in 0..usage.len() {
            let used = usage[k];
            let over = used - self.commit[k];
            if over <= 0.0 {
                continue;
            }
            if used > self.quota[k] {
                cost += (used - self.quota[k]) * self.beyond;
            }
            let mut bought = over;
            if k < self.planned && left > 0.0 {
                let full = over * self.rate[k];
                let covered = full.min(left);
                left -= covered;
                bought -= covered / self.rate[k];
            }
            cost += bought * self.on_demand[k];
        }
        cost
    }

    /// On-demand prices by place.
    pub fn on_demand_by_place(&self) -> &[f64] {
        &self.on_demand
    }
}
