//! The best commitments for given usage: whole instances by coordinate search, each trial at its best spend commitment.

use super::master::Commitments;
use super::prepare::Prepared;
use super::purse::Purse;

/// Improves `from` for `usage` (by hour, by type) until no change of one type's commitment helps. Never returns worse.
pub(super) fn recommit(data: &Prepared, usage: &[Vec<f64>], from: &Commitments) -> (Commitments, f64) {
    let commit = from.commit.iter().map(|c| c.round()).collect();
    let mut best = Commitments { commit, spend: 0.0 };
    best.spend = best_spend(data, usage, &best.commit);
    let mut cost = total_cost(data, usage, &best);
    let mut step = best.commit.iter().copied().fold(1.0, f64::max);
    while step >= 1.0 {
        let before = cost;
        for i in (0..data.types()).filter(|i| data.commit[*i].is_finite()) {
            for change in [step, -step] {
                let mut next = best.clone();
                next.commit[i] = (next.commit[i] + change).clamp(data.committed.commit[i], data.most[i]);
                if next.commit[i] == best.commit[i] {
                    continue;
                }
                next.spend = best_spend(data, usage, &next.commit);
                let next_cost = total_cost(data, usage, &next);
                if next_cost < cost - 1e-9 {
                    (best, cost) = (next, next_cost);
                }
            }
        }
        if cost >= before - 1e-9 {
            step = (step / 2.0).floor();
        }
    }
    (best, cost)
}

/// Cost of `usage` over all hours under `commitments`.
pub(super) fn total_cost(data: &Prepared, usage: &[Vec<f64>], commitments: &Commitments) -> f64 {
    let purse = Purse::new(data, commitments);
    let places = purse.places();
    let mut by_place = vec![0.0; data.types()];
    let beyond: f64 = usage
        .iter()
        .zip(&data.weight)
        .map(|(hour, weight)| {
            hour.iter().enumerate().for_each(|(i, n)| by_place[places[i]] = *n);
            weight * purse.cost(&by_place)
        })
        .sum();
    commitments.cost(data) + beyond
}

/// The cheapest spend commitment beside `commit`: where the slope of the cost passes zero (see `purchase.rs`).
fn best_spend(data: &Prepared, usage: &[Vec<f64>], commit: &[f64]) -> f64 {
    let ratio: Vec<f64> = (0..data.types()).map(|i| data.on_demand[i] / data.rate[i]).collect();
    let mut slope = 0.0;
    let mut breaks: Vec<(f64, f64)> = Vec::new();
    for (hour, weight) in usage.iter().zip(&data.weight) {
        let (mut reach, mut previous) = (0.0, 0.0);
        for &i in &data.plan_order {
            let uncovered = hour[i] - commit[i];
            if uncovered <= 0.0 {
                continue;
            }
            if reach == 0.0 {
                slope += weight * ratio[i]
            } else {
                breaks.push((reach, weight * (previous - ratio[i])))
            }
            previous = ratio[i];
            reach += uncovered * data.rate[i];
        }
        if reach > 0.0 {
            breaks.push((reach, weight * previous));
        }
    }
    breaks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut spend = 0.0;
    for (reach, drop) in breaks {
        if slope <= data.paid_hours * (1.0 + 1e-12) {
            break;
        }
        slope -= drop;
        spend = reach;
    }
    spend.max(data.committed.spend)
}
