//! What one set of charges has that another has not, as charges: the lines that turn the one into the other.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use camino::Utf8PathBuf;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::prelude::{Expr, ident, lit};
use datafusion::scalar::ScalarValue;
use farthing_focus::canonical_schema;

use crate::table::table;
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
    before: &[Utf8PathBuf],
    after: &[Utf8PathBuf],
) -> Result<Vec<RecordBatch>, QueryError> {
    let failed = |error| QueryError::running(error, limits.memory_mib);
    let context = session::session(limits)?;
    let schema = table(&context, &[before, after].concat(), &canonical_schema()).await?.schema();
    let mut sides = Vec::new();
    for (files, is_before) in [(before, true), (after, false)] {
        let provider = table(&context, files, &canonical_schema()).await?;
        let there = provider.schema();
        let column = |field: &arrow::datatypes::FieldRef| {
            let name = field.name();
            let value = match there.field_with_name(name) {
                Ok(_) => ident(name),
                Err(_) => datafusion::prelude::cast(lit(ScalarValue::Null), field.data_type().clone()),
            };
            let sign = is_before && SUMMED.contains(&name.as_str());
            (if sign { Expr::Negative(Box::new(value)) } else { value }).alias(name)
        };
        let columns: Vec<Expr> = schema.fields().iter().map(column).collect();
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
