//! Metrics in protobuf. Field numbers are those of `opentelemetry/proto/metrics/v1`.

use std::sync::Arc;

use super::{MetricPoint, Of, TOKENS, is_read};
use crate::otlp::MessageError;
use crate::otlp::protobuf::{Field, Message, add_attribute};
use crate::otlp::span::{Attributes, Wanted};

const SUM: u64 = 7;
const HISTOGRAM: u64 = 9;
const EXPONENTIAL: u64 = 10;

pub(super) fn points_of_protobuf(bytes: &[u8], wanted: &Wanted) -> Result<(Vec<MetricPoint>, u64), MessageError> {
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
            let scope = Message::new(scope);
            let scope_bytes = scope.all(1)?.concat();
            for metric in scope.all(2)? {
                let (mut name, mut data, mut message) = ("", None, Message::new(metric));
                while let Some(field) = message.next()? {
                    match field {
                        (1, Field::Bytes(text)) => name = std::str::from_utf8(text).unwrap_or_default(),
                        // Gauge, sum, histogram, exponential histogram, summary: each has its data points in field 1.
                        (kind @ (5 | SUM | HISTOGRAM | EXPONENTIAL | 11), Field::Bytes(bytes)) => data = Some((kind, bytes)),
                        _ => {}
                    }
                }
                let Some((kind, data)) = data else { continue };
                let found = Message::new(data).all(1)?;
                let (mut temporality, mut only_grows) = (0, false);
                let mut message = Message::new(data);
                while let Some(field) = message.next()? {
                    match field {
                        (2, Field::Varint(word)) => temporality = word,
                        (3, Field::Varint(word)) => only_grows = word != 0,
                        _ => {}
                    }
                }
                let is_histogram = matches!(kind, HISTOGRAM | EXPONENTIAL);
                if !is_read(name, is_histogram) || !(is_histogram || (kind == SUM && only_grows)) {
                    others += found.len() as u64;
                    continue;
                }
                let of = Of { name, from: [&resource_bytes, &scope_bytes], temporality, is_histogram };
                for bytes in found {
                    points.push(point(bytes, kind, &of, wanted, &resource)?);
                }
            }
        }
    }
    Ok((points, others))
}

fn point(bytes: &[u8], kind: u64, of: &Of<'_>, wanted: &Wanted, resource: &Arc<Attributes>) -> Result<MetricPoint, MessageError> {
    let is_tokens = of.name == TOKENS;
    let mut point = MetricPoint { temporality: of.temporality, is_tokens, ..MetricPoint::default() };
    point.span.resource = Arc::clone(resource);
    let mut pairs = Vec::new();
    // Attributes have a number of their own in each kind of point; the other fields that are read have the same in both histograms.
    let attributes_field = match kind {
        SUM => 7,
        HISTOGRAM => 9,
        _ => 1,
    };
    let mut message = Message::new(bytes);
    while let Some(field) = message.next()? {
        match field {
            (2, Field::Fixed64(nanos)) => point.start = nanos,
            (3, Field::Fixed64(nanos)) => point.end = nanos,
            (4, Field::Fixed64(count)) if of.is_histogram => point.count = Some(count),
            (5, Field::Fixed64(bits)) if of.is_histogram => point.sum = Some(f64::from_bits(bits).to_string()),
            (4, Field::Fixed64(bits)) => point.sum = Some(f64::from_bits(bits).to_string()),
            (6, Field::Fixed64(number)) if kind == SUM => point.sum = Some(number.cast_signed().to_string()),
            (number, Field::Bytes(pair)) if number == attributes_field => {
                add_attribute(pair, wanted, &mut point.span.attributes)?;
                pairs.push(pair);
            }
            _ => {}
        }
    }
    point.series = of.series(pairs);
    Ok(point)
}
