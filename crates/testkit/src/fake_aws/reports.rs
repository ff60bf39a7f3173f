//! What the Cost Explorer says beside costs: commitments, anomalies, a forecast.

use farthing_types::Amount;
use serde_json::{Value, json};

use super::State;
use super::cost_explorer::{end_of, error};
use crate::http::{Reply, Request};

/// How commitments were used on a day, and what they covered.
#[derive(Clone, Debug)]
pub struct CommitmentFigures {
    /// `2026-10-01`.
    pub day: String,
    /// What was committed to, and what of it was used.
    pub committed: Amount,
    /// See `committed`.
    pub used: Amount,
    /// What was saved against prices on demand.
    pub net_savings: Amount,
    /// What was covered, and what was paid on demand.
    pub covered: Amount,
    /// See `covered`.
    pub on_demand: Amount,
}

/// Costs that are taken for unusual.
#[derive(Clone, Debug)]
pub struct UnusualCosts {
    /// Its id.
    pub id: String,
    /// The first and the last day.
    pub days: (String, String),
    /// The service, and the account by its name.
    pub service: String,
    /// See `service`.
    pub account: String,
    /// What was spent, and what was expected, in dollars.
    pub actual: f64,
    /// See `actual`.
    pub expected: f64,
}

fn days(asked: &Value) -> (String, String) {
    let day = |name: &str| asked["TimePeriod"][name].as_str().unwrap_or_default().to_owned();
    (day("Start"), day("End"))
}

/// The items of a page, and the token of the next.
fn page<T>(state: &State, token: &Value, all: &[T], each: impl Fn(&T) -> Value) -> Result<(Vec<Value>, Option<String>), Reply> {
    let first = match token.as_str() {
        None => 0,
        Some(token) => {
            token.strip_prefix("page-").and_then(|at| at.parse().ok()).ok_or_else(|| error("InvalidNextTokenException"))?
        }
    };
    let last = (first + state.scenario.groups_a_page).min(all.len());
    let next = (last < all.len()).then(|| format!("page-{}", if state.scenario.circular_pages { 0 } else { last }));
    Ok((all[first.min(last)..last].iter().map(each).collect(), next))
}

/// `GetSavingsPlansUtilization`, `GetSavingsPlansCoverage`, `GetReservationUtilization` and `GetReservationCoverage`.
pub(super) fn commitments(state: &State, request: &Request, operation: &str) -> Reply {
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else { return error("SerializationException") };
    let plans = operation.contains("SavingsPlans");
    let all = if plans { &state.scenario.savings_plans } else { &state.scenario.reservations };
    let (start, end) = days(&asked);
    if start >= end || asked["Granularity"] != "DAILY" {
        return error("ValidationException");
    }
    let meant: Vec<&CommitmentFigures> = all.iter().filter(|one| one.day >= start && one.day < end).collect();
    if meant.is_empty() {
        return error("DataUnavailableException");
    }
    let span = |one: &&CommitmentFigures| json!({"Start": one.day, "End": end_of(&one.day, false)});
    let text = |amount: Amount| json!(amount.to_string());
    let sum = |a: Amount, b: Amount| text(a.checked_add(b).expect("a bill's sums fit"));
    let unused = |one: &CommitmentFigures| {
        let given = one.committed.checked_add(-one.used).expect("a bill's sums fit");
        text(if state.scenario.lost_figures { Amount::ZERO } else { given })
    };
    let of_day = |one: &&CommitmentFigures| match operation {
        "GetSavingsPlansUtilization" => json!({
            "TimePeriod": span(one),
            "Utilization": {"TotalCommitment": text(one.committed), "UsedCommitment": text(one.used), "UnusedCommitment": unused(one)},
            "Savings": {"NetSavings": text(one.net_savings)},
        }),
        "GetSavingsPlansCoverage" => json!({
            "TimePeriod": span(one),
            "Coverage": {
                "SpendCoveredBySavingsPlans": text(one.covered),
                "OnDemandCost": text(one.on_demand),
                "TotalCost": sum(one.covered, one.on_demand),
            },
        }),
        "GetReservationUtilization" => json!({
            "TimePeriod": span(one),
            "Total": {
                "PurchasedHours": text(one.committed),
                "TotalActualHours": text(one.used),
                "UnusedHours": unused(one),
                "NetRISavings": text(one.net_savings),
            },
        }),
        _ => json!({
            "TimePeriod": span(one),
            "Total": {"CoverageHours": {
                "ReservedHours": text(one.covered),
                "OnDemandHours": text(one.on_demand),
                "TotalRunningHours": sum(one.covered, one.on_demand),
            }},
        }),
    };
    // The first of them has no pages.
    let (list, token) = match operation {
        "GetSavingsPlansUtilization" => {
            let all: Vec<Value> = meant.iter().map(of_day).collect();
            return Reply::json(200, &json!({"SavingsPlansUtilizationsByTime": all, "Total": {"Utilization": {}}}));
        }
        "GetSavingsPlansCoverage" => ("SavingsPlansCoverages", "NextToken"),
        "GetReservationUtilization" => ("UtilizationsByTime", "NextPageToken"),
        _ => ("CoveragesByTime", "NextPageToken"),
    };
    match page(state, &asked[token], &meant, of_day) {
        Ok((shown, next)) => Reply::json(200, &json!({list: shown, token: next})),
        Err(reply) => reply,
    }
}

/// `GetAnomalies`.
pub(super) fn anomalies(state: &State, request: &Request) -> Reply {
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else { return error("SerializationException") };
    let day = |name: &str| asked["DateInterval"][name].as_str().unwrap_or_default();
    let (start, end) = (day("StartDate"), day("EndDate"));
    let meant: Vec<&UnusualCosts> =
        state.scenario.anomalies.iter().filter(|one| one.days.1.as_str() >= start && one.days.1.as_str() <= end).collect();
    let each = |one: &&UnusualCosts| {
        json!({
            "AnomalyId": one.id,
            "AnomalyStartDate": format!("{}T00:00:00Z", one.days.0),
            "AnomalyEndDate": format!("{}T00:00:00Z", one.days.1),
            "DimensionValue": one.service,
            "RootCauses": [{"Service": one.service, "Region": "us-east-1", "LinkedAccountName": one.account}],
            "AnomalyScore": {"MaxScore": 0.9, "CurrentScore": 0.5},
            "Impact": {
                "MaxImpact": one.actual - one.expected,
                "TotalImpact": one.actual - one.expected,
                "TotalActualSpend": one.actual,
                "TotalExpectedSpend": one.expected,
            },
            "MonitorArn": "arn:aws:ce::111122223333:anomalymonitor/services",
        })
    };
    match page(state, &asked["NextPageToken"], &meant, each) {
        Ok((shown, next)) => Reply::json(200, &json!({"Anomalies": shown, "NextPageToken": next})),
        Err(reply) => reply,
    }
}

/// `GetCostForecast` of the rest of a month: the same every day, with an interval of a tenth.
pub(super) fn forecast(state: &State, request: &Request) -> Reply {
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else { return error("SerializationException") };
    let (start, end) = days(&asked);
    let level = asked["PredictionIntervalLevel"].as_u64().unwrap_or_default();
    let one_month = asked["Granularity"] == "MONTHLY" && asked["Metric"] == "UNBLENDED_COST";
    if start >= end || !(51..=99).contains(&level) || !one_month {
        return error("ValidationException");
    }
    let Some(a_day) = state.scenario.expected_a_day else { return error("DataUnavailableException") };
    let (mut day, mut mean) = (start.clone(), Amount::ZERO);
    while day < end {
        mean = mean.checked_add(a_day).expect("a forecast's sums fit");
        day = end_of(&day, false);
    }
    let tenth = Amount::from_atto(mean.atto() / 10).expect("a tenth of an amount is one");
    let month = json!({
        "TimePeriod": {"Start": start, "End": end},
        "MeanValue": mean.to_string(),
        "PredictionIntervalLowerBound": mean.checked_add(-tenth).expect("it fits").to_string(),
        "PredictionIntervalUpperBound": mean.checked_add(tenth).expect("it fits").to_string(),
    });
    Reply::json(200, &json!({"Total": {"Amount": mean.to_string(), "Unit": "USD"}, "ForecastResultsByTime": [month]}))
}
