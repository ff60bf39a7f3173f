//! Changed rows as attribution wants them: distinct keys, with what changed of each by day.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, NaiveDate};
use farthing_attribution::{ChargeGroup, KeyTable};
use farthing_lake::Side;
use farthing_types::{Amount, Cost, Currency, FourCosts, SourceName};

use super::matching::{ChangeKind, ChangeSums, ChangedRow};
use crate::Error;
use crate::charges::{Gathering, columns_of};

/// Changed rows by what rules read of them, with day and currency.
pub(super) struct Gathered {
    gathering: Gathering,
    columns: Vec<String>,
    known: HashMap<(u32, NaiveDate, Currency), u32>,
    groups: Vec<(u32, NaiveDate, Currency)>,
}

impl Gathered {
    pub fn new(fields: &[String]) -> Self {
        let columns = columns_of(fields);
        Self { gathering: Gathering::new(fields, &columns), columns, known: HashMap::new(), groups: Vec::new() }
    }

    /// The columns that are read of a changed row.
    pub fn columns(&self) -> Vec<&str> {
        let others = ["BillingCurrency", "ChargePeriodStart", "BillingPeriodStart"];
        self.columns.iter().map(String::as_str).chain(others).chain(Cost::ALL.map(Cost::column)).collect()
    }

    /// Hands each row on with the number of its group.
    pub fn add(
        &mut self,
        side: Side,
        rows: &RecordBatch,
        identities: &[u128],
        mut push: impl FnMut(&ChangedRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let moments = DataType::Timestamp(TimeUnit::Microsecond, None);
        let moment_of = |name: &str| as_type(rows, name, &moments);
        let (starts, periods) = (moment_of("ChargePeriodStart")?, moment_of("BillingPeriodStart")?);
        let texts = self.columns.iter().map(|name| Texts::of(rows, name)).collect::<Result<Vec<_>, _>>()?;
        let currencies = Texts::of(rows, "BillingCurrency")?;
        let costs = Cost::ALL.map(|cost| rows.column_by_name(cost.column()).cloned());
        // Rows of one key stand beside each other, or at least in one row group with one dictionary.
        let mut keys: HashMap<Vec<Option<i32>>, u32> = HashMap::new();
        let mut ids = Vec::with_capacity(texts.len());
        for (row, identity) in identities.iter().enumerate() {
            ids.clear();
            ids.extend(texts.iter().map(|column| column.id(row)));
            let key = match keys.get(&ids) {
                Some(key) => *key,
                None => {
                    let values: Vec<Option<Arc<str>>> =
                        texts.iter().zip(&ids).map(|(column, id)| id.and_then(|id| column.text(id)).map(Arc::from)).collect();
                    let key = self.gathering.key_of(&values);
                    keys.insert(ids.clone(), key);
                    key
                }
            };
            let day = moment(&starts, row).or_else(|| moment(&periods, row)).unwrap_or_default().date_naive();
            let currency = currencies.id(row).and_then(|id| currencies.text(id)).and_then(|code| code.parse().ok());
            let currency = currency.ok_or_else(|| Error::Panicked("a charge of the lake has no currency".to_owned()))?;
            let group = self.group((key, day, currency))?;
            push(&ChangedRow { identity: *identity, side, costs: std::array::from_fn(|at| attos(&costs[at], row)), group })?;
        }
        Ok(())
    }

    fn group(&mut self, group: (u32, NaiveDate, Currency)) -> Result<u32, Error> {
        let next = u32::try_from(self.groups.len()).map_err(|_| Error::Invalid("more than 2^32 different changes".to_owned()))?;
        let id = *self.known.entry(group).or_insert(next);
        if id == next {
            self.groups.push(group);
        }
        Ok(id)
    }

    /// The changes as charges to attribute. Attribution keeps sources apart; here each kind of change and side is one, in the order
    /// of [`labels`].
    pub fn into_charges(self, sums: &ChangeSums) -> Result<(KeyTable, Vec<ChargeGroup>), Error> {
        let labels = labels();
        let group = |(&(kind, side, group), sum): (&(ChangeKind, Side, u32), &super::matching::ChangeSum)| {
            let (key, day, currency) = self.groups[group as usize];
            let source = labels.iter().position(|label| *label == (kind, side)).expect("every kind has its labels") as u32;
            Ok(ChargeGroup { source, key, currency, day, costs: four_costs(sum.costs)?, charges: sum.rows })
        };
        let groups = sums.iter().map(group).collect::<Result<Vec<_>, Error>>()?;
        Ok((self.gathering.keys, groups))
    }
}

/// Kinds of change, each on both sides.
pub(super) fn labels() -> Vec<(ChangeKind, Side)> {
    ChangeKind::ALL.into_iter().flat_map(|kind| Side::BOTH.map(|side| (kind, side))).collect()
}

/// The labels as sources.
pub(super) fn label_sources() -> Vec<SourceName> {
    let name = |(kind, side): (ChangeKind, Side)| format!("{}-{side:?}", kind.as_str());
    labels().into_iter().map(|label| name(label).parse().expect("a short word is a name")).collect()
}

fn four_costs(attos: [i128; 4]) -> Result<FourCosts, Error> {
    let mut costs = FourCosts::ZERO;
    for (cost, atto) in Cost::ALL.into_iter().zip(attos) {
        let amount = Amount::from_atto(atto);
        costs[cost] = amount.ok_or_else(|| Error::Invalid(format!("a sum of {} does not fit ±1e20", cost.column())))?;
    }
    Ok(costs)
}

fn as_type(rows: &RecordBatch, name: &str, kind: &DataType) -> Result<Option<ArrayRef>, Error> {
    let failed = |error: ArrowError| Error::Lake(error.into());
    rows.column_by_name(name).map(|column| cast(column, kind).map_err(failed)).transpose()
}

fn moment(column: &Option<ArrayRef>, row: usize) -> Option<DateTime<chrono::Utc>> {
    let values = column.as_ref().filter(|values| values.is_valid(row))?.as_primitive::<TimestampMicrosecondType>();
    DateTime::from_timestamp_micros(values.value(row))
}

fn attos(column: &Option<ArrayRef>, row: usize) -> i128 {
    let decimals = column.as_ref().and_then(|column| column.as_primitive_opt::<Decimal128Type>());
    decimals.filter(|decimals| decimals.is_valid(row)).map_or(0, |decimals| decimals.value(row))
}

/// A column of texts by dictionary; absent where the rows do not have it.
struct Texts(Option<ArrayRef>);

impl Texts {
    fn of(rows: &RecordBatch, name: &str) -> Result<Self, Error> {
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Ok(Self(as_type(rows, name, &kind)?))
    }

    fn id(&self, row: usize) -> Option<i32> {
        let values = self.0.as_ref().filter(|values| values.is_valid(row))?.as_dictionary::<Int32Type>();
        Some(values.keys().value(row))
    }

    fn text(&self, id: i32) -> Option<&str> {
        let values = self.0.as_ref()?.as_dictionary::<Int32Type>().values().as_string::<i32>();
        Some(values.value(usize::try_from(id).ok()?))
    }
}
