//! A Parquet file, a batch of rows at a time.

use std::fs::File;
use std::sync::atomic::Ordering;

use arrow::record_batch::RecordBatch;
use farthing_focus::{ArrowDecoder, Findings, Format, Header};
use farthing_lake::{ChargeEncoder, ChargeWriter, LakeError};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::import::ImportError;
use super::pipeline::{Feed, Outcome, run};
use crate::{FileError, InputFile, Reading};

const BATCH_ROWS: usize = 32_768;

fn open(file: &InputFile) -> Result<ParquetRecordBatchReaderBuilder<File>, ImportError> {
    let opened = File::open(&file.path).map_err(FileError::io(&file.path))?;
    ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|error| ImportError::unreadable(file, 0, error))
}

/// Reads the column names.
pub(crate) fn header(file: &InputFile, format: &Format) -> Result<(Header, Findings), ImportError> {
    let builder = open(file)?;
    Header::of_schema(builder.schema(), format).map_err(|source| ImportError::Header { file: file.path.clone(), source })
}

pub(crate) fn import(
    file: &InputFile,
    header: Header,
    writer: &mut ChargeWriter<'_>,
    reading: &Reading,
) -> Result<Outcome, ImportError> {
    let encoder = ChargeEncoder::new(header.schema().clone())?;
    let decoder = ArrowDecoder::new(header);
    run(
        writer,
        &encoder,
        reading,
        0,
        |feed| read(file, reading, &feed),
        |batch: &RecordBatch| Ok(decoder.decode(batch, 1).map_err(LakeError::from)?),
    )
}

fn read(file: &InputFile, reading: &Reading, feed: &Feed<RecordBatch>) -> Result<(), ImportError> {
    let builder = open(file)?;
    let rows = builder.metadata().file_metadata().num_rows().max(1) as u64;
    let mut done = 0;
    let batches = builder.with_batch_size(BATCH_ROWS).build().map_err(|error| ImportError::unreadable(file, 0, error))?;
    for (index, batch) in batches.enumerate() {
        if reading.cancelled.load(Ordering::Relaxed) {
            return Err(ImportError::unreadable(file, done, "stopped on request"));
        }
        let batch = batch.map_err(|error| ImportError::unreadable(file, done, error))?;
        // Progress counts the file's bytes, in proportion to its rows.
        let before = u128::from(file.bytes) * u128::from(done) / u128::from(rows);
        done += batch.num_rows() as u64;
        let after = u128::from(file.bytes) * u128::from(done) / u128::from(rows);
        reading.bytes.fetch_add((after - before) as u64, Ordering::Relaxed);
        if feed.send((index, batch)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
