//! Faults of ingest that have no other place: what comes in another order than it happened, and releases of FOCUS side by side.
//! `tests/README.md` lists every fault with its tests.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Bill, Exact, Home, NewHome, figure, list, on_both_databases, text};

on_both_databases!(
    f12_the_price_may_come_after_the_usage_and_the_report_is_the_same,
    f13_releases_of_focus_side_by_side_in_one_folder_are_one_month,
);

/// A platform that is split by the tokens of two teams.
const RULES: &str = "version = 1\n[[units]]\nid = \"platform\"\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n\
                     [[rules]]\nid = \"cluster\"\nunit = \"platform\"\nwhen = { ServiceName = \"Cluster\" }\n\
                     [[pools]]\nid = \"by-tokens\"\nunit = \"platform\"\ndriver = \"tokens\"\n\
                     recipients = [\"claims\", \"lending\"]\nfallback = \"even\"\n\
                     [[workloads]]\nid = \"claims-model\"\nunit = \"claims\"\nwhen = { model = \"claims-8b\" }\n\
                     [[workloads]]\nid = \"lending-model\"\nunit = \"lending\"\nwhen = { model = \"lending-8b\" }\n";

fn shares(home: &Home) -> Vec<(String, Exact)> {
    let statement = home.json(&["chargeback", "--period", "2026-05"]);
    assert_eq!((text(&statement, "difference"), &statement["proven"]), ("0", &Value::Bool(true)), "{statement:#}");
    list(&statement, "units").iter().map(|unit| (text(unit, "unit").to_owned(), figure(unit, "total"))).collect()
}

fn f12_the_price_may_come_after_the_usage_and_the_report_is_the_same(new: NewHome) {
    let trace = "timestamp,input_tokens,output_tokens,model\n2026-05-04T08:00:00Z,600,100,claims-8b\n\
                 2026-05-05T08:00:00Z,200,100,lending-8b\n";
    let bill = Bill::of("2026-05").charge("", "Cluster", "10").csv();
    let home = || new().file("trace.csv", trace).file("bill.csv", &bill).rules(RULES);
    let first = home().ingest_trace("trace.csv", "gateway", &[]);
    first.run(&["chargeback", "--period", "2026-05"]).exits(1).says(&["no charges for 2026-05", "ingest billing"]);
    assert_eq!(first.value("SELECT SUM(InputTokens) FROM usage").to_string().trim_matches('"'), "800", "the usage is kept");
    let usage_first = first.ingest_billing("bill.csv", "acme");
    let price_first = home().ingest_billing("bill.csv", "acme");
    // Until there is usage, the fallback splits; then what was used does.
    let even = [("claims", "5"), ("lending", "5"), ("platform", "0")];
    let by_tokens = [("claims", "7"), ("lending", "3"), ("platform", "0")];
    let expected = |units: [(&str, &str); 3]| units.map(|(unit, total)| (unit.to_owned(), Exact::parse(total))).to_vec();
    assert_eq!(shares(&price_first), expected(even));
    let price_first = price_first.ingest_trace("trace.csv", "gateway", &[]);
    assert_eq!((shares(&usage_first), shares(&price_first)), (expected(by_tokens), expected(by_tokens)));
    usage_first.changes_nothing(&["ingest", "billing", "bill.csv", "--source", "acme"]);
    usage_first.invariants_hold();
    price_first.invariants_hold();
}

/// A column that tells each release from those before it.
const RELEASES: [(&str, &[&str]); 5] = [
    ("1.0", &[]),
    ("1.1", &["SkuMeter", "ServiceSubcategory"]),
    ("1.2", &["InvoiceId", "SubAccountType"]),
    ("1.3", &["AllocatedMethodId", "ServiceProviderName"]),
    ("1.4", &["InvoiceDetailId", "CommitmentProgramEligibilityDetails"]),
];

fn f13_releases_of_focus_side_by_side_in_one_folder_are_one_month(new: NewHome) {
    let mut home = new();
    for (at, (release, columns)) in RELEASES.into_iter().enumerate() {
        let service = format!("Service of {release}");
        let bill = Bill::of("2026-05").charge("a", &service, &format!("1{at}.25")).charge("b", &service, "-0.000000000000000001");
        let bill = bill.with(",Compute,", ",Computing,");
        let bill = columns.iter().fold(bill, |bill, column| bill.column(column, "x"));
        home = home.file(&format!("bills/{release}.csv"), bill.csv());
    }
    let report = home.import_billing("bills", "acme");
    let read_as: Vec<&str> = list(&report, "files").iter().map(|file| text(file, "format")).collect();
    assert_eq!(read_as, RELEASES.map(|(release, _)| format!("FOCUS {release}")));
    // Each file is held against the rules of its own release, under their names there.
    let rules = |file: &Value| -> BTreeSet<bool> {
        let rules = list(file, "findings").iter().map(|finding| text(finding, "rule").to_owned());
        rules.filter(|rule| rule.contains("-C-")).map(|rule| rule.starts_with("CAU-")).collect()
    };
    for (file, (release, _)) in list(&report, "files").iter().zip(RELEASES) {
        assert_eq!(rules(file), BTreeSet::from([release >= "1.3"]), "{release}: {file:#}");
    }
    assert_eq!(list(&report, "periods").len(), 1);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 10);
    assert_eq!(home.value("SELECT SUM(BilledCost) FROM focus"), "61.249999999999999995");
    assert_eq!(home.value("SELECT SUM(BilledCost) FROM focus WHERE SkuMeter = 'x'"), "11.249999999999999999");
    home.invariants_hold();
    home.changes_nothing(&["ingest", "billing", "bills", "--source", "acme"]);
}
