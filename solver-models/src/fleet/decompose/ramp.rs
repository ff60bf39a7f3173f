//! The cheapest replicas of one workload over all hours at given prices where a ramp links the hours: a dynamic program over the number of
//! replicas, hour by hour, whose costs are computed only where the cheapest way passes.
//!
//! Every cost starts as the bound of the hull; each turn finds the cheapest way through these and prices its hours exactly, until all of
//! them are. The cost of the way is a lower bound in every turn.

use std::collections::HashMap;

use super::cover::Range;
use super::hull::Hull;
use super::knapsack::Search;
use super::prepare::{Load, Prepared};

/// What a replica more or less than in the plan nearby costs, as a share of the cheapest price of one.
const PULL: f64 = 0.02;

/// The cheapest way of a workload.
pub(super) struct Way {
    /// Lower bound on its price over all hours.
    pub bound: f64,
    /// By hour: replicas by position in the types of the workload.
    pub patterns: Vec<Vec<u32>>,
}

/// Finds it; `worth` is by hour and type. With patterns `near` it keeps them where it can at little cost, and its bound is none.
///
/// `None` where no replicas keep the ramp and everything else.
pub(super) fn cheapest_way(
    data: &Prepared,
    load: &Load,
    worth: &[Vec<f64>],
    near: Option<&[&Vec<u32>]>,
    search: &mut Search,
) -> Option<Way> {
    let mut table = Table::new(data, load, worth, near)?;
    let Some(ramp) = load.ramp.map(|ramp| ramp as usize) else { return hour_by_hour(data, load, worth, near, search) };
    let mut known: HashMap<(usize, usize), Vec<u32>> = HashMap::new();
    for hour in 0..data.hours {
        let Some(pattern) = near.map(|near| near[hour]) else { continue };
        known.insert((hour, table.at(total(pattern))), pattern.clone());
    }
    loop {
        let (bound, way) = table.cheapest(ramp)?;
        let open: Vec<usize> = (0..data.hours).filter(|hour| !known.contains_key(&(*hour, way[*hour]))).collect();
        if open.is_empty() {
            let patterns = way.iter().enumerate().map(|(hour, at)| known[&(hour, *at)].clone()).collect();
            return Some(Way { bound, patterns });
        }
        for hour in open {
            let replicas = table.fewest + way[hour] as f64;
            match search.cheapest_within(load, hour, &worth[hour], Range::exactly(replicas)) {
                Some((bound, pattern)) => {
                    table.raise(hour, way[hour], data.weight[hour] * bound);
                    known.insert((hour, way[hour]), pattern.count.clone());
                }
                None => table.raise(hour, way[hour], f64::INFINITY),
            }
        }
    }
}

/// The same where nothing links the hours.
pub(super) fn hour_by_hour(
    data: &Prepared,
    load: &Load,
    worth: &[Vec<f64>],
    near: Option<&[&Vec<u32>]>,
    search: &mut Search,
) -> Option<Way> {
    let mut way = Way { bound: 0.0, patterns: Vec::with_capacity(data.hours) };
    for hour in 0..data.hours {
        let (bound, pattern) = search.cheapest(load, hour, &worth[hour])?;
        way.bound += data.weight[hour] * bound;
        way.patterns.push(near.map_or(&pattern.count, |near| near[hour]).clone());
    }
    Some(way)
}

fn total(pattern: &[u32]) -> f64 {
    pattern.iter().map(|n| f64::from(*n)).sum()
}

/// What every number of replicas costs in every hour, at least.
struct Table<'a> {
    first: &'a [bool],
    /// The number of replicas that the first column stands for, and how many columns there are.
    fewest: f64,
    width: usize,
    cost: Vec<f64>,
    /// What is added for leaving the plan nearby.
    pull: Vec<f64>,
}

impl<'a> Table<'a> {
    fn new(data: &'a Prepared, load: &Load, worth: &[Vec<f64>], near: Option<&[&Vec<u32>]>) -> Option<Self> {
        let (largest, smallest) = load.capacities();
        let peak = load.demand.iter().copied().fold(0.0, f64::max);
        let left = load.losses.iter().map(|loss| loss.demand.iter().copied().fold(0.0, f64::max) / smallest + loss.replicas);
        // More than what the peak and a loss at it ask of the smallest type is of no use in any hour.
        let most = (peak / smallest).ceil().max(load.min_replicas) + left.fold(0.0, f64::max).ceil();
        let lowest = load.demand.iter().copied().fold(f64::INFINITY, f64::min);
        let asked = if load.unserved.is_some() { 0.0 } else { (lowest / largest).ceil() };
        let fewest = asked.max(load.min_replicas);
        let width = (most - fewest).max(0.0) as usize + 1;
        let mut table =
            Self { first: &data.first, fewest, width, cost: Vec::with_capacity(width * data.hours), pull: Vec::new() };
        let mut hull = Hull::default();
        for hour in 0..data.hours {
            let types = load.types.iter().zip(&load.capacity).map(|(i, capacity)| (*capacity, worth[hour][*i]));
            hull.rebuild(types, load.unserved.unwrap_or(f64::INFINITY));
            let cost = |at: usize| {
                let replicas = fewest + at as f64;
                data.weight[hour] * hull.serve(load.demand[hour], replicas, replicas)
            };
            table.cost.extend((0..width).map(cost));
            if let Some(near) = near {
                let cheapest = load.types.iter().map(|i| data.on_demand[*i]).fold(f64::INFINITY, f64::min);
                let away = |at: usize| PULL * cheapest * data.weight[hour] * (fewest + at as f64 - total(near[hour])).abs();
                table.pull.extend((0..width).map(away));
            }
        }
        Some(table)
    }

    /// The column of a number of replicas; beyond the last for one that has none.
    fn at(&self, replicas: f64) -> usize {
        if replicas >= self.fewest { (replicas - self.fewest) as usize } else { usize::MAX }
    }

    /// A better bound of one cost.
    fn raise(&mut self, hour: usize, at: usize, cost: f64) {
        let known = &mut self.cost[hour * self.width + at];
        *known = known.max(cost);
    }

    /// The cheapest way within the ramp: its cost, and the column of each hour.
    fn cheapest(&self, ramp: usize) -> Option<(f64, Vec<usize>)> {
        let (width, hours) = (self.width, self.first.len());
        let (mut before, mut came) = (vec![0.0; width], vec![0_usize; width * hours]);
        let mut now = vec![0.0; width];
        for hour in 0..hours {
            let free = self.first[hour];
            lowest_within(&before, if free { width } else { ramp }, &mut came[hour * width..][..width]);
            for (at, now) in now.iter_mut().enumerate() {
                let place = hour * width + at;
                *now = before[came[place]] + self.cost[place] + self.pull.get(place).copied().unwrap_or(0.0);
            }
            std::mem::swap(&mut before, &mut now);
        }
        let mut at = (0..width).min_by(|a, b| before[*a].total_cmp(&before[*b]))?;
        let cost = before[at];
        if !cost.is_finite() {
            return None;
        }
        let mut way = vec![0; hours];
        for hour in (0..hours).rev() {
            way[hour] = at;
            at = came[hour * width + at];
        }
        Some((cost, way))
    }
}

/// For every place the place of the lowest value at most `reach` away.
fn lowest_within(values: &[f64], reach: usize, lowest: &mut [usize]) {
    let mut queue = std::collections::VecDeque::new();
    let mut next = 0;
    for (at, lowest) in lowest.iter_mut().enumerate() {
        while next < values.len() && next <= at.saturating_add(reach) {
            while queue.back().is_some_and(|last: &usize| values[*last] > values[next]) {
                queue.pop_back();
            }
            queue.push_back(next);
            next += 1;
        }
        while queue.front().is_some_and(|first| first.saturating_add(reach) < at) {
            queue.pop_front();
        }
        *lowest = queue.front().copied().unwrap_or(at);
    }
}
