//! Figures as a printed statement has them: parentheses for what is below zero, a true minus in percentages.

use farthing_ledger::format_amount;
use farthing_types::{Amount, BillingPeriod};

/// `1,234.50`, and `(1,234.50)` below zero.
pub(super) fn money(amount: Amount) -> String {
    let text = format_amount(amount.abs(), 2);
    if amount.round(2).is_negative() { format!("({text})") } else { text }
}

/// Every digit: `1,234.500000000000000001`, and a true minus below zero.
pub(super) fn exact(amount: Amount) -> String {
    let text = amount.abs().to_string();
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32);
    let sign = if amount.is_negative() { "\u{2212}" } else { "" };
    format!("{sign}{}", format_amount(amount.abs(), decimals))
}

/// `+4.9 %`, `−0.3 %`, `new` where there was nothing before.
pub(super) fn percent(tenths: Option<i64>) -> String {
    let Some(tenths) = tenths else { return "new".to_owned() };
    let sign = match tenths {
        0 => "",
        up if up > 0 => "+",
        _ => "\u{2212}",
    };
    let size = tenths.unsigned_abs();
    format!("{sign}{}.{}\u{2009}%", farthing_ledger::format_count(size / 10), size % 10)
}

/// `May 2026`.
pub(super) fn month(period: BillingPeriod) -> String {
    period.start().format("%B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_zero_stands_in_parentheses_unless_it_rounds_to_zero() {
        let amount = |text: &str| text.parse::<Amount>().unwrap();
        assert_eq!((money(amount("-1234.5")), money(amount("1234.5"))), ("(1,234.50)".into(), "1,234.50".into()));
        assert_eq!(money(amount("-0.001")), "0.00");
        assert_eq!(exact(amount("-1234.000000000000000001")), "\u{2212}1,234.000000000000000001");
        assert_eq!((exact(amount("7")), percent(Some(-3))), ("7".into(), "\u{2212}0.3\u{2009}%".into()));
        assert_eq!(
            (percent(Some(12_345)), percent(Some(0)), percent(None)),
            ("+1,234.5\u{2009}%".into(), "0.0\u{2009}%".into(), "new".into())
        );
        assert_eq!(month("2026-05".parse().unwrap()), "May 2026");
    }
}
