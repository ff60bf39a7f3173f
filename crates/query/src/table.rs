//! Parquet files as a table whose types are plain whatever the files' encodings are.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use camino::Utf8PathBuf;
use datafusion::catalog::{MemTable, Session, TableProvider};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, Result as EngineResult, ScalarValue};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use crate::{Content, FactFile, QueryError};

/// A table over files of facts. Columns that only some of them have are null in the others.
///
/// `found` is the schema of columns beyond the known ones, from [`further_columns`].
pub(crate) fn fact_table(files: &[FactFile], known: &SchemaRef, found: &[Arc<Field>]) -> Arc<dyn TableProvider> {
    let fields: Vec<Arc<Field>> = known.fields().iter().chain(found).cloned().collect();
    let schema = Arc::new(Schema::new(fields));
    if files.is_empty() {
        return Arc::new(EmptyTable::new(schema));
    }
    Arc::new(FactTable { schema, files: files.to_vec() })
}

/// A table of a content. `found` as in [`fact_table`].
pub(crate) fn provider(content: &Content, found: &[Arc<Field>]) -> Result<Arc<dyn TableProvider>, QueryError> {
    match content {
        Content::Files { files, known } => Ok(fact_table(files, known, found)),
        Content::Rows { schema, batches } => {
            let table = MemTable::try_new(schema.clone(), vec![batches.clone()]).map_err(QueryError::planning)?;
            Ok(Arc::new(table))
        }
    }
}

/// The columns of these files that are not among the known ones, in the order in which they are found. It reads every footer.
pub(crate) async fn further_columns(
    context: &SessionContext,
    files: impl Iterator<Item = &Utf8PathBuf>,
    known: &SchemaRef,
) -> Result<Vec<Arc<Field>>, QueryError> {
    let options = listing_options();
    let mut names: HashSet<String> = known.fields().iter().map(|field| field.name().clone()).collect();
    let mut further = Vec::new();
    for file in files {
        let url = ListingTableUrl::parse(file.as_str()).map_err(QueryError::planning)?;
        let schema = options.infer_schema(&context.state(), &url).await.map_err(QueryError::planning)?;
        for field in schema.fields() {
            if names.insert(field.name().clone()) {
                further.push(Arc::new(Field::new(field.name(), plain(field.data_type()), true)));
            }
        }
    }
    Ok(further)
}

/// The type without its encoding.
fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, value) => plain(value),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        other => other.clone(),
    }
}

fn listing_options() -> ListingOptions {
    ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet")
}

/// A table over all of these files, with the columns of this schema.
pub(crate) fn listing<'a>(files: impl Iterator<Item = &'a Utf8PathBuf>, schema: &SchemaRef) -> EngineResult<ListingTable> {
    let urls = files.map(|file| ListingTableUrl::parse(file.as_str())).collect::<EngineResult<Vec<_>>>()?;
    let config =
        ListingTableConfig::new_with_multi_paths(urls).with_listing_options(listing_options()).with_schema(schema.clone());
    ListingTable::try_new(config)
}

/// Files of facts, of which a query opens those that its filter can be true in.
#[derive(Debug)]
struct FactTable {
    schema: SchemaRef,
    files: Vec<FactFile>,
}

impl FactTable {
    /// The files whose period a filter leaves possible.
    fn pruned(&self, state: &dyn Session, filters: &[Expr]) -> EngineResult<Vec<&FactFile>> {
        let all = self.files.iter().collect();
        let Some(filter) = conjunction(filters.iter().cloned()) else { return Ok(all) };
        let schema = DFSchema::try_from(self.schema.clone())?;
        let filter = state.create_physical_expr(filter, &schema)?;
        let predicate = PruningPredicateBuilder::new().with_file_schema(self.schema.clone()).try_build(filter)?;
        let keep = predicate.prune(&Periods(&self.files))?;
        Ok(self.files.iter().zip(keep).filter(|(_, keep)| *keep).map(|(file, _)| file).collect())
    }
}

#[async_trait]
impl TableProvider for FactTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let files = self.pruned(state, filters)?;
        tracing::debug!(query.files = files.len(), query.files_known = self.files.len(), "files left after pruning by period");
        if files.is_empty() {
            return EmptyTable::new(self.schema.clone()).scan(state, projection, filters, limit).await;
        }
        listing(files.into_iter().map(|file| &file.path), &self.schema)?.scan(state, projection, filters, limit).await
    }
}

/// What is known of a file without opening it: the billing periods of its charges begin in the month of its revision.
struct Periods<'a>(&'a [FactFile]);

impl Periods<'_> {
    fn bounds(&self, column: &Column, bound: impl Fn(&FactFile) -> i64) -> Option<ArrayRef> {
        let bounds = TimestampMicrosecondArray::from_iter_values(self.0.iter().map(bound)).with_timezone("UTC");
        (column.name == "BillingPeriodStart").then(|| Arc::new(bounds) as ArrayRef)
    }
}

impl PruningStatistics for Periods<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |file| file.period.start().timestamp_micros())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |file| file.period.end().timestamp_micros() - 1)
    }

    fn num_containers(&self) -> usize {
        self.0.len()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
