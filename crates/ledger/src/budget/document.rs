//! The budgets file: CSV, a unit and month a row.

use std::collections::BTreeMap;
use std::fmt;

use farthing_types::{Amount, BillingPeriod, Currency, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Shares of a budget, in percent, beyond which somebody wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Thresholds {
    /// Of what the month cost so far.
    pub actual: Vec<Amount>,
    /// Of what it is expected to cost.
    pub forecast: Vec<Amount>,
}

/// 100 % of the budget, so far or expected.
const DEFAULT_ALERTS: Amount = Amount::from_int(100);

impl Default for Thresholds {
    fn default() -> Self {
        Self { actual: vec![DEFAULT_ALERTS], forecast: vec![DEFAULT_ALERTS] }
    }
}

/// What a unit may cost in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Budget {
    /// How much.
    pub amount: Amount,
    /// In this currency.
    pub currency: Currency,
    /// When somebody wants to know.
    pub thresholds: Thresholds,
}

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetLine {
    /// Its line, from 1.
    pub line: usize,
    /// The unit.
    pub unit: UnitId,
    /// The first month.
    pub first: BillingPeriod,
    /// The last month.
    pub last: BillingPeriod,
    /// What the unit may cost in each of them.
    pub budget: Budget,
}

/// Budgets without problems, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BudgetsDocument {
    lines: Vec<BudgetLine>,
}

/// What is wrong with a row, with the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BudgetProblem {
    /// The line, from 1.
    pub line: usize,
    /// The unit, where the row names one.
    pub unit: Option<String>,
    /// What and why.
    pub message: String,
}

impl fmt::Display for BudgetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            Some(unit) => write!(f, "line {}: unit {unit:?}: {}", self.line, self.message),
            None => write!(f, "line {}: {}", self.line, self.message),
        }
    }
}

/// The columns; the last three may be missing.
const COLUMNS: [&str; 7] = ["unit", "month", "amount", "currency", "alert_actual", "alert_forecast", "note"];
/// Most months of one row: ten years.
const MOST_MONTHS: usize = 120;

impl BudgetsDocument {
    /// Reads `unit,month,amount,currency[,alert_actual][,alert_forecast][,note]`. A month is `2026-05`, or `2026-01/2026-12` for each of
    /// several; alerts are shares of the budget in percent, several with `;` between them, and `none` for none.
    ///
    /// # Errors
    /// Every problem, in the order of the lines.
    pub fn parse(text: &str) -> Result<Self, Vec<BudgetProblem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let whole = |line: usize, message: String| BudgetProblem { line, unit: None, message };
        let heads: Vec<String> = match reader.headers() {
            Ok(heads) => heads.iter().map(str::to_lowercase).collect(),
            Err(error) => return Err(vec![whole(1, format!("this is not CSV that can be read: {error}"))]),
        };
        let mut problems: Vec<BudgetProblem> = Vec::new();
        for head in heads.iter().filter(|head| !COLUMNS.contains(&head.as_str())) {
            problems.push(whole(1, format!("the column {head:?} means nothing here: the columns are {}", COLUMNS.join(", "))));
        }
        for (at, head) in heads.iter().enumerate().filter(|(at, head)| heads[..*at].contains(head)) {
            problems.push(whole(1, format!("the column {head:?} stands twice, again as column {}", at + 1)));
        }
        for column in COLUMNS[..4].iter().filter(|column| !heads.iter().any(|head| head == *column)) {
            problems.push(whole(1, format!("there is no column {column:?}: the header must have {}", COLUMNS[..4].join(", "))));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut lines = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, |position| position.line() as usize);
                    let cells = heads.iter().map(String::as_str).zip(record.iter()).collect();
                    lines.extend(Row { line, cells, problems: &mut problems }.read());
                }
                Err(error) => {
                    let line = error.position().map_or(1, |position| position.line() as usize);
                    problems.push(whole(line, format!("the row cannot be read: {error}")));
                }
            }
        }
        twice(&lines, &mut problems);
        if lines.is_empty() && problems.is_empty() {
            problems.push(whole(1, "there is no budget in it: give at least one row".to_owned()));
        }
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(Self { lines }) } else { Err(problems) }
    }

    /// The rows.
    pub fn lines(&self) -> &[BudgetLine] {
        &self.lines
    }

    /// The budgets of a month.
    pub fn of(&self, period: BillingPeriod) -> BTreeMap<UnitId, Budget> {
        let lines = self.lines.iter().filter(|line| line.first <= period && period <= line.last);
        lines.map(|line| (line.unit.clone(), line.budget.clone())).collect()
    }
}

/// Two rows of one unit for one month.
fn twice(lines: &[BudgetLine], problems: &mut Vec<BudgetProblem>) {
    let mut of_unit: BTreeMap<&UnitId, Vec<&BudgetLine>> = BTreeMap::new();
    for line in lines {
        let earlier = of_unit.entry(&line.unit).or_default();
        if let Some(other) = earlier.iter().find(|other| other.first <= line.last && line.first <= other.last) {
            let month = line.first.max(other.first);
            let message = format!("line {} has a budget for {month} already: keep one", other.line);
            problems.push(BudgetProblem { line: line.line, unit: Some(line.unit.to_string()), message });
        }
        earlier.push(line);
    }
}

struct Row<'a> {
    line: usize,
    cells: Vec<(&'a str, &'a str)>,
    problems: &'a mut Vec<BudgetProblem>,
}

impl Row<'_> {
    fn cell(&self, name: &str) -> &str {
        self.cells.iter().find(|(head, _)| *head == name).map_or("", |(_, cell)| *cell)
    }

    fn fail(&mut self, message: String) {
        let unit = Some(self.cell("unit").to_owned()).filter(|unit| !unit.is_empty());
        self.problems.push(BudgetProblem { line: self.line, unit, message });
    }

    fn read(mut self) -> Option<BudgetLine> {
        let unit = self.parsed::<UnitId>("unit", "a unit");
        let months = self.months();
        let amount = self.parsed::<Amount>("amount", "an amount such as 60000.00");
        let currency = self.parsed::<Currency>("currency", "a currency such as USD");
        let (actual, forecast) = (self.shares("alert_actual"), self.shares("alert_forecast"));
        if let Some(amount) = amount.filter(|amount| amount.is_negative()) {
            self.fail(format!("the amount {amount} is below zero, which nothing can stay within: give 0 or more"));
            return None;
        }
        let (first, last) = months?;
        let thresholds = Thresholds { actual: actual?, forecast: forecast? };
        Some(BudgetLine {
            line: self.line,
            unit: unit?,
            first,
            last,
            budget: Budget { amount: amount?, currency: currency?, thresholds },
        })
    }

    fn parsed<T: std::str::FromStr<Err: fmt::Display>>(&mut self, name: &str, what: &str) -> Option<T> {
        let text = self.cell(name).to_owned();
        if text.is_empty() {
            self.fail(format!("there is no {name}: give {what}"));
            return None;
        }
        text.parse().map_err(|error: T::Err| self.fail(format!("{name}: {error}"))).ok()
    }

    fn months(&mut self) -> Option<(BillingPeriod, BillingPeriod)> {
        let text = self.cell("month").to_owned();
        let (first, last) = text.split_once('/').unwrap_or((&text, &text));
        let months = first.trim().parse::<BillingPeriod>().and_then(|first| Ok((first, last.trim().parse::<BillingPeriod>()?)));
        match months {
            Err(error) => {
                self.fail(format!("month: {error}, or several as 2026-01/2026-12"));
                None
            }
            Ok((first, last)) if first > last => {
                self.fail(format!("month: {first} is not before {last}: name the first month first"));
                None
            }
            Ok((first, last))
                if std::iter::successors(Some(first), |month| Some(month.next())).take(MOST_MONTHS).all(|month| month < last) =>
            {
                self.fail(format!("month: {first}/{last} is more than {MOST_MONTHS} months: give fewer"));
                None
            }
            Ok(months) => Some(months),
        }
    }

    /// Shares in percent: 100 without any, and none for `none`.
    fn shares(&mut self, name: &str) -> Option<Vec<Amount>> {
        let text = self.cell(name).to_owned();
        match text.as_str() {
            "" => return Some(vec![DEFAULT_ALERTS]),
            "none" => return Some(Vec::new()),
            _ => {}
        }
        let mut shares = Vec::new();
        for part in text.split(';') {
            let number = part.trim().trim_end_matches('%').trim_end();
            match number.parse::<Amount>() {
                Ok(share) if !share.is_negative() => shares.push(share),
                _ => {
                    self.fail(format!("{name}: {part:?} is no share in percent such as 80: write 80;100, or none"));
                    return None;
                }
            }
        }
        shares.sort_unstable();
        shares.dedup();
        Some(shares)
    }
}
