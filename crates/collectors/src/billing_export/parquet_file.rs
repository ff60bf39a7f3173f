//! A Parquet file, a batch of rows at a time. Its columns are decoded on several threads, so that one large row group does not
//! keep all but one of them waiting.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use farthing_focus::{ArrowDecoder, Findings, Format, Header};
use farthing_lake::{ChargeEncoder, ChargeWriter, LakeError};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::import::ImportError;
use super::pipeline::{Feed, Outcome, run};
use crate::limits::{MOST_COLUMNS, most_rows};
use crate::masking::Mask;
use crate::{InputFile, Reading};

/// Rows decoded at a time, which become a row group.
const BATCH_ROWS: usize = 32_768;
/// Threads that decode columns: those that check and encode rows have more to do.
const MOST_THREADS: usize = 4;

pub(crate) fn open(file: &InputFile) -> Result<ParquetRecordBatchReaderBuilder<File>, ImportError> {
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file.open()?).map_err(|error| ImportError::unreadable(file, 0, error))?;
    refuse_absurd(file, builder.metadata())?;
    Ok(builder)
}

/// The footer says what to expect before a page is read. What it says must be possible, and agree with itself: a reader believes
/// the count of rows of each row group, and rows beyond it would be lost without a word.
fn refuse_absurd(file: &InputFile, footer: &ParquetMetaData) -> Result<(), ImportError> {
    let (columns, claimed) = (footer.file_metadata().schema_descr().num_columns(), footer.file_metadata().num_rows());
    if columns > MOST_COLUMNS {
        return Err(ImportError::absurd(file, format!("it has {columns} columns, more than {MOST_COLUMNS}")));
    }
    let rows = u64::try_from(claimed).unwrap_or(u64::MAX);
    if rows > most_rows(file.bytes) {
        return Err(ImportError::absurd(file, format!("it claims {claimed} rows in {} bytes", file.bytes)));
    }
    let mut in_groups = 0_i64;
    for group in footer.row_groups() {
        in_groups = in_groups.saturating_add(group.num_rows());
        // A value a row, where a column repeats nothing.
        let differs =
            |column: &&ColumnChunkMetaData| column.column_descr().max_rep_level() == 0 && column.num_values() != group.num_rows();
        if let Some(column) = group.columns().iter().find(differs) {
            let (name, values, rows) = (column.column_path().string(), column.num_values(), group.num_rows());
            let what = format!("column {name} has {values} values in a group of {rows} rows");
            return Err(ImportError::unreadable(file, 0, what));
        }
    }
    if in_groups != claimed {
        return Err(ImportError::unreadable(file, 0, format!("the footer says {claimed} rows, its row groups {in_groups}")));
    }
    Ok(())
}

/// Reads the column names.
pub(crate) fn header(file: &InputFile, format: &Format) -> Result<(Header, Findings), ImportError> {
    let builder = open(file)?;
    Header::of_schema(builder.schema(), format).map_err(|source| ImportError::Header { file: file.path.clone(), source })
}

pub(crate) fn import(
    file: &InputFile,
    header: Header,
    mask: Option<&Mask>,
    writer: &mut ChargeWriter<'_>,
    reading: &Reading,
) -> Result<Outcome, ImportError> {
    let encoder = ChargeEncoder::new(header.schema().clone())?;
    let decoder = ArrowDecoder::new(header);
    run(
        writer,
        &encoder,
        mask,
        reading,
        0,
        |feed| read(file, reading, &feed),
        |batch: &RecordBatch| Ok(decoder.decode(batch, 1).map_err(LakeError::from)?),
    )
}

/// The same rows of some columns: which columns, and what they hold.
struct Part {
    columns: Vec<usize>,
    batches: Receiver<Result<RecordBatch, ImportError>>,
}

fn read(file: &InputFile, reading: &Reading, feed: &Feed<RecordBatch>) -> Result<(), ImportError> {
    let builder = open(file)?;
    let claimed = builder.metadata().file_metadata().num_rows() as u64;
    let rows = claimed.max(1);
    let schema = builder.schema().clone();
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
    let shares = shares(builder.metadata(), schema.fields().len(), threads);
    std::thread::scope(|scope| {
        // When this side stops listening the others end at their next batch.
        let start = |columns: Vec<usize>| {
            let (send, batches) = sync_channel(0);
            let wanted = columns.clone();
            scope.spawn(move || decode(file, wanted, &send));
            Part { columns, batches }
        };
        let parts: Vec<Part> = shares.into_iter().map(start).collect();
        let mut done = 0;
        for index in 0.. {
            if reading.cancelled.load(Ordering::Relaxed) {
                return Err(ImportError::unreadable(file, done, "stopped on request"));
            }
            let Some(batch) = next(&parts, &schema).map_err(|error| error.at(file, done))? else {
                if done != claimed {
                    return Err(ImportError::unreadable(file, done, format!("the footer says {claimed} rows")));
                }
                return Ok(());
            };
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
    })
}

/// Columns for each thread, of about the same size when decoded.
fn shares(metadata: &ParquetMetaData, columns: usize, threads: usize) -> Vec<Vec<usize>> {
    let mut sizes = vec![0_i64; columns];
    let schema = metadata.file_metadata().schema_descr();
    for group in metadata.row_groups() {
        for (leaf, chunk) in group.columns().iter().enumerate() {
            sizes[schema.get_column_root_idx(leaf)] += chunk.uncompressed_size();
        }
    }
    let mut by_size: Vec<usize> = (0..columns).collect();
    by_size.sort_by_key(|&column| (std::cmp::Reverse(sizes[column]), column));
    let mut shares = vec![(0_i64, Vec::new()); threads.clamp(1, columns.max(1))];
    for column in by_size {
        let smallest = shares.iter_mut().min_by_key(|(size, _)| *size).expect("there is at least one share");
        smallest.0 += sizes[column].max(1);
        smallest.1.push(column);
    }
    let sorted = |(_, mut columns): (i64, Vec<usize>)| {
        columns.sort_unstable();
        columns
    };
    shares.into_iter().map(sorted).collect()
}

/// Decodes some columns from the first row to the last.
fn decode(file: &InputFile, columns: Vec<usize>, send: &SyncSender<Result<RecordBatch, ImportError>>) {
    let batches = open(file).and_then(|builder| {
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
        reader.map_err(|error| ImportError::unreadable(file, 0, error))
    });
    let batches = match batches {
        Ok(batches) => batches,
        Err(error) => {
            // Nobody listens any more when another thread failed first.
            let _ = send.send(Err(error));
            return;
        }
    };
    let mut done = 0;
    for batch in batches {
        let batch = batch.map_err(|error| ImportError::unreadable(file, done, error));
        done += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        let failed = batch.is_err();
        if send.send(batch).is_err() || failed {
            return;
        }
    }
}

/// Why the next rows cannot be put together.
enum Torn {
    Column(ImportError),
    Rows(String),
}

impl Torn {
    fn at(self, file: &InputFile, done: u64) -> ImportError {
        match self {
            Self::Column(error) => error,
            Self::Rows(why) => ImportError::unreadable(file, done, why),
        }
    }
}

/// The next rows of all columns; `None` where all have ended.
fn next(parts: &[Part], schema: &SchemaRef) -> Result<Option<RecordBatch>, Torn> {
    let mut columns: Vec<Option<ArrayRef>> = vec![None; schema.fields().len()];
    let mut ended = 0;
    for part in parts {
        match part.batches.recv() {
            Ok(batch) => {
                let batch = batch.map_err(Torn::Column)?;
                for (column, array) in part.columns.iter().zip(batch.columns()) {
                    columns[*column] = Some(Arc::clone(array));
                }
            }
            Err(_) => ended += 1,
        }
    }
    if ended == parts.len() {
        return Ok(None);
    }
    let columns: Option<Vec<ArrayRef>> = columns.into_iter().collect();
    let columns = columns.ok_or_else(|| Torn::Rows("its columns have different numbers of rows".to_owned()))?;
    RecordBatch::try_new(schema.clone(), columns).map(Some).map_err(|error| Torn::Rows(error.to_string()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringArray, StructArray};
    use arrow::compute::concat_batches;
    use arrow::datatypes::{DataType, Field};
    use camino::Utf8PathBuf;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;
    use crate::find_files;

    const ROWS: i64 = 150_000;

    /// Columns of very different size, one of them with two leaves, in row groups that are no multiple of a batch.
    fn rows() -> RecordBatch {
        let numbers: ArrayRef = Arc::new((0..ROWS).collect::<Int64Array>());
        let texts: ArrayRef = Arc::new((0..ROWS).map(|n| Some(format!("text {}", n % 977))).collect::<StringArray>());
        let nested: ArrayRef = Arc::new(StructArray::from(vec![
            (Arc::new(Field::new("a", DataType::Int64, false)), numbers.clone()),
            (Arc::new(Field::new("b", DataType::Utf8, true)), texts.clone()),
        ]));
        let columns = [("nested", nested), ("one", numbers.clone()), ("text", texts), ("two", numbers)];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn written(folder: &tempfile::TempDir) -> InputFile {
        let path = Utf8PathBuf::from_path_buf(folder.path().join("bill.parquet")).unwrap();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(50_001)).build();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), rows().schema(), Some(properties)).unwrap();
        writer.write(&rows()).unwrap();
        writer.close().unwrap();
        find_files(&[path], &[".parquet"], "billing").unwrap().pop().unwrap()
    }

    #[test]
    fn columns_of_several_threads_are_put_together_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let (file, reading) = (written(&folder), Reading::default());
        let (feed, batches) = sync_channel(100);
        read(&file, &reading, &feed).unwrap();
        drop(feed);
        let batches: Vec<(usize, RecordBatch)> = batches.into_iter().collect();
        assert!(batches.iter().enumerate().all(|(place, (index, _))| place == *index));
        let schema = batches[0].1.schema();
        assert_eq!(concat_batches(&schema, batches.iter().map(|(_, batch)| batch)).unwrap().columns(), rows().columns());
        assert_eq!(reading.bytes.into_inner(), file.bytes);
    }

    #[test]
    fn every_column_has_one_thread_and_none_is_idle() {
        let folder = tempfile::tempdir().unwrap();
        let metadata = open(&written(&folder)).unwrap().metadata().clone();
        for threads in 1..6 {
            let shares = shares(&metadata, 4, threads);
            assert_eq!(shares.len(), threads.min(4));
            assert!(shares.iter().all(|columns| !columns.is_empty()));
            let mut all: Vec<usize> = shares.concat();
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn a_listener_that_goes_ends_the_reading() {
        let folder = tempfile::tempdir().unwrap();
        let (feed, batches) = sync_channel(0);
        drop(batches);
        read(&written(&folder), &Reading::default(), &feed).unwrap();
    }
}
