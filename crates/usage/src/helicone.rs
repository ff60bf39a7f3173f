//! Helicone's requests, as `@helicone/export` writes them (JSON, JSON lines, CSV).
//!
//! What changes money:
//!
//! - Whether `prompt_tokens` includes cached tokens differs by provider; `total_tokens` tells, where it stands there.
//! - A call is known by `request_id`.
//! - `cost` is what Helicone's price list says: never part of the bill.

use std::io::Read;

use farthing_types::{Currency, ModelId, UnitId};

use crate::finding::shown;
use crate::report::Options;
use crate::request_trace::{CachedTokens, with_cache};
use crate::row::{Format, Reading, SetAside, for_each_row};
use crate::{Counts, DecodeError, DecodeReport, Dimensions, Grain, Seen, SeenIds, UsageRecord};

/// Reads requests, handing each record to `each`.
///
/// # Errors
/// [`DecodeError`] where the file as a whole cannot be read, and whatever `each` returns, which ends the reading.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    mut each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut report = DecodeReport::default();
    let check = |header: &crate::row::Header| {
        header.require(&["requestid"], "request_id")?;
        header.require(&["requestcreatedat"], "request_created_at")?;
        header.require(&["prompttokens"], "prompt_tokens")
    };
    for_each_row::<E>(input, Format::Auto, &options.limits, &mut report, check, |row, number, report| {
        let mut residue = 0;
        let mut reading = Reading::new(row, number, &mut report.findings);
        let Ok((record, id)) = read(&mut reading, options, &mut residue) else { return Ok(()) };
        let limit = options.limits.ids;
        match seen.observe(&id, format!("{record:?}").as_bytes(), limit) {
            None => return Err(DecodeError::TooManyIds { row: number, limit }.into()),
            Some(Seen::New) => {}
            Some(known) => {
                if known == Seen::Conflicting {
                    let message = format!("{} was read before with other values; the first stands", shown(&id));
                    reading.keep("request_id", "conflicting-duplicate", message);
                }
                report.duplicates += 1;
                return Ok(());
            }
        }
        report.records += 1;
        report.spend_residue += residue;
        each(record)
    })?;
    Ok(report)
}

fn read(row: &mut Reading<'_>, options: &Options, residue: &mut i128) -> Result<(UsageRecord, String), SetAside> {
    let id = row.cell(&["requestid"]).map(|cell| cell.text.into_owned());
    let id = row.required(id, "request_id")?;
    let at = row.moment(&["requestcreatedat"])?;
    let at = row.required(at, "request_created_at")?;
    let status = row.count(&["responsestatus", "status"])?.unwrap_or(200);
    let output_tokens = row.count(&["completiontokens"])?.unwrap_or(0);
    let input = row.count(&["prompttokens"])?.unwrap_or(0);
    let cached = row.count(&["promptcachereadtokens"])?.unwrap_or(0);
    let written = row.count(&["promptcachewritetokens"])?.unwrap_or(0);
    let apart = [cached, written, output_tokens].into_iter().fold(input, u64::saturating_add);
    let convention = match row.count(&["totaltokens"])? {
        Some(total) if total == apart => CachedTokens::BesideInput,
        _ => CachedTokens::InInput,
    };
    // Helicone keeps -1 for calls that were never answered.
    let counts = Counts { requests: 1, errors: u64::from(status >= 400), output_tokens, ..Counts::default() };
    let counts = with_cache(row, counts, input, cached, written, convention)?;
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id::<ModelId>(&["responsemodel", "requestmodel"])?;
    dimensions.principal = row.name(&["requestuserid"])?;
    dimensions.provider = row.name(&["provider"])?.map(|name| name.to_ascii_lowercase());
    for (key, value) in row.members("requestproperties") {
        row.add_tag(&mut dimensions.tags, &key, &value);
    }
    dimensions.workload = dimensions.tags.get("workload").cloned();
    dimensions.unit = dimensions.tags.get("unit").and_then(|unit| unit.parse::<UnitId>().ok());
    let mut record = UsageRecord { at, grain: Grain::Hour, dimensions, counts };
    if let Some(cost) = row.decimal(&["cost", "costusd"])? {
        record.counts.spend = Some(cost.amount);
        record.dimensions.currency = Some(Currency::USD);
        *residue = cost.residue;
    }
    Ok((record, id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::decoded_by;

    #[test]
    fn lines_and_tables_say_the_same() {
        let line = r#"{"request_id":"r1","request_created_at":"2026-10-01T08:00:00Z","request_user_id":"u7","request_properties":{"unit":"claims"},"request_model":"gpt-4o","response_model":"gpt-4o-2024-08-06","provider":"OPENAI","delay_ms":1500,"prompt_tokens":1200,"prompt_cache_write_tokens":0,"prompt_cache_read_tokens":1024,"completion_tokens":180,"total_tokens":1380,"cost":0.0042}"#;
        let table = "request_id,request_created_at,request_user_id,request_properties,response_model,provider,prompt_tokens,prompt_cache_read_tokens,completion_tokens,total_tokens,cost\n\
                     r1,2026-10-01T08:00:00Z,u7,\"{\"\"unit\"\":\"\"claims\"\"}\",gpt-4o-2024-08-06,OPENAI,1200,1024,180,1380,0.0042\n";
        let (from_lines, _) = decoded_by!(line, decode);
        let (from_table, _) = decoded_by!(table, decode);
        assert_eq!(from_lines, from_table);
        let record = &from_lines[0];
        assert_eq!((record.counts.input_tokens, record.counts.cached_input_tokens), (1200, 1024));
        assert_eq!(record.dimensions.unit.as_ref().map(UnitId::as_str), Some("claims"));
    }

    #[test]
    fn the_total_tells_where_cached_tokens_stand() {
        let line = r#"{"request_id":"r1","request_created_at":"2026-10-01T08:00:00Z","prompt_tokens":100,"prompt_cache_read_tokens":900,"completion_tokens":50,"total_tokens":1050}"#;
        let (records, report) = decoded_by!(&format!("{line}\n{line}"), decode);
        assert_eq!((records.len(), report.duplicates, records[0].counts.input_tokens), (1, 1, 1000));
    }
}
