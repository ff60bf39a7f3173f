//! Roll-ups back from their files.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, Decimal128Type, UInt32Type, UInt64Type};
use camino::Utf8Path;
use chrono::{DateTime, NaiveDate};
use farthing_focus::KEY_COLUMNS;
use farthing_types::{Amount, Cost, Currency, FourCosts};

use crate::rollup::QUANTITY;
use crate::{KeyTable, LakeError, read_rows};

/// One cell of a roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollupCell {
    /// The row of the [`KeyTable`].
    pub key: u32,
    /// The day on which the charges began, UTC.
    pub day: NaiveDate,
    /// Their currency.
    pub currency: Currency,
    /// Their four sums.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
    /// The sum of their `PricingQuantity`; none where it does not fit, or the revision is older than these sums.
    pub quantity: Option<Amount>,
}

/// Reads a revision's distinct keys.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_keys(folder: &Utf8Path) -> Result<KeyTable, LakeError> {
    let path = folder.join("keys.parquet");
    let batch = read_rows(&path)?;
    let mut rows = vec![Vec::with_capacity(KEY_COLUMNS.len()); batch.num_rows()];
    for name in KEY_COLUMNS {
        let column = batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let Some(column) = column else {
            // A revision written before this column became a key: it has no value there.
            rows.iter_mut().for_each(|row| row.push(None));
            continue;
        };
        let mut last: Option<Arc<str>> = None;
        for (row, values) in rows.iter_mut().enumerate() {
            let value = column.is_valid(row).then(|| column.value(row));
            if value != last.as_deref() {
                last = value.map(Arc::from);
            }
            values.push(last.clone());
        }
    }
    Ok(KeyTable { columns: KEY_COLUMNS.map(str::to_owned).to_vec(), rows })
}

/// Reads a revision's roll-up.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_rollup(folder: &Utf8Path) -> Result<Vec<RollupCell>, LakeError> {
    let path = folder.join("rollup.parquet");
    let batch = read_rows(&path)?;
    let missing = |name: &str| LakeError::Column { path: path.clone(), column: name.to_owned() };
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
    let keys = column("Key")?.as_primitive_opt::<UInt32Type>().ok_or_else(|| missing("Key"))?;
    let days = column("ChargeDay")?.as_primitive_opt::<Date32Type>().ok_or_else(|| missing("ChargeDay"))?;
    let currencies = column("BillingCurrency")?.as_string_opt::<i32>().ok_or_else(|| missing("BillingCurrency"))?;
    let charges = column("Charges")?.as_primitive_opt::<UInt64Type>().ok_or_else(|| missing("Charges"))?;
    // A revision written before quantities were added up has no such column.
    let quantities = batch.column_by_name(QUANTITY).and_then(|column| column.as_primitive_opt::<Decimal128Type>());
    let mut costs = Vec::with_capacity(4);
    for cost in Cost::ALL {
        let decimals = column(cost.column())?.as_primitive_opt::<Decimal128Type>();
        costs.push((cost, decimals.ok_or_else(|| missing(cost.column()))?));
    }
    (0..batch.num_rows())
        .map(|row| {
            let mut four = FourCosts::ZERO;
            for (cost, decimals) in &costs {
                four[*cost] = Amount::from_atto(decimals.value(row)).ok_or_else(|| missing(cost.column()))?;
            }
            let day = DateTime::from_timestamp(i64::from(days.value(row)) * 86_400, 0).ok_or_else(|| missing("ChargeDay"))?;
            let currency = currencies.value(row).parse().map_err(|_| missing("BillingCurrency"))?;
            let quantity =
                quantities.filter(|column| column.is_valid(row)).and_then(|column| Amount::from_atto(column.value(row)));
            let (key, day, charges) = (keys.value(row), day.date_naive(), charges.value(row));
            Ok(RollupCell { key, day, currency, costs: four, charges, quantity })
        })
        .collect()
}
