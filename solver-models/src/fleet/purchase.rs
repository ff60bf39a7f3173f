//! **Purchase**: what given usage costs under given commitments, exactly.
//!
//! Usage beyond the committed instances is covered by the spend commitment `C` in the order of what it saves per unit of
//! commitment, on-demand price ÷ plan rate, and the rest is bought on demand: an hourly fractional knapsack, whose greedy
//! solution is optimal (Dantzig 1957).

use std::cmp::Ordering;

use farthing_types::Amount;

use super::data::Instance;
use crate::number::{to_f64, to_rational};

/// The types a spend plan applies to, the largest saving per unit of commitment first; ties by index.
///
/// A type whose plan rate is above its on-demand price stands in the order all the same: spend that is paid anyway is worth using.
pub(super) fn plan_order(instance: &Instance) -> Vec<usize> {
    let ratio =
        |i: usize| instance.types()[i].plan_rate.map(|r| to_rational(instance.types()[i].on_demand_price) / to_rational(r));
    let mut order: Vec<_> = (0..instance.types().len()).filter_map(|i| ratio(i).map(|r| (i, r))).collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(i, _)| i).collect()
}

/// The cheapest spend commitment for `usage` (by type and hour) beside the committed instances `commit`.
///
/// The cost is convex and piecewise linear in the commitment, and its slope is the hours that it is paid for, less the weighted sum
/// over the hours of the marginal on-demand price ÷ plan rate. What is committed already stays. The minimum is where that passes zero, at a sum of whole instances × plan rates, so
/// it is exact.
pub(super) fn best_spend(instance: &Instance, usage: &[Vec<u32>], commit: &[u32]) -> Amount {
    let order = plan_order(instance);
    let ratio: Vec<f64> = (0..instance.types().len()).map(|i| saving_ratio(instance, i)).collect();
    let mut slope = 0.0;
    let mut breaks: Vec<(Amount, f64)> = Vec::new();
    for hour in 0..instance.hours() {
        let weight = to_f64(instance.slots().weight(hour));
        let mut reach = Amount::ZERO;
        let mut previous = None;
        for &i in &order {
            let uncovered = usage[i].get(hour).map_or(0, |used| used.saturating_sub(commit[i]));
            if uncovered == 0 {
                continue;
            }
            match previous {
                None => slope += weight * ratio[i],
                Some(before) => breaks.push((reach, weight * (before - ratio[i]))),
            }
            previous = Some(ratio[i]);
            reach += times(instance.types()[i].plan_rate.unwrap_or_default(), uncovered);
        }
        breaks.extend(previous.map(|before| (reach, weight * before)));
    }
    cheapest_break(f64::from(instance.slots().paid_hours()), slope, breaks).max(instance.committed_spend())
}

fn saving_ratio(instance: &Instance, i: usize) -> f64 {
    let kind = &instance.types()[i];
    kind.plan_rate.map_or(0.0, |rate| to_f64(kind.on_demand_price) / to_f64(rate))
}

fn cheapest_break(hours: f64, mut slope: f64, mut breaks: Vec<(Amount, f64)>) -> Amount {
    breaks.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal)));
    let mut spend = Amount::ZERO;
    for (reach, drop) in breaks {
        // A tie costs the same either way; the tolerance makes the smaller commitment win it.
        if slope <= hours * (1.0 + 1e-12) {
            break;
        }
        slope -= drop;
        spend = reach;
    }
    spend
}

/// `price` × `count`, exactly.
pub(super) fn times(price: Amount, count: u32) -> Amount {
    let product = price.atto() * i128::from(count);
    Amount::from_atto(product).expect("prices and counts are limited by Instance::new so that their products fit")
}
