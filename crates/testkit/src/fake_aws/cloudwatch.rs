//! CloudWatch: searches metrics, aggregates their samples by period and statistic, and gives them out in pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::State;
use super::cbor;
use crate::http::{Reply, Request};

/// One metric of one exact set of dimensions.
#[derive(Clone, Debug)]
pub struct Metric {
    /// `AWS/Bedrock`.
    pub namespace: String,
    /// `InputTokenCount`.
    pub name: String,
    /// Names and values.
    pub dimensions: Vec<(String, String)>,
    /// Samples: seconds since 1970, and the value.
    pub samples: Vec<(i64, f64)>,
}

/// What a query asks for.
struct Asked {
    id: String,
    label: Option<String>,
    namespace: String,
    dimensions: Vec<String>,
    name: String,
    statistic: String,
    period: i64,
}

fn error(code: &str, message: &str) -> Reply {
    Reply::json(400, &json!({"__type": code, "message": message}))
}

/// The text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(found, _)| found)
}

fn asked(query: &Value) -> Option<Asked> {
    let expression = query["Expression"].as_str()?;
    let mut schema = between(expression, "{", "}")?.split(',').map(|part| part.trim().trim_matches('"').to_owned());
    let arguments: Vec<&str> = expression.rsplitn(3, ',').collect();
    let period = arguments[0].trim().trim_end_matches(')').parse().ok()?;
    Some(Asked {
        id: query["Id"].as_str()?.to_owned(),
        label: query["Label"].as_str().map(str::to_owned),
        namespace: schema.next()?,
        dimensions: schema.collect(),
        name: between(expression, "MetricName=\"", "\"")?.to_owned(),
        statistic: arguments[1].trim().trim_matches('\'').to_owned(),
        period,
    })
}

/// A query's id, a label, and its points: seconds since 1970 and values.
type Series = (String, String, Vec<(i64, f64)>);

/// The series of one question, kept for its further pages.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    question: String,
    series: Arc<Vec<Series>>,
}

/// `GetMetricData`.
pub(super) fn metric_data(state: &mut State, request: &Request) -> Reply {
    let Some(body) = cbor::decode(&request.body) else { return error("SerializationException", "no CBOR") };
    let seconds = |name: &str| body[name]["$moment"].as_f64().map_or(0, |seconds| seconds as i64);
    let (start, end) = (seconds("StartTime"), seconds("EndTime"));
    let queries: Vec<Option<Asked>> =
        body["MetricDataQueries"].as_array().map(|list| list.iter().map(asked).collect()).unwrap_or_default();
    if start >= end || queries.is_empty() || queries.len() > 500 || queries.iter().any(Option::is_none) {
        return error("ValidationError", "the queries or the times are wrong");
    }
    // A change of the scenario forgets it.
    let question = format!("{start} {end} {}", body["MetricDataQueries"]);
    if state.answered.question != question {
        let series = Arc::new(found(state, queries, start, end));
        state.answered = Answered { question, series };
    }
    page(state, &body, &state.answered.series)
}

/// All series that the queries find, with their points.
fn found(state: &State, queries: Vec<Option<Asked>>, start: i64, end: i64) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for query in queries.into_iter().flatten() {
        // What is old is kept at coarse periods only.
        let age = state.scenario.now - start;
        let finest = if age > 63 * 86_400 {
            3_600
        } else if age > 15 * 86_400 {
            300
        } else {
            60
        };
        let found = state.scenario.metrics.iter().filter(|metric| {
            let names: Vec<&str> = metric.dimensions.iter().map(|(name, _)| name.as_str()).collect();
            metric.namespace == query.namespace && metric.name == query.name && names == query.dimensions
        });
        for metric in found.filter(|_| query.period >= finest) {
            let points = aggregated(metric, &query, start.max(state.scenario.now - 455 * 86_400), end);
            series.push((query.id.clone(), label(&query, metric), points));
        }
    }
    series
}

/// The label, with the values of dimensions put in.
fn label(query: &Asked, metric: &Metric) -> String {
    let mut label = query.label.clone().unwrap_or_else(|| metric.name.clone());
    for (name, value) in &metric.dimensions {
        label = label.replace(&format!("${{PROP('Dim.{name}')}}"), value);
    }
    label
}

fn aggregated(metric: &Metric, query: &Asked, start: i64, end: i64) -> Vec<(i64, f64)> {
    let mut periods: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, value) in metric.samples.iter().filter(|(at, _)| (start..end).contains(at)) {
        periods.entry(at - at.rem_euclid(query.period)).or_default().push(*value);
    }
    periods.into_iter().map(|(at, values)| (at, statistic(&query.statistic, values))).collect()
}

fn statistic(name: &str, mut values: Vec<f64>) -> f64 {
    let sum: f64 = values.iter().sum();
    match name {
        "Sum" => sum,
        "SampleCount" => values.len() as f64,
        "Average" => sum / values.len() as f64,
        "Maximum" => values.into_iter().fold(f64::MIN, f64::max),
        "Minimum" => values.into_iter().fold(f64::MAX, f64::min),
        percentile => {
            let rank: f64 = percentile.trim_start_matches('p').parse().unwrap_or(50.0);
            values.sort_by(f64::total_cmp);
            let at = (rank / 100.0 * values.len() as f64).ceil().max(1.0) as usize;
            values[at.min(values.len()) - 1]
        }
    }
}

/// As many points as a page holds; a series that goes on after it is partial.
fn page(state: &State, body: &Value, series: &[Series]) -> Reply {
    let first = match body["NextToken"].as_str() {
        None => 0,
        Some(token) => match token.strip_prefix("point-").and_then(|at| at.parse::<usize>().ok()) {
            Some(at) => at,
            None => return error("InvalidNextToken", "this token was not given out"),
        },
    };
    let most = state.scenario.points_a_page;
    let (mut results, mut at, last) = (Vec::new(), 0, first + most);
    for (id, label, points) in series {
        let (from, to) = (first.max(at), last.min(at + points.len()));
        if from < to || (points.is_empty() && first == 0) {
            let shown = if from < to { &points[from - at..to - at] } else { &points[..0] };
            let ends = to >= at + points.len();
            let partial = !ends || state.scenario.partial_data;
            results.push(json!({
                "Id": id,
                "Label": label,
                "StatusCode": if partial { "PartialData" } else { "Complete" },
                "Timestamps": shown.iter().map(|(at, _)| json!({"$moment": at})).collect::<Vec<_>>(),
                "Values": shown.iter().map(|(_, value)| json!(value)).collect::<Vec<_>>(),
            }));
        }
        at += points.len();
    }
    let mut answer = json!({"MetricDataResults": results, "Messages": []});
    if last < at {
        let next = if state.scenario.circular_pages { first } else { last };
        answer["NextToken"] = json!(format!("point-{next}"));
    }
    Reply::json(200, &answer)
}
