//! What the bill says that plans rest on: what is rented by the hour, what is committed, what is stored.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use farthing_optimizer::measured::{commitments, storage};
use farthing_types::{Amount, BillingPeriod, Currency};
use farthing_unit_economics::prices::{PriceList, SkuKind, SkuPrice, SkuQuery};
use serde_json::Value;

use crate::answer::column_values;
use crate::chargeback::sum;
use crate::{Error, Farthing, SqlQuery};

const RENTED: &str = include_str!("rented.sql");
const STORED: &str = include_str!("stored.sql");

/// One row of an answer, by column.
pub(crate) struct Row(Vec<Value>);

impl Row {
    pub fn text(&self, at: usize) -> &str {
        self.0[at].as_str().unwrap_or_default()
    }

    pub fn amount(&self, at: usize) -> Option<Amount> {
        match &self.0[at] {
            Value::Null => None,
            Value::String(text) => text.parse().ok(),
            other => other.to_string().parse().ok(),
        }
    }

    pub fn moment(&self, at: usize) -> Option<DateTime<Utc>> {
        self.text(at).parse().ok()
    }
}

/// Amounts of several currencies do not add up: those of the currency of the most are planned for.
fn main_currency(rows: &[Row], currency: usize, cost: usize) -> Option<Currency> {
    let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
    for row in rows {
        *sums.entry(row.text(currency)).or_default() += row.amount(cost).unwrap_or_default();
    }
    sums.into_iter().max_by_key(|(_, sum)| *sum).and_then(|(name, _)| name.parse().ok())
}

impl Farthing {
    /// The rows of a question about the charges of a month.
    pub(crate) async fn rows_of(&self, query: &str, period: BillingPeriod) -> Result<Vec<Row>, Error> {
        let query = SqlQuery { query: query.to_owned(), period: Some(period), ..SqlQuery::default() };
        let (schema, batches) = self.sql(&query).await?.collect().await?;
        let mut rows = Vec::new();
        for batch in batches {
            let columns = batch.columns().iter().map(column_values).collect::<Result<Vec<_>, _>>()?;
            rows.extend((0..batch.num_rows()).map(|row| Row(columns.iter().map(|column| column[row].clone()).collect())));
        }
        debug_assert!(rows.iter().all(|row| row.0.len() == schema.fields().len()));
        Ok(rows)
    }

    /// What is rented by the hour in a month, and what is committed.
    pub(super) async fn rented(&self, period: BillingPeriod) -> Result<(Currency, commitments::Facts), Error> {
        let rows = self.rows_of(RENTED, period).await?;
        let Some(currency) = main_currency(&rows, 4, 13) else {
            return Err(Error::Nothing(format!("no charge of {period} is priced by the hour: there is nothing to commit to")));
        };
        let mut gathering = Gathering::new(period);
        for row in rows.iter().filter(|row| row.text(4) == currency.as_str()) {
            gathering.add(row)?;
        }
        let mut facts = gathering.finish()?;
        if let Some((prices, _)) = self.token_prices().await?.filter(|(prices, _)| prices.currency == currency) {
            let last = facts.until.pred_opt().unwrap_or(facts.until);
            facts.rented.iter_mut().for_each(|item| look_up(item, &prices, last));
        }
        Ok((currency, facts))
    }

    /// What is stored in a month.
    pub(super) async fn stored(&self, period: BillingPeriod) -> Result<(Currency, Vec<storage::Stored>), Error> {
        let rows = self.rows_of(STORED, period).await?;
        let Some(currency) = main_currency(&rows, 1, 4) else {
            return Err(Error::Nothing(format!("no charge of {period} is for storage of a resource")));
        };
        let mut stored: BTreeMap<String, storage::Stored> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.text(1) == currency.as_str()) {
            let entry = stored.entry(row.text(0).to_owned()).or_insert_with(|| storage::Stored {
                resource: row.text(0).to_owned(),
                gb: Amount::ZERO,
                requests: Amount::ZERO,
                cost: Amount::ZERO,
            });
            let quantity = row.amount(3).unwrap_or_default();
            let into = if row.text(2).contains("month") { &mut entry.gb } else { &mut entry.requests };
            *into = sum([*into, quantity].into_iter())?;
            entry.cost = sum([entry.cost, row.amount(4).unwrap_or_default()].into_iter())?;
        }
        Ok((currency, stored.into_values().collect()))
    }
}

/// What the price list has of something on a day: its commitments, and its price on demand where the bill states none.
fn look_up(item: &mut commitments::Rented, prices: &PriceList, day: NaiveDate) {
    let listed = prices.sku_price(SkuKind::OnDemand, &item.provider, &item.region, &item.sku, day);
    if let (true, Some(listed)) = (item.on_demand.is_zero(), listed) {
        item.on_demand = listed.price;
    }
    let [provider, region, sku] = [&item.provider, &item.region, &item.sku].map(|text| Some(text.clone()));
    let query = SkuQuery { kind: Some(SkuKind::Commitment), provider, region, sku, on: Some(day) };
    let commitment = |price: &SkuPrice| {
        let payment = price.payment.map(|payment| payment.to_string());
        Some(commitments::Listed { term_months: price.term_months?, payment, price: price.price })
    };
    item.listed = prices.skus_of(&query).into_iter().filter(|price| price.unit == "hour").filter_map(commitment).collect();
}

/// What is told apart when hours are added up.
type ItemKey = (String, String, String, String);

/// A commitment while its charges are added up.
#[derive(Default)]
struct Committed {
    name: String,
    provider: String,
    is_spend: bool,
    cost: Amount,
    units: Amount,
    by_item: BTreeMap<usize, (Amount, Amount)>,
}

/// Charges by the hour, added up.
struct Gathering {
    period: BillingPeriod,
    hours: usize,
    known: BTreeMap<ItemKey, usize>,
    rented: Vec<commitments::Rented>,
    /// By item and list price: units, so that the price of the most units is taken.
    prices: Vec<BTreeMap<Amount, Amount>>,
    held: BTreeMap<String, Committed>,
    daily: u64,
}

impl Gathering {
    fn new(period: BillingPeriod) -> Self {
        let hours = usize::try_from((period.end() - period.start()).num_hours()).expect("a month has hours");
        Self { period, hours, known: BTreeMap::new(), rented: Vec::new(), prices: Vec::new(), held: BTreeMap::new(), daily: 0 }
    }

    fn add(&mut self, row: &Row) -> Result<(), Error> {
        let (quantity, cost) = (row.amount(12).unwrap_or_default(), row.amount(13).unwrap_or_default());
        let is_unused = row.0[11] == Value::Bool(true);
        let item = if is_unused { None } else { Some(self.item(row)) };
        if let Some(item) = item {
            self.spread(item, row, quantity)?;
            if let Some(price) = row.amount(5) {
                *self.prices[item].entry(price).or_default() += quantity;
            }
        }
        if !row.text(6).is_empty() {
            let held = self.held.entry(row.text(6).to_owned()).or_default();
            held.name = if row.text(7).is_empty() { row.text(6).to_owned() } else { row.text(7).to_owned() };
            held.provider = row.text(0).to_owned();
            held.is_spend = row.text(8) == "Spend";
            held.cost = sum([held.cost, cost].into_iter())?;
            held.units = sum([held.units, quantity].into_iter())?;
            if let Some(item) = item {
                let used = held.by_item.entry(item).or_default();
                *used = (sum([used.0, cost].into_iter())?, sum([used.1, quantity].into_iter())?);
            }
        }
        Ok(())
    }

    fn item(&mut self, row: &Row) -> usize {
        let key = (row.text(0).to_owned(), row.text(1).to_owned(), row.text(2).to_owned(), row.text(3).to_owned());
        if let Some(&at) = self.known.get(&key) {
            return at;
        }
        let at = self.rented.len();
        let (provider, service, sku, region) = key.clone();
        let hours = vec![Amount::ZERO; self.hours];
        self.rented.push(commitments::Rented {
            provider,
            service,
            sku,
            region,
            on_demand: Amount::ZERO,
            hours,
            listed: Vec::new(),
        });
        self.prices.push(BTreeMap::new());
        self.known.insert(key, at);
        at
    }

    /// A charge of a day is spread evenly over its hours.
    fn spread(&mut self, item: usize, row: &Row, quantity: Amount) -> Result<(), Error> {
        let (Some(from), Some(to)) = (row.moment(9), row.moment(10)) else { return Ok(()) };
        let first = (from - self.period.start()).num_hours();
        let length = (to - from).num_hours().max(1);
        let each = quantity.checked_div(Amount::from_int(length)).unwrap_or_default();
        for hour in first.max(0)..(first + length).min(self.hours as i64) {
            let units = &mut self.rented[item].hours[hour as usize];
            *units = sum([*units, each].into_iter())?;
        }
        if length > 1 {
            self.daily += row.0[14].as_u64().unwrap_or_default();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<commitments::Facts, Error> {
        let fits = |amount: Option<Amount>| amount.ok_or_else(|| Error::Invalid("a rate of the bill is too large".to_owned()));
        for (item, prices) in self.rented.iter_mut().zip(&self.prices) {
            if let Some((price, _)) = prices.iter().max_by_key(|(_, units)| **units) {
                item.on_demand = *price;
            }
        }
        let hours = Amount::from_int(self.hours as i64);
        let mut held = Vec::new();
        for (id, committed) in self.held {
            let used = committed.by_item.iter().filter(|(_, (_, units))| !units.is_zero());
            let rates = used.map(|(item, (cost, units))| Ok((*item, fits(cost.checked_div(*units))?.round(9))));
            held.push(commitments::Held {
                id,
                name: committed.name,
                provider: committed.provider,
                is_spend: committed.is_spend,
                hourly_cost: fits(committed.cost.checked_div(hours))?.round(9),
                hourly_units: fits(committed.units.checked_div(hours))?.round(9),
                rates: rates.collect::<Result<_, Error>>()?,
            });
        }
        Ok(commitments::Facts { until: self.period.end().date_naive(), rented: self.rented, held, daily: self.daily })
    }
}
