//! Values of an answer as JSON: decimals as texts, times as RFC 3339.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

use crate::Error;

/// True for columns of figures.
pub fn is_number(kind: &DataType) -> bool {
    kind.is_numeric()
}

/// The values of a column.
///
/// # Errors
/// When the column's type cannot be written as text.
pub fn column_values(array: &ArrayRef) -> Result<Vec<Value>, Error> {
    let failed = |error: arrow::error::ArrowError| {
        Error::Invalid(format!("a column cannot be shown: {error}. Cast it to text in the query"))
    };
    let value = |read: &dyn Fn(usize) -> Value| {
        (0..array.len()).map(|row| if array.is_null(row) { Value::Null } else { read(row) }).collect()
    };
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Null; array.len()],
        DataType::Boolean => value(&|row| array.as_boolean().value(row).into()),
        kind if kind.is_integer() && *kind != DataType::UInt64 => {
            let integers = cast(array, &DataType::Int64).map_err(failed)?;
            value(&|row| integers.as_primitive::<Int64Type>().value(row).into())
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let floats = cast(array, &DataType::Float64).map_err(failed)?;
            value(&|row| floats.as_primitive::<Float64Type>().value(row).into())
        }
        DataType::Timestamp(..) => {
            let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None)).map_err(failed)?;
            let moment = |row| DateTime::from_timestamp_micros(micros.as_primitive::<TimestampMicrosecondType>().value(row));
            value(&|row| moment(row).map(|m| m.to_rfc3339_opts(SecondsFormat::AutoSi, true)).into())
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let items = (0..lists.len()).map(|row| match lists.is_null(row) {
                true => Ok(Value::Null),
                false => column_values(&lists.value(row)).map(Value::Array),
            });
            items.collect::<Result<_, _>>()?
        }
        kind => {
            let is_decimal = kind.is_numeric();
            let texts = cast(array, &DataType::Utf8).map_err(failed)?;
            value(&|row| {
                let text = texts.as_string::<i32>().value(row);
                Value::from(if is_decimal { plain(text) } else { text })
            })
        }
    })
}

/// A decimal without the zeros that only its scale gives it.
fn plain(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
