//! Between exact decimals and the solver's floating point numbers.

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The floating point number nearest to `amount`: the one place where an exact number becomes a float.
///
/// It goes by the decimal text, because a division of the scaled count by 1e18 would round twice.
pub fn to_f64(amount: Amount) -> f64 {
    amount.to_string().parse().expect("the text of an amount is a decimal number")
}

/// The exact value of `amount` as a fraction.
pub(crate) fn to_rational(amount: Amount) -> BigRational {
    BigRational::new(amount.atto().into(), Amount::ONE.atto().into())
}

/// `value` rounded half to even at 1e-18; `None` where it does not fit an amount.
pub(crate) fn from_rational(value: &BigRational) -> Option<Amount> {
    let scaled = value * to_rational(Amount::from_int(1_000_000_000)) * to_rational(Amount::from_int(1_000_000_000));
    let floor = scaled.floor();
    let rest = (&scaled - &floor) * BigRational::from_integer(2.into());
    let one = BigRational::from_integer(1.into());
    let whole = floor.to_integer();
    let up = rest > one || (rest == one && (&whole % 2_u8) != 0_u8.into());
    let whole = if up { whole + 1_u8 } else { whole };
    whole.to_i128().and_then(Amount::from_atto)
}

/// An amount that is written as a JSON number, digit by digit, and not as a string or through a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub Amount);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_is_the_nearest_float_and_the_same_digits_in_json() {
        let price: Amount = "1.006".parse().unwrap();
        assert_eq!(to_f64(price), 1.006);
        assert_eq!(serde_json::to_string(&Decimal(price)).unwrap(), "1.006");
        let long: Amount = "79000000000.000000000000000001".parse().unwrap();
        assert_eq!(serde_json::to_string(&Decimal(long)).unwrap(), "79000000000.000000000000000001");
    }

    #[test]
    fn a_fraction_is_rounded_half_to_even() {
        let attos = |n: i64, d: i64| BigRational::new(n.into(), d.into()) / to_rational(Amount::from_int(1_000_000_000)).pow(2);
        assert_eq!(from_rational(&attos(1, 2)).unwrap().atto(), 0);
        assert_eq!(from_rational(&attos(3, 2)).unwrap().atto(), 2);
        assert_eq!(from_rational(&attos(-3, 2)).unwrap().atto(), -2);
        assert_eq!(from_rational(&attos(5, 3)).unwrap().atto(), 2);
    }

    proptest! {
        #[test]
        fn an_amount_survives_as_a_fraction(count in -(10_i128.pow(37))..10_i128.pow(37)) {
            let amount = Amount::from_atto(count).unwrap();
            prop_assert_eq!(from_rational(&to_rational(amount)), Some(amount));
        }
    }
}
