//! What was measured of an hour beside its counts: figures that do not add up.

use farthing_types::Quantity;
use serde::{Deserialize, Serialize};

/// How long callers waited, and how busy what served them was, as the source itself worked it out.
///
/// Percentiles of parts do not give that of the whole. Of several parts the largest is kept: the percentile of the whole is never above it,
/// so that a latency promise that holds for it holds. The same goes for utilisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Seconds within which half of the requests were answered.
    pub latency_p50_seconds: Option<Quantity>,
    /// Seconds within which nine of ten were.
    pub latency_p90_seconds: Option<Quantity>,
    /// Seconds within which 99 of 100 were.
    pub latency_p99_seconds: Option<Quantity>,
    /// The mean share of its capacity that was busy, as the source defines it; beyond 1 where it adds up several devices.
    pub utilisation: Option<Quantity>,
}

impl Measured {
    /// The larger of each, whichever of the two knows it.
    pub fn larger(&self, other: &Self) -> Self {
        // What is unknown is smaller than anything that is known.
        Self {
            latency_p50_seconds: self.latency_p50_seconds.max(other.latency_p50_seconds),
            latency_p90_seconds: self.latency_p90_seconds.max(other.latency_p90_seconds),
            latency_p99_seconds: self.latency_p99_seconds.max(other.latency_p99_seconds),
            utilisation: self.utilisation.max(other.utilisation),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The nearest-rank percentile, as CloudWatch and most others have it.
    fn percentile(values: &[i64], percent: usize) -> Quantity {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        Quantity::from_int(sorted[(percent * sorted.len()).div_ceil(100).max(1) - 1])
    }

    fn measured(values: &[i64]) -> Measured {
        let of = |percent| Some(percentile(values, percent));
        Measured { latency_p50_seconds: of(50), latency_p90_seconds: of(90), latency_p99_seconds: of(99), utilisation: None }
    }

    proptest! {
        #[test]
        fn the_percentile_of_the_whole_is_never_above_the_largest_of_its_parts(
            parts in prop::collection::vec(prop::collection::vec(0_i64..1_000, 1..40), 1..6),
        ) {
            let all: Vec<i64> = parts.concat();
            let (whole, bound) = (measured(&all), parts.iter().fold(Measured::default(), |sum, part| sum.larger(&measured(part))));
            prop_assert_eq!(bound.larger(&whole), bound);
        }
    }

    #[test]
    fn what_one_part_knows_is_known_of_both() {
        let known = Measured { utilisation: Some(Quantity::from_int(1)), ..Measured::default() };
        assert_eq!((known.larger(&Measured::default()), Measured::default().larger(&known)), (known, known));
    }
}
