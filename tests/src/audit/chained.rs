//! What is recorded, and how it is read.

use serde_json::{Value, json};

use super::used;
use crate::dependency_rules::workspace;
use crate::support::{Home, NewHome, Run, Server, list, on_both_databases, text};

on_both_databases!(
    every_change_is_recorded_once_and_in_order,
    what_changes_nothing_records_nothing,
    the_record_is_read_page_by_page,
    the_database_refuses_to_change_the_record,
);

fn actions(home: &Home) -> Vec<String> {
    let mut entries: Vec<Value> = home.json(&["audit", "list"]).as_array().expect("a list").clone();
    entries.reverse();
    entries.iter().map(|entry| text(entry, "action").to_owned()).collect()
}

fn every_change_is_recorded_once_and_in_order(new: NewHome) {
    let (home, done) = used(new());
    assert_eq!(actions(&home), done);
    let entries = home.json(&["audit", "list", "--action", "reopening.", "--actor", "grace"]);
    assert_eq!(entries.as_array().map(Vec::len), Some(1), "{entries:#}");
    let entry = &entries[0];
    assert_eq!((text(entry, "subject"), text(entry, "action")), ("period 2026-04", "reopening.granted"));
    assert_eq!(entry["details"], json!({"source": null, "reason": "a credit came", "asked_by": "ada"}));
    let report = home.json(&["audit", "verify"]);
    assert_eq!((&report["problems"], report["entries"].as_u64()), (&json!([]), Some(8)));
    // Each close was signed, the second with all before it.
    assert_eq!(report["vouched_up_to"], 8, "{report:#}");
}

fn what_changes_nothing_records_nothing(new: NewHome) {
    let (home, done) = used(new());
    home.run(&["ingest", "billing", "bill.csv", "--source", "acme"]).exits(0);
    home.run(&["rules", "publish", "rules.toml"]).exits(0);
    home.run(&["close", "2026-05"]).exits(0);
    home.run(&["reopen", "2026-05", "--approve"]).exits(1);
    home.run(&["chargeback", "--period", "2026-05"]).exits(0);
    assert_eq!(actions(&home), done);
    home.run(&["audit", "checkpoint"]).exits(0).shows(&["Nothing was recorded since"]);
}

fn the_record_is_read_page_by_page(new: NewHome) {
    let (home, done) = used(new());
    let server = Server::of(&home);
    let (mut path, mut found) = ("/v1/audit?limit=3".to_owned(), Vec::new());
    loop {
        let answer = server.get(&path).is(200);
        found.extend(list(&answer.json(), "entries").iter().map(|entry| text(entry, "action").to_owned()));
        let Some(link) = answer.header("link") else { break };
        path = link.trim_start_matches('<').split('>').next().expect("a link has an address").to_owned();
    }
    found.reverse();
    assert_eq!(found, done);
    assert_eq!(server.get("/v1/audit/verification").is(200).json()["problems"], json!([]));
    assert!(server.get("/v1/audit?action=period.close").is(400).body.contains("period.closed"));
}

fn the_database_refuses_to_change_the_record(new: NewHome) {
    let (home, _) = used(new());
    for statement in [
        "UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 2",
        "DELETE FROM audit_entry WHERE sequence = 8",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_checkpoint SET head = ''",
    ] {
        assert!(home.tampering(statement).is_err(), "{statement} was done");
    }
    assert_eq!(home.json(&["audit", "verify"])["problems"], json!([]));
}

/// SQLite removes a row that another replaces without asking the triggers on removal.
#[test]
fn a_row_cannot_be_replaced_either() {
    let (home, _) = used(Home::new());
    let replace = "INSERT OR REPLACE INTO audit_entry SELECT sequence, at, 'nobody', action, subject, details, previous, hash FROM audit_entry WHERE sequence = 8";
    assert!(home.tampering(replace).is_err());
}

/// `tests/audit/verify.py` shares no code with the program, and finds the same.
#[test]
fn another_program_verifies_the_record() {
    let Some(python) = farthing_testkit::python() else { return };
    let (home, _) = used(Home::new());
    let key = home.run(&["audit", "key"]).exits(0).stdout;
    let entries = home.run(&["--format", "ndjson", "audit", "list"]).exits(0).stdout;
    home.write("record.ndjson", entries);
    let verify = |record: &str| {
        let mut run = std::process::Command::new(&python);
        run.arg("-B").arg(workspace().join("tests/audit/verify.py")).current_dir(home.path());
        Run::of(run, &[record, "home/audit/checkpoints", key.trim()])
    };
    verify("home/farthing.db").exits(0).shows(&["8 entries, 4 checkpoints, 0 problems"]);
    verify("record.ndjson").exits(0).shows(&["8 entries, 2 checkpoints, 0 problems"]);
    home.tamper("DROP TRIGGER audit_entry_keeps_values");
    home.tamper("UPDATE audit_entry SET details = replace(details, 'month end', 'no reason') WHERE sequence = 3");
    verify("home/farthing.db").exits(1).shows(&["entry 3 was altered"]);
    home.run(&["audit", "verify"]).exits(2).shows(&["entry 3 was altered"]);
}

/// Without a folder of one's own checkpoints lie in the home; a key of one's own and a folder elsewhere are settings.
#[test]
fn the_key_and_the_folder_are_settings() {
    let home = Home::new().file("bill.csv", super::BILL).ingest_billing("bill.csv", "acme");
    let key = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let settings = [("FARTHING_AUDIT_KEY", key), ("FARTHING_AUDIT_FOLDER", "elsewhere")];
    home.run_with(&settings, &["audit", "key"]).exits(0).shows(&[public]);
    home.run_with(&settings, &["audit", "checkpoint"]).exits(0).shows(&[public]);
    assert!(home.path().join("elsewhere/checkpoint-000000000001.json").is_file());
    home.run_with(&settings, &["audit", "verify"]).exits(0).shows(&["a checkpoint vouches for all"]);
    // The home's own key did not sign it, until somebody says that the other one was good.
    home.run(&["audit", "verify"]).exits(2).shows(&["--public-key", public]);
    home.run(&["audit", "verify", "--checkpoints", "elsewhere", "--public-key", public]).exits(0);
    let shown = home.run_with(&settings, &["config", "show"]).exits(0);
    assert!(!shown.stdout.contains(key), "{shown}");
    home.run_with(&[("FARTHING_AUDIT_KEY", "short")], &["audit", "key"]).exits(1).says(&["64 lower-case hexadecimal digits"]);
}
