//! Exact fractions of amounts, rounded once on the way out.

use chrono::{DateTime, Utc};
use farthing_types::{Amount, BillingPeriod, Window};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::Ratio;
use num_traits::{Signed, ToPrimitive, Zero};

/// An exact fraction.
pub(crate) type Fraction = Ratio<BigInt>;

pub(crate) fn fraction(amount: Amount) -> Fraction {
    Fraction::new(BigInt::from(amount.atto()), BigInt::from(Amount::ONE.atto()))
}

pub(crate) fn count(count: u64) -> Fraction {
    Fraction::from_integer(BigInt::from(count))
}

/// `fraction` at 1e-18, half to even; `None` beyond ±1e20.
pub(crate) fn to_amount(fraction: &Fraction) -> Option<Amount> {
    let scaled = fraction * BigInt::from(Amount::ONE.atto());
    let (numerator, denominator) = (scaled.numer(), scaled.denom());
    let (floor, remainder) = numerator.div_mod_floor(denominator);
    let twice = remainder * 2;
    let up = twice > *denominator || (twice == *denominator && floor.is_odd());
    let rounded = if up { floor + 1 } else { floor };
    rounded.to_i128().and_then(Amount::from_atto)
}

/// For statistics only.
pub(crate) fn to_float(fraction: &Fraction) -> f64 {
    // Both fit a double by far: amounts have 38 digits, their products 76.
    let part = |integer: &BigInt| integer.to_f64().unwrap_or(f64::NAN);
    part(fraction.numer()) / part(fraction.denom())
}

/// For statistics only.
pub(crate) fn float(amount: Amount) -> f64 {
    amount.atto() as f64 / Amount::ONE.atto() as f64
}

/// Divides parts by a count so that the quotients sum to the rounded quotient of their total.
///
/// Each quotient is rounded down at 1e-18; the units left over go to the largest remainders, ties to the smaller index.
/// `None` for a zero count, or where the total does not fit.
pub(crate) fn divide_parts(parts: &[Amount], by: u64) -> Option<(Amount, Vec<Amount>)> {
    if by == 0 {
        return None;
    }
    let total = parts.iter().try_fold(Amount::ZERO, |sum, part| sum.checked_add(*part))?;
    let target = to_amount(&(fraction(total) / BigInt::from(by)))?;
    let by = i128::from(by);
    let mut units: Vec<i128> = parts.iter().map(|part| part.atto().div_euclid(by)).collect();
    let mut remainders: Vec<(i128, usize)> = parts.iter().enumerate().map(|(i, part)| (part.atto().rem_euclid(by), i)).collect();
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let missing = usize::try_from(target.atto() - units.iter().sum::<i128>()).ok()?;
    for &(_, index) in remainders.iter().take(missing) {
        units[index] += 1;
    }
    let quotients = units.into_iter().map(Amount::from_atto).collect::<Option<Vec<_>>>()?;
    Some((target, quotients))
}

/// How many calendar months `window` holds: each month it touches counts by the share of its seconds that lie inside, so May and
/// June together are exactly 2.
pub(crate) fn months_in(window: Window) -> Option<Fraction> {
    let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| BigInt::from((to - from).num_seconds());
    let mut period = BillingPeriod::of(window.from)?;
    let mut months = Fraction::zero();
    while period.start() < window.to {
        let inside = seconds(period.start().max(window.from), period.end().min(window.to));
        months += Fraction::new(inside, seconds(period.start(), period.end()));
        period = BillingPeriod::of(period.end())?;
    }
    months.is_positive().then_some(months)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_amount() -> impl Strategy<Value = Amount> {
        (-(10_i128.pow(34))..10_i128.pow(34)).prop_map(|c| Amount::from_atto(c).unwrap())
    }

    proptest! {
        #[test]
        fn quotients_sum_to_the_quotient(parts in prop::collection::vec(any_amount(), 0..12), by in 1..10_000_000_u64) {
            let (whole, quotients) = divide_parts(&parts, by).unwrap();
            let total: Amount = parts.iter().copied().sum();
            prop_assert_eq!(quotients.iter().copied().sum::<Amount>(), whole);
            prop_assert_eq!(Some(whole), total.checked_div(Amount::from_int(by as i64)));
            for (part, quotient) in parts.iter().zip(&quotients) {
                let own = part.checked_div(Amount::from_int(by as i64)).unwrap();
                prop_assert!((own.atto() - quotient.atto()).abs() <= 1);
            }
        }

        #[test]
        fn rounding_is_that_of_amounts(a in any_amount(), b in 1..10_i128.pow(30)) {
            let b = Amount::from_atto(b).unwrap();
            prop_assert_eq!(to_amount(&(fraction(a) / fraction(b))), a.checked_div(b));
        }
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let months = |text: &str| to_amount(&months_in(text.parse().unwrap()).unwrap()).unwrap().to_string();
        assert_eq!(months("2026-05-01/2026-07-01"), "2");
        assert_eq!(months("2026-04-16/2026-05-01"), "0.5");
        assert_eq!(months("2026-02-01/2026-02-15"), "0.5");
        assert_eq!(months("2026-04-16/2026-06-16"), "2");
    }
}
