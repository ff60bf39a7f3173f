//! The pricing problem: the cheapest replicas of one workload in one hour under given prices of the types.
//!
//! A covering knapsack with a count: min Σ π_i·n_i subject to Σ cap_i·n_i ≥ demand, Σ n_i ≥ min replicas, n_i ≤ quota_i.
//! Solved exactly by depth-first search over the types in order of price ÷ capacity, with the remaining demand at the next
//! type's price ÷ capacity as the bound (the linear relaxation), so only nearly optimal combinations are visited.

use super::cover::{Cover, Range};
use super::prepare::Load;

/// Nodes after which a search stops: the relaxation is then the bound, and the best so far the pattern.
const MAX_NODES: usize = 200_000;

/// A combination of replicas: counts by position in [`Load::types`], and its price.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub count: Vec<u32>,
    pub price: f64,
}

/// The cheapest patterns so far.
#[derive(Default)]
pub(super) struct Shortlist {
    keep: usize,
    found: Vec<Pattern>,
}

impl Shortlist {
    /// Forgets what was found, to keep so many from now on.
    pub fn clear(&mut self, keep: usize) {
        self.keep = keep;
        self.found.clear();
    }

    pub fn first(&self) -> Option<&Pattern> {
        self.found.first()
    }

    pub fn take(&mut self) -> Vec<Pattern> {
        std::mem::take(&mut self.found)
    }

    /// The price that a pattern has to beat.
    pub fn worst(&self) -> f64 {
        if self.found.len() < self.keep { f64::INFINITY } else { self.found[self.keep - 1].price }
    }

    pub fn insert(&mut self, pattern: Pattern) {
        if self.keep > 1 && self.found.iter().any(|p| p.count == pattern.count) {
            return;
        }
        let at = self.found.partition_point(|p| p.price <= pattern.price);
        self.found.insert(at, pattern);
        self.found.truncate(self.keep);
    }
}

/// Working memory of a search, reused from one to the next.
#[derive(Default)]
pub(super) struct Search {
    /// Positions in the order of the search, and the numbers that belong to them.
    order: Vec<usize>,
    price: Vec<f64>,
    capacity: Vec<f64>,
    limit: Vec<f64>,
    ratio: Vec<f64>,
    count: Vec<u32>,
    /// The cheapest type fills up to the minimum of replicas.
    cheapest: usize,
    nodes: usize,
    found: Shortlist,
    /// For workloads with terms.
    cover: Cover,
}

impl Search {
    /// The cheapest pattern for `demand`, and a proven lower bound on its price (the price itself unless the search was cut).
    ///
    /// `None` when the quotas alone make the workload infeasible.
    pub fn cheapest(&mut self, load: &Load, hour: usize, price: &[f64]) -> Option<(f64, &Pattern)> {
        if load.has_terms() {
            return self.cover.cheapest(load, hour, price, load.range());
        }
        self.prepare(load, price, 1);
        self.descend(0, load.demand[hour], load.min_replicas, 0.0);
        let relaxed = (load.demand[hour] * self.ratio[0]).max(load.min_replicas * self.price[self.cheapest]);
        let cut = self.nodes >= MAX_NODES;
        self.found.first().map(|best| (if cut { relaxed } else { best.price }, best))
    }

    /// The `keep` cheapest patterns among those without a replica too many of the last type, cheapest first.
    pub fn several(&mut self, load: &Load, hour: usize, price: &[f64], keep: usize) -> Vec<Pattern> {
        if load.has_terms() {
            return self.several_within(load, hour, price, load.range(), keep);
        }
        self.prepare(load, price, keep);
        self.descend(0, load.demand[hour], load.min_replicas, 0.0);
        self.found.take()
    }

    /// The cheapest pattern with so many replicas in all, as [`Search::cheapest`].
    pub fn cheapest_within(&mut self, load: &Load, hour: usize, price: &[f64], range: Range) -> Option<(f64, &Pattern)> {
        self.cover.cheapest(load, hour, price, range)
    }

    /// The `keep` cheapest patterns with so many replicas in all, cheapest first.
    pub fn several_within(&mut self, load: &Load, hour: usize, price: &[f64], range: Range, keep: usize) -> Vec<Pattern> {
        self.cover.several(load, hour, price, range, keep)
    }

    fn prepare(&mut self, load: &Load, price: &[f64], keep: usize) {
        let of = |position: usize| price[load.types[position]];
        self.order.clear();
        self.order.extend(0..load.types.len());
        self.order.sort_by(|&a, &b| (of(a) * load.capacity[b]).total_cmp(&(of(b) * load.capacity[a])).then(a.cmp(&b)));
        self.price.clear();
        self.capacity.clear();
        self.limit.clear();
        self.ratio.clear();
        for &position in &self.order {
            self.price.push(of(position));
            self.capacity.push(load.capacity[position]);
            self.limit.push(load.limit[position]);
            self.ratio.push(of(position) / load.capacity[position]);
        }
        self.ratio.push(f64::INFINITY);
        self.count.clear();
        self.count.resize(self.order.len(), 0);
        self.cheapest = (0..self.price.len()).min_by(|&a, &b| self.price[a].total_cmp(&self.price[b])).unwrap_or(0);
        self.nodes = 0;
        self.found.clear(keep);
    }

    fn descend(&mut self, level: usize, missing: f64, replicas: f64, cost: f64) {
        if missing <= 0.0 {
            return self.record(replicas.max(0.0), cost);
        }
        if level == self.order.len() || self.nodes >= MAX_NODES {
            return;
        }
        let (price, capacity, next) = (self.price[level], self.capacity[level], self.ratio[level + 1]);
        let most = (missing / capacity).ceil().min(self.limit[level]);
        let mut n = most;
        while n >= 0.0 {
            self.nodes += 1;
            let (left, spent) = (missing - n * capacity, cost + n * price);
            let worst = self.found.worst() * (1.0 - 1e-12);
            let by_demand = if left > 0.0 { spent + left * next } else { spent };
            // The bound rises as n falls, except for the step from too much capacity to too little.
            if by_demand >= worst && left > 0.0 {
                break;
            }
            if by_demand < worst && spent + (replicas - n).max(0.0) * self.price[self.cheapest] < worst {
                self.count[level] = n as u32;
                self.descend(level + 1, left, replicas - n, spent);
            }
            n -= 1.0;
        }
        self.count[level] = 0;
    }

    fn record(&mut self, filler: f64, cost: f64) {
        let price = cost + filler * self.price[self.cheapest];
        if price >= self.found.worst() * (1.0 - 1e-12) {
            return;
        }
        let mut count = vec![0; self.order.len()];
        for (level, &position) in self.order.iter().enumerate() {
            count[position] = self.count[level];
        }
        count[self.order[self.cheapest]] += filler as u32;
        self.found.insert(Pattern { count, price });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every combination with at most what covers the demand alone or fills the minimum.
    fn brute_force(load: &Load, price: &[f64]) -> f64 {
        fn go(load: &Load, price: &[f64], at: usize, missing: f64, replicas: f64, cost: f64) -> f64 {
            if at == load.types.len() {
                return if missing <= 0.0 && replicas <= 0.0 { cost } else { f64::INFINITY };
            }
            let most = (load.demand[0] / load.capacity[at]).ceil().max(load.min_replicas).min(load.limit[at]) as u32;
            let with = |n: u32| {
                let n = f64::from(n);
                go(load, price, at + 1, missing - n * load.capacity[at], replicas - n, cost + n * price[load.types[at]])
            };
            (0..=most).map(with).fold(f64::INFINITY, f64::min)
        }
        go(load, price, 0, load.demand[0], load.min_replicas, 0.0)
    }

    proptest! {
        #[test]
        fn the_cheapest_pattern_is_the_cheapest_of_all(
            types in prop::collection::vec((1_u32..30, 0_u32..40), 1..5),
            demand in 0_u32..60,
            min_replicas in 0_u32..4,
        ) {
            let price: Vec<f64> = types.iter().map(|(_, p)| f64::from(*p) / 4.0).collect();
            let load = Load {
                types: (0..types.len()).collect(),
                capacity: types.iter().map(|(c, _)| f64::from(*c)).collect(),
                limit: vec![1000.0; types.len()],
                demand: vec![f64::from(demand)],
                min_replicas: f64::from(min_replicas),
                ..Load::default()
            };
            let mut search = Search::default();
            let (bound, best) = search.cheapest(&load, 0, &price).unwrap();
            prop_assert!((bound - brute_force(&load, &price)).abs() < 1e-9);
            prop_assert_eq!(bound, best.price);
            let first = best.clone();
            let several = search.several(&load, 0, &price, 6);
            prop_assert!((several[0].price - first.price).abs() < 1e-9);
            prop_assert!(several.windows(2).all(|pair| pair[0].price <= pair[1].price));
            for pattern in &several {
                let capacity: f64 = pattern.count.iter().zip(&load.capacity).map(|(n, c)| f64::from(*n) * c).sum();
                let cost: f64 = pattern.count.iter().zip(&price).map(|(n, p)| f64::from(*n) * p).sum();
                prop_assert!(capacity >= load.demand[0] && pattern.count.iter().sum::<u32>() >= min_replicas);
                prop_assert!((cost - pattern.price).abs() < 1e-9);
            }
        }
    }
}
