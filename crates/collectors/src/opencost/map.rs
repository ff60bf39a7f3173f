//! Answers → rows of a request trace: hours of usage without requests, of which OpenCost knows nothing.

use std::collections::BTreeMap;

use camino::Utf8Path;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use farthing_types::{Amount, Currency, Window};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::FileError;
use crate::source::{CollectError, parse};

const COLUMNS: [&str; 14] = [
    "timestamp",
    "requests",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "compute_seconds",
    "spend",
    "currency",
    "model",
    "workload",
    "provider",
    "tag:cluster",
    "tag:namespace",
    "tag:controller_kind",
];

/// An hour of a workload or of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    hour: DateTime<Utc>,
    model: String,
    workload: String,
    cluster: String,
    namespace: String,
    controller_kind: String,
    input_tokens: Amount,
    cached_tokens: Amount,
    output_tokens: Amount,
    gpu_seconds: Option<Amount>,
    spend: Option<(Amount, Currency)>,
}

#[derive(Deserialize)]
struct Allocations {
    #[serde(default)]
    warning: Option<String>,
    /// A set for each step, by the names of what was aggregated. Kubecost writes an empty one as null.
    data: Vec<Option<BTreeMap<String, Allocation>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Allocation {
    window: Option<Span>,
    #[serde(default)]
    properties: Option<Properties>,
    gpu_hours: Option<Box<RawValue>>,
    total_cost: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Span {
    start: Option<DateTime<Utc>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    cluster: String,
    namespace: String,
    controller_kind: String,
    controller: String,
    model_name: String,
}

#[derive(Deserialize)]
struct Inference {
    data: InferenceRange,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InferenceRange {
    inference_cost_sets: Vec<InferenceSet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InferenceSet {
    #[serde(default)]
    inference_costs: Option<BTreeMap<String, InferenceCost>>,
    window: Span,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InferenceCost {
    #[serde(default)]
    properties: Properties,
    prompt_tokens: Option<Box<RawValue>>,
    generation_tokens: Option<Box<RawValue>>,
    cache_savings_fraction: Option<Box<RawValue>>,
}

/// Adds what workloads held in the hours of a day.
pub(super) fn allocations(
    call: &'static str,
    page: &[u8],
    day: Window,
    currency: Currency,
    rows: &mut Vec<Row>,
) -> Result<(), CollectError> {
    let Allocations { warning, data } = parse(call, page)?;
    if let Some(warning) = warning.filter(|warning| !warning.is_empty()) {
        return Err(CollectError::Incomplete { call, said: warning });
    }
    let hours = hours_of(day);
    if data.len() != hours.len() {
        let said = format!("{} hours came of the {} of {}", data.len(), hours.len(), day.from.date_naive());
        return Err(CollectError::Incomplete { call, said });
    }
    for (hour, set) in hours.into_iter().zip(data) {
        for (name, allocation) in set.unwrap_or_default() {
            let starts = allocation.window.and_then(|window| window.start).unwrap_or(hour);
            if starts != hour {
                return Err(CollectError::Nonsense { call, said: format!("{name} is of {starts}, among those of {hour}") });
            }
            let properties = allocation.properties.unwrap_or_default();
            let gpu_hours = number(call, &name, allocation.gpu_hours.as_deref())?.filter(|hours| *hours > Amount::ZERO);
            let too_large = || CollectError::Nonsense { call, said: format!("{name}: its GPU hours do not fit") };
            let seconds = |hours: Amount| hours.checked_mul(Amount::from_int(3_600)).ok_or_else(too_large);
            let gpu_seconds = gpu_hours.map(seconds).transpose()?;
            let spend = number(call, &name, allocation.total_cost.as_deref())?.map(|cost| (cost, currency));
            if gpu_seconds.is_none() && spend.is_none_or(|(cost, _)| cost == Amount::ZERO) {
                continue;
            }
            rows.push(Row {
                hour,
                // What is idle or belongs to nobody has no controller, but a name: `cluster/__idle__`.
                workload: if properties.controller.is_empty() { name } else { properties.controller },
                cluster: properties.cluster,
                namespace: properties.namespace,
                controller_kind: properties.controller_kind,
                gpu_seconds,
                spend,
                ..Row::default()
            });
        }
    }
    Ok(())
}

/// Adds the tokens of models in the hours of a day.
pub(super) fn tokens(call: &'static str, page: &[u8], day: Window, rows: &mut Vec<Row>) -> Result<(), CollectError> {
    let Inference { data } = parse(call, page)?;
    let hours = hours_of(day);
    let starts: Vec<_> = data.inference_cost_sets.iter().map(|set| set.window.start).collect();
    if starts != hours.iter().map(|hour| Some(*hour)).collect::<Vec<_>>() {
        let said = format!("the hours that came are not those of {}", day.from.date_naive());
        return Err(CollectError::Incomplete { call, said });
    }
    for (hour, set) in hours.into_iter().zip(data.inference_cost_sets) {
        for (name, cost) in set.inference_costs.unwrap_or_default() {
            let whole =
                |field: Option<&RawValue>| Ok::<_, CollectError>(number(call, &name, field)?.unwrap_or(Amount::ZERO).round(0));
            let (input_tokens, output_tokens) =
                (whole(cost.prompt_tokens.as_deref())?, whole(cost.generation_tokens.as_deref())?);
            // What was divided by the tokens, multiplied by them again: a whole number, but for the float's last digit.
            let fraction = number(call, &name, cost.cache_savings_fraction.as_deref())?.unwrap_or(Amount::ZERO);
            let cached_tokens = input_tokens.checked_mul(fraction).unwrap_or(Amount::ZERO).round(0).min(input_tokens);
            if input_tokens == Amount::ZERO && output_tokens == Amount::ZERO {
                continue;
            }
            let Properties { cluster, namespace, model_name, .. } = cost.properties;
            let model = if model_name.is_empty() { name } else { model_name };
            let workload = namespace.clone();
            rows.push(Row {
                hour,
                model,
                workload,
                cluster,
                namespace,
                input_tokens,
                cached_tokens,
                output_tokens,
                ..Row::default()
            });
        }
    }
    Ok(())
}

fn hours_of(day: Window) -> Vec<DateTime<Utc>> {
    let count = (day.to - day.from).num_hours();
    (0..count).map(|hour| day.from + TimeDelta::hours(hour)).collect()
}

/// A number by its text, digit by digit; none for null, which is how OpenCost writes what it cannot divide.
fn number(call: &'static str, name: &str, value: Option<&RawValue>) -> Result<Option<Amount>, CollectError> {
    let Some(text) = value.map(RawValue::get).filter(|text| *text != "null") else { return Ok(None) };
    let read = Amount::parse(text.as_bytes());
    read.map(|rounded| Some(rounded.amount))
        .map_err(|error| CollectError::Nonsense { call, said: format!("{name}: the number {text:?}: {error}") })
}

/// Writes rows in an order of their own: the same answer is the same file.
pub(super) fn write(mut rows: Vec<Row>, path: &Utf8Path) -> Result<(), CollectError> {
    rows.sort();
    let failed = |error: csv::Error| FileError::io(path)(std::io::Error::other(error));
    let mut file = csv::Writer::from_path(path).map_err(failed)?;
    file.write_record(COLUMNS).map_err(failed)?;
    for row in rows {
        let written = |amount: Option<Amount>| amount.map(|amount| amount.to_string()).unwrap_or_default();
        let (spend, currency) =
            row.spend.map_or_else(Default::default, |(spend, currency)| (spend.to_string(), currency.to_string()));
        let record = [
            row.hour.to_rfc3339_opts(SecondsFormat::Secs, true),
            "0".to_owned(),
            row.input_tokens.to_string(),
            row.cached_tokens.to_string(),
            row.output_tokens.to_string(),
            written(row.gpu_seconds),
            spend,
            currency,
            row.model,
            row.workload,
            "opencost".to_owned(),
            row.cluster,
            row.namespace,
            row.controller_kind,
        ];
        file.write_record(record).map_err(failed)?;
    }
    file.flush().map_err(FileError::io(path))?;
    Ok(())
}
