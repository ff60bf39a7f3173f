//! Columns of small tables, from values and back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{Decimal128Type, Int64Type, TimestampMicrosecondType};
use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};
use farthing_types::{Amount, SCALE};

use crate::LakeError;

pub(crate) fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub(crate) fn counts(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    // Counts beyond 2^63 do not occur; what the decoders let through fits.
    Arc::new(values.map(|count| count.and_then(|n| i64::try_from(n).ok())).collect::<Int64Array>())
}

pub(crate) fn decimals(values: impl Iterator<Item = Option<Amount>>) -> Result<ArrayRef, LakeError> {
    let array: Decimal128Array = values.map(|amount| amount.map(Amount::atto)).collect();
    Ok(Arc::new(array.with_precision_and_scale(38, SCALE as i8)?))
}

pub(crate) fn moments(values: impl Iterator<Item = DateTime<Utc>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(|m| m.timestamp_micros())).with_timezone("UTC"))
}

pub(crate) fn moments_if_any(values: impl Iterator<Item = Option<DateTime<Utc>>>) -> ArrayRef {
    let micros: TimestampMicrosecondArray = values.map(|moment| moment.map(|m| m.timestamp_micros())).collect();
    Arc::new(micros.with_timezone("UTC"))
}

/// True for a column that is kept though files may lack it: one with a value, or of no rows, where it tells what there may be.
pub(crate) fn is_used(column: &ArrayRef) -> bool {
    column.is_empty() || column.null_count() < column.len()
}

/// A batch whose columns are asked for by name.
pub(crate) struct Columns<'a> {
    path: Utf8PathBuf,
    batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    pub fn new(path: &Utf8Path, batch: &'a RecordBatch) -> Self {
        Self { path: path.to_owned(), batch }
    }

    pub fn wrong(&self, column: &str) -> LakeError {
        LakeError::Column { path: self.path.clone(), column: column.to_owned() }
    }

    fn column(&self, name: &str) -> Result<&'a ArrayRef, LakeError> {
        self.batch.column_by_name(name).ok_or_else(|| self.wrong(name))
    }

    pub fn texts(&self, name: &str) -> Result<impl Fn(usize) -> Option<&'a str> + use<'a>, LakeError> {
        let array = self.column(name)?.as_string_opt::<i32>().ok_or_else(|| self.wrong(name))?;
        Ok(move |row| array.is_valid(row).then(|| array.value(row)))
    }

    /// Whether the file has the column: one that came with a later version of the program is missing in earlier files.
    pub fn has(&self, name: &str) -> bool {
        self.batch.column_by_name(name).is_some()
    }

    pub fn counts(&self, name: &str) -> Result<impl Fn(usize) -> Option<u64> + use<'a>, LakeError> {
        let array = self.column(name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| self.wrong(name))?;
        Ok(move |row| array.is_valid(row).then(|| array.value(row)).and_then(|count| u64::try_from(count).ok()))
    }

    pub fn decimals(&self, name: &str) -> Result<impl Fn(usize) -> Option<Amount> + use<'a>, LakeError> {
        let array = self.column(name)?.as_primitive_opt::<Decimal128Type>().ok_or_else(|| self.wrong(name))?;
        Ok(move |row| array.is_valid(row).then(|| array.value(row)).and_then(Amount::from_atto))
    }

    pub fn moments(&self, name: &str) -> Result<impl Fn(usize) -> Option<DateTime<Utc>> + use<'a>, LakeError> {
        let array = self.column(name)?.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| self.wrong(name))?;
        Ok(move |row| array.is_valid(row).then(|| array.value(row)).and_then(DateTime::from_timestamp_micros))
    }

    /// A value that every row must have, read as its type.
    pub fn must<T: std::str::FromStr>(&self, name: &str, text: Option<&str>) -> Result<T, LakeError> {
        text.and_then(|t| t.parse().ok()).ok_or_else(|| self.wrong(name))
    }

    /// A value that a row may have.
    pub fn may<T: std::str::FromStr>(&self, name: &str, text: Option<&str>) -> Result<Option<T>, LakeError> {
        text.map(|t| t.parse().map_err(|_| self.wrong(name))).transpose()
    }
}
