//! One workload in the search of an hour: what it runs, and from there the moves that keep what is asked of it.

use super::cover::Range;
use super::prepare::{Kept, Load};
use super::search::Random;

/// Replicas more, or less, at a position in the types of a workload.
pub(super) type Change = (usize, f64);

/// One workload in the search.
pub(super) struct Member<'a> {
    load: &'a Load,
    hour: usize,
    /// How many replicas it may have.
    range: Range,
    /// Place in the purse of each of its types.
    pub places: Vec<usize>,
    /// Its best patterns under the relaxation's prices.
    pub offers: Vec<Vec<u32>>,
    pub count: Vec<u32>,
    replicas: f64,
    /// Capacity beyond the demand; below 0 what is not served.
    slack: f64,
    /// The smallest capacity: less slack than this leaves nothing to drop.
    smallest: f64,
    /// By loss: what is left beyond what has to be.
    spare: Vec<Spare<'a>>,
}

/// What a loss leaves beyond what it has to.
#[derive(Clone)]
struct Spare<'a> {
    kept: &'a Kept,
    capacity: f64,
    replicas: f64,
}

impl Spare<'_> {
    fn add(&mut self, k: usize, change: f64, capacity: f64) {
        if self.kept.left[k] {
            self.capacity += change * capacity;
            self.replicas += change;
        }
    }
}

impl<'a> Member<'a> {
    /// A workload that runs `count`, with `offers` to change to.
    pub fn new(load: &'a Load, hour: usize, range: Range, places: &[usize], offers: Vec<Vec<u32>>, count: Vec<u32>) -> Self {
        let (_, smallest) = load.capacities();
        let places = load.types.iter().map(|i| places[*i]).collect();
        let spare = load.losses.iter().map(|kept| Spare { kept, capacity: 0.0, replicas: 0.0 }).collect();
        let mut member = Self { load, hour, range, places, offers, count, replicas: 0.0, slack: 0.0, smallest, spare };
        member.measure();
        member
    }

    /// Replicas, slack and what losses spare, of the counts.
    pub fn measure(&mut self) {
        (self.replicas, self.slack) = (0.0, -self.load.demand[self.hour]);
        for spare in &mut self.spare {
            (spare.capacity, spare.replicas) = (-spare.kept.demand[self.hour], -spare.kept.replicas);
        }
        for k in 0..self.count.len() {
            self.add(k, f64::from(self.count[k]));
        }
    }

    fn add(&mut self, k: usize, change: f64) {
        let capacity = self.load.capacity[k];
        self.replicas += change;
        self.slack += change * capacity;
        self.spare.iter_mut().for_each(|spare| spare.add(k, change, capacity));
    }

    /// Makes a move.
    pub fn make(&mut self, changes: &[Change]) {
        for &(k, change) in changes {
            self.count[k] = (f64::from(self.count[k]) + change) as u32;
            self.add(k, change);
        }
    }

    /// What a move costs by leaving more, or less, unserved.
    pub fn left_unserved(&self, changes: &[Change]) -> f64 {
        let Some(price) = self.load.unserved else { return 0.0 };
        let more: f64 = changes.iter().map(|&(k, change)| change * self.load.capacity[k]).sum();
        price * ((-self.slack - more).max(0.0) - (-self.slack).max(0.0))
    }

    /// Puts a random move from one type to another into `changes`; false where there is none.
    pub fn shift(&self, changes: &mut Vec<Change>, random: &mut Random) -> bool {
        if self.load.has_terms() { self.shift_with_terms(changes, random) } else { self.shift_plain(changes, random) }
    }

    /// Moves a few replicas from one type to another, as many as the demand and the minimum ask, and drops what is too much then.
    fn shift_plain(&self, changes: &mut Vec<Change>, random: &mut Random) -> bool {
        let (count, capacity, least) = (&self.count, &self.load.capacity, self.range.least);
        let types = count.len();
        let (from, to) = (random.below(types), random.below(types));
        if count[from] == 0 || from == to {
            return false;
        }
        let taken = taken(count[from], random);
        let mut slack = self.slack - taken * capacity[from];
        let mut replicas = self.replicas - taken;
        let given = (-slack / capacity[to]).ceil().max(least - replicas).max(0.0);
        if f64::from(count[to]) + given > self.load.limit[to] {
            return false;
        }
        changes.push((from, -taken));
        if given > 0.0 {
            changes.push((to, given));
        }
        slack += given * capacity[to];
        replicas += given;
        if slack < self.smallest || replicas <= least {
            return replicas <= self.range.most;
        }
        let first = random.below(types);
        for k in (first..types).chain(0..first) {
            if capacity[k] > slack {
                continue;
            }
            let here = f64::from(count[k]) + if k == from { -taken } else { 0.0 } + if k == to { given } else { 0.0 };
            let dropped = (slack / capacity[k]).floor().min(here).min(replicas - least);
            if dropped > 0.0 {
                changes.push((k, -dropped));
                slack -= dropped * capacity[k];
                replicas -= dropped;
            }
        }
        replicas <= self.range.most
    }

    /// The same where losses have to be survived, or demand may stay unserved: then replicas are also added or dropped alone.
    fn shift_with_terms(&self, changes: &mut Vec<Change>, random: &mut Random) -> bool {
        let (count, capacity, least) = (&self.count, &self.load.capacity, self.range.least);
        let types = count.len();
        let (from, to) = (random.below(types), random.below(types));
        let adds = random.below(8) == 0;
        if from == to || (!adds && count[from] == 0) {
            return false;
        }
        let taken = if adds { 0.0 } else { taken(count[from], random) };
        let mut slack = self.slack - taken * capacity[from];
        let mut replicas = self.replicas - taken;
        let mut spare = self.spare.clone();
        spare.iter_mut().for_each(|spare| spare.add(from, -taken, capacity[from]));

        let serves_all = self.load.unserved.is_none() || random.below(2) == 0;
        let by_demand = if serves_all { (-slack / capacity[to]).ceil() } else { 0.0 };
        let mut given = by_demand.max(least - replicas).max(if adds { 1.0 } else { 0.0 });
        for spare in spare.iter().filter(|spare| spare.capacity < 0.0 || spare.replicas < 0.0) {
            if !spare.kept.left[to] {
                return false;
            }
            given = given.max((-spare.capacity / capacity[to]).ceil()).max(-spare.replicas);
        }
        if f64::from(count[to]) + given > self.load.limit[to] {
            return false;
        }
        changes.extend([(from, -taken), (to, given)].into_iter().filter(|(_, change)| *change != 0.0));
        slack += given * capacity[to];
        replicas += given;
        spare.iter_mut().for_each(|spare| spare.add(to, given, capacity[to]));

        let first = random.below(types);
        for k in (first..types).chain(0..first).filter(|k| !(adds && *k == to)) {
            let here = f64::from(count[k]) + if k == from { -taken } else { 0.0 } + if k == to { given } else { 0.0 };
            let left = spare.iter().filter(|spare| spare.kept.left[k]);
            let spared =
                left.map(|spare| (spare.capacity / capacity[k]).floor().min(spare.replicas)).fold(f64::INFINITY, f64::min);
            let dropped = (slack / capacity[k]).floor().min(here).min(replicas - least).min(spared);
            if dropped > 0.0 {
                changes.push((k, -dropped));
                slack -= dropped * capacity[k];
                replicas -= dropped;
                spare.iter_mut().for_each(|spare| spare.add(k, -dropped, capacity[k]));
            }
        }
        !changes.is_empty() && replicas <= self.range.most
    }
}

/// How many of `count` replicas a move takes: one as a rule.
fn taken(count: u32, random: &mut Random) -> f64 {
    (if random.below(3) == 0 { 1 + random.below(count as usize) } else { 1 }) as f64
}
