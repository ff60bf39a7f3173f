//! Rows of bills, a column at a time.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use farthing_focus::{Charges, Findings, is_text_column};
use serde_json::{Map, Value};

use super::policy::holds_tags;
use super::{How, Mask};

impl Mask {
    /// The same charges, masked. Amounts, and what rounding left out of them, stay.
    ///
    /// # Errors
    /// When a column that must have values would lose them.
    pub fn charges(&self, charges: Charges) -> Result<Charges, ArrowError> {
        let rows = self.rows(&charges.rows)?;
        Ok(Charges { rows, ..charges })
    }

    /// The same rows, masked.
    ///
    /// # Errors
    /// As [`charges`](Self::charges).
    pub fn rows(&self, rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let schema = rows.schema();
        let columns = schema.fields().iter().zip(rows.columns()).map(|(field, array)| self.column(field.name(), array));
        RecordBatch::try_new(schema.clone(), columns.collect())
    }

    fn column(&self, name: &str, array: &ArrayRef) -> ArrayRef {
        match self.policy.of_column(name) {
            How::Keep if holds_tags(name) && self.policy.has_tags() => each_text(array, |text| Some(self.tags(text))),
            How::Keep => array.clone(),
            How::Drop => new_null_array(array.data_type(), array.len()),
            How::Hash => each_text(array, |text| self.masked(How::Hash, text).map(|masked| masked.into_owned())),
        }
    }

    /// An object of tags; what is none is left alone, since a decoder makes none of it.
    fn tags(&self, text: &str) -> String {
        let Ok(tags) = serde_json::from_str::<Map<String, Value>>(text) else { return text.to_owned() };
        if tags.keys().all(|key| self.policy.of_tag(key) == How::Keep) {
            return text.to_owned();
        }
        let mask = |(key, value): (String, Value)| {
            let how = self.policy.of_tag(&key);
            if how == How::Keep {
                return Some((key, value));
            }
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.masked(how, &text).map(|masked| (key, Value::String(masked.into_owned())))
        };
        Value::Object(tags.into_iter().filter_map(mask).collect()).to_string()
    }

    /// Leaves out of findings every value that the lake does not hold as it is: those of columns that are masked, and those that
    /// were no number or moment, stood in a provider's own columns or were a whole row, since they may be anything.
    pub fn findings(&self, findings: &mut Findings) {
        let is_kept = |column: &str| is_text_column(column) && !holds_tags(column) && self.policy.of_column(column) == How::Keep;
        findings.hide_values(|column| !is_kept(column));
    }
}

/// Every text of a column by way of `change`, which is asked once for each different text.
fn each_text(array: &ArrayRef, change: impl Fn(&str) -> Option<String>) -> ArrayRef {
    // Every column of text in the facts is of this type; what is not text is not hashed, and nothing of it stays.
    if *array.data_type() != DataType::Utf8 {
        return new_null_array(array.data_type(), array.len());
    }
    let texts = array.as_string::<i32>();
    let mut known: HashMap<&str, Option<String>> = HashMap::new();
    for text in texts.iter().flatten() {
        known.entry(text).or_insert_with(|| change(text));
    }
    let changed: StringArray = texts.iter().map(|text| text.and_then(|text| known[text].as_deref())).collect();
    Arc::new(changed)
}
