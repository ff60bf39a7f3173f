//! Metrics and logs. Of metrics the calls and tokens of `gen_ai.client.operation.duration` and `gen_ai.client.token.usage` can be read in
//! place of spans, never beside them: they are the same calls. Logs are only counted.
//!
//! A data point is known by its series (resource, metric and attributes, as they are written) and its time, so that one that is sent
//! again changes nothing. It must hold what was added since the one before (delta temporality): of sums since a process began, what
//! an hour had cannot be told without all that came before.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::json::{KeyValue, Resource, as_written, attributes, scalar};
use super::protobuf::{Field, Message, add_attribute};
use super::span::{Attributes, Point, Span, Wanted, read_point};
use super::{Encoding, MessageError, Options, Received, SpanFact};
use crate::{Effect, Findings};

const TOKENS: &str = "gen_ai.client.token.usage";
const DURATION: &str = "gen_ai.client.operation.duration";
const DELTA: u64 = 1;

/// A data point of a histogram.
#[derive(Clone, Debug, Default)]
pub struct MetricPoint {
    /// What it is known by: its series and time.
    series: u128,
    time: u64,
    /// Its attributes and those of its resource, and when its time begins.
    span: Span,
    /// 1 for what was added since the one before, 2 for sums since the beginning.
    temporality: u64,
    count: u64,
    sum: Option<String>,
}

/// The data points of an `ExportMetricsServiceRequest`: those that can be usage, and how many others there are.
///
/// # Errors
/// When the bytes are none.
pub fn points_of(encoding: Encoding, bytes: &[u8], wanted: &Wanted) -> Result<(Vec<MetricPoint>, u64), MessageError> {
    match encoding {
        Encoding::Protobuf => points_of_protobuf(bytes, wanted),
        Encoding::Json => points_of_json(bytes, wanted),
    }
}

/// Usage of data points; what [`super::receive`] is of spans. Others than those of the two metrics are left out.
pub fn receive_points(
    points: &[MetricPoint],
    others: u64,
    options: &Options,
    accepts: impl Fn(DateTime<Utc>) -> Result<(), (&'static str, String)>,
) -> Received {
    let mut received = Received { skipped: others, ..Received::default() };
    let mut places = std::collections::HashMap::new();
    for point in points {
        if point.temporality != DELTA {
            let message = "data points must hold what was added since the one before: set \
                           OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta, or use the Collector's cumulativetodelta processor";
            received.refuse("cumulative", || message.to_owned());
            continue;
        }
        let mut findings = Findings::with_limit(4);
        let of = Point { sum: point.sum.as_deref(), count: point.count };
        let Ok(record) = read_point(&point.span, &of, options, &mut findings) else {
            let found = findings.first().iter().find(|finding| finding.effect == Effect::SetAside);
            let rule = found.map_or("nonsense", |finding| finding.rule);
            received.refuse(rule, || found.map(|f| format!("{}: {}", f.column, f.message)).unwrap_or_default());
            continue;
        };
        match (accepts(record.at), record.at.timestamp_nanos_opt()) {
            (Err((rule, message)), _) => received.refuse(rule, || message),
            (Ok(()), None) => received.refuse("not-a-time", || "the beginning lies beyond the year 2262".to_owned()),
            (Ok(()), Some(at)) => {
                let fact =
                    SpanFact { trace: point.series, span: point.time, parent: 0, at, counts: record.counts, dimensions: 0 };
                received.block.add(fact, &record.dimensions, &mut places);
            }
        }
    }
    received
}

/// What a series is known by: 128 bits of the hash of its parts.
fn series_of(parts: &[&[u8]]) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hash.finalize()[..16]);
    u128::from_le_bytes(half)
}

/// A point's time: its end, with the beginning folded in.
fn time_of(start: u64, end: u64) -> u64 {
    end ^ start.rotate_left(32)
}

fn points_of_protobuf(bytes: &[u8], wanted: &Wanted) -> Result<(Vec<MetricPoint>, u64), MessageError> {
    let (mut points, mut others) = (Vec::new(), 0);
    for group in Message::new(bytes).all(1)? {
        let group = Message::new(group);
        let resource_bytes = group.all(1)?.concat();
        let mut resource = Attributes::new();
        for pair in Message::new(&resource_bytes).all(1)? {
            add_attribute(pair, wanted, &mut resource)?;
        }
        let resource = Arc::new(resource);
        for scope in group.all(2)? {
            for metric in Message::new(scope).all(2)? {
                let (mut name, mut data, mut message) = ("", None, Message::new(metric));
                while let Some(field) = message.next()? {
                    match field {
                        (1, Field::Bytes(text)) => name = std::str::from_utf8(text).unwrap_or_default(),
                        // Gauge, sum, histogram, exponential histogram, summary: each has its data points in field 1.
                        (kind @ (5 | 7 | 9 | 10 | 11), Field::Bytes(bytes)) => data = Some((kind, bytes)),
                        _ => {}
                    }
                }
                let Some((kind, data)) = data else { continue };
                let found = Message::new(data).all(1)?;
                if !is_read(name) || !matches!(kind, 9 | 10) {
                    others += found.len() as u64;
                    continue;
                }
                let mut temporality = 0;
                let mut message = Message::new(data);
                while let Some(field) = message.next()? {
                    if let (2, Field::Varint(word)) = field {
                        temporality = word;
                    }
                }
                for bytes in found {
                    points.push(point_of_protobuf(bytes, kind, (name, &resource_bytes, temporality), wanted, &resource)?);
                }
            }
        }
    }
    Ok((points, others))
}

fn point_of_protobuf(
    bytes: &[u8],
    kind: u64,
    (name, resource_bytes, temporality): (&str, &[u8], u64),
    wanted: &Wanted,
    resource: &Arc<Attributes>,
) -> Result<MetricPoint, MessageError> {
    let mut point = MetricPoint { temporality, ..MetricPoint::default() };
    point.span.resource = Arc::clone(resource);
    let (mut start, mut end, mut pairs) = (0, 0, Vec::new());
    // Attributes have another number in exponential histograms; the other fields that are read have the same.
    let attributes_field = if kind == 9 { 9 } else { 1 };
    let mut message = Message::new(bytes);
    while let Some(field) = message.next()? {
        match field {
            (2, Field::Fixed64(nanos)) => start = nanos,
            (3, Field::Fixed64(nanos)) => end = nanos,
            (4, Field::Fixed64(count)) => point.count = count,
            (5, Field::Fixed64(bits)) => point.sum = Some(f64::from_bits(bits).to_string()),
            (number, Field::Bytes(pair)) if number == attributes_field => {
                add_attribute(pair, wanted, &mut point.span.attributes)?;
                pairs.push(pair);
            }
            _ => {}
        }
    }
    point.series = series_of(&[&[resource_bytes, name.as_bytes()][..], &pairs].concat());
    point.span.start_time_unix_nano = if start == 0 { String::new() } else { start.to_string() };
    point.time = time_of(start, end);
    Ok(point)
}

fn is_read(name: &str) -> bool {
    matches!(name, TOKENS | DURATION)
}

fn points_of_json(bytes: &[u8], wanted: &Wanted) -> Result<(Vec<MetricPoint>, u64), MessageError> {
    let wrong = |error: serde_json::Error| MessageError(error.to_string());
    let request: Metrics<'_> = serde_json::from_slice(bytes).map_err(wrong)?;
    let (mut points, mut others) = (Vec::new(), 0);
    for group in request.resource_metrics {
        let raw = group.resource.map_or("{}", RawValue::get);
        let resource: Resource<'_> = serde_json::from_str(raw).map_err(wrong)?;
        let resource = Arc::new(attributes(resource.attributes, wanted));
        for metric in group.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
            let histograms = [&metric.histogram, &metric.exponential_histogram];
            let plain = [&metric.gauge, &metric.sum, &metric.summary].map(|data| data.data_points.len() as u64);
            others += plain.iter().sum::<u64>();
            for histogram in histograms {
                if !is_read(&metric.name) {
                    others += histogram.data_points.len() as u64;
                    continue;
                }
                let temporality = match &histogram.aggregation_temporality {
                    Value::Number(word) => word.as_u64().unwrap_or(0),
                    Value::String(word) if word.ends_with("_DELTA") => DELTA,
                    _ => 0,
                };
                for raw_point in &histogram.data_points {
                    let json: JsonPoint<'_> = serde_json::from_str(raw_point.get()).map_err(wrong)?;
                    points.push(point_of_json(json, &metric.name, raw, temporality, wanted, &resource)?);
                }
            }
        }
    }
    Ok((points, others))
}

fn point_of_json(
    json: JsonPoint<'_>,
    name: &str,
    resource_text: &str,
    temporality: u64,
    wanted: &Wanted,
    resource: &Arc<Attributes>,
) -> Result<MetricPoint, MessageError> {
    let number = |value: &Value| scalar(value).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let raw = json.attributes.map_or("[]", RawValue::get);
    let pairs: Vec<KeyValue<'_>> = serde_json::from_str(raw).map_err(|error| MessageError(error.to_string()))?;
    let (start, end) = (number(&json.start_time_unix_nano), number(&json.time_unix_nano));
    let span = Span {
        start_time_unix_nano: if start == 0 { String::new() } else { start.to_string() },
        attributes: attributes(pairs, wanted),
        resource: Arc::clone(resource),
        ..Span::default()
    };
    let series = series_of(&[resource_text.as_bytes(), name.as_bytes(), raw.as_bytes()]);
    let (time, count, sum) = (time_of(start, end), number(&json.count), json.sum.and_then(as_written));
    Ok(MetricPoint { series, time, span, temporality, count, sum })
}

/// How many records an `ExportLogsServiceRequest` has.
///
/// # Errors
/// When the bytes are none.
pub fn count_logs(encoding: Encoding, bytes: &[u8]) -> Result<u64, MessageError> {
    let items = match encoding {
        Encoding::Protobuf => {
            let mut records = 0;
            for resource in Message::new(bytes).all(1)? {
                for scope in Message::new(resource).all(2)? {
                    records += Message::new(scope).all(2)?.len();
                }
            }
            records
        }
        Encoding::Json => {
            let request: Logs = serde_json::from_slice(bytes).map_err(|error| MessageError(error.to_string()))?;
            request.resource_logs.iter().flat_map(|r| &r.scope_logs).map(|scope| scope.log_records.len()).sum()
        }
    };
    Ok(items as u64)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metrics<'a> {
    #[serde(borrow)]
    resource_metrics: Vec<ResourceMetrics<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceMetrics<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(borrow)]
    scope_metrics: Vec<ScopeMetrics<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeMetrics<'a> {
    #[serde(borrow)]
    metrics: Vec<Metric<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metric<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    gauge: Plain,
    sum: Plain,
    summary: Plain,
    #[serde(borrow)]
    histogram: Histogram<'a>,
    #[serde(borrow)]
    exponential_histogram: Histogram<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Plain {
    data_points: Vec<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Histogram<'a> {
    aggregation_temporality: Value,
    #[serde(borrow)]
    data_points: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct JsonPoint<'a> {
    start_time_unix_nano: Value,
    time_unix_nano: Value,
    count: Value,
    #[serde(borrow)]
    sum: Option<&'a RawValue>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Logs {
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogs {
    scope_logs: Vec<ScopeLogs>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogs {
    log_records: Vec<IgnoredAny>,
}
