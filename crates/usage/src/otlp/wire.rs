//! OTLP/JSON as far as spans need it. Unknown fields are ignored, as the protocol demands.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::span::{Attributes, Span};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ResourceSpans {
    resource: Resource,
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    attributes: Vec<KeyValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeSpans {
    spans: Vec<WireSpan>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireSpan {
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    kind: Value,
    start_time_unix_nano: Value,
    attributes: Vec<KeyValue>,
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Value,
}

#[derive(Deserialize)]
struct KeyValue {
    key: String,
    #[serde(default)]
    value: BTreeMap<String, Value>,
}

/// The spans of one export request, each with its resource's attributes.
pub(super) fn spans(bytes: &[u8]) -> Result<Vec<Span>, serde_json::Error> {
    let request: Request = serde_json::from_slice(bytes)?;
    let mut spans = Vec::new();
    for group in request.resource_spans {
        let resource: Arc<Attributes> = Arc::new(attributes(group.resource.attributes));
        for wire in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(Span {
                trace_id: wire.trace_id.to_ascii_lowercase(),
                span_id: wire.span_id.to_ascii_lowercase(),
                parent_span_id: wire.parent_span_id.to_ascii_lowercase(),
                kind: enumeration(&wire.kind, &["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]),
                start_time_unix_nano: scalar(&wire.start_time_unix_nano).unwrap_or_default(),
                is_error: enumeration(&wire.status.code, &["OK", "ERROR"]) == 2,
                attributes: attributes(wire.attributes),
                resource: Arc::clone(&resource),
            });
        }
    }
    Ok(spans)
}

/// Scalars as text; lists and maps name nothing that is read here and are left out.
fn attributes(pairs: Vec<KeyValue>) -> Attributes {
    let text = |value: BTreeMap<String, Value>| {
        let kinds = ["stringValue", "intValue", "doubleValue", "boolValue"];
        kinds.iter().find_map(|kind| value.get(*kind).and_then(scalar))
    };
    pairs.into_iter().filter_map(|pair| Some((pair.key, text(pair.value)?))).collect()
}

fn scalar(value: &Value) -> Option<String> {
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
