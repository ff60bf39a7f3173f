//! The difference of two independent estimates.

use super::student_t_quantile;

/// A difference with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The first less the second.
    pub difference: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Degrees of freedom.
    pub degrees: f64,
}

/// `a − b` for independent estimates, each given as (estimate, standard error, degrees of freedom); one that is known has the
/// standard error 0. The degrees are Welch and Satterthwaite's (B. L. Welch, Biometrika 34, 1947).
///
/// Estimates from the same days usually rise and fall together; taking them as independent makes the interval too long, not too
/// short. `None` where both standard errors are zero and nothing is left to chance.
pub fn welch_difference(a: (f64, f64, f64), b: (f64, f64, f64), level: f64) -> Option<Difference> {
    let (variance_a, variance_b) = (a.1 * a.1, b.1 * b.1);
    let variance = variance_a + variance_b;
    let term = |variance: f64, degrees: f64| if variance > 0.0 { variance * variance / degrees } else { 0.0 };
    let degrees = variance * variance / (term(variance_a, a.2) + term(variance_b, b.2));
    let half = student_t_quantile(0.5 + level / 2.0, degrees)? * variance.sqrt();
    let difference = a.0 - b.0;
    Some(Difference { difference, low: difference - half, high: difference + half, degrees })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welchs_degrees_lie_between_the_smaller_and_the_sum() {
        // Two samples of 15 with equal errors: 28 degrees.
        let equal = welch_difference((10.0, 1.0, 14.0), (7.0, 1.0, 14.0), 0.95).unwrap();
        assert!((equal.degrees - 28.0).abs() < 1e-9);
        assert!((equal.low - (3.0 - 2.048_407 * 2.0_f64.sqrt())).abs() < 1e-5);
        // A known second side leaves the first one's.
        let known = welch_difference((10.0, 1.0, 14.0), (7.0, 0.0, 0.0), 0.95).unwrap();
        assert!((known.degrees - 14.0).abs() < 1e-9);
        assert_eq!(welch_difference((1.0, 0.0, 5.0), (2.0, 0.0, 5.0), 0.95), None);
    }
}
