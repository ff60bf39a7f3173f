//! Prometheus: the counters of vLLM and KServe and the gauges of DCGM's exporter.
//!
//! - **Asks** `GET /api/v1/query_range` for the raw samples of each metric, as many at a time as Prometheus gives (11,000 a series). What
//!   counters gained is worked out from the samples, so that counts stay whole and restarts lose nothing; see `farthing_usage::prometheus`.
//! - **Checkpoint**: the last hour that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: the content. The last sample of one answer is the first of the next and counts once.
//! - **Partial data**: an answer with a warning that it is partial gives nothing.
//! - **Retention**: where Prometheus says how long it keeps samples (15 days unless it was told otherwise), only hours that it has as a whole
//!   are asked for. The month is then known from there on; earlier hours stay as an earlier run collected them, and those that no run
//!   collected are listed as missing, which makes the month partial. Who collects daily misses none.
//! - **Cost**: none.

mod config;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::{SourceName, Window};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;

pub use self::config::Config;
use crate::source::{CollectError, Collected, Content, Delivery, JsonApi, Pages, Request, Secrets, Source, parse};
use crate::usage_files::Format;

const RANGE: &str = "prometheus:query_range";
const RUNTIME: &str = "prometheus:status";
/// Points of a series in one answer: below Prometheus's limit of 11,000.
const POINTS: i64 = 10_000;

/// For how long an answer may be read while the oldest samples go.
const WHILE_READING: TimeDelta = TimeDelta::minutes(30);

/// What is asked for unless the settings say otherwise.
const METRICS: [&str; 9] = [
    "vllm:prompt_tokens_total",
    "vllm:generation_tokens_total",
    "vllm:request_success_total",
    "vllm:prefix_cache_hits_total",
    "vllm:prefix_cache_hits",
    "request_predict_seconds_count",
    "request_predict_seconds_sum",
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "DCGM_FI_DEV_GPU_UTIL",
];

/// The source, opened.
#[derive(Debug)]
pub struct Prometheus {
    name: SourceName,
    config: Config,
    api: JsonApi,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When a secret is missing.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<Prometheus, CollectError> {
    let headers = match &config.bearer_token {
        Some(secret) => vec![("authorization", format!("Bearer {}", secrets.get(secret)?))],
        None => Vec::new(),
    };
    Ok(Prometheus { name: name.clone(), config: config.clone(), api: JsonApi::new(&config.endpoint, &headers)? })
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    warnings: Vec<String>,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Runtime {
    data: RuntimeData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeData {
    #[serde(default)]
    storage_retention: String,
}

impl Source for Prometheus {
    fn parts(&self) -> Vec<SourceName> {
        vec![self.name.clone()]
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let month = request.whole_hours();
            if month.from >= month.to {
                return Ok(Collected::default());
            }
            let kept_from = self.kept_from(request).await?.filter(|kept_from| *kept_from > month.from);
            let window = Window { from: kept_from.unwrap_or(month.from).min(month.to), to: month.to };
            let collected = Collected { known_from: kept_from.map(|_| window.from), ..Collected::default() };
            if window.from >= window.to {
                return Ok(collected);
            }
            let mut file = Pages::create(&request.file("samples.json"))?;
            let mut series = 0;
            for metric in METRICS {
                for (from, to) in self.pieces(metric, window) {
                    let query = [
                        ("query", format!("{metric}{}", self.config.selector)),
                        ("start", from.timestamp().to_string()),
                        ("end", to.timestamp().to_string()),
                        ("step", self.config.step_seconds.to_string()),
                    ];
                    let page = self.api.get(request.calls, RANGE, "api/v1/query_range", &query).await?;
                    let answer: Answer = parse(RANGE, &page)?;
                    if let Some(warning) = answer.warnings.first() {
                        return Err(CollectError::Incomplete { call: RANGE, said: format!("{metric}: {warning}") });
                    }
                    if !answer.data.result.is_empty() {
                        series += answer.data.result.len();
                        file.add(&page)?;
                    }
                }
            }
            file.end()?;
            if series == 0 {
                return Ok(collected);
            }
            let files = vec![request.written("prometheus", "samples.json")?];
            Ok(Collected { deliveries: vec![Delivery { content: Content::Usage(Format::Prometheus), files }], ..collected })
        }
        .boxed()
    }
}

impl Prometheus {
    /// The window in pieces that one answer holds. The last moment of a piece is the first of the next.
    ///
    /// What a counter gained belongs to the later of two samples: it is asked for from a step before the window. A gauge holds from its sample
    /// on: it is asked for up to the window's end.
    fn pieces(&self, metric: &str, window: Window) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let step = TimeDelta::seconds(i64::from(self.config.step_seconds));
        let (mut from, last) = match metric.starts_with("DCGM_") {
            true => (window.from, window.to),
            false => (window.from - step, window.to - TimeDelta::seconds(1)),
        };
        let mut pieces = Vec::new();
        while from < last {
            let to = (from + step * i32::try_from(POINTS).unwrap_or(i32::MAX)).min(last);
            pieces.push((from, to));
            from = to;
        }
        pieces
    }

    /// The first whole hour of which Prometheus surely has all samples, and the one before them. `None` where it does not say how long it
    /// keeps them: it keeps them elsewhere, for longer.
    async fn kept_from(&self, request: Request<'_>) -> Result<Option<DateTime<Utc>>, CollectError> {
        let page = match self.api.get(request.calls, RUNTIME, "api/v1/status/runtimeinfo", &[]).await {
            Ok(page) => page,
            Err(CollectError::Refused { .. } | CollectError::Denied { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Runtime { data } = parse(RUNTIME, &page)?;
        // What goes while it is read out was never asked for.
        let first = retention(&data.storage_retention).map(|kept| request.now - kept + WHILE_READING);
        Ok(first.and_then(|first| DateTime::from_timestamp(first.timestamp().div_euclid(3_600) * 3_600 + 3_600, 0)))
    }
}

/// `15d`, `2w`, `1y6d`, `15d or 50GiB`: the time of it.
fn retention(text: &str) -> Option<TimeDelta> {
    let text = text.split(" or ").find(|part| part.bytes().last().is_some_and(|last| b"smhdwy".contains(&last)))?;
    let (mut total, mut number) = (TimeDelta::zero(), String::new());
    for letter in text.trim().chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let count: i64 = std::mem::take(&mut number).parse().ok()?;
        let unit = match letter {
            's' => TimeDelta::seconds(1),
            'm' => TimeDelta::minutes(1),
            'h' => TimeDelta::hours(1),
            'd' => TimeDelta::days(1),
            'w' => TimeDelta::weeks(1),
            'y' => TimeDelta::days(365),
            _ => return None,
        };
        total += unit * i32::try_from(count).ok()?;
    }
    (total > TimeDelta::zero()).then_some(total)
}
