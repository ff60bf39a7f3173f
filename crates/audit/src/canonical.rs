//! The JSON Canonicalization Scheme (RFC 8785): one text for one value, so that it can be hashed.

use std::fmt::Write;

use serde_json::{Number, Value};

/// The largest integer that every reader of JSON takes exactly: 2⁵³ − 1 (RFC 7493, section 2.2).
const LARGEST_EXACT: u64 = (1 << 53) - 1;

/// Why a value has no canonical text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// An integer that a reader with doubles would round.
    #[error("{0} is beyond ±(2^53 − 1), which readers of JSON round: write it as text")]
    Inexact(String),
}

/// The canonical text of a value.
///
/// # Errors
/// [`CanonicalError::Inexact`] for integers that doubles do not hold.
pub fn canonical(value: &Value) -> Result<String, CanonicalError> {
    let mut text = String::new();
    write_value(&mut text, value)?;
    Ok(text)
}

fn write_value(out: &mut String, value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, item)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            // Section 3.2.3: by UTF-16 code units, which is not the order of UTF-8 beyond U+FFFF.
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(out, name);
                out.push(':');
                write_value(out, member)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Section 3.2.2.2: only what must be escaped is, in the shortest way.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

fn write_number(out: &mut String, number: &Number) -> Result<(), CanonicalError> {
    let exact = |magnitude: u64| match magnitude <= LARGEST_EXACT {
        true => Ok(()),
        false => Err(CanonicalError::Inexact(number.to_string())),
    };
    if let Some(positive) = number.as_u64() {
        exact(positive)?;
        let _ = write!(out, "{positive}");
    } else if let Some(negative) = number.as_i64() {
        exact(negative.unsigned_abs())?;
        let _ = write!(out, "{negative}");
    } else {
        let double = number.as_f64().ok_or_else(|| CanonicalError::Inexact(number.to_string()))?;
        out.push_str(&of_double(double));
    }
    Ok(())
}

/// `Number::toString` of ECMAScript (section 6.1.6.1.20), which section 3.2.2.3 asks for: the shortest digits that read back the same.
fn of_double(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned();
    }
    let sign = if double < 0.0 { "-" } else { "" };
    let shortest = format!("{:e}", double.abs());
    let places = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count() - 1;
    // Of two shortest texts that are equally near the even one is the standard's: rounding to as many places gives it.
    let nearest = format!("{:.places$e}", double.abs());
    let (mantissa, exponent) = nearest.split_once('e').expect("the exponent form has an exponent");
    let digits = mantissa.replace('.', "");
    let count = i32::try_from(digits.len()).expect("a double has 17 digits at most");
    // The value is 0.DIGITS × 10^point.
    let point = exponent.parse::<i32>().expect("the exponent form has a number as exponent") + 1;
    let zeros = |many: i32| "0".repeat(usize::try_from(many).unwrap_or(0));
    let body = match point {
        _ if count <= point && point <= 21 => format!("{digits}{}", zeros(point - count)),
        1..=21 => {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
            format!("{whole}.{fraction}")
        }
        -5..=0 => format!("0.{}{digits}", zeros(-point)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let fraction = if rest.is_empty() { String::new() } else { format!(".{rest}") };
            format!("{first}{fraction}e{}{}", if point > 0 { "+" } else { "" }, point - 1)
        }
    };
    format!("{sign}{body}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Appendix B of RFC 8785: the bits of doubles and their texts.
    #[test]
    fn doubles_are_written_as_the_standard_lists_them() {
        for (bits, text) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(of_double(f64::from_bits(bits)), text);
        }
    }

    #[test]
    fn members_are_sorted_by_utf_16_and_strings_escaped_as_little_as_may_be() {
        let value = json!({"\u{1f600}": 1, "\u{fb33}": 2, "\u{20ac}": 3, "\r": 4, "1": [null, true, -7, 1.5], "a\"": "\u{7}\u{1f}/\u{7f}é\n"});
        let text = "{\"\\r\":4,\"1\":[null,true,-7,1.5],\"a\\\"\":\"\\u0007\\u001f/\u{7f}é\\n\",\"€\":3,\"😀\":1,\"\u{fb33}\":2}";
        assert_eq!(canonical(&value).unwrap(), text);
    }

    #[test]
    fn integers_that_readers_round_are_refused() {
        assert_eq!(canonical(&json!(9_007_199_254_740_991_u64)).unwrap(), "9007199254740991");
        assert!(canonical(&json!([-9_007_199_254_740_992_i64])).unwrap_err().to_string().contains("write it as text"));
    }

    proptest! {
        #[test]
        fn a_double_reads_back_as_itself(bits: u64) {
            let double = f64::from_bits(bits);
            prop_assume!(double.is_finite());
            prop_assert_eq!(of_double(double).parse::<f64>().unwrap(), double);
        }
    }
}
