//! F9: what comes later for a closed month never changes it: corrections in FOCUS's two styles, and late deliveries.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Bill, Exact, Home, NewHome, figure, list, on_both_databases, text};

on_both_databases!(
    f9_the_corrections_of_the_specification_hold_in_both_styles,
    f9_a_late_delivery_is_refused_or_adjusted_and_the_closed_month_stays,
    f9_an_open_month_is_replaced_and_a_closed_one_is_not_until_it_is_reopened,
);

const RULES: &str = "version = 1\n[[units]]\nid = \"first\"\n[[units]]\nid = \"second\"\n\
                     [[rules]]\nid = \"r111\"\nunit = \"first\"\nwhen = { ResourceId = \"R-111\" }\n\
                     [[rules]]\nid = \"r222\"\nunit = \"second\"\nwhen = { ResourceId = \"R-222\" }\n";

/// An example of the specification, which leaves out the currency.
fn example(name: &str) -> Option<String> {
    let path: PathBuf = farthing_testkit::shared_data(&format!("data/focus/spec_examples_corrections/{name}.csv"))?;
    let text = std::fs::read_to_string(path).expect("the example is text");
    let mut lines = text.lines();
    let header = format!("{},BillingCurrency\n", lines.next()?);
    Some(header + &lines.map(|line| format!("{line},USD\n")).collect::<String>())
}

fn units(statement: &Value) -> Vec<(String, String)> {
    let units = list(statement, "units").iter();
    units.map(|unit| (text(unit, "unit").to_owned(), text(unit, "total").to_owned())).collect()
}

fn expected(first: &str, second: &str) -> Vec<(String, String)> {
    vec![("first".to_owned(), first.to_owned()), ("second".to_owned(), second.to_owned())]
}

/// May as it was invoiced, closed.
fn may_closed(new: NewHome) -> Option<Home> {
    let home = new().file("may.csv", example("closed_s1_original")?).rules(RULES).ingest_billing("may.csv", "acme");
    home.run(&["close", "2025-05", "--reason", "invoice INV-20250501-20250601"]).exits(0).shows(&["2025-05 is now closed"]);
    Some(home)
}

fn invoiced(home: &Home, period: &str) -> Value {
    let statement = home.json(&["chargeback", "--period", period, "--cost", "billed"]);
    assert_eq!(text(&statement, "difference"), "0");
    statement
}

/// What the days of May cost, whenever it was billed.
fn days_of_may(home: &Home, cost: &str) -> Value {
    let statement = home.json(&["chargeback", "--window", "2025-05-01/2025-06-01", "--cost", cost]);
    assert_eq!((text(&statement, "difference"), &statement["proven"]), ("0", &Value::Bool(true)), "{statement:#}");
    statement
}

fn f9_the_corrections_of_the_specification_hold_in_both_styles(new: NewHome) {
    let mut by_style = Vec::new();
    for style in ["closed_s1_delta", "closed_s1_ledger"] {
        let Some(home) = may_closed(new) else { return };
        let may = home.run(&["chargeback", "--period", "2025-05", "--format", "csv"]).exits(0).stdout;
        assert_eq!(units(&invoiced(&home, "2025-05")), expected("1500", "0"));

        let home = home.file("june.csv", example(style).expect("the examples are there")).ingest_billing("june.csv", "acme");
        let june = invoiced(&home, "2025-06");
        assert_eq!(figure(&june, "billed_total"), Exact::default(), "June nets to nothing");
        assert_eq!(units(&june), expected("-300", "300"));
        let [adjustment] = list(&june, "adjustments") else { panic!("{june:#}") };
        assert_eq!((text(adjustment, "period"), text(adjustment, "amount")), ("2025-05", "0"));
        home.run(&["chargeback", "--period", "2025-06"]).exits(0).shows(&["Adjustments of earlier months in it: 2025-05 0.00"]);

        let after = home.run(&["chargeback", "--period", "2025-05", "--format", "csv"]).exits(0).stdout;
        assert_eq!(after, may, "the closed month is as it was");
        for cost in ["billed", "effective", "contracted"] {
            assert_eq!(units(&days_of_may(&home, cost)), expected("1200", "300"), "{style}, {cost}");
        }
        let query = "SELECT ResourceId, SUM(BilledCost) AS Cost, SUM(ConsumedQuantity) AS Hours FROM focus \
                     WHERE ChargePeriodStart >= '2025-05-01T00:00:00Z' AND ChargePeriodStart < '2025-06-01T00:00:00Z' \
                     GROUP BY ResourceId ORDER BY 1";
        by_style.push((home.json(&["sql", query]), units(&days_of_may(&home, "list"))));
    }
    assert_eq!(by_style[0], by_style[1], "both styles say the same");
    assert_eq!(text(&by_style[0].0[0], "Hours"), "800");
}

fn f9_a_late_delivery_is_refused_or_adjusted_and_the_closed_month_stays(new: NewHome) {
    let Some(home) = may_closed(new) else { return };
    let may = example("closed_s1_original").expect("it is there");
    let row = may.lines().nth(1).expect("one charge").to_owned();
    let charge = |resource: &str, cost: &str, list: &str, hours: &str| {
        let changed = row.replace("R-111,1500,1500,1500,2000", &format!("{resource},{cost},{cost},{cost},{list}"));
        changed.replace("1000,1000,Hours", &format!("{hours},{hours},Hours"))
    };
    let delivery = |rows: &[String]| format!("{}\n{}\n", may.lines().next().expect("a header"), rows.join("\n"));
    let late = delivery(&[charge("R-111", "1200", "1600", "800"), charge("R-222", "300", "400", "200")]);
    let later = delivery(&[charge("R-111", "1200", "1600", "800"), charge("R-222", "310.5", "414", "207")]);
    let home = home.file("late.csv", late).file("later.csv", later);
    let before = home.run(&["chargeback", "--period", "2025-05", "--format", "csv"]).exits(0).stdout;

    let refused = home.run(&["ingest", "billing", "late.csv", "--source", "acme"]).exits(1);
    refused.says(&["2025-05 of acme was closed", "INV-20250501-20250601", "--closed adjust", "farthing reopen"]);
    let ingest = |file: &str| home.json(&["ingest", "billing", file, "--source", "acme", "--closed", "adjust"]);
    let report = ingest("late.csv");
    assert!(text(&report, "message").contains("The difference, USD 0 billed in 2 rows, is adjusted in 2025-06"), "{report:#}");
    assert_eq!(ingest("late.csv")["changed"], false, "the same late delivery again changes nothing");
    assert_eq!(units(&days_of_may(&home, "billed")), expected("1200", "300"));
    assert_eq!(units(&invoiced(&home, "2025-06")), expected("-300", "300"));

    ingest("later.csv");
    assert_eq!(units(&invoiced(&home, "2025-06")), expected("-300", "310.5"), "only what is new is added");
    let lines = home.json(&[
        "sql",
        "SELECT ChargeClass, x_AdjustsBillingPeriod, COUNT(*) AS Rows FROM focus WHERE BillingPeriodStart = '2025-06-01T00:00:00Z' GROUP BY 1, 2",
    ]);
    assert_eq!(lines, serde_json::json!([{"ChargeClass": "Correction", "x_AdjustsBillingPeriod": "2025-05", "Rows": 3}]));
    assert_eq!(home.run(&["chargeback", "--period", "2025-05", "--format", "csv"]).exits(0).stdout, before);

    // June's own bill replaces June's bill, not the adjustments in it.
    let june = Bill::of("2025-06").charge("", "Queues", "7").csv();
    let home = home.file("june.csv", june).ingest_billing("june.csv", "acme");
    assert_eq!(text(&invoiced(&home, "2025-06"), "billed_total"), "17.5");
    home.run(&["reopen", "2025-05", "--reason", "wrong"]).exits(1).says(&["was adjusted in a later period", "count twice"]);
    home.run(&["ingest", "billing", "june.csv", "--source", "acme:adjustments"])
        .exits(1)
        .says(&["where the adjustments of acme are kept"]);

    // Once June is closed as well, what comes for May is adjusted in July.
    home.run(&["close", "2025-06"]).exits(0);
    let report = home.json(&["ingest", "billing", "late.csv", "--source", "acme", "--closed", "adjust"]);
    assert!(text(&report, "message").contains("USD -10.5 billed in 1 rows, is adjusted in 2025-07"), "{report:#}");
    assert_eq!(text(&invoiced(&home, "2025-06"), "billed_total"), "17.5");
    assert_eq!(units(&days_of_may(&home, "billed")), expected("1200", "300"));
}

fn f9_an_open_month_is_replaced_and_a_closed_one_is_not_until_it_is_reopened(new: NewHome) {
    let (first, second) = (Bill::of("2026-05").charge("", "Queues", "5"), Bill::of("2026-05").charge("", "Queues", "6"));
    let home = new().file("first.csv", first.csv()).file("second.csv", second.csv()).ingest_billing("first.csv", "acme");
    home.run(&["close", "2026-04"]).exits(1).says(&["no facts for 2026-04", "farthing periods"]);
    home.run(&["close", "2026-05", "--source", "acme"]).exits(0);
    home.run(&["close", "2026-05", "--source", "acme"]).exits(0).shows(&["was already closed"]);
    home.run(&["ingest", "billing", "second.csv", "--source", "acme"]).exits(1).says(&["was closed on"]);
    assert_eq!(home.json(&["ingest", "billing", "first.csv", "--source", "acme"])["changed"], false, "what it holds is no news");
    let closed = home.json(&["periods"]);
    assert_eq!((text(&closed[0], "source"), &closed[0]["closed"]), ("acme", &Value::Bool(true)));

    home.run(&["reopen", "2026-05"]).exits(64).says(&["--reason"]);
    home.run(&["reopen", "2026-05", "--reason", " "]).exits(1).says(&["for a reason"]);
    let asking = ["reopen", "2026-05", "--reason", "the invoice was cancelled", "--by", "ada"];
    home.run(&["reopen", "2026-05", "--approve", "--by", "grace"]).exits(1).says(&["nobody asked"]);
    home.run(&asking).exits(0).shows(&["stays closed until somebody else decides", "ada asks to reopen"]);
    home.run(&["reopen", "2026-05", "--approve", "--by", "ada"]).exits(1).says(&["somebody else has to decide"]);
    home.run(&["reopen", "2026-05", "--refuse", "--by", "grace"]).exits(0).shows(&["Refused", "stays closed"]);
    home.run(&["ingest", "billing", "second.csv", "--source", "acme"]).exits(1).says(&["was closed on"]);
    home.run(&asking).exits(0);
    assert_eq!(text(&home.json(&["periods"])[0]["reopening"], "by"), "ada");
    home.run(&["reopen", "2026-05", "--approve", "--by", "grace"]).exits(0).shows(&["is now open"]);
    assert_eq!(home.json(&["periods"])[0]["reason"], "the invoice was cancelled (asked for by ada)");
    let home = home.ingest_billing("second.csv", "acme");
    assert_eq!(text(&invoiced(&home, "2026-05"), "billed_total"), "6");

    // Closed for all, it is closed for a source that nobody knew yet as well.
    home.run(&["close", "2026-05"]).exits(0);
    home.run(&["ingest", "billing", "first.csv", "--source", "another"]).exits(1).says(&["2026-05 of another was closed"]);
    home.run(&["close", "2999-01"]).exits(1).says(&["is not over before 2999-02-01"]);
    home.run(&["chargeback", "--window", "2026-05-01T01:00:00Z/2026-05-02"]).exits(1).says(&["begin and end at midnight"]);
    home.run(&["chargeback"]).exits(64).says(&["--period"]);
}
