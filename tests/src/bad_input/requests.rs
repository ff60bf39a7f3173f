use serde_json::Value;

use crate::support::{Bill, Home, Run, program};

fn home() -> Home {
    let bill = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25");
    Home::new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "acme")
}

/// The error as JSON on stderr.
fn error(run: &Run) -> Value {
    let last = run.stderr.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("no JSON on stderr: {error}\n{run}"));
    value["error"].clone()
}

#[test]
fn a_period_without_charges_names_those_that_are_there() {
    let home = home();
    home.run(&["chargeback", "--period", "2031-01"]).exits(1).says(&["2031-01", "2026-05"]);
    let run = home.run(&["--format", "json", "chargeback", "--period", "2031-01"]).exits(1);
    assert_eq!(run.stdout, "");
    assert_eq!(error(&run)["kind"], "not_found");
    assert!(error(&run)["message"].as_str().is_some_and(|message| message.contains("2026-05")), "{run}");
}

#[test]
fn an_empty_home_says_what_to_do_first() {
    let home = Home::new();
    home.run(&["chargeback", "--period", "2026-05"]).exits(1).says(&["farthing ingest billing"]);
    home.run(&["unit-cost"]).exits(1).says(&["farthing ingest"]);
    home.run(&["plan", "fleet", "--from-data"]).exits(1).says(&["farthing ingest fleet"]);
    home.run(&["status"]).exits(0);
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    let home = home();
    for (arguments, word) in [
        (&["chargeback", "--period", "2026-13"][..], "2026-13"),
        (&["chargeback", "--period", "2026-05", "--cost", "guessed"], "guessed"),
        (&["chargeback"], "--period"),
        (&["chargebacks", "--period", "2026-05"], "chargeback"),
        (&["ingest", "billing", "bill.csv"], "--source"),
        (&["plan", "fleet", "--time-limit", "soon"], "soon"),
        (&["--format", "yaml", "status"], "yaml"),
    ] {
        let run = home.run(arguments).exits(64).says(&[word]);
        assert_eq!(run.stdout, "", "{run}");
    }
}

#[test]
fn an_unknown_unit_or_workflow_is_named() {
    let home = home();
    home.run(&["chargeback", "--period", "2026-05", "--unit", "nobody"]).exits(1).says(&["nobody", "farthing units"]);
}

#[test]
fn sql_reads_and_nothing_else() {
    let home = home();
    for query in
        ["DROP TABLE focus", "DELETE FROM focus", "SELECT 1; SELECT 2", "COPY focus TO 'x.csv'", "CREATE TABLE t AS SELECT 1"]
    {
        home.run(&["sql", query]).exits(1).says(&["SELECT"]);
    }
    home.run(&["sql", "SELECT Nonsense FROM focus"]).exits(1).says(&["Nonsense"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 1);
    assert_eq!(home.value("SELECT BilledCost FROM focus_data_table"), "10.25");
}

#[test]
fn an_error_says_its_cause_once() {
    let home = home().file("table.csv", "a,b\n1,2\n").file("cut.parquet", "PAR1xx").file("a-file", "");
    for arguments in [
        &["ingest", "billing", "table.csv", "--source", "acme"][..],
        &["ingest", "billing", "cut.parquet", "--source", "acme"],
        &["ingest", "usage", "table.csv", "--source", "gateway", "--format", "request-trace"],
        &["ingest", "decisions", "table.csv"],
        &["ingest", "fleet", "table.csv"],
        &["ingest", "people", "table.csv"],
        &["rules", "publish", "table.csv"],
        &["plan", "fleet", "--instance", "table.csv"],
        &["plan", "storage", "--instance", "table.csv"],
        &["sql", "SELECT Nonsense FROM focus"],
    ] {
        said_once(&home.run(arguments).exits(1));
    }
    said_once(&Run::of(program(home.path()), &["--home", "a-file", "status"]).exits(1).says(&["a-file", "--home"]));
}

fn said_once(run: &Run) {
    let message = run.stderr.trim().strip_prefix("error: ").unwrap_or_else(|| panic!("no error\n{run}"));
    // A rule file's problems stand a line each, and two lines may have the same thing wrong with them.
    for line in message.lines() {
        for (at, _) in line.match_indices(": ") {
            let (before, cause) = (&line[..at], &line[at + 2..]);
            assert!(cause.len() < 20 || !before.contains(cause), "{cause:?} stands twice\n{run}");
        }
    }
}
