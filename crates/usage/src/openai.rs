//! OpenAI's usage: pages of `GET /organization/usage/…`, or the buckets in them.
//!
//! What changes money:
//!
//! - `input_tokens` includes tokens read from the cache and written to it (`input_cached_tokens`, `input_cache_write_tokens`).
//! - A result is known by its bucket and its dimensions: pages that overlap count once.
//! - Results of costs (`organization.costs.result`) are money of the bill, no usage, and are skipped.
//!
//! Names: OpenAI's OpenAPI document, `UsageCompletionsResult` and its neighbours.

use std::io::Read;

use farthing_types::ModelId;

use crate::report::{Options, Taken, decode as decode_documents, in_buckets};
use crate::request_trace::{CachedTokens, with_cache};
use crate::row::{Members, Reading, SetAside};
use crate::{Counts, DecodeError, DecodeReport, Dimensions, Grain, SeenIds, UsageRecord};

/// Reads pages or buckets, handing each record to `each`.
///
/// # Errors
/// [`DecodeError`] where the file as a whole cannot be read, and whatever `each` returns, which ends the reading.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    decode_documents(input, options, seen, "page of OpenAI's usage", results, read, each)
}

/// The results of a page or a bucket, each with the times of its bucket.
fn results<'a>(document: &Members<'a>) -> Option<Vec<(Members<'a>, Members<'a>)>> {
    in_buckets(document, &["results", "result"], "_time")
}

fn read(row: &mut Reading<'_>, options: &Options) -> Result<Option<Taken>, SetAside> {
    let object = row.cell(&["object"]).map(|cell| cell.text.into_owned()).unwrap_or_default();
    if object == "organization.costs.result" {
        return Ok(None);
    }
    let (start, end) = (row.moment(&["starttime"])?, row.moment(&["endtime"])?);
    let (start, end) = (row.required(start, "start_time")?, row.required(end, "end_time")?);
    let grain = grain(row, (end - start).num_seconds())?;
    let requests = row.count(&["nummodelrequests"])?.unwrap_or(0);
    let output_tokens = row.count(&["outputtokens"])?.unwrap_or(0);
    let input = row.count(&["inputtokens"])?.unwrap_or(0);
    let (cached, written) =
        (row.count(&["inputcachedtokens"])?.unwrap_or(0), row.count(&["inputcachewritetokens"])?.unwrap_or(0));
    let counts = Counts { requests, output_tokens, ..Counts::default() };
    let counts = with_cache(row, counts, input, cached, written, CachedTokens::InInput)?;
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id::<ModelId>(&["model"])?;
    dimensions.workload = row.name(&["projectid"])?;
    dimensions.principal = row.name(&["apikeyid", "userid"])?;
    dimensions.operation =
        object.strip_prefix("organization.usage.").and_then(|rest| rest.strip_suffix(".result")).map(str::to_owned);
    dimensions.provider = Some("openai".to_owned());
    for (column, tag) in [("batch", "batch"), ("servicetier", "service_tier")] {
        if let Some(cell) = row.cell(&[column]) {
            row.add_tag(&mut dimensions.tags, tag, &cell.text);
        }
    }
    Ok(Some(UsageRecord { at: start, grain, dimensions, counts }.into()))
}

/// Spans up to an hour are hours; a day is a day.
pub(crate) fn grain(row: &mut Reading<'_>, seconds: i64) -> Result<Grain, SetAside> {
    match seconds {
        1..=3_600 => Ok(Grain::Hour),
        86_400 => Ok(Grain::Day),
        _ => Err(row.set_aside("", "not-a-span", format!("It spans {seconds} seconds; ask for minutes, hours or days."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::decoded_by;

    const PAGE: &str = r#"{
      "object": "page", "has_more": false, "next_page": null,
      "data": [
        {"object":"bucket","start_time":1760000400,"end_time":1760004000,"results":[
          {"object":"organization.usage.completions.result","input_tokens":1200,"input_cached_tokens":1024,"output_tokens":180,
           "num_model_requests":3,"project_id":"proj_abc","user_id":null,"api_key_id":"key_1","model":"gpt-4o-2024-08-06","batch":false},
          {"object":"organization.usage.embeddings.result","input_tokens":16,"num_model_requests":2,"project_id":"proj_abc","model":"text-embedding-3-small"}]},
        {"object":"bucket","start_time":1759968000,"end_time":1760054400,"results":[
          {"object":"organization.costs.result","amount":{"value":0.06,"currency":"usd"},"line_item":"input_tokens"}]}]}"#;

    #[test]
    fn cached_tokens_are_among_the_input_and_costs_are_no_usage() {
        let (records, report) = decoded_by!(PAGE, decode);
        assert_eq!((report.rows, report.records, report.skipped), (3, 2, 1));
        let first = &records[0];
        assert_eq!(
            (first.counts.input_tokens, first.counts.uncached_input_tokens(), first.counts.output_tokens),
            (1200, 176, 180)
        );
        assert_eq!(
            (first.counts.requests, first.grain, first.dimensions.workload.as_deref()),
            (3, Grain::Hour, Some("proj_abc"))
        );
        assert_eq!(first.dimensions.operation.as_deref(), Some("completions"));
        assert_eq!((records[1].counts.input_tokens, records[1].counts.requests), (16, 2));
    }

    #[test]
    fn pages_that_overlap_count_once_and_days_stay_days() {
        let bucket = r#"{"object":"bucket","start_time":1759968000,"end_time":1760054400,"results":[{"object":"organization.usage.completions.result","input_tokens":5,"output_tokens":1,"num_model_requests":1,"model":"m"}]}"#;
        let (records, report) = decoded_by!(&format!("{bucket}\n{bucket}\n"), decode);
        assert_eq!((records.len(), report.duplicates, records[0].grain), (1, 1, Grain::Day));
        let (_, report) =
            decoded_by!(&format!("{bucket}\n{}\n", bucket.replace("\"input_tokens\":5", "\"input_tokens\":6")), decode);
        assert_eq!(report.findings.by_rule()["conflicting-duplicate"], 1);
    }

    #[test]
    fn what_is_no_page_is_set_aside() {
        let (_, report) = decoded_by!("{\"a\":1}\n{\"data\":[{\"start_time\":1,\"results\":[{}]}]}", decode);
        assert_eq!((report.rows, report.records, report.findings.rows_set_aside()), (2, 0, 2));
    }
}
