//! Documents within documents, as rows: a value is found by the names that lead to it, and a number keeps every digit of its text.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{FieldsRow, normalised};

/// How deep documents are followed; what lies deeper is kept as its text.
const DEEPEST: usize = 8;

/// The members of an object, as they are written.
pub(crate) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The members of an object; `None` where it is none.
pub(crate) fn members(value: &RawValue) -> Option<Members<'_>> {
    serde_json::from_str(value.get()).ok()
}

/// The elements of a list; `None` where it is none.
pub(crate) fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

/// A row of the members of several objects, members of members among them: `cache_creation.ephemeral_1h_input_tokens`.
pub(crate) fn row_of(objects: &[&Members<'_>]) -> FieldsRow {
    let mut fields = BTreeMap::new();
    for object in objects {
        add(object, "", 0, &mut fields);
    }
    FieldsRow::new(fields)
}

fn add(members: &Members<'_>, before: &str, depth: usize, fields: &mut BTreeMap<String, (String, String)>) {
    for (name, value) in members {
        let path = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'{') if depth < DEEPEST => {
                if let Some(inner) = self::members(value) {
                    add(&inner, &path, depth + 1, fields);
                }
                fields.insert(normalised(&path), (path, text.to_owned()));
            }
            Some(b'n') | None => {}
            Some(b'"') => {
                if let Ok(text) = serde_json::from_str::<String>(text)
                    && !text.trim().is_empty()
                {
                    fields.insert(normalised(&path), (path, text));
                }
            }
            _ => drop(fields.insert(normalised(&path), (path, text.to_owned()))),
        }
    }
}
