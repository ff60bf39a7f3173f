//! Why a billing period cost another amount than an earlier one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use farthing_attribution::{Assigner, Assignment, RuleSet};
use farthing_ledger::{Item, RowTotals, Statement, Variance, VarianceInput, VarianceRates, variance, variance_in};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection};

use crate::charges::PeriodCharges;
use crate::conversion::Reporting;
use crate::home::blocking;
use crate::{Error, Farthing};

/// The rows of a bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarianceBy {
    /// Units, and reasons of what belongs to none.
    Unit,
    /// Services.
    Service,
}

impl VarianceBy {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for VarianceBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for VarianceBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::Unit, Self::Service].into_iter().find(|by| by.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is none of unit, service"))
    }
}

/// Two periods to be compared.
#[derive(Clone, Debug)]
pub struct VarianceQuery {
    /// The earlier period.
    pub from: BillingPeriod,
    /// The later period.
    pub to: BillingPeriod,
    /// Which of the four costs.
    pub cost: Cost,
    /// The rows.
    pub by: VarianceBy,
    /// The earlier period as it was stated at this moment, with the facts and rules of then.
    pub from_as_of: Option<DateTime<Utc>>,
    /// All currencies in this one, with a step for other rates; without it each has its own bridge.
    pub reporting: Option<Reporting>,
}

/// What makes an item: the columns beside those that the rules read.
const ITEM: [&str; 5] = ["ServiceName", "SkuPriceId", "SkuId", "PricingUnit", "ChargeClass"];

/// Rows by currency.
type Rows = BTreeMap<Currency, BTreeMap<String, RowTotals>>;

/// Items by currency.
type Items = BTreeMap<Currency, Vec<Item>>;

impl Farthing {
    /// A bridge from one period's statement to another's, one a currency: price, volume, mix, fees, corrections, rules and
    /// shares of pools, and rates of currencies where it is converted, which sum to the difference exactly.
    ///
    /// # Errors
    /// When one of the periods has no charges, or they are the same.
    pub async fn variance(&self, query: &VarianceQuery) -> Result<Vec<Variance>, Error> {
        let VarianceQuery { from, to, cost, by, from_as_of, reporting } = *query;
        if from >= to {
            return Err(Error::Invalid(format!("{from} is not before {to}: name the earlier period first")));
        }
        let earlier = match from_as_of {
            Some(moment) => self.as_of(moment)?,
            None => self.clone(),
        };
        let mut rows = Rows::new();
        let put_before = |row: &mut RowTotals, total, shared| (row.before, row.shared_before) = (total, shared);
        let put_after = |row: &mut RowTotals, total, shared| (row.after, row.shared_after) = (total, shared);
        earlier.add_rows(query, from, None, &mut rows, put_before).await?;
        self.add_rows(query, to, None, &mut rows, put_after).await?;

        let (rules_then, _) = earlier.rules().await?;
        let (rules_now, _) = self.rules().await?;
        let last_day = from.next().start().date_naive().pred_opt().expect("a period has a day before its end");
        let fields_then = rules_then.fields_read();
        let also: Vec<&str> = ITEM.into_iter().chain(fields_then.iter().map(String::as_str)).collect();
        let before = earlier.quantified_charges(Selection::Period(from), &rules_then, &ITEM).await?;
        let after = self.quantified_charges(Selection::Period(to), &rules_now, &also).await?;
        let rates = match reporting {
            Some(_) => Some(self.variance_rates(&earlier, query).await?),
            None => None,
        };
        blocking(move || {
            let before = items(&before, &rules_then, None, cost, by)?;
            if by == VarianceBy::Unit {
                move_rules(&mut rows, &after.0, [&rules_then, &rules_now], last_day, cost)?;
            }
            let after = items(&after, &rules_then, Some(last_day), cost, by)?;
            let currencies: BTreeSet<Currency> = rows.keys().chain(before.keys()).chain(after.keys()).copied().collect();
            let of_currency = |currency: Currency| {
                let input = VarianceInput {
                    from,
                    to,
                    currency,
                    cost,
                    rows: rows.get(&currency).cloned().unwrap_or_default(),
                    before: before.get(&currency).cloned().unwrap_or_default(),
                    after: after.get(&currency).cloned().unwrap_or_default(),
                };
                variance(&input).map_err(|error| Error::Invalid(error.to_string()))
            };
            let bridges = currencies.into_iter().map(of_currency).collect::<Result<Vec<Variance>, Error>>()?;
            match (reporting, rates) {
                (Some(reporting), Some(rates)) => {
                    let converted = variance_in(reporting.currency, &bridges, &rates);
                    Ok(converted.map_err(|error| Error::Invalid(error.to_string()))?.into_iter().collect())
                }
                _ => Ok(bridges),
            }
        })
        .await
    }

    /// What a bridge is converted with: the rows of the converted statements, and the mean rates of the earlier period.
    async fn variance_rates(&self, earlier: &Farthing, query: &VarianceQuery) -> Result<VarianceRates, Error> {
        let mut rows = Rows::new();
        let before = |row: &mut RowTotals, total, _| row.before = total;
        let after = |row: &mut RowTotals, total, _| row.after = total;
        let mut mean = earlier.add_rows(query, query.from, query.reporting, &mut rows, before).await?;
        for (currency, rate) in self.add_rows(query, query.to, query.reporting, &mut rows, after).await? {
            mean.entry(currency).or_insert(rate);
        }
        let rows = rows.into_values().flatten().map(|(row, totals)| (row, (totals.before, totals.after))).collect();
        Ok(VarianceRates { rows, mean })
    }

    /// What each row owes on the statements of a period; services have no pools. Gives the mean rate of each currency where they are
    /// converted.
    async fn add_rows(
        &self,
        query: &VarianceQuery,
        period: BillingPeriod,
        reporting: Option<Reporting>,
        rows: &mut Rows,
        put: impl Fn(&mut RowTotals, Amount, Amount),
    ) -> Result<BTreeMap<Currency, Amount>, Error> {
        let cost = query.cost;
        let attributed = self.attributed(Selection::Period(period), &["ServiceName"]).await?;
        let stated = self.stated_in(attributed, cost, reporting).await?;
        let originals = stated.statements.iter().filter_map(|statement| statement.conversion.as_ref());
        let originals = originals.flat_map(|conversion| &conversion.originals);
        let mean = originals.filter_map(|original| Some((original.currency, original.mean_rate?))).collect();
        if query.by == VarianceBy::Service {
            let charges = &stated.attributed.charges;
            let mut sums: BTreeMap<(Currency, String), Amount> = BTreeMap::new();
            for group in &charges.groups {
                let sum = sums.entry((stated.currency(group.currency), service_of(charges, group.key))).or_default();
                *sum = sum.checked_add(group.costs[cost]).ok_or_else(too_large)?;
            }
            for ((currency, service), sum) in sums {
                put(rows.entry(currency).or_default().entry(service).or_default(), sum, Amount::ZERO);
            }
            return Ok(mean);
        }
        for Statement { currency, units, unattributed, .. } in stated.statements {
            let rows = rows.entry(currency).or_default();
            for unit in units {
                put(rows.entry(unit.unit.to_string()).or_default(), unit.total, unit.shared);
            }
            for line in unattributed {
                put(rows.entry(reason_row(&line.reason)).or_default(), line.amount, Amount::ZERO);
            }
        }
        Ok(mean)
    }
}

fn too_large() -> Error {
    Error::Invalid("a sum of costs does not fit ±1e20".to_owned())
}

fn reason_row(reason: &str) -> String {
    format!("({reason})")
}

fn service_of(charges: &PeriodCharges, key: u32) -> String {
    let service = charges.keys.column("ServiceName").and_then(|column| charges.keys.value(key, column));
    service.unwrap_or("(no service)").to_owned()
}

fn row_of(assignment: &Assignment<'_>) -> String {
    match assignment {
        Assignment::Unit { unit, .. } => unit.to_string(),
        Assignment::Unattributed { reason, .. } => reason_row(reason.as_str()),
    }
}

/// The charges as items of rows: where the rules put them on their days, or as they would on one day.
fn items(
    (charges, quantities): &(PeriodCharges, Vec<Amount>),
    rules: &RuleSet,
    on: Option<NaiveDate>,
    cost: Cost,
    by: VarianceBy,
) -> Result<Items, Error> {
    let mut assigner = Assigner::new(rules, &charges.keys)?;
    let columns = ITEM.map(|name| charges.keys.column(name));
    let mut sums: BTreeMap<_, (Amount, Amount)> = BTreeMap::new();
    for (group, quantity) in charges.groups.iter().zip(quantities) {
        let value = |at: usize| columns[at].and_then(|column| charges.keys.value(group.key, column)).unwrap_or_default();
        let row = match by {
            VarianceBy::Service => service_of(charges, group.key),
            VarianceBy::Unit => {
                let assignment = assigner.assign(group.key, on.unwrap_or(group.day));
                row_of(&assignment.expect("the groups have keys of this table"))
            }
        };
        let sku = if value(1).is_empty() { value(2) } else { value(1) };
        let is_correction = value(4).eq_ignore_ascii_case("Correction");
        let key = (group.currency, row, group.source, value(0), value(3), sku, is_correction);
        let sum = sums.entry(key).or_default();
        sum.0 = sum.0.checked_add(*quantity).ok_or_else(too_large)?;
        sum.1 = sum.1.checked_add(group.costs[cost]).ok_or_else(too_large)?;
    }
    let mut items = Items::new();
    for ((currency, row, source, service, unit, sku, is_correction), (quantity, amount)) in sums {
        let family = [charges.sources[source as usize].as_str(), service, unit].map(str::to_owned);
        items.entry(currency).or_default().push(Item { row, family, sku: sku.to_owned(), is_correction, quantity, amount });
    }
    Ok(items)
}

/// What the later charges are on each row now, less what they would be by the rules of then on the earlier period's last day.
fn move_rules(
    rows: &mut Rows,
    charges: &PeriodCharges,
    [then, now]: [&RuleSet; 2],
    last_day: NaiveDate,
    cost: Cost,
) -> Result<(), Error> {
    let (mut then, mut now) = (Assigner::new(then, &charges.keys)?, Assigner::new(now, &charges.keys)?);
    for group in &charges.groups {
        let known = "the groups have keys of this table";
        let from = row_of(&then.assign(group.key, last_day).expect(known));
        let to = row_of(&now.assign(group.key, group.day).expect(known));
        if from != to {
            let rows = rows.entry(group.currency).or_default();
            let amount = group.costs[cost];
            for (row, amount) in [(from, -amount), (to, amount)] {
                let row = rows.entry(row).or_default();
                row.rules = row.rules.checked_add(amount).ok_or_else(too_large)?;
            }
        }
    }
    Ok(())
}
