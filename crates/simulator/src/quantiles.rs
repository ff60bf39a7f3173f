//! Quantiles of many values in little memory: exact for few, of a histogram with a stated error for many.

use serde::Serialize;
use utoipa::ToSchema;

/// Up to so many values of an hour are kept as they are.
pub const EXACT_VALUES: usize = 1_024;
/// Bits of the mantissa that tell the classes of the histogram apart.
const BITS: u32 = 6;
/// Half the width of a class relative to its values: what a quantile of the histogram may be off by.
pub const RELATIVE_ERROR: f64 = 1.0 / (1 << (BITS + 1)) as f64;
/// Values below 2⁻¹⁰ share the first class, values above 2³⁰ the last: a microsecond and twelve days, in milliseconds.
const LOWEST: u64 = ((1023 - 10) as u64) << BITS;
const CLASSES: usize = 40 << BITS;

/// Values of one kind, as they come.
///
/// The first [`EXACT_VALUES`] are kept; beyond, values are counted in classes that are [`RELATIVE_ERROR`] wide to either side of
/// their middle, as an HDR histogram does. Sum, count and maximum are exact in either case.
#[derive(Clone, Debug, Default)]
pub struct Values {
    exact: Vec<f64>,
    classes: Vec<u32>,
    count: u64,
    sum: f64,
    max: f64,
}

/// What is told of many values, in their unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = LatencySummary)]
pub struct Summary {
    /// Mean, exact.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// Nine tenths are no larger.
    pub p90: f64,
    /// 95 % are no larger.
    pub p95: f64,
    /// 99 % are no larger.
    pub p99: f64,
    /// The largest, exact.
    pub max: f64,
    /// By how much of itself a quantile may be off: 0 where they are exact.
    pub relative_error: f64,
}

fn class(value: f64) -> usize {
    let index = (value.to_bits() >> (52 - BITS)).saturating_sub(LOWEST) as usize;
    index.min(CLASSES - 1)
}

/// The middle of a class.
fn middle(class: usize) -> f64 {
    let bound = |at: u64| f64::from_bits((at + LOWEST) << (52 - BITS));
    0.5 * (bound(class as u64) + bound(class as u64 + 1))
}

impl Values {
    /// Adds one, at least 0.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.max = self.max.max(value);
        if self.classes.is_empty() {
            if self.exact.len() < EXACT_VALUES {
                self.exact.push(value);
                return;
            }
            self.count_in_classes();
        }
        self.classes[class(value)] += 1;
    }

    fn count_in_classes(&mut self) {
        if self.classes.is_empty() {
            self.classes = vec![0; CLASSES];
            self.exact.drain(..).for_each(|value| self.classes[class(value)] += 1);
            self.exact.shrink_to_fit();
        }
    }

    /// Adds those of `other`. Exact values stay so while there are at most 50 times [`EXACT_VALUES`].
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        let is_exact = self.classes.is_empty() && other.classes.is_empty();
        if is_exact && self.exact.len() + other.exact.len() <= 50 * EXACT_VALUES {
            self.exact.extend_from_slice(&other.exact);
            return;
        }
        self.count_in_classes();
        other.exact.iter().for_each(|value| self.classes[class(*value)] += 1);
        self.classes.iter_mut().zip(&other.classes).for_each(|(mine, more)| *mine += more);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean, `None` of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Mean, quantiles and maximum, `None` of none.
    pub fn summary(&self) -> Option<Summary> {
        let mean = self.mean()?;
        let mut sorted = self.exact.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |quantile: f64| self.quantile(&sorted, quantile);
        let relative_error = if self.classes.is_empty() { 0.0 } else { RELATIVE_ERROR };
        let (p50, p90, p95, p99) = (at(0.5), at(0.9), at(0.95), at(0.99));
        Some(Summary { mean, p50, p90, p95, p99, max: self.max, relative_error })
    }

    /// The smallest value that at least a share `quantile` of all are no larger than.
    fn quantile(&self, sorted: &[f64], quantile: f64) -> f64 {
        let rank = ((quantile * self.count as f64).ceil() as u64).clamp(1, self.count);
        if self.classes.is_empty() {
            return sorted[rank as usize - 1];
        }
        let mut seen = 0;
        let found = self.classes.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        found.map_or(self.max, middle).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Values {
        let mut all = Values::default();
        values.iter().for_each(|v| all.add(*v));
        all
    }

    proptest! {
        #[test]
        fn quantiles_of_many_values_are_within_the_stated_error(
            values in prop::collection::vec(1e-2..1e6_f64, 1..4000), cut in 0_usize..4000,
        ) {
            let cut = cut.min(values.len());
            let mut merged = of(&values[..cut]);
            merged.merge(&of(&values[cut..]));
            let (whole, merged) = (of(&values).summary().unwrap(), merged.summary().unwrap());
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            for (quantile, found) in [(0.5, whole.p50), (0.9, whole.p90), (0.95, whole.p95), (0.99, whole.p99), (0.99, merged.p99)] {
                let rank = (quantile * values.len() as f64).ceil() as usize;
                let known = sorted[rank.max(1) - 1];
                prop_assert!((found / known - 1.0).abs() <= RELATIVE_ERROR * (1.0 + 1e-9), "{found} is not {known}");
            }
            prop_assert_eq!(whole.max, *sorted.last().unwrap());
            prop_assert_eq!(whole.relative_error == 0.0, values.len() <= EXACT_VALUES);
        }
    }

    #[test]
    fn the_ends_of_the_range_have_a_place() {
        let mut all = of(&[0.0, 1e-300, 1e300]);
        all.merge(&of(&vec![1.0; EXACT_VALUES + 1]));
        assert_eq!((all.count(), all.summary().unwrap().max), (EXACT_VALUES as u64 + 4, 1e300));
        assert_eq!(Values::default().summary(), None);
    }
}
