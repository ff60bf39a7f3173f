//! Answers of the service → FOCUS, as far as they can tell it.

use std::collections::BTreeMap;

use camino::Utf8Path;
use chrono::SecondsFormat;
use farthing_types::BillingPeriod;

use super::client::Cost;
use super::config::Key;
use crate::FileError;
use crate::source::CollectError;

/// The columns that are always written. A dimension that FOCUS has no column for gets one of its own, `x_…`.
const COLUMNS: [&str; 19] = [
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "ConsumedQuantity",
    "ProviderName",
    "PublisherName",
    "InvoiceIssuerName",
    "ServiceName",
    "SubAccountId",
    "RegionId",
    "Tags",
    "x_Estimated",
];

/// Writes the costs of a month as FOCUS in CSV, in an order of their own: the same answer is the same file.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(costs: &[Cost], period: BillingPeriod, path: &Utf8Path) -> Result<(), CollectError> {
    let mut sorted: Vec<&Cost> = costs.iter().collect();
    sorted.sort_by(|a, b| (a.window.from, a.window.to, &a.keys).cmp(&(b.window.from, b.window.to, &b.keys)));
    let mut own: Vec<String> = sorted.iter().flat_map(|cost| &cost.keys).filter_map(|(key, _)| own_column(key)).collect();
    own.sort();
    own.dedup();
    let failed = |error: csv::Error| FileError::io(path)(std::io::Error::other(error));
    let mut file = csv::Writer::from_path(path).map_err(failed)?;
    file.write_record(COLUMNS.iter().copied().chain(own.iter().map(String::as_str))).map_err(failed)?;
    for cost in sorted {
        file.write_record(row(cost, period, &own)).map_err(failed)?;
    }
    file.flush().map_err(FileError::io(path))?;
    Ok(())
}

fn row(cost: &Cost, period: BillingPeriod, own: &[String]) -> Vec<String> {
    let dimension =
        |name: &str| cost.keys.iter().find(|(key, _)| *key == Key::Dimension(name.to_owned())).map(|(_, value)| value.as_str());
    let moment = |moment: chrono::DateTime<chrono::Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let (category, class, frequency) = kind_of(dimension("RECORD_TYPE").unwrap_or("Usage"));
    let mut row = vec![
        cost.billed.to_string(),
        cost.effective.to_string(),
        cost.currency.to_string(),
        moment(period.start()),
        moment(period.end()),
        moment(cost.window.from),
        moment(cost.window.to),
        category.to_owned(),
        class.to_owned(),
        frequency.to_owned(),
        // Quantities of a group may be of several units: they add up only where the group is of one.
        dimension("USAGE_TYPE").and(cost.quantity).map(|quantity| quantity.to_string()).unwrap_or_default(),
        "AWS".to_owned(),
        "AWS".to_owned(),
        "AWS".to_owned(),
        dimension("SERVICE").unwrap_or("Amazon Web Services").to_owned(),
        dimension("LINKED_ACCOUNT").unwrap_or_default().to_owned(),
        region(dimension("REGION")),
        tags(cost),
        cost.estimated.to_string(),
    ];
    row.extend(own.iter().map(|column| {
        let value = cost.keys.iter().find(|(key, _)| own_column(key).as_deref() == Some(column));
        value.map(|(_, value)| value.clone()).unwrap_or_default()
    }));
    row
}

/// The column of a dimension that FOCUS has none for: `USAGE_TYPE` is `x_UsageType`.
fn own_column(key: &Key) -> Option<String> {
    let Key::Dimension(name) = key else { return None };
    if matches!(name.as_str(), "SERVICE" | "LINKED_ACCOUNT" | "REGION") {
        return None;
    }
    let word = |word: &str| word.chars().take(1).chain(word.chars().skip(1).map(|c| c.to_ascii_lowercase())).collect::<String>();
    Some(format!("x_{}", name.split('_').map(word).collect::<String>()))
}

/// Charges without a region come under a word of their own.
fn region(region: Option<&str>) -> String {
    region.filter(|region| !matches!(*region, "NoRegion" | "global")).unwrap_or_default().to_owned()
}

fn tags(cost: &Cost) -> String {
    let tags = cost.keys.iter().filter(|(_, value)| !value.is_empty()).filter_map(|(key, value)| match key {
        Key::Tag(name) | Key::CostCategory(name) => Some((name.as_str(), value.as_str())),
        Key::Dimension(_) => None,
    });
    let tags: BTreeMap<&str, &str> = tags.collect();
    if tags.is_empty() { String::new() } else { serde_json::to_string(&tags).unwrap_or_default() }
}

/// Charge category, class and frequency of what AWS calls a charge type.
pub(super) fn kind_of(record_type: &str) -> (&'static str, &'static str, &'static str) {
    let name: String = record_type.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match name.as_str() {
        "tax" => ("Tax", "", "Recurring"),
        "credit" => ("Credit", "", "One-Time"),
        "refund" => ("Adjustment", "Correction", "One-Time"),
        "rifee" | "recurring" | "recurringreservationfee" | "savingsplanrecurringfee" => ("Purchase", "", "Recurring"),
        "fee" | "upfront" | "upfrontreservationfee" | "savingsplanupfrontfee" | "otheroutofcyclecharges" | "onetime" => {
            ("Purchase", "", "One-Time")
        }
        "usage" | "discountedusage" | "savingsplancoveredusage" | "reservationappliedusage" => ("Usage", "", "Usage-Based"),
        name if name.contains("discount") || name.contains("negation") || name.contains("support") => {
            ("Adjustment", "", "Usage-Based")
        }
        _ => ("Usage", "", "Usage-Based"),
    }
}
