use serde_json::json;

use super::RULES;
use crate::real_data::shared;
use crate::support::{Bill, Exact, Home, Server, figure, list, text};

/// Two invoices and a charge that is on none yet.
fn home() -> Home {
    let bill = Bill::of("2026-05")
        .charge("claims", "Virtual Machines", "1210.251")
        .charge("claims", "Queues", "0.333333333333333333")
        .charge("lending", "Object Storage", "304.5")
        .charge("", "Virtual Machines", "12")
        .column("InvoiceId", "INV-1");
    let csv = bill.csv();
    // The third charge is on another invoice, the fourth on none.
    let mut lines: Vec<String> = csv.lines().map(str::to_owned).collect();
    lines[3] = lines[3].replace("INV-1", "INV-2");
    lines[4] = lines[4].replace("INV-1", "");
    Home::new().file("may.csv", lines.join("\n") + "\n").rules(RULES).ingest_billing("may.csv", "acme")
}

#[test]
fn a_period_is_reconciled_with_invoices_or_says_what_is_open() {
    let home = home();
    let reconcile = |more: &[&str]| home.run(&[&["--format", "json", "reconcile", "--period", "2026-05"], more].concat());
    let open = reconcile(&["--invoice", "INV-1=1210.58", "--invoice", "INV-2=304.50"]).exits(2).json();
    let items: Vec<(&str, &str)> =
        list(&open, "open_items").iter().map(|item| (text(item, "reason"), text(item, "amount"))).collect();
    assert_eq!(items, [("no_invoice_id", "-12")]);
    assert_eq!(text(&list(&open, "open_items")[0], "owner"), "Acme Cloud");
    let parts = figure(&open, "invoice_rounding") + figure(&open, "residue") + figure(&open, "open");
    assert_eq!(parts, figure(&open, "difference"));
    assert_eq!(figure(&open, "invoice_rounding"), Exact::parse("-0.004333333333333333"));
    let differs = reconcile(&["--invoice", "INV-1=1210.59", "--total", "acme=316.5"]).exits(2).json();
    assert_eq!(text(&list(&differs, "open_items")[0], "reason"), "amount_differs");
    let whole = reconcile(&["--total", "acme=1527.084333333333333333"]).exits(0).json();
    assert_eq!((text(&whole, "difference"), whole["reconciled"].as_bool()), ("0", Some(true)));
    let table = home.run(&["reconcile", "--period", "2026-05", "--invoice", "INV-1=1210.59"]).exits(2);
    insta::assert_snapshot!("reconciliation_table", table.stdout);
    let csv = home.run(&["reconcile", "--period", "2026-05", "--invoice", "INV-1=1210.59", "--format", "csv"]).exits(2);
    insta::assert_snapshot!("reconciliation_csv", csv.stdout);
    let server = Server::of(&home);
    let body = json!({"period": "2026-05", "invoices": ["INV-1=1210.58", "INV-2=304.50"]});
    assert_eq!(server.post("/v1/reconciliation", &body).is(200).json(), open);
    server.post("/v1/reconciliation", &json!({"period": "2026-05", "totals": ["acme"]})).is(400);
    server.post("/v1/reconciliation", &json!({"period": "2026-05"})).is(404);
}

#[test]
fn what_cannot_be_reconciled_says_how_it_could() {
    let home = home();
    home.run(&["reconcile", "--period", "2026-05"]).exits(1).says(&["Invoice Detail", "--invoice ID=AMOUNT"]);
    home.run(&["reconcile", "--period", "2026-05", "--invoice", "INV-1"]).exits(64).says(&["INV-7=18554.86"]);
    let twice = ["reconcile", "--period", "2026-05", "--invoice", "INV-1=1", "--invoice", "INV-1=2"];
    home.run(&twice).exits(1).says(&["twice"]);
    home.run(&["reconcile", "--period", "2031-01", "--total", "acme=1"]).exits(1).says(&["2031-01"]);
}

#[test]
fn the_imported_lines_of_invoices_close_the_tie_out() {
    let Some(folder) = shared("focus/generated_v1.4_synthetic") else { return };
    let home = Home::new().ingest_billing(&folder, "aws");
    let found = home.json(&["reconcile", "--period", "2026-05"]);
    assert_eq!((text(&found, "charged_total"), text(&found, "difference")), ("18554.856257624590813", "0"), "{found:#}");
    assert_eq!((found["reconciled"].as_bool(), list(&found, "open_items").len()), (Some(true), 0));
}

/// Charges finer than 1e-18 are rounded when they are imported; what that left out is known, so the exact total still closes.
#[test]
fn the_residue_of_rounding_closes_the_tie_out() {
    let charge = |bill: Bill| bill.charge("claims", "Queues", "1").with("1,1000,USD", "0.0000000000000000004,1000,USD");
    let bill = (0..3).fold(Bill::of("2026-05"), |bill, _| charge(bill)).charge("claims", "Queues", "2");
    let home = Home::new().file("may.csv", bill.csv()).rules(RULES).ingest_billing("may.csv", "acme");
    assert_eq!(home.value("SELECT SUM(BilledCost) FROM focus"), "2");
    let found = home.json(&["reconcile", "--period", "2026-05", "--total", "acme=2.000000000000000001"]);
    assert_eq!((text(&found, "residue"), found["reconciled"].as_bool()), ("0.000000000000000001", Some(true)), "{found:#}");
}
