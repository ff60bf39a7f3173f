//! The difference of two arms that may be looked at after every decision.
//!
//! A 95 % interval taken again and again as decisions come in misses the truth at some look far more often than in 5 % of
//! experiments, so that whoever looks long enough "shows" a difference that is not there. A *confidence sequence* holds at all looks
//! together.
//!
//! Source: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic
//! confidence sequences", Annals of Statistics 52 (2024), theorem 2.2 (Robbins' normal mixture) and section 3 (differences of means
//! in sequential experiments).
//!
//! **Assumptions.** Clusters (decisions, or days) are independent of each other and the arms' true ratios stay the same while the
//! experiment runs; which arm a decision goes to does not depend on it; variances are finite. The bound is asymptotic: it holds from
//! a first look on that is not too early, hence [`FIRST_LOOK`]. The mixture is tuned for a number of clusters that is chosen before
//! the experiment: it is narrowest there and valid everywhere.

/// Decisions that each arm needs before the first look counts.
pub const FIRST_LOOK: u64 = 200;

/// What one cluster adds to an arm: a sum and a count. A decision that the arm did not make adds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// The sum of what is measured: cost, or errors.
    pub sum: f64,
    /// Decisions.
    pub count: f64,
}

/// The difference of two ratios with an interval that holds at every look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The first arm's ratio less the second's.
    pub difference: f64,
    /// Its standard error at this look.
    pub standard_error: f64,
    /// The lower bound, valid at all looks together.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Clusters so far.
    pub clusters: u64,
}

/// Half the width of the confidence sequence, in standard errors, after `clusters` clusters:
/// `√( 2(tρ² + 1)/(tρ²) · ln( √(tρ² + 1) / α ) )`, with ρ² such that the sequence is narrowest at `tuned_for`.
///
/// Minimising over v = tρ² gives `v = ln(1 + v) + 2 ln(1/α)`, which iteration solves. At `tuned_for` it is about 3.03 for 95 %,
/// where an interval for one look has 1.96.
pub fn sequential_width(clusters: f64, tuned_for: f64, level: f64) -> f64 {
    Mixture::tuned(tuned_for, level).width(clusters)
}

/// The mixture of a sequence: ρ² and α.
#[derive(Clone, Copy, Debug)]
struct Mixture {
    rho_squared: f64,
    alpha: f64,
}

impl Mixture {
    fn tuned(tuned_for: f64, level: f64) -> Self {
        let alpha = 1.0 - level;
        let best = (0..60).fold(8.0_f64, |v, _| (1.0 + v).ln() - 2.0 * alpha.ln());
        Self { rho_squared: best / tuned_for, alpha }
    }

    fn width(self, clusters: f64) -> f64 {
        let v = clusters * self.rho_squared;
        (2.0 * (v + 1.0) / v * ((v + 1.0).sqrt() / self.alpha).ln()).sqrt()
    }
}

/// Running sums of an arm.
#[derive(Clone, Copy, Debug, Default)]
struct Arm {
    sum: f64,
    count: f64,
    sum_squared: f64,
    count_squared: f64,
    product: f64,
}

impl Arm {
    fn add(&mut self, share: Share) {
        self.sum += share.sum;
        self.count += share.count;
        self.sum_squared += share.sum * share.sum;
        self.count_squared += share.count * share.count;
        self.product += share.sum * share.count;
    }

    fn ratio(&self) -> f64 {
        self.sum / self.count
    }

    /// Σ (x − r·n)²: the clusters' distances from what the ratio would give them.
    fn residual(&self) -> f64 {
        let ratio = self.ratio();
        (self.sum_squared - 2.0 * ratio * self.product + ratio * ratio * self.count_squared).max(0.0)
    }
}

/// A comparison of two arms under way.
#[derive(Clone, Debug)]
pub struct SequentialDifference {
    arms: [Arm; 2],
    /// Σ (x₁ − r₁n₁)(x₂ − r₂n₂) in its parts: Σx₁x₂, Σx₁n₂, Σn₁x₂, Σn₁n₂.
    crossed: [f64; 4],
    clusters: u64,
    mixture: Mixture,
}

impl SequentialDifference {
    /// Nothing seen yet; `tuned_for` clusters are expected.
    pub fn new(level: f64, tuned_for: u64) -> Self {
        let mixture = Mixture::tuned(tuned_for.max(1) as f64, level);
        Self { arms: Default::default(), crossed: [0.0; 4], clusters: 0, mixture }
    }

    /// Adds a cluster: what it gave each arm.
    pub fn add(&mut self, first: Share, second: Share) {
        self.clusters += 1;
        self.arms[0].add(first);
        self.arms[1].add(second);
        let products = [first.sum * second.sum, first.sum * second.count, first.count * second.sum, first.count * second.count];
        self.crossed.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
    }

    /// What is known by now; `None` before [`FIRST_LOOK`] decisions in each arm, or where nothing varies.
    ///
    /// The variance is that of the linearised difference, Σ (x₁ − r₁n₁)/N₁ − (x₂ − r₂n₂)/N₂ over clusters: for single decisions it
    /// is s₁²/N₁ + s₂²/N₂; for days it holds what the arms have in common on a day.
    pub fn look(&self) -> Option<Look> {
        let [first, second] = &self.arms;
        if first.count < FIRST_LOOK as f64 || second.count < FIRST_LOOK as f64 {
            return None;
        }
        let (r1, r2) = (first.ratio(), second.ratio());
        let [xx, xn, nx, nn] = self.crossed;
        let common = xx - r2 * xn - r1 * nx + r1 * r2 * nn;
        let clusters = self.clusters as f64;
        let variance = first.residual() / first.count.powi(2) + second.residual() / second.count.powi(2)
            - 2.0 * common / (first.count * second.count);
        // The sample variance's divisor is n − 1.
        let standard_error = (variance.max(0.0) * clusters / (clusters - 1.0)).sqrt();
        let difference = r1 - r2;
        let half = standard_error * self.mixture.width(clusters);
        let is_usable = standard_error > 0.0 && half.is_finite() && difference.is_finite();
        let look = Look { difference, standard_error, low: difference - half, high: difference + half, clusters: self.clusters };
        is_usable.then_some(look)
    }
}

#[cfg(test)]
mod tests {
    use super::super::SplitMix64;
    use super::*;

    #[test]
    fn the_width_is_least_at_what_it_is_tuned_for() {
        // (1 + v)/v · (ln(1 + v) + 2 ln(1/α)) at the v that solves v = ln(1 + v) + 2 ln(1/α) is 1 + v: v = 8.2116 for 5 %.
        let at = sequential_width(1_000.0, 1_000.0, 0.95);
        assert!((at * at - 9.2116).abs() < 1e-3, "{at}");
        // Half the width in units of the mean is width/√t: its minimum over ρ at t, not over t; moving the tuning moves it up.
        for tuned_for in [100.0, 500.0, 2_000.0, 20_000.0] {
            assert!(sequential_width(1_000.0, tuned_for, 0.95) > at, "{tuned_for}");
        }
    }

    #[test]
    fn for_single_decisions_it_is_the_difference_of_means() {
        let mut random = SplitMix64(3);
        let mut sequence = SequentialDifference::new(0.95, 1_000);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..1_000 {
            let x = random.unit() * 10.0;
            let one = Share { sum: x, count: 1.0 };
            if random.unit() < 0.4 {
                a.push(x);
                sequence.add(one, Share::default());
            } else {
                b.push(x);
                sequence.add(Share::default(), one);
            }
        }
        let look = sequence.look().unwrap();
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        let variance = |of: &[f64]| of.iter().map(|x| (x - mean(of)).powi(2)).sum::<f64>() / (of.len() as f64).powi(2);
        assert!((look.difference - (mean(&a) - mean(&b))).abs() < 1e-12);
        let error = ((variance(&a) + variance(&b)) * 1_000.0 / 999.0).sqrt();
        assert!((look.standard_error - error).abs() < 1e-12, "{look:?} {error}");
        assert!((look.high - look.difference - error * sequential_width(1_000.0, 1_000.0, 0.95)).abs() < 1e-12);
    }

    #[test]
    fn what_arms_share_on_a_day_does_not_widen_their_difference() {
        // Both arms cost twice as much on every other day; by day the difference is the same.
        let mut sequence = SequentialDifference::new(0.95, 60);
        for day in 0..60 {
            let (level, noise) = (if day % 2 == 0 { 1.0 } else { 2.0 }, f64::from(day % 5) * 0.01);
            let share = |each: f64| Share { sum: 50.0 * each, count: 50.0 };
            sequence.add(share(level + 0.5 + noise), share(level));
        }
        let look = sequence.look().unwrap();
        assert!((look.difference - 0.52).abs() < 1e-9, "{look:?}");
        assert!(look.standard_error < 0.01, "{look:?}");
    }

    #[test]
    fn too_early_a_look_shows_nothing() {
        let mut sequence = SequentialDifference::new(0.95, 1_000);
        for n in 0..FIRST_LOOK {
            assert_eq!(sequence.look(), None);
            let one = Share { sum: n as f64, count: 1.0 };
            sequence.add(one, Share { sum: (n % 7) as f64, count: 1.0 });
        }
        assert!(sequence.look().is_some());
    }
}
