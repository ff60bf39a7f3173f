//! F11: months in any order, and events that come when their month is long over.

use crate::restatement::revisions::{RULES, newest};
use crate::support::{Bill, Home, figure, kinds, list, text};

const MONTHS: [&str; 3] = ["2026-03", "2026-04", "2026-05"];

fn bill(month: &'static str, last: &str) -> Bill {
    Bill::of(month).charge("claims", "Machines", "10").charge("lending", "Storage", "4.5").charge("", "Queues", last)
}

/// Everything that a report says, without the ids and moments of this home.
fn statements(home: &Home) -> Vec<String> {
    MONTHS.map(|month| home.run(&["chargeback", "--period", month, "--format", "csv"]).exits(0).stdout).to_vec()
}

#[test]
fn f11_months_in_any_order_come_to_the_same() {
    let files = |home: Home| {
        MONTHS.iter().fold(home, |home, month| {
            let (first, restated) = (bill(month, "1").csv(), bill(month, "2").csv());
            home.file(&format!("{month}-1.csv"), first).file(&format!("{month}-2.csv"), restated)
        })
    };
    let in_order = files(Home::new()).rules(RULES);
    let in_order = MONTHS.iter().fold(in_order, |home, month| home.ingest_billing(format!("{month}-2.csv"), "acme"));
    for home in Home::on_each_database() {
        let home = files(home);
        // The newest month first, a restatement before its neighbours, the rules in between.
        let home = home.ingest_billing("2026-05-1.csv", "acme").ingest_billing("2026-03-1.csv", "acme");
        let home = home.ingest_billing("2026-05-2.csv", "acme").rules(RULES);
        let home = home.ingest_billing("2026-04-2.csv", "acme").ingest_billing("2026-03-2.csv", "acme");
        assert_eq!(statements(&home), statements(&in_order));
        for month in ["2026-03", "2026-05"] {
            assert_eq!(newest(&home, month).kinds(), kinds(&[("up", 1, 1, "1")]));
        }
        home.invariants_hold();
        home.changes_nothing(&["ingest", "billing", "2026-04-2.csv", "--source", "acme"]);
        home.changes_nothing(&["ingest", "billing", "2026-05-2.csv", "--source", "acme"]);
    }
}

#[test]
fn f11_a_charge_that_comes_forty_days_late_is_one_charge_more_or_an_adjustment() {
    let (known, late) = (bill("2026-03", "1"), bill("2026-03", "1").charge("claims", "Support", "40"));
    for home in Home::on_each_database() {
        let home = home
            .rules(RULES)
            .file("known.csv", known.csv())
            .file("late.csv", late.csv())
            .file("may.csv", bill("2026-05", "3").csv());
        let home = home.ingest_billing("known.csv", "acme").ingest_billing("may.csv", "acme");
        let may = home.run(&["chargeback", "--period", "2026-05", "--format", "csv"]).exits(0).stdout;

        // March is open: its newest delivery replaces it, and says what is new. May is not touched.
        let open = home.ingest_billing("late.csv", "acme");
        let diff = newest(&open, "2026-03");
        assert_eq!((diff.kinds(), diff.rows("unchanged")), (kinds(&[("new", 0, 1, "40")]), 3));
        assert_eq!(diff.of_unit("claims"), kinds(&[("new", 0, 1, "40")]));
        assert_eq!(open.run(&["chargeback", "--period", "2026-05", "--format", "csv"]).exits(0).stdout, may);
        open.invariants_hold();
    }
    // March is closed: it stays, and the charge is an adjustment of the next open month.
    let home =
        Home::new().rules(RULES).file("known.csv", known.csv()).file("late.csv", late.csv()).ingest_billing("known.csv", "acme");
    home.run(&["close", "2026-03"]).exits(0);
    let march = home.run(&["chargeback", "--period", "2026-03", "--format", "csv"]).exits(0).stdout;
    home.run(&["ingest", "billing", "late.csv", "--source", "acme", "--closed", "adjust"]).exits(0);
    assert_eq!(home.run(&["chargeback", "--period", "2026-03", "--format", "csv"]).exits(0).stdout, march);
    let april = home.json(&["chargeback", "--period", "2026-04", "--cost", "billed"]);
    assert_eq!(figure(&april, "billed_total").to_string(), "40");
    home.invariants_hold();
    home.changes_nothing(&["ingest", "billing", "late.csv", "--source", "acme", "--closed", "adjust"]);
    // What came late beside what was closed, by their ids.
    let listed = home.json(&["revisions", "list", "--source", "acme", "--period", "2026-03"]);
    let id = |dataset: &str| {
        let line = listed.as_array().expect("revisions").iter().find(|line| line["dataset"] == dataset);
        text(line.expect("a revision"), "revision").to_owned()
    };
    let diff = crate::support::Diff(home.json(&["revisions", "diff", &id("charges"), &id("late_charges")]));
    diff.adds_up();
    assert_eq!(diff.kinds(), kinds(&[("new", 0, 1, "40")]));
}

fn decisions(month: &str, ids: std::ops::Range<usize>, outcome: &str) -> String {
    ids.map(|id| format!("{month}-{id},{month}-{:02}T10:00:00Z,triage,claims,ai,m,{outcome}\n", 1 + id % 28)).collect()
}

#[test]
fn f11_decisions_that_come_forty_days_late_are_added_to_their_month() {
    const HEAD: &str = "id,decided_at,workflow,unit,actor,model,outcome\n";
    for home in Home::on_each_database() {
        let home = home.file("march.csv", format!("{HEAD}{}", decisions("2026-03", 0..40, "accepted"))).file(
            "may.csv",
            format!("{HEAD}{}{}", decisions("2026-05", 0..40, "accepted"), decisions("2026-03", 38..42, "overridden")),
        );
        let ingest = |file: &str| home.json(&["ingest", "decisions", file, "--source", "desk"]);
        ingest("march.csv");
        let report = ingest("may.csv");
        let finding =
            list(&report, "files").iter().flat_map(|file| list(file, "findings")).find(|found| found["rule"] == "late-events");
        let message = text(finding.expect("it says so"), "message");
        assert!(message.contains("added to the 40 that were there, 2 of them by their ids"), "{message}");
        let count = |condition: &str| home.value(&format!("SELECT COUNT(*) FROM decisions WHERE {condition}"));
        assert_eq!(count("DecidedAt < '2026-04-01T00:00:00Z'"), 42);
        assert_eq!(count("Outcome = 'overridden'"), 4, "the newer word of an id holds");
        assert_eq!(ingest("may.csv")["changed"], false);
        // One that comes alone.
        home.write("one.csv", format!("{HEAD}{}", decisions("2026-03", 50..51, "wrong")));
        ingest("one.csv");
        assert_eq!(count("DecidedAt < '2026-04-01T00:00:00Z'"), 43);
        home.changes_nothing(&["ingest", "decisions", "one.csv", "--source", "desk"]);
        home.run(&["doctor"]).exits(0);
    }
}

#[test]
fn f11_hours_of_usage_that_come_late_never_stand_for_their_month() {
    let hours = |month: &str, count: usize| -> String {
        (0..count).map(|at| format!("{month}-{:02}T{:02}:00:00Z,5,10,20,m,chat\n", 1 + at / 24, at % 24)).collect()
    };
    const HEAD: &str = "timestamp,requests,input_tokens,output_tokens,model,workload\n";
    let home = Home::new()
        .file("march.csv", format!("{HEAD}{}", hours("2026-03", 60)))
        .file("may.csv", format!("{HEAD}{}{}", hours("2026-05", 60), hours("2026-03", 2)))
        .ingest_trace("march.csv", "gateway", &[]);
    let ingest = ["ingest", "usage", "may.csv", "--source", "gateway", "--format", "request-trace"];
    home.run(&ingest).exits(3).shows(&["stray-period", "a few late rows of 2026-03", "Import all files of that month together"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM usage"), 120);
    home.changes_nothing(&ingest);
}
