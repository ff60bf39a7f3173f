//! Where reports go and in which form: every report has the same options, before and after the command.

use serde_json::Value;

use crate::support::{Bill, Home};

fn home() -> Home {
    let bill = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25").charge("", "Queues", "0.000000000000000001");
    Home::new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "acme")
}

#[test]
fn a_report_goes_to_the_file_that_is_named() {
    let home = home();
    let printed = home.run(&["chargeback", "--period", "2026-05", "--format", "csv"]).exits(0).stdout;
    for (name, arguments) in [
        ("after.csv", ["chargeback", "--period", "2026-05", "--format", "csv", "-o", "after.csv"]),
        ("before.csv", ["-o", "before.csv", "--format", "csv", "chargeback", "--period", "2026-05"]),
    ] {
        let run = home.run(&arguments).exits(0);
        assert_eq!(run.stdout, "", "{run}");
        assert_eq!(std::fs::read_to_string(home.path().join(name)).expect("the report was written"), printed);
    }
    home.run(&["-o", "no/such/folder/report.csv", "units"]).exits(1).says(&["no/such/folder/report.csv"]);
}

#[test]
fn one_object_a_line() {
    let home = home();
    let run = home.run(&["sql", "SELECT ServiceName, BilledCost FROM focus ORDER BY ServiceName", "--format", "ndjson"]).exits(0);
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["ServiceName"], &lines[0]["BilledCost"]), (&"Queues".into(), &"0.000000000000000001".into()));
}

#[test]
fn columns_come_in_the_order_that_was_asked_for_and_times_in_rfc_3339() {
    let query =
        "SELECT ChargePeriodStart, ServiceName, BilledCost, BillingPeriodStart FROM focus ORDER BY BilledCost DESC LIMIT 1";
    let run = home().run(&["sql", query, "--format", "json"]).exits(0);
    let row = run.json()[0].as_object().expect("a row is an object").clone();
    let names: Vec<&String> = row.keys().collect();
    assert_eq!(names, ["ChargePeriodStart", "ServiceName", "BilledCost", "BillingPeriodStart"]);
    assert_eq!((&row["ChargePeriodStart"], &row["BilledCost"]), (&"2026-05-01T00:00:00Z".into(), &"10.25".into()));
}

#[test]
fn a_report_that_is_redirected_has_no_colours_and_no_bars() {
    let home = home();
    for arguments in [
        &["status"][..],
        &["chargeback", "--period", "2026-05"],
        &["ingest", "billing", "bill.csv", "--source", "again", "--allow-overlap", "a test"],
    ] {
        let run = home.run(arguments).exits(0);
        assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "{run}");
        assert!(!run.stderr.contains('\r'), "a progress bar\n{run}");
    }
}

#[test]
fn documents_for_machines_are_printed_whole() {
    let home = Home::new();
    home.run(&["completions", "bash"]).exits(0).shows(&["complete", "chargeback"]);
    home.run(&["man"]).exits(0).shows(&[".TH", "farthing"]);
    home.run(&["config", "show", "--origin"]).exits(0).shows(&["home"]);
    home.run(&["doctor"]).exits(0).shows(&["database", "lake"]);
}
