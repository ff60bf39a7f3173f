//! The table `focus_daily`: the roll-ups that every import makes, as they are.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use farthing_lake::{TAG_COLUMN, daily_schema, read_daily};
use farthing_query::Content;
use farthing_store::{Dataset, Revision};

use crate::home::blocking;
use crate::sql::SqlQuery;
use crate::{Error, Farthing};

impl Farthing {
    /// The table `focus_daily`: one row a day, currency and combination of the key columns, with the four sums and how many charges
    /// they are, and a column `tag:NAME` for each tag that occurs often.
    ///
    /// Every charge is in exactly one row, so that a sum over any of these columns is that of `focus`, from far fewer rows.
    pub(crate) async fn daily_table(&self, query: &SqlQuery) -> Result<Content, Error> {
        let mut revisions = self.revisions(Dataset::Charges, query.period).await?;
        revisions.retain(|revision| query.source.as_ref().is_none_or(|source| revision.source == *source));
        let folders: Vec<_> = revisions.iter().map(|revision| self.folder(revision)).collect();
        let batches =
            blocking(move || Ok(folders.iter().map(|folder| read_daily(folder)).collect::<Result<Vec<_>, _>>()?)).await?;
        let schema = schema(&batches);
        let rows = revisions.iter().zip(&batches).map(|(revision, batch)| rows(revision, batch, &schema));
        let batches = rows.collect::<Result<Vec<_>, _>>()?;
        Ok(Content::Rows { schema, batches })
    }
}

/// Period and source, the columns that every roll-up has, and the tags that any of them has.
fn schema(batches: &[RecordBatch]) -> SchemaRef {
    let moment = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields =
        vec![Arc::new(Field::new("BillingPeriodStart", moment, false)), Arc::new(Field::new("Source", DataType::Utf8, false))];
    fields.extend(daily_schema().fields().iter().cloned());
    let schemas: Vec<SchemaRef> = batches.iter().map(RecordBatch::schema).collect();
    let mut tags: Vec<&Arc<Field>> =
        schemas.iter().flat_map(|schema| schema.fields()).filter(|field| field.name().starts_with(TAG_COLUMN)).collect();
    tags.sort_by_key(|field| field.name());
    tags.dedup_by_key(|field| field.name());
    fields.extend(tags.into_iter().cloned());
    Arc::new(Schema::new(fields))
}

fn rows(revision: &Revision, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let count = batch.num_rows();
    let start = TimestampMicrosecondArray::from_value(revision.period.start().timestamp_micros(), count).with_timezone("UTC");
    let source = StringArray::from_iter_values(std::iter::repeat_n(revision.source.as_str(), count));
    let mut columns: Vec<ArrayRef> = vec![Arc::new(start), Arc::new(source)];
    for field in &schema.fields()[2..] {
        let column = batch.column_by_name(field.name()).cloned();
        columns.push(column.unwrap_or_else(|| new_null_array(field.data_type(), count)));
    }
    RecordBatch::try_new(schema.clone(), columns).map_err(|error| Error::Invalid(format!("the table cannot be made: {error}")))
}
