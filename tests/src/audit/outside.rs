//! Checkpoints outside: in a bucket, at a webhook, and each hour without anybody asking.

use farthing_testkit::{Received, Receiver};
use serde_json::json;

use super::used;
use crate::alerts::{find, publish, work, work_to_the_end};
use crate::support::{Home, NewHome, ObjectStore, list, on_both_databases, text};

on_both_databases!(
    an_hour_after_a_change_it_is_signed_without_anybody_asking,
    a_webhook_is_told_of_every_checkpoint_and_what_it_keeps_finds_a_record_that_was_cut_off,
);

fn without_triggers(home: &Home, table: &str) {
    match home.is_postgresql() {
        true => drop(home.tamper(&format!("ALTER TABLE {table} DISABLE TRIGGER USER"))),
        false => ["keeps_values", "keeps_rows", "keeps_order"].iter().for_each(|trigger| {
            home.tamper(&format!("DROP TRIGGER {table}_{trigger}"));
        }),
    }
}

fn an_hour_after_a_change_it_is_signed_without_anybody_asking(new: NewHome) {
    let home = new().file("bill.csv", super::BILL);
    home.run(&["ingest", "billing", "bill.csv", "--source", "acme"]).exits(0);
    home.run(&["scheduler", "--once"]).exits(0);
    assert_eq!(home.json(&["audit", "verify"])["vouched_up_to"], 0, "it is not an hour yet");
    // Two hours ago, as if that had been recorded then: the entry is another by it, which is for this test to undo.
    without_triggers(&home, "audit_entry");
    home.tamper("CREATE TABLE kept AS SELECT * FROM audit_entry");
    home.tamper("UPDATE audit_entry SET at = '2026-01-01T00:00:00.000000Z'");
    home.run(&["scheduler", "--once"]).exits(0);
    home.tamper("DELETE FROM audit_entry");
    home.tamper("INSERT INTO audit_entry SELECT * FROM kept ORDER BY sequence");
    let report = home.json(&["audit", "verify"]);
    assert_eq!((&report["vouched_up_to"], &report["problems"]), (&json!(1), &json!([])), "{report:#}");
    let written = std::fs::read_to_string(home.store().join("audit/checkpoints/checkpoint-000000000001.json"));
    assert!(written.is_ok_and(|text| text.contains("\"reason\":\"hour\"")));
}

fn a_webhook_is_told_of_every_checkpoint_and_what_it_keeps_finds_a_record_that_was_cut_off(new: NewHome) {
    let (home, _) = used(new());
    let receiver = Receiver::start(|_| (204, Vec::new(), String::new()));
    let channel = |name: &str, events: &str| {
        format!(
            "[channel.{name}]\nkind = \"webhook\"\nurl = \"{}/{name}\"\nsigning_key = \"HOOK_KEY\"\nallow_loopback = true\n{events}",
            receiver.address()
        )
    };
    // Who names no events is not told of them.
    publish(&home, &format!("{}{}", channel("others", ""), channel("vault", "events = [\"checkpoint\"]\n")));
    home.run(&["audit", "checkpoint"]).exits(0);
    find(&home);
    work_to_the_end(&home);
    work(&home);
    let events: Vec<serde_json::Value> =
        receiver.received().iter().map(Received::json).flat_map(|body| list(&body["data"], "events").to_vec()).collect();
    let checkpoints: Vec<&str> =
        events.iter().filter(|event| event["topic"] == "checkpoint").map(|event| text(event, "text")).collect();
    let made = std::fs::read_dir(home.store().join("audit/checkpoints")).expect("a folder").count();
    assert_eq!(checkpoints.len(), made, "each once: {events:#?}");
    std::fs::create_dir(home.path().join("vault")).expect("a folder");
    for (number, checkpoint) in checkpoints.iter().enumerate() {
        home.write(&format!("vault/checkpoint-{number}.json"), checkpoint);
    }
    home.run(&["audit", "verify", "--checkpoints", "vault"]).exits(0);
    // Whoever cuts the record off, with all that vouches for it in database and home, is found by what the webhook kept.
    for table in ["audit_entry", "audit_checkpoint"] {
        without_triggers(&home, table);
        home.tamper(&format!("DELETE FROM {table} WHERE sequence > 5"));
    }
    std::fs::remove_dir_all(home.store().join("audit/checkpoints")).expect("it goes");
    home.run(&["audit", "verify"]).exits(0);
    home.run(&["audit", "verify", "--checkpoints", "vault"]).exits(2).shows(&["was cut off"]);
}

#[test]
fn a_bucket_keeps_every_checkpoint_and_is_never_written_over() {
    let Some(store) = ObjectStore::with_bucket("vault") else { return };
    let (home, _) = used(Home::new());
    let own = store.settings();
    let settings: Vec<(&str, &str)> = own
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .chain([("FARTHING_AUDIT_BUCKET", "s3://vault/farthing")])
        .collect();
    let run = |arguments: &[&str]| home.run_with(&settings, arguments);
    // Those of before are written with the next one, and this is asked for without anything new.
    run(&["audit", "checkpoint"]).exits(0);
    let report = run(&["--format", "json", "audit", "verify"]).exits(0).json();
    assert!(list(&report, "folders").iter().any(|folder| folder == "s3://vault/farthing"), "{report:#}");
    // What the home has no more is in the bucket.
    without_triggers(&home, "audit_checkpoint");
    without_triggers(&home, "audit_entry");
    home.tamper("DELETE FROM audit_checkpoint");
    home.tamper("DELETE FROM audit_entry WHERE sequence > 3");
    std::fs::remove_dir_all(home.store().join("audit/checkpoints")).expect("it goes");
    home.run(&["audit", "verify"]).exits(0);
    run(&["audit", "verify"]).exits(2).shows(&["was cut off", "written outside, is not in the database"]);
    // Another record of the same length is signed, and does not replace what is kept.
    home.write("rules.toml", format!("{}# another\n", super::RULES));
    for number in 0..5 {
        home.write("rules.toml", format!("{}# {number}\n", super::RULES));
        home.run(&["rules", "publish", "rules.toml"]).exits(0);
    }
    run(&["audit", "checkpoint"]).exits(0);
    run(&["audit", "verify"]).exits(2).shows(&["were written anew"]);
    let wrong = [("FARTHING_AUDIT_BUCKET", "vault")];
    home.run_with(&wrong, &["audit", "checkpoint"]).exits(1).says(&["audit_bucket", "does not begin with s3://"]);
}
