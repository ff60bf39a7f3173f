use farthing_types::ModelId;

use super::{Call, DATE, Options, spend, without_secret};
use crate::request_trace::{CachedTokens, with_cache};
use crate::row::{Reading, SetAside};
use crate::{Counts, Dimensions, Grain, UsageRecord};

pub(super) fn read(row: &mut Reading<'_>, options: &Options) -> Result<Call, SetAside> {
    let at = row.moment(DATE)?;
    let at = row.required(at, "date")?;
    if at.timestamp() % 86_400 != 0 {
        return Err(row.set_aside("date", "not-a-date", "A daily row's date has a time of day.".to_owned()));
    }
    let counts = Counts {
        requests: requests(row)?,
        errors: row.count(&["failedrequests"])?.unwrap_or(0),
        output_tokens: row.count(&["completiontokens"])?.unwrap_or(0),
        ..Counts::default()
    };
    let input = row.count(&["prompttokens"])?;
    let input = row.required(input, "prompt_tokens")?;
    let read = row.count(&["cachereadinputtokens"])?.unwrap_or(0);
    let written = row.count(&["cachecreationinputtokens"])?.unwrap_or(0);
    let counts = with_cache(row, counts, input, read, written, CachedTokens::InInput)?;

    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id::<ModelId>(&["model", "modelgroup"])?;
    dimensions.workload = row.name(&["teamalias", "apikeyalias", "teamid"])?;
    dimensions.principal = row.name(&["apikey", "userid"])?.map(without_secret);
    dimensions.operation = row.name(&["endpoint"])?;
    dimensions.provider = row.name(&["customllmprovider"])?;
    dimensions.tags = row.tags();
    let mut record = UsageRecord { at, grain: Grain::Day, dimensions, counts };
    let residue = spend(row, &mut record, options)?;
    let id = Some(key(row));
    Ok(Call { record, id, residue })
}

/// `api_requests`, or successful and failed ones together.
fn requests(row: &mut Reading<'_>) -> Result<u64, SetAside> {
    if let Some(requests) = row.count(&["apirequests"])? {
        return Ok(requests);
    }
    let (succeeded, failed) = (row.count(&["successfulrequests"])?.unwrap_or(0), row.count(&["failedrequests"])?.unwrap_or(0));
    match succeeded.checked_add(failed) {
        Some(requests) => Ok(requests),
        None => Err(row.set_aside("api_requests", "count-too-large", "The requests do not fit 64 bits.".to_owned())),
    }
}

/// What LiteLLM's own unique index is on: a daily row met again is the same row.
fn key(row: &Reading<'_>) -> String {
    const COLUMNS: [&str; 12] = [
        "date",
        "userid",
        "teamid",
        "organizationid",
        "enduserid",
        "agentid",
        "apikey",
        "model",
        "modelgroup",
        "customllmprovider",
        "mcpnamespacedtoolname",
        "endpoint",
    ];
    let parts: Vec<String> =
        COLUMNS.iter().map(|name| row.cell(&[name]).map_or_else(String::new, |c| c.text.into_owned())).collect();
    parts.join("\u{0}")
}
