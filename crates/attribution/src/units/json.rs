//! JSON to nodes. `serde_json` reads it; where tables begin is found by going over the text once more.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::node::{Node, Table, Unreadable};

/// Reads a text that holds one value.
pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    let json: Json = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message.split_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
        Unreadable { line: error.line().max(1), message: format!("this is not JSON that can be read: {message}") }
    })?;
    let lines = table_lines(text);
    let mut lines = lines.into_iter();
    Ok(placed(json.0, &mut lines))
}

/// A value whose tables do not know their lines yet.
struct Json(Node);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number (others in quotes, so that they are exact), a list or a table")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json(Node::Text(value.to_string())))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
                Ok(Json(Node::Text(value.to_string())))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
                Ok(Json(Node::Text(value.to_string())))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
                Ok(Json(Node::Text(value.to_owned())))
            }

            fn visit_unit<E: Error>(self) -> Result<Json, E> {
                Ok(Json(Node::Empty))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(Json(item)) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json(Node::List(list)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                let mut fields: Vec<(String, Node)> = Vec::new();
                while let Some((name, Json(value))) = entries.next_entry::<String, Json>()? {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format_args!("{name:?} stands twice in one table")));
                    }
                    fields.push((name, value));
                }
                Ok(Json(Node::Table(Table { line: 0, fields })))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

/// The line of each `{` outside of texts. The JSON has been read, so quotes and escapes are in order.
fn table_lines(text: &str) -> Vec<usize> {
    let (mut lines, mut line, mut in_text, mut escaped) = (Vec::new(), 1, false, false);
    for byte in text.bytes() {
        match (in_text, byte) {
            (_, b'\n') => line += 1,
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'{') => lines.push(line),
            _ => {}
        }
    }
    lines
}

/// The same with the lines of the tables, which stand in the order in which they begin.
fn placed(node: Node, lines: &mut impl Iterator<Item = usize>) -> Node {
    match node {
        Node::Table(table) => {
            let line = lines.next().unwrap_or_default();
            let fields = table.fields.into_iter().map(|(name, value)| (name, placed(value, lines))).collect();
            Node::Table(Table { line, fields })
        }
        Node::List(items) => Node::List(items.into_iter().map(|item| placed(item, lines)).collect()),
        other => other,
    }
}
