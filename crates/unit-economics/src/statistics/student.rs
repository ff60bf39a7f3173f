//! Quantiles of Student's t distribution.

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
    while high - low > 1e-14 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
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
}
