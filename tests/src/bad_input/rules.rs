use crate::support::{Bill, Home, text};

const GOOD: &str = r#"version = 1

[[units]]
id = "claims"

[[rules]]
id = "by-team"
unit_from_tag = "team"
"#;

/// A cycle of three units on lines 3 to 13, an unknown unit on line 17, an unknown column on line 18.
const BAD: &str = r#"version = 1

[[units]]
id = "a"
parent = "b"

[[units]]
id = "b"
parent = "c"

[[units]]
id = "c"
parent = "a"

[[rules]]
id = "claims-apps"
unit = "clams"
when = { SubAcountId = "2000" }
"#;

#[test]
fn all_that_is_wrong_with_a_rule_file_is_said_with_its_line_and_nothing_is_published() {
    let bill = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25").charge("", "Queues", "1");
    let home = Home::new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "acme").rules(GOOD);
    let home = home.file("bad.toml", BAD);
    for command in ["check", "publish"] {
        let run = home.run(&["rules", command, "bad.toml"]).exits(1);
        let run = run.says(&["bad.toml", "line 3", "cycle", "line 17", "\"clams\"", "line 18", "SubAcountId"]);
        assert_eq!(run.stdout, "", "{run}");
    }
    let chargeback = home.json(&["chargeback", "--period", "2026-05"]);
    assert_eq!(text(&chargeback, "rule_set"), "v1");
    assert_eq!((text(&chargeback, "attributed_total"), text(&chargeback, "unattributed_total")), ("10.25", "1"));
}

#[test]
fn the_same_rules_again_are_no_new_version_and_other_rules_are() {
    let bill = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25");
    let home = Home::new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "acme").rules(GOOD).rules(GOOD);
    let rule_set = |home: &Home| text(&home.json(&["chargeback", "--period", "2026-05"]), "rule_set").to_owned();
    assert_eq!(rule_set(&home), "v1");
    let home = home.rules(&GOOD.replace("[[rules]]", "[[units]]\nid = \"lending\"\n\n[[rules]]"));
    assert_eq!(rule_set(&home), "v2");
}

#[test]
fn a_checked_file_is_not_published() {
    let home = Home::new().file("rules.toml", GOOD);
    home.run(&["rules", "check", "rules.toml"]).exits(0);
    home.run(&["rules", "show"]).exits(1).says(&["farthing rules publish"]);
}

#[test]
fn a_missing_or_broken_file_is_named() {
    let home = Home::new().file("broken.toml", "version = 1\n[[rules]\n");
    home.run(&["rules", "check", "nowhere.toml"]).exits(1).says(&["nowhere.toml"]);
    home.run(&["rules", "check", "broken.toml"]).exits(1).says(&["broken.toml", "line 2"]);
    home.run(&["ingest", "fleet", "broken.toml"]).exits(1).says(&["broken.toml"]);
    home.run(&["ingest", "people", "broken.toml"]).exits(1).says(&["broken.toml"]);
}
