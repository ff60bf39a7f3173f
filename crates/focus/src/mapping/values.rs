//! Look-ups of a column's values, each distinct text once.

use std::collections::BTreeMap;

use arrow::array::{Array, StringArray};
use hashbrown::HashMap;

use super::expression::Values;

/// The tables that a mapping names.
pub(crate) type Tables = BTreeMap<String, Values>;

/// For each row of `column` which distinct text it holds (`None` for no value), and the distinct texts with their first row.
pub(crate) fn distinct(column: &StringArray) -> (Vec<Option<u32>>, Vec<(&str, usize)>) {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut texts = Vec::new();
    let mut of_row = Vec::with_capacity(column.len());
    let mut last: Option<(&str, u32)> = None;
    for row in 0..column.len() {
        if column.is_null(row) {
            of_row.push(None);
            continue;
        }
        let text = column.value(row);
        let id = match last {
            // Exports repeat the same values row after row.
            Some((same, id)) if same == text => id,
            _ => *seen.entry(text).or_insert_with(|| {
                texts.push((text, row));
                texts.len() as u32 - 1
            }),
        };
        last = Some((text, id));
        of_row.push(Some(id));
    }
    (of_row, texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_seen_once() {
        let column = StringArray::from(vec![Some("a"), None, Some("b"), Some("a"), Some("a")]);
        let (of_row, texts) = distinct(&column);
        assert_eq!(of_row, [Some(0), None, Some(1), Some(0), Some(0)]);
        assert_eq!(texts, [("a", 0), ("b", 2)]);
    }
}
