//! Personal data that a policy names is nowhere in the home, and what is worked out from facts still works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Bill, Home, Run, list, text};

/// Texts that must not be found, each of them at one place of the files to import.
const PERSONS: [&str; 6] =
    ["ann.person@example.com", "bob-laptop-7f3", "carol.person", "dave-decides", "erin-in-a-finding", "frank-in-metadata"];

const KEY: [(&str, &str); 1] = [("FARTHING_MASKING_KEY_FILE", "key.txt")];

const POLICY: &str = "version = 1
[columns]
ResourceName = 'drop'
ResourceId = 'hash'
Principal = 'hash'
DecisionId = 'hash'
x_Owner = 'drop'
[tags]
user = 'hash'
";

/// A bill whose every charge names people in columns, tags and a price that is none.
fn bill(charges: usize) -> String {
    let bill = (0..charges).fold(Bill::of("2026-05"), |bill, row| {
        let tags = "\"{\"\"team\"\":\"\"a\"\"}\"";
        let person = format!("\"{{\"\"team\"\":\"\"a\"\",\"\"User\"\":\"\"{}\"\"}}\"", PERSONS[0]);
        bill.charge("a", "Compute", &format!("{row}.25")).with(tags, &person)
    });
    let bill = bill.column("ResourceId", PERSONS[0]).column("ResourceName", PERSONS[1]).column("x_Owner", PERSONS[2]);
    bill.column("ListUnitPrice", PERSONS[4]).csv()
}

const DECISIONS: &str = "id,decided_at,workflow,actor,outcome\n\
    dave-decides,2026-05-04 10:00:00,claims,ai,accepted\n\
    dave-decides,2026-05-04 11:00:00,claims,ai,wrong\n\
    other,2026-05-04 12:00:00,claims,ai,accepted\n";

fn spend_log() -> String {
    let line = |id: &str, user: &str| {
        format!(
            "{{\"request_id\":\"{id}\",\"startTime\":\"2026-05-04T10:00:00Z\",\"model\":\"m\",\"spend\":0.5,\"prompt_tokens\":10,\
             \"completion_tokens\":5,\"user\":\"{user}\",\"request_tags\":[],\"metadata\":\"{{}}\"}}\n"
        )
    };
    line("r1", PERSONS[0]) + &line("r2", PERSONS[5])
}

fn home() -> Home {
    let home = Home::new().file("key.txt", "a secret of the test, long enough\n").file("masking.toml", POLICY);
    home.file("bill.csv", bill(40)).file("decisions.csv", DECISIONS).file("spend.jsonl", spend_log())
}

fn run(home: &Home, arguments: &[&str]) -> Run {
    home.run_with(&KEY, &[&["--format", "json", "-vv"], arguments].concat())
}

/// Imports everything, and gives all that was said meanwhile.
fn imported(home: &Home) -> String {
    let mut said = String::new();
    let mut import = |arguments: &[&str], status: i32| said += &run(home, arguments).exits(status).to_string();
    import(&["ingest", "billing", "bill.csv", "--source", "acme"], 0);
    import(&["ingest", "usage", "spend.jsonl", "--source", "gateway", "--format", "litellm"], 0);
    import(&["ingest", "decisions", "decisions.csv"], 3);
    said
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder can be listed").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// All that the home holds: every file as it is, and the rows of Parquet files as DuckDB reads them.
fn contents(home: &Home, python: &Path) -> String {
    let files = files_below(&home.store());
    assert!(files.len() > 5, "{files:?}");
    let mut all: String =
        files.iter().map(|file| String::from_utf8_lossy(&fs::read(file).expect("it can be read")).into_owned()).collect();
    let parquet: Vec<&PathBuf> = files.iter().filter(|file| file.extension().is_some_and(|end| end == "parquet")).collect();
    let script = "import duckdb, sys\nfor f in sys.argv[1:]: print(duckdb.sql(f\"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{f}')\").fetchall())";
    let read = Command::new(python).args(["-c", script]).args(&parquet).output().expect("Python starts");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    all += &String::from_utf8_lossy(&read.stdout);
    all
}

#[test]
fn the_clear_text_is_nowhere_in_the_home() {
    let Some(python) = farthing_testkit::python() else { return };
    let clear = home();
    imported(&clear);
    let found = contents(&clear, &python);
    let kept: Vec<&&str> = PERSONS.iter().filter(|person| found.contains(**person)).collect();
    assert_eq!(kept.len(), PERSONS.len(), "without a policy all of them are there, so that the search can be believed: {kept:?}");

    let home = home();
    run(&home, &["masking", "publish", "masking.toml"]).exits(0);
    let mut said = imported(&home);
    for arguments in
        [&["status"][..], &["status", "--findings"], &["chargeback", "--period", "2026-05"], &["lake", "verify", "--deep"]]
    {
        said += &run(&home, arguments).exits(0).to_string();
    }
    for (place, text) in [("the home", contents(&home, &python)), ("what was said", said)] {
        for person in PERSONS {
            assert!(!text.contains(person), "{person} is in {place}");
        }
        assert!(!text.contains("a secret of the test"), "the key is in {place}");
    }
    home.invariants_hold();
}

#[test]
fn money_stays_and_masks_join_what_belongs_together() {
    let home = home();
    run(&home, &["masking", "publish", "masking.toml"]).exits(0);
    imported(&home);
    let mask = run(&home, &["masking", "hash", PERSONS[0]]).exits(0).stdout.trim().to_owned();
    assert!(mask.starts_with("masked-"), "{mask}");
    let rules = format!(
        "version = 1\n[[units]]\nid = 'ann'\nname = 'Ann'\n[[rules]]\nid = 'ann'\nunit = 'ann'\nwhen.'tag:User' = '{mask}'\n"
    );
    let home = home.rules(&rules);
    let report = home.json(&["chargeback", "--period", "2026-05"]);
    assert_eq!(report["attributed_total"], report["billed_total"], "{report:#}");
    assert_eq!(home.value("SELECT COUNT(DISTINCT ResourceId) FROM focus"), 1);
    assert_eq!(home.value("SELECT MAX(ResourceId) FROM focus"), mask.as_str());
    assert_eq!(home.value("SELECT COUNT(ResourceName) FROM focus"), 0);
    assert_eq!(home.value("SELECT COUNT(DISTINCT Principal) FROM usage"), 2);
    let shared = format!("SELECT COUNT(*) FROM usage WHERE Principal = '{mask}'");
    assert_eq!(home.value(&shared), 1, "the user of the bill and of the gateway is one");
    let clear = self::home().ingest_billing("bill.csv", "acme");
    let total = "SELECT SUM(BilledCost) FROM focus";
    assert_eq!(home.value(total), clear.value(total));
    home.invariants_hold();
}

#[test]
fn a_policy_is_a_part_of_what_an_import_is() {
    let home = home();
    run(&home, &["masking", "publish", "masking.toml"]).exits(0);
    let bill = ["ingest", "billing", "bill.csv", "--source", "acme"];
    assert!(text(&run(&home, &bill).exits(0).json(), "message").contains("masked by policy v1"));
    let status = home.json(&["status"]);
    assert_eq!(list(&status, "periods")[0]["masked_by"], 1);
    // The same files, and the same rows in another file, under the same policy.
    assert_eq!(run(&home, &bill).exits(0).json()["changed"], false);
    home.write("again.csv", self::bill(40).replace('\n', "\r\n"));
    assert_eq!(run(&home, &["ingest", "billing", "again.csv", "--source", "acme"]).exits(0).json()["changed"], false);
    // Under another policy the same files are other facts.
    home.write("masking.toml", "version = 1\n[columns]\nResourceId = 'drop'\n");
    run(&home, &["masking", "publish", "masking.toml"]).exits(0);
    let partial = run(&home, &[&bill[..], &["--partial"]].concat());
    partial.exits(1).says(&["2026-05", "masked by policy v1", "policy v2", "nothing was imported"]);
    assert_eq!(run(&home, &bill).exits(0).json()["changed"], true);
    assert_eq!(list(&home.json(&["status"]), "periods")[0]["masked_by"], 2);
    home.invariants_hold();
}

#[test]
fn nothing_is_imported_without_the_key_that_the_policy_needs() {
    let home = home();
    home.run(&["masking", "publish", "masking.toml"]).exits(0);
    let refused = home.run(&["ingest", "billing", "bill.csv", "--source", "acme"]).exits(1);
    refused.says(&["masking policy v1", "no key", "nothing was imported", "FARTHING_MASKING_KEY_FILE"]);
    home.run_with(&[("FARTHING_MASKING_KEY", "short")], &["status"]).exits(64).says(&["fewer than 16 characters"]);
    home.run(&["masking", "hash", "x"]).exits(1).says(&["no masking key"]);
    home.run_with(&KEY, &["config", "show", "--origin"]).exits(0).shows(&["FARTHING_MASKING_KEY_FILE", "(set, not shown)"]);
}

#[test]
fn a_policy_is_checked_published_and_shown() {
    let home = home();
    home.run(&["masking", "show"]).exits(1).says(&["no masking policy", "farthing masking publish"]);
    home.run(&["masking", "check", "masking.toml"]).exits(0).shows(&[
        "masking.toml is good",
        "3 hashed, 2 dropped",
        "tags: 1 hashed",
    ]);
    home.write("odd.toml", "version = 1\n[columns]\nResourceNmae = 'drop'\n");
    home.run(&["masking", "check", "odd.toml"]).exits(0).shows(&["warning: ResourceNmae is no column"]);
    home.write("wrong.toml", "version = 1\n[columns]\nBilledCost = 'drop'\n");
    home.run(&["masking", "publish", "wrong.toml"]).exits(1).says(&["wrong.toml", "BilledCost", "never masked"]);
    home.run(&["masking", "publish", "masking.toml"]).exits(0).shows(&["published as version 1"]);
    assert_eq!(home.run(&["masking", "show"]).exits(0).stdout, POLICY);
}
