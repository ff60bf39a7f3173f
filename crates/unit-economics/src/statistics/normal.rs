//! The normal distribution.

/// The probability that a standard normal variable is at most `x`, to 15 digits.
///
/// By the series `½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …)` (G. Marsaglia, "Evaluating the normal distribution", Journal of Statistical
/// Software 11, 2004), whose terms are all of one sign. Beyond ±8 it is 0 or 1 to 15 digits.
pub fn normal_probability(x: f64) -> f64 {
    if x.abs() > 8.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs().max(1e-300) {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_quantiles() {
        for (x, probability) in
            [(0.0, 0.5), (1.0, 0.841_344_746_068_543), (1.959_963_984_540_054, 0.975), (-3.0, 0.001_349_898_031_630)]
        {
            assert!((normal_probability(x) - probability).abs() < 1e-14, "{x}");
        }
        assert_eq!((normal_probability(9.0), normal_probability(-9.0)), (1.0, 0.0));
    }
}
