//! From any figure back to what it was computed from: question, rule set, documents, revisions, and the files that these came in.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{BILL, RULES, used};
use crate::support::{Bill, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(
    a_figure_leads_to_rules_revisions_and_files_and_a_closed_month_to_those_of_its_closing,
    reading_what_people_did_is_on_record_in_sql_too,
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
