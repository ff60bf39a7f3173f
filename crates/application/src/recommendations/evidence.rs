//! What speaks for a plan, in words for those who decide: what is proven of it, what its replay found, and what binds.

use serde_json::Value;

use super::standing::Opened;

/// How many hours are named.
const HOURS: usize = 5;

/// What is proven and what was replayed.
pub(super) fn of(opened: &Opened) -> Vec<String> {
    let plan = &opened.content;
    let mut said = Vec::new();
    match plan["gap"].as_f64() {
        Some(gap) => {
            said.push(format!("Solved to {}, within {:.2} % of the best there can be.", opened.plan.status, gap * 100.0))
        }
        None => said.push(format!("Solved to {}; how far it is from the best is not bounded.", opened.plan.status)),
    }
    said.push(replayed(&plan["replay"]));
    let bound = |name: &str| plan[name]["amount"].as_str();
    if let (Some(low), Some(high)) = (bound("saved_low"), bound("saved_high")) {
        let of = plan["interval"].as_str().filter(|of| !of.is_empty()).map_or(String::new(), |of| format!(" ({of})"));
        said.push(format!("Saves between {low} and {high}{of}."));
    }
    said
}

fn replayed(replay: &Value) -> String {
    match replay["keeps_promises"].as_bool() {
        None => "Not simulated: nothing of this kind is replayed.".to_owned(),
        Some(true) => {
            format!("Replayed request by request with the seed {}: every promise is kept in every hour.", replay["seed"])
        }
        Some(false) => {
            let missed = replay["workloads"].as_array().into_iter().flatten().filter(|workload| workload["missed_hours"] != 0);
            let missed = missed.map(|workload| {
                let name = workload["workload"].as_str().unwrap_or_default();
                format!("{name} in {} hours", workload["missed_hours"])
            });
            format!(
                "Replayed with the seed {}: a promise is missed by {}.",
                replay["seed"],
                missed.collect::<Vec<_>>().join(", ")
            )
        }
    }
}

/// The limits that keep it from costing less, where it was asked for them.
pub(super) fn binding(plan: &Value) -> Vec<String> {
    let binding = &plan["plan"]["explanation"]["binding"];
    let list = |name: &str| binding[name].as_array().cloned().unwrap_or_default();
    let price = |of: &Value| of["price"].as_f64().unwrap_or_default();
    let quotas = list("quotas").into_iter().map(|quota| {
        let name = quota["type"].as_str().unwrap_or_default();
        format!("The quota of {name} binds in {} hours: one more instance would save {:.2}.", quota["hours"], price(&quota))
    });
    let hours = list("hours").into_iter().take(HOURS);
    let hours = hours.map(|hour| format!("Demand in hour {}: one per cent more would cost {:.2}.", hour["hour"], price(&hour)));
    quotas.chain(hours).collect()
}
