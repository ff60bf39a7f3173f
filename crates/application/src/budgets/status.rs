//! How a month stands against its budgets, so far and at its end.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use farthing_forecast::daily::{BackTest, DailySeries, Method, Outlook, outlook};
use farthing_ledger::{BudgetInput, BudgetState, BudgetStatus, Expected, Measured, Statement, budget_status};
use farthing_store::Dataset;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection, UnitId, Window};
use serde::Serialize;
use utoipa::ToSchema;

use super::history::{Daily, Parents, daily, parents_of, rolled_up};
use crate::chargeback::Attributed;
use crate::conversion::{Reporting, Stated};
use crate::home::blocking;
use crate::{Error, Farthing};

/// Months before the one that is forecast which its days are learned from.
const MONTHS_OF_HISTORY: usize = 6;
/// Days after the end of a month within which bills still bring its last days.
const LATE_DAYS: i64 = 3;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct BudgetQuery {
    /// The month; the newest that has charges without it.
    pub period: Option<BillingPeriod>,
    /// Which of the four costs.
    pub cost: Cost,
    /// Only this unit and those below it.
    pub unit: Option<UnitId>,
    /// Only what the month cost up to this day, which belongs to it, and from there a forecast: what would have been said then.
    pub through: Option<NaiveDate>,
    /// All currencies in this one, and held against the budgets in it; without it each has its own.
    pub reporting: Option<Reporting>,
}

/// A month against its budgets, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BudgetReport {
    /// The moment whose facts and documents it rests on.
    pub as_of: DateTime<Utc>,
    /// The charges that `actual` is the sum of: `chargeback` of this period or window has the same figures.
    #[schema(value_type = String, example = "2026-05")]
    pub charges: String,
    /// The last day that has charges; none where the month has none.
    pub through: Option<NaiveDate>,
    /// The version of the budgets file; none where only units have budgets.
    pub budgets: Option<u64>,
    /// The versions of rules and units, as statements have it.
    pub rule_set: Option<String>,
    /// The figures.
    #[serde(flatten)]
    pub status: BudgetStatus,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

impl Farthing {
    /// How a month stands against its budgets: what it cost so far, as the chargeback has it, and what it is expected to cost.
    ///
    /// # Errors
    /// When there are no such charges, or no budgets for that month.
    pub async fn budget_status(&self, query: &BudgetQuery) -> Result<BudgetReport, Error> {
        let period = match query.period {
            Some(period) => period,
            None => self.newest_charged().await?,
        };
        self.as_closed(Selection::Period(period)).await?.budget_status_of_then(period, query).await
    }

    /// The same of the newest month where any budget is in force for it; for watchers that ask again and again.
    ///
    /// # Errors
    /// When charges cannot be attributed.
    pub async fn newest_budget_status(&self) -> Result<Option<BudgetReport>, Error> {
        let query = BudgetQuery { period: None, cost: Cost::Effective, unit: None, through: None, reporting: None };
        match self.budget_status(&query).await {
            Ok(report) => Ok(Some(report)),
            Err(Error::Nothing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn newest_charged(&self) -> Result<BillingPeriod, Error> {
        let revisions = self.revisions(Dataset::Charges, None).await?;
        let newest = revisions.iter().map(|revision| revision.period).max();
        newest.ok_or_else(|| {
            Error::Nothing("there are no charges yet. Import a bill: `farthing ingest billing PATH --source NAME`".into())
        })
    }

    async fn budget_status_of_then(&self, period: BillingPeriod, query: &BudgetQuery) -> Result<BudgetReport, Error> {
        let as_of = self.stated_moment();
        let lines = self.listed_units().await?.lines;
        let of_month = self.budgets_of_month(period, &lines).await?;
        if of_month.budgets.is_empty() {
            return Err(Error::Nothing(format!(
                "no unit has a budget for {period}. Give them some in the units document, or import a file: `farthing budgets import budgets.csv`"
            )));
        }
        let selection = selection(period, query.through)?;
        let attributed = self.attributed(selection, &[]).await?;
        let mut stated = self.stated_in(attributed, query.cost, query.reporting).await?;
        let statements = std::mem::take(&mut stated.statements);
        let through = last_day(&stated.attributed, period);
        let complete = self.complete_through(period, through, query.through, as_of);
        let rule_set = stated.attributed.rule_set.said();
        let months = self.months_before(period, query, stated).await?;
        let (cost, budgets) = (query.cost, of_month.budgets);
        let unit = query.unit.clone();
        let status = blocking(move || {
            let now = &months.now;
            let expected =
                expected(period, complete, &months, &statements, &budgets.iter().map(|(u, b)| (u.clone(), b.currency)).collect());
            let units = months.units.clone();
            let mut status = budget_status(&BudgetInput { period, cost, statements: &statements, budgets, units, expected });
            if let Some(unit) = &unit {
                keep_below(&mut status, unit, now);
            }
            Ok(status)
        })
        .await?;
        if let (Some(unit), true) = (&query.unit, status.units.is_empty()) {
            return Err(Error::Nothing(format!(
                "neither unit {unit} nor one below it has a budget for {period}. `farthing budgets list` lists them"
            )));
        }
        let notes = notes(&status.units);
        Ok(BudgetReport { as_of, charges: selection.to_string(), through, budgets: of_month.version, rule_set, status, notes })
    }

    /// The last day whose charges are all there; `None` where no day of the month is to come any more.
    ///
    /// A day that is not over brings more charges. A month that is over has all of them some days later, or when it is closed.
    pub(crate) fn complete_through(
        &self,
        period: BillingPeriod,
        through: Option<NaiveDate>,
        asked: Option<NaiveDate>,
        as_of: DateTime<Utc>,
    ) -> Option<NaiveDate> {
        let last = period.end().date_naive().pred_opt()?;
        if let Some(day) = asked {
            return (day < last).then_some(day);
        }
        let before = period.start().date_naive().pred_opt()?;
        let day = through.unwrap_or(before).min(as_of.date_naive().pred_opt()?.max(before));
        let is_over = as_of >= period.end() + TimeDelta::days(LATE_DAYS) || day >= last;
        (!is_over).then_some(day)
    }

    /// The days of the month and of those before it, without a gap between months.
    async fn months_before(&self, period: BillingPeriod, query: &BudgetQuery, stated: Stated) -> Result<Months, Error> {
        let BudgetQuery { cost, reporting, .. } = *query;
        let now = parents_of(&stated.attributed);
        let units = stated.attributed.rules.units().during(period.window());
        let units = units.into_iter().map(|unit| (unit.id.clone(), unit.name.clone(), unit.parent.clone())).collect();
        let (days, now) = blocking(move || Ok((daily(&stated, cost)?, now))).await?;
        let mut months = vec![(days, now.clone())];
        let (mut month, mut first) = (period, period);
        for _ in 0..MONTHS_OF_HISTORY {
            month = month.previous();
            let before = match self.attributed(Selection::Period(month), &[]).await {
                Ok(before) => self.stated_in(before, cost, reporting).await,
                Err(error) => Err(error),
            };
            let before = match before {
                Ok(before) => before,
                // Neither charges nor rates need reach back so far.
                Err(Error::Nothing(_)) => break,
                Err(error) => return Err(error),
            };
            months.push(blocking(move || Ok((daily(&before, cost)?, parents_of(&before.attributed)))).await?);
            first = month;
        }
        Ok(Months { months, now, units, first: first.start().date_naive() })
    }
}

/// Days of several months.
struct Months {
    months: Vec<(Daily, Parents)>,
    now: Parents,
    units: Vec<(UnitId, String, Option<UnitId>)>,
    first: NaiveDate,
}

fn selection(period: BillingPeriod, through: Option<NaiveDate>) -> Result<Selection, Error> {
    let Some(day) = through else { return Ok(Selection::Period(period)) };
    let after = day.checked_add_days(Days::new(1)).map(|day| day.and_time(NaiveTime::MIN).and_utc());
    match after {
        Some(to) if period.start() < to && to <= period.end() => Ok(Selection::Window(Window { from: period.start(), to })),
        _ => Err(Error::Invalid(format!("{day} is no day of {period}: name one of its days"))),
    }
}

/// The last day of the month that has charges.
fn last_day(attributed: &Attributed, period: BillingPeriod) -> Option<NaiveDate> {
    let (first, after) = (period.start().date_naive(), period.end().date_naive());
    attributed.charges.groups.iter().map(|group| group.day).filter(|day| first <= *day && *day < after).max()
}

/// What each unit that has a budget is expected to cost.
fn expected(
    period: BillingPeriod,
    complete: Option<NaiveDate>,
    months: &Months,
    statements: &[Statement],
    units: &Vec<(UnitId, Currency)>,
) -> BTreeMap<(UnitId, Currency), Expected> {
    let mut found = BTreeMap::new();
    for (unit, currency) in units {
        let line = statements.iter().filter(|statement| statement.currency == *currency).flat_map(|statement| &statement.units);
        let actual = line.filter(|line| line.unit == *unit).map(|line| line.rolled_up.total).next().unwrap_or_default();
        let expected = match complete {
            None => Some(over(actual)),
            Some(complete) => {
                let days = rolled_up(unit, *currency, &months.months, &months.now);
                to_come(period, complete, months.first, &days, actual)
            }
        };
        found.extend(expected.map(|expected| ((unit.clone(), *currency), expected)));
    }
    found
}

/// A month of which no day is to come.
fn over(actual: Amount) -> Expected {
    Expected {
        total: actual,
        low: Some(actual),
        high: Some(actual),
        days_to_come: 0,
        days_of_history: 0,
        method: "over".into(),
        back_test: None,
    }
}

/// What so far was `actual` and what the days after `complete` are expected to cost; `None` without any history.
fn to_come(
    period: BillingPeriod,
    complete: NaiveDate,
    first: NaiveDate,
    days: &BTreeMap<NaiveDate, f64>,
    actual: Amount,
) -> Option<Expected> {
    // Before its first charge a unit did not cost nothing: it was not there.
    let begins = days.iter().find(|(_, value)| **value != 0.0).map(|(day, _)| *day)?.max(first);
    let values =
        begins.iter_days().take_while(|day| *day <= complete).map(|day| days.get(&day).copied().unwrap_or(0.0)).collect();
    let ahead = usize::try_from((period.end().date_naive() - complete).num_days() - 1).ok()?;
    let series = DailySeries { first: begins, values };
    let days_of_history = series.values.len() as u32;
    let Outlook { daily, total, low, high, method, back_test } = outlook(&series, ahead).ok()?;
    // What a day that is not over has cost already is part of what it is expected to cost.
    let begun = days.range(complete.succ_opt()?..).map(|(_, value)| *value).next().unwrap_or(0.0);
    let begun = begun.min(daily.first().copied().unwrap_or(0.0)).max(0.0);
    let with = |rest: f64| actual.checked_add(rounded(rest - begun)?);
    let bound = |end: Option<f64>| end.and_then(with);
    let method = match method {
        Method::WeeklySmoothing => "weekly_smoothing",
        Method::Smoothing => "smoothing",
    };
    Some(Expected {
        total: with(total)?,
        low: bound(low),
        high: bound(high),
        days_to_come: ahead as u32,
        days_of_history,
        method: method.to_owned(),
        back_test: back_test.and_then(measured),
    })
}

fn measured(tested: BackTest) -> Option<Measured> {
    Some(Measured {
        horizon_days: tested.horizon as u32,
        origins: tested.origins as u32,
        mape_percent: tested.mape.and_then(rounded),
        naive_mape_percent: tested.naive_mape.and_then(rounded),
        coverage_percent: rounded(tested.coverage * 100.0)?,
    })
}

/// A statistic to the cent: more digits would say more than is known.
fn rounded(value: f64) -> Option<Amount> {
    format!("{value:.2}").parse().ok()
}

fn keep_below(status: &mut BudgetStatus, unit: &UnitId, parents: &Parents) {
    let is_below = |id: &UnitId| {
        let mut at = Some(id);
        for _ in 0..=parents.len() {
            match at {
                Some(at) if at == unit => return true,
                Some(other) => at = parents.get(other).and_then(Option::as_ref),
                None => return false,
            }
        }
        false
    };
    status.units.retain(|state| is_below(&state.unit));
    status.alerts.retain(|alert| is_below(&alert.unit));
    status.breached = !status.alerts.is_empty();
    let depth = status.units.first().map_or(0, |state| state.depth);
    status.units.iter_mut().for_each(|state| state.depth = state.depth.saturating_sub(depth));
}

fn notes(units: &[BudgetState]) -> Vec<String> {
    let mut notes = Vec::new();
    for state in units {
        if !state.other_currencies.is_empty() {
            let others: Vec<String> = state.other_currencies.iter().map(ToString::to_string).collect();
            let (unit, currency) = (&state.unit, state.currency);
            notes.push(format!(
                "{unit} also has money in {}, which is not held against its budget in {currency}: `--in {currency}` converts it",
                others.join(", ")
            ));
        }
        if !state.over_allocated.is_zero() {
            let allocated = state.allocated.unwrap_or_default();
            notes.push(format!(
                "{}: the units below it may cost {} {} together, which is {} more than its own budget of {}",
                state.unit, allocated, state.currency, state.over_allocated, state.budget
            ));
        }
    }
    notes
}
