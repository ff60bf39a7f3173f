//! Charges added up by any columns: the slow road for rules that read what roll-ups do not keep apart.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, Schema, SchemaRef};
use camino::Utf8PathBuf;
use chrono::{DateTime, NaiveDate};
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::prelude::{Expr, ident, lit};
use farthing_focus::canonical_schema;
use farthing_types::{Amount, Cost, Currency, FourCosts};

use crate::functions::sum;
use crate::table::{further_columns, listing};
use crate::{Limits, QueryError, session};

/// A column that may be asked for beside those of FOCUS: `2026-05-10T13` for charges within that hour (UTC), `2026-05-10` for those
/// within that day, nothing for longer ones.
pub const CHARGE_HOUR: &str = "ChargeHour";

/// [`CHARGE_HOUR`]: the hour or day of the last microsecond of a charge begins no later than the charge.
const HOUR: &str = r#"CASE
    WHEN CAST("ChargePeriodEnd" AS BIGINT) - 1 - (CAST("ChargePeriodEnd" AS BIGINT) - 1) % 3600000000
        <= CAST("ChargePeriodStart" AS BIGINT)
    THEN to_char("ChargePeriodStart", '%Y-%m-%dT%H')
    WHEN CAST("ChargePeriodEnd" AS BIGINT) - 1 - (CAST("ChargePeriodEnd" AS BIGINT) - 1) % 86400000000
        <= CAST("ChargePeriodStart" AS BIGINT)
    THEN to_char("ChargePeriodStart", '%Y-%m-%d')
END"#;

/// The charges of one combination of values, day and currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactGroup {
    /// The values, in the order of the columns asked for.
    pub values: Vec<Option<String>>,
    /// The day on which the charges began, UTC; the first of the billing period where they have no start.
    pub day: NaiveDate,
    /// Their currency.
    pub currency: Currency,
    /// Their four sums.
    pub costs: FourCosts,
    /// The sum of `PricingQuantity`; zero where they have none. It means something where they have one pricing unit.
    pub quantity: Amount,
    /// How many they are.
    pub charges: u64,
}

pub(crate) async fn group(
    limits: &Limits,
    spill: Option<&Utf8PathBuf>,
    files: &[Utf8PathBuf],
    columns: &[String],
) -> Result<Vec<FactGroup>, QueryError> {
    let failed = |error| QueryError::running(error, limits);
    let context = session::session(limits, spill)?;
    let known = canonical_schema();
    let further = further_columns(&context, files.iter(), &known).await?;
    let schema: SchemaRef = Arc::new(Schema::new(known.fields().iter().cloned().chain(further).collect::<Vec<_>>()));
    let provider = Arc::new(listing(files.iter(), &schema).map_err(failed)?);
    let frame = context.read_table(provider).map_err(failed)?;
    let hour = frame.parse_sql_expr(HOUR).map_err(failed)?;
    let value = |name: &String| match schema.field_with_name(name) {
        _ if name == CHARGE_HOUR => hour.clone(),
        Ok(field) if *field.data_type() == DataType::Utf8 => ident(name),
        Ok(_) => datafusion::prelude::cast(ident(name), DataType::Utf8),
        // No file of these has the column: it is empty in all of them.
        Err(_) => lit(datafusion::scalar::ScalarValue::Utf8(None)),
    };
    let start = coalesce(vec![ident("ChargePeriodStart"), ident("BillingPeriodStart")]);
    let mut by: Vec<Expr> = columns.iter().enumerate().map(|(at, name)| value(name).alias(format!("k{at}"))).collect();
    by.push(datafusion::prelude::cast(start, DataType::Date32).alias("day"));
    by.push(ident("BillingCurrency").alias("currency"));
    let mut sums: Vec<Expr> = Cost::ALL.iter().map(|cost| sum(ident(cost.column())).alias(cost.as_str())).collect();
    sums.push(sum(ident("PricingQuantity")).alias("quantity"));
    sums.push(count(lit(1)).alias("charges"));
    let frame = frame.aggregate(by, sums).map_err(failed)?;
    let batches = frame.collect().await.map_err(failed)?;
    let mut groups = Vec::new();
    for batch in &batches {
        read(batch, columns.len(), &mut groups)?;
    }
    groups.sort_by(|a, b| (&a.values, a.day, a.currency).cmp(&(&b.values, b.day, b.currency)));
    Ok(groups)
}

fn read(batch: &RecordBatch, columns: usize, groups: &mut Vec<FactGroup>) -> Result<(), QueryError> {
    let wrong = |what: &str| QueryError::Failed(format!("the column {what} came back with another type"));
    let mut keys = Vec::with_capacity(columns);
    for at in 0..columns {
        keys.push(cast(batch.column(at), &DataType::Utf8).map_err(|e| QueryError::Failed(e.to_string()))?);
    }
    let days = batch.column(columns).as_primitive_opt::<Date32Type>().ok_or_else(|| wrong("day"))?;
    let currencies = cast(batch.column(columns + 1), &DataType::Utf8).map_err(|e| QueryError::Failed(e.to_string()))?;
    let mut costs = Vec::with_capacity(4);
    for (at, cost) in Cost::ALL.into_iter().enumerate() {
        let sums = batch.column(columns + 2 + at).as_primitive_opt::<Decimal128Type>();
        costs.push((cost, sums.ok_or_else(|| wrong(cost.column()))?));
    }
    let quantities = batch.column(columns + 6).as_primitive_opt::<Decimal128Type>().ok_or_else(|| wrong("PricingQuantity"))?;
    let charges = batch.column(columns + 7).as_primitive_opt::<Int64Type>().ok_or_else(|| wrong("charges"))?;
    let unfit = |what: &str| QueryError::Failed(format!("the sum of {what} does not fit"));
    for row in 0..batch.num_rows() {
        let text = |array: &dyn Array| array.is_valid(row).then(|| array.as_string::<i32>().value(row).to_owned());
        let mut four = FourCosts::ZERO;
        for (cost, sums) in &costs {
            let atto = if sums.is_null(row) { 0 } else { sums.value(row) };
            four[*cost] = Amount::from_atto(atto).ok_or_else(|| unfit(cost.as_str()))?;
        }
        let quantity = if quantities.is_null(row) { 0 } else { quantities.value(row) };
        let quantity = Amount::from_atto(quantity).ok_or_else(|| unfit("PricingQuantity"))?;
        let day = DateTime::from_timestamp(i64::from(days.value(row)) * 86_400, 0).ok_or_else(|| wrong("day"))?.date_naive();
        let currency = text(&currencies).and_then(|code| code.parse().ok()).ok_or_else(|| wrong("currency"))?;
        let values = keys.iter().map(|key| text(key)).collect();
        groups.push(FactGroup { values, day, currency, costs: four, quantity, charges: charges.value(row) as u64 });
    }
    Ok(())
}
