//! Decimals as counts: unit prices in 1e-10, quantities in 1e-6, and so their products exactly in 1e-16.

use farthing_types::{Amount, SCALE};

/// Decimal places of a unit price.
pub(crate) const PRICE_PLACES: u32 = 10;
/// Decimal places of a quantity.
pub(crate) const QUANTITY_PLACES: u32 = 6;
/// Decimal places of a cost.
pub(crate) const COST_PLACES: u32 = PRICE_PLACES + QUANTITY_PLACES;
/// One whole unit of a quantity.
pub(crate) const ONE: i64 = 1_000_000;

/// Reads a price from a catalogue at compile time: `price("0.0964")`.
pub(crate) const fn price(text: &str) -> i64 {
    let bytes = text.as_bytes();
    let mut value = 0_i64;
    let mut places = 0;
    let mut after_point = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'.' => after_point = true,
            digit => {
                assert!(digit.is_ascii_digit(), "a price is made of digits and one point");
                value = value * 10 + (digit - b'0') as i64;
                if after_point {
                    places += 1;
                }
            }
        }
        at += 1;
    }
    assert!(places <= 8, "a price has at most 8 decimals, so that a percentage of it has at most 10");
    value * 10_i64.pow(PRICE_PLACES - places)
}

/// `percent` of a price, exact for prices of at most 8 decimals.
pub(crate) const fn percent_of(price: i64, percent: i64) -> i64 {
    price / 100 * percent
}

/// A cost counted in 1e-16.
pub(crate) const fn cost(price: i64, quantity: i64) -> i128 {
    price as i128 * quantity as i128
}

/// A count of 1e-16 as an [`Amount`].
pub(crate) fn amount(cost: i128) -> Amount {
    Amount::from_atto(cost * 10_i128.pow(SCALE - COST_PLACES)).expect("the costs of the sample stay far below 1e20")
}

/// Writes `value` × 10^-`places`, without an exponent or trailing zeros.
pub(crate) fn write(out: &mut Vec<u8>, value: i128, places: u32) {
    if value < 0 {
        out.push(b'-');
    }
    let magnitude = value.unsigned_abs();
    let unit = 10_u64.pow(places);
    // Division of 64 bits is several times faster, and all but a few monthly sums fit.
    let (whole, fraction) = match u64::try_from(magnitude) {
        Ok(small) => (small / unit, small % unit),
        Err(_) => ((magnitude / u128::from(unit)) as u64, (magnitude % u128::from(unit)) as u64),
    };
    write_whole(out, whole);
    if fraction == 0 {
        return;
    }
    let mut digits = [b'0'; 20];
    let mut rest = fraction;
    let places = places as usize;
    for place in (0..places).rev() {
        digits[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let length = places - digits[..places].iter().rev().take_while(|&&d| d == b'0').count();
    out.push(b'.');
    out.extend_from_slice(&digits[..length]);
}

/// Writes a whole number.
pub(crate) fn write_whole(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_times_a_quantity_is_exact() {
        assert_eq!(amount(cost(price("0.0964"), 12_345_678)).to_string(), "1.1901233592");
        assert_eq!(percent_of(price("0.00000004"), 93), 372);
    }

    proptest! {
        #[test]
        fn the_text_is_the_canonical_one(value in -(10_i128.pow(30))..10_i128.pow(30), shift in 0_u32..90) {
            let value = value >> shift;
            let mut out = Vec::new();
            write(&mut out, value, COST_PLACES);
            prop_assert_eq!(String::from_utf8(out).unwrap(), amount(value).to_string());
        }
    }
}
