//! Whether a share has changed against a baseline.

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::exact::{count, to_amount};

/// A count of cases among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateCounts {
    /// Cases.
    pub cases: u64,
    /// All.
    pub of: u64,
}

/// A share and its change against a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RateChange)]
pub struct Change {
    /// The share now; none without decisions.
    pub rate: Option<Amount>,
    /// The share in the baseline.
    pub baseline: Option<Amount>,
    /// Now less then.
    pub change: Option<Amount>,
    /// The lower bound of the change's 95 % interval.
    pub low: Option<Amount>,
    /// The upper bound.
    pub high: Option<Amount>,
    /// True where the interval leaves zero out: drift is shown.
    pub shown: bool,
}

/// The change of a share, with Newcombe's interval, which holds for few and for no cases too.
///
/// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven methods",
/// Statistics in Medicine 17 (1998), method 10: the square-and-add of two Wilson intervals. It takes decisions as independent.
pub fn change(now: RateCounts, baseline: RateCounts) -> Change {
    let share = |counts: RateCounts| (counts.of > 0).then(|| count(counts.cases) / count(counts.of));
    let (rate, before) = (share(now), share(baseline));
    let difference = rate.as_ref().zip(before.as_ref()).map(|(now, before)| now - before);
    let bounds = difference.is_some().then(|| newcombe(now, baseline));
    let bound = |value: Option<f64>| value.and_then(crate::cost::rounded);
    Change {
        rate: rate.as_ref().and_then(to_amount),
        baseline: before.as_ref().and_then(to_amount),
        change: difference.as_ref().and_then(to_amount),
        low: bound(bounds.map(|bounds| bounds.0)),
        high: bound(bounds.map(|bounds| bounds.1)),
        shown: bounds.is_some_and(|(low, high)| low > 0.0 || high < 0.0),
    }
}

fn newcombe(now: RateCounts, baseline: RateCounts) -> (f64, f64) {
    let (p1, low1, high1) = wilson(now);
    let (p2, low2, high2) = wilson(baseline);
    let below = ((p1 - low1).powi(2) + (high2 - p2).powi(2)).sqrt();
    let above = ((high1 - p1).powi(2) + (p2 - low2).powi(2)).sqrt();
    (p1 - p2 - below, p1 - p2 + above)
}

/// Wilson's interval (1927) at 95 %.
fn wilson(counts: RateCounts) -> (f64, f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (counts.of as f64, counts.cases as f64 / counts.of as f64);
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (p, centre - half, centre + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newcombes_own_examples() {
        // Table II of the paper, method 10: 56/70 and 48/80; 9/10 and 3/10; 0/10 and 0/10.
        let counts = |cases, of| RateCounts { cases, of };
        let bounds = |a, b| {
            let found = change(a, b);
            (found.low.unwrap().to_fixed(4), found.high.unwrap().to_fixed(4), found.shown)
        };
        assert_eq!(bounds(counts(56, 70), counts(48, 80)), ("0.0524".into(), "0.3339".into(), true));
        assert_eq!(bounds(counts(9, 10), counts(3, 10)), ("0.1705".into(), "0.8090".into(), true));
        assert_eq!(bounds(counts(0, 10), counts(0, 10)), ("-0.2775".into(), "0.2775".into(), false));
        assert_eq!(change(counts(1, 10), counts(0, 0)).change, None);
        assert_eq!(change(counts(1, 4), counts(0, 0)).rate.unwrap().to_string(), "0.25");
    }
}
