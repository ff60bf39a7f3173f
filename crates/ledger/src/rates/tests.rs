use chrono::NaiveDate;
use farthing_types::{Amount, Currency};
use proptest::prelude::*;

use super::*;

const FILE: &str = "# of the central bank\n# rule: month_end\n# carry_days: 3\ndate,from,to,rate\n\
    2026-05-01,USD,EUR,0.9\n2026-05-04,USD,EUR,0.8\n2026-05-29,USD,EUR,0.85\n2026-05-29,GBP,EUR,1.16\n";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn rates() -> RatesDocument {
    RatesDocument::parse(FILE).unwrap()
}

fn gbp() -> Currency {
    "GBP".parse().unwrap()
}

fn converted(of: &str, on: &str, rule: ConversionRule) -> Result<String, String> {
    let factor = rates().factor(Currency::USD, Currency::EUR, day(on), rule).map_err(|missing| missing.to_string())?;
    Ok(factor.convert(amount(of)).unwrap().to_string())
}

#[test]
fn each_rule_takes_its_rate() {
    use ConversionRule::{Day, MonthAverage, MonthEnd};
    assert_eq!((rates().rule(), rates().carry_days()), (Some(MonthEnd), 3));
    assert_eq!(converted("100", "2026-05-04", Day).unwrap(), "80");
    assert_eq!(converted("100", "2026-05-03", Day).unwrap(), "90", "the first is carried over the weekend");
    assert_eq!(converted("100", "2026-05-03", MonthEnd).unwrap(), "85", "the 29th is carried to the 31st");
    assert_eq!(converted("100", "2026-05-03", MonthAverage).unwrap(), "85");
    // 2.55 ÷ 3 is exact; a mean that is not is rounded once, with the product.
    let thirds =
        RatesDocument::parse("date,from,to,rate\n2026-05-01,USD,EUR,0.5\n2026-05-02,USD,EUR,0.5\n2026-05-03,USD,EUR,1\n")
            .unwrap();
    let factor = thirds.factor(Currency::USD, Currency::EUR, day("2026-05-09"), MonthAverage).unwrap();
    assert_eq!(factor.convert(amount("3")).unwrap(), amount("2"));
    assert_eq!(factor.used.len(), 3);
}

#[test]
fn the_other_direction_divides_and_the_same_currency_stays() {
    let factor = rates().factor(Currency::EUR, gbp(), day("2026-05-29"), ConversionRule::Day).unwrap();
    assert!(factor.used[0].inverse);
    assert_eq!(factor.convert(amount("116")).unwrap(), amount("100"));
    let same = rates().factor(gbp(), gbp(), day("1999-01-01"), ConversionRule::Day).unwrap();
    assert_eq!((same.convert(amount("1.23")).unwrap(), same.used.len()), (amount("1.23"), 0));
}

#[test]
fn a_missing_rate_names_pair_and_day() {
    let said = converted("1", "2026-05-09", ConversionRule::Day).unwrap_err();
    assert_eq!(
        said,
        "there is no rate from USD to EUR for 2026-05-09 (there are 3 from USD to EUR, 2026-05-01 to 2026-05-29): add it to the file and \
         publish that with `farthing rates import`"
    );
    assert!(converted("1", "2026-06-09", ConversionRule::MonthEnd).unwrap_err().contains("for 2026-06-30"));
    assert!(converted("1", "2026-06-09", ConversionRule::MonthAverage).unwrap_err().contains("for any day of 2026-06"));
    let cross = rates().factor(gbp(), Currency::USD, day("2026-05-29"), ConversionRule::Day).unwrap_err();
    assert!(
        cross.to_string().contains("from GBP to USD for 2026-05-29 (no rate of this pair is published)"),
        "nothing is crossed"
    );
}

#[test]
fn problems_name_line_cause_and_next_step() {
    let cases = [
        ("2026-05-01,USD,EUR,0.9\n2026-05-01,USD,EUR,0.8", "line 3: USD to EUR on 2026-05-01 stands on line 2 already: keep one"),
        ("1 May,USD,EUR,0.9", "line 2: date: \"1 May\" is not a day"),
        ("2026-05-01,usd,EUR,0.9", "line 2: from: \"usd\" is not an ISO 4217"),
        ("2026-05-01,EUR,EUR,1", "line 2: EUR to EUR is no exchange"),
        ("2026-05-01,USD,EUR,0", "line 2: rate: 0 is not above zero"),
        ("2026-05-01,USD,EUR,-1", "rate: -1 is not above zero"),
        ("2026-05-01,USD,EUR,\"0,9\"", "rate: \"0,9\" is not a decimal number"),
        ("2026-05-01,USD,EUR,0.12345678901234567890", "more than 18 decimals"),
        ("2026-05-01,USD,EUR", "line 2: the row cannot be read"),
        ("# rule: weekly\n2026-05-01,USD,EUR,1", "line 2: rule: \"weekly\" is none of day, month_end, month_average"),
        ("# carry_days: 90\n2026-05-01,USD,EUR,1", "carry_days: \"90\" is no number of days from 0 to 31"),
        ("", "there is no rate in it"),
    ];
    for (rows, expected) in cases {
        let problems = RatesDocument::parse(&format!("date,from,to,rate\n{rows}\n")).unwrap_err();
        let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(said.contains(expected), "{rows:?}: {said}\nlacks {expected:?}");
    }
    assert!(RatesDocument::parse("day,pair,rate\n").unwrap_err()[0].message.contains("it must be date,from,to,rate"));
}

proptest! {
    #[test]
    fn what_is_converted_apart_and_together_differs_by_rounding_alone(
        parts in prop::collection::vec(-10_i128.pow(30)..10_i128.pow(30), 1..40),
        rate in 1..10_i128.pow(21),
    ) {
        let rate = Amount::from_atto(rate).unwrap();
        let file = format!("date,from,to,rate\n2026-05-01,USD,EUR,{rate}\n");
        let factor = RatesDocument::parse(&file).unwrap().factor(Currency::USD, Currency::EUR, day("2026-05-01"), ConversionRule::Day).unwrap();
        let parts: Vec<Amount> = parts.into_iter().map(|part| Amount::from_atto(part).unwrap()).collect();
        let together = factor.convert(parts.iter().copied().sum()).unwrap();
        let apart: Amount = parts.iter().map(|part| factor.convert(*part).unwrap()).sum();
        // Each rounding is off by half a unit at most, and so is that of the whole.
        prop_assert!((together - apart).atto().unsigned_abs() <= (parts.len() as u128).div_ceil(2) + 1);
    }
}
