//! The cluster bootstrap, as a check on the formulas.

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

/// The studentised interval of a cluster bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapInterval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Resamples that had a denominator and a spread.
    pub replicates: usize,
}

/// Resamples the clusters `pairs` with replacement, takes of each resample `t* = (R* − R) ÷ s*`, and with the quantiles of t* the interval
/// from `R − t*₍high₎·s` to `R − t*₍low₎·s`, where s is the standard error of Σx ÷ Σy by the delta method. The same seed gives the same
/// answer.
///
/// What is rare and dear makes cost skew, and percentiles of R* then miss on one side; t* sees the skewness, for where a resample has few
/// of the dear ones both R* and s* are small. It assumes less than the formulas and is a check on them, not the figure. `None` for fewer
/// than two clusters, where they do not differ, or where more than one resample in a hundred has no denominator or no spread.
///
/// Source: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, section 12.5; P. Hall, "Theoretical comparison of bootstrap
/// confidence intervals", Annals of Statistics 16 (1988).
pub fn cluster_bootstrap(pairs: &[(f64, f64)], level: f64, replicates: usize, seed: u64) -> Option<BootstrapInterval> {
    if pairs.len() < 2 || replicates == 0 {
        return None;
    }
    let (x, y) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let ratio = x / y;
    // With residuals x − R·y in place of x, R* − R is a sum of residuals over a sum of y, and nothing cancels.
    let residuals: Vec<(f64, f64)> = pairs.iter().map(|pair| (pair.0 - ratio * pair.1, pair.1)).collect();
    let own = Deviation::of(residuals.iter().copied());
    if !own.standard_error.is_finite() || own.standard_error <= 0.0 {
        return None;
    }
    let mut random = SplitMix64(seed);
    let mut statistics = Vec::with_capacity(replicates);
    for _ in 0..replicates {
        let drawn = Deviation::of((0..pairs.len()).map(|_| residuals[random.below(pairs.len())]));
        let statistic = drawn.ratio / drawn.standard_error;
        if statistic.is_finite() {
            statistics.push(statistic);
        }
    }
    if statistics.len() * 100 < replicates * 99 {
        return None;
    }
    statistics.sort_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    Some(BootstrapInterval {
        low: ratio - percentile(&statistics, 1.0 - tail) * own.standard_error,
        high: ratio - percentile(&statistics, tail) * own.standard_error,
        replicates: statistics.len(),
    })
}

/// A ratio of sums with its standard error by the delta method.
struct Deviation {
    ratio: f64,
    standard_error: f64,
}

impl Deviation {
    /// In one pass: the ratios are near zero, so that the squares do not cancel.
    fn of(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let (mut count, mut x, mut y, mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for pair in pairs {
            count += 1.0;
            x += pair.0;
            y += pair.1;
            xx += pair.0 * pair.0;
            xy += pair.0 * pair.1;
            yy += pair.1 * pair.1;
        }
        let ratio = x / y;
        let residual = (xx - 2.0 * ratio * xy + ratio * ratio * yy).max(0.0);
        Self { ratio, standard_error: (count / (count - 1.0) * residual).sqrt() / y.abs() }
    }
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
