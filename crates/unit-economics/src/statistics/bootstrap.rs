//! The cluster bootstrap, as a check on the formulas.

use super::{normal_probability, student_t_quantile};

/// A small generator whose numbers are fixed for good, so that a seed gives the same report on every version.
///
/// Source: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
#[derive(Clone, Copy, Debug)]
pub struct SplitMix64(pub u64);

impl SplitMix64 {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` − 1; the bias is below `bound` × 2⁻⁶⁴.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number from 0 to below 1, in steps of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The expanded percentile interval of a cluster bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapInterval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Resamples that had a denominator.
    pub replicates: usize,
}

/// Resamples the clusters `pairs` with replacement and takes the percentiles of Σx ÷ Σy. The same seed gives the same answer.
///
/// The percentiles are expanded: resamples of n clusters vary by √((n − 1)/n) less than samples do and know no t distribution, so the
/// tails are taken at Φ(−√(n/(n − 1))·t). It assumes less than the formulas and is a check on them, not the figure. `None` for fewer
/// than two clusters, or where more than one resample in a hundred has no denominator.
///
/// Source: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; T. C. Hesterberg, "What teachers should
/// know about the bootstrap", The American Statistician 69 (2015), section 5.3.2, for the expanded percentiles.
pub fn cluster_bootstrap(pairs: &[(f64, f64)], level: f64, replicates: usize, seed: u64) -> Option<BootstrapInterval> {
    if pairs.len() < 2 || replicates == 0 {
        return None;
    }
    let mut random = SplitMix64(seed);
    let mut ratios = Vec::with_capacity(replicates);
    for _ in 0..replicates {
        let (mut x, mut y) = (0.0, 0.0);
        for _ in 0..pairs.len() {
            let drawn = pairs[random.below(pairs.len())];
            x += drawn.0;
            y += drawn.1;
        }
        if y != 0.0 {
            ratios.push(x / y);
        }
    }
    if ratios.len() * 100 < replicates * 99 {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    let clusters = pairs.len() as f64;
    let t = student_t_quantile(0.5 + level / 2.0, clusters - 1.0)?;
    let tail = normal_probability(-(clusters / (clusters - 1.0)).sqrt() * t);
    Some(BootstrapInterval { low: percentile(&ratios, tail), high: percentile(&ratios, 1.0 - tail), replicates: ratios.len() })
}

/// Linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996).
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (place - place.floor())
}

#[cfg(test)]
mod tests {
    use super::super::{PairMoments, delta_interval};
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The reference implementation's first numbers for the seed 1234567.
        let mut random = SplitMix64(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn it_agrees_with_the_delta_method_on_many_clusters() {
        let mut random = SplitMix64(7);
        let pairs: Vec<(f64, f64)> = (0..400).map(|_| (20.0 + 10.0 * random.unit(), 8.0 + 4.0 * random.unit())).collect();
        let delta = delta_interval(&PairMoments::of(&pairs).unwrap(), 0.95).unwrap();
        let check = cluster_bootstrap(&pairs, 0.95, 4_000, 1).unwrap();
        let width = delta.high - delta.low;
        assert!(
            (check.low - delta.low).abs() < 0.05 * width && (check.high - delta.high).abs() < 0.05 * width,
            "{delta:?} {check:?}"
        );
        assert_eq!(cluster_bootstrap(&pairs, 0.95, 4_000, 1), Some(check));
        assert_ne!(cluster_bootstrap(&pairs, 0.95, 4_000, 2), Some(check));
    }

    #[test]
    fn without_a_denominator_there_is_nothing_to_check() {
        assert_eq!(cluster_bootstrap(&[(1.0, 0.0), (2.0, 0.0)], 0.95, 100, 1), None);
        assert_eq!(cluster_bootstrap(&[(1.0, 1.0)], 0.95, 100, 1), None);
    }
}
