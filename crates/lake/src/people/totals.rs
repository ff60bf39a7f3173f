//! What deleted rows added up to: enough to tell what there was, and nobody in it.

use std::collections::{BTreeMap, BTreeSet};

use farthing_event_logs::Event;
use farthing_types::{Amount, Quantity};
use farthing_usage::UsageHour;
use farthing_usage::decision::Decision;
use serde_json::{Value, json};

/// A sum that does not fit is told as none, and never as another one.
fn sum(amounts: impl Iterator<Item = Option<Amount>>) -> Option<String> {
    amounts.flatten().try_fold(Amount::ZERO, |sum, amount| sum.checked_add(amount)).map(|sum| sum.to_string())
}

fn seconds(quantities: impl Iterator<Item = Option<Quantity>>) -> Option<String> {
    sum(quantities.map(|quantity| quantity.map(|quantity| quantity.0)))
}

fn count(counts: impl Iterator<Item = u64>) -> String {
    counts.fold(0_u64, u64::saturating_add).to_string()
}

/// Money by currency.
fn money<'a>(amounts: impl Iterator<Item = (Option<&'a str>, Option<Amount>)>) -> Value {
    let mut sums: BTreeMap<&str, Vec<Option<Amount>>> = BTreeMap::new();
    for (currency, amount) in amounts.filter(|(_, amount)| amount.is_some()) {
        sums.entry(currency.unwrap_or_default()).or_default().push(amount);
    }
    sums.into_iter()
        .map(|(currency, amounts)| (currency.to_owned(), json!(sum(amounts.into_iter()))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub(super) fn of_decisions(rows: &[&Decision]) -> Value {
    let mut groups: BTreeMap<(String, String, &str, &str), u64> = BTreeMap::new();
    for row in rows {
        let unit = row.unit.as_ref().map(ToString::to_string).unwrap_or_default();
        *groups.entry((row.workflow.to_string(), unit, row.actor.as_str(), row.outcome.as_str())).or_default() += 1;
    }
    let group = |((workflow, unit, actor, outcome), decisions): ((String, String, &str, &str), u64)| json!({"workflow": workflow, "unit": unit, "actor": actor, "outcome": outcome, "decisions": decisions.to_string()});
    json!({
        "decisions": rows.len().to_string(),
        "handling_seconds": seconds(rows.iter().map(|row| row.handling_seconds)),
        "review_seconds": seconds(rows.iter().map(|row| row.review_seconds)),
        "error_cost": money(rows.iter().map(|row| {
            let cost = row.error_cost.as_ref();
            (cost.map(|cost| cost.currency.as_str()), cost.map(|cost| cost.amount))
        })),
        "groups": groups.into_iter().map(group).collect::<Vec<_>>(),
    })
}

pub(super) fn of_usage(rows: &[&UsageHour]) -> Value {
    json!({
        "hours": rows.len().to_string(),
        "requests": count(rows.iter().map(|row| row.counts.requests)),
        "input_tokens": count(rows.iter().map(|row| row.counts.input_tokens)),
        "cached_input_tokens": count(rows.iter().map(|row| row.counts.cached_input_tokens)),
        "output_tokens": count(rows.iter().map(|row| row.counts.output_tokens)),
        "compute_seconds": seconds(rows.iter().map(|row| row.counts.compute_seconds)),
        "spend": money(rows.iter().map(|row| {
            (row.dimensions.currency.as_ref().map(|currency| currency.as_str()), row.counts.spend)
        })),
    })
}

pub(super) fn of_events(rows: &[&Event]) -> Value {
    let cases: BTreeSet<&str> = rows.iter().map(|row| &*row.case).collect();
    let mut activities: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        *activities.entry(&row.activity).or_default() += 1;
    }
    let activities: Vec<Value> =
        activities.into_iter().map(|(activity, events)| json!({"activity": activity, "events": events.to_string()})).collect();
    json!({"events": rows.len().to_string(), "cases": cases.len().to_string(), "activities": activities})
}
