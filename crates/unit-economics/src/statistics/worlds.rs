//! Seeded worlds of decisions whose truth is known, to measure how often intervals hold it.
//!
//! `cargo run --release -p farthing-unit-economics --example coverage` prints the table of this crate's README from them.

use super::sequential::Share;
use super::{PairMoments, SequentialDifference, SplitMix64, cluster_bootstrap, delta_interval, ratio_interval, welch_difference};

/// A workflow's days: volume, how it varies from day to day, how a decision's cost does.
#[derive(Clone, Copy, Debug)]
pub struct World {
    /// Days with decisions.
    pub days: usize,
    /// Mean decisions in a day.
    pub volume: f64,
    /// Coefficient of variation of the daily volume.
    pub volume_varies: f64,
    /// Standard deviation of the day's own effect on cost, as a share of it.
    pub day_effect: f64,
}

/// A month of a workflow with a steady volume.
pub const MONTH: World = World { days: 30, volume: 60.0, volume_varies: 0.2, day_effect: 0.2 };
/// A quarter of one.
pub const QUARTER: World = World { days: 90, volume: 60.0, volume_varies: 0.3, day_effect: 0.3 };
/// Twelve days whose volume swings: a noisy denominator.
pub const NOISY_FORTNIGHT: World = World { days: 12, volume: 40.0, volume_varies: 0.5, day_effect: 0.2 };

/// A decision's cost: 0.02 of inference; one in eight is escalated at 2 to 12 of handling; one in fifty is wrong at 40.
const INFERENCE: f64 = 0.02;
const ESCALATED: f64 = 0.125;
const WRONG: f64 = 0.02;
const ERROR_COST: f64 = 40.0;
/// The true cost per decision of every world.
pub const TRUE_COST: f64 = INFERENCE + ESCALATED * 7.0 + WRONG * ERROR_COST;

impl World {
    /// Pairs of (cost, decisions) by day. The day's effect has mean 1 and does not depend on its volume, so the true ratio is
    /// [`TRUE_COST`].
    pub fn days(&self, random: &mut SplitMix64) -> Vec<(f64, f64)> {
        (0..self.days)
            .map(|_| {
                let decisions = (self.volume * factor(random, self.volume_varies)).round().max(1.0);
                let effect = factor(random, self.day_effect);
                let cost: f64 = (0..decisions as usize).map(|_| decision(random)).sum();
                (cost * effect, decisions)
            })
            .collect()
    }
}

/// A uniform variable on 1 ± √3·cv: mean 1 and that coefficient of variation.
pub fn factor(random: &mut SplitMix64, varies: f64) -> f64 {
    1.0 + 3.0_f64.sqrt() * varies * (2.0 * random.unit() - 1.0)
}

/// The cost of one decision.
pub fn decision(random: &mut SplitMix64) -> f64 {
    let mut cost = INFERENCE;
    if random.unit() < ESCALATED {
        cost += 2.0 + 10.0 * random.unit();
    }
    if random.unit() < WRONG {
        cost += ERROR_COST;
    }
    cost
}

/// A way to an interval of a cost per decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The interval that reports give: the delta method's, or Fieller's where the denominator is noisy.
    Given,
    /// The cluster bootstrap, with 1,000 resamples.
    Bootstrap,
}

/// The share of `count` seeded worlds in which the 95 % interval holds the truth.
pub fn coverage(world: World, method: Method, count: u64, seed: u64) -> f64 {
    let mut random = SplitMix64(seed);
    let covers = |random: &mut SplitMix64| {
        let pairs = world.days(random);
        let bounds = match method {
            Method::Bootstrap => cluster_bootstrap(&pairs, 0.95, 1_000, random.next_u64()).map(|found| (found.low, found.high)),
            Method::Given => ratio_interval(&PairMoments::of(&pairs)?, 0.95).map(|(found, _)| (found.low, found.high)),
        };
        bounds.map(|(low, high)| low <= TRUE_COST && TRUE_COST <= high)
    };
    let covered = (0..count).filter(|_| covers(&mut random) == Some(true)).count();
    covered as f64 / count as f64
}

/// The share of worlds in which the interval of the difference of two arms holds the truth, which is none: both are drawn alike,
/// the second with a third of the volume.
pub fn coverage_of_difference(world: World, count: u64, seed: u64) -> f64 {
    let mut random = SplitMix64(seed);
    let smaller = World { volume: world.volume / 3.0, ..world };
    let covers = |random: &mut SplitMix64| {
        let side = |pairs: &[(f64, f64)]| {
            let found = delta_interval(&PairMoments::of(pairs)?, 0.95)?;
            Some((found.ratio, found.standard_error, found.degrees))
        };
        let (a, b) = (side(&world.days(random))?, side(&smaller.days(random))?);
        let found = welch_difference(a, b, 0.95)?;
        Some(found.low <= 0.0 && 0.0 <= found.high)
    };
    let covered = (0..count).filter(|_| covers(&mut random) == Some(true)).count();
    covered as f64 / count as f64
}

/// An experiment that is looked at after every decision (or day) to its end.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// Decisions of both arms together.
    pub decisions: usize,
    /// The share that goes to the first arm.
    pub split: f64,
    /// Decisions in a day, where days are the clusters; decisions are, with 1.
    pub in_a_day: usize,
    /// Standard deviation of the day's own effect on cost.
    pub day_effect: f64,
    /// The number of clusters that the sequence is tuned for.
    pub tuned_for: u64,
}

/// What became of experiments without a true difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peeked {
    /// The share in which the confidence sequence held the truth at every look.
    pub sequence: f64,
    /// The share in which an ordinary 95 % interval did, taken at every look: what peeking costs.
    pub ordinary: f64,
}

/// The share of `count` seeded experiments in which no look misses the truth.
pub fn coverage_under_peeking(experiment: Experiment, count: u64, seed: u64) -> Peeked {
    let mut random = SplitMix64(seed);
    let (mut sequence, mut ordinary) = (0_u64, 0_u64);
    for _ in 0..count {
        let held = peek(experiment, &mut random);
        sequence += u64::from(held.0);
        ordinary += u64::from(held.1);
    }
    Peeked { sequence: sequence as f64 / count as f64, ordinary: ordinary as f64 / count as f64 }
}

/// Whether the sequence, and whether an ordinary interval, holds zero at every look.
fn peek(experiment: Experiment, random: &mut SplitMix64) -> (bool, bool) {
    let mut running = SequentialDifference::new(0.95, experiment.tuned_for);
    let mut held = (true, true);
    for _ in 0..experiment.decisions / experiment.in_a_day {
        let effect = factor(random, experiment.day_effect);
        let mut shares = [Share::default(); 2];
        for _ in 0..experiment.in_a_day {
            let arm = usize::from(random.unit() >= experiment.split);
            shares[arm].sum += decision(random) * effect;
            shares[arm].count += 1.0;
        }
        running.add(shares[0], shares[1]);
        let Some(look) = running.look() else { continue };
        held.0 &= look.low <= 0.0 && 0.0 <= look.high;
        held.1 &= look.difference.abs() <= 1.959_964 * look.standard_error;
    }
    held
}
