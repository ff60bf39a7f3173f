use serde::Serialize;
use utoipa::ToSchema;

/// The sums that mean and variance follow from, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// How many.
    pub count: u64,
    /// Σ x, in milliseconds.
    pub sum: i128,
    /// Σ x², in square milliseconds.
    pub squares: i128,
}

/// Durations of one kind, in milliseconds. Quantiles are exact, between two values in proportion (as most statistics programs do:
/// Hyndman and Fan's type 7), and rounded half to even at the millisecond, as is the mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Durations {
    /// How many.
    pub count: u64,
    /// All of them together.
    pub total_ms: i64,
    /// Their mean.
    pub mean_ms: i64,
    /// The shortest.
    pub minimum_ms: i64,
    /// The first quartile.
    pub quartile_1_ms: i64,
    /// The median.
    pub median_ms: i64,
    /// The third quartile.
    pub quartile_3_ms: i64,
    /// What nine in ten do not exceed.
    pub percentile_90_ms: i64,
    /// What 95 in a hundred do not exceed.
    pub percentile_95_ms: i64,
    /// The longest.
    pub maximum_ms: i64,
    /// For intervals.
    #[serde(skip)]
    #[schema(ignore)]
    pub moments: Moments,
}

impl Durations {
    /// The statistics of some durations; `None` of none.
    pub fn of(mut values: Vec<i64>) -> Option<Self> {
        values.sort_unstable();
        let (minimum, maximum) = (*values.first()?, *values.last()?);
        let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
        let squares = values.iter().map(|value| i128::from(*value) * i128::from(*value)).sum();
        let count = values.len() as u64;
        let at = |percent: u64| quantile(&values, percent);
        Some(Self {
            count,
            // Milliseconds of 300 million years; a sum beyond is no duration of a log's cases.
            total_ms: i64::try_from(sum).unwrap_or(i64::MAX),
            mean_ms: i64::try_from(divided(sum, i128::from(count))).unwrap_or(i64::MAX),
            minimum_ms: minimum,
            quartile_1_ms: at(25),
            median_ms: at(50),
            quartile_3_ms: at(75),
            percentile_90_ms: at(90),
            percentile_95_ms: at(95),
            maximum_ms: maximum,
            moments: Moments { count, sum, squares },
        })
    }
}

/// The quantile of values in order: with h = (n − 1)·p, x[⌊h⌋] + (h − ⌊h⌋)·(x[⌊h⌋+1] − x[⌊h⌋]).
fn quantile(values: &[i64], percent: u64) -> i64 {
    let h = (values.len() as u64 - 1) * percent;
    let place = usize::try_from(h / 100).unwrap_or(usize::MAX).min(values.len() - 1);
    let (low, high) = (i128::from(values[place]), i128::from(values[(place + 1).min(values.len() - 1)]));
    let scaled = low * 100 + (high - low) * i128::from(h % 100);
    i64::try_from(divided(scaled, 100)).unwrap_or(i64::MAX)
}

/// Half to even.
fn divided(numerator: i128, denominator: i128) -> i128 {
    let (floor, remainder) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    match (remainder * 2).cmp(&denominator) {
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal if floor % 2 != 0 => floor + 1,
        _ => floor,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_by_hand() {
        let durations = Durations::of(vec![40, 10, 30, 20]).unwrap();
        assert_eq!((durations.count, durations.total_ms, durations.mean_ms), (4, 100, 25));
        // numpy.percentile([10, 20, 30, 40], [25, 50, 75, 90, 95]) = 17.5, 25, 32.5, 37, 38.5
        let seen = [
            durations.quartile_1_ms,
            durations.median_ms,
            durations.quartile_3_ms,
            durations.percentile_90_ms,
            durations.percentile_95_ms,
        ];
        assert_eq!(seen, [18, 25, 32, 37, 38]);
        assert_eq!(durations.moments.squares, 100 + 400 + 900 + 1600);
        assert_eq!(Durations::of(Vec::new()), None);
    }

    proptest! {
        #[test]
        fn quantiles_are_in_order_and_within(values in prop::collection::vec(0_i64..10_000_000_000, 1..200)) {
            let d = Durations::of(values.clone()).unwrap();
            let order = [d.minimum_ms, d.quartile_1_ms, d.median_ms, d.quartile_3_ms, d.percentile_90_ms, d.percentile_95_ms, d.maximum_ms];
            prop_assert!(order.is_sorted());
            prop_assert!(d.mean_ms >= d.minimum_ms && d.mean_ms <= d.maximum_ms);
            prop_assert_eq!(d.total_ms, values.iter().sum::<i64>());
        }
    }
}
