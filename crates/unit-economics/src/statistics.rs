//! The statistics of a ratio of sums. Floating point is used here and nowhere else.

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

/// The quantile of Student's t distribution: the t with `P(T ≤ t) = probability`. `None` outside 0 < probability < 1 or for
/// degrees not above 0.
pub fn student_t_quantile(probability: f64, degrees: f64) -> Option<f64> {
    let fits = probability > 0.0 && probability < 1.0 && degrees > 0.0 && degrees.is_finite();
    if !fits {
        return None;
    }
    if probability < 0.5 {
        return student_t_quantile(1.0 - probability, degrees).map(|t| -t);
    }
    // The upper tail is half the incomplete beta function at d/(d+t²), which falls as t grows: bisect.
    let tail = 1.0 - probability;
    let upper_tail = |t: f64| 0.5 * incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t));
    let (mut low, mut high) = (0.0, 1.0);
    while upper_tail(high) > tail {
        high *= 2.0;
        if high > 1e12 {
            return None;
        }
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if upper_tail(middle) > tail { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}

/// The regularised incomplete beta function Iₓ(a, b), by its continued fraction (Lentz's method; Numerical Recipes, 3rd ed.,
/// section 6.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    // Convergence takes about √max(a, b) steps.
    for step in 1..100_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

/// ln Γ(x) for x > 0 (Lanczos, g = 7, n = 9; relative error below 1e-14).
fn log_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let t = x + 7.5;
    let series: f64 = COEFFICIENTS.iter().enumerate().skip(1).map(|(i, c)| c / (x + i as f64)).sum();
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + (COEFFICIENTS[0] + series).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let table = [
            (0.975, 1.0, 12.706_204_736),
            (0.975, 2.0, 4.302_652_730),
            (0.975, 9.0, 2.262_157_163),
            (0.975, 29.0, 2.045_229_642),
            (0.95, 5.0, 2.015_048_373),
            (0.995, 10.0, 3.169_272_673),
            (0.975, 1e6, 1.959_966_4),
        ];
        for (probability, degrees, expected) in table {
            let found = student_t_quantile(probability, degrees).unwrap();
            assert!((found - expected).abs() < 2e-6, "{degrees}: {found}");
            assert!((student_t_quantile(1.0 - probability, degrees).unwrap() + found).abs() < 1e-9);
        }
        assert_eq!(student_t_quantile(0.975, 0.0), None);
    }

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
}
