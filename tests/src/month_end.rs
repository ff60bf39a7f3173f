//! Month end: from a figure to its charges, what rules cover, the books, the invoices.

mod accruals;
mod certificates;
mod closing;
mod explanations;
mod journals;
mod reconciliations;
mod variances;

use crate::support::{Bill, Home};

/// Claims stands below insurance; the platform's money is shared by cost; some charges have no owner; two currencies.
const RULES: &str = r#"version = 1

[[units]]
id = "insurance"
name = "Insurance"
cost_center = "4700"

[[units]]
id = "claims"
name = "Claims triage"
parent = "insurance"

[[units]]
id = "lending"
name = "=Lending"
cost_center = "4800"

[[units]]
id = "platform"
name = "Platform"

[[rules]]
id = "by-team"
unit_from_tag = "team"

[[rules]]
id = "nothing-yet"
unit = "lending"
when = { SubAccountId = "none" }

[[pools]]
id = "platform-by-cost"
unit = "platform"
driver = "direct_cost"
"#;

fn bill() -> Bill {
    Bill::of("2026-05")
        .charge("claims", "Virtual Machines", "1210.255")
        .charge("claims", "Virtual Machines", "100")
        .charge("claims", "Queues", "0.333333333333333333")
        .charge("insurance", "Queues", "7")
        .charge("lending", "Object Storage", "304.5")
        .charge("platform", "Queues", "90.005")
        .charge("claims", "Virtual Machines", "-12.5")
        .charge("", "Virtual Machines", "33.333333333333333333")
        .charge_in("EUR", "lending", "Virtual Machines", "7.125")
}

fn home() -> Home {
    Home::new().file("may.csv", bill().csv()).rules(RULES).ingest_billing("may.csv", "acme")
}
