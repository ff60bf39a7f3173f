use chrono::{DateTime, Utc};
use farthing_types::{ModelId, UnitId};
use serde_json::Value;

use super::{Call, Options, START, spend, without_secret};
use crate::request_trace::{CachedTokens, with_cache};
use crate::row::{Reading, SetAside};
use crate::timing::seconds_between;
use crate::{Counts, Dimensions, Grain, UsageRecord};

pub(super) fn read(row: &mut Reading<'_>, options: &Options) -> Result<Call, SetAside> {
    let at = row.moment(START)?;
    let at = row.required(at, "startTime")?;
    let metadata = metadata(row);
    let counts = counts(row, &metadata)?;
    let counts = timed(counts, row, at)?;

    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id::<ModelId>(&["model", "modelgroup"])?;
    dimensions.workload = match row.name(&["teamalias"])? {
        Some(name) => Some(name),
        None => match first_text(&metadata, &["user_api_key_team_alias", "user_api_key_alias", "user_api_key_team_id"]) {
            Some(name) => Some(name),
            None => row.name(&["apikeyalias", "teamid"])?,
        },
    };
    dimensions.principal = match row.name(&["apikey"])?.or_else(|| first_text(&metadata, &["user_api_key_hash"])) {
        Some(key) => Some(without_secret(key)),
        None => row.name(&["user", "enduser"])?,
    };
    dimensions.operation = row.name(&["calltype"])?;
    dimensions.provider = row.name(&["customllmprovider"])?;
    dimensions.tags = row.tags();
    request_tags(row, &mut dimensions);
    if row.cell(&["cachehit"]).is_some_and(|cell| cell.text.eq_ignore_ascii_case("true")) {
        dimensions.tags.insert("litellm.cache_hit".to_owned(), "true".to_owned());
    }
    // A malformed unit stays a tag; rules can still read it.
    dimensions.unit = dimensions.tags.get("unit").and_then(|unit| unit.parse::<UnitId>().ok());
    let mut record = UsageRecord { at, grain: Grain::Hour, dimensions, counts };
    let residue = spend(row, &mut record, options)?;
    let id = row.cell(&["requestid", "id"]).map(|cell| cell.text.into_owned());
    Ok(Call { record, id, residue })
}

/// With the time to the first token, where it was streamed: of other calls LiteLLM writes the end as the first token's time, which says
/// nothing about prefill.
fn timed(counts: Counts, row: &mut Reading<'_>, at: DateTime<Utc>) -> Result<Counts, SetAside> {
    let (first, end) = (row.moment(&["completionstarttime"])?, row.moment(&["endtime"])?);
    let (Some(first), Some(end)) = (first.filter(|first| Some(*first) != end), end) else { return Ok(counts) };
    match (seconds_between(at, first), seconds_between(at, end)) {
        (Some(first), Some(whole)) => Ok(counts.timed_to_first_token(row, "completionStartTime", first, whole)),
        _ => {
            row.keep("completionStartTime", "impossible-time", "it ended before it began: the times were not read".to_owned());
            Ok(counts)
        }
    }
}

fn counts(row: &mut Reading<'_>, metadata: &Value) -> Result<Counts, SetAside> {
    let failed = row.cell(&["status"]).is_some_and(|cell| cell.text.eq_ignore_ascii_case("failure"));
    let output = row.count(&["completiontokens"])?;
    let counts = Counts {
        requests: 1,
        errors: u64::from(failed),
        output_tokens: row.required(output, "completion_tokens")?,
        ..Counts::default()
    };
    let input = row.count(&["prompttokens"])?;
    let input = row.required(input, "prompt_tokens")?;
    let read = cached(row, metadata, &["cachereadinputtokens"], &CACHE_READ)?;
    let written = cached(row, metadata, &["cachecreationinputtokens"], &CACHE_CREATION)?;
    with_cache(row, counts, input, read, written, CachedTokens::InInput)
}

/// Where the metadata keeps tokens read from the cache. Several may be filled, with the same figure: the first counts.
const CACHE_READ: [&str; 3] = [
    "/usage_object/cache_read_input_tokens",
    "/usage_object/prompt_tokens_details/cached_tokens",
    "/additional_usage_values/cache_read_input_tokens",
];
const CACHE_CREATION: [&str; 3] = [
    "/usage_object/cache_creation_input_tokens",
    "/usage_object/prompt_tokens_details/cache_creation_tokens",
    "/additional_usage_values/cache_creation_input_tokens",
];

fn cached(row: &mut Reading<'_>, metadata: &Value, columns: &[&str], pointers: &[&str]) -> Result<u64, SetAside> {
    if let Some(count) = row.count(columns)? {
        return Ok(count);
    }
    let Some(value) = pointers.iter().find_map(|at| metadata.pointer(at).filter(|value| !value.is_null())) else { return Ok(0) };
    match crate::row::whole(&value.to_string()) {
        Some(count) => Ok(count),
        None => {
            let message = format!("{} is no count of cached tokens.", crate::finding::shown(&value.to_string()));
            Err(row.set_aside("metadata", "not-a-count", message))
        }
    }
}

/// The column `metadata`: an object, or in CSV and some exports its text. Anything else is noted and read as empty.
fn metadata(row: &mut Reading<'_>) -> Value {
    let Some(cell) = row.cell(&["metadata"]) else { return Value::Null };
    match serde_json::from_str::<Value>(&cell.text) {
        Ok(value @ Value::Object(_)) => value,
        _ => {
            let message = "metadata is no JSON object; team, key and cached tokens in it were not read".to_owned();
            row.keep(cell.column, "unreadable-metadata", message);
            Value::Null
        }
    }
}

fn first_text(metadata: &Value, keys: &[&str]) -> Option<String> {
    let text = keys.iter().find_map(|key| metadata.get(key)?.as_str().filter(|text| !text.trim().is_empty()))?;
    let fits = text.len() <= 256 && !text.chars().any(char::is_control);
    fits.then(|| text.trim().to_owned())
}

/// `request_tags`: `["unit:claims", "batch"]` becomes unit = claims, batch = (empty). The tag that LiteLLM adds from the caller's
/// `User-Agent` is left out: it names a library version, not a purpose.
fn request_tags(row: &mut Reading<'_>, dimensions: &mut Dimensions) {
    let Some(cell) = row.cell(&["requesttags"]) else { return };
    let Ok(tags) = serde_json::from_str::<Vec<String>>(&cell.text) else {
        row.keep(cell.column, "unreadable-tags", "request_tags is no JSON list of texts; the tags were left out".to_owned());
        return;
    };
    for tag in tags.iter().filter(|tag| !tag.starts_with("User-Agent:")) {
        let (key, value) = tag.split_once(':').unwrap_or((tag, ""));
        row.add_tag(&mut dimensions.tags, key, value.trim());
    }
}
