//! From any figure back to what it was computed from: question, rule set, documents, revisions, and the files that these came in.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{BILL, RULES, used};
use crate::decisions::filled;
use crate::support::{Bill, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(
    a_figure_leads_to_rules_revisions_and_files_and_a_closed_month_to_those_of_its_closing,
    reading_what_people_did_is_on_record_in_sql_too,
    what_a_command_reads_about_people_is_on_record,
);

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lineage of a report of May.
fn of(home: &Home, report: &str, more: &[&str]) -> Value {
    home.json(&[&["lineage", report, "--period", "2026-05"], more].concat())
}

/// The revisions of charges, by number.
fn charges(lineage: &Value) -> Vec<u64> {
    let may = list(lineage, "revisions").iter().filter(|one| one["dataset"] == "charges" && one["period"] == "2026-05");
    may.filter_map(|one| one["sequence"].as_u64()).collect()
}

fn a_figure_leads_to_rules_revisions_and_files_and_a_closed_month_to_those_of_its_closing(new: NewHome) {
    let home = new().file("bill.csv", BILL).ingest_billing("bill.csv", "acme").rules(RULES);
    let first = of(&home, "chargeback", &[]);
    let may = list(&first, "revisions").iter().find(|one| one["period"] == "2026-05").expect("May has charges");
    assert_eq!(text(may, "source"), "acme");
    assert!(list(may, "paths")[0].as_str().is_some_and(|path| path.ends_with("bill.csv")), "{may:#}");
    assert_eq!((&first["rule_set"], text(&first, "command")), (&json!(1), "farthing chargeback --period 2026-05"));
    let rules = list(&first, "documents").iter().find(|one| one["kind"] == "rules").expect("rules are in force");
    assert_eq!(text(rules, "digest"), sha256(RULES.as_bytes()), "of the text that was published");
    // Every file of the revision is in the lake, with these bytes.
    for file in list(may, "files") {
        let bytes = std::fs::read(home.store().join("lake").join(text(file, "path"))).expect("it is there");
        assert_eq!((text(file, "sha256"), file["bytes"].as_u64()), (sha256(&bytes).as_str(), Some(bytes.len() as u64)));
    }
    // The same question again is what it says.
    let again: Vec<&str> = text(&first, "command").split(' ').skip(1).collect();
    home.run(&again).exits(0);

    // What is restated later leads elsewhere, as of then it leads where it led, and a closed month to what it was closed on.
    home.run(&["close", "2026-05", "--by", "ada"]).exits(0);
    assert_eq!(charges(&of(&home, "chargeback", &[])), [1]);
    home.reopen("2026-05", "a credit came");
    let home = home.file("more.csv", Bill::of("2026-05").charges(3).csv()).ingest_billing("more.csv", "acme");
    assert_eq!(charges(&of(&home, "journal", &[])), [2]);
    assert_eq!(charges(&of(&home, "journal", &["--as-of", text(&first, "as_of")])), [1]);
    let asked = home.json(&["lineage", "sql", "--query", "SELECT COUNT(*) FROM statements"]);
    assert!(!list(&asked, "revisions").is_empty() && asked["rule_set"] == 1, "{asked:#}");
    home.run(&["lineage", "horoscope"]).exits(1).says(&["the reports are chargeback", "portfolio"]);
    home.run(&["lineage", "chargeback", "--period", "2026-05"]).exits(0).shows(&["more.csv", "Asked again by"]);
    let answered = Server::of(&home).get("/v1/lineage?report=chargeback&period=2026-05").is(200).json();
    assert_eq!(answered["revisions"], of(&home, "chargeback", &[])["revisions"]);
}

fn reading_what_people_did_is_on_record_in_sql_too(new: NewHome) {
    let (home, _) = used(new());
    let issued = home.json(&["tokens", "issue", "anna", "--role", "analyst"]);
    let bearer = format!("Bearer {}", text(&issued, "secret"));
    let server = Server::of(&home);
    let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
    let ask = |query: &str| server.request("POST", "/v1/sql", &headers, &json!({"query": query}).to_string()).is(200);
    let reads = || home.json(&["audit", "list", "--action", "people.read"]).as_array().map_or(0, Vec::len);
    ask("SELECT COUNT(*) FROM focus");
    assert_eq!(reads(), 0);
    ask("SELECT COUNT(*) FROM decisions");
    ask("SELECT COUNT(*) FROM event_logs");
    assert_eq!(reads(), 2);
    let entry = &home.json(&["audit", "list", "--action", "people.read"])[0];
    assert_eq!((text(entry, "actor"), text(entry, "subject")), ("anna", "/v1/sql"));
}

fn what_a_command_reads_about_people_is_on_record(new: NewHome) {
    let home = filled(new());
    let reads = || {
        let entries = home.json(&["audit", "list", "--action", "people.read"]);
        let entries = entries.as_array().expect("a list").iter().rev();
        entries.map(|entry| (text(entry, "actor").to_owned(), text(entry, "subject").to_owned())).collect::<Vec<_>>()
    };
    // What counts people's work without telling of it is no reading of it.
    for command in
        [&["chargeback", "--period", "2026-05"][..], &["sql", "SELECT COUNT(*) FROM focus"], &["status"], &["kpis", "list"]]
    {
        home.run(command).exits(0);
    }
    assert_eq!(reads(), []);
    let mut expected = Vec::new();
    for (command, called) in [
        (&["unit-cost"][..], "farthing unit-cost"),
        (&["sql", "SELECT MAX(Answer) FROM decisions"], "farthing sql"),
        (&["kpis", "show", "cost_per_decision", "--period", "2026-05"], "farthing kpis show"),
        (&["portfolio", "--period", "2026-05"], "farthing portfolio"),
        (&["experiment", "compare", "--workflow", "triage", "--arms", "new", "old"], "farthing experiment compare"),
        (&["lineage", "unit-cost", "--period", "2026-05", "--figure", "workflow=triage/arms/0/total"], "farthing lineage"),
    ] {
        home.run_with(&[("FARTHING_ACTOR", "anna")], command).exits(0);
        // Once, however much of it the command reads.
        expected.push(("anna".to_owned(), called.to_owned()));
        assert_eq!(reads(), expected, "{command:?}");
    }
    // What rests on them is no figure about people.
    home.run(&["lineage", "unit-cost", "--period", "2026-05"]).exits(0);
    assert_eq!(reads(), expected);

    // Over the network it is the check in front of the route that records, and nobody else does it again.
    let issued = home.json(&["tokens", "issue", "grace", "--role", "analyst"]);
    let viewer = home.json(&["tokens", "issue", "vera", "--role", "viewer"]);
    let server = Server::of(&home);
    let get = |token: &Value, path: &str, status: u16| {
        let bearer = format!("Bearer {}", text(token, "secret"));
        server.request("GET", path, &[("Authorization", bearer.as_str())], "").is(status)
    };
    get(&issued, "/v1/unit-cost", 200);
    let figure = "/v1/lineage?report=unit-cost&period=2026-05&figure=workflow=triage/arms/0/total";
    get(&issued, figure, 200);
    expected.extend([("grace".to_owned(), "/v1/unit-cost".to_owned()), ("grace".to_owned(), "/v1/lineage".to_owned())]);
    assert_eq!(reads(), expected);
    // A figure is no less than the report that it stands in.
    get(&viewer, figure, 403);
    get(&viewer, "/v1/lineage?report=unit-cost&period=2026-05", 200);
    get(&viewer, "/v1/lineage?report=sql&sql=SELECT%20COUNT(*)%20AS%20n%20FROM%20focus&figure=n", 403);
    assert_eq!(reads(), expected);
}
