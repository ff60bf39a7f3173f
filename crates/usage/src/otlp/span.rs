use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use farthing_types::{ModelId, Quantity, UnitId};

use super::Options;
use super::attributes::{
    CACHE_CREATION_TOKENS, CACHE_READ_TOKENS, DECODE_TIME, ERROR, INPUT_TOKENS, MODEL, OPERATION, OPERATIONS, OUTPUT_TOKENS,
    PREFILL_TIME, PRINCIPAL, PROVIDER, READ, TIME_TO_FIRST, TOKEN_TYPE, WORKLOAD, provider_today,
};
use super::protobuf::moment;
use crate::finding::shown;
use crate::request_trace::with_cache;
use crate::row::{NamedRow, Reading, Row, SetAside};
use crate::timing::seconds_between;
use crate::{Counts, Dimensions, Findings, Grain, UsageRecord};

/// Attributes by their name, values as text.
pub type Attributes = HashMap<String, String>;

/// The attributes that are read. What others hold (prompts and answers, for one) is never copied.
#[derive(Clone, Debug)]
pub struct Wanted(HashSet<String>);

impl Wanted {
    /// All that one of these options reads.
    pub fn of(options: &Options) -> Self {
        let named = READ.iter().copied().flatten().map(|name| (*name).to_owned());
        Self(named.chain([options.unit_attribute.clone()]).chain(options.tag_attributes.iter().cloned()).collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

const KIND_SERVER: u32 = 2;
const START: &str = "startTimeUnixNano";
const END: &str = "endTimeUnixNano";
const UNIT: &str = "farthing.unit";

/// A span, from whichever encoding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// In hexadecimal, lower case.
    pub trace_id: String,
    /// In hexadecimal, lower case.
    pub span_id: String,
    /// In hexadecimal, lower case; empty for a root.
    pub parent_span_id: String,
    /// 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 not said.
    pub kind: u32,
    /// When it began, in nanoseconds of Unix time, as text.
    pub start_time_unix_nano: String,
    /// When it ended, likewise; empty where it is not said.
    pub end_time_unix_nano: String,
    /// True where its status is an error.
    pub is_error: bool,
    /// Its own attributes.
    pub attributes: Attributes,
    /// Those of its resource, shared by its neighbours.
    pub resource: Arc<Attributes>,
}

impl Span {
    /// True where it is one call of a model.
    pub fn is_model_call(&self) -> bool {
        match self.first(OPERATION) {
            Some(operation) => OPERATIONS.contains(&operation),
            None => self.first(INPUT_TOKENS).is_some() || self.first(OUTPUT_TOKENS).is_some(),
        }
    }

    /// True for the serving side.
    pub fn is_server(&self) -> bool {
        self.kind == KIND_SERVER
    }

    /// The first of `names` among the span's own attributes.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.attributes.get(*name)).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// One attribute, of the span or else of its resource.
    fn anywhere(&self, name: &str) -> Option<&str> {
        let found = self.attributes.get(name).or_else(|| self.resource.get(name));
        found.map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// The span as a row of its attributes, so that counts, names and times are read and noted as in any other file.
fn fields_of<'a>(span: &'a Span, options: &'a Options) -> Vec<(&'a str, &'a str)> {
    let mut fields = Vec::with_capacity(16);
    let mut put = |name: &'a str, text: Option<&'a str>| fields.extend(text.map(|text| (name, text)));
    put(START, Some(span.start_time_unix_nano.as_str()).filter(|text| !text.is_empty()));
    put(END, Some(span.end_time_unix_nano.as_str()).filter(|text| !text.is_empty()));
    let counted = [INPUT_TOKENS, OUTPUT_TOKENS, CACHE_READ_TOKENS, CACHE_CREATION_TOKENS];
    for names in [OPERATION, PROVIDER, MODEL, TIME_TO_FIRST, PREFILL_TIME, DECODE_TIME].into_iter().chain(counted) {
        put(names[0], span.first(names));
    }
    for names in [PRINCIPAL, WORKLOAD] {
        put(names[0], names.iter().find_map(|name| span.anywhere(name)));
    }
    put(UNIT, span.anywhere(&options.unit_attribute));
    fields
}

pub(super) fn read(span: &Span, number: u64, options: &Options, findings: &mut Findings) -> Result<UsageRecord, SetAside> {
    let row = Row::Named(NamedRow(fields_of(span, options)));
    let mut reading = Reading::new(&row, number, findings);

    if span.trace_id.is_empty() || span.span_id.is_empty() {
        return Err(reading.set_aside(
            "spanId",
            "no-id",
            "A span without traceId and spanId cannot be told from its repetition.".to_owned(),
        ));
    }
    let at = reading.moment(&[START])?;
    let at: DateTime<Utc> = reading.required(at, START)?;
    let counts = counts(span, &mut reading, options)?;
    let counts = timed(counts, &mut reading, at)?;
    let dimensions = dimensions(span, &mut reading, options)?;
    Ok(UsageRecord { at, grain: Grain::Hour, dimensions, counts })
}

/// Whose usage it is.
fn dimensions(span: &Span, reading: &mut Reading<'_>, options: &Options) -> Result<Dimensions, SetAside> {
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = reading.id::<ModelId>(&[MODEL[0]])?;
    dimensions.workload = reading.name(&[WORKLOAD[0]])?;
    dimensions.unit = reading.id::<UnitId>(&[UNIT])?;
    dimensions.principal = reading.name(&[PRINCIPAL[0]])?;
    dimensions.operation = reading.name(&[OPERATION[0]])?;
    dimensions.provider = reading.name(&[PROVIDER[0]])?.map(|name| provider_today(&name).to_owned());
    for key in &options.tag_attributes {
        if let Some(value) = span.anywhere(key) {
            reading.add_tag(&mut dimensions.tags, key, value);
        }
    }
    Ok(dimensions)
}

/// What an attribute that no span has says of a data point.
pub(super) struct Point<'a> {
    /// The time that it is of, in nanoseconds of Unix time; 0 where it does not say.
    pub at: u64,
    /// True where its values are tokens, false where they are seconds.
    pub is_tokens: bool,
    /// Tokens or seconds, summed over its calls, where it says.
    pub sum: Option<&'a str>,
    /// Its calls.
    pub count: u64,
}

/// A data point as usage: the tokens of `gen_ai.client.token.usage`, the calls of `gen_ai.client.operation.duration`.
pub(super) fn read_point(
    span: &Span,
    point: &Point<'_>,
    options: &Options,
    findings: &mut Findings,
) -> Result<UsageRecord, SetAside> {
    let mut fields = fields_of(span, options);
    let at = moment(point.at);
    fields.extend(Some((START, at.as_str())).filter(|(_, at)| !at.is_empty()));
    fields.extend(point.sum.map(|sum| ("sum", sum)));
    let row = Row::Named(NamedRow(fields));
    let mut reading = Reading::new(&row, 0, findings);
    let at = reading.moment(&[START])?;
    let at = reading.required(at, START)?;
    let counts = if point.is_tokens {
        let tokens = reading.count(&["sum"])?.unwrap_or(0);
        match span.first(TOKEN_TYPE) {
            Some("input") => Counts { input_tokens: tokens, ..Counts::default() },
            Some("output" | "completion") => Counts { output_tokens: tokens, ..Counts::default() },
            other => {
                let message = format!("{} is neither input nor output.", shown(other.unwrap_or_default()));
                return Err(reading.set_aside(TOKEN_TYPE[0], "not-a-token-type", message));
            }
        }
    } else {
        let errors = if span.first(ERROR).is_some() { point.count } else { 0 };
        let seconds = reading.quantity(&["sum"])?.map(Quantity);
        let latency_requests = if seconds.is_some() { point.count } else { 0 };
        Counts { requests: point.count, errors, latency_seconds: seconds, latency_requests, ..Counts::default() }
    };
    let dimensions = dimensions(span, &mut reading, options)?;
    Ok(UsageRecord { at, grain: Grain::Hour, dimensions, counts })
}

/// With how long the caller waited, and what prefill and decode took of it: as the model's server measured it, else by the first chunk
/// and the span's end.
fn timed(counts: Counts, reading: &mut Reading<'_>, at: DateTime<Utc>) -> Result<Counts, SetAside> {
    let whole = reading.moment(&[END])?.and_then(|end| seconds_between(at, end));
    let counts = whole.map_or(counts, |whole| counts.waited(whole));
    let mut seconds = |names: &[&str]| reading.quantity(&[names[0]]);
    let (prefill, decode, first) = (seconds(PREFILL_TIME)?, seconds(DECODE_TIME)?, seconds(TIME_TO_FIRST)?);
    if let (Some(prefill), Some(decode)) = (prefill, decode) {
        return Ok(counts.timed(prefill, decode));
    }
    match (first, whole) {
        (Some(first), Some(whole)) => Ok(counts.timed_to_first_token(reading, TIME_TO_FIRST[0], first, whole)),
        _ => Ok(counts),
    }
}

fn counts(span: &Span, reading: &mut Reading<'_>, options: &Options) -> Result<Counts, SetAside> {
    let mut count = |names: &[&str]| reading.count(&[names[0]]);
    let (input, output) = (count(INPUT_TOKENS)?, count(OUTPUT_TOKENS)?);
    let (read, written) = (count(CACHE_READ_TOKENS)?.unwrap_or(0), count(CACHE_CREATION_TOKENS)?.unwrap_or(0));
    let failed = span.is_error || span.first(ERROR).is_some();
    if input.is_none() && output.is_none() && !failed {
        let message = format!("span {} states no tokens; the call was counted without any", span.span_id);
        reading.keep(INPUT_TOKENS[0], "no-tokens", message);
    }
    let counts = Counts { requests: 1, errors: u64::from(failed), output_tokens: output.unwrap_or(0), ..Counts::default() };
    with_cache(reading, counts, input.unwrap_or(0), read, written, options.cached_tokens)
}
