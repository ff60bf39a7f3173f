//! OTLP/JSON as far as spans need it. Unknown fields are ignored, as the protocol demands.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::MessageError;
use super::span::{Attributes, Span, Wanted};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    resource_spans: Option<Vec<ResourceSpans<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceSpans<'a> {
    #[serde(borrow)]
    resource: Resource<'a>,
    #[serde(borrow)]
    scope_spans: Vec<ScopeSpans<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Resource<'a> {
    #[serde(borrow)]
    pub attributes: Vec<KeyValue<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeSpans<'a> {
    #[serde(borrow)]
    spans: Vec<JsonSpan<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct JsonSpan<'a> {
    #[serde(borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    span_id: Cow<'a, str>,
    #[serde(borrow)]
    parent_span_id: Cow<'a, str>,
    kind: Value,
    start_time_unix_nano: Value,
    end_time_unix_nano: Value,
    #[serde(borrow)]
    attributes: Vec<KeyValue<'a>>,
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Value,
}

#[derive(Deserialize)]
pub(super) struct KeyValue<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    /// Read only where the key is wanted: it may be a prompt of a megabyte, or lists in lists.
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

/// Values as they are written: a number keeps every digit of its text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AnyValue<'a> {
    #[serde(borrow)]
    string_value: Option<&'a RawValue>,
    #[serde(borrow)]
    int_value: Option<&'a RawValue>,
    #[serde(borrow)]
    double_value: Option<&'a RawValue>,
    #[serde(borrow)]
    bool_value: Option<&'a RawValue>,
}

/// The spans of one export request in JSON, each with its resource's attributes; none where it has no `resourceSpans` at all.
///
/// # Errors
/// When the bytes are no such JSON.
pub fn spans_of_json(bytes: &[u8], wanted: &Wanted) -> Result<Option<Vec<Span>>, MessageError> {
    let request: Request<'_> = serde_json::from_slice(bytes).map_err(|error| MessageError(error.to_string()))?;
    let Some(groups) = request.resource_spans else { return Ok(None) };
    let mut spans = Vec::new();
    for group in groups {
        let resource: Arc<Attributes> = Arc::new(attributes(group.resource.attributes, wanted));
        for json in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(Span {
                trace_id: json.trace_id.to_ascii_lowercase(),
                span_id: json.span_id.to_ascii_lowercase(),
                parent_span_id: json.parent_span_id.to_ascii_lowercase(),
                kind: enumeration(&json.kind, &["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]),
                start_time_unix_nano: scalar(&json.start_time_unix_nano).unwrap_or_default(),
                end_time_unix_nano: scalar(&json.end_time_unix_nano).unwrap_or_default(),
                is_error: enumeration(&json.status.code, &["OK", "ERROR"]) == 2,
                attributes: attributes(json.attributes, wanted),
                resource: Arc::clone(&resource),
            });
        }
    }
    Ok(Some(spans))
}

/// Scalars as text; lists and maps name nothing that is read here and are left out.
pub(super) fn attributes(pairs: Vec<KeyValue<'_>>, wanted: &Wanted) -> Attributes {
    let text = |value: &RawValue| {
        let any: AnyValue<'_> = serde_json::from_str(value.get()).ok()?;
        [any.string_value, any.int_value, any.double_value, any.bool_value].into_iter().flatten().find_map(as_written)
    };
    let read = pairs.into_iter().filter(|pair| wanted.has(&pair.key));
    read.filter_map(|pair| Some((pair.key.into_owned(), text(pair.value?)?))).collect()
}

/// A text without its quotes, a number or truth value as it is written; none for anything else.
pub(super) fn as_written(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(value.get().to_owned()),
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(set) => Some(set.to_string()),
        _ => None,
    }
}

/// An enumeration as its number; the protocol writes numbers, some senders the names: `SPAN_KIND_CLIENT`.
fn enumeration(value: &Value, names: &[&str]) -> u32 {
    match value {
        Value::Number(number) => number.as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        Value::String(text) => names.iter().position(|name| text.rsplit('_').next() == Some(name)).map_or(0, |at| at as u32 + 1),
        _ => 0,
    }
}
