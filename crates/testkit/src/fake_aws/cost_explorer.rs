//! The Cost Explorer: groups line items by day and keys, a page at a time.

use std::collections::BTreeMap;

use farthing_types::Amount;
use serde_json::{Value, json};

use super::{State, sts};
use crate::http::{Reply, Request};

/// A line of a bill.
#[derive(Clone, Debug)]
pub struct LineItem {
    /// The hour: `2026-10-01T05:00:00Z`.
    pub hour: String,
    /// Dimensions by AWS's names for them, tags as `tag:KEY`, cost categories as `cost-category:NAME`.
    pub keys: BTreeMap<String, String>,
    /// What it is on the invoice.
    pub unblended: Amount,
    /// With what was paid ahead spread over its use.
    pub amortized: Amount,
}

pub(super) fn error(code: &str) -> Reply {
    let body = json!({"__type": code, "message": format!("the fake says {code}")});
    Reply::json(400, &body).with("x-amzn-errortype", code)
}

/// `GetCostAndUsage`.
pub(super) fn cost_and_usage(state: &State, request: &Request) -> Reply {
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else { return error("SerializationException") };
    let granularity = asked["Granularity"].as_str().unwrap_or_default();
    let hourly = granularity == "HOURLY";
    let (start, end) =
        (asked["TimePeriod"]["Start"].as_str().unwrap_or_default(), asked["TimePeriod"]["End"].as_str().unwrap_or_default());
    let groups_by: Vec<(String, String)> = asked["GroupBy"]
        .as_array()
        .map(|groups| groups.iter().map(|group| (text(&group["Type"]), text(&group["Key"]))).collect())
        .unwrap_or_default();
    if start >= end || groups_by.len() > 2 || !matches!(granularity, "DAILY" | "HOURLY") || (hourly && !start.ends_with('Z')) {
        return error("ValidationException");
    }
    let account = sts::account(state, request);
    let mut sums: BTreeMap<(String, Vec<String>), (Amount, Amount)> = BTreeMap::new();
    for item in state.scenario.line_items.iter().filter(|item| is_meant(item, &asked, account.as_deref())) {
        let span = if hourly { item.hour.clone() } else { item.hour[..10].to_owned() };
        if span.as_str() < start || span.as_str() >= end {
            continue;
        }
        let keys = groups_by.iter().map(|(kind, key)| value(item, kind, key)).collect();
        let (unblended, amortized) = sums.entry((span, keys)).or_default();
        *unblended = unblended.checked_add(item.unblended).expect("a bill's sums fit");
        *amortized = amortized.checked_add(item.amortized).expect("a bill's sums fit");
    }
    let first = match asked["NextPageToken"].as_str() {
        None => 0,
        Some(token) => match token.strip_prefix("page-").and_then(|at| at.parse::<usize>().ok()) {
            Some(at) => at,
            None => return error("InvalidNextTokenException"),
        },
    };
    let all: Vec<_> = sums.into_iter().collect();
    let last = (first + state.scenario.groups_a_page).min(all.len());
    let mut answer = json!({"ResultsByTime": results(&all[first.min(last)..last], state, hourly, groups_by.is_empty())});
    if last < all.len() {
        let next = if state.scenario.circular_pages { 0 } else { last };
        answer["NextPageToken"] = json!(format!("page-{next}"));
    }
    Reply::json(200, &answer)
}

/// A span and the keys of a group, with its unblended and amortized cost.
type Sum = ((String, Vec<String>), (Amount, Amount));

fn results(sums: &[Sum], state: &State, hourly: bool, total: bool) -> Vec<Value> {
    let mut results: Vec<Value> = Vec::new();
    for ((span, keys), (unblended, amortized)) in sums {
        let metrics = json!({
            "UnblendedCost": {"Amount": unblended.to_string(), "Unit": "USD"},
            "AmortizedCost": {"Amount": amortized.to_string(), "Unit": "USD"},
            "UsageQuantity": {"Amount": "1", "Unit": "N/A"},
        });
        if results.last().is_none_or(|result| result["TimePeriod"]["Start"] != json!(span)) {
            let estimated = state.scenario.estimated_from.as_deref().is_some_and(|from| &span[..10] >= from);
            let period = json!({"Start": span, "End": end_of(span, hourly)});
            results.push(json!({"TimePeriod": period, "Estimated": estimated, "Groups": [], "Total": {}}));
        }
        let result = results.last_mut().expect("one was just added");
        match total {
            true => result["Total"] = metrics,
            false => result["Groups"].as_array_mut().expect("it is a list").push(json!({"Keys": keys, "Metrics": metrics})),
        }
    }
    results
}

/// The day or hour after.
pub(super) fn end_of(span: &str, hourly: bool) -> String {
    if hourly {
        let hour: u32 = span[11..13].parse().expect("an hour is a number");
        return match hour {
            23 => format!("{}T00:00:00Z", end_of(&span[..10], false)),
            _ => format!("{}T{:02}:00:00Z", &span[..10], hour + 1),
        };
    }
    let number = |part: &str| part.parse::<u32>().expect("a date is made of numbers");
    let (year, month, day) = (number(&span[..4]), number(&span[5..7]), number(&span[8..10]));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
    match (day < days, month < 12) {
        (true, _) => format!("{year:04}-{month:02}-{:02}", day + 1),
        (false, true) => format!("{year:04}-{:02}-01", month + 1),
        (false, false) => format!("{:04}-01-01", year + 1),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What a group's key says of a line item: tags and cost categories come as `key$value`.
fn value(item: &LineItem, kind: &str, key: &str) -> String {
    let of = |name: &str| item.keys.get(name).cloned().unwrap_or_default();
    match kind {
        "TAG" => format!("{key}${}", of(&format!("tag:{key}"))),
        "COST_CATEGORY" => format!("{key}${}", of(&format!("cost-category:{key}"))),
        _ => match of(key) {
            empty if empty.is_empty() => format!("No{}", key.to_ascii_lowercase()),
            value => value,
        },
    }
}

/// True where the filter and the account let a line item through.
fn is_meant(item: &LineItem, asked: &Value, account: Option<&str>) -> bool {
    let of_account = account.is_none_or(|account| item.keys.get("LINKED_ACCOUNT").is_some_and(|id| id == account));
    let dimensions = &asked["Filter"]["Dimensions"];
    let (key, values) = (dimensions["Key"].as_str(), dimensions["Values"].as_array());
    let (Some(key), Some(values)) = (key, values) else { return of_account };
    of_account && values.iter().any(|wanted| wanted.as_str() == Some(&value(item, "DIMENSION", key)))
}

/// `GetDimensionValues`.
pub(super) fn dimension_values(state: &State, request: &Request) -> Reply {
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else { return error("SerializationException") };
    let dimension = asked["Dimension"].as_str().unwrap_or_default();
    let mut values: Vec<String> = state.scenario.line_items.iter().map(|item| value(item, "DIMENSION", dimension)).collect();
    values.sort();
    values.dedup();
    let listed: Vec<Value> = values.iter().map(|value| json!({"Value": value, "Attributes": {}})).collect();
    Reply::json(200, &json!({"DimensionValues": listed, "ReturnSize": values.len(), "TotalSize": values.len()}))
}
