//! An answer written as its rows come.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use farthing_query::Answer;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value};

use super::{column_values, is_number, spreadsheet_text};
use crate::Error;

/// Rows of a group in Parquet: what the writer holds in memory at most.
const ROW_GROUP: usize = 128 << 10;

/// The form of an answer for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFormat {
    /// An array of objects, one a row, in column order.
    Json,
    /// The same with a line a value, as people read it.
    PrettyJson,
    /// One object a line.
    Ndjson,
    /// Comma-separated values under a line of names. Texts that a spreadsheet would run as a formula get an apostrophe.
    Csv,
    /// Arrow's IPC stream.
    Arrow,
    /// Parquet.
    Parquet,
}

impl AnswerFormat {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json | Self::PrettyJson => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// Writes an answer's rows in a form, holding no more than one batch of them (a group of rows in Parquet).
pub struct AnswerWriter<W: Write + Send> {
    form: Form<W>,
    schema: SchemaRef,
    rows: u64,
}

enum Form<W: Write + Send> {
    Json { out: W, pretty: bool },
    Ndjson(W),
    Csv(Box<csv::Writer<W>>),
    Arrow(Box<StreamWriter<W>>),
    Parquet(Box<ArrowWriter<W>>),
}

impl<W: Write + Send> AnswerWriter<W> {
    /// Begins to write an answer with these columns.
    ///
    /// # Errors
    /// When nothing can be written, or two columns have one name where the form needs names.
    pub fn new(format: AnswerFormat, schema: &SchemaRef, mut out: W) -> Result<Self, Error> {
        let form = match format {
            AnswerFormat::Json | AnswerFormat::PrettyJson => {
                out.write_all(b"[")?;
                Form::Json { out, pretty: format == AnswerFormat::PrettyJson }
            }
            AnswerFormat::Ndjson => Form::Ndjson(out),
            AnswerFormat::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                let heads = schema.fields().iter().map(|field| spreadsheet_text(field.name()).into_owned());
                writer.write_record(heads).map_err(unwritten_csv)?;
                Form::Csv(Box::new(writer))
            }
            AnswerFormat::Arrow => Form::Arrow(Box::new(StreamWriter::try_new(out, schema).map_err(unwritten)?)),
            AnswerFormat::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(ROW_GROUP))
                    .build();
                Form::Parquet(Box::new(ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(unwritten)?))
            }
        };
        Ok(Self { form, schema: schema.clone(), rows: 0 })
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let before = self.rows;
        self.rows += batch.num_rows() as u64;
        match &mut self.form {
            Form::Arrow(writer) => return writer.write(batch).map_err(unwritten),
            Form::Parquet(writer) => return writer.write(batch).map_err(unwritten),
            Form::Json { .. } | Form::Ndjson(_) | Form::Csv(_) => {}
        }
        let columns = batch.columns().iter().map(column_values).collect::<Result<Vec<_>, _>>()?;
        for at in 0..batch.num_rows() {
            let values = columns.iter().map(|column| &column[at]);
            match &mut self.form {
                Form::Json { out, pretty } => {
                    if before > 0 || at > 0 {
                        out.write_all(b",")?;
                    }
                    write_object(out, &object(&self.schema, values), *pretty)?;
                }
                Form::Ndjson(out) => {
                    serde_json::to_writer(&mut *out, &object(&self.schema, values)).map_err(unwritten)?;
                    out.write_all(b"\n")?;
                }
                Form::Csv(writer) => {
                    let fields = self.schema.fields().iter();
                    let cells = fields.zip(values).map(|(field, value)| cell(value, is_number(field.data_type())));
                    writer.write_record(cells).map_err(unwritten_csv)?;
                }
                Form::Arrow(_) | Form::Parquet(_) => {}
            }
        }
        Ok(())
    }

    /// Writes what comes after the last row; gives the number of rows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<u64, Error> {
        match self.form {
            Form::Json { mut out, pretty } => {
                out.write_all(match (pretty, self.rows) {
                    (true, 0) => b"]\n",
                    (true, _) => b"\n]\n",
                    (false, _) => b"]",
                })?;
                out.flush()?;
            }
            Form::Ndjson(mut out) => out.flush()?,
            Form::Csv(mut writer) => writer.flush()?,
            Form::Arrow(mut writer) => writer.finish().map_err(unwritten)?,
            Form::Parquet(writer) => {
                writer.close().map_err(unwritten)?;
            }
        }
        Ok(self.rows)
    }

    /// Writes a whole answer; gives the number of rows.
    ///
    /// # Errors
    /// When the query fails or its rows cannot be written.
    pub async fn write_all(format: AnswerFormat, answer: &mut Answer, out: W) -> Result<u64, Error> {
        let mut writer = Self::new(format, answer.schema(), out)?;
        while let Some(batch) = answer.next().await {
            writer.write(&batch?)?;
        }
        writer.finish()
    }
}

/// What a form's library says of a write that failed, with the kind that the operating system gave it: a reader that went away is
/// told apart from a full disk.
fn unwritten(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let mut causes = std::iter::successors(Some(&error as &dyn std::error::Error), |cause| cause.source());
    let kind =
        causes.find_map(|cause| cause.downcast_ref::<std::io::Error>()).map_or(std::io::ErrorKind::Other, std::io::Error::kind);
    Error::Unwritten(std::io::Error::new(kind, error))
}

/// The csv library names no cause: its own kind of error holds what the operating system said.
fn unwritten_csv(error: csv::Error) -> Error {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::Unwritten(error),
        _ => Error::Unwritten(std::io::Error::other(text)),
    }
}

fn object<'a>(schema: &SchemaRef, values: impl Iterator<Item = &'a Value>) -> Map<String, Value> {
    schema.fields().iter().map(|field| field.name().clone()).zip(values.cloned()).collect()
}

fn write_object(out: &mut impl Write, object: &Map<String, Value>, pretty: bool) -> Result<(), Error> {
    if pretty {
        let text = serde_json::to_string_pretty(object).map_err(unwritten)?;
        // Line ends inside of texts are escaped, so every one here is of the layout.
        write!(out, "\n  {}", text.replace('\n', "\n  "))?;
    } else {
        serde_json::to_writer(out, object).map_err(unwritten)?;
    }
    Ok(())
}

fn cell(value: &Value, is_number: bool) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text,
        other => return other.to_string(),
    };
    if is_number { text.clone() } else { spreadsheet_text(text).into_owned() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Decimal128Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    fn batch() -> RecordBatch {
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("=1+1"), None, Some("a\n\"b\"")]));
        let cost = Decimal128Array::from(vec![Some(-1_500_000_000_000_000_000), None, Some(1)]);
        let cost: ArrayRef = Arc::new(cost.with_precision_and_scale(38, 18).unwrap());
        let at: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0, 1, 1_000_000]).with_timezone("UTC"));
        RecordBatch::try_from_iter_with_nullable([("Text", text, true), ("Cost", cost, true), ("At", at, true)]).unwrap()
    }

    fn written(format: AnswerFormat, batches: &[RecordBatch]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = AnswerWriter::new(format, &batch().schema(), &mut out).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>());
        out
    }

    #[test]
    fn rows_are_objects_in_column_order() {
        let lines = String::from_utf8(written(AnswerFormat::Ndjson, &[batch()])).unwrap();
        assert_eq!(
            lines,
            "{\"Text\":\"=1+1\",\"Cost\":\"-1.5\",\"At\":\"1970-01-01T00:00:00Z\"}\n\
             {\"Text\":null,\"Cost\":null,\"At\":\"1970-01-01T00:00:00.000001Z\"}\n\
             {\"Text\":\"a\\n\\\"b\\\"\",\"Cost\":\"0.000000000000000001\",\"At\":\"1970-01-01T00:00:01Z\"}\n"
        );
    }

    #[test]
    fn json_written_row_by_row_is_the_json_of_all_rows() {
        let rows = [batch(), batch()];
        let lines = String::from_utf8(written(AnswerFormat::Ndjson, &rows)).unwrap();
        let all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(written(AnswerFormat::Json, &rows), serde_json::to_vec(&all).unwrap());
        assert_eq!(
            String::from_utf8(written(AnswerFormat::PrettyJson, &rows)).unwrap(),
            serde_json::to_string_pretty(&all).unwrap() + "\n"
        );
        assert_eq!(written(AnswerFormat::Json, &[]), b"[]");
        assert_eq!(written(AnswerFormat::PrettyJson, &[]), b"[]\n");
    }

    #[test]
    fn no_text_becomes_a_formula_and_no_figure_a_text() {
        let text = String::from_utf8(written(AnswerFormat::Csv, &[batch()])).unwrap();
        assert!(text.starts_with("Text,Cost,At\n'=1+1,-1.5,1970-01-01T00:00:00Z\n,,"), "{text}");
    }

    #[test]
    fn arrow_and_parquet_read_back_as_they_were() {
        let stream = written(AnswerFormat::Arrow, &[batch(), batch()]);
        let read = arrow::ipc::reader::StreamReader::try_new(stream.as_slice(), None).unwrap();
        assert_eq!(read.map(Result::unwrap).collect::<Vec<_>>(), [batch(), batch()]);
        assert_eq!(&written(AnswerFormat::Parquet, &[batch()])[..4], b"PAR1");
    }
}
