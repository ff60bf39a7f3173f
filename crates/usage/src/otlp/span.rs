use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use farthing_types::{ModelId, UnitId};

use super::Options;
use super::attributes::{
    CACHE_CREATION_TOKENS, CACHE_READ_TOKENS, ERROR, INPUT_TOKENS, MODEL, OPERATION, OPERATIONS, OUTPUT_TOKENS, PRINCIPAL,
    PROVIDER, WORKLOAD, provider_today,
};
use crate::request_trace::with_cache;
use crate::row::{FieldsRow, Reading, Row, SetAside, normalised};
use crate::{Counts, Dimensions, Findings, Grain, UsageRecord};

/// Attributes by their name, values as text.
pub type Attributes = HashMap<String, String>;

const KIND_SERVER: u32 = 2;

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
    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.attributes.get(*name)).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// One attribute, of the span or else of its resource.
    fn anywhere(&self, name: &str) -> Option<&str> {
        let found = self.attributes.get(name).or_else(|| self.resource.get(name));
        found.map(String::as_str).filter(|text| !text.is_empty())
    }
}

pub(super) fn read(span: &Span, number: u64, options: &Options, findings: &mut Findings) -> Result<UsageRecord, SetAside> {
    // The span as a row of its attributes, so that counts, names and times are read and noted as in any other file.
    let mut fields: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut put = |name: &str, text: Option<&str>| {
        if let Some(text) = text {
            fields.insert(normalised(name), (name.to_owned(), text.to_owned()));
        }
    };
    put("startTimeUnixNano", Some(span.start_time_unix_nano.as_str()).filter(|text| !text.is_empty()));
    for names in [OPERATION, PROVIDER, MODEL, INPUT_TOKENS, OUTPUT_TOKENS, CACHE_READ_TOKENS, CACHE_CREATION_TOKENS] {
        put(names[0], span.first(names));
    }
    for names in [PRINCIPAL, WORKLOAD] {
        put(names[0], names.iter().find_map(|name| span.anywhere(name)));
    }
    put("unit", span.anywhere(&options.unit_attribute));
    let row = Row::Fields(FieldsRow::new(fields));
    let mut reading = Reading::new(&row, number, findings);

    if span.trace_id.is_empty() || span.span_id.is_empty() {
        return Err(reading.set_aside(
            "spanId",
            "no-id",
            "A span without traceId and spanId cannot be told from its repetition.".to_owned(),
        ));
    }
    let at = reading.moment(&["starttimeunixnano"])?;
    let at: DateTime<Utc> = reading.required(at, "startTimeUnixNano")?;
    let counts = counts(span, &mut reading, options)?;
    let name_of = |names: &[&str]| normalised(names[0]);
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = reading.id::<ModelId>(&[&name_of(MODEL)])?;
    dimensions.workload = reading.name(&[&name_of(WORKLOAD)])?;
    dimensions.unit = reading.id::<UnitId>(&["unit"])?;
    dimensions.principal = reading.name(&[&name_of(PRINCIPAL)])?;
    dimensions.operation = reading.name(&[&name_of(OPERATION)])?;
    dimensions.provider = reading.name(&[&name_of(PROVIDER)])?.map(|name| provider_today(&name).to_owned());
    for key in &options.tag_attributes {
        if let Some(value) = span.anywhere(key) {
            reading.add_tag(&mut dimensions.tags, key, value);
        }
    }
    Ok(UsageRecord { at, grain: Grain::Hour, dimensions, counts })
}

fn counts(span: &Span, reading: &mut Reading<'_>, options: &Options) -> Result<Counts, SetAside> {
    let mut count = |names: &[&str]| reading.count(&[&normalised(names[0])]);
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
