//! LiteLLM, a gateway in front of model providers: its spend logs and its daily tables.
//!
//! [`decode`] tells by the columns which of the two a file holds:
//!
//! - **Spend logs**, one row a call: `LiteLLM_SpendLogs` exported as JSON lines, a JSON array or CSV, and the same calls as the
//!   generic API callback posts them (`StandardLoggingPayload`). A call is known by `request_id`; a repetition is counted and
//!   left out.
//! - **Daily rows** (`LiteLLM_DailyUserSpend` and exports of it): one row a day, key and model. They stand at the day's first hour
//!   with [`Grain::Day`](crate::Grain); a profile of the day is not invented. A row is known by its day and dimensions.
//!   `LiteLLM_DailyTagSpend` is refused: a request with two tags stands twice in it.
//!
//! What changes money:
//!
//! - `spend` is a binary floating point number at LiteLLM. Its text is the shortest that names that number, and it is taken
//!   digit by digit: nothing is gained or lost, and 0.6229100000000001 stays so.
//! - `prompt_tokens` includes tokens read from and written to the provider's cache; those come from the columns of the daily
//!   table or from `metadata.usage_object`.
//! - A call answered from the gateway's own cache (`cache_hit`) never reached the provider. It carries the tag
//!   `litellm.cache_hit = true`, so that it is summed apart.
//! - A key in clear (`sk-…`) is replaced by its SHA-256, as LiteLLM itself does.
//!
//! Field names: LiteLLM 1.109.1, `litellm/proxy/schema.prisma`, `litellm/types/utils.py`.

mod daily;
mod spend_log;

use std::io::Read;

use farthing_types::{Currency, SourceName};

use crate::finding::shown;
use crate::row::{Format, Header, Reading, SetAside, for_each_row};
use crate::seen::sha256_hex;
use crate::{DecodeError, DecodeReport, Limits, Seen, SeenIds, UsageRecord};

pub use crate::row::Format as FileFormat;

/// What the file does not say by itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source the records belong to.
    pub source: SourceName,
    /// The currency of spend: LiteLLM's price list is in US dollars.
    pub currency: Currency,
    /// How the file is written.
    pub format: Format,
    /// Bounds.
    pub limits: Limits,
}

impl Options {
    /// US dollars, the format told by the first byte.
    pub fn of(source: SourceName) -> Self {
        Self { source, currency: Currency::USD, format: Format::Auto, limits: Limits::default() }
    }
}

const DATE: &[&str] = &["date"];
const START: &[&str] = &["starttime"];
const TAG: &str = "tag";

/// Reads spend logs or daily rows, handing each record to `each`. `seen` holds the ids met so far: keep it across the files of a
/// source, and a call that stands in two of them counts once.
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
    for_each_row(input, options.format, &options.limits, &mut report, check_header, |row, number, report| {
        let is_daily = row.find(DATE).is_some() && row.find(START).is_none();
        // Only the daily tables have this column: spend logs say request_tags.
        if is_daily && let Some(cell) = row.find(&[TAG]) {
            return Err(DecodeError::TagTable(shown(cell.column)).into());
        }
        let mut reading = Reading::new(row, number, &mut report.findings);
        let read = if is_daily { daily::read(&mut reading, options) } else { spend_log::read(&mut reading, options) };
        let Ok(Call { record, id, residue }) = read else { return Ok(()) };
        if is_repetition(&mut reading, &record, number, id, options, seen)? {
            report.duplicates += 1;
            return Ok(());
        }
        report.records += 1;
        report.spend_residue += residue;
        each(record)
    })?;
    Ok(report)
}

fn check_header(header: &Header) -> Result<(), DecodeError> {
    header.require(&["starttime", "date"], "startTime (of spend logs) or date (of daily rows)")?;
    header.require(&["spend", "responsecost"], "spend")?;
    header.require(&["prompttokens"], "prompt_tokens")?;
    match header.index(TAG) {
        Some(index) if header.index("starttime").is_none() => Err(DecodeError::TagTable(shown(header.name(index)))),
        _ => Ok(()),
    }
}

/// A row read: the record, what it is known by, and what rounding its spend left out.
struct Call {
    record: UsageRecord,
    id: Option<String>,
    residue: i128,
}

/// Looks the row's id up. A row without one cannot be told from its repetition, which is noted.
fn is_repetition(
    reading: &mut Reading<'_>,
    record: &UsageRecord,
    number: u64,
    id: Option<String>,
    options: &Options,
    seen: &mut SeenIds,
) -> Result<bool, DecodeError> {
    let Some(id) = id else {
        let message = "no request_id: if this call stands in another file too, it will count twice".to_owned();
        reading.keep("request_id", "no-id", message);
        return Ok(false);
    };
    let limit = options.limits.ids;
    // The record, not its text: a call exported as CSV and as JSON is one call.
    match seen.observe(&id, format!("{record:?}").as_bytes(), limit) {
        None => Err(DecodeError::TooManyIds { row: number, limit }),
        Some(Seen::New) => Ok(false),
        Some(Seen::Same) => Ok(true),
        Some(Seen::Conflicting) => {
            let message = format!(
                "{} was read before with other values; the first stands and this row counts as a repetition. Compare the two and \
                 import the right one into a fresh revision",
                shown(&id)
            );
            reading.keep("request_id", "conflicting-duplicate", message);
            Ok(true)
        }
    }
}

/// Spend with what rounding left out.
fn spend(row: &mut Reading<'_>, record: &mut UsageRecord, options: &Options) -> Result<i128, SetAside> {
    const SPEND: &[&str] = &["spend", "responsecost"];
    let Some(spend) = row.decimal(SPEND)? else { return Ok(0) };
    if spend.amount.is_negative() {
        let message = format!("spend {} is below zero; it was kept as it stands", spend.amount);
        row.keep("spend", "negative-spend", message);
    }
    record.counts.spend = Some(spend.amount);
    record.dimensions.currency = Some(options.currency);
    Ok(spend.residue)
}

/// A key's hash; a key in clear is hashed, for no secret is kept.
fn without_secret(principal: String) -> String {
    if principal.starts_with("sk-") { sha256_hex(&principal) } else { principal }
}

#[cfg(test)]
mod tests;
