//! Texts by dictionary: what is done to each different value need not be done to each row.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashTable};

/// The rows with their texts by dictionary.
pub(crate) fn by_dictionary(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let code = |array: &ArrayRef| match array.data_type() {
        DataType::Utf8 => Arc::new(coded(array)) as ArrayRef,
        _ => array.clone(),
    };
    let columns: Vec<ArrayRef> = rows.columns().iter().map(code).collect();
    let schema = rows.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> =
        fields.map(|(field, array)| field.as_ref().clone().with_data_type(array.data_type().clone())).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// A column of text by dictionary, each value once, in the order of appearance.
///
/// Arrow's own cast does the same; this asks first whether a value is that of the row before, as it mostly is in a bill.
pub(crate) fn coded(array: &ArrayRef) -> DictionaryArray<Int32Type> {
    let Some(texts) = array.as_string_opt::<i32>() else { return array.as_dictionary().clone() };
    let hasher = DefaultHashBuilder::default();
    let mut table: HashTable<i32> = HashTable::new();
    let mut values: Vec<&str> = Vec::new();
    let mut last = 0;
    let mut place_of = |row: usize| {
        let text = texts.value(row);
        if values.get(last as usize) != Some(&text) {
            let hash = |text: &str| hasher.hash_one(text.as_bytes());
            let same = |place: &i32| values[*place as usize] == text;
            last = match table.find(hash(text), same) {
                Some(place) => *place,
                None => {
                    let place = values.len() as i32;
                    values.push(text);
                    table.insert_unique(hash(text), place, |place| hash(values[*place as usize]));
                    place
                }
            };
        }
        last
    };
    let places: Int32Array = (0..texts.len()).map(|row| texts.is_valid(row).then(|| place_of(row))).collect();
    let values: StringArray = values.into_iter().map(Some).collect();
    DictionaryArray::try_new(places, Arc::new(values)).expect("every place is that of a value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_there_once_and_every_row_says_what_it_said() {
        let texts = [Some("b"), Some("b"), None, Some("a"), Some(""), Some("b"), None, Some("a")];
        let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let by_dictionary = coded(&array);
        assert_eq!(by_dictionary.values().as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["b", "a", ""]);
        let read: Vec<Option<&str>> = by_dictionary.downcast_dict::<StringArray>().unwrap().into_iter().collect();
        assert_eq!(read, texts);
        assert_eq!(coded(&(Arc::new(by_dictionary.clone()) as ArrayRef)), by_dictionary);
    }

    #[test]
    fn nothing_but_text_changes() {
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>, None]));
        let rows = RecordBatch::try_from_iter_with_nullable([("N", numbers.clone(), false), ("T", texts, true)]).unwrap();
        let rows = by_dictionary(&rows).unwrap();
        assert_eq!((rows.column(0), rows.column(1).null_count()), (&numbers, 2));
    }
}
