//! Inference usage that agrees with the bill: what vendors bill for a day is what the logs say, times the price.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::SampleError;
use crate::calendar::{self, HOURS};
use crate::decimal;
use crate::dice;
use crate::organisation::{Organisation, TokenKind};
use crate::workloads::{Demand, Serving, WORKLOADS, Workload};

/// A usage file, as [`write_usage`] wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageFile {
    /// Its path below the folder, with `/`.
    pub path: String,
    /// The source that it is imported as.
    pub source: String,
    /// The word for its format on the command line.
    pub format: String,
    /// Rows, a header left out.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// What its rows sum to; `input` is without the cached tokens.
    pub totals: Demand,
}

/// One call through the gateway.
struct Call {
    start_ms: i64,
    demand: Demand,
    bits: u64,
}

/// Writes hourly traces of the endpoints and of the vendors' usage, and the gateway's log of single calls, below `dir`.
///
/// # Errors
/// [`SampleError::Io`] when a file cannot be written.
pub fn write_usage(organisation: &Organisation, dir: &Path) -> Result<Vec<UsageFile>, SampleError> {
    let endpoints = |w: &Workload| matches!(w.serving, Serving::Endpoint { .. });
    let vendors = |w: &Workload| !matches!(w.serving, Serving::Endpoint { .. }) && !w.logged_by_call;
    Ok(vec![
        write_trace(organisation, dir, "usage/endpoints-hourly.csv", "inference-endpoints", &endpoints)?,
        write_trace(organisation, dir, "usage/vendors-hourly.csv", "vendor-usage", &vendors)?,
        write_calls(organisation, dir, "usage/litellm-spend-logs.jsonl", "litellm-gateway")?,
    ])
}

/// Opens a file below `dir`, lets `write` fill it, and returns its size.
pub(crate) fn write_file(
    dir: &Path,
    path: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<u64, SampleError> {
    let full = dir.join(path);
    let attempt = || {
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut out = BufWriter::new(File::create(&full)?);
        write(&mut out)?;
        out.flush()?;
        Ok(fs::metadata(&full)?.len())
    };
    attempt().map_err(|error| SampleError::Io { path: full.clone(), error })
}

fn write_trace(
    organisation: &Organisation,
    dir: &Path,
    path: &str,
    source: &str,
    wanted: &dyn Fn(&Workload) -> bool,
) -> Result<UsageFile, SampleError> {
    let (mut rows, mut totals) = (0, Demand::default());
    let bytes = write_file(dir, path, |out| {
        writeln!(
            out,
            "timestamp,requests,errors,input_tokens,cached_tokens,output_tokens,model,workload,unit,provider,operation"
        )?;
        for hour in 0..HOURS {
            for workload in WORKLOADS.iter().filter(|workload| wanted(workload)) {
                let demand = organisation.demand(workload, hour);
                if demand.requests == 0 {
                    continue;
                }
                write_hour(out, organisation.seed(), workload, hour, &demand)?;
                totals += demand;
                rows += 1;
            }
        }
        Ok(())
    })?;
    Ok(UsageFile { path: path.into(), source: source.into(), format: "request-trace".into(), rows, bytes, totals })
}

fn write_hour(out: &mut impl Write, seed: u64, workload: &Workload, hour: u32, demand: &Demand) -> std::io::Result<()> {
    out.write_all(&calendar::TEXT[hour as usize])?;
    let bits = dice::again(dice::draw(seed, dice::name(workload.id), u64::from(hour)), 9);
    // Two in a thousand requests fail.
    let errors = (demand.requests * 2 + dice::between(bits, 0, 1_000)) / 1_000;
    let operation = if workload.output_tokens == 0 { "embeddings" } else { "chat" };
    writeln!(
        out,
        ",{},{errors},{},{},{},{},{},{},{},{operation}",
        demand.requests,
        demand.input + demand.cached,
        demand.cached,
        demand.output,
        workload.model,
        workload.id,
        workload.unit,
        provider_word(workload),
    )
}

fn provider_word(workload: &Workload) -> &'static str {
    match workload.serving {
        Serving::Endpoint { .. } => "aws.sagemaker",
        Serving::Tokens { provider, .. } => provider.source(),
    }
}

fn write_calls(organisation: &Organisation, dir: &Path, path: &str, source: &str) -> Result<UsageFile, SampleError> {
    let (mut rows, mut totals) = (0, Demand::default());
    let bytes = write_file(dir, path, |out| {
        for hour in 0..HOURS {
            for workload in WORKLOADS.iter().filter(|workload| workload.logged_by_call) {
                for (number, call) in calls(organisation, workload, hour).into_iter().enumerate() {
                    write_call(out, organisation, workload, hour, number, &call)?;
                    totals += call.demand;
                    rows += 1;
                }
            }
        }
        Ok(())
    })?;
    Ok(UsageFile { path: path.into(), source: source.into(), format: "litellm".into(), rows, bytes, totals })
}

/// The calls of an hour: their tokens sum to the hour's.
fn calls(organisation: &Organisation, workload: &Workload, hour: u32) -> Vec<Call> {
    let demand = organisation.demand(workload, hour);
    let stream = dice::again(dice::name(workload.id), 11);
    let bits: Vec<u64> =
        (0..demand.requests).map(|number| dice::draw(organisation.seed(), stream, u64::from(hour) << 20 | number)).collect();
    let weights: Vec<u64> = bits.iter().map(|&bits| dice::between(bits, 400, 1_600)).collect();
    let all: u64 = weights.iter().sum();
    let first_ms = calendar::moment(hour).timestamp_millis();
    let mut before = 0;
    let mut calls = Vec::with_capacity(bits.len());
    for (number, (&bits, &weight)) in bits.iter().zip(&weights).enumerate() {
        let part = |total: u64| {
            let upto = |w: u64| (u128::from(total) * u128::from(w) / u128::from(all)) as u64;
            upto(before + weight) - upto(before)
        };
        let demand = Demand { requests: 1, input: part(demand.input), cached: part(demand.cached), output: part(demand.output) };
        let spacing = 3_600_000 / weights.len() as i64;
        let start_ms = first_ms + number as i64 * spacing + dice::between(dice::again(bits, 1), 0, spacing as u64) as i64;
        calls.push(Call { start_ms, demand, bits });
        before += weight;
    }
    calls
}

fn write_call(
    out: &mut impl Write,
    organisation: &Organisation,
    workload: &Workload,
    hour: u32,
    number: usize,
    call: &Call,
) -> std::io::Result<()> {
    let Demand { input, cached, output, .. } = call.demand;
    let seconds = 2 + output / 60;
    let time = |ms: i64| {
        let moment = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
        moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    };
    let mut spend = Vec::new();
    decimal::write(&mut spend, spend_of(organisation, workload, &call.demand), decimal::COST_PLACES);
    let spend = String::from_utf8(spend).expect("a decimal is ASCII");
    let Workload { id, unit, model, .. } = workload;
    let provider = provider_word(workload);
    let prompt = input + cached;
    writeln!(
        out,
        concat!(
            r#"{{"request_id":"chatcmpl-{:016x}{:04x}","call_type":"acompletion","api_key":"{:016x}{:016x}","spend":{},"#,
            r#""total_tokens":{},"prompt_tokens":{},"completion_tokens":{},"startTime":"{}","endTime":"{}","request_duration_ms":{},"#,
            r#""model":"{}","model_group":"{}","custom_llm_provider":"{}","metadata":{{"user_api_key_team_alias":"{}","#,
            r#""usage_object":{{"prompt_tokens_details":{{"cached_tokens":{}}}}}}},"cache_hit":"False","#,
            r#""request_tags":["unit:{}","workload:{}"],"team_id":"{}","status":"success"}}"#
        ),
        call.bits,
        (hour as usize * 97 + number) & 0xffff,
        dice::name(id),
        dice::again(dice::name(id), 1),
        spend,
        prompt + output,
        prompt,
        output,
        time(call.start_ms),
        time(call.start_ms + seconds as i64 * 1_000),
        seconds * 1_000,
        model,
        model,
        provider,
        id,
        cached,
        unit,
        id,
        id,
    )
}

/// What the vendor bills for a call, in 1e-16 USD.
fn spend_of(organisation: &Organisation, workload: &Workload, demand: &Demand) -> i128 {
    let lines = organisation.token_lines.iter().filter(|line| WORKLOADS[line.workload].id == workload.id);
    let cost = |kind: TokenKind, sku: usize| decimal::cost(organisation.skus[sku].price, kind.of(demand) as i64);
    lines.map(|line| cost(line.kind, line.sku)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_sum_to_their_hour() {
        let organisation = Organisation::new(20_000, 5).unwrap();
        for workload in WORKLOADS.iter().filter(|workload| workload.logged_by_call) {
            for hour in 0..200 {
                let mut sum = Demand::default();
                for call in calls(&organisation, workload, hour) {
                    sum += call.demand;
                    assert_eq!(call.start_ms.div_euclid(3_600_000), calendar::moment(hour).timestamp() / 3_600);
                }
                let expected = organisation.demand(workload, hour);
                assert_eq!(sum, if expected.requests == 0 { Demand::default() } else { expected });
            }
        }
    }
}
