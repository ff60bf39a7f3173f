//! Anthropic's usage report: pages of `GET /v1/organizations/usage_report/messages`, or the buckets in them.
//!
//! What changes money:
//!
//! - Input comes without cached tokens, unlike anywhere else: `uncached_input_tokens`, beside what was written to the cache for five
//!   minutes and for an hour, and what was read from it. They are added here.
//! - The report counts tokens and no calls: requests stay 0.
//! - A result is known by its bucket and its dimensions: pages that overlap count once.

use std::io::Read;

use farthing_types::ModelId;

use crate::openai::grain;
use crate::report::{Options, Taken, decode as decode_documents, in_buckets};
use crate::request_trace::{CachedTokens, with_cache};
use crate::row::{Members, Reading, SetAside};
use crate::{Counts, DecodeError, DecodeReport, Dimensions, SeenIds, UsageRecord};

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
    decode_documents(input, options, seen, "page of Anthropic's usage report", results, read, each)
}

/// The results of a page or a bucket, each with the times of its bucket.
fn results<'a>(document: &Members<'a>) -> Option<Vec<(Members<'a>, Members<'a>)>> {
    in_buckets(document, &["results"], "ing_at")
}

/// What tells results apart beside model, workspace and caller.
const TAGS: [(&str, &str); 4] =
    [("servicetier", "service_tier"), ("contextwindow", "context_window"), ("inferencegeo", "inference_geo"), ("speed", "speed")];

fn read(row: &mut Reading<'_>, options: &Options) -> Result<Option<Taken>, SetAside> {
    // A report of costs has amounts in place of tokens.
    if row.cell(&["amount"]).is_some() && row.cell(&["uncachedinputtokens"]).is_none() {
        return Ok(None);
    }
    let (start, end) = (row.moment(&["startingat"])?, row.moment(&["endingat"])?);
    let (start, end) = (row.required(start, "starting_at")?, row.required(end, "ending_at")?);
    let grain = grain(row, (end - start).num_seconds())?;
    let uncached = row.count(&["uncachedinputtokens"])?;
    let uncached = row.required(uncached, "uncached_input_tokens")?;
    let mut written = 0_u64;
    for kept in ["cachecreationephemeral5minputtokens", "cachecreationephemeral1hinputtokens"] {
        written = written.saturating_add(row.count(&[kept])?.unwrap_or(0));
    }
    let cached = row.count(&["cachereadinputtokens"])?.unwrap_or(0);
    let counts = Counts { output_tokens: row.count(&["outputtokens"])?.unwrap_or(0), ..Counts::default() };
    let counts = with_cache(row, counts, uncached, cached, written, CachedTokens::BesideInput)?;
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id::<ModelId>(&["model"])?;
    dimensions.workload = row.name(&["workspaceid"])?;
    dimensions.principal = row.name(&["apikeyid", "accountid", "serviceaccountid"])?;
    dimensions.operation = Some("chat".to_owned());
    dimensions.provider = Some("anthropic".to_owned());
    for (column, tag) in TAGS {
        if let Some(cell) = row.cell(&[column]) {
            row.add_tag(&mut dimensions.tags, tag, &cell.text);
        }
    }
    Ok(Some(UsageRecord { at: start, grain, dimensions, counts }.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grain;
    use crate::report::tests::decoded_by;

    const PAGE: &str = r#"{"data":[{"starting_at":"2026-10-01T00:00:00Z","ending_at":"2026-10-02T00:00:00Z","results":[{"uncached_input_tokens":1500,
        "cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},"cache_read_input_tokens":200,"output_tokens":500,
        "server_tool_use":{"web_search_requests":10},"model":"claude-sonnet-4","workspace_id":"wrkspc_1","api_key_id":"apikey_1",
        "service_tier":"standard","context_window":"0-200k"}]}],"has_more":false,"next_page":null}"#;

    #[test]
    fn cached_tokens_stand_beside_the_input_and_are_added() {
        let (records, report) = decoded_by!(PAGE, decode);
        assert_eq!((report.rows, report.records), (1, 1));
        let counts = records[0].counts;
        assert_eq!((counts.input_tokens, counts.cached_input_tokens, counts.cache_write_tokens), (3200, 200, 1500));
        assert_eq!((counts.uncached_input_tokens(), counts.output_tokens, counts.requests), (1500, 500, 0));
        assert_eq!((records[0].grain, records[0].dimensions.workload.as_deref()), (Grain::Day, Some("wrkspc_1")));
        assert_eq!(records[0].dimensions.tags["context_window"], "0-200k");
    }

    #[test]
    fn the_same_page_again_counts_once() {
        let (_, report) = decoded_by!(&format!("{PAGE}\n{PAGE}"), decode);
        assert_eq!((report.records, report.duplicates), (1, 1));
    }

    #[test]
    fn a_report_of_costs_is_no_usage() {
        let costs = r#"{"data":[{"starting_at":"2026-10-01T00:00:00Z","ending_at":"2026-10-02T00:00:00Z","results":[{"amount":"123.45","currency":"USD"}]}]}"#;
        let (_, report) = decoded_by!(costs, decode);
        assert_eq!((report.rows, report.skipped), (1, 1));
    }
}
