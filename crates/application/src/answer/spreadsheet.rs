//! Text that goes into comma-separated values, and from there into a spreadsheet.

use std::borrow::Cow;

/// Text that a spreadsheet would run as a formula, with an apostrophe before it; other text and plain decimal numbers, negative
/// ones too, as they are.
pub fn spreadsheet_text(text: &str) -> Cow<'_, str> {
    // The wide forms are signs too where a spreadsheet speaks Chinese, Japanese or Korean.
    let signs = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    match text.trim_start().starts_with(signs) && !is_decimal(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_numbers_are_numbers() {
        for formula in
            ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r\n=1", " =1", "\u{ff1d}1", "-1.2.3", "-", "-1e5", "+49 30 1234"]
        {
            assert_eq!(spreadsheet_text(formula), format!("'{formula}"), "{formula}");
        }
        for text in ["", "-1", "-12.50", "+3", "a=1", "1-1", "見"] {
            assert_eq!(spreadsheet_text(text), text);
        }
    }
}
