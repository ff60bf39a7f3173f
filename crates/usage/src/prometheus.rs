//! Counters and gauges of serving engines: answers of Prometheus's `GET /api/v1/query_range`, one after the other.
//!
//! | metric | gives |
//! |---|---|
//! | `vllm:prompt_tokens_total`, `vllm:generation_tokens_total` | input, output tokens |
//! | `vllm:request_success_total` | requests, of all reasons for which they finished |
//! | `vllm:prefix_cache_hits_total` (`vllm:prefix_cache_hits`) | input tokens read from the cache |
//! | `request_predict_seconds_count`, `_sum` (KServe) | requests, seconds of compute |
//! | `DCGM_FI_PROF_GR_ENGINE_ACTIVE`, else `DCGM_FI_DEV_GPU_UTIL` | seconds that a GPU was busy |
//!
//! What changes figures:
//!
//! - A counter's increase from one sample to the next belongs to the hour of the later one. Where it is lower than before, the process
//!   began anew, and all that it shows is new (as PromQL's `increase` takes it, without its extrapolation: counts stay whole).
//! - The first sample of a series is what others are counted from: ask from one step before the window.
//! - A gauge holds from its sample to the next, for no more than five minutes.
//! - `DCGM_FI_DEV_GPU_UTIL` is 100 % where one kernel is resident; it counts only for GPUs that have no ratio.

mod series;

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, ModelId, Quantity};

use self::series::{Kind, Sample, State, kind_of, series_of};
use crate::report::Options;
use crate::row::{Format, Row, for_each_row};
use crate::{Counts, DecodeError, DecodeReport, Dimensions, Effect, Finding, Grain, UsageRecord, hour_of};

/// What is known of an hour of one model, workload and set of labels.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    input: u64,
    cached: u64,
    output: u64,
    requests: u64,
    /// In units of 1e-18 seconds.
    compute: Option<Amount>,
    /// The same by the coarser gauge.
    coarse: Option<Amount>,
}

/// Reads answers, handing each hour to `each` at the end. Answers of one metric must come in the order of their times.
///
/// In the report, `rows` counts series of an answer.
///
/// # Errors
/// [`DecodeError`] where the file as a whole cannot be read, and whatever `each` returns, which ends the reading.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    mut each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut report = DecodeReport::default();
    let mut states: BTreeMap<String, State> = BTreeMap::new();
    let mut hours: BTreeMap<(DateTime<Utc>, Dimensions), Sums> = BTreeMap::new();
    for_each_row::<E>(
        input,
        Format::Documents,
        &options.limits,
        &mut report,
        |_| Ok(()),
        |row, number, report| {
            let Row::Json(json) = row else { return Ok(()) };
            let note = |report: &mut DecodeReport, rule: &'static str, message: String| {
                report.findings.add(Finding { row: number, column: String::new(), rule, effect: Effect::SetAside, message });
            };
            let series = match series_of(json.bytes()) {
                Ok(series) => series,
                Err(why) => {
                    note(report, "not-an-answer", format!("no answer of Prometheus that is a matrix ({why}); it was set aside"));
                    return Ok(());
                }
            };
            // The answer was counted as a row; its series are what counts.
            report.rows -= 1;
            for one in series {
                report.rows += 1;
                let Some(kind) = kind_of(one.name()) else {
                    report.skipped += 1;
                    continue;
                };
                if states.len() >= options.limits.ids {
                    return Err(DecodeError::TooManyIds { row: number, limit: options.limits.ids }.into());
                }
                let dimensions = one.dimensions(&options.source);
                let state = states.entry(one.identity()).or_default();
                let mut broken = None;
                for sample in one.samples() {
                    match sample.and_then(|sample| state.add(kind, sample)) {
                        Ok(Some((hour, amount))) => add(hours.entry((hour, dimensions.clone())).or_default(), kind, amount),
                        Ok(None) => {}
                        Err(why) => broken = Some(why),
                    }
                }
                match broken {
                    Some(why) => note(report, "not-a-sample", format!("{}: {why}; the sample was left out", one.name())),
                    None => report.records += 1,
                }
            }
            Ok::<(), E>(())
        },
    )?;
    for ((at, dimensions), sums) in hours {
        if let Some(record) = sums.record(at, dimensions) {
            each(record)?;
        }
    }
    Ok(report)
}

fn add(sums: &mut Sums, kind: Kind, amount: Amount) {
    let count = u64::try_from(amount.atto() / Amount::ONE.atto()).unwrap_or(u64::MAX);
    let more = |sum: Option<Amount>| sum.map_or(Some(amount), |sum| sum.checked_add(amount));
    match kind {
        Kind::Input => sums.input = sums.input.saturating_add(count),
        Kind::Cached => sums.cached = sums.cached.saturating_add(count),
        Kind::Output => sums.output = sums.output.saturating_add(count),
        Kind::Requests => sums.requests = sums.requests.saturating_add(count),
        Kind::Compute | Kind::Busy => sums.compute = more(sums.compute),
        Kind::CoarselyBusy => sums.coarse = more(sums.coarse),
    }
}

impl Sums {
    fn record(self, at: DateTime<Utc>, dimensions: Dimensions) -> Option<UsageRecord> {
        let compute = self.compute.or(self.coarse);
        let counts = Counts {
            requests: self.requests,
            input_tokens: self.input,
            // Two counters are read at one moment and counted at two.
            cached_input_tokens: self.cached.min(self.input),
            output_tokens: self.output,
            compute_seconds: compute.map(Quantity),
            ..Counts::default()
        };
        let is_empty = counts == Counts::default()
            || (counts.requests == 0 && self.input == 0 && self.output == 0 && compute == Some(Amount::ZERO));
        (!is_empty).then_some(UsageRecord { at: hour_of(at), grain: Grain::Hour, dimensions, counts })
    }
}

/// The model of a series, by the labels that engines have for it.
fn model_of(labels: &BTreeMap<String, String>) -> Option<ModelId> {
    let name = ["model_name", "model", "isvc"].iter().find_map(|label| labels.get(*label))?;
    name.parse().ok()
}

impl Sample {
    fn hour(self) -> DateTime<Utc> {
        hour_of(self.at)
    }
}

#[cfg(test)]
mod tests;
