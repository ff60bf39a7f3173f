//! One figure of every report, led back to its formula and to each file that it rests on; asked again as of then it is the same.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Bill, Exact, Home, NewHome, Server, figure, list, on_both_databases, text};

on_both_databases!(
    a_figure_of_every_report_leads_to_each_source_file_and_is_the_same_as_of_then,
    a_file_is_told_by_its_own_digest_and_rows_and_older_imports_say_that_they_have_none,
);

/// A report with its options, and the path of a figure. A report that is not here fails the test.
const FIGURES: [(&str, &[&str], &str); 25] = [
    ("chargeback", &["--period", "2026-05"], "units/unit=claims-triage/total"),
    ("statement", &["--period", "2026-05", "--unit", "claims-triage"], "statements/0/total/amount"),
    ("journal", &["--period", "2026-05"], "debit_total"),
    ("accruals", &["--period", "2026-06"], "total"),
    ("certificate", &["--period", "2026-04"], "certified/totals/cost=effective/attributed"),
    ("reconciliation", &["--period", "2026-05", "--total", "aws=1000"], "charged_total"),
    ("variance", &["--from", "2026-04", "--period", "2026-05"], "total/price"),
    ("coverage", &["--period", "2026-05"], "billed_total"),
    ("budgets", &["--period", "2026-05"], "units/unit=northmoor/actual"),
    ("forecast", &["--period", "2026-05"], "lines/0/months/period=2026-06/expected"),
    ("anomalies", &["--period", "2026-05"], "anomalies/0/impact"),
    ("quality", &["--period", "2026-05", "--source", "aws"], "periods/0/completeness/exact"),
    ("changes", &["--period", "2026-05", "--source", "azure"], "rows/unchanged"),
    ("token-cost", &["--period", "2026-05"], "total/allocation/cost"),
    ("unit-cost", &["--period", "2026-05"], "workflow=claims-triage/arms/0/per_decision"),
    ("tco", &["--period", "2026-05"], "statement_total"),
    ("kpis", &["--period", "2026-05", "--id", "cost_per_decision"], "values/0/value"),
    ("portfolio", &["--period", "2026-05"], "models/0/decisions"),
    ("process", &["--workflow", "loan-prescreening"], "baseline/handling/mean_ms"),
    ("owners", &["--period", "2026-05"], "0/requests"),
    (
        "experiment",
        &["--period", "2026-05", "--workflow", "claims-triage", "--by", "actor", "--arms", "ai", "person"],
        "arms/0/decisions",
    ),
    ("shadow", &["--period", "2026-05", "--workflow", "claims-triage"], "0/pairs"),
    ("sql", &["--query", "SELECT SUM(BilledCost) AS billed FROM focus WHERE ServiceName IS NOT NULL"], "billed"),
    ("plan", &[], "saved/amount"),
    ("review", &["--id", "2026-Q2"], "models/0/decisions"),
];

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The sample organisation: a month that is closed, a plan, a review, and decisions in shadow.
fn organisation(home: Home) -> Home {
    home.run(&["demo", "--rows", "2000", "--no-progress"]).exits(0);
    home.run(&["close", "2026-04", "--reason", "signed", "--by", "ada"]).exits(0);
    home.run(&["portfolio", "review", "open", "2026-Q2", "--by", "ada"]).exits(0);
    let taken = home.json(&[
        "sql",
        "SELECT MIN(DecisionId) AS id FROM decisions WHERE Workflow = 'claims-triage' AND DecidedAt >= '2026-05-01'",
    ]);
    let shadow = format!(
        "id,decided_at,workflow,actor,model,outcome,answer,shadow_of\ns1,2026-05-20T08:00:00Z,claims-triage,ai,next,accepted,approve,{}\n",
        text(&taken[0], "id")
    );
    let home = home.file("shadow.csv", shadow);
    home.run(&["ingest", "decisions", "shadow.csv", "--source", "shadow"]).exits(0);
    home
}

fn led_back(home: &Home, report: &str, options: &[&str], figure: &str, more: &[&str]) -> Value {
    home.json(&[&["lineage", report, "--figure", figure], options, more].concat())
}

fn a_figure_of_every_report_leads_to_each_source_file_and_is_the_same_as_of_then(new: NewHome) {
    let home = organisation(new());
    let plan = text(&home.json(&["recommendations", "list"])[0], "id").to_owned();
    // The program says which reports there are; each of them is asked here.
    let said = home.run(&["lineage", "horoscope"]).exits(1).stderr;
    let known = said.split("the reports are ").nth(1).expect("it lists them").trim();
    let known: BTreeSet<&str> = known.trim_end_matches('"').split(", ").collect();
    assert_eq!(known, FIGURES.iter().map(|(report, ..)| *report).collect(), "a report has no figure in this test");

    let mut told = Vec::new();
    for (report, options, path) in FIGURES {
        let options = if report == "plan" { vec!["--id", &plan] } else { options.to_vec() };
        let lineage = led_back(&home, report, &options, path, &[]);
        let figure = &lineage["figure"];
        assert!(!figure["value"].is_null() && !text(figure, "formula").is_empty(), "{report}: {figure:#}");
        let revisions = list(&lineage, "revisions");
        assert!(!revisions.is_empty(), "{report} rests on something");
        for revision in revisions {
            assert_eq!(revision["without_sources"], Value::Null, "{report}: {revision:#}");
            for file in list(revision, "sources") {
                let bytes = fs::read(home.path().join(text(file, "path"))).expect("the file that was imported is there");
                assert_eq!((text(file, "sha256"), &file["bytes"]), (sha256(&bytes).as_str(), &json!(bytes.len())), "{report}");
            }
            // Rows of a bill lie as they came, file by file.
            if text(revision, "dataset") == "charges" {
                let rows = list(revision, "sources").iter().filter_map(|file| file["rows"].as_u64()).sum::<u64>();
                assert_eq!(Some(rows), revision["rows"].as_u64(), "{report}: {revision:#}");
            }
        }
        let then = text(&lineage, "as_of").to_owned();
        told.push((report, options, path, then, lineage["figure"]["value"].clone()));
    }
    // A figure that a command prints is this one.
    let printed = home.json(&["chargeback", "--period", "2026-05"]);
    let unit = list(&printed, "units").iter().find(|unit| unit["unit"] == "claims-triage").expect("it has money");
    assert_eq!(unit["total"], told[0].4);

    // Everything goes on: another bill, other rules, other people. As of then every figure is what it was.
    let restated = Bill::of("2026-05").charge("claims-triage", "Compute", "1000000").csv();
    let home = home.file("more.csv", restated);
    home.json(&["ingest", "billing", "more.csv", "--source", "late"]);
    let people = fs::read_to_string(home.store().join("demo/people.toml")).expect("the demonstration's people");
    home.write("people.toml", format!("{people}\n# another version\n"));
    home.run(&["ingest", "people", "people.toml"]).exits(0);
    for (report, options, path, then, value) in &told {
        let again = led_back(&home, report, options, path, &["--as-of", then]);
        assert_eq!((&again["figure"]["value"], text(&again, "as_of")), (value, then.as_str()), "{report} as of {then}");
    }
    let (report, options, path, _, value) = told.iter().find(|(report, ..)| *report == "coverage").expect("it was asked");
    assert_ne!(led_back(&home, report, options, path, &[])["figure"]["value"], *value, "and now it is another");

    way_to_the_charges(&home);
}

/// The total of a unit leads on to its charges and its shares of pools, row by row.
fn way_to_the_charges(home: &Home) {
    let lineage = led_back(home, "chargeback", &["--period", "2026-05"], "units/unit=claims-triage/total", &[]);
    let behind = &lineage["figure"]["charges"];
    let server = Server::of(home);
    let rows = server.get(text(behind, "address")).is(200).json();
    let sum = rows.as_array().expect("rows").iter().map(|row| figure(row, "EffectiveCost")).sum::<Exact>();
    assert_eq!(sum, figure(&lineage["figure"], "value"));
    let explained: Vec<&str> = text(behind, "explained_by").split(' ').skip(1).collect();
    home.run(&explained).exits(0).shows(&["claims-triage"]);
    let asked = "/v1/lineage?report=chargeback&period=2026-05&figure=units/unit=claims-triage/total";
    let answered = server.get(asked).is(200).json();
    assert_eq!(answered["figure"]["value"], lineage["figure"]["value"]);
    server.get("/v1/lineage?report=chargeback&period=2026-05&figure=units/unit=nobody").is(404);
    server.get("/v1/lineage?report=chargeback&figure=units/0").is(400);
    server.get("/v1/lineage?report=reconciliation&period=2026-05&totals=aws").is(400);
}

fn a_file_is_told_by_its_own_digest_and_rows_and_older_imports_say_that_they_have_none(new: NewHome) {
    let (one, two) = (Bill::of("2026-05").charges(3).csv(), Bill::of("2026-05").charge("a", "Queues", "7").charges(2).csv());
    let home = new().file("one.csv", &one).file("two.csv", &two);
    home.json(&[
        "ingest",
        "billing",
        "one.csv",
        "two.csv",
        "--source",
        "acme",
        "--allow-overlap",
        "they are charges of their own",
    ]);
    let charges = || {
        let lineage = home.json(&["lineage", "coverage", "--period", "2026-05"]);
        list(&lineage, "revisions").iter().find(|one| one["dataset"] == "charges").expect("there are charges").clone()
    };
    let found = charges();
    let sources: Vec<_> = list(&found, "sources")
        .iter()
        .map(|file| {
            (text(file, "path").to_owned(), text(file, "sha256").to_owned(), file["first_row"].as_u64(), file["rows"].as_u64())
        })
        .collect();
    let expected = [("one.csv", &one, 1, 3), ("two.csv", &two, 4, 3)];
    let expected: Vec<_> = expected
        .map(|(name, content, first, rows)| (name.to_owned(), sha256(content.as_bytes()), Some(first), Some(rows)))
        .into();
    assert_eq!(sources, expected, "{found:#}");
    home.run(&["lineage", "coverage", "--period", "2026-05"]).exits(0).shows(&["two.csv", "4 to 6"]);
    // Compaction writes the rows anew in the same order; the files that they came in are the same.
    home.run(&["lake", "compact", "--apply"]).exits(0);
    assert_eq!(charges()["sources"], found["sources"]);

    // An import from before files were noted one by one says so.
    home.tamper("DELETE FROM import_file");
    home.tamper("DELETE FROM revision_input");
    let before = charges();
    assert_eq!(before["sources"], json!([]));
    assert!(text(&before, "without_sources").contains("before files were digested one by one"), "{before:#}");
    assert!(list(&before, "paths").iter().any(|path| path == "two.csv"));
    // Decisions that were sent came in no file.
    let server = Server::of(&home);
    let rows = json!([{"id": "1", "decided_at": "2026-05-04T09:00:00Z", "workflow": "w", "unit": "u", "actor": "ai", "outcome": "accepted"}]);
    server.post("/v1/decisions?source=sent", &rows).is(200);
    let lineage = home.json(&["lineage", "sql", "--query", "SELECT COUNT(*) FROM decisions"]);
    assert!(text(&list(&lineage, "revisions")[0], "without_sources").contains("sent to the program"), "{lineage:#}");
}
