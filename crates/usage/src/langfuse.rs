//! Langfuse's observations: pages of its API, or the lines of a blob export.
//!
//! What changes money:
//!
//! - `usage_details` is a map of kinds of tokens, and `total` is one of its keys: the map is not summed. Some integrations keep cached
//!   tokens within `input`, others beside it; the total tells which, where there is one.
//! - Only generations and embeddings are calls; spans, events and traces around them repeat them and are skipped.
//! - `total_cost` is what Langfuse's own price list says, taken digit by digit: never part of the bill.

use std::io::Read;

use farthing_types::{Currency, ModelId, UnitId};

use crate::report::{Options, Taken, decode as decode_documents};
use crate::request_trace::{CachedTokens, with_cache};
use crate::row::{Members, Reading, SetAside, elements, members, whole};
use crate::{Counts, DecodeError, DecodeReport, Dimensions, Grain, SeenIds, UsageRecord};

/// Reads observations, handing each record to `each`.
///
/// # Errors
/// [`DecodeError`] where the file as a whole cannot be read, and whatever `each` returns, which ends the reading.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    decode_documents(input, options, seen, "observation of Langfuse", results, read, each)
}

fn results<'a>(document: &Members<'a>) -> Option<Vec<(Members<'a>, Members<'a>)>> {
    match document.get("data") {
        Some(data) => elements(data)?.into_iter().map(|one| Some((Members::new(), members(one)?))).collect(),
        None => document.contains_key("type").then(|| vec![(Members::new(), document.clone())]),
    }
}

fn read(row: &mut Reading<'_>, options: &Options) -> Result<Option<Taken>, SetAside> {
    let kind = row.cell(&["type"]).map(|cell| cell.text.to_ascii_uppercase()).unwrap_or_default();
    if !matches!(kind.as_str(), "GENERATION" | "EMBEDDING") {
        return Ok(None);
    }
    let at = row.moment(&["starttime"])?;
    let at = row.required(at, "start_time")?;
    let failed = row.cell(&["level"]).is_some_and(|cell| cell.text.eq_ignore_ascii_case("error"));
    let counts = tokens(row, Counts { requests: 1, errors: u64::from(failed), ..Counts::default() })?;
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id::<ModelId>(&["providedmodelname", "model"])?;
    dimensions.workload = row.name(&["projectid"])?;
    dimensions.principal = row.name(&["userid"])?;
    dimensions.operation = Some(if kind == "EMBEDDING" { "embeddings" } else { "chat" }.to_owned());
    for (column, tag) in [("environment", "environment"), ("metadataunit", "unit"), ("metadataworkload", "workload")] {
        if let Some(cell) = row.cell(&[column]) {
            row.add_tag(&mut dimensions.tags, tag, &cell.text);
        }
    }
    dimensions.unit = dimensions.tags.get("unit").and_then(|unit| unit.parse::<UnitId>().ok());
    let mut record = UsageRecord { at, grain: Grain::Hour, dimensions, counts };
    let mut residue = 0;
    if let Some(cost) = row.decimal(&["totalcost", "calculatedtotalcost", "costdetailstotal"])? {
        record.counts.spend = Some(cost.amount);
        record.dimensions.currency = Some(Currency::USD);
        residue = cost.residue;
    }
    let id = row.cell(&["id"]).map(|cell| cell.text.into_owned());
    if id.is_none() {
        row.keep("id", "no-id", "no id: if this observation stands in another file too, it will count twice".to_owned());
    }
    Ok(Some(Taken { record, id, residue }))
}

/// The kinds of tokens of the map, summed as what they are.
#[derive(Default)]
struct Kinds {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    output: u64,
    output_parts: u64,
    total: Option<u64>,
}

fn tokens(row: &mut Reading<'_>, counts: Counts) -> Result<Counts, SetAside> {
    let mut kinds = Kinds::default();
    let mut details = row.members("usage_details");
    if details.is_empty() {
        details = row.members("usageDetails");
    }
    for (kind, text) in details {
        let Some(count) = whole(&text) else {
            return Err(row.set_aside("usage_details", "not-a-count", format!("{kind} is no count of tokens.")));
        };
        let is_cached = kind.contains("cache");
        let add = |to: &mut u64| *to = to.saturating_add(count);
        match kind.as_str() {
            "total" => kinds.total = Some(count),
            "input" => add(&mut kinds.input),
            "output" => add(&mut kinds.output),
            _ if is_cached && (kind.contains("creation") || kind.contains("write")) => add(&mut kinds.cache_write),
            _ if is_cached => add(&mut kinds.cache_read),
            // Audio, images: parts that stand beside `input` where the total says so.
            _ if kind.starts_with("input") => add(&mut kinds.input),
            _ if kind.starts_with("output") => add(&mut kinds.output_parts),
            _ => {}
        }
    }
    let Kinds { input, cache_read, cache_write, output, output_parts, total } = kinds;
    let cached = cache_read.saturating_add(cache_write);
    let apart = input.saturating_add(cached).saturating_add(output).saturating_add(output_parts);
    let within = input.saturating_add(output);
    let (convention, output_tokens) = match total {
        Some(total) if total == within && total != apart => (CachedTokens::InInput, output),
        Some(total) if total != apart => {
            let message = format!(
                "the kinds of tokens add up to {apart}, or {within} without details, and the total says {total}; details were taken to stand apart"
            );
            row.keep("usage_details", "total-differs", message);
            (CachedTokens::BesideInput, output.saturating_add(output_parts))
        }
        _ => (CachedTokens::BesideInput, output.saturating_add(output_parts)),
    };
    with_cache(row, Counts { output_tokens, ..counts }, input, cache_read, cache_write, convention)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::decoded_by;

    fn observation(details: &str) -> String {
        format!(
            r#"{{"id":"o1","trace_id":"t1","type":"GENERATION","start_time":"2026-10-01T08:00:00.000Z","provided_model_name":"gpt-4o","usage_details":{details},"cost_details":{{"input":0.003,"output":0.0018,"total":0.0048}},"total_cost":0.0048}}"#
        )
    }

    #[test]
    fn the_total_is_no_kind_of_its_own() {
        let (records, _) = decoded_by!(&observation(r#"{"input":1200,"output":180,"total":1380}"#), decode);
        assert_eq!((records[0].counts.input_tokens, records[0].counts.output_tokens), (1200, 180));
        assert_eq!(records[0].counts.spend, Some("0.0048".parse().unwrap()));
    }

    #[test]
    fn the_total_tells_whether_cached_tokens_are_among_the_input() {
        let counts = |details: &str| decoded_by!(&observation(details), decode).0[0].counts;
        let beside = counts(r#"{"input":200,"input_cached_tokens":1000,"output":180,"output_reasoning_tokens":20,"total":1400}"#);
        assert_eq!((beside.input_tokens, beside.cached_input_tokens, beside.output_tokens), (1200, 1000, 200));
        let within =
            counts(r#"{"input":1200,"input_cached_tokens":1000,"output":200,"output_reasoning_tokens":20,"total":1400}"#);
        assert_eq!((within.input_tokens, within.cached_input_tokens, within.output_tokens), (1200, 1000, 200));
        let (_, report) = decoded_by!(&observation(r#"{"input":5,"output":5,"total":99}"#), decode);
        assert_eq!(report.findings.by_rule()["total-differs"], 1);
    }

    #[test]
    fn only_generations_are_calls_and_pages_are_read() {
        let generation = observation(r#"{"input":1,"output":1,"total":2}"#);
        let span = generation.replace("GENERATION", "SPAN").replace("\"o1\"", "\"o2\"");
        let page = format!("{{\"data\":[{generation},{span}],\"meta\":{{\"page\":1}}}}");
        let (_, report) = decoded_by!(&page, decode);
        assert_eq!((report.rows, report.records, report.skipped), (2, 1, 1));
    }
}
