//! Which line of an invoice a charge belongs to, where the provider does not say: one line for each issuer, invoice, billing
//! account, currency and charge category.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// The columns that make up the grain, in the order of [`id`]'s arguments.
pub const GRAIN: [&str; 5] = ["InvoiceIssuerName", "InvoiceId", "BillingAccountId", "BillingCurrency", "ChargeCategory"];

/// Where a file names no invoice issuer, in this order.
const ISSUERS: [&str; 3] = ["InvoiceIssuerName", "ServiceProviderName", "ProviderName"];

/// The id of a derived line: its grain, readable, and another for another grain.
pub fn id(grain: [&str; 5]) -> String {
    let escaped = grain.map(|part| part.replace('%', "%25").replace('/', "%2F"));
    format!("x_farthing/{}", escaped.join("/"))
}

/// The ids of rows; null where a row names no invoice.
pub(crate) fn ids(rows: &RecordBatch) -> Result<StringArray, ArrowError> {
    let texts = |name: &str| rows.column_by_name(name).map(|column| cast(column, &DataType::Utf8)).transpose();
    let issuers = ISSUERS.iter().map(|name| texts(name)).collect::<Result<Vec<_>, _>>()?;
    let others = GRAIN[1..].iter().map(|name| texts(name)).collect::<Result<Vec<_>, _>>()?;
    let mut known: HashMap<[&str; 5], String> = HashMap::new();
    let at = |column: &Option<ArrayRef>, row: usize| column.as_ref().is_some_and(|column| column.is_valid(row));
    let mut ids = Vec::with_capacity(rows.num_rows());
    for row in 0..rows.num_rows() {
        if !at(&others[0], row) {
            ids.push(None);
            continue;
        }
        let issuer = issuers.iter().find(|column| at(column, row)).and_then(Option::as_ref);
        let part = |index: usize| others[index].as_ref().filter(|_| at(&others[index], row));
        let grain = [issuer, part(0), part(1), part(2), part(3)].map(|column| value_of(column, row));
        ids.push(Some(known.entry(grain).or_insert_with(|| id(grain)).clone()));
    }
    Ok(StringArray::from(ids))
}

fn value_of(column: Option<&ArrayRef>, row: usize) -> &str {
    column.map_or("", |column| column.as_string::<i32>().value(row))
}
