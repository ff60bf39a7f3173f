//! How a month stands against its budgets.

use std::collections::BTreeMap;

use farthing_types::{Amount, BillingPeriod, Cost, Currency, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::document::Budget;
use crate::statement::Statement;

/// What a unit is expected to cost in the whole month, those below it included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Expected {
    /// What it cost so far and what the days to come are expected to cost.
    pub total: Amount,
    /// The lower end of the interval that is meant to hold 95 % of outcomes; `null` where history is too short.
    pub low: Option<Amount>,
    /// The upper end.
    pub high: Option<Amount>,
    /// Days of the month that are still to come.
    pub days_to_come: u32,
    /// Days of history that it was made from.
    pub days_of_history: u32,
    /// `weekly_smoothing`, `smoothing`, or `over` where no day is to come.
    pub method: String,
    /// The error that the method would have had at earlier days, for as many days to come; `null` where history is too short.
    pub back_test: Option<Measured>,
}

/// How a method did in a back-test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastBackTest)]
pub struct Measured {
    /// Days ahead.
    pub horizon_days: u32,
    /// Earlier days that it was asked at.
    pub origins: u32,
    /// Mean absolute error of the sum over the days to come, in percent of what came.
    pub mape_percent: Option<Amount>,
    /// The same of repeating the last week.
    pub naive_mape_percent: Option<Amount>,
    /// How often the interval held what came, in percent.
    pub coverage_percent: Amount,
}

/// What a month's budgets are held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetInput<'a> {
    /// The month.
    pub period: BillingPeriod,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The month's statements, one a currency.
    pub statements: &'a [Statement],
    /// The budgets of the month.
    pub budgets: BTreeMap<UnitId, Budget>,
    /// The units of the month with the unit above each.
    pub units: Vec<(UnitId, String, Option<UnitId>)>,
    /// What units are expected to cost, by unit and currency.
    pub expected: BTreeMap<(UnitId, Currency), Expected>,
}

/// A month against its budgets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetStatus {
    /// The month.
    pub period: BillingPeriod,
    /// Which of the four costs.
    pub cost: Cost,
    /// Every unit that has a budget, in the order of the tree.
    pub units: Vec<BudgetState>,
    /// Every threshold that a unit is beyond.
    pub alerts: Vec<Alert>,
    /// True where there is an alert.
    pub breached: bool,
}

/// A unit against its budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetState {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// How many units with a budget stand above it.
    pub depth: u32,
    /// What it may cost in the month, those below it included.
    pub budget: Amount,
    /// The currency of the budget; only money in it is held against it.
    pub currency: Currency,
    /// What the nearest units below it that have a budget in this currency may cost together; `null` where none has.
    pub allocated: Option<Amount>,
    /// What of that is more than the unit's own budget.
    pub over_allocated: Amount,
    /// What it cost so far, those below it included: the rolled-up total of the statement.
    pub actual: Amount,
    /// `actual ÷ budget` in percent, rounded half to even to two places; `null` where the budget is zero.
    pub actual_percent: Option<Amount>,
    /// What is left of the budget; below zero where it is exceeded.
    pub remaining: Amount,
    /// What the whole month is expected to cost; `null` where there is no history.
    pub forecast: Option<Expected>,
    /// `forecast ÷ budget` in percent, likewise.
    pub forecast_percent: Option<Amount>,
    /// Other currencies in which it has money, which is not held against the budget.
    pub other_currencies: Vec<Currency>,
}

/// A threshold that a unit is beyond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BudgetAlert)]
pub struct Alert {
    /// The unit.
    pub unit: UnitId,
    /// `actual` or `forecast`.
    pub of: String,
    /// The threshold, in percent of the budget.
    pub threshold_percent: Amount,
    /// The threshold as an amount.
    pub threshold: Amount,
    /// What it cost, or is expected to.
    pub amount: Amount,
    /// `amount − threshold`.
    pub beyond: Amount,
    /// The currency.
    pub currency: Currency,
}

/// `part ÷ whole` in percent.
fn percent(part: Amount, whole: Amount) -> Option<Amount> {
    Some(part.mul_div(Amount::from_int(100), whole)?.round(2))
}

/// Holds a month's statements and what is expected against its budgets. `actual` is taken from the statements and not added up again.
pub fn budget_status(input: &BudgetInput<'_>) -> BudgetStatus {
    let parents: BTreeMap<&UnitId, &UnitId> =
        input.units.iter().filter_map(|(id, _, parent)| Some((id, parent.as_ref()?))).collect();
    let names: BTreeMap<&UnitId, &str> = input.units.iter().map(|(id, name, _)| (id, name.as_str())).collect();
    // The nearest unit above that has a budget.
    let above = |unit: &UnitId| {
        let mut at = parents.get(unit).copied();
        // A tree has no cycle, and a path is not longer than there are units.
        for _ in 0..input.units.len() {
            match at {
                Some(parent) if input.budgets.contains_key(parent) => return Some(parent.clone()),
                Some(parent) => at = parents.get(parent).copied(),
                None => return None,
            }
        }
        None
    };
    let mut below: BTreeMap<Option<UnitId>, Vec<&UnitId>> = BTreeMap::new();
    for unit in input.budgets.keys() {
        below.entry(above(unit)).or_default().push(unit);
    }
    let mut units = Vec::with_capacity(input.budgets.len());
    let mut open: Vec<(&UnitId, u32)> = below.get(&None).into_iter().flatten().rev().map(|unit| (*unit, 0)).collect();
    while let Some((unit, depth)) = open.pop() {
        let children = below.get(&Some(unit.clone())).map(Vec::as_slice).unwrap_or_default();
        open.extend(children.iter().rev().map(|child| (*child, depth + 1)));
        let name = names.get(unit).map_or_else(|| unit.to_string(), |name| (*name).to_owned());
        units.push(state(input, unit, name, depth, children));
    }
    let alerts: Vec<Alert> = units.iter().flat_map(|state| alerts(state, &input.budgets[&state.unit])).collect();
    BudgetStatus { period: input.period, cost: input.cost, breached: !alerts.is_empty(), units, alerts }
}

fn state(input: &BudgetInput<'_>, unit: &UnitId, name: String, depth: u32, children: &[&UnitId]) -> BudgetState {
    let Budget { amount: budget, currency, .. } = input.budgets[unit];
    let line = |statement: &Statement| statement.units.iter().find(|line| line.unit == *unit).map(|line| line.rolled_up.total);
    let same = input.statements.iter().find(|statement| statement.currency == currency);
    let actual = same.and_then(line).unwrap_or_default();
    let others = input.statements.iter().filter(|statement| statement.currency != currency);
    let others = others.filter(|statement| line(statement).is_some_and(|total| !total.is_zero()));
    let given: Vec<Amount> = children
        .iter()
        .map(|child| &input.budgets[*child])
        .filter(|child| child.currency == currency)
        .map(|child| child.amount)
        .collect();
    // Budgets are within ±1e20 each; what does not fit together is more than any budget.
    let allocated = given.iter().try_fold(Amount::ZERO, |sum, amount| sum.checked_add(*amount));
    let allocated = allocated.filter(|_| !given.is_empty());
    let forecast = input.expected.get(&(unit.clone(), currency)).cloned();
    BudgetState {
        unit: unit.clone(),
        name,
        depth,
        budget,
        currency,
        allocated,
        over_allocated: allocated.map_or(Amount::ZERO, |allocated| (allocated - budget).max(Amount::ZERO)),
        actual,
        actual_percent: percent(actual, budget),
        remaining: budget - actual,
        forecast_percent: forecast.as_ref().and_then(|forecast| percent(forecast.total, budget)),
        forecast,
        other_currencies: others.map(|statement| statement.currency).collect(),
    }
}

fn alerts(state: &BudgetState, budget: &Budget) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let is_over = state.forecast.as_ref().is_some_and(|forecast| forecast.days_to_come == 0);
    let expected = state.forecast.as_ref().map(|forecast| forecast.total);
    let measures =
        [("actual", Some(state.actual), &budget.thresholds.actual), ("forecast", expected, &budget.thresholds.forecast)];
    for (of, amount, thresholds) in measures {
        let Some(amount) = amount else { continue };
        for &threshold_percent in thresholds {
            // Of a month that is over, what it cost and what it is expected to cost are one.
            if of == "forecast" && is_over && budget.thresholds.actual.contains(&threshold_percent) {
                continue;
            }
            let Some(threshold) = budget.amount.mul_div(threshold_percent, Amount::from_int(100)) else { continue };
            if amount > threshold {
                alerts.push(Alert {
                    unit: state.unit.clone(),
                    of: of.to_owned(),
                    threshold_percent,
                    threshold,
                    amount,
                    beyond: amount - threshold,
                    currency: state.currency,
                });
            }
        }
    }
    alerts
}
