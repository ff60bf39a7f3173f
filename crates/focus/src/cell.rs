//! One cell of a file: empty, a decimal or a moment.

use farthing_types::{Amount, Rounded};

/// A charge beyond this is a mistake of units; it also keeps every sum of a revision far from overflow.
const LARGEST_COST: i128 = 1_000_000_000_000_000 * 1_000_000_000_000_000_000;

/// What a cost cell holds.
pub(crate) enum CostCell {
    Amount(Rounded),
    TooLarge,
    NotADecimal,
}

pub(crate) fn cost(text: &[u8]) -> CostCell {
    match Amount::parse(text) {
        Ok(rounded) if rounded.amount.atto().abs() <= LARGEST_COST => CostCell::Amount(rounded),
        Ok(_) | Err(farthing_types::AmountError::OutOfRange) => CostCell::TooLarge,
        Err(_) => CostCell::NotADecimal,
    }
}

/// True for the texts that exporters write for "no value".
pub(crate) fn is_literal_null(text: &[u8]) -> bool {
    matches!(text, b"NULL" | b"null" | b"(null)" | b"Null")
}

/// A moment in microseconds since 1970, and whether the text named its zone.
///
/// Reads `2026-05-01T00:00:00Z`, with a blank for `T`, with a fraction, with `+hh:mm`, without zone (then UTC), and a bare date.
pub(crate) fn moment(text: &[u8]) -> Option<(i64, bool)> {
    let date = text.get(..10)?;
    let seconds = days(date)? * 86_400;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some((seconds * 1_000_000, false));
    }
    if !matches!(rest[0], b'T' | b't' | b' ') {
        return None;
    }
    let (seconds_of_day, rest) = time_of_day(&rest[1..])?;
    let (micros, rest) = fraction(rest)?;
    let (offset, zoned) = zone(rest)?;
    Some(((seconds + seconds_of_day - offset) * 1_000_000 + micros, zoned))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |n, &b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
fn days(date: &[u8]) -> Option<i64> {
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..10])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=length).contains(&day) || year < 1970 {
        return None;
    }
    // Days from civil, counting years from March (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let y = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(y / 400 * 146_097 + y % 400 * 365 + y % 400 / 4 - y % 400 / 100 + day_of_year - 719_468)
}

fn time_of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let part = |from: usize| text.get(from..from + 2).and_then(number);
    if text.get(2) != Some(&b':') {
        return None;
    }
    let (hour, minute) = (part(0)?, part(3)?);
    let (second, rest) = if text.get(5) == Some(&b':') { (part(6)?, &text[8..]) } else { (0, &text[5..]) };
    (hour < 24 && minute < 60 && second < 61).then_some((hour * 3600 + minute * 60 + second, rest))
}

fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = text.split_first() else { return Some((0, text)) };
    let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let digits = rest[..length].iter().copied().chain(std::iter::repeat(b'0')).take(6);
    let micros = digits.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
    (length > 0).then_some((micros, &rest[length..]))
}

/// Seconds east of UTC.
fn zone(text: &[u8]) -> Option<(i64, bool)> {
    match text {
        b"" => Some((0, false)),
        b"Z" | b"z" | b" UTC" => Some((0, true)),
        [sign @ (b'+' | b'-'), h1, h2, rest @ ..] => {
            let minutes = match rest {
                [] => 0,
                [b':', m1, m2] | [m1, m2] => number(&[*m1, *m2])?,
                _ => return None,
            };
            let offset = number(&[*h1, *h2])? * 3600 + minutes * 60;
            Some((if *sign == b'-' { -offset } else { offset }, true))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn micros(text: &str) -> i64 {
        moment(text.as_bytes()).unwrap_or_else(|| panic!("{text}")).0
    }

    #[test]
    fn reads_the_forms_that_exports_use() {
        let expected = "2024-09-18T22:00:00Z".parse::<DateTime<chrono::Utc>>().unwrap().timestamp_micros();
        for text in [
            "2024-09-18T22:00:00Z",
            "2024-09-18 22:00:00",
            "2024-09-18T22:00Z",
            "2024-09-18T22:00:00.000Z",
            "2024-09-19T00:00:00+02:00",
            "2024-09-18 22:00:00 UTC",
            "2024-09-18T17:30:00-0430",
        ] {
            assert_eq!(micros(text), expected, "{text}");
        }
        assert_eq!(micros("2024-02-29"), micros("2024-02-29T00:00:00Z"));
    }

    #[test]
    fn impossible_moments_are_refused() {
        for text in ["2023-02-01T30:00:00Z", "2023-02-29", "4/1/25", "2026-13-01", "2026-05-01X", "", "2026-05-01T00:00:00Q"] {
            assert!(moment(text.as_bytes()).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(seconds in 0_i64..4_000_000_000) {
            let text = DateTime::from_timestamp(seconds, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(moment(text.as_bytes()), Some((seconds * 1_000_000, true)));
        }
    }
}
