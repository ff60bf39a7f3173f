//! The words and numbers at the end of a report.

use farthing_types::Amount;

use crate::statement::Statement;

/// The closing lines of a report: that it adds up, and what to do about the largest part that nobody owns.
pub fn closing(statement: &Statement) -> String {
    let mut lines = vec![tie_out(statement)];
    lines.extend(adjustments(statement));
    lines.extend(largest_reason(statement));
    lines.join("\n")
}

fn tie_out(statement: &Statement) -> String {
    let Statement { charges, revisions, currency, difference, .. } = statement;
    let counts = format!("{}, {}", count(*charges, "charge"), count(revisions.len() as u64, "revision"));
    if statement.proven {
        return format!("Attributed + unattributed = billed. Difference 0. {counts}.");
    }
    let problems = statement.problems.join("; ");
    format!(
        "NOT PROVEN: attributed + unattributed is not billed. Difference {difference} {currency}. {counts}.\n\
         {problems}. Do not charge anyone by this statement; `farthing status` shows which revision is incomplete."
    )
}

fn adjustments(statement: &Statement) -> Option<String> {
    let months = statement
        .adjustments
        .iter()
        .map(|month| format!("{} {} ({})", month.period, format_amount(month.amount, 2), count(month.charges, "charge")));
    let months: Vec<String> = months.collect();
    (!months.is_empty()).then(|| format!("Adjustments of earlier months in it: {}.", months.join(", ")))
}

fn largest_reason(statement: &Statement) -> Option<String> {
    let largest = statement.unattributed.first().filter(|line| !line.amount.is_zero())?;
    let (why, charges) = (&largest.description, count(largest.charges, "charge"));
    let amount = format_amount(largest.amount, 2);
    Some(format!(
        "Largest unattributed reason: {why}, {charges} ({amount}). `farthing rules preview` shows what a rule would move."
    ))
}

fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", format_count(number))
}

/// With a comma between thousands: `1,204,331`.
pub fn format_count(number: u64) -> String {
    group(&number.to_string())
}

/// Rounded half to even to `decimals` places, with a comma between thousands: `-182,340.11`. What rounds to zero has no sign.
pub fn format_amount(amount: Amount, decimals: u32) -> String {
    let text = amount.to_fixed(decimals);
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let fraction = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
    format!("{sign}{}{fraction}", group(whole))
}

/// A change in tenths of a percent, for the column beside an earlier period: `+4.1 %`, `-0.3 %`, `0.0 %`, and `new` for `None`.
pub fn format_change(tenths: Option<i64>) -> String {
    let Some(tenths) = tenths else { return "new".into() };
    let sign = if tenths > 0 { "+" } else { "" };
    let minus = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    format!("{sign}{minus}{}.{} %", format_count(size / 10), size % 10)
}

fn group(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change_tenths;

    #[test]
    fn numbers_read_well() {
        let text = |amount: &str| format_amount(amount.parse().unwrap(), 2);
        assert_eq!(text("182340.105"), "182,340.10");
        assert_eq!(text("-1234567.895"), "-1,234,567.90");
        assert_eq!((text("999"), text("-0.001"), text("1000")), ("999.00".into(), "0.00".into(), "1,000.00".into()));
        assert_eq!((format_count(0), format_count(1_204_331)), ("0".into(), "1,204,331".into()));
    }

    #[test]
    fn changes_are_exact_to_the_tenth_of_a_percent() {
        let change = |before: &str, now: &str| change_tenths(before.parse().unwrap(), now.parse().unwrap());
        assert_eq!(change("100", "104.1"), Some(41));
        assert_eq!(change("100", "104.15"), Some(42));
        assert_eq!(change("100", "95.85"), Some(-42));
        assert_eq!(change("-100", "-50"), Some(500));
        assert_eq!(change("3", "1"), Some(-667));
        assert_eq!(change("0", "1"), None);
        assert_eq!(change("0.000000000000000001", "99999999999999999999"), None);
        assert_eq!(format_change(Some(41)), "+4.1 %");
        assert_eq!(format_change(Some(-3)), "-0.3 %");
        assert_eq!(format_change(Some(12_345)), "+1,234.5 %");
        assert_eq!((format_change(Some(0)), format_change(None)), ("0.0 %".into(), "new".into()));
    }
}
