//! The pricing problem of a workload with terms: the cheapest replicas in one hour that keep everything that is asked of that hour.
//!
//! A covering with several rows: min Σ π_i·n_i + unserved·u subject to Σ cap_i·n_i + u ≥ demand, least ≤ Σ n_i ≤ most, and, for every loss
//! to survive, the same of the types that are left. Depth-first search over the types in order of price ÷ capacity; a branch is bounded by
//! the row that is dearest to complete, and by the hull of the types where the number of replicas is limited.

use super::hull::Hull;
use super::knapsack::{Pattern, Shortlist};
use super::prepare::Load;

/// Nodes after which a search stops: the relaxation is then the bound, and the best so far the pattern.
const MAX_NODES: usize = 20_000;

/// How many replicas a pattern may have in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub least: f64,
    pub most: f64,
}

impl Range {
    /// Exactly so many.
    pub fn exactly(replicas: f64) -> Self {
        Self { least: replicas, most: replicas }
    }
}

/// Something to cover: Σ coefficient·n ≥ what is missing.
#[derive(Default)]
struct Row {
    /// By level: what a replica adds.
    coefficient: Vec<f64>,
    /// By level: the least price of a unit from there on.
    unit: Vec<f64>,
}

/// Working memory of a search, reused from one to the next.
#[derive(Default)]
pub(super) struct Cover {
    /// Positions in the order of the search, and the numbers that belong to them.
    order: Vec<usize>,
    price: Vec<f64>,
    limit: Vec<f64>,
    /// Demand, number of replicas, and both again for every loss.
    rows: Vec<Row>,
    /// What each row lacks, one level after the other.
    missing: Vec<f64>,
    count: Vec<u32>,
    hull: Hull,
    unserved: f64,
    nodes: usize,
    found: Shortlist,
}

impl Cover {
    /// The cheapest pattern, and a proven lower bound on its price; `None` where there is none.
    pub fn cheapest(&mut self, load: &Load, hour: usize, price: &[f64], range: Range) -> Option<(f64, &Pattern)> {
        let relaxed = self.search(load, hour, price, range, 1);
        let cut = self.nodes >= MAX_NODES;
        self.found.first().map(|best| (if cut { relaxed.min(best.price) } else { best.price }, best))
    }

    /// The `keep` cheapest patterns, cheapest first.
    pub fn several(&mut self, load: &Load, hour: usize, price: &[f64], range: Range, keep: usize) -> Vec<Pattern> {
        self.search(load, hour, price, range, keep);
        self.found.take()
    }

    /// Searches, and gives the bound of the relaxation.
    fn search(&mut self, load: &Load, hour: usize, price: &[f64], range: Range, keep: usize) -> f64 {
        self.prepare(load, hour, price, range, keep);
        let relaxed = self.bound(0, range.most);
        if relaxed.is_finite() {
            self.descend(0, range.most, 0.0);
        }
        relaxed
    }

    fn prepare(&mut self, load: &Load, hour: usize, price: &[f64], range: Range, keep: usize) {
        let of = |position: usize| price[load.types[position]];
        self.order.clear();
        self.order.extend(0..load.types.len());
        self.order.sort_by(|&a, &b| (of(a) * load.capacity[b]).total_cmp(&(of(b) * load.capacity[a])).then(a.cmp(&b)));
        let order = &self.order;
        self.price.clear();
        self.price.extend(order.iter().map(|&position| of(position)));
        self.limit.clear();
        self.limit.extend(order.iter().map(|&position| load.limit[position]));
        self.count.clear();
        self.count.resize(order.len(), 0);
        self.unserved = load.unserved.unwrap_or(f64::INFINITY);
        let types = load.capacity.iter().enumerate().map(|(position, capacity)| (*capacity, of(position)));
        self.hull.rebuild(types, self.unserved);

        let all = |_: usize| true;
        self.rows.resize_with(2 + 2 * load.losses.len(), Row::default);
        self.missing.clear();
        let (capacity, one) = (|position: usize| load.capacity[position], |_: usize| 1.0);
        self.rows[0].rebuild(order, &self.price, all, capacity, self.unserved);
        self.rows[1].rebuild(order, &self.price, all, one, f64::INFINITY);
        self.missing.extend([load.demand[hour], range.least]);
        for (at, loss) in load.losses.iter().enumerate() {
            let left = |position: usize| loss.left[position];
            self.rows[2 + 2 * at].rebuild(order, &self.price, left, capacity, f64::INFINITY);
            self.rows[3 + 2 * at].rebuild(order, &self.price, left, one, f64::INFINITY);
            self.missing.extend([loss.demand[hour], loss.replicas]);
        }
        self.nodes = 0;
        self.found.clear(keep);
    }

    /// The least that covering what is missing at `level` costs, with at most `room` replicas more.
    fn bound(&self, level: usize, room: f64) -> f64 {
        let missing = &self.missing[level * self.rows.len()..][..self.rows.len()];
        let row = |(row, missing): (&Row, &f64)| if *missing > 0.0 { missing * row.unit[level] } else { 0.0 };
        let by_row = self.rows.iter().zip(missing).map(row).fold(0.0, f64::max);
        by_row.max(self.hull.serve(missing[0], missing[1], room))
    }

    fn descend(&mut self, level: usize, room: f64, cost: f64) {
        let rows = self.rows.len();
        let at = level * rows;
        if self.missing[at + 1..][..rows - 1].iter().all(|missing| *missing <= 0.0) {
            let unserved = self.missing[at].max(0.0);
            if unserved == 0.0 || self.unserved.is_finite() {
                self.record(cost + if unserved > 0.0 { unserved * self.unserved } else { 0.0 });
            }
            if unserved == 0.0 {
                return;
            }
        }
        if level == self.order.len() || self.nodes >= MAX_NODES {
            return;
        }
        let uses = (0..rows).filter(|row| self.rows[*row].coefficient[level] > 0.0 && self.missing[at + row] > 0.0);
        let most = uses.map(|row| (self.missing[at + row] / self.rows[row].coefficient[level]).ceil()).fold(0.0, f64::max);
        let mut n = most.min(self.limit[level]).min(room);
        while n >= 0.0 {
            self.nodes += 1;
            let spent = cost + n * self.price[level];
            self.missing.truncate(at + rows);
            for row in 0..rows {
                self.missing.push(self.missing[at + row] - n * self.rows[row].coefficient[level]);
            }
            let worst = self.found.worst() * (1.0 - 1e-12);
            let demand = self.missing[at + rows];
            // By demand alone the bound only rises from here on: the types come in the order of what a unit costs.
            if demand > 0.0 && self.rows[0].unit[level] < self.unserved && spent + demand * self.rows[0].unit[level + 1] >= worst
            {
                break;
            }
            if spent + self.bound(level + 1, room - n) < worst {
                self.count[level] = n as u32;
                self.descend(level + 1, room - n, spent);
            }
            n -= 1.0;
        }
        self.count[level] = 0;
    }

    fn record(&mut self, price: f64) {
        if price >= self.found.worst() * (1.0 - 1e-12) {
            return;
        }
        let mut count = vec![0; self.order.len()];
        self.order.iter().zip(&self.count).for_each(|(&position, n)| count[position] = *n);
        self.found.insert(Pattern { count, price });
    }
}

impl Row {
    /// For the types `left`, each adding `of`; what is missing may be bought for `otherwise` a unit.
    fn rebuild(
        &mut self,
        order: &[usize],
        price: &[f64],
        left: impl Fn(usize) -> bool,
        of: impl Fn(usize) -> f64,
        otherwise: f64,
    ) {
        self.coefficient.clear();
        self.coefficient.extend(order.iter().map(|&position| if left(position) { of(position) } else { 0.0 }));
        self.unit.clear();
        self.unit.resize(order.len() + 1, otherwise);
        for level in (0..order.len()).rev() {
            let here = if self.coefficient[level] > 0.0 { price[level] / self.coefficient[level] } else { f64::INFINITY };
            self.unit[level] = here.min(self.unit[level + 1]);
        }
    }
}
