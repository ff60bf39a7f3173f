//! The rates file: CSV, a pair and day a row.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate};
use farthing_types::{Amount, Currency};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conversion::AppliedRate;

/// Which rate holds for a charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversionRule {
    /// That of the charge's day.
    #[default]
    Day,
    /// That of the last day of the billing month.
    MonthEnd,
    /// The mean of all that are published for days of the billing month.
    MonthAverage,
}

impl ConversionRule {
    /// The word on the command line, in the file and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::MonthEnd => "month_end",
            Self::MonthAverage => "month_average",
        }
    }

    /// The rule in words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Day => "at the rate of each charge's day",
            Self::MonthEnd => "at the rate of the month's last day",
            Self::MonthAverage => "at the mean of the month's rates",
        }
    }
}

impl FromStr for ConversionRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Self::Day, Self::MonthEnd, Self::MonthAverage];
        let found = known.into_iter().find(|rule| rule.as_str() == text.replace('-', "_"));
        found.ok_or_else(|| format!("{text:?} is none of day, month_end, month_average"))
    }
}

impl fmt::Display for ConversionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A rate: one unit of `from` is worth `rate` units of `to` on `date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExchangeRate)]
pub struct RateLine {
    /// The day.
    pub date: NaiveDate,
    /// What is exchanged.
    pub from: Currency,
    /// For what.
    pub to: Currency,
    /// How much.
    pub rate: Amount,
}

/// Rates without problems.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatesDocument {
    pairs: BTreeMap<(Currency, Currency), BTreeMap<NaiveDate, Amount>>,
    rule: Option<ConversionRule>,
    carry_days: u32,
}

/// What is wrong with a row, with the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct RatesProblem {
    /// The line, from 1.
    pub line: usize,
    /// What and why.
    pub message: String,
}

/// There is no rate for a pair and day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no rate from {from} to {to} {when} ({known}): add it to the file and publish that with `farthing rates import`"
)]
pub struct MissingRate {
    /// What is exchanged.
    pub from: Currency,
    /// For what.
    pub to: Currency,
    /// `for 2026-05-16`, or `for any day of 2026-05`.
    pub when: String,
    /// What there is of the pair.
    pub known: String,
}

/// An exact factor: `amount × numerator ÷ denominator`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    numerator: Amount,
    denominator: Amount,
    /// The rates that it is made of.
    pub used: Vec<AppliedRate>,
}

impl Factor {
    /// The amount in the other currency, rounded half to even once, at 1e-18; `None` where it does not fit.
    pub fn convert(&self, amount: Amount) -> Option<Amount> {
        amount.mul_div(self.numerator, self.denominator)
    }
}

/// The columns.
const COLUMNS: [&str; 4] = ["date", "from", "to", "rate"];
/// Most days that a rate may hold beyond its own.
const MOST_CARRIED: u32 = 31;

impl RatesDocument {
    /// Reads `date,from,to,rate`. Lines that begin with `#` are remarks; two of them mean something: `# rule: month_end` is the rule where
    /// none is asked for, and `# carry_days: 3` lets a rate hold for so many days after its own where these have none, over a weekend for
    /// one. Without it, a day without a rate has none.
    ///
    /// # Errors
    /// Every problem, in the order of the lines.
    pub fn parse(text: &str) -> Result<Self, Vec<RatesProblem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut document, mut problems) = (Self::default(), Vec::new());
        for (at, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with('#')) {
            if let Err(message) = document.directive(line.trim_start_matches('#').trim()) {
                problems.push(RatesProblem { line: at + 1, message });
            }
        }
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text.as_bytes());
        let whole = |line: usize, message: String| RatesProblem { line, message };
        let heads: Vec<String> = match reader.headers() {
            Ok(heads) => heads.iter().map(str::to_lowercase).collect(),
            Err(error) => return Err(vec![whole(1, format!("this is not CSV that can be read: {error}"))]),
        };
        if heads != COLUMNS {
            let found = heads.join(",");
            return Err(vec![whole(1, format!("the header is {found:?}: it must be {}", COLUMNS.join(",")))]);
        }
        let mut lines: BTreeMap<(Currency, Currency, NaiveDate), usize> = BTreeMap::new();
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(1, |position| position.line() as usize);
                    problems.push(whole(line, format!("the row cannot be read: {error}")));
                    continue;
                }
            };
            let line = record.position().map_or(0, |position| position.line() as usize);
            match rate(&record) {
                Err(message) => problems.push(whole(line, message)),
                Ok(RateLine { date, from, to, rate }) => match lines.insert((from, to, date), line) {
                    Some(first) => {
                        problems.push(whole(line, format!("{from} to {to} on {date} stands on line {first} already: keep one")))
                    }
                    None => drop(document.pairs.entry((from, to)).or_default().insert(date, rate)),
                },
            }
        }
        if document.pairs.is_empty() && problems.is_empty() {
            problems.push(whole(1, "there is no rate in it: give at least one row".to_owned()));
        }
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(document) } else { Err(problems) }
    }

    fn directive(&mut self, remark: &str) -> Result<(), String> {
        match remark.split_once(':').map(|(name, value)| (name.trim(), value.trim())) {
            Some(("rule", value)) => self.rule = Some(value.parse().map_err(|error| format!("rule: {error}"))?),
            Some(("carry_days", value)) => {
                let days = value.parse().ok().filter(|days| *days <= MOST_CARRIED);
                self.carry_days =
                    days.ok_or_else(|| format!("carry_days: {value:?} is no number of days from 0 to {MOST_CARRIED}"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The rule where none is asked for.
    pub fn rule(&self) -> Option<ConversionRule> {
        self.rule
    }

    /// For how many days after its own a rate holds where these have none.
    pub fn carry_days(&self) -> u32 {
        self.carry_days
    }

    /// Every rate, by pair and day.
    pub fn lines(&self) -> impl Iterator<Item = RateLine> {
        let of_pair = |(&(from, to), days): (&(Currency, Currency), &BTreeMap<NaiveDate, Amount>)| {
            days.iter().map(|(date, rate)| RateLine { date: *date, from, to, rate: *rate }).collect::<Vec<_>>()
        };
        self.pairs.iter().flat_map(of_pair)
    }

    /// What turns an amount of `from` into `to` for a charge of `day`: `day` by the rule [`ConversionRule::Day`], else a day of the month.
    /// A pair that is published in both directions is taken as it is asked for.
    ///
    /// # Errors
    /// Where there is no such rate in either direction.
    pub fn factor(&self, from: Currency, to: Currency, day: NaiveDate, rule: ConversionRule) -> Result<Factor, MissingRate> {
        if from == to {
            return Ok(Factor { numerator: Amount::ONE, denominator: Amount::ONE, used: Vec::new() });
        }
        let month = month_of(day);
        let missing = |when: String| MissingRate { from, to, when, known: self.known(from, to) };
        let directions = [(from, to, false), (to, from, true)];
        if rule == ConversionRule::MonthAverage {
            for (one, other, inverse) in directions {
                let rates = self.pairs.get(&(one, other)).map(|days| days.range(month.clone()));
                let used: Vec<AppliedRate> = rates
                    .into_iter()
                    .flatten()
                    .map(|(date, rate)| AppliedRate { from: one, to: other, date: *date, rate: *rate, inverse })
                    .collect();
                let sum = used.iter().try_fold(Amount::ZERO, |sum, used| sum.checked_add(used.rate));
                if let (false, Some(sum)) = (used.is_empty(), sum) {
                    let count = Amount::from_int(used.len() as i64);
                    let (numerator, denominator) = if inverse { (count, sum) } else { (sum, count) };
                    return Ok(Factor { numerator, denominator, used });
                }
            }
            return Err(missing(format!("for any day of {}", day.format("%Y-%m"))));
        }
        let day = if rule == ConversionRule::MonthEnd { *month.end() } else { day };
        for (one, other, inverse) in directions {
            if let Some((date, rate)) = self.on(one, other, day) {
                let (numerator, denominator) = if inverse { (Amount::ONE, rate) } else { (rate, Amount::ONE) };
                return Ok(Factor {
                    numerator,
                    denominator,
                    used: vec![AppliedRate { from: one, to: other, date, rate, inverse }],
                });
            }
        }
        Err(missing(format!("for {day}")))
    }

    /// The rate of a day, or of the nearest day before it from which one is carried.
    fn on(&self, from: Currency, to: Currency, day: NaiveDate) -> Option<(NaiveDate, Amount)> {
        let first = day.checked_sub_days(Days::new(u64::from(self.carry_days)))?;
        self.pairs.get(&(from, to))?.range(first..=day).next_back().map(|(date, rate)| (*date, *rate))
    }

    fn known(&self, from: Currency, to: Currency) -> String {
        let days = [(from, to), (to, from)].into_iter().find_map(|pair| Some((pair, self.pairs.get(&pair)?)));
        match days.and_then(|(pair, days)| Some((pair, days.first_key_value()?, days.last_key_value()?, days.len()))) {
            None => "no rate of this pair is published".to_owned(),
            Some(((one, other), (first, _), (last, _), count)) => {
                format!("there are {count} from {one} to {other}, {first} to {last}")
            }
        }
    }
}

/// The days of a day's month.
fn month_of(day: NaiveDate) -> RangeInclusive<NaiveDate> {
    let first = day.with_day(1).unwrap_or(day);
    let last = first.checked_add_months(chrono::Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(day);
    first..=last
}

fn rate(record: &csv::StringRecord) -> Result<RateLine, String> {
    let cell = |at: usize| record.get(at).unwrap_or_default();
    let date = cell(0).parse().map_err(|_| format!("date: {:?} is not a day such as 2026-05-31", cell(0)))?;
    let currency = |at: usize| cell(at).parse::<Currency>().map_err(|error| format!("{}: {error}", COLUMNS[at]));
    let (from, to) = (currency(1)?, currency(2)?);
    if from == to {
        return Err(format!("{from} to {to} is no exchange: take the row out"));
    }
    let rate: Amount = cell(3).parse().map_err(|error| format!("rate: {error}"))?;
    if rate <= Amount::ZERO {
        return Err(format!("rate: {rate} is not above zero"));
    }
    Ok(RateLine { date, from, to, rate })
}
