//! Tags from columns, JSON objects and lists of pairs; members of JSON.

use std::borrow::Cow;

use arrow::error::ArrowError;
use serde_json::{Map, Value as Json};

use super::evaluate::{Batch, Text, Value};
use super::expression::{Expression, TagSource};
use super::number::Exact;
use crate::finding;
use crate::nested::quoted;

/// A source of tags with its columns read.
enum Read<'a> {
    /// One tag a column.
    Columns(Vec<(String, Text)>),
    Object(Text, &'a str),
    Pairs(Text, &'a str),
}

/// The tags of each row as a JSON object. Where a key comes twice, the first source holds.
pub(crate) fn gather(batch: &mut Batch<'_>, sources: &[TagSource]) -> Result<Value, ArrowError> {
    let mut read = Vec::with_capacity(sources.len());
    for source in sources {
        read.push(match source {
            TagSource::Columns { prefix, .. } => {
                let columns = batch.sources.names().filter_map(|name| Some((source.key(name)?, name)));
                let columns: Vec<(String, Expression)> =
                    columns.map(|(key, name)| (format!("{prefix}{key}"), Expression::Column(name.to_owned()))).collect();
                let texts = columns.into_iter().map(|(key, column)| Ok((key, batch.text(&column)?)));
                Read::Columns(texts.collect::<Result<_, ArrowError>>()?)
            }
            TagSource::Object { column, prefix } => Read::Object(batch.text(&Expression::Column(column.clone()))?, prefix),
            TagSource::Pairs { column, prefix } => Read::Pairs(batch.text(&Expression::Column(column.clone()))?, prefix),
        });
    }
    let mut unread: Vec<(usize, String)> = Vec::new();
    let tags = batch.collect(|row| {
        let mut tags = Tags::default();
        for source in &read {
            match source {
                Read::Columns(columns) => {
                    columns
                        .iter()
                        .filter_map(|(key, text)| Some((key, text.get(row)?)))
                        .for_each(|(key, text)| tags.add(key, text));
                }
                Read::Object(text, prefix) => {
                    let Some(text) = text.get(row) else { continue };
                    match object(text) {
                        Some(members) => members.iter().for_each(|(key, value)| tags.add_json(prefix, key, value)),
                        None => unread.push((row, text.to_owned())),
                    }
                }
                Read::Pairs(text, prefix) => {
                    let Some(text) = text.get(row) else { continue };
                    match pairs(text) {
                        Some(pairs) => pairs.iter().for_each(|(key, value)| tags.add_json(prefix, key, value)),
                        None => unread.push((row, text.to_owned())),
                    }
                }
            }
        }
        tags.text().map(Cow::Owned)
    });
    for (row, text) in unread {
        batch.findings.add(finding::NOT_TAGS, batch.label, batch.row_numbers.of(row), text.as_bytes());
    }
    Ok(tags)
}

/// A JSON object while it is written. Rows have few tags, so that a search through the keys is quick.
#[derive(Default)]
struct Tags {
    keys: Vec<String>,
    text: String,
}

impl Tags {
    fn add(&mut self, key: &str, value: &str) {
        if !self.keys.iter().any(|known| known == key) {
            self.text.push(if self.keys.is_empty() { '{' } else { ',' });
            self.text.push_str(&quoted(key));
            self.text.push(':');
            self.text.push_str(&quoted(value));
            self.keys.push(key.to_owned());
        }
    }

    fn add_json(&mut self, prefix: &str, key: &str, value: &Json) {
        let key = format!("{prefix}{key}");
        match value {
            Json::Null => {}
            Json::String(text) => self.add(&key, text),
            other => self.add(&key, &other.to_string()),
        }
    }

    fn text(mut self) -> Option<String> {
        self.text.push('}');
        (!self.keys.is_empty()).then_some(self.text)
    }
}

/// A JSON object, with or without its braces.
fn object(text: &str) -> Option<Map<String, Json>> {
    let text = text.trim();
    if text.starts_with('{') { serde_json::from_str(text).ok() } else { serde_json::from_str(&format!("{{{text}}}")).ok() }
}

/// The pairs of a JSON array of `{"key", "value"}`.
fn pairs(text: &str) -> Option<Vec<(String, Json)>> {
    let list: Vec<Map<String, Json>> = serde_json::from_str(text).ok()?;
    let pair = |mut entry: Map<String, Json>| {
        Some((entry.get("key")?.as_str()?.to_owned(), entry.remove("value").unwrap_or(Json::Null)))
    };
    list.into_iter().map(pair).collect()
}

/// A member of a JSON object as text.
pub(crate) fn member(text: &str, key: &str) -> Option<String> {
    match object(text)?.remove(key)? {
        Json::Null => None,
        Json::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// The exact sum of a member over a JSON array of objects.
pub(crate) fn total(text: &str, key: &str) -> Option<String> {
    let list: Vec<Map<String, Json>> = serde_json::from_str(text).ok()?;
    let mut sum: Option<Exact> = None;
    for entry in &list {
        let number = match entry.get(key) {
            None | Some(Json::Null) => continue,
            Some(Json::String(text)) => Exact::parse(text)?,
            Some(other) => Exact::parse(&other.to_string())?,
        };
        sum = Some(sum.unwrap_or_default().plus(number));
    }
    sum.map(Exact::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_totals_of_json() {
        assert_eq!(member("{\"region\":\"eu\",\"n\":3}", "region").as_deref(), Some("eu"));
        assert_eq!(member("{\"region\":\"eu\",\"n\":3}", "n").as_deref(), Some("3"));
        assert_eq!(member("\"a\": \"1\", \"b\": null", "b"), None);
        assert_eq!(total("[{\"amount\":-0.1},{\"amount\":\"-0.2\"},{\"name\":\"x\"}]", "amount").as_deref(), Some("-0.3"));
        assert_eq!(total("[]", "amount"), None);
        assert!(pairs("[{\"key\":\"team\",\"value\":\"a\"}]").is_some_and(|pairs| pairs.len() == 1));
        assert!(pairs("no json").is_none() && object("a: b").is_none());
    }
}
