//! What late bills will add.

use serde_json::{Value, json};

use super::RULES;
use crate::support::{Bill, Exact, Home, Server, figure, list, text};

/// Acme billed nine days of April and seven of May; Other billed April alone.
fn home() -> Home {
    let days = |month, count: usize, cost| (0..count).fold(Bill::of(month), |bill, _| bill.charge("claims", "Queues", cost));
    let may = days("2026-05", 6, "7").charge("", "Queues", "3.5").charge("claims", "Support", "1000").with("Usage", "Purchase");
    let home = Home::new()
        .file("april.csv", days("2026-04", 9, "6").csv())
        .file("may.csv", may.csv())
        .file("other.csv", days("2026-04", 9, "90.009").charge("platform", "Machines", "18").csv());
    home.rules(RULES).ingest_billing("april.csv", "acme").ingest_billing("may.csv", "acme").ingest_billing("other.csv", "other")
}

#[test]
fn what_late_bills_will_add_is_posted_and_reversed() {
    let home = home();
    let found = home.json(&["accruals", "--period", "2026-05"]);
    let accruals = &found[0];
    let sources: Vec<(&str, &Value, &Value, &str)> = list(accruals, "sources")
        .iter()
        .map(|late| (text(late, "source"), &late["billed_until"], &late["missing_days"], text(late, "basis")))
        .collect();
    // In April usage ended on the ninth: so it does here.
    let expected = [("acme", &json!("2026-05-07"), &json!(2), "2026-05"), ("other", &Value::Null, &json!(9), "2026-04")];
    assert_eq!(sources, expected);
    let of = |source: &str, unit: &str| -> Exact {
        let mine = |line: &&Value| text(line, "source") == source && line["unit"].as_str().unwrap_or_default() == unit;
        list(accruals, "lines").iter().filter(mine).map(|line| figure(line, "accrued")).sum()
    };
    // Six days of seven were the unit's, one was nobody's; the purchase is no day.
    assert_eq!((of("acme", "claims"), of("acme", "")), (Exact::parse("12"), Exact::parse("1")));
    // Nine days of 90.009, and 18 of the platform, which the pool hands on.
    assert_eq!(of("other", "claims") + of("other", "platform"), Exact::parse("828.081"));
    let sum: Exact = list(accruals, "lines").iter().map(|line| figure(line, "accrued")).sum();
    assert_eq!(sum, figure(accruals, "total"));
    for journal in list(accruals, "journals") {
        assert_eq!(figure(journal, "debit_total"), figure(journal, "credit_total"));
    }
    let dates: Vec<&str> = list(accruals, "journals").iter().map(|journal| text(journal, "date")).collect();
    assert_eq!(dates, ["2026-05-31", "2026-06-01"]);
    assert_eq!(Server::of(&home).get("/v1/accruals?period=2026-05").is(200).json(), found);
    home.run(&["accruals", "--period", "2026-05"]).exits(0).shows(&[
        "nothing yet",
        "Rests on",
        "not billed yet",
        "Debit = credit",
    ]);
    home.run(&["accruals", "--period", "2026-05", "--format", "csv"])
        .exits(0)
        .shows(&["FARTHING-2026-05-USD-billed-accrual-reversal"]);
}

#[test]
fn a_bill_that_is_whole_accrues_nothing() {
    let home = home();
    let whole = (0..9).fold(Bill::of("2026-05"), |bill, _| bill.charge("claims", "Queues", "7"));
    let home = home.file("whole.csv", whole.csv()).ingest_billing("whole.csv", "acme");
    let found = home.json(&["accruals", "--period", "2026-05"]);
    let sources: Vec<&str> = list(&found[0], "sources").iter().map(|late| text(late, "source")).collect();
    assert_eq!(sources, ["other"]);
    // Nothing says what is usual before the first month: all of its days are expected.
    let first = home.json(&["accruals", "--period", "2026-04"]);
    assert_eq!(text(&list(&first[0], "sources")[0], "expected_until"), "2026-04-30");
    home.run(&["accruals", "--period", "2026-06"]).exits(0).shows(&["nothing yet"]);
    home.run(&["accruals", "--period", "2026-07"]).exits(1).says(&["neither 2026-07 nor 2026-06 has charges"]);
}
