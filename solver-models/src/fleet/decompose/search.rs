//! One hour, in whole replicas: a pattern for every workload, by annealing.
//!
//! Under given commitments the hours share nothing. What makes an hour hard is that the instances already paid for should just
//! be used up. Two kinds of move: to another of the workload's best patterns under the relaxation's prices, many of which are
//! nearly equal; and from one type to another, a few replicas at a time, which reaches what no short list of patterns holds.

use super::knapsack::Search;
use super::prepare::{Load, Prepared};
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

    fn below(&mut self, n: usize) -> usize {
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

/// One workload in the search.
struct Member<'a> {
    load: &'a Load,
    demand: f64,
    /// Place in the purse of each of its types.
    places: Vec<usize>,
    /// Its best patterns under the relaxation's prices.
    offers: Vec<Vec<u32>>,
    count: Vec<u32>,
    replicas: f64,
    /// Capacity beyond the demand.
    slack: f64,
}

impl Member<'_> {
    /// Replicas and slack of the counts.
    fn measure(&mut self) {
        self.replicas = self.count.iter().map(|n| f64::from(*n)).sum();
        let capacity: f64 = self.count.iter().zip(&self.load.capacity).map(|(n, c)| f64::from(*n) * c).sum();
        self.slack = capacity - self.demand;
    }
}

/// Finds a plan for `hour` under the commitments of `purse`, from `start` where there is one; never worse than that.
pub(super) fn search_hour(
    data: &Prepared,
    hour: usize,
    worth: &[f64],
    purse: &Purse,
    start: Option<&HourPlan>,
    effort: Effort,
    search: &mut Search,
) -> Option<HourPlan> {
    let places = purse.places();
    let mut members = Vec::with_capacity(data.loads.len());
    for (w, load) in data.loads.iter().enumerate() {
        let offers: Vec<Vec<u32>> = search.several(load, hour, worth, PATTERNS).into_iter().map(|p| p.count).collect();
        let count = start.map_or_else(|| offers.first().cloned(), |s| Some(s.patterns[w].clone()))?;
        let places = load.types.iter().map(|i| places[*i]).collect();
        let mut member = Member { load, demand: load.demand[hour], places, offers, count, replicas: 0.0, slack: 0.0 };
        member.measure();
        members.push(member);
    }
    let mut state = State { purse, members, usage: vec![0.0; data.types()], trial: vec![0.0; data.types()], next: Vec::new() };
    state.recount();
    state.anneal(effort, hour);
    Some(HourPlan { patterns: state.members.into_iter().map(|m| m.count).collect() })
}

struct State<'a> {
    purse: &'a Purse,
    members: Vec<Member<'a>>,
    /// By place.
    usage: Vec<f64>,
    /// Usage if the move at hand were made.
    trial: Vec<f64>,
    /// Counts of the workload at hand if the move were made.
    next: Vec<u32>,
}

impl State<'_> {
    fn recount(&mut self) {
        self.usage.fill(0.0);
        for member in &self.members {
            member.places.iter().zip(&member.count).for_each(|(place, n)| self.usage[*place] += f64::from(*n));
        }
    }

    /// Puts a random neighbour of workload `w` into `next`; false where there is none.
    fn propose(&mut self, w: usize, random: &mut Random) -> bool {
        let member = &self.members[w];
        self.next.clear();
        if member.offers.len() > 1 && random.below(4) == 0 {
            self.next.extend_from_slice(&member.offers[random.below(member.offers.len())]);
            return true;
        }
        self.next.extend_from_slice(&member.count);
        shift(member, &mut self.next, random)
    }

    /// Cost if `next` were the counts of workload `w`, where it is `cost` now.
    fn weigh(&mut self, w: usize, cost: f64) -> f64 {
        let member = &self.members[w];
        let changes = member.places.iter().zip(&member.count).zip(&self.next).filter(|((_, old), new)| old != new);
        let changes = changes.map(|((place, old), new)| (*place, f64::from(*new) - f64::from(*old)));
        if self.purse.is_separable() {
            return changes.fold(cost, |cost, (place, more)| cost + self.purse.more(place, self.usage[place], more));
        }
        self.trial.copy_from_slice(&self.usage);
        changes.for_each(|(place, more)| self.trial[place] += more);
        self.purse.cost(&self.trial)
    }

    fn take(&mut self, w: usize) {
        let member = &mut self.members[w];
        for ((place, old), new) in member.places.iter().zip(&member.count).zip(&self.next) {
            self.usage[*place] += f64::from(*new) - f64::from(*old);
        }
        std::mem::swap(&mut member.count, &mut self.next);
        member.measure();
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
            let next = self.weigh(w, cost);
            if next <= cost || random.share() < ((cost - next) / heat).exp() {
                // Copying every state that is a new best would be most of the work: the best one is copied when it is left.
                if unsaved && next > cost {
                    best = (cost, self.counts());
                }
                self.take(w);
                cost = next;
                unsaved = cost < best.0 - 1e-9;
            }
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

/// Moves a few replicas from one type to another, as many as the demand and the minimum ask, and drops what is too much then.
fn shift(member: &Member<'_>, count: &mut [u32], random: &mut Random) -> bool {
    let types = count.len();
    let (from, to) = (random.below(types), random.below(types));
    if count[from] == 0 || from == to {
        return false;
    }
    let most = count[from] as usize;
    let taken = if random.below(3) == 0 { 1 + random.below(most) } else { 1 };
    let capacity = &member.load.capacity;
    let mut slack = member.slack - taken as f64 * capacity[from];
    let mut replicas = member.replicas - taken as f64;
    let short = member.load.min_replicas - replicas;
    let given = (-slack / capacity[to]).ceil().max(short).max(0.0);
    count[from] -= taken as u32;
    count[to] += given as u32;
    if f64::from(count[to]) > member.load.limit[to] {
        return false;
    }
    slack += given * capacity[to];
    replicas += given;
    let first = random.below(types);
    for k in (first..types).chain(0..first) {
        while count[k] > 0 && capacity[k] <= slack && replicas > member.load.min_replicas {
            count[k] -= 1;
            slack -= capacity[k];
            replicas -= 1.0;
        }
    }
    true
}
