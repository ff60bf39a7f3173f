//! A revision's roll-up as a table: every key column, the day, the currency, the four sums and how many charges they are.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DictionaryArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use camino::Utf8Path;
use farthing_focus::KEY_COLUMNS;
use farthing_types::{Cost, SCALE};

use crate::{LakeError, read_rows};

/// What begins the name of a column with the values of one tag.
pub const TAG_COLUMN: &str = "tag:";

/// The columns of [`read_daily`] that every revision has.
pub fn daily_schema() -> SchemaRef {
    let words = || DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
    let mut fields: Vec<Field> = KEY_COLUMNS.iter().map(|name| Field::new(*name, words(), true)).collect();
    fields.push(Field::new("ChargeDay", DataType::Date32, false));
    fields.push(Field::new("BillingCurrency", DataType::Utf8, false));
    fields.extend(Cost::ALL.map(|cost| Field::new(cost.column(), DataType::Decimal128(38, SCALE as i8), false)));
    fields.push(Field::new("Charges", DataType::Int64, false));
    Arc::new(Schema::new(fields))
}

/// Reads a revision's roll-up with the values of its keys, which are dictionaries over `keys.parquet`: a value is held once,
/// however many days it has. After the columns of [`daily_schema`] come those of the tags that occur often, `tag:NAME`.
///
/// Summed over any of these columns it gives what the charges give, since each charge is in exactly one row.
///
/// # Errors
/// When a file is missing or damaged.
pub fn read_daily(folder: &Utf8Path) -> Result<RecordBatch, LakeError> {
    let path = folder.join("rollup.parquet");
    let (keys, cells) = (read_rows(&folder.join("keys.parquet"))?, read_rows(&path)?);
    let wrong = |name: &str| LakeError::Column { path: path.clone(), column: name.to_owned() };
    let of_cells = |name: &str| cells.column_by_name(name).ok_or_else(|| wrong(name));
    let ids = of_cells("Key")?.as_primitive_opt::<UInt32Type>().ok_or_else(|| wrong("Key"))?;
    if ids.values().iter().any(|id| *id as usize >= keys.num_rows()) {
        return Err(wrong("Key"));
    }
    let mut fields: Vec<Arc<Field>> = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let mut add_words = |name: &str, field: Arc<Field>| -> Result<(), LakeError> {
        let values = match keys.column_by_name(name) {
            Some(values) => values.clone(),
            // A revision written before this column became a key: it has no value there.
            None => arrow::array::new_null_array(&DataType::Utf8, keys.num_rows()),
        };
        columns.push(Arc::new(DictionaryArray::<UInt32Type>::try_new(ids.clone(), values)?));
        fields.push(field);
        Ok(())
    };
    let schema = daily_schema();
    for (name, field) in KEY_COLUMNS.iter().zip(schema.fields()) {
        add_words(name, field.clone())?;
    }
    let tags: Vec<String> =
        keys.schema().fields().iter().map(|field| field.name()).filter(|name| name.starts_with(TAG_COLUMN)).cloned().collect();
    for name in &tags {
        add_words(name, Arc::new(Field::new(name, schema.field(0).data_type().clone(), true)))?;
    }
    for field in &schema.fields()[KEY_COLUMNS.len()..] {
        columns.insert(columns.len() - tags.len(), cast(of_cells(field.name())?, field.data_type())?);
        fields.insert(fields.len() - tags.len(), field.clone());
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
