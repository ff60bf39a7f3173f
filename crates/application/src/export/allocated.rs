//! Charges of pools' units replaced by those of the units that pay for them, as FOCUS splits a charge: rows that have the origin's
//! dimensions and prices, and whose metrics sum to the origin's.
//!
//! Every row says its unit and rule (`x_UnitId`, `x_RuleId`). A row that a charge was split into names the pool as its method, the
//! unit as the resource that it went to, and the charge that it comes from (`x_SplitOriginId`, `x_SplitOriginCost`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, RecordBatch, StringArray, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use chrono::{DateTime, Utc};
use farthing_attribution::{Assigner, Assignment, CHARGE_HOUR, Destination, Destinations, RuleSet};
use farthing_focus::Fill;
use farthing_lake::LakeError;
use farthing_types::{Amount, Currency, SourceName, apportion};

use crate::Error;
use crate::chargeback::Attributed;
use crate::charges::{Gathering, columns_of};

/// Metrics that add up, and so are split with a charge. Unit prices stay those of the origin.
const SUMMABLE: [&str; 8] = [
    "BilledCost",
    "CommitmentDiscountQuantity",
    "ConsumedQuantity",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "PricingCurrencyEffectiveCost",
    "PricingQuantity",
];

/// Columns that every charge gets, and FOCUS's own of a split charge.
const SAID: [&str; 11] = [
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
    "x_RuleId",
    "x_SplitOriginCost",
    "x_SplitOriginId",
    "x_SplitOriginUnitId",
    "x_UnattributedReason",
    "x_UnitId",
];

/// Says so of what will be filled, whatever the files hold.
pub(super) fn fill(fill: &mut BTreeMap<String, Fill>) {
    for column in SAID {
        let known = fill.entry(column.to_owned()).or_insert(Fill::Partly);
        *known = Fill::Partly;
    }
}

/// The splits of a period.
pub(super) struct Allocation<'a> {
    attributed: &'a Attributed,
    destinations: Destinations<'a>,
    fields: Vec<String>,
    columns: Vec<String>,
}

/// Where one charge goes.
#[derive(Clone, Default)]
struct Row {
    unit: Option<String>,
    rule: Option<String>,
    reason: Option<&'static str>,
    /// The pool that splits it, and into what.
    split: Option<(String, Arc<Vec<Destination>>)>,
}

impl<'a> Allocation<'a> {
    pub fn new(attributed: &'a Attributed) -> Self {
        let fields = attributed.rules.fields_read();
        let columns = columns_of(&fields);
        let destinations = Destinations::new(&attributed.rules, &attributed.attribution);
        Self { attributed, destinations, fields, columns }
    }

    fn rules(&self) -> &'a RuleSet {
        &self.attributed.rules
    }

    /// Rows of a source as they are paid for. `origin` names the file and counts its rows on.
    pub fn split(&self, source: &SourceName, rows: &RecordBatch, origin: (&str, u64)) -> Result<RecordBatch, Error> {
        let went = self.went(source, rows)?;
        let mut from = Vec::with_capacity(went.len());
        for (at, row) in (0_u64..).zip(&went) {
            let count = row.split.as_ref().map_or(1, |(_, to)| to.len());
            from.extend(std::iter::repeat_n(at, count));
        }
        let indices = UInt64Array::from(from);
        let mut fields = Vec::new();
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
            if SAID.contains(&field.name().as_str()) {
                continue;
            }
            fields.push(field.as_ref().clone());
            columns.push(match SUMMABLE.contains(&field.name().as_str()) {
                true => apportioned(column, &went).map_err(LakeError::from)?,
                false => take(column, &indices, None).map_err(LakeError::from)?,
            });
        }
        for name in SAID {
            let provided =
                rows.column_by_name(name).map(|column| cast(column, &DataType::Utf8)).transpose().map_err(LakeError::from)?;
            fields.push(Field::new(name, DataType::Utf8, true));
            columns.push(Arc::new(self.said(name, &went, provided.as_ref(), rows, origin)));
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(LakeError::from)?)
    }

    /// Where each charge goes.
    fn went(&self, source: &SourceName, rows: &RecordBatch) -> Result<Vec<Row>, Error> {
        let mut gathering = Gathering::new(&self.fields, &self.columns);
        let texts = self.columns.iter().map(|name| text_column(rows, name)).collect::<Result<Vec<_>, _>>()?;
        let currencies = text_column(rows, "BillingCurrency")?;
        let [starts, ends, periods] =
            ["ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart"].map(|name| moments(rows, name));
        let (starts, ends, periods) = (starts?, ends?, periods?);
        let mut keys = Vec::with_capacity(rows.num_rows());
        for row in 0..rows.num_rows() {
            let value = |(name, column): (&String, &Option<ArrayRef>)| match name.as_str() {
                CHARGE_HOUR => charge_hour(moment(&starts, row), moment(&ends, row)).map(Arc::from),
                _ => text(column, row).map(Arc::from),
            };
            keys.push(gathering.key_of(&self.columns.iter().zip(&texts).map(value).collect::<Vec<_>>()));
        }
        let mut assigner = Assigner::new(self.rules(), &gathering.keys)?;
        let mut known: HashMap<(u32, Currency, String), Row> = HashMap::new();
        let mut went = Vec::with_capacity(keys.len());
        for (row, key) in keys.into_iter().enumerate() {
            let day = moment(&starts, row).or_else(|| moment(&periods, row)).unwrap_or_default().date_naive();
            let currency: Option<Currency> = text(&currencies, row).and_then(|code| code.parse().ok());
            let currency = currency.ok_or_else(|| Error::Panicked("a charge of the lake has no currency".to_owned()))?;
            let assignment = assigner.assign(key, day).ok_or_else(|| Error::Panicked("a key of no charge".to_owned()))?;
            went.push(match assignment {
                Assignment::Unattributed { reason, rule } => {
                    Row { rule: rule.map(ToString::to_string), reason: Some(reason.as_str()), ..Row::default() }
                }
                Assignment::Unit { unit, rule } => {
                    let memo = (key, currency, unit.to_string());
                    if let Some(known) = known.get(&memo) {
                        known.clone()
                    } else {
                        let part = self.destinations.part(unit, &gathering.keys, key)?;
                        let split = self.destinations.of(unit, source, currency, part.as_deref())?;
                        let split = split.map(|(pool, to)| (pool.to_string(), Arc::new(to)));
                        let row = Row { unit: Some(unit.to_string()), rule: Some(rule.to_string()), reason: None, split };
                        known.insert(memo, row.clone());
                        row
                    }
                }
            });
        }
        Ok(went)
    }

    /// One of the columns that are said of each row.
    fn said(
        &self,
        name: &str,
        went: &[Row],
        provided: Option<&ArrayRef>,
        rows: &RecordBatch,
        origin: (&str, u64),
    ) -> StringArray {
        let billed = rows.column_by_name("BilledCost").and_then(|column| column.as_primitive_opt::<Decimal128Type>());
        let mut values: Vec<Option<String>> = Vec::new();
        for (at, row) in went.iter().enumerate() {
            let Some((pool, to)) = &row.split else {
                let provided =
                    provided.filter(|column| column.is_valid(at)).map(|column| column.as_string::<i32>().value(at).to_owned());
                values.push(match name {
                    "x_UnitId" => row.unit.clone(),
                    "x_RuleId" => row.rule.clone(),
                    "x_UnattributedReason" => row.reason.map(str::to_owned),
                    _ => provided,
                });
                continue;
            };
            for to in to.iter() {
                values.push(match name {
                    "AllocatedMethodId" => Some(pool.clone()),
                    "AllocatedMethodDetails" => Some(details(to)),
                    "AllocatedResourceId" | "x_UnitId" => Some(to.unit.to_string()),
                    "AllocatedResourceName" => Some(self.name(to)),
                    "AllocatedTags" => Some(serde_json::json!({ "unit": to.unit }).to_string()),
                    "x_RuleId" => row.rule.clone(),
                    "x_SplitOriginCost" => {
                        billed.and_then(|billed| Amount::from_atto(billed.value(at))).map(|cost| cost.to_string())
                    }
                    "x_SplitOriginId" => Some(format!("{}:{}", origin.0, origin.1 + at as u64)),
                    "x_SplitOriginUnitId" => row.unit.clone(),
                    _ => None,
                });
            }
        }
        StringArray::from(values)
    }

    fn name(&self, to: &Destination) -> String {
        let spans = self.rules().units().spans().filter(|unit| unit.id == to.unit);
        spans.last().map_or_else(|| to.unit.to_string(), |unit| unit.name.clone())
    }
}

/// The share, with its quantity where one pool split the charge.
fn details(to: &Destination) -> String {
    let element = match &to.split {
        Some((driver, quantity, _)) => {
            format!(
                "{{\"AllocatedRatio\":{},\"UsageUnit\":{},\"UsageQuantity\":{quantity}}}",
                to.share,
                serde_json::Value::from(driver.as_str())
            )
        }
        None => format!("{{\"AllocatedRatio\":{}}}", to.share),
    };
    format!("{{\"Elements\":[{element}]}}")
}

/// A metric of each row, split as its charge is; the parts sum to what it was.
fn apportioned(column: &ArrayRef, went: &[Row]) -> Result<ArrayRef, ArrowError> {
    let Some(values) = column.as_primitive_opt::<Decimal128Type>() else {
        return Err(ArrowError::SchemaError("a metric of the lake is no decimal".to_owned()));
    };
    let mut parts: Vec<Option<i128>> = Vec::new();
    for (at, row) in went.iter().enumerate() {
        let value = values.is_valid(at).then(|| values.value(at));
        match (&row.split, value.and_then(Amount::from_atto)) {
            (Some((_, to)), Some(amount)) => {
                let weights: Vec<Amount> = to.iter().map(|to| to.weight).collect();
                let shares = apportion(amount, &weights).map_err(|error| ArrowError::ComputeError(error.to_string()))?;
                parts.extend(shares.into_iter().map(|share| Some(share.atto())));
            }
            (Some((_, to)), None) => parts.extend(std::iter::repeat_n(value, to.len())),
            (None, _) => parts.push(value),
        }
    }
    let array = Decimal128Array::from(parts).with_precision_and_scale(values.precision(), values.scale())?;
    Ok(Arc::new(array))
}

fn text_column(rows: &RecordBatch, name: &str) -> Result<Option<ArrayRef>, Error> {
    let texts = rows.column_by_name(name).map(|column| cast(column, &DataType::Utf8));
    Ok(texts.transpose().map_err(LakeError::from)?)
}

fn text(column: &Option<ArrayRef>, row: usize) -> Option<&str> {
    column.as_ref().filter(|values| values.is_valid(row)).map(|values| values.as_string::<i32>().value(row))
}

fn moments(rows: &RecordBatch, name: &str) -> Result<Option<ArrayRef>, Error> {
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let moments = rows.column_by_name(name).map(|column| cast(column, &micros));
    Ok(moments.transpose().map_err(LakeError::from)?)
}

fn moment(column: &Option<ArrayRef>, row: usize) -> Option<DateTime<Utc>> {
    let values = column.as_ref().filter(|values| values.is_valid(row))?.as_primitive::<TimestampMicrosecondType>();
    DateTime::from_timestamp_micros(values.value(row))
}

/// As the engine says it of groups of charges: the hour or day that a charge lies in.
fn charge_hour(start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> Option<String> {
    let (start, end) = (start?, end?);
    let last = end.timestamp_micros() - 1;
    let begins = |unit: i64| last - last.rem_euclid(unit);
    match start.timestamp_micros() {
        at if begins(3_600_000_000) <= at => Some(start.format("%Y-%m-%dT%H").to_string()),
        at if begins(86_400_000_000) <= at => Some(start.format("%Y-%m-%d").to_string()),
        _ => None,
    }
}
