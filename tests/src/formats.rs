//! Bills in every shape: packings, providers' own columns, mappings of one's own, manifests.

mod manifests;
mod mappings;
mod providers;

use serde_json::Value;

use crate::support::{Home, figure, list, text};

/// The format of the one file of an import, its rows and its billed sum.
fn summary(report: &Value) -> (String, u64, String) {
    let periods = list(report, "periods");
    assert_eq!(periods.len(), 1, "{report:#}");
    let totals = list(&periods[0], "totals");
    assert_eq!(totals.len(), 1, "{report:#}");
    let format = text(&list(report, "files")[0], "format").to_owned();
    (format, report["rows"].as_u64().expect("a count"), figure(&totals[0], "billed").to_string())
}

/// Each value of a column with how many charges have it, as `value count`.
fn counts(home: &Home, column: &str) -> Vec<String> {
    let query = format!("SELECT {column} AS Value, COUNT(*) AS Charges FROM focus GROUP BY {column} ORDER BY {column}");
    let rows = home.json(&["sql", &query]);
    let line = |row: &Value| format!("{} {}", row["Value"].as_str().unwrap_or("none"), row["Charges"]);
    rows.as_array().expect("rows").iter().map(line).collect()
}

/// How many charges break a rule that FOCUS has for every charge.
fn offences(home: &Home) -> Vec<String> {
    let rules = [
        (
            "a charge category",
            "ChargeCategory NOT IN ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment') OR ChargeCategory IS NULL",
        ),
        ("a charge class", "ChargeClass <> 'Correction'"),
        ("a frequency", "ChargeFrequency NOT IN ('One-Time', 'Recurring', 'Usage-Based') OR ChargeFrequency IS NULL"),
        (
            "a pricing category",
            "ChargeCategory IN ('Usage', 'Purchase') AND (PricingCategory IS NULL OR PricingCategory NOT IN ('Standard', 'Dynamic', 'Committed', 'Other'))",
        ),
        ("no pricing category of tax", "ChargeCategory = 'Tax' AND PricingCategory IS NOT NULL"),
        ("names", "ServiceName IS NULL OR InvoiceIssuerName IS NULL OR BillingAccountId IS NULL OR ServiceProviderName IS NULL"),
        (
            "a service category",
            "ServiceCategory IS NULL OR ServiceCategory NOT IN ('AI and Machine Learning', 'Analytics', 'Business Applications', 'Compute', 'Databases', 'Developer Tools', 'End User Computing', 'Identity', 'Integration', 'Internet of Things', 'Management and Governance', 'Media', 'Migration', 'Mobile', 'Multicloud', 'Networking', 'Security', 'Storage', 'Web', 'Other')",
        ),
        (
            "periods",
            "BillingPeriodEnd IS NULL OR ChargePeriodStart IS NULL OR ChargePeriodEnd IS NULL OR ChargePeriodStart >= ChargePeriodEnd OR BillingPeriodStart >= BillingPeriodEnd",
        ),
        ("all costs", "BilledCost IS NULL OR EffectiveCost IS NULL OR ListCost IS NULL OR ContractedCost IS NULL"),
        ("a unit with a quantity", "ConsumedQuantity IS NOT NULL AND ConsumedUnit IS NULL"),
        ("consumption of usage only", "ChargeCategory <> 'Usage' AND ConsumedQuantity IS NOT NULL"),
    ];
    let broken = |(name, condition): (&str, &str)| {
        let count = home.value(&format!("SELECT COUNT(*) FROM focus WHERE {condition}"));
        (count != 0).then(|| format!("{name}: {count}"))
    };
    rules.into_iter().filter_map(broken).collect()
}
