//! Datasets that a source does not deliver, made of its charges: lines of invoices and billing periods. They hold what the
//! charges prove, and nothing that only the invoice issuer can know (payment terms, dates of issue).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array};
use chrono::{DateTime, Utc};
use farthing_focus::{Dataset, invoice_grain};
use farthing_lake::{KeyTable, LakeError, RollupCell, read_keys, read_rollup};
use farthing_types::{Amount, Cost, SCALE};

use super::SourceFacts;
use crate::Error;

/// What the distinct keys of a source's charges tell.
pub(super) struct SourceKeys {
    /// The invoice issuer, where there is one alone.
    pub issuer: Option<String>,
    /// The service provider, where there is one alone.
    pub provider: Option<String>,
    issuers: BTreeSet<String>,
    keys: KeyTable,
}

impl SourceKeys {
    pub fn read(facts: &SourceFacts) -> Result<Self, Error> {
        let keys = read_keys(&facts.folder)?;
        let issuers = distinct(&keys, &["InvoiceIssuerName", "ServiceProviderName", "ProviderName"]);
        let providers = distinct(&keys, &["ServiceProviderName", "ProviderName"]);
        Ok(Self { issuer: only(&issuers), provider: only(&providers), issuers, keys })
    }
}

/// The distinct values of the first of these columns that a key fills.
fn distinct(keys: &KeyTable, columns: &[&str]) -> BTreeSet<String> {
    let at: Vec<usize> = columns.iter().filter_map(|name| keys.position(name)).collect();
    let value = |row: &Vec<Option<Arc<str>>>| at.iter().find_map(|&at| row[at].as_deref().map(str::to_owned));
    keys.rows.iter().filter_map(value).collect()
}

fn only(values: &BTreeSet<String>) -> Option<String> {
    (values.len() == 1).then(|| values.first().cloned()).flatten()
}

/// One line for each invoice issuer, invoice, billing account, currency and charge category.
pub(super) fn invoice_details(facts: &SourceFacts, source: &SourceKeys) -> Result<RecordBatch, Error> {
    let mut sums: BTreeMap<[String; 5], Amount> = BTreeMap::new();
    let cells: Vec<RollupCell> = read_rollup(&facts.folder)?;
    let keys = &source.keys;
    for cell in &cells {
        let value = |name: &str| keys.position(name).and_then(|at| keys.rows[cell.key as usize][at].as_deref());
        let Some(invoice) = value("InvoiceId") else { continue };
        let issuer = ["InvoiceIssuerName", "ServiceProviderName", "ProviderName"].into_iter().find_map(value).unwrap_or("");
        let (account, category) = (value("BillingAccountId").unwrap_or(""), value("ChargeCategory").unwrap_or(""));
        let grain = [issuer, invoice, account, cell.currency.as_str(), category].map(str::to_owned);
        let sum = sums.entry(grain).or_insert(Amount::ZERO);
        let overflow = || LakeError::Overflow { column: Cost::Billed.column(), period: facts.charges.period.to_string() };
        *sum = sum.checked_add(cell.costs[Cost::Billed]).ok_or_else(overflow)?;
    }
    let period = facts.charges.period;
    let texts = |at: usize| -> Vec<Option<String>> { sums.keys().map(|grain| Some(grain[at].clone())).collect() };
    let ids = sums.keys().map(|grain| Some(invoice_grain::id(grain.each_ref().map(String::as_str))));
    let grain = serde_json::json!({ "x_GroupedBy": invoice_grain::GRAIN.join(",") }).to_string();
    let description = |grain: &[String; 5]| Some(format!("{} of billing account {} on invoice {}", grain[4], grain[2], grain[1]));
    let mut table = Columns::new(sums.len());
    table.texts("InvoiceIssuerName", texts(0));
    table.texts("InvoiceId", texts(1));
    table.texts("ReferenceInvoiceId", texts(1));
    table.texts("BillingAccountId", texts(2));
    table.texts("BillingCurrency", texts(3));
    table.texts("ChargeCategory", texts(4));
    table.texts("InvoiceDetailId", ids.collect());
    table.texts("InvoiceDetailGrain", vec![Some(grain); sums.len()]);
    table.texts("InvoiceDetailDescription", sums.keys().map(description).collect());
    table.decimals("BilledCost", sums.values().copied().collect())?;
    table.moments("BillingPeriodStart", period.start());
    table.moments("BillingPeriodEnd", period.end());
    table.moments("InvoiceDetailCreated", facts.first_seen);
    table.moments("InvoiceDetailLastUpdated", facts.charges.imported_at);
    table.batch(Dataset::InvoiceDetail)
}

/// The period of each invoice issuer. It is open: that it is closed only its issuer can say.
pub(super) fn billing_periods(facts: &SourceFacts, source: &SourceKeys) -> Result<RecordBatch, Error> {
    let (count, period) = (source.issuers.len(), facts.charges.period);
    let mut table = Columns::new(count);
    table.texts("InvoiceIssuerName", source.issuers.iter().cloned().map(Some).collect());
    table.texts("BillingPeriodStatus", vec![Some("Open".to_owned()); count]);
    table.moments("BillingPeriodStart", period.start());
    table.moments("BillingPeriodEnd", period.end());
    table.moments("BillingPeriodCreated", facts.first_seen);
    table.moments("BillingPeriodLastUpdated", facts.charges.imported_at);
    table.batch(Dataset::BillingPeriod)
}

/// Columns of a dataset by name; those that are not given are empty.
struct Columns {
    rows: usize,
    arrays: BTreeMap<&'static str, ArrayRef>,
}

impl Columns {
    fn new(rows: usize) -> Self {
        Self { rows, arrays: BTreeMap::new() }
    }

    fn texts(&mut self, name: &'static str, values: Vec<Option<String>>) {
        self.arrays.insert(name, Arc::new(StringArray::from(values)));
    }

    fn decimals(&mut self, name: &'static str, values: Vec<Amount>) -> Result<(), Error> {
        let array = Decimal128Array::from_iter_values(values.into_iter().map(Amount::atto));
        let array = array.with_precision_and_scale(38, SCALE as i8).map_err(LakeError::from)?;
        self.arrays.insert(name, Arc::new(array));
        Ok(())
    }

    fn moments(&mut self, name: &'static str, moment: DateTime<Utc>) {
        // FOCUS writes moments to the second.
        let micros = moment.timestamp() * 1_000_000;
        self.arrays.insert(name, Arc::new(TimestampMicrosecondArray::from(vec![micros; self.rows]).with_timezone("UTC")));
    }

    fn batch(mut self, dataset: Dataset) -> Result<RecordBatch, Error> {
        let schema = dataset.schema(&[]);
        let column = |field: &Arc<arrow::datatypes::Field>| {
            self.arrays.remove(field.name().as_str()).unwrap_or_else(|| new_null_array(field.data_type(), self.rows))
        };
        let columns = schema.fields().iter().map(column).collect();
        Ok(RecordBatch::try_new(schema, columns).map_err(LakeError::from)?)
    }
}
