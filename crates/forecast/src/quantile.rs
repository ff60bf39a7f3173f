/// The `q`-quantile of `values` by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the default
/// of R, NumPy and Excel): the value at position q·(n − 1) of the sorted list. `None` for an empty list.
///
/// `q` is held to 0 … 1. Values must not be NaN; they are compared by their total order.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let share = position - below as f64;
    Some(sorted[below] + share * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_interpolates_as_numpy_does() {
        // numpy.quantile([1, 2, 3, 4], [0, 0.25, 0.5, 0.95, 1])
        let values = [3.0, 1.0, 4.0, 2.0];
        let found = [0.0, 0.25, 0.5, 0.95, 1.0].map(|q| quantile(&values, q).unwrap());
        for (found, known) in found.iter().zip([1.0, 1.75, 2.5, 3.85, 4.0]) {
            assert!((found - known).abs() < 1e-12, "{found} is not {known}");
        }
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
    }

    proptest! {
        #[test]
        fn it_lies_within_the_values_and_grows_with_q(values in prop::collection::vec(-1e6..1e6, 1..40), q in 0.0..1.0, r in 0.0..1.0) {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let (a, b) = (quantile(&values, f64::min(q, r)).unwrap(), quantile(&values, f64::max(q, r)).unwrap());
            prop_assert!(low <= a && a <= b + 1e-9 && b <= high);
        }
    }
}
