//! Files of charges, a row group at a time, with texts by dictionary where they lie so.

use std::fs::File;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use camino::{Utf8Path, Utf8PathBuf};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};

use crate::LakeError;

/// Rows that are held at a time: a row group of the lake.
const ROWS_AT_A_TIME: usize = 131_072;

/// A file of charges, opened.
pub(super) struct ChargeFile {
    path: Utf8PathBuf,
    metadata: ArrowReaderMetadata,
}

/// A row group.
pub(super) struct Part<'a> {
    file: &'a ChargeFile,
    group: usize,
    /// The number of its first row, over all files of the revision.
    pub first_row: u64,
    pub rows: u64,
}

impl ChargeFile {
    pub fn open(path: &Utf8Path) -> Result<Self, LakeError> {
        let file = File::open(path).map_err(LakeError::io(path))?;
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(LakeError::parquet(path))?;
        let by_dictionary = |field: &Arc<Field>| match field.data_type() {
            DataType::Utf8 => {
                let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                Arc::new(field.as_ref().clone().with_data_type(kind))
            }
            _ => field.clone(),
        };
        let schema = plain.schema();
        let fields: Vec<_> = schema.fields().iter().map(by_dictionary).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options).map_err(LakeError::parquet(path))?;
        Ok(Self { path: path.to_owned(), metadata })
    }

    pub fn rows(&self) -> u64 {
        self.parts().map(|part| part.rows).sum()
    }

    /// Its row groups, each counted from the first row of its own.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let groups = self.metadata.metadata().row_groups().iter().enumerate();
        groups.map(move |(group, row_group)| Part { file: self, group, first_row: 0, rows: row_group.num_rows().unsigned_abs() })
    }
}

impl Part<'_> {
    /// The same, counted from another first row.
    pub fn starting_at(self, first_row: u64) -> Self {
        Self { first_row, ..self }
    }

    /// The rows, with those of the wanted columns that have a value, or the selected ones of them.
    pub fn read(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, LakeError> {
        let ChargeFile { path, metadata } = self.file;
        let file = File::open(path).map_err(LakeError::io(path))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let group = metadata.metadata().row_group(self.group);
        let is_empty = |at: usize| group.column(at).statistics().and_then(|known| known.null_count_opt()) == Some(self.rows);
        let schema = metadata.schema();
        let fields = schema.fields().iter().enumerate();
        let columns = fields.filter(|(at, field)| wanted(field.name()) && !is_empty(*at)).map(|(at, _)| at);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let mut builder = builder.with_projection(mask).with_row_groups(vec![self.group]).with_batch_size(ROWS_AT_A_TIME);
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        builder.build().map_err(LakeError::parquet(path))
    }
}
