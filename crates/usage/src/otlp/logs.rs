//! Log records that tell of calls of models: the event `gen_ai.client.inference.operation.details`, and any other that states tokens in the
//! attributes of the conventions, as older instrumentations do.
//!
//! Such a record is one call, at the time of the record: when the call began it does not say. It is known by the trace and span it was
//! written in, so that the span of the same call, which says more, stands in its place ([`super::merge_spans`]) and the call counts once;
//! without them by all that it says. Events of single messages (`gen_ai.user.message`, `gen_ai.choice` …) state no tokens, and are no calls.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::attributes::{EVENT_NAME, INPUT_TOKENS, OUTPUT_TOKENS};
use super::json::{KeyValue, Resource, attributes, scalar};
use super::protobuf::{Field, Message, add_attribute, hexadecimal, moment, text};
use super::received::Intake;
use super::span::{Attributes, Span, Wanted};
use super::{Encoding, MessageError, Options, Received, hash_of};

/// The event that is one call.
const DETAILS: &str = "gen_ai.client.inference.operation.details";

/// A log record, from whichever encoding.
#[derive(Clone, Debug, Default)]
pub struct LogRecord {
    /// What happened, by the record's own field.
    event: String,
    /// Its ids, time and attributes, and those of its resource.
    span: Span,
}

impl LogRecord {
    fn is_of_a_call(&self) -> bool {
        let event = if self.event.is_empty() { self.span.first(EVENT_NAME) } else { Some(self.event.as_str()) };
        event == Some(DETAILS) || self.span.first(INPUT_TOKENS).is_some() || self.span.first(OUTPUT_TOKENS).is_some()
    }

    /// A record of these times, known by all that it says where it was written in no span.
    fn ended(mut self, time: &str, observed: &str, said: &[&[u8]]) -> Self {
        let is_set = |moment: &&str| !matches!(*moment, "" | "0");
        self.span.start_time_unix_nano = [time, observed].into_iter().find(is_set).unwrap_or_default().to_owned();
        let unset = |id: &str| id.bytes().all(|digit| digit == b'0');
        if self.is_of_a_call() && (unset(&self.span.trace_id) || unset(&self.span.span_id)) {
            let known_by = hash_of(said);
            self.span.trace_id = format!("{:032x}", known_by.max(1));
            self.span.span_id = format!("{:016x}", (known_by as u64).max(1));
        }
        self
    }
}

/// Usage of log records; what [`super::receive`] is of spans. Those that tell of no call are refused, as nobody reads them.
pub fn receive_logs(
    records: &[LogRecord],
    options: &Options,
    accepts: impl Fn(DateTime<Utc>) -> Result<(), (&'static str, String)>,
) -> Received {
    let mut intake = Intake::new(options);
    for record in records {
        if record.is_of_a_call() {
            intake.take_call(&record.span, true, &accepts);
        } else {
            let message = "a log record that tells of no call of a model is not read: usage is in the event \
                           gen_ai.client.inference.operation.details, and in what states gen_ai.usage.… in its attributes";
            intake.received.refuse("no-usage", || message.to_owned());
        }
    }
    intake.received
}

/// The records of an `ExportLogsServiceRequest`.
///
/// # Errors
/// When the bytes are none.
pub fn logs_of(encoding: Encoding, bytes: &[u8], wanted: &Wanted) -> Result<Vec<LogRecord>, MessageError> {
    match encoding {
        Encoding::Protobuf => logs_of_protobuf(bytes, wanted),
        Encoding::Json => logs_of_json(bytes, wanted),
    }
}

fn logs_of_protobuf(bytes: &[u8], wanted: &Wanted) -> Result<Vec<LogRecord>, MessageError> {
    let mut records = Vec::new();
    for group in Message::new(bytes).all(1)? {
        let group = Message::new(group);
        let resource_bytes = group.all(1)?.concat();
        let mut resource = Attributes::new();
        for pair in Message::new(&resource_bytes).all(1)? {
            add_attribute(pair, wanted, &mut resource)?;
        }
        let resource = Arc::new(resource);
        for scope in group.all(2)? {
            for record in Message::new(scope).all(2)? {
                records.push(record_of_protobuf(record, &resource_bytes, wanted, &resource)?);
            }
        }
    }
    Ok(records)
}

fn record_of_protobuf(
    bytes: &[u8],
    resource_bytes: &[u8],
    wanted: &Wanted,
    resource: &Arc<Attributes>,
) -> Result<LogRecord, MessageError> {
    let mut record = LogRecord::default();
    record.span.resource = Arc::clone(resource);
    let (mut time, mut observed) = (String::new(), String::new());
    let mut message = Message::new(bytes);
    while let Some(field) = message.next()? {
        match field {
            (1, Field::Fixed64(nanos)) => time = moment(nanos),
            (6, Field::Bytes(pair)) => add_attribute(pair, wanted, &mut record.span.attributes)?,
            (9, Field::Bytes(id)) => record.span.trace_id = hexadecimal(id),
            (10, Field::Bytes(id)) => record.span.span_id = hexadecimal(id),
            (11, Field::Fixed64(nanos)) => observed = moment(nanos),
            (12, Field::Bytes(name)) => text(name)?.clone_into(&mut record.event),
            _ => {}
        }
    }
    Ok(record.ended(&time, &observed, &[resource_bytes, bytes]))
}

fn logs_of_json(bytes: &[u8], wanted: &Wanted) -> Result<Vec<LogRecord>, MessageError> {
    let wrong = |error: serde_json::Error| MessageError(error.to_string());
    let request: Logs<'_> = serde_json::from_slice(bytes).map_err(wrong)?;
    let mut records = Vec::new();
    for group in request.resource_logs {
        let raw_resource = group.resource.map_or("{}", RawValue::get);
        let resource: Resource<'_> = serde_json::from_str(raw_resource).map_err(wrong)?;
        let resource = Arc::new(attributes(resource.attributes, wanted));
        for raw in group.scope_logs.into_iter().flat_map(|scope| scope.log_records) {
            let json: JsonRecord<'_> = serde_json::from_str(raw.get()).map_err(wrong)?;
            let span = Span {
                trace_id: json.trace_id.to_ascii_lowercase(),
                span_id: json.span_id.to_ascii_lowercase(),
                attributes: attributes(json.attributes, wanted),
                resource: Arc::clone(&resource),
                ..Span::default()
            };
            let [time, observed] =
                [&json.time_unix_nano, &json.observed_time_unix_nano].map(|nanos| scalar(nanos).unwrap_or_default());
            let record = LogRecord { event: json.event_name.into_owned(), span };
            records.push(record.ended(&time, &observed, &[raw_resource.as_bytes(), raw.get().as_bytes()]));
        }
    }
    Ok(records)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Logs<'a> {
    #[serde(borrow)]
    resource_logs: Vec<ResourceLogs<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceLogs<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(borrow)]
    scope_logs: Vec<ScopeLogs<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScopeLogs<'a> {
    #[serde(borrow)]
    log_records: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct JsonRecord<'a> {
    #[serde(borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    span_id: Cow<'a, str>,
    #[serde(borrow)]
    event_name: Cow<'a, str>,
    time_unix_nano: Value,
    observed_time_unix_nano: Value,
    #[serde(borrow)]
    attributes: Vec<KeyValue<'a>>,
}
