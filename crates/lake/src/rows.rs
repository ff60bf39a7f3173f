//! Small files, whole: roll-ups, usage, decisions.

use std::fs::File;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::compute::concat_batches;
use camino::Utf8Path;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::LakeError;
use crate::disk::{Disk, SystemDisk};
use crate::encode::properties;

/// Writes a batch as a new Parquet file, and reads it back.
///
/// # Errors
/// When the file exists, cannot be written, or does not read back as it was written.
pub fn write_rows(path: &Utf8Path, rows: &RecordBatch) -> Result<(), LakeError> {
    write_rows_on(&SystemDisk, path, rows)
}

/// The same on another disk than the system's.
///
/// # Errors
/// As [`write_rows`].
pub fn write_rows_on(disk: &dyn Disk, path: &Utf8Path, rows: &RecordBatch) -> Result<(), LakeError> {
    let file = disk.create_new(path).map_err(LakeError::io(path))?;
    let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties())).map_err(LakeError::parquet(path))?;
    writer.write(rows).map_err(LakeError::parquet(path))?;
    let mut file = writer.into_inner().map_err(LakeError::parquet(path))?;
    file.sync().map_err(LakeError::io(path))?;
    let read = read_rows(path)?;
    if read.columns() == rows.columns() {
        return Ok(());
    }
    let (what, written) = ("the rows".to_owned(), format!("{} rows", rows.num_rows()));
    Err(LakeError::ReadBack { path: path.to_owned(), what, written, read: format!("{} rows, not the same", read.num_rows()) })
}

/// Reads a Parquet file of the lake into one batch.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_rows(path: &Utf8Path) -> Result<RecordBatch, LakeError> {
    let reader = open(path)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

/// Reads a Parquet file of the lake to its end and counts its rows.
pub(crate) fn count_rows(path: &Utf8Path) -> Result<u64, LakeError> {
    open(path)?.try_fold(0, |rows, batch| Ok(rows + batch?.num_rows() as u64))
}

fn open(path: &Utf8Path) -> Result<ParquetRecordBatchReader, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    reader.with_batch_size(65_536).build().map_err(LakeError::parquet(path))
}
