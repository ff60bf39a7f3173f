//! One hour, in whole replicas: a pattern for every workload, by annealing.
//!
//! Under given commitments the hours share nothing. What makes an hour hard is that the instances already paid for should just
//! be used up. Two kinds of move (`moves.rs`): to another of the workload's best patterns under the relaxation's prices, many of which are
//! nearly equal; and from one type to another, a few replicas at a time, which reaches what no short list of patterns holds.

use super::cover::Range;
use super::knapsack::Search;
use super::moves::{Change, Member};
use super::prepare::Prepared;
use super::purse::Purse;

/// Patterns that a workload may choose from.
const PATTERNS: usize = 12;

/// What the workloads of one hour run: counts by position in the types of each workload.
#[derive(Clone, Debug)]
pub(super) struct HourPlan {
    pub patterns: Vec<Vec<u32>>,
}

impl HourPlan {
    /// Instances in use by type.
    pub fn usage(&self, data: &Prepared) -> Vec<f64> {
        let mut usage = vec![0.0; data.types()];
        for (load, counts) in data.loads.iter().zip(&self.patterns) {
            load.types.iter().zip(counts).for_each(|(i, n)| usage[*i] += f64::from(*n));
        }
        usage
    }
}

/// A fixed sequence of pseudo-random numbers (SplitMix64, Steele, Lea and Flood 2014), so that equal input gives equal plans.
pub(super) struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// How hard to search.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// Moves tried for each workload, at least.
    pub moves: usize,
    /// Temperature at the start, as a share of the mean on-demand price of what a workload runs.
    pub heat: f64,
    pub seed: u64,
}

/// Where the search of an hour begins, and what it keeps.
pub(super) struct Begin<'a> {
    pub hour: usize,
    /// Prices of the types that rank the patterns.
    pub worth: &'a [f64],
    /// What runs; the cheapest patterns without it.
    pub start: Option<&'a HourPlan>,
    /// By workload: how many replicas its ramp leaves it.
    pub room: &'a [Range],
}

/// Finds a plan for an hour under the commitments of `purse`, never worse than what it begins with.
pub(super) fn search_hour(
    data: &Prepared,
    begin: &Begin<'_>,
    purse: &Purse,
    effort: Effort,
    search: &mut Search,
) -> Option<HourPlan> {
    let Begin { hour, worth, start, room } = *begin;
    let places = purse.places();
    let mut members = Vec::with_capacity(data.loads.len());
    for (w, load) in data.loads.iter().enumerate() {
        let offers = match load.ramp {
            Some(_) => search.several_within(load, hour, worth, room[w], PATTERNS),
            None => search.several(load, hour, worth, PATTERNS),
        };
        let offers: Vec<Vec<u32>> = offers.into_iter().map(|p| p.count).collect();
        let count = start.map_or_else(|| offers.first().cloned(), |s| Some(s.patterns[w].clone()))?;
        members.push(Member::new(load, hour, room[w], &places, offers, count));
    }
    let mut state = State { purse, members, usage: vec![0.0; data.types()], saved: 0.0, changes: Vec::new() };
    state.recount();
    state.anneal(effort, hour);
    Some(HourPlan { patterns: state.members.into_iter().map(|m| m.count).collect() })
}

struct State<'a> {
    purse: &'a Purse,
    members: Vec<Member<'a>>,
    /// By place.
    usage: Vec<f64>,
    /// What the spend commitment saves of it.
    saved: f64,
    /// The move at hand.
    changes: Vec<Change>,
}

impl State<'_> {
    fn recount(&mut self) {
        self.usage.fill(0.0);
        for member in &self.members {
            member.places.iter().zip(&member.count).for_each(|(place, n)| self.usage[*place] += f64::from(*n));
        }
        self.saved = self.purse.saved(&self.usage);
    }

    /// Puts a random move of workload `w` into `changes`; false where there is none.
    fn propose(&mut self, w: usize, random: &mut Random) -> bool {
        let member = &self.members[w];
        self.changes.clear();
        if member.offers.len() > 1 && random.below(4) == 0 {
            let offer = &member.offers[random.below(member.offers.len())];
            let changed = member.count.iter().zip(offer).enumerate().filter(|(_, (old, new))| old != new);
            self.changes.extend(changed.map(|(k, (old, new))| (k, f64::from(*new) - f64::from(*old))));
            return !self.changes.is_empty();
        }
        member.shift(&mut self.changes, random)
    }

    /// Makes the move of workload `w` in the usage; gives its cost, and what the spend commitment saves then.
    fn try_move(&mut self, w: usize) -> (f64, f64) {
        let (member, mut more) = (&self.members[w], 0.0);
        for &(k, change) in &self.changes {
            let place = member.places[k];
            more += self.purse.more(place, self.usage[place], change);
            self.usage[place] += change;
        }
        let saved = self.purse.saved(&self.usage);
        (more + member.left_unserved(&self.changes) - (saved - self.saved), saved)
    }

    fn undo(&mut self, w: usize) {
        let member = &self.members[w];
        self.changes.iter().for_each(|&(k, change)| self.usage[member.places[k]] -= change);
    }

    /// The counts follow the usage.
    fn keep(&mut self, w: usize, saved: f64) {
        self.members[w].make(&self.changes);
        self.saved = saved;
    }

    /// Simulated annealing with geometric cooling; ends at the best state it saw.
    fn anneal(&mut self, effort: Effort, hour: usize) {
        let mut random = Random(effort.seed ^ (hour as u64 + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut cost = self.purse.cost(&self.usage);
        let mut best = (cost, self.counts());
        let moves = effort.moves * self.members.len();
        let mut heat = effort.heat * self.purse.mean_price(&self.usage);
        let cooling = COOLED.powf(1.0 / moves.max(1) as f64);
        let mut unsaved = false;
        for _ in 0..moves {
            heat *= cooling;
            let w = random.below(self.members.len());
            if !self.propose(w, &mut random) {
                continue;
            }
            let (more, saved) = self.try_move(w);
            if more > 0.0 && random.share() >= (-more / heat).exp() {
                self.undo(w);
                continue;
            }
            // Copying every state that is a new best would be most of the work: the best one is copied when it is left.
            if unsaved && more > 0.0 {
                best = (cost, self.counts());
            }
            self.keep(w, saved);
            cost += more;
            unsaved = cost < best.0 - 1e-9;
        }
        if unsaved {
            return;
        }
        for (member, count) in self.members.iter_mut().zip(best.1) {
            member.count = count;
            member.measure();
        }
        self.recount();
    }

    fn counts(&self) -> Vec<Vec<u32>> {
        self.members.iter().map(|m| m.count.clone()).collect()
    }
}

/// The last temperature as a share of the first.
const COOLED: f64 = 1e-3;
