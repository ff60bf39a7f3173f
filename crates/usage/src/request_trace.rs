//! Request traces: a CSV with one row a request, or one row a span of time with the requests summed.
//!
//! Columns are recognised by name, without regard to case, blanks and `_`:
//!
//! | meaning | names | needed |
//! |---|---|---|
//! | time | `timestamp`, `time`, `at`, `start_time` | yes |
//! | input tokens, cached ones among them | `context_tokens`, `input_tokens`, `prompt_tokens` | yes |
//! | output tokens | `generated_tokens`, `output_tokens`, `completion_tokens` | yes |
//! | input tokens read from, written to the cache | `cached_tokens`, `cached_input_tokens`, `cache_read_tokens`; `cache_write_tokens`, `cache_creation_tokens` | |
//! | requests, failed ones | `requests` (1 where there is no such column); `errors` | |
//! | seconds of compute | `compute_seconds`, `gpu_seconds` | |
//! | seconds of prefill and of decode, of all its requests | `prefill_seconds` with `decode_seconds` | |
//! | the same of one request | `time_to_first_token_ms` or `ttft_ms` with `duration_ms` or `latency_ms`; `…_seconds` likewise | |
//! | how long callers waited, how busy what served them was, worked out by the source | `latency_p50_seconds`, `latency_p90_seconds`, `latency_p99_seconds`; `utilisation` | |
//! | what a gateway says it cost | `spend`, `cost`; `currency` | |
//! | model, workload, unit | `model`; `workload`, `deployment`, `endpoint`; `unit` | |
//! | caller, operation, provider | `principal`, `user`; `operation`; `provider` | |
//! | labels | `tag:KEY` | |
//!
//! Azure's public LLM trace (`TIMESTAMP,ContextTokens,GeneratedTokens`) is read as it stands; it names no model, so give one in
//! [`Options`].

use std::io::Read;

use farthing_types::{Amount, Currency, ModelId, Quantity, SourceName, UnitId};

use crate::row::{Format, Reading, SetAside, for_each_row};
use crate::{Counts, DecodeError, DecodeReport, Dimensions, Grain, Limits, Measured, UsageRecord};

/// Whether the source counts cached tokens as input tokens. It changes money, and no row can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CachedTokens {
    /// Input includes them: OpenAI, LiteLLM, OpenTelemetry.
    #[default]
    InInput,
    /// Input leaves them out: Anthropic's own counts. They are added here.
    BesideInput,
}

/// What the file does not say by itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source the records belong to.
    pub source: SourceName,
    /// The model of rows that name none.
    pub model: Option<ModelId>,
    /// The workload of rows that name none.
    pub workload: Option<String>,
    /// The unit of rows that name none.
    pub unit: Option<UnitId>,
    /// The currency of spend in rows that name none.
    pub currency: Currency,
    /// How cached tokens are counted.
    pub cached_tokens: CachedTokens,
    /// Bounds.
    pub limits: Limits,
}

impl Options {
    /// Nothing but the source; US dollars; input includes cached tokens.
    pub fn of(source: SourceName) -> Self {
        Self {
            source,
            model: None,
            workload: None,
            unit: None,
            currency: Currency::USD,
            cached_tokens: CachedTokens::default(),
            limits: Limits::default(),
        }
    }
}

const TIME: &[&str] = &["timestamp", "time", "at", "starttime"];
const INPUT: &[&str] = &["contexttokens", "inputtokens", "prompttokens"];
const OUTPUT: &[&str] = &["generatedtokens", "outputtokens", "completiontokens"];
const CACHED: &[&str] = &["cachedtokens", "cachedinputtokens", "cachereadtokens", "cachereadinputtokens"];
const CACHE_WRITE: &[&str] = &["cachewritetokens", "cachecreationtokens", "cachecreationinputtokens"];
const SPEND: &[&str] = &["spend", "cost"];

/// Reads a trace, handing each record to `each`.
///
/// # Errors
/// [`DecodeError`] where the file as a whole cannot be read, and whatever `each` returns, which ends the reading. A bad row is no
/// error: it is set aside with a finding.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    mut each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut report = DecodeReport::default();
    for_each_row(
        input,
        Format::Csv,
        &options.limits,
        &mut report,
        |header| {
            header.require(TIME, "timestamp (or time)")?;
            header.require(INPUT, "input_tokens (or context_tokens, prompt_tokens)")?;
            header.require(OUTPUT, "output_tokens (or generated_tokens, completion_tokens)")
        },
        |row, number, report| {
            let mut residue = 0;
            if let Ok(record) = read(&mut Reading::new(row, number, &mut report.findings), options, &mut residue) {
                report.records += 1;
                report.spend_residue += residue;
                each(record)?;
            }
            Ok::<(), E>(())
        },
    )?;
    Ok(report)
}

fn read(row: &mut Reading<'_>, options: &Options, residue: &mut i128) -> Result<UsageRecord, SetAside> {
    let at = row.moment(TIME)?;
    let at = row.required(at, "timestamp")?;
    let mut counts = tokens(row, options.cached_tokens)?;
    counts.requests = row.count(&["requests"])?.unwrap_or(1);
    counts.errors = row.count(&["errors"])?.unwrap_or(0);
    counts.compute_seconds = row.quantity(&["computeseconds", "gpuseconds"])?.map(Quantity);
    counts = timed(row, counts)?;
    counts.measured = Measured {
        latency_p50_seconds: row.quantity(&["latencyp50seconds"])?.map(Quantity),
        latency_p90_seconds: row.quantity(&["latencyp90seconds"])?.map(Quantity),
        latency_p99_seconds: row.quantity(&["latencyp99seconds"])?.map(Quantity),
        utilisation: row.quantity(&["utilisation", "utilization"])?.map(Quantity),
    };
    if let Some(spend) = row.decimal(SPEND)? {
        counts.spend = Some(spend.amount);
        *residue = spend.residue;
    }
    check_requests(row, &counts)?;
    let mut dimensions = Dimensions::of(options.source.clone());
    dimensions.model = row.id(&["model"])?.or_else(|| options.model.clone());
    dimensions.workload = row.name(&["workload", "deployment", "endpoint"])?.or_else(|| options.workload.clone());
    dimensions.unit = row.id(&["unit"])?.or_else(|| options.unit.clone());
    dimensions.principal = row.name(&["principal", "user"])?;
    dimensions.operation = row.name(&["operation"])?;
    dimensions.provider = row.name(&["provider"])?;
    if counts.spend.is_some() {
        dimensions.currency = Some(row.id(&["currency"])?.unwrap_or(options.currency));
    }
    dimensions.tags = row.tags();
    Ok(UsageRecord { at, grain: Grain::Hour, dimensions, counts })
}

/// With what prefill and decode took. A row of several requests has no one first token.
fn timed(row: &mut Reading<'_>, counts: Counts) -> Result<Counts, SetAside> {
    if let (Some(prefill), Some(decode)) = (row.quantity(&["prefillseconds"])?, row.quantity(&["decodeseconds"])?) {
        return Ok(counts.timed(prefill, decode));
    }
    if counts.requests != 1 {
        return Ok(counts);
    }
    let first = seconds(row, ["timetofirsttokenseconds", "ttftseconds"], ["timetofirsttokenms", "ttftms"])?;
    let whole = seconds(row, ["durationseconds", "latencyseconds"], ["durationms", "latencyms"])?;
    match (first, whole) {
        (Some(first), Some(whole)) => Ok(counts.timed_to_first_token(row, "time_to_first_token", first, whole)),
        _ => Ok(counts),
    }
}

/// A time from a column of seconds or of milliseconds.
fn seconds(row: &mut Reading<'_>, seconds: [&str; 2], milliseconds: [&str; 2]) -> Result<Option<Amount>, SetAside> {
    if let Some(seconds) = row.quantity(&seconds)? {
        return Ok(Some(seconds));
    }
    let milliseconds = row.quantity(&milliseconds)?;
    Ok(milliseconds.and_then(|time| time.checked_div(Amount::from_int(1_000))))
}

fn tokens(row: &mut Reading<'_>, convention: CachedTokens) -> Result<Counts, SetAside> {
    let (input, output) = (row.count(INPUT)?, row.count(OUTPUT)?);
    let (input, output) = (row.required(input, "input tokens")?, row.required(output, "output tokens")?);
    let (read, write) = (row.count(CACHED)?.unwrap_or(0), row.count(CACHE_WRITE)?.unwrap_or(0));
    with_cache(row, Counts { output_tokens: output, ..Counts::default() }, input, read, write, convention)
}

/// Fills in the three input counts so that cached tokens are among the input tokens.
///
/// Where a source that should include them states less input than cached tokens, billable input would be negative: the input is
/// raised to what was cached and the row is noted.
pub(crate) fn with_cache(
    row: &mut Reading<'_>,
    counts: Counts,
    input: u64,
    read: u64,
    write: u64,
    convention: CachedTokens,
) -> Result<Counts, SetAside> {
    let too_large = |row: &mut Reading<'_>| {
        row.set_aside("", "count-too-large", "The row's input and cached tokens together do not fit 64 bits.".to_owned())
    };
    let Some(cached) = read.checked_add(write) else { return Err(too_large(row)) };
    let total = match convention {
        CachedTokens::InInput if cached > input => {
            let message = format!(
                "{read} tokens read from the cache and {write} written to it are more than the {input} tokens of input that should \
                 include them; billable input would be negative, so input was taken as {cached}. If the source counts input \
                 without cached tokens, say so in its options"
            );
            row.keep("", "cached-exceeds-input", message);
            cached
        }
        CachedTokens::InInput => input,
        CachedTokens::BesideInput => match input.checked_add(cached) {
            Some(total) => total,
            None => return Err(too_large(row)),
        },
    };
    Ok(Counts { input_tokens: total, cached_input_tokens: read, cache_write_tokens: write, ..counts })
}

fn check_requests(row: &mut Reading<'_>, counts: &Counts) -> Result<(), SetAside> {
    if counts.errors > counts.requests {
        let message = format!("{} errors among {} requests.", counts.errors, counts.requests);
        return Err(row.set_aside("errors", "errors-exceed-requests", message));
    }
    if counts.requests == 0 && (counts.input_tokens > 0 || counts.output_tokens > 0) {
        row.keep("requests", "tokens-without-requests", "tokens but no request; the tokens were counted".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str, options: &Options) -> Result<(Vec<UsageRecord>, DecodeReport), DecodeError> {
        let mut records = Vec::new();
        let report = decode(text.as_bytes(), options, |record| {
            records.push(record);
            Ok::<(), DecodeError>(())
        })?;
        Ok((records, report))
    }

    fn options() -> Options {
        Options { model: Some("gpt-4o".parse().unwrap()), ..Options::of("trace".parse().unwrap()) }
    }

    #[test]
    fn azures_trace_is_read_as_it_stands() {
        let text = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:03.9799600,4808,10\r\n2023-11-16 18:17:04.0319600,3180,8";
        let (records, report) = decoded(text, &options()).unwrap();
        assert_eq!((report.rows, report.records, report.findings.count()), (2, 2, 0));
        assert_eq!(records[1].at.to_rfc3339(), "2023-11-16T18:17:04.031960+00:00");
        assert_eq!((records[0].counts.requests, records[0].counts.input_tokens, records[0].counts.output_tokens), (1, 4808, 10));
        assert_eq!(records[0].dimensions.model.as_ref().unwrap().as_str(), "gpt-4o");
    }

    #[test]
    fn every_column_finds_its_place() {
        let text = "\u{feff}time,Requests,errors,Prompt Tokens,cached_tokens,cache_write_tokens,completion_tokens,model,endpoint,unit,user,\
                    operation,provider,cost,currency,gpu_seconds,tag:Team,tag:empty\n\
                    1760000000,3,1,100.0,40,10,7,m,e,u,alice,chat,openai,1e-7,EUR,1.5,red,";
        let (records, report) = decoded(text, &options()).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        let UsageRecord { dimensions, counts, .. } = &records[0];
        assert_eq!((counts.requests, counts.errors, counts.uncached_input_tokens(), counts.output_tokens), (3, 1, 50, 7));
        assert_eq!(counts.spend.unwrap().to_string(), "0.0000001");
        assert_eq!(counts.compute_seconds.unwrap().to_string(), "1.5");
        assert_eq!(dimensions.currency, Some(Currency::EUR));
        assert_eq!(dimensions.workload.as_deref(), Some("e"));
        assert_eq!(dimensions.principal.as_deref(), Some("alice"));
        assert_eq!(dimensions.tags.iter().collect::<Vec<_>>(), [(&"Team".to_owned(), &"red".to_owned())]);
    }

    #[test]
    fn the_time_of_prompt_and_answer_is_read() {
        let times = |text: &str| {
            let (records, _) = decoded(text, &options()).unwrap();
            let seconds = |q: Option<Quantity>| q.map(|q| q.to_string()).unwrap_or_default();
            let one = |r: &UsageRecord| {
                format!("{} {} {}", seconds(r.counts.prefill_seconds), seconds(r.counts.decode_seconds), r.counts.timed_requests)
            };
            records.iter().map(one).collect::<Vec<_>>()
        };
        let sums = "time,requests,input_tokens,output_tokens,prefill_seconds,decode_seconds\n1760000000,3,10,5,1.5,2\n1760000000,3,10,5,,2\n";
        assert_eq!(times(sums), ["1.5 2 3", "  0"]);
        let single = "time,requests,input_tokens,output_tokens,ttft_ms,latency_seconds\n1760000000,1,10,5,250,1.5\n1760000000,2,10,5,250,1.5\n";
        assert_eq!(times(single), ["0.25 1.25 1", "  0"]);
    }

    #[test]
    fn what_the_source_measured_is_read_and_its_largest_is_kept() {
        let text = "time,requests,input_tokens,output_tokens,latency_p50_seconds,latency_p99_seconds,utilisation\n\
                    1760000000,3,10,5,0.25,1.5,\n1760000001,1,10,5,0.5,1.25,0.75\n";
        let (records, report) = decoded(text, &options()).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        let sum = records[0].counts.checked_add(&records[1].counts).unwrap();
        let shown = |q: Option<Quantity>| q.map(|q| q.to_string());
        let Measured { latency_p50_seconds, latency_p90_seconds, latency_p99_seconds, utilisation } = sum.measured;
        assert_eq!(
            [latency_p50_seconds, latency_p90_seconds, latency_p99_seconds, utilisation].map(shown),
            [Some("0.5".into()), None, Some("1.5".into()), Some("0.75".into())]
        );
        assert_eq!((sum.requests, sum.input_tokens), (4, 20));
    }

    #[test]
    fn bad_rows_are_set_aside_and_named() {
        let text = "TIMESTAMP,ContextTokens,GeneratedTokens\n\
                    yesterday,1,1\n\
                    2025-10-09 08:00:00,-1,1\n\
                    2025-10-09 08:00:00,1.5,1\n\
                    2025-10-09 08:00:00,,1\n\
                    2025-10-09 08:00:00,1\n\
                    2025-10-09 08:00:00,18446744073709551616,1\n\
                    2025-10-09 08:00:00,5,6\n";
        let (records, report) = decoded(text, &options()).unwrap();
        assert_eq!((records.len(), report.rows, report.findings.rows_set_aside()), (1, 7, 6));
        let found: Vec<_> = report.findings.first().iter().map(|f| (f.row, f.column.as_str(), f.rule)).collect();
        let expected = [
            (2, "TIMESTAMP", "not-a-time"),
            (3, "ContextTokens", "not-a-count"),
            (4, "ContextTokens", "not-a-count"),
            (5, "input tokens", "missing"),
            (6, "", "wrong-field-count"),
            (7, "ContextTokens", "not-a-count"),
        ];
        assert_eq!(found, expected);
        assert!(report.findings.first()[1].message.contains("\"-1\""));
    }

    #[test]
    fn bytes_that_are_no_text_cost_one_row() {
        let mut bytes = b"time,input_tokens,output_tokens,model\n1760000000,1,1,".to_vec();
        bytes.extend([0xff, b'\n']);
        bytes.extend(b"1760000000,2,2,m\n");
        let mut tokens = Vec::new();
        let report = decode(bytes.as_slice(), &options(), |record| {
            tokens.push(record.counts.input_tokens);
            Ok::<(), DecodeError>(())
        });
        assert_eq!(report.unwrap().findings.first()[0].rule, "not-utf8");
        assert_eq!(tokens, [2]);
    }

    #[test]
    fn billable_input_is_never_negative() {
        let text =
            "time,input_tokens,cached_tokens,cache_write_tokens,output_tokens\n1760000000,100,80,30,1\n1760000000,100,80,20,1\n";
        let (records, report) = decoded(text, &options()).unwrap();
        assert_eq!(records.iter().map(|r| r.counts.input_tokens).collect::<Vec<_>>(), [110, 100]);
        assert!(records.iter().all(|r| r.counts.uncached_input_tokens() == 0));
        assert_eq!(report.findings.by_rule()["cached-exceeds-input"], 1);
        assert_eq!(report.findings.rows_set_aside(), 0);

        let beside = Options { cached_tokens: CachedTokens::BesideInput, ..options() };
        let (records, report) = decoded(text, &beside).unwrap();
        assert!(report.findings.is_empty());
        assert_eq!(records[0].counts.input_tokens, 210);
        assert_eq!(records[0].counts.uncached_input_tokens(), 100);
    }

    #[test]
    fn a_file_that_is_no_trace_says_what_it_lacks() {
        let error = decoded("timestamp,model\n1760000000,m\n", &options()).unwrap_err().to_string();
        assert!(error.contains("no column input_tokens") && error.contains("\"model\""), "{error}");
        assert!(matches!(decoded("", &options()), Err(DecodeError::Empty)));
        let error = decoded("time,Time,input_tokens,output_tokens\n", &options()).unwrap_err();
        assert!(matches!(error, DecodeError::DuplicateColumn(_)), "{error}");
    }

    #[test]
    fn a_quote_that_never_closes_stops_within_the_limit() {
        let limits = Limits { row_bytes: 1 << 16, ..Limits::default() };
        let text = format!("time,input_tokens,output_tokens\n1760000000,1,1\n1760000000,\"1,{}", "1,1\n".repeat(1 << 18));
        let error = decoded(&text, &Options { limits, ..options() }).unwrap_err();
        assert!(matches!(error, DecodeError::RowTooLong { row: 3, .. }), "{error}");
    }

    #[test]
    fn an_error_of_the_caller_ends_the_reading() {
        let text = "time,input_tokens,output_tokens\n1760000000,1,1\n1760000000,1,1\n";
        let mut rollup = crate::Rollup::with_limit(0);
        #[derive(Debug, thiserror::Error)]
        enum Failed {
            #[error(transparent)]
            Decode(#[from] DecodeError),
            #[error(transparent)]
            Rollup(#[from] crate::RollupError),
        }
        let result = decode(text.as_bytes(), &options(), |record| Ok(rollup.add(&record)?));
        assert!(matches!(result, Err(Failed::Rollup(_))));
    }
}
