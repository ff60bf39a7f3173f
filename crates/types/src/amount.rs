//! Exact decimals: a checked 128-bit count of 1e-18.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use ethnum::I256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Decimal places that an [`Amount`] holds: the scale of the ledger and of `Decimal128(38, 18)` in Parquet.
pub const SCALE: u32 = 18;

/// The largest count that fits `Decimal128(38, 18)`: 38 nines.
const MAX_ATTO: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;
const ONE: i128 = 1_000_000_000_000_000_000;

/// An exact decimal number, counted in units of 1e-18; range ±1e20.
///
/// It has no currency and no unit of measure: [`Money`](crate::Money) and [`Quantity`](crate::Quantity) add those. `+` and
/// `-` stop the program when the result does not fit, they never wrap; use the `checked_` forms on sums of input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

/// Why a text is no [`Amount`], or a sum does not fit one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is not a decimal number.
    #[error("{0:?} is not a decimal number")]
    NotADecimal(String),
    /// The number is beyond ±1e20.
    #[error("the amount does not fit 38 digits with 18 decimals")]
    OutOfRange,
}

/// An amount read from a text that may carry more than 18 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// The amount, rounded half to even at 1e-18.
    pub amount: Amount,
    /// What rounding left out, exactly, in units of 1e-36: `text = amount + residue × 1e-36`.
    ///
    /// Digits beyond the 36th decimal are refused, so the residue is exact.
    pub residue: i128,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One whole unit.
    pub const ONE: Self = Self(ONE);

    /// The amount that is `count` × 1e-18, or `None` where that does not fit 38 digits.
    pub const fn from_atto(count: i128) -> Option<Self> {
        if count > MAX_ATTO || count < -MAX_ATTO { None } else { Some(Self(count)) }
    }

    /// The count of 1e-18.
    pub const fn atto(self) -> i128 {
        self.0
    }

    /// A whole number.
    pub const fn from_int(whole: i64) -> Self {
        Self(whole as i128 * ONE)
    }

    /// The sum, or `None` where it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        // Both are within ±1e38 and i128 holds ±1.7e38, so only the range check can fail once the addition is checked.
        match self.0.checked_add(other.0) {
            Some(sum) => Self::from_atto(sum),
            None => None,
        }
    }

    /// The difference, or `None` where it does not fit.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self(-other.0))
    }

    /// The magnitude.
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// `self × numerator ÷ denominator`, rounded half to even at 1e-18; `None` for a zero denominator or where it does not fit.
    ///
    /// The product is taken in 256 bits, so nothing is lost before the one rounding.
    pub fn mul_div(self, numerator: Amount, denominator: Amount) -> Option<Self> {
        if denominator.0 == 0 {
            return None;
        }
        let product = I256::from(self.0) * I256::from(numerator.0);
        let rounded = div_half_even(product, I256::from(denominator.0));
        i128::try_from(rounded).ok().and_then(Self::from_atto)
    }

    /// `self × factor`, rounded half to even at 1e-18; `None` where it does not fit.
    pub fn checked_mul(self, factor: Amount) -> Option<Self> {
        self.mul_div(factor, Self::ONE)
    }

    /// `self ÷ divisor`, rounded half to even at 1e-18; `None` for zero or where it does not fit.
    pub fn checked_div(self, divisor: Amount) -> Option<Self> {
        self.mul_div(Self::ONE, divisor)
    }

    /// Rounded half to even to `decimals` places (18 or more leave it as it is).
    pub fn round(self, decimals: u32) -> Self {
        if decimals >= SCALE {
            return self;
        }
        let unit = 10_i128.pow(SCALE - decimals);
        let rounded = div_half_even(I256::from(self.0), I256::from(unit));
        Self(rounded.as_i128() * unit)
    }

    /// The text with exactly `decimals` places, rounded half to even: `12.50`.
    pub fn to_fixed(self, decimals: u32) -> String {
        let decimals = decimals.min(SCALE);
        let rounded = self.round(decimals);
        let (sign, whole, fraction) = rounded.parts();
        if decimals == 0 {
            return format!("{sign}{whole}");
        }
        let fraction = fraction / 10_u128.pow(SCALE - decimals);
        format!("{sign}{whole}.{fraction:0width$}", width = decimals as usize)
    }

    /// Reads a decimal with up to 36 places; what is finer than 1e-18 is rounded half to even and returned as the residue.
    ///
    /// Accepts an optional sign, digits with at most one point, and an exponent (`1.5e-7`). No separators, no blanks.
    ///
    /// # Errors
    /// [`AmountError::NotADecimal`] for any other text, [`AmountError::OutOfRange`] beyond ±1e20.
    pub fn parse(text: &[u8]) -> Result<Rounded, AmountError> {
        if let Some(amount) = parse_short(text) {
            return Ok(Rounded { amount, residue: 0 });
        }
        parse_long(text)
    }

    fn parts(self) -> (&'static str, u128, u128) {
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        (sign, magnitude / ONE as u128, magnitude % ONE as u128)
    }
}

/// Plain decimals of at most 18 digits and 18 places: nearly every amount in a bill. `None` sends the text to [`parse_long`].
fn parse_short(text: &[u8]) -> Option<Amount> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value: u64 = 0;
    let mut places: Option<u32> = None;
    let mut count = 0;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                count += 1;
                value = value * 10 + u64::from(byte - b'0');
                places = places.map(|n| n + 1);
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return None,
        }
    }
    if count == 0 || count > 18 {
        return None;
    }
    let scaled = i128::from(value) * POWERS[(SCALE - places.unwrap_or(0)) as usize];
    Amount::from_atto(if negative { -scaled } else { scaled })
}

const POWERS: [i128; 19] = {
    let mut powers = [1_i128; 19];
    let mut i = 1;
    while i < 19 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

fn parse_long(text: &[u8]) -> Result<Rounded, AmountError> {
    let fail = || AmountError::NotADecimal(String::from_utf8_lossy(&text[..text.len().min(64)]).into_owned());
    let (mantissa, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
        None => (text, 0_i64),
        Some(at) => {
            let exponent = std::str::from_utf8(&text[at + 1..]).ok().and_then(|e| e.parse::<i16>().ok()).ok_or_else(fail)?;
            (&text[..at], i64::from(exponent))
        }
    };
    let (negative, digits) = match mantissa.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, mantissa),
    };
    let mut significant: Vec<u8> = Vec::with_capacity(digits.len());
    let mut places: Option<i64> = None;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                significant.push(byte - b'0');
                places = places.map(|n| n + 1);
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return Err(fail()),
        }
    }
    if significant.is_empty() {
        return Err(fail());
    }
    // The value is the digits × 10^(exponent - places); count it in 1e-36, in 256 bits.
    let shift = exponent - places.unwrap_or(0) + 36;
    let leading = significant.iter().position(|&d| d != 0);
    let Some(leading) = leading else {
        return Ok(Rounded { amount: Amount::ZERO, residue: 0 });
    };
    let significant = &significant[leading..];
    let digits_in_fine = significant.len() as i64 + shift;
    if digits_in_fine > 57 {
        return Err(AmountError::OutOfRange);
    }
    let mut fine = I256::ZERO;
    for (i, &digit) in significant.iter().enumerate() {
        if (i as i64) < digits_in_fine {
            fine = fine * 10 + I256::from(digit);
        } else if digit != 0 {
            return Err(AmountError::OutOfRange);
        }
    }
    let trailing = digits_in_fine - significant.len() as i64;
    for _ in 0..trailing.max(0) {
        fine *= 10;
    }
    if negative {
        fine = -fine;
    }
    let unit = I256::from(ONE);
    let rounded = div_half_even(fine, unit);
    let residue = (fine - rounded * unit).as_i128();
    let amount = i128::try_from(rounded).ok().and_then(Amount::from_atto).ok_or(AmountError::OutOfRange)?;
    Ok(Rounded { amount, residue })
}

/// The only place where money is rounded: to the nearest, ties to even.
fn div_half_even(numerator: I256, denominator: I256) -> I256 {
    let quotient = numerator / denominator;
    let remainder = numerator % denominator;
    let twice = remainder.abs() * 2;
    let size = denominator.abs();
    let away = if (numerator < 0) == (denominator < 0) { I256::ONE } else { -I256::ONE };
    if twice > size || (twice == size && quotient % 2 != 0) { quotient + away } else { quotient }
}

impl fmt::Display for Amount {
    /// The canonical text: no exponent, no trailing zeros, `0` for zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole, fraction) = self.parts();
        if fraction == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let digits = format!("{fraction:018}");
        f.pad(&format!("{sign}{whole}.{}", digits.trim_end_matches('0')))
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads an amount that must be exact at 1e-18.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        match Self::parse(text.as_bytes())? {
            Rounded { amount, residue: 0 } => Ok(amount),
            _ => Err(AmountError::NotADecimal(format!("{text} (more than 18 decimals)"))),
        }
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.checked_add(other).expect("a sum of amounts stays within ±1e20")
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn reads_what_real_bills_carry() {
        assert_eq!(amount("0.00000080000").atto(), 800_000_000_000);
        assert_eq!(amount("2.523589325400648027").to_string(), "2.523589325400648027");
        assert_eq!(amount("1E-12").atto(), 1_000_000);
        assert_eq!(amount("-100000000000").to_string(), "-100000000000");
        assert_eq!(amount("5.").to_string(), "5");
        assert_eq!(amount(".5").to_string(), "0.5");
        assert_eq!(amount("0e400").to_string(), "0");
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", ".", "1,5", "1 ", "N/A", "NaN", "0x1", "1e", "1e5.5", "1.2.3", "--1"] {
            assert!(Amount::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert_eq!(Amount::parse(b"1e21"), Err(AmountError::OutOfRange));
        assert_eq!(Amount::parse(b"99999999999999999999.9999999999999999995"), Err(AmountError::OutOfRange));
    }

    #[test]
    fn rounds_half_to_even_and_keeps_the_residue() {
        let tie = Amount::parse(b"0.0000000000000000005").unwrap();
        assert_eq!((tie.amount.atto(), tie.residue), (0, 500_000_000_000_000_000));
        let up = Amount::parse(b"0.0000000000000000015").unwrap();
        assert_eq!((up.amount.atto(), up.residue), (2, -500_000_000_000_000_000));
        let azure = Amount::parse(b"0.0001234567890123456789012345").unwrap();
        assert_eq!(azure.amount.atto(), 123_456_789_012_346);
        assert_eq!(azure.residue, -321_098_765_500_000_000);
        assert_eq!(amount("2.345").to_fixed(2), "2.34");
        assert_eq!(amount("-2.355").to_fixed(2), "-2.36");
        assert_eq!(amount("1234.5").to_fixed(0), "1234");
    }

    proptest! {
        #[test]
        fn text_round_trips(count in -MAX_ATTO..=MAX_ATTO) {
            let original = Amount(count);
            prop_assert_eq!(amount(&original.to_string()), original);
        }

        #[test]
        fn short_and_long_readers_agree(text in "[+-]?[0-9]{1,12}(\\.[0-9]{0,6})?") {
            prop_assert_eq!(parse_short(text.as_bytes()), parse_long(text.as_bytes()).ok().map(|r| r.amount));
        }

        #[test]
        fn multiplying_and_dividing_by_the_same_changes_nothing(a in -(10_i128.pow(30))..10_i128.pow(30), b in 1..10_i128.pow(30)) {
            let (a, b) = (Amount(a), Amount(b));
            prop_assert_eq!(a.mul_div(b, b), Some(a));
        }
    }
}
