//! Parquet files as a table.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use camino::Utf8PathBuf;
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::SessionContext;

use crate::QueryError;

/// A table over these files. Columns that only some of them have are null in the others. Without files it is empty.
pub(crate) async fn table(
    context: &SessionContext,
    files: &[Utf8PathBuf],
    known: &SchemaRef,
) -> Result<Arc<dyn TableProvider>, QueryError> {
    if files.is_empty() {
        return Ok(Arc::new(EmptyTable::new(known.clone())));
    }
    let urls: Result<Vec<_>, _> = files.iter().map(|file| ListingTableUrl::parse(file.as_str())).collect();
    let urls = urls.map_err(QueryError::planning)?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let mut schema = Schema::clone(known);
    for url in &urls {
        let found = options.infer_schema(&context.state(), url).await.map_err(QueryError::planning)?;
        let new: Vec<Arc<Field>> = found.fields().iter().filter(|f| schema.index_of(f.name()).is_err()).cloned().collect();
        if !new.is_empty() {
            let fields = schema.fields().iter().cloned().chain(new);
            schema = Schema::new(fields.collect::<Vec<_>>());
        }
    }
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(Arc::new(schema));
    Ok(Arc::new(ListingTable::try_new(config).map_err(QueryError::planning)?))
}
