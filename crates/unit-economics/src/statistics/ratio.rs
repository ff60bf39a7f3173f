//! The ratio of two sums: delta method and Fieller's theorem.

use super::student_t_quantile;

/// An interval for a ratio, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioInterval {
    /// The ratio of the sums.
    pub ratio: f64,
    /// Its standard error by the delta method.
    pub standard_error: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Degrees of freedom of the t distribution used.
    pub degrees: f64,
}

/// Moments of pairs (x, y): what the interval of Σx ÷ Σy needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairMoments {
    /// How many pairs.
    pub count: f64,
    /// Mean of x.
    pub mean_x: f64,
    /// Mean of y.
    pub mean_y: f64,
    /// Sample variance of x (divisor n − 1).
    pub variance_x: f64,
    /// Sample variance of y.
    pub variance_y: f64,
    /// Sample covariance.
    pub covariance: f64,
}

impl PairMoments {
    /// From the pairs themselves, in two passes, so that nothing cancels. `None` for fewer than two.
    pub fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        if pairs.len() < 2 {
            return None;
        }
        let count = pairs.len() as f64;
        let mean_x = pairs.iter().map(|p| p.0).sum::<f64>() / count;
        let mean_y = pairs.iter().map(|p| p.1).sum::<f64>() / count;
        let moment =
            |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0 - mean_x, p.1 - mean_y)).sum::<f64>() / (count - 1.0);
        let (variance_x, variance_y) = (moment(&|x, _| x * x), moment(&|_, y| y * y));
        Some(Self { count, mean_x, mean_y, variance_x, variance_y, covariance: moment(&|x, y| x * y) })
    }
}

/// The delta-method interval of Σx ÷ Σy at `level` (0.95), with Student's t at n − 1 degrees of freedom.
///
/// `Var(R) ≈ (s²ₓ − 2R·sₓᵧ + R²·s²ᵧ) ÷ (n·ȳ²)`: the linearisation of the ratio estimator (Cochran, Sampling Techniques, 3rd ed.,
/// 1977, section 6.4). `None` where ȳ is zero or a moment is not finite.
pub fn delta_interval(moments: &PairMoments, level: f64) -> Option<RatioInterval> {
    let ratio = moments.mean_x / moments.mean_y;
    let residual = moments.variance_x - 2.0 * ratio * moments.covariance + ratio * ratio * moments.variance_y;
    // Rounding may leave a residual variance of zero slightly below it.
    let standard_error = (residual.max(0.0) / moments.count).sqrt() / moments.mean_y.abs();
    let degrees = moments.count - 1.0;
    let half = student_t_quantile(0.5 + level / 2.0, degrees)? * standard_error;
    let interval = RatioInterval { ratio, standard_error, low: ratio - half, high: ratio + half, degrees };
    (ratio.is_finite() && half.is_finite()).then_some(interval)
}

/// Fieller's interval of Σx ÷ Σy at `level`: every ratio θ that a t test of `x̄ − θȳ = 0` does not reject.
///
/// It needs no linearisation, so it stays right where the denominator is noisy, and it need not be symmetric. `None` where ȳ
/// cannot be told from zero at the level: the set of ratios is then unbounded.
///
/// Source: E. C. Fieller, "Some problems in interval estimation", Journal of the Royal Statistical Society B 16 (1954).
pub fn fieller_interval(moments: &PairMoments, level: f64) -> Option<RatioInterval> {
    let delta = delta_interval(moments, level)?;
    let t2 = student_t_quantile(0.5 + level / 2.0, delta.degrees)?.powi(2) / moments.count;
    let a = moments.mean_y.powi(2) - t2 * moments.variance_y;
    let b = moments.mean_x * moments.mean_y - t2 * moments.covariance;
    let c = moments.mean_x.powi(2) - t2 * moments.variance_x;
    if a <= 0.0 {
        return None;
    }
    // The discriminant is zero where there is no noise; rounding may leave it slightly below.
    let root = (b * b - a * c).max(0.0).sqrt();
    Some(RatioInterval { low: (b - root) / a, high: (b + root) / a, ..delta })
}

/// How noisy the denominator is: `g = t²·s²ᵧ ÷ (n·ȳ²)`. Below 0.05 the delta method and Fieller's interval agree closely (D. J.
/// Finney, Statistical Method in Biological Assay); at 1 and above Fieller's is unbounded.
pub fn denominator_noise(moments: &PairMoments, level: f64) -> Option<f64> {
    let t = student_t_quantile(0.5 + level / 2.0, moments.count - 1.0)?;
    Some(t * t * moments.variance_y / (moments.count * moments.mean_y * moments.mean_y))
}

/// From this denominator noise on Fieller's interval is given; below it the delta method's, which hardly differs.
const NOISY: f64 = 0.05;

/// The interval of Σx ÷ Σy that reports give, with the name of its method: the delta method's, and Fieller's where the denominator is noisy.
pub fn ratio_interval(moments: &PairMoments, level: f64) -> Option<(RatioInterval, &'static str)> {
    match denominator_noise(moments, level)? >= NOISY {
        true => Some((fieller_interval(moments, level)?, "Fieller's interval")),
        false => Some((delta_interval(moments, level)?, "delta method with covariance")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_without_noise_has_no_width() {
        let pairs: Vec<(f64, f64)> = (1..20).map(|y| (f64::from(y) * 2.5, f64::from(y))).collect();
        let interval = delta_interval(&PairMoments::of(&pairs).unwrap(), 0.95).unwrap();
        assert!((interval.ratio - 2.5).abs() < 1e-12 && interval.standard_error < 1e-7, "{interval:?}");
    }

    #[test]
    fn with_a_constant_denominator_it_is_the_interval_of_the_mean() {
        // Mean 3, variance 2.5, n 5: 3 ± 2.776445 · √(2.5/5).
        let pairs = [(1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (4.0, 1.0), (5.0, 1.0)];
        let interval = delta_interval(&PairMoments::of(&pairs).unwrap(), 0.95).unwrap();
        assert!((interval.high - 3.0 - 2.776_445_105 * 0.5_f64.sqrt()).abs() < 1e-8);
        assert_eq!(PairMoments::of(&pairs[..1]), None);
    }

    #[test]
    fn fiellers_bounds_are_the_roots_of_his_equation() {
        let pairs = [(3.0, 1.0), (9.0, 4.0), (4.0, 2.0), (11.0, 6.0), (7.0, 3.0), (15.0, 5.0)];
        let moments = PairMoments::of(&pairs).unwrap();
        let interval = fieller_interval(&moments, 0.95).unwrap();
        let t = student_t_quantile(0.975, 5.0).unwrap();
        for bound in [interval.low, interval.high] {
            // The t statistic of x − θy at each bound is exactly the quantile.
            let rest = PairMoments::of(&pairs.map(|(x, y)| (x - bound * y, 1.0))).unwrap();
            let statistic = rest.mean_x.abs() / (rest.variance_x / rest.count).sqrt();
            assert!((statistic - t).abs() < 1e-9, "{statistic} {t}");
        }
        assert!(interval.low < interval.ratio && interval.ratio < interval.high);
        assert!(denominator_noise(&moments, 0.95).unwrap() > 0.05);
    }

    #[test]
    fn a_denominator_that_may_be_zero_has_no_bounds() {
        let moments = PairMoments::of(&[(1.0, -3.0), (2.0, 4.0), (1.5, 0.5)]).unwrap();
        assert_eq!(fieller_interval(&moments, 0.95), None);
        assert!(denominator_noise(&moments, 0.95).unwrap() >= 1.0);
    }

    #[test]
    fn with_a_constant_denominator_the_two_methods_agree() {
        let moments = PairMoments::of(&[(1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (4.0, 2.0)]).unwrap();
        let (delta, fieller) = (delta_interval(&moments, 0.95).unwrap(), fieller_interval(&moments, 0.95).unwrap());
        assert!((delta.low - fieller.low).abs() < 1e-12 && (delta.high - fieller.high).abs() < 1e-12);
    }
}
