//! Rows to the row groups of a Parquet file, in memory that does not grow with the file.
//!
//! Parquet's own writer of whole files keeps the smallest and the largest value of every column chunk until the file ends. For
//! decimals these are slices of a buffer with all the chunk's values, sixteen bytes a row and column, none of which could be
//! freed before the end. [`RowGroup::finish`] copies the two values out.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use camino::{Utf8Path, Utf8PathBuf};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::data_type::FixedLenByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;

use crate::LakeError;
use crate::disk::{Disk, DiskFile, SystemDisk};

/// Makes row groups of one schema; shared by threads.
pub(crate) struct RowGroups {
    schema: SchemaRef,
    columns: ArrowRowGroupWriterFactory,
}

/// A row group that is being encoded.
pub(crate) struct RowGroup {
    schema: SchemaRef,
    writers: Vec<ArrowColumnWriter>,
    rows: usize,
}

/// A file of row groups that is being written.
pub(crate) struct GroupFile {
    path: Utf8PathBuf,
    file: SerializedFileWriter<Box<dyn DiskFile>>,
}

/// A file that cuts what is written into row groups of at most so many rows.
pub(crate) struct RowsFile {
    file: GroupFile,
    groups: RowGroups,
    open: Option<RowGroup>,
    most_rows: usize,
}

impl RowGroups {
    /// # Errors
    /// When Parquet cannot hold the schema.
    pub fn new(schema: SchemaRef, properties: WriterProperties) -> Result<Self, LakeError> {
        let nowhere = ArrowWriter::try_new(std::io::sink(), schema.clone(), Some(properties));
        let (_, columns) = nowhere.and_then(ArrowWriter::into_serialized_writer).map_err(LakeError::parquet("(schema)"))?;
        Ok(Self { schema, columns })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn begin(&self) -> Result<RowGroup, LakeError> {
        let writers = self.columns.create_column_writers(0).map_err(LakeError::parquet("(pages)"))?;
        Ok(RowGroup { schema: self.schema.clone(), writers, rows: 0 })
    }
}

impl RowGroup {
    /// # Errors
    /// When the rows are not of the schema.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), LakeError> {
        let mut writers = self.writers.iter_mut();
        for (field, array) in self.schema.fields().iter().zip(rows.columns()) {
            for leaf in compute_leaves(field, array).map_err(LakeError::parquet("(pages)"))? {
                let writer = writers.next().expect("every leaf of the schema has a writer");
                writer.write(&leaf).map_err(LakeError::parquet("(pages)"))?;
            }
        }
        self.rows += rows.num_rows();
        Ok(())
    }

    pub fn finish(self) -> Result<Vec<ArrowColumnChunk>, LakeError> {
        let close = |writer: ArrowColumnWriter| writer.close().and_then(with_own_statistics);
        self.writers.into_iter().map(close).collect::<Result<_, _>>().map_err(LakeError::parquet("(pages)"))
    }
}

/// The chunk with statistics that share no memory with its values.
fn with_own_statistics(mut chunk: ArrowColumnChunk) -> Result<ArrowColumnChunk, ParquetError> {
    let metadata = &mut chunk.close_mut().metadata;
    if let Some(Statistics::FixedLenByteArray(shared)) = metadata.statistics() {
        let own = |value: Option<&FixedLenByteArray>| value.map(|value| FixedLenByteArray::from(value.data().to_vec()));
        let (least, most) = (own(shared.min_opt()), own(shared.max_opt()));
        let own = Statistics::fixed_len_byte_array(least, most, shared.distinct_count(), shared.null_count_opt(), false);
        *metadata = metadata.clone().into_builder().set_statistics(own).build()?;
    }
    Ok(chunk)
}

impl GroupFile {
    /// # Errors
    /// When the file exists or cannot be made.
    pub fn create(disk: &dyn Disk, path: &Utf8Path, schema: SchemaRef, properties: WriterProperties) -> Result<Self, LakeError> {
        let file = disk.create_new(path).map_err(LakeError::io(path))?;
        let writer = ArrowWriter::try_new(file, schema, Some(properties));
        let (file, _) = writer.and_then(ArrowWriter::into_serialized_writer).map_err(LakeError::parquet(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// # Errors
    /// When the disk refuses.
    pub fn append(&mut self, group: Vec<ArrowColumnChunk>) -> Result<(), LakeError> {
        let append = || {
            let mut writer = self.file.next_row_group()?;
            group.into_iter().try_for_each(|column| column.append_to_row_group(&mut writer))?;
            writer.close().map(|_| ())
        };
        append().map_err(LakeError::parquet(&self.path))
    }

    /// Ends the file and waits until the disk has it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn close(self) -> Result<(), LakeError> {
        let mut file = self.file.into_inner().map_err(LakeError::parquet(&self.path))?;
        file.sync().map_err(LakeError::io(&self.path))
    }
}

impl RowsFile {
    /// # Errors
    /// When the file exists or cannot be made.
    pub fn create(
        path: &Utf8Path,
        schema: &SchemaRef,
        properties: WriterProperties,
        most_rows: usize,
    ) -> Result<Self, LakeError> {
        let file = GroupFile::create(&SystemDisk, path, schema.clone(), properties.clone())?;
        Ok(Self { file, groups: RowGroups::new(Arc::clone(schema), properties)?, open: None, most_rows })
    }

    /// # Errors
    /// When the disk refuses or the rows are not of the schema.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), LakeError> {
        let mut from = 0;
        while from < rows.num_rows() {
            let mut group = match self.open.take() {
                Some(group) => group,
                None => self.groups.begin()?,
            };
            let fit = (self.most_rows - group.rows).min(rows.num_rows() - from);
            group.write(&rows.slice(from, fit))?;
            from += fit;
            if group.rows == self.most_rows {
                self.file.append(group.finish()?)?;
            } else {
                self.open = Some(group);
            }
        }
        Ok(())
    }

    /// Ends the file and waits until the disk has it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn close(mut self) -> Result<(), LakeError> {
        if let Some(group) = self.open.take() {
            self.file.append(group.finish()?)?;
        }
        self.file.close()
    }
}
