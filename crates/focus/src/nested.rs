//! Nested Arrow columns: structs taken apart into columns, lists and maps as JSON.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::error::ArrowError;

/// The schema with each member of a struct as a column of its own, named `struct.member`.
pub(crate) fn flat_schema(schema: &Schema) -> Schema {
    fn walk(prefix: &str, fields: &Fields, flat: &mut Vec<Field>) {
        for field in fields {
            let name = format!("{prefix}{}", field.name());
            match field.data_type() {
                DataType::Struct(members) => walk(&format!("{name}."), members, flat),
                kind => flat.push(Field::new(name, kind.clone(), true)),
            }
        }
    }
    let mut flat = Vec::new();
    walk("", schema.fields(), &mut flat);
    Schema::new(flat)
}

/// The columns of [`flat_schema`].
pub(crate) fn flat_columns(batch: &RecordBatch) -> Vec<ArrayRef> {
    fn walk(array: &ArrayRef, flat: &mut Vec<ArrayRef>) {
        match array.as_struct_opt() {
            Some(members) => members.columns().iter().for_each(|member| walk(member, flat)),
            None => flat.push(array.clone()),
        }
    }
    let mut flat = Vec::with_capacity(batch.num_columns());
    batch.columns().iter().for_each(|array| walk(array, &mut flat));
    flat
}

/// A column as text: maps, lists and structs become JSON.
pub(crate) fn as_text(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Utf8 => Ok(array.clone()),
        DataType::Map(_, _) | DataType::List(_) | DataType::LargeList(_) | DataType::Struct(_) => Ok(Arc::new(json(array)?)),
        DataType::Decimal128(_, _) | DataType::Decimal256(_, _) => cast(array, &DataType::Utf8),
        _ => cast_with_options(array, &DataType::Utf8, &CastOptions { safe: false, ..Default::default() }),
    }
}

fn json(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let mut texts = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let mut text = String::new();
        if array.is_valid(row) {
            write_json(array, row, &mut text)?;
        }
        texts.push(array.is_valid(row).then_some(text));
    }
    Ok(texts.into_iter().collect())
}

/// Writes one value. Members and keys keep their order.
fn write_json(array: &ArrayRef, row: usize, text: &mut String) -> Result<(), ArrowError> {
    if array.is_null(row) {
        text.push_str("null");
        return Ok(());
    }
    match array.data_type() {
        DataType::List(_) => write_list(&array.as_list::<i32>().value(row), text),
        DataType::LargeList(_) => write_list(&array.as_list::<i64>().value(row), text),
        DataType::Struct(fields) => {
            text.push('{');
            for (at, (field, member)) in fields.iter().zip(array.as_struct().columns()).enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                let _ = write!(text, "{}:", quoted(field.name()));
                write_json(member, row, text)?;
            }
            text.push('}');
            Ok(())
        }
        DataType::Map(_, _) => write_map(array.as_map(), row, text),
        DataType::Boolean => {
            text.push_str(if array.as_boolean().value(row) { "true" } else { "false" });
            Ok(())
        }
        kind => {
            let plain = as_text(&array.slice(row, 1))?;
            let value = plain.as_string::<i32>().value(0);
            text.push_str(&if kind.is_numeric() { value.to_owned() } else { quoted(value) });
            Ok(())
        }
    }
}

fn write_list(values: &ArrayRef, text: &mut String) -> Result<(), ArrowError> {
    text.push('[');
    for at in 0..values.len() {
        text.push_str(if at == 0 { "" } else { "," });
        write_json(values, at, text)?;
    }
    text.push(']');
    Ok(())
}

fn write_map(map: &arrow::array::MapArray, row: usize, text: &mut String) -> Result<(), ArrowError> {
    let keys = cast(map.keys(), &DataType::Utf8)?;
    let offsets = map.value_offsets();
    let (from, to) = (offsets[row] as usize, offsets[row + 1] as usize);
    text.push('{');
    for entry in from..to {
        text.push_str(if entry == from { "" } else { "," });
        let _ = write!(text, "{}:", quoted(keys.as_string::<i32>().value(entry)));
        write_json(map.values(), entry, text)?;
    }
    text.push('}');
    Ok(())
}

/// The text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, ListArray, StructArray};
    use arrow::buffer::OffsetBuffer;

    use super::*;

    #[test]
    fn lists_of_structs_become_json_and_structs_columns() {
        let amount: ArrayRef = Arc::new(Float64Array::from(vec![-0.5, -1.25, 0.0]));
        let name: ArrayRef = Arc::new(StringArray::from(vec![Some("a \"b\""), None, Some("c")]));
        let fields = Fields::from(vec![Field::new("amount", DataType::Float64, true), Field::new("name", DataType::Utf8, true)]);
        let credits = StructArray::new(fields.clone(), vec![amount, name], None);
        let item = Arc::new(Field::new("item", DataType::Struct(fields), true));
        let lists: ArrayRef =
            Arc::new(ListArray::new(item, OffsetBuffer::new(vec![0, 2, 2, 3].into()), Arc::new(credits.clone()), None));
        let texts = as_text(&lists).unwrap();
        let texts: Vec<&str> = texts.as_string::<i32>().iter().flatten().collect();
        assert_eq!(
            texts,
            [
                "[{\"amount\":-0.5,\"name\":\"a \\\"b\\\"\"},{\"amount\":-1.25,\"name\":null}]",
                "[]",
                "[{\"amount\":0.0,\"name\":\"c\"}]"
            ]
        );

        let outer: ArrayRef = Arc::new(credits);
        let batch = RecordBatch::try_from_iter([("service", outer), ("credits", lists)]).unwrap();
        let flat = flat_schema(&batch.schema());
        let names: Vec<&str> = flat.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["service.amount", "service.name", "credits"]);
        assert_eq!(flat_columns(&batch).len(), 3);
    }
}
