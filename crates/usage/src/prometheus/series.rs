//! Series of samples, and what they gained from one sample to the next.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::{Amount, SourceName};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::model_of;
use crate::Dimensions;

/// The longest time that a gauge holds: Prometheus takes a series for gone after it.
const HOLDS: TimeDelta = TimeDelta::minutes(5);

/// What a metric adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Input,
    Cached,
    Output,
    Requests,
    /// A counter of seconds.
    Compute,
    /// A ratio.
    Busy,
    /// A percentage.
    CoarselyBusy,
}

pub(super) fn kind_of(metric: &str) -> Option<Kind> {
    Some(match metric {
        "vllm:prompt_tokens_total" => Kind::Input,
        "vllm:generation_tokens_total" => Kind::Output,
        "vllm:request_success_total" | "request_predict_seconds_count" => Kind::Requests,
        "vllm:prefix_cache_hits_total" | "vllm:prefix_cache_hits" => Kind::Cached,
        "request_predict_seconds_sum" => Kind::Compute,
        "DCGM_FI_PROF_GR_ENGINE_ACTIVE" => Kind::Busy,
        "DCGM_FI_DEV_GPU_UTIL" => Kind::CoarselyBusy,
        _ => return None,
    })
}

/// A value at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub at: DateTime<Utc>,
    pub value: Amount,
}

/// One series of an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Series {
    #[serde(rename = "metric")]
    labels: BTreeMap<String, String>,
    values: Vec<(Box<RawValue>, String)>,
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    data: Option<Data>,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Vec<Series>,
}

/// The series of an answer; where it is none, why.
pub(super) fn series_of(text: &[u8]) -> Result<Vec<Series>, String> {
    let answer: Answer = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    match answer.data {
        Some(data) if answer.status == "success" && data.result_type == "matrix" => Ok(data.result),
        Some(data) => Err(format!("status {}, {}", answer.status, data.result_type)),
        None => Err(format!("status {}: {}", answer.status, answer.error)),
    }
}

impl Series {
    pub fn name(&self) -> &str {
        self.labels.get("__name__").map_or("", String::as_str)
    }

    /// What makes it this series and no other.
    pub fn identity(&self) -> String {
        format!("{:?}", self.labels)
    }

    /// Whose usage it is. Pods and machines come and go; what they serve is what counts.
    pub fn dimensions(&self, source: &SourceName) -> Dimensions {
        let mut dimensions = Dimensions::of(source.clone());
        let label =
            |names: &[&str]| names.iter().find_map(|name| self.labels.get(*name)).filter(|text| !text.is_empty()).cloned();
        dimensions.model = model_of(&self.labels);
        dimensions.workload = label(&["exported_service", "service", "service_name", "exported_namespace", "namespace", "job"]);
        dimensions.provider = self.name().split_once(':').map(|(engine, _)| engine.to_owned());
        for (tag, names) in [("namespace", ["exported_namespace", "namespace"]), ("gpu_model", ["modelName", "DCGM_FI_DEV_NAME"])]
        {
            if let Some(value) = label(&names) {
                dimensions.tags.insert(tag.to_owned(), value);
            }
        }
        dimensions
    }

    /// Its samples. Those that are no number (`NaN`, a series that went) are left out.
    pub fn samples(&self) -> impl Iterator<Item = Result<Sample, String>> {
        self.values.iter().filter(|(_, value)| !matches!(value.as_str(), "NaN" | "+Inf" | "-Inf")).map(|(at, value)| {
            let moment = crate::parse_moment(at.get()).ok_or_else(|| format!("{} is no time", at.get()))?;
            let read = Amount::parse(value.as_bytes()).map_err(|error| error.to_string())?;
            Ok(Sample { at: moment, value: read.amount })
        })
    }
}

/// What is remembered of a series.
#[derive(Debug, Default)]
pub(super) struct State {
    last: Option<Sample>,
}

impl State {
    /// What the series gained with this sample, and in which hour; none with its first, or with one that was seen before.
    pub fn add(&mut self, kind: Kind, sample: Sample) -> Result<Option<(DateTime<Utc>, Amount)>, String> {
        let Some(last) = self.last else {
            self.last = Some(sample);
            return Ok(None);
        };
        // The last sample of one answer is the first of the next.
        if sample.at <= last.at {
            return Ok(None);
        }
        if sample.value.is_negative() {
            return Err(format!("{} is below zero", sample.value));
        }
        self.last = Some(sample);
        let gained = match kind {
            Kind::Busy => held(last, sample, 1)?,
            Kind::CoarselyBusy => held(last, sample, 100)?,
            // A counter that is lower than before began anew.
            _ if sample.value < last.value => sample.value,
            _ => sample.value.checked_sub(last.value).ok_or("the difference does not fit")?,
        };
        let hour = match kind {
            Kind::Busy | Kind::CoarselyBusy => last.hour(),
            _ => sample.hour(),
        };
        Ok(Some((hour, gained)))
    }
}

/// The busy seconds of a gauge from its sample to the next; `whole` is what it shows when it is busy all the time.
fn held(last: Sample, next: Sample, whole: i128) -> Result<Amount, String> {
    let milliseconds = (next.at - last.at).min(HOLDS).num_milliseconds();
    let busy = last.value.atto().checked_mul(i128::from(milliseconds)).map(|busy| busy / (1_000 * whole));
    busy.and_then(Amount::from_atto).ok_or_else(|| format!("{} is no share of time", last.value))
}
