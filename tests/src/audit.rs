//! The record of changes: everything that is changed is in it, nothing else can be done with it, and tampering is found.

mod chained;
mod figures;
mod lineage;
mod outside;
mod tampered;

use crate::support::Home;

/// A bill of two months.
const BILL: &str = "BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ServiceName\n\
                    10.00,USD,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,2026-04-01T00:00:00Z,2026-04-02T00:00:00Z,Compute\n\
                    12.50,USD,2026-05-01T00:00:00Z,2026-06-01T00:00:00Z,2026-05-01T00:00:00Z,2026-05-02T00:00:00Z,Compute\n";

const RULES: &str = "version = 1\n\n[[units]]\nid = \"payments\"\nname = \"Payments\"\n";

/// What most organisations do in a month, and what each of it is called in the record, oldest first.
fn used(home: Home) -> (Home, Vec<&'static str>) {
    let home = home.file("bill.csv", BILL).ingest_billing("bill.csv", "acme").rules(RULES);
    home.run(&["close", "2026-04", "--reason", "month end", "--by", "ada"]).exits(0);
    home.reopen("2026-04", "a credit came");
    home.run(&["close", "2026-05", "--by", "ada"]).exits(0);
    let done = vec![
        "import.published",
        "document.published",
        "period.closed",
        "certificate.issued",
        "reopening.asked",
        "reopening.granted",
        "period.closed",
        "certificate.issued",
    ];
    (home, done)
}
