//! Metrics in JSON.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{CUMULATIVE, DELTA, MetricPoint, Of, TOKENS, is_read};
use crate::otlp::MessageError;
use crate::otlp::json::{KeyValue, Resource, as_written, attributes, scalar};
use crate::otlp::span::{Attributes, Span, Wanted};

pub(super) fn points_of_json(bytes: &[u8], wanted: &Wanted) -> Result<(Vec<MetricPoint>, u64), MessageError> {
    let request: Metrics<'_> = serde_json::from_slice(bytes).map_err(wrong)?;
    let (mut points, mut others) = (Vec::new(), 0);
    for group in request.resource_metrics {
        let raw = group.resource.map_or("{}", RawValue::get);
        let resource: Resource<'_> = serde_json::from_str(raw).map_err(wrong)?;
        let resource = Arc::new(attributes(resource.attributes, wanted));
        for scope in group.scope_metrics {
            let raw_scope = scope.scope.map_or("{}", RawValue::get);
            for metric in scope.metrics {
                others += (metric.gauge.data_points.len() + metric.summary.data_points.len()) as u64;
                let kinds = [(&metric.histogram, true), (&metric.exponential_histogram, true), (&metric.sum, false)];
                for (data, is_histogram) in kinds {
                    if !is_read(&metric.name, is_histogram) || !(is_histogram || data.is_monotonic) {
                        others += data.data_points.len() as u64;
                        continue;
                    }
                    let from = [raw.as_bytes(), raw_scope.as_bytes()];
                    let of = Of { name: &metric.name, from, temporality: data.temporality(), is_histogram };
                    for raw_point in &data.data_points {
                        points.push(point(serde_json::from_str(raw_point.get()).map_err(wrong)?, &of, wanted, &resource)?);
                    }
                }
            }
        }
    }
    Ok((points, others))
}

fn point(json: JsonPoint<'_>, of: &Of<'_>, wanted: &Wanted, resource: &Arc<Attributes>) -> Result<MetricPoint, MessageError> {
    let number = |value: &Value| scalar(value).and_then(|text| text.parse::<u64>().ok());
    let raw_pairs = json.attributes.iter().map(|pair| pair.get().as_bytes()).collect();
    let pairs = json.attributes.iter().map(|pair| serde_json::from_str::<KeyValue<'_>>(pair.get()));
    let pairs = pairs.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let sum = if of.is_histogram { json.sum } else { json.as_int.or(json.as_double) };
    Ok(MetricPoint {
        series: of.series(raw_pairs),
        start: number(&json.start_time_unix_nano).unwrap_or(0),
        end: number(&json.time_unix_nano).unwrap_or(0),
        span: Span { attributes: attributes(pairs, wanted), resource: Arc::clone(resource), ..Span::default() },
        temporality: of.temporality,
        count: number(&json.count),
        is_tokens: of.name == TOKENS,
        sum: sum.and_then(as_written),
    })
}

fn wrong(error: serde_json::Error) -> MessageError {
    MessageError(error.to_string())
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
    scope: Option<&'a RawValue>,
    #[serde(borrow)]
    metrics: Vec<Metric<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metric<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    gauge: Plain,
    summary: Plain,
    #[serde(borrow)]
    sum: Data<'a>,
    #[serde(borrow)]
    histogram: Data<'a>,
    #[serde(borrow)]
    exponential_histogram: Data<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Plain {
    data_points: Vec<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Data<'a> {
    aggregation_temporality: Value,
    is_monotonic: bool,
    #[serde(borrow)]
    data_points: Vec<&'a RawValue>,
}

impl Data<'_> {
    fn temporality(&self) -> u64 {
        match &self.aggregation_temporality {
            Value::Number(word) => word.as_u64().unwrap_or(0),
            Value::String(word) if word.ends_with("_DELTA") => DELTA,
            Value::String(word) if word.ends_with("_CUMULATIVE") => CUMULATIVE,
            _ => 0,
        }
    }
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
    as_int: Option<&'a RawValue>,
    #[serde(borrow)]
    as_double: Option<&'a RawValue>,
    #[serde(borrow)]
    attributes: Vec<&'a RawValue>,
}
