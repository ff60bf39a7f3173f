//! Reading back what was written.

use std::fs::File;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Decimal128Type;
use camino::Utf8Path;
use farthing_types::{BillingPeriod, Cost, Currency};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;

use crate::totals::Running;
use crate::{LakeError, Totals};

/// Adds up the four costs of a file of charges by currency, from nothing but the file.
///
/// # Errors
/// When the file cannot be read, lacks a cost, or a sum does not fit.
pub fn resum_charges(path: &Utf8Path, period: BillingPeriod) -> Result<Totals, LakeError> {
    let groups = reader(path)?.metadata().num_row_groups();
    let parts: Vec<Totals> =
        (0..groups).into_par_iter().map(|group| resum_group(path, group, period)).collect::<Result<_, _>>()?;
    let mut totals = Totals::default();
    for part in &parts {
        totals.add(part, period)?;
    }
    Ok(totals)
}

fn reader(path: &Utf8Path) -> Result<ParquetRecordBatchReaderBuilder<File>, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))
}

fn resum_group(path: &Utf8Path, group: usize, period: BillingPeriod) -> Result<Totals, LakeError> {
    let builder = reader(path)?;
    let names = Cost::ALL.map(Cost::column).into_iter().chain(["BillingCurrency"]);
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    let batches = builder.with_projection(mask).with_row_groups(vec![group]).build().map_err(LakeError::parquet(path))?;
    let mut running: Vec<(Currency, Running)> = Vec::new();
    for batch in batches {
        let batch = batch?;
        let missing = |name: &str| LakeError::Column { path: path.to_owned(), column: name.to_owned() };
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
        let currencies = column("BillingCurrency")?.as_string_opt::<i32>().ok_or_else(|| missing("BillingCurrency"))?;
        let mut costs = Vec::with_capacity(4);
        for cost in Cost::ALL {
            costs.push(column(cost.column())?.as_primitive_opt::<Decimal128Type>().ok_or_else(|| missing(cost.column()))?);
        }
        for row in 0..batch.num_rows() {
            let amounts = std::array::from_fn(|i| if costs[i].is_null(row) { 0 } else { costs[i].value(row) });
            let code = currencies.value(row);
            let at = match running.iter().position(|(currency, _)| currency.as_str() == code) {
                Some(at) => at,
                None => {
                    running.push((code.parse().map_err(|_| missing("BillingCurrency"))?, Running::default()));
                    running.len() - 1
                }
            };
            running[at].1.add(amounts);
        }
    }
    running.into_iter().map(|(currency, sums)| Ok((currency, sums.totals(period)?))).collect::<Result<_, _>>().map(Totals)
}
