//! What one set of charges has that another has not, as charges: the lines that turn the one into the other.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use camino::Utf8PathBuf;
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::{Expr, ident, lit};
use datafusion::scalar::ScalarValue;
use farthing_focus::canonical_schema;

use crate::functions::sum;
use crate::table::{further_columns, listing};
use crate::{Limits, QueryError, session};

/// The columns of a charge that add up. All others say what kind of charge it is.
const SUMMED: [&str; 8] = [
    "BilledCost",
    "EffectiveCost",
    "ContractedCost",
    "ListCost",
    "PricingQuantity",
    "PricingCurrencyEffectiveCost",
    "ConsumedQuantity",
    "CommitmentDiscountQuantity",
];

/// One row for each kind of charge whose sums differ, with what `after` has more than `before`.
///
/// A charge whose tags or resource changed is of two kinds: what it was is taken off, what it is is added.
pub(crate) async fn difference(
    limits: &Limits,
    spill: Option<&Utf8PathBuf>,
    before: &[Utf8PathBuf],
    after: &[Utf8PathBuf],
) -> Result<Vec<RecordBatch>, QueryError> {
    let failed = |error| QueryError::running(error, limits);
    let context = session::session(limits, spill)?;
    let known = canonical_schema();
    let further = further_columns(&context, before.iter().chain(after), &known).await?;
    let schema: SchemaRef = Arc::new(Schema::new(known.fields().iter().cloned().chain(further).collect::<Vec<_>>()));
    let mut sides = Vec::new();
    for (files, is_before) in [(before, true), (after, false)] {
        let column = |field: &FieldRef| {
            let name = field.name();
            let taken_off = is_before && SUMMED.contains(&name.as_str());
            (if taken_off { Expr::Negative(Box::new(ident(name))) } else { ident(name) }).alias(name)
        };
        let columns: Vec<Expr> = schema.fields().iter().map(column).collect();
        let provider: Arc<dyn TableProvider> = match files.is_empty() {
            true => Arc::new(EmptyTable::new(schema.clone())),
            false => Arc::new(listing(files.iter(), &schema).map_err(failed)?),
        };
        sides.push(context.read_table(provider).and_then(|frame| frame.select(columns)).map_err(failed)?);
    }
    let (after, before) = (sides.remove(1), sides.remove(0));
    let is_summed = |name: &str| SUMMED.contains(&name);
    let kinds = schema.fields().iter().filter(|field| !is_summed(field.name())).map(|field| ident(field.name())).collect();
    let sums = SUMMED.map(|name| sum(ident(name)).alias(name)).to_vec();
    let zero = || lit(ScalarValue::Decimal128(Some(0), 38, 18));
    let differs = SUMMED.map(|name| ident(name).is_not_null().and(ident(name).not_eq(zero())));
    let differs = differs.into_iter().reduce(Expr::or).expect("some columns add up");
    let order: Vec<Expr> = schema.fields().iter().map(|field| in_order(field.name(), field.data_type())).collect();
    let frame = before
        .union(after)
        .and_then(|both| both.aggregate(kinds, sums))
        .and_then(|grouped| grouped.filter(differs))
        .and_then(|changed| changed.select(order))
        .map_err(failed)?;
    let found = tokio::time::timeout(limits.time, frame.collect()).await.map_err(|_| QueryError::TimedOut(limits.time))?;
    found.map_err(failed)
}

/// The column as the facts have it.
fn in_order(name: &str, kind: &DataType) -> Expr {
    datafusion::prelude::cast(ident(name), kind.clone()).alias(name)
}
