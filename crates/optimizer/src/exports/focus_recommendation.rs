use chrono::{DateTime, SecondsFormat, Utc};
use farthing_types::{Amount, Money};
use serde_json::json;

use super::ExportError;
use crate::document::PlanDocument;

/// The columns of the dataset that are mandatory or that a plan can fill, as the draft of FOCUS 1.5 of November 2026 has them.
const COLUMNS: [&str; 21] = [
    "BillingAccountId",
    "BillingAccountName",
    "Currency",
    "EstimatedMonthlyCostImpact",
    "ImplementationEffort",
    "ImplementationRisk",
    "RecommendationCategory",
    "RecommendationCreated",
    "RecommendationDescription",
    "RecommendationDetails",
    "RecommendationId",
    "RecommendationLastUpdated",
    "RecommendationProviderName",
    "RecommendationStatus",
    "RecommendationSubcategory",
    "ResourceId",
    "ResourceName",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
];

/// What a row says.
pub(super) struct Row {
    /// What is saved, for its currency.
    pub saved: Money,
    /// The change of a month's cost: negative for a saving.
    pub impact: Amount,
    /// Of a recommendation that saves.
    pub subcategory: &'static str,
    pub description: String,
    pub details: String,
    pub id: String,
}

/// One row for the plan: its parts save only together, so a saving for each would count twice.
pub(super) fn csv(plan: &PlanDocument, now: DateTime<Utc>) -> Result<String, ExportError> {
    let saved = plan.saved.ok_or(ExportError::NoMoney("FOCUS recommendations"))?;
    let impact = monthly(saved, plan.hours).ok_or(ExportError::NoMoney("FOCUS recommendations"))?;
    let count = plan.workloads.len();
    let description = format!("Run {count} workloads on the planned instance types and replicas, hour by hour of the week");
    let id = plan.id.clone().or_else(|| plan.input_hash.clone()).unwrap_or_else(|| "fleet-plan".to_owned());
    Ok(csv_of(&Row { saved, impact, subcategory: "Scaling", description, details: details(plan), id }, now))
}

/// The dataset with this row.
pub(super) fn csv_of(row: &Row, now: DateTime<Utc>) -> String {
    // A plan that costs more keeps promises that are broken today.
    let (category, subcategory) =
        if row.impact.is_negative() { ("Cost", row.subcategory) } else { ("Performance", "Other (Performance)") };
    let moment = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    let values = [
        "",
        "",
        row.saved.currency.as_str(),
        &row.impact.to_string(),
        "Medium",
        "Low",
        category,
        &moment,
        &row.description,
        &row.details,
        &row.id,
        &moment,
        "Farthing",
        "Open",
        subcategory,
        "",
        "",
        "AI and Machine Learning",
        "",
        "Farthing",
        "",
    ];
    let line = |cells: &[&str]| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\n";
    line(&COLUMNS) + &line(&values)
}

/// The change of a month's cost: a month is 365.25 ÷ 12 days.
fn monthly(saved: Money, hours: usize) -> Option<Amount> {
    let (month, hours) = (Amount::parse(b"730.5").ok()?.amount, Amount::from_int(i64::try_from(hours).ok()?));
    Amount::from_atto(-saved.amount.mul_div(month, hours)?.atto())
}

fn details(plan: &PlanDocument) -> String {
    let workloads = plan.workloads.iter().map(|workload| {
        let types = workload.types.iter().map(|kind| json!({"type": kind.type_id, "fewest": kind.fewest(), "most": kind.most()}));
        json!({"workload": workload.id, "today": workload.today, "planned": types.collect::<Vec<_>>()})
    });
    let commitments = plan.commit.iter().filter(|(_, count)| **count > 0);
    json!({
        "workloads": workloads.collect::<Vec<_>>(),
        "commitments": commitments.collect::<std::collections::BTreeMap<_, _>>(),
        "hours": plan.hours,
        "status": plan.status,
    })
    .to_string()
}

/// A cell of CSV (RFC 4180); nothing in quotes for a null.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
