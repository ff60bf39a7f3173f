//! What units cost by day: the history that a month is forecast from.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_attribution::{Assigner, Assignment};
use farthing_types::{Amount, Cost, Currency, UnitId};

use crate::Error;
use crate::chargeback::Attributed;
use crate::conversion::Stated;

/// What each unit cost on each day, by itself.
pub(super) type Daily = BTreeMap<(UnitId, Currency), BTreeMap<NaiveDate, f64>>;

/// Units and the unit above each.
pub(super) type Parents = BTreeMap<UnitId, Option<UnitId>>;

/// The tree of the days that were attributed.
pub(super) fn parents_of(attributed: &Attributed) -> Parents {
    let units = attributed.rules.units().during(attributed.charges.selection.window());
    units.into_iter().map(|unit| (unit.id.clone(), unit.parent.clone())).collect()
}

/// A statistic: here money becomes a binary fraction, and only forecasts and intervals come of it.
fn to_float(amount: Amount) -> f64 {
    amount.atto() as f64 / 1e18
}

/// What units cost on the days of the charges' window.
///
/// What rules sent stands on the day of the charge. A pool is split once for the whole window, so what it gave and took is laid on the
/// days in proportion to what its own units cost on them: the days of a unit sum to its total, apart from charges of earlier days.
pub(super) fn daily(stated: &Stated, cost: Cost) -> Result<Daily, Error> {
    let attributed = &stated.attributed;
    let charges = &attributed.charges;
    let (first, after) = (charges.window.from.date_naive(), charges.window.to.date_naive());
    let mut assigner = Assigner::new(&attributed.rules, &charges.keys)?;
    let mut direct: BTreeMap<(UnitId, Currency), BTreeMap<NaiveDate, Amount>> = BTreeMap::new();
    for group in charges.groups.iter().filter(|group| first <= group.day && group.day < after) {
        if let Some(Assignment::Unit { unit, .. }) = assigner.assign(group.key, group.day) {
            let days = direct.entry((unit.clone(), stated.currency(group.currency))).or_default();
            let sum = days.entry(group.day).or_default();
            let added = sum.checked_add(group.costs[cost]);
            *sum = added.ok_or_else(|| Error::Invalid(format!("the cost of {unit} on {} does not fit ±1e20", group.day)))?;
        }
    }
    let mut daily: Daily = Daily::new();
    for (key, days) in &direct {
        daily.insert(key.clone(), days.iter().map(|(day, amount)| (*day, to_float(*amount))).collect());
    }
    let mut shared: BTreeMap<(UnitId, Currency), f64> = BTreeMap::new();
    for line in &attributed.attribution.pools {
        *shared.entry((line.unit.clone(), stated.currency(line.currency))).or_default() += to_float(line.costs[cost]);
    }
    let giver = |unit: &UnitId| attributed.rules.pools().iter().any(|pool| pool.unit == *unit);
    for ((unit, currency), amount) in shared {
        let of_currency = |(_, other): &(UnitId, Currency)| *other == currency;
        let mut weights = weights(direct.iter().filter(|(key, _)| of_currency(key) && giver(&key.0)).map(|(_, days)| days));
        if weights.is_empty() {
            weights = self::weights(direct.iter().filter(|(key, _)| of_currency(key)).map(|(_, days)| days));
        }
        let total: f64 = weights.values().sum();
        let days = daily.entry((unit, currency)).or_default();
        for (day, weight) in weights {
            *days.entry(day).or_default() += amount * weight / total;
        }
    }
    Ok(daily)
}

/// What units cost together on each day, as far as that is above zero.
fn weights<'a>(units: impl Iterator<Item = &'a BTreeMap<NaiveDate, Amount>>) -> BTreeMap<NaiveDate, f64> {
    let mut weights: BTreeMap<NaiveDate, f64> = BTreeMap::new();
    for (day, amount) in units.flatten() {
        *weights.entry(*day).or_default() += to_float(*amount);
    }
    weights.retain(|_, weight| *weight > 0.0);
    weights
}

/// The days of a unit and all below it.
///
/// A unit stands where it stands now. One that is no more is counted where it stood then: below the nearest unit above it that still is.
pub(super) fn rolled_up(
    unit: &UnitId,
    currency: Currency,
    months: &[(Daily, Parents)],
    now: &Parents,
) -> BTreeMap<NaiveDate, f64> {
    let mut days: BTreeMap<NaiveDate, f64> = BTreeMap::new();
    for (daily, then) in months {
        for ((own, of), values) in daily {
            if *of == currency && is_below(own, unit, now, then) {
                values.iter().for_each(|(day, value)| *days.entry(*day).or_default() += value);
            }
        }
    }
    days
}

fn is_below(unit: &UnitId, above: &UnitId, now: &Parents, then: &Parents) -> bool {
    let mut at = Some(unit);
    // No path is longer than the two trees together.
    for _ in 0..=now.len() + then.len() {
        match at {
            None => return false,
            Some(at) if at == above => return true,
            Some(unit) => at = now.get(unit).or_else(|| then.get(unit)).and_then(Option::as_ref),
        }
    }
    false
}
