//! Charges back from their files.

use std::fs::File;

use arrow::record_batch::RecordBatch;
use camino::Utf8Path;
use farthing_focus::Charges;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::LakeError;

/// Rows that are held at a time: a row group of what is written from them.
const ROWS_AT_A_TIME: usize = 131_072;

/// The charges of a file, a part at a time, with all their columns.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_charges(path: &Utf8Path) -> Result<ParquetRecordBatchReader, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    reader.with_batch_size(ROWS_AT_A_TIME).build().map_err(LakeError::parquet(path))
}

/// Rows that were checked before as what a [`ChargeEncoder`](crate::ChargeEncoder) takes.
pub fn as_charges(rows: RecordBatch) -> Charges {
    Charges {
        rows,
        residues: Vec::new(),
        rows_read: 0,
        set_aside: 0,
        conformity: Default::default(),
        findings: Default::default(),
    }
}
