//! The budgets file: what the business lines may cost in a month. Two of them cost more.

use std::fmt::Write;

use crate::units::ROOT;

/// Unit, and US dollars in a month. The sum is less than what the whole organisation may cost.
const LINES: &[(&str, u32)] = &[
    ("claims", 112_000),
    ("customer-service", 118_000),
    ("lending", 125_000),
    ("platform", 152_000),
    ("shared-services", 62_000),
    ("underwriting", 104_000),
];

/// The text of `budgets.csv`.
pub(crate) fn text() -> String {
    let mut text = String::from("unit,month,amount,currency,alert_actual,alert_forecast\n");
    for (unit, amount) in [(ROOT.id, 720_000)].iter().chain(LINES) {
        writeln!(text, "{unit},2026-01/2026-12,{amount},USD,80;100,100").expect("a String takes everything");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UNITS;

    #[test]
    fn every_unit_is_there_and_the_lines_stay_within_the_whole() {
        assert!(LINES.iter().all(|(id, _)| UNITS.iter().any(|unit| unit.id == *id)));
        assert!(LINES.iter().map(|(_, amount)| amount).sum::<u32>() < 720_000);
    }
}
