//! Patterns and ways with terms beside every pattern and every way there is.

use proptest::prelude::*;

use super::cover::Range;
use super::knapsack::Search;
use super::prepare::{Kept, Load, Prepared};
use super::ramp::cheapest_way;
use crate::fleet::Instance;

/// A workload on up to three types over a few hours, with a loss of its first type and demand that may stay unserved, or neither.
fn any_load() -> impl Strategy<Value = (Load, Vec<f64>)> {
    let types = prop::collection::vec((1_u32..12, 0_u32..40), 2..4);
    let demand = prop::collection::vec(0_u32..30, 1..4);
    (types, demand, 0_u32..3, prop::option::of(0_u32..3), prop::option::of(1_u32..12), 1_u32..4).prop_map(
        |(types, demand, min_replicas, kept, unserved, ramp)| {
            let demand: Vec<f64> = demand.into_iter().map(f64::from).collect();
            let left: Vec<bool> = (0..types.len()).map(|i| i != 0).collect();
            let half: Vec<f64> = demand.iter().map(|d| (d / 2.0).ceil()).collect();
            let load = Load {
                types: (0..types.len()).collect(),
                capacity: types.iter().map(|(c, _)| f64::from(*c)).collect(),
                limit: vec![1000.0; types.len()],
                demand,
                min_replicas: f64::from(min_replicas),
                losses: kept.map(|replicas| Kept { left, demand: half, replicas: f64::from(replicas) }).into_iter().collect(),
                unserved: unserved.map(|price| f64::from(price) / 8.0),
                ramp: Some(f64::from(ramp)),
            };
            (load, types.iter().map(|(_, p)| f64::from(*p) / 4.0).collect())
        },
    )
}

/// The least price with so many replicas in all, by trying everything.
fn least(load: &Load, hour: usize, price: &[f64], total: u32) -> f64 {
    fn every(types: usize, total: u32) -> Vec<Vec<u32>> {
        if types == 1 {
            return vec![vec![total]];
        }
        let with = |n: u32| every(types - 1, total - n).into_iter().map(move |rest| [vec![n], rest].concat());
        (0..=total).flat_map(with).collect()
    }
    let capacity = |count: &[u32], left: &dyn Fn(usize) -> bool| {
        (0..count.len()).filter(|k| left(*k)).map(|k| f64::from(count[k]) * load.capacity[k]).sum::<f64>()
    };
    let cost = |count: &Vec<u32>| {
        let unserved = (load.demand[hour] - capacity(count, &|_| true)).max(0.0);
        let kept = load.losses.iter().all(|loss| {
            let replicas: u32 = (0..count.len()).filter(|k| loss.left[*k]).map(|k| count[k]).sum();
            capacity(count, &|k| loss.left[k]) >= loss.demand[hour] && f64::from(replicas) >= loss.replicas
        });
        if !kept || f64::from(total) < load.min_replicas || (unserved > 0.0 && load.unserved.is_none()) {
            return f64::INFINITY;
        }
        count.iter().zip(price).map(|(n, p)| f64::from(*n) * p).sum::<f64>() + unserved * load.unserved.unwrap_or(0.0)
    };
    every(load.types.len(), total).iter().map(cost).fold(f64::INFINITY, f64::min)
}

/// More replicas than any of these workloads has a use for.
const MOST: u32 = 48;

fn prepared(hours: usize, types: usize) -> Prepared {
    let kinds: Vec<String> = (0..types).map(|i| format!(r#"{{"id":"t{i}","od_price":1}}"#)).collect();
    let demand = vec!["1"; hours].join(",");
    let text = format!(
        r#"{{"hours":{hours},"types":[{}],"workloads":[{{"id":"w","capacity":{{"t0":1}},"demand":[{demand}]}}]}}"#,
        kinds.join(",")
    );
    Prepared::new(&Instance::from_json(&text).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn the_cheapest_cover_is_the_cheapest_of_all((load, price) in any_load(), total in 0_u32..20) {
        let mut search = Search::default();
        let mut found = |range: Range| search.cheapest_within(&load, 0, &price, range).map_or(f64::INFINITY, |(bound, _)| bound);
        let (exactly, expected) = (found(Range::exactly(f64::from(total).max(load.min_replicas))), |n: u32| least(&load, 0, &price, n));
        let wanted = expected(total.max(load.min_replicas as u32));
        prop_assert!(exactly == wanted || (exactly - wanted).abs() < 1e-9, "{} and not {}", exactly, wanted);
        let wanted = (0..=MOST).map(expected).fold(f64::INFINITY, f64::min);
        let any = found(load.range());
        prop_assert!(any == wanted || (any - wanted).abs() < 1e-9, "{} and not {}", any, wanted);
    }

    #[test]
    fn the_cheapest_way_is_the_cheapest_of_all((load, price) in any_load()) {
        let hours = load.demand.len();
        let worth: Vec<Vec<f64>> = (0..hours).map(|h| price.iter().map(|p| p * (1.0 + h as f64)).collect()).collect();
        let data = prepared(hours, price.len());
        let ramp = load.ramp.unwrap() as u32;
        let mut before = vec![0.0; MOST as usize + 1];
        for (hour, worth) in worth.iter().enumerate() {
            let from = |n: u32| (0..=MOST).filter(|m| hour == 0 || m.abs_diff(n) <= ramp).map(|m| before[m as usize]).fold(f64::INFINITY, f64::min);
            before = (0..=MOST).map(|n| from(n) + least(&load, hour, worth, n)).collect();
        }
        let wanted = before.into_iter().fold(f64::INFINITY, f64::min);
        let way = cheapest_way(&data, &load, &worth, None, &mut Search::default());
        let found = way.as_ref().map_or(f64::INFINITY, |way| way.bound);
        prop_assert!(found == wanted || (found - wanted).abs() < 1e-9, "{} and not {}", found, wanted);
        for pair in way.iter().flat_map(|way| way.patterns.windows(2)) {
            let total = |pattern: &[u32]| pattern.iter().sum::<u32>();
            prop_assert!(total(&pair[0]).abs_diff(total(&pair[1])) <= ramp);
        }
    }
}
