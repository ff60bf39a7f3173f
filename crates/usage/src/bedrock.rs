//! Bedrock's logs of model invocations, one call a line, as they lie in S3 (`AWSLogs/ACCOUNT/BedrockModelInvocationLogs/`).
//!
//! What changes money:
//!
//! - `inputTokenCount` leaves cached tokens out; `cacheReadInputTokenCount` and `cacheWriteInputTokenCount` are added here.
//! - A call is known by its `requestId`.
//! - Throttled calls are in no metric, but are in the logs with an `errorCode`: they count as calls that failed.
//!
//! `requestMetadata` are the caller's own labels and become tags; `unit` among them is the operational unit. Prompts and answers, which
//! logs may hold, are not looked at.

use std::io::Read;

use farthing_types::{ModelId, UnitId};

use crate::report::{Options, Taken, decode as decode_documents};
use crate::request_trace::{CachedTokens, with_cache};
use crate::row::{Members, Reading, SetAside};
use crate::{Counts, DecodeError, DecodeReport, Dimensions, Grain, SeenIds, UsageRecord};

/// Reads logs, handing each record to `each`.
///
/// # Errors
/// [`DecodeError`] where the file as a whole cannot be read, and whatever `each` returns, which ends the reading.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    decode_documents(input, options, seen, "log of a model invocation", results, read, each)
}

fn results<'a>(document: &Members<'a>) -> Option<Vec<(Members<'a>, Members<'a>)>> {
    document.contains_key("schemaType").then(|| vec![(Members::new(), document.clone())])
}

fn read(row: &mut Reading<'_>, options: &Options) -> Result<Option<Taken>, SetAside> {
    if row.cell(&["schematype"]).is_none_or(|cell| cell.text != "ModelInvocationLog") {
        return Ok(None);
    }
    let at = row.moment(&["timestamp"])?;
    let at = row.required(at, "timestamp")?;
    let failed = row.cell(&["errorcode"]).is_some();
    let output_tokens = row.count(&["outputoutputtokencount"])?.unwrap_or(0);
    let counts = Counts { requests: 1, errors: u64::from(failed), output_tokens, ..Counts::default() };
    let input = row.count(&["inputinputtokencount"])?.unwrap_or(0);
    let cached = row.count(&["inputcachereadinputtokencount"])?.unwrap_or(0);
    let written = row.count(&["inputcachewriteinputtokencount"])?.unwrap_or(0);
    let counts = with_cache(row, counts, input, cached, written, CachedTokens::BesideInput)?;
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id::<ModelId>(&["modelid"])?;
    dimensions.principal = row.name(&["identityarn"])?;
    dimensions.operation = row.name(&["operation"])?;
    dimensions.provider = Some("aws.bedrock".to_owned());
    for (key, value) in row.members("requestMetadata") {
        row.add_tag(&mut dimensions.tags, &key, &value);
    }
    dimensions.workload = dimensions.tags.get("workload").cloned();
    // A malformed unit stays a tag; rules can still read it.
    dimensions.unit = dimensions.tags.get("unit").and_then(|unit| unit.parse::<UnitId>().ok());
    for (column, tag) in [("accountid", "account"), ("region", "region")] {
        if let Some(cell) = row.cell(&[column]) {
            row.add_tag(&mut dimensions.tags, tag, &cell.text);
        }
    }
    let id = row.cell(&["requestid"]).map(|cell| cell.text.into_owned());
    if id.is_none() {
        row.keep("requestId", "no-id", "no requestId: if this call stands in another file too, it will count twice".to_owned());
    }
    Ok(Some(Taken { record: UsageRecord { at, grain: Grain::Hour, dimensions, counts }, id, residue: 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::decoded_by;

    const LOG: &str = r#"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-04-09T23:00:17Z","accountId":"111122223333","identity":{"arn":"arn:aws:sts::111122223333:assumed-role/claims/x"},"region":"us-east-1","requestId":"915a6a04","operation":"Converse","modelId":"anthropic.claude-3-haiku-20240307-v1:0","input":{"inputTokenCount":35,"cacheReadInputTokenCount":100,"inputBodyJson":{"messages":[{"content":"never looked at"}]}},"output":{"outputTokenCount":446},"requestMetadata":{"unit":"claims-triage"}}"#;

    #[test]
    fn a_call_is_read_with_its_unit_and_its_cached_tokens() {
        let (records, report) = decoded_by!(&format!("{LOG}\n{LOG}\n"), decode);
        assert_eq!((report.rows, report.records, report.duplicates), (2, 1, 1));
        let record = &records[0];
        assert_eq!((record.counts.input_tokens, record.counts.cached_input_tokens, record.counts.output_tokens), (135, 100, 446));
        assert_eq!(record.dimensions.unit.as_ref().map(UnitId::as_str), Some("claims-triage"));
        assert_eq!((record.dimensions.tags["account"].as_str(), record.counts.errors), ("111122223333", 0));
        assert!(!format!("{record:?}").contains("never looked at"));
    }

    #[test]
    fn a_call_that_failed_is_a_call() {
        let (records, _) =
            decoded_by!(&LOG.replace("\"operation\"", "\"errorCode\":\"ThrottlingException\",\"operation\""), decode);
        assert_eq!((records[0].counts.requests, records[0].counts.errors), (1, 1));
    }
}
