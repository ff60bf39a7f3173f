//! Tables that leave the lake: rows as CSV or Parquet, written batch by batch.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, SchemaRef, TimestampMicrosecondType};
use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, SecondsFormat};
use farthing_focus::Fill;
use farthing_types::{Amount, BillingPeriod, Cost, Currency};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use crate::row_group::RowsFile;
use crate::totals::Running;
use crate::{LakeError, Totals, WrittenFile, describe_file};

const BATCH_ROWS: usize = 8_192;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableForm {
    /// Comma-separated values, with the decimals and moments exactly as they are.
    Csv,
    /// Parquet, compressed with Snappy, which every reader knows.
    Parquet,
}

impl TableForm {
    /// How the names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// Rows of a row group of an exported file.
const GROUP_ROWS: usize = 262_144;

/// A table that is being written.
pub struct TableWriter {
    path: Utf8PathBuf,
    rows: u64,
    target: Target,
}

enum Target {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Parquet(Box<RowsFile>),
}

impl TableWriter {
    /// Begins a new file of this schema.
    ///
    /// # Errors
    /// When it exists or cannot be made.
    pub fn create(path: &Utf8Path, schema: &SchemaRef, form: TableForm) -> Result<Self, LakeError> {
        let target = match form {
            TableForm::Parquet => {
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
                let properties = properties.set_created_by(concat!("farthing ", env!("CARGO_PKG_VERSION")).to_owned()).build();
                Target::Parquet(Box::new(RowsFile::create(path, schema, properties, GROUP_ROWS)?))
            }
            TableForm::Csv => {
                let file = File::create_new(path).map_err(LakeError::io(path))?;
                let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 20, file));
                let names = schema.fields().iter().map(|field| field.name());
                writer.write_record(names).map_err(|error| failed(path, error))?;
                Target::Csv(Box::new(writer))
            }
        };
        Ok(Self { path: path.to_owned(), rows: 0, target })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// When the disk refuses or the rows are not of the schema.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), LakeError> {
        self.rows += rows.num_rows() as u64;
        match &mut self.target {
            Target::Parquet(file) => file.write(rows),
            Target::Csv(writer) => {
                let columns = rows.columns().iter().map(Texts::of).collect::<Result<Vec<_>, _>>()?;
                let mut text = String::new();
                for row in 0..rows.num_rows() {
                    for column in &columns {
                        text.clear();
                        column.append(row, &mut text);
                        writer.write_field(&text).map_err(|error| failed(&self.path, error))?;
                    }
                    writer.write_record(None::<&[u8]>).map_err(|error| failed(&self.path, error))?;
                }
                Ok(())
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self) -> Result<WrittenFile, LakeError> {
        match self.target {
            Target::Parquet(file) => file.close()?,
            Target::Csv(writer) => {
                let buffer = writer.into_inner().map_err(|error| LakeError::io(&self.path)(error.into_error()))?;
                let file = buffer.into_inner().map_err(|error| LakeError::io(&self.path)(error.into_error()))?;
                file.sync_all().map_err(LakeError::io(&self.path))?;
            }
        }
        describe_file(&self.path, self.rows)
    }
}

fn failed(path: &Utf8Path, error: csv::Error) -> LakeError {
    LakeError::io(path)(error.into())
}

/// A column whose values are written as text.
enum Texts {
    Text(ArrayRef),
    Decimal(ArrayRef),
    Moment(ArrayRef),
}

impl Texts {
    fn of(array: &ArrayRef) -> Result<Self, LakeError> {
        Ok(match array.data_type() {
            DataType::Decimal128(38, 18) => Self::Decimal(array.clone()),
            DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, _) => Self::Moment(array.clone()),
            _ => Self::Text(arrow::compute::cast(array, &DataType::Utf8)?),
        })
    }

    fn append(&self, row: usize, text: &mut String) {
        match self {
            Self::Text(array) if array.is_valid(row) => text.push_str(array.as_string::<i32>().value(row)),
            Self::Decimal(array) if array.is_valid(row) => {
                let amount = Amount::from_atto(array.as_primitive::<Decimal128Type>().value(row));
                text.push_str(&amount.expect("decimals of the lake are amounts").to_string());
            }
            Self::Moment(array) if array.is_valid(row) => {
                let moment = DateTime::from_timestamp_micros(array.as_primitive::<TimestampMicrosecondType>().value(row));
                let moment = moment.expect("moments of the lake are of this era");
                text.push_str(&moment.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            }
            _ => {}
        }
    }
}

/// The rows of a file of the lake, some at a time.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_batches(path: &Utf8Path) -> Result<ParquetRecordBatchReader, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    reader.with_batch_size(BATCH_ROWS).build().map_err(LakeError::parquet(path))
}

/// How full each column of these files is together, from what the files say about themselves.
///
/// # Errors
/// When a file is missing or damaged.
pub fn column_fill(paths: &[Utf8PathBuf]) -> Result<BTreeMap<String, Fill>, LakeError> {
    let mut fills: BTreeMap<String, (Fill, usize)> = BTreeMap::new();
    for path in paths {
        let file = File::open(path).map_err(LakeError::io(path))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
        let rows = reader.metadata().file_metadata().num_rows() as u64;
        for (at, field) in reader.schema().fields().iter().enumerate() {
            let fill = match nulls(&reader, at) {
                Some(0) => Fill::Full,
                Some(nulls) if nulls == rows => Fill::Empty,
                _ => Fill::Partly,
            };
            let (known, files) = fills.entry(field.name().clone()).or_insert((fill, 0));
            *known = if *known == fill { fill } else { Fill::Partly };
            *files += 1;
        }
    }
    // A column that a file does not have is empty in it.
    let missing_somewhere = |fill, files| if files < paths.len() && fill == Fill::Full { Fill::Partly } else { fill };
    Ok(fills.into_iter().map(|(name, (fill, files))| (name, missing_somewhere(fill, files))).collect())
}

/// How many rows of these files have a value in each of these columns, and how many rows there are, from what the files say about
/// themselves. A column that a file does not have is empty in it; the count is `None` where a file does not say.
///
/// # Errors
/// When a file is missing or damaged.
pub fn column_counts(paths: &[Utf8PathBuf], columns: &[String]) -> Result<BTreeMap<String, (Option<u64>, u64)>, LakeError> {
    let mut counts: BTreeMap<String, (Option<u64>, u64)> = columns.iter().map(|name| (name.clone(), (Some(0), 0))).collect();
    for path in paths {
        let file = File::open(path).map_err(LakeError::io(path))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
        let rows = reader.metadata().file_metadata().num_rows() as u64;
        for (name, (filled, all)) in &mut counts {
            let here = match reader.schema().index_of(name) {
                Ok(at) => nulls(&reader, at).map(|nulls| rows.saturating_sub(nulls)),
                Err(_) => Some(0),
            };
            *filled = filled.zip(here).map(|(sum, here)| sum + here);
            *all += rows;
        }
    }
    Ok(counts)
}

fn nulls(reader: &ParquetRecordBatchReaderBuilder<File>, column: usize) -> Option<u64> {
    let groups = reader.metadata().row_groups().iter();
    groups.map(|group| group.column(column).statistics()?.null_count_opt()).sum()
}

/// Adds up the four costs of some charges by currency.
///
/// # Errors
/// When a cost or the currency is not there, or a sum does not fit.
pub fn sum_charges(rows: &RecordBatch, period: BillingPeriod) -> Result<Totals, LakeError> {
    let missing = |name: &str| LakeError::Column { path: Utf8PathBuf::from("(rows)"), column: name.to_owned() };
    let column = |name: &str| rows.column_by_name(name).ok_or_else(|| missing(name));
    let currencies = column("BillingCurrency")?.as_string_opt::<i32>().ok_or_else(|| missing("BillingCurrency"))?;
    let mut costs = Vec::with_capacity(4);
    for cost in Cost::ALL {
        costs.push(column(cost.column())?.as_primitive_opt::<Decimal128Type>().ok_or_else(|| missing(cost.column()))?);
    }
    let mut running: BTreeMap<Currency, Running> = BTreeMap::new();
    for row in 0..rows.num_rows() {
        let currency: Currency = currencies.value(row).parse().map_err(|_| missing("BillingCurrency"))?;
        let amounts = std::array::from_fn(|at| if costs[at].is_null(row) { 0 } else { costs[at].value(row) });
        running.entry(currency).or_default().add(amounts);
    }
    running.into_iter().map(|(currency, sums)| Ok((currency, sums.totals(period)?))).collect::<Result<_, _>>().map(Totals)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    fn rows() -> RecordBatch {
        let costs = Decimal128Array::from(vec![Some(-1), None]).with_precision_and_scale(38, 18).unwrap();
        let moments = TimestampMicrosecondArray::from(vec![Some(1_777_593_600_000_000), None]).with_timezone("UTC");
        let texts = StringArray::from(vec![Some("a \"b\",\nc"), None]);
        let columns: [(&str, ArrayRef); 3] = [("Cost", Arc::new(costs)), ("At", Arc::new(moments)), ("Tag", Arc::new(texts))];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
    }

    #[test]
    fn text_is_exact_and_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("a.csv")).unwrap();
        let mut writer = TableWriter::create(&path, &rows().schema(), TableForm::Csv).unwrap();
        writer.write(&rows()).unwrap();
        assert_eq!(writer.finish().unwrap().rows, 2);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "Cost,At,Tag\n-0.000000000000000001,2026-05-01T00:00:00Z,\"a \"\"b\"\",\nc\"\n,,\n");
    }

    #[test]
    fn files_say_how_full_their_columns_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("a.parquet")).unwrap();
        let full = rows().slice(0, 1);
        let mut writer = TableWriter::create(&path, &full.schema(), TableForm::Parquet).unwrap();
        writer.write(&full).unwrap();
        writer.finish().unwrap();
        assert_eq!(column_fill(std::slice::from_ref(&path)).unwrap()["Cost"], Fill::Full);
        let other = Utf8PathBuf::from_path_buf(folder.path().join("b.parquet")).unwrap();
        let nothing = rows().slice(1, 1);
        let mut writer = TableWriter::create(&other, &nothing.schema(), TableForm::Parquet).unwrap();
        writer.write(&nothing).unwrap();
        writer.finish().unwrap();
        assert_eq!(column_fill(std::slice::from_ref(&other)).unwrap()["Cost"], Fill::Empty);
        let both = [path, other];
        assert_eq!(column_fill(&both).unwrap()["Cost"], Fill::Partly);
        let counts = column_counts(&both, &["Cost".to_owned(), "Nowhere".to_owned()]).unwrap();
        assert_eq!((counts["Cost"], counts["Nowhere"]), ((Some(1), 2), (Some(0), 2)));
    }
}
