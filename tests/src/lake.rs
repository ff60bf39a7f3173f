//! `farthing lake`: whether the files are what the catalogue says, and what may go.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Bill, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(a_sum_that_was_changed_in_the_database_is_found);

fn home() -> Home {
    filled(Home::new())
}

fn filled(home: Home) -> Home {
    let bill = Bill::of("2026-05").charges(300).charge("a", "Once", "777777.125").csv();
    let home = home.file("bill.csv", bill).ingest_billing("bill.csv", "acme");
    let trace = "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-05-04 10:00:00,1000,20\n2026-05-04 11:00:00,500,10\n";
    home.file("trace.csv", trace).ingest_trace("trace.csv", "endpoint", &["--model", "m", "--workload", "w"])
}

fn verified(home: &Home, status: i32, more: &[&str]) -> Value {
    home.run(&[&["--format", "json", "lake", "verify"], more].concat()).exits(status).json()
}

/// The one difference: file name, what, expected, found.
fn difference(found: &Value) -> [String; 4] {
    let differences = list(found, "differences");
    assert_eq!(differences.len(), 1, "{found:#}");
    let name = text(&differences[0], "file").rsplit('/').next().unwrap_or_default().to_owned();
    assert!(text(&differences[0], "next_step").contains("estore"), "{found:#}");
    [name, text(&differences[0], "what").into(), text(&differences[0], "expected").into(), text(&differences[0], "found").into()]
}

fn file(home: &Home, name: &str) -> PathBuf {
    below(&home.store().join("lake")).into_iter().find(|path| path.ends_with(name)).expect("the import wrote it")
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder can be listed").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

#[test]
fn a_lake_as_it_was_written_is_verified() {
    let home = home();
    for deep in [&[][..], &["--deep"]] {
        let found = verified(&home, 0, deep);
        assert_eq!(list(&found, "differences"), [] as [Value; 0]);
        assert_eq!(list(&found, "orphans"), [] as [Value; 0]);
        assert_eq!((&found["revisions"], &found["files"], &found["rows"]), (&2.into(), &4.into(), &303.into()));
    }
    assert_eq!(Server::of(&home).get("/v1/lake/verification?deep=true&source=acme").is(200).json()["revisions"], 1);
    home.run(&["lake", "verify", "--period", "2031-01"]).exits(1).says(&["no revision", "farthing status"]);
    home.run(&["lake", "verify"]).exits(0).shows(&["2 revisions, 4 files, 303 facts", "all as the catalogue says"]);
}

#[test]
fn a_flipped_byte_a_cut_and_a_lost_file_are_each_found() {
    let home = home();
    for name in ["charges-0000.parquet", "keys.parquet", "rollup.parquet", "usage.parquet"] {
        let path = file(&home, name);
        let good = fs::read(&path).expect("a file of the lake");
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 4;
        fs::write(&path, &bad).expect("a file can be written");
        let [of, what, expected, found] = difference(&verified(&home, 2, &[]));
        assert_eq!((of.as_str(), what.as_str()), (name, "SHA-256"));
        assert_ne!(expected, found);

        fs::write(&path, &good[..good.len() - 100]).expect("a file can be written");
        let lengths = [name.into(), "length".into(), format!("{} bytes", good.len()), format!("{} bytes", good.len() - 100)];
        assert_eq!(difference(&verified(&home, 2, &[])), lengths);

        fs::remove_file(&path).expect("a file can be removed");
        let lost = [name.into(), "presence".into(), format!("a file of {} bytes", good.len()), "nothing".into()];
        assert_eq!(difference(&verified(&home, 2, &["--period", "2026-05"])), lost);
        home.run(&["lake", "verify"]).exits(2).shows(&[name, "presence", "nothing", "Restore the file"]);
        fs::write(&path, &good).expect("a file can be written");
    }
    verified(&home, 0, &["--deep"]);
}

fn a_sum_that_was_changed_in_the_database_is_found(home: NewHome) {
    let home = filled(home());
    let total = home.value("SELECT SUM(EffectiveCost) FROM focus");
    let total = total.as_str().expect("money is text").to_owned();
    let changed = total.replacen('8', "9", 1);
    assert_ne!(total, changed, "the sum has an 8 to change");
    let damage = format!("UPDATE revision_total SET amount = '{changed}' WHERE amount = '{total}' AND cost = 'effective'");
    assert_eq!(home.tamper(&damage), 1);
    let found = verified(&home, 2, &["--source", "acme"]);
    let [_, what, expected, read] = difference(&found);
    assert!(what.starts_with("sum of "), "{what}");
    assert_eq!((expected, read), (changed, total));
}

#[test]
fn a_folder_that_nobody_lists_is_told_and_is_no_difference() {
    let home = home();
    let orphan = home.store().join("lake/charges/source=acme/period=2026-05/0000-left-behind");
    fs::create_dir_all(&orphan).expect("a folder can be made");
    fs::write(orphan.join("charges-0000.parquet"), b"PAR1").expect("a file can be written");
    let found = verified(&home, 0, &[]);
    let orphans = list(&found, "orphans");
    assert_eq!(orphans.len(), 1, "{found:#}");
    assert_eq!(text(&orphans[0], "folder"), "charges/source=acme/period=2026-05/0000-left-behind");
    assert_eq!(orphans[0]["bytes"], 4);
    home.run(&["lake", "verify"]).exits(0).shows(&["Not listed by the catalogue", "0000-left-behind"]);
}

/// Three versions of May: two were replaced.
fn restated() -> Home {
    let bill = |charges| Bill::of("2026-05").charges(charges).csv();
    let home = Home::new().file("one.csv", bill(100)).file("two.csv", bill(200)).file("three.csv", bill(300));
    home.ingest_billing("one.csv", "acme").ingest_billing("two.csv", "acme").ingest_billing("three.csv", "acme")
}

fn policy(home: &Home, text: &str) {
    fs::write(home.path().join("lake.toml"), format!("version = 1\n{text}")).expect("a file can be written");
    home.run(&["lake", "policy", "publish", "lake.toml"]).exits(0);
}

fn fates(found: &Value) -> Vec<&str> {
    list(found, "revisions").iter().map(|revision| text(revision, "fate")).collect()
}

/// The moment at which the first version was in force.
fn first_moment(home: &Home) -> String {
    let retention = home.json(&["lake", "retain"]);
    let replaced: chrono::DateTime<chrono::Utc> =
        text(&list(&retention, "revisions")[0], "replaced_at").parse().expect("a moment");
    (replaced - chrono::TimeDelta::milliseconds(1)).to_rfc3339()
}

#[test]
fn what_was_replaced_goes_when_the_policy_says_so_and_the_catalogue_remembers() {
    let home = restated();
    assert_eq!(fates(&home.json(&["lake", "retain", "--apply"])), ["stays", "stays"]);
    let then = first_moment(&home);
    let as_of = ["sql", "SELECT COUNT(*) AS n FROM focus", "--as-of", &then];
    assert_eq!(home.json(&as_of)[0]["n"], 100);

    policy(&home, "retention = { keep_last = 1, keep_days = 0 }");
    let planned = home.json(&["lake", "retain", "--dry-run"]);
    assert_eq!(fates(&planned), ["retired", "stays"]);
    assert_eq!(home.json(&as_of)[0]["n"], 100);

    let done = home.json(&["lake", "retain", "--apply"]);
    assert_eq!((fates(&done), &done["bytes_retired"]), (vec!["retired", "stays"], &planned["bytes_retired"]));
    home.run(&as_of).exits(1).says(&["revision 1", "were removed on", "lake policy v1", "backup"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 300);
    assert_eq!(fates(&home.json(&["lake", "retain", "--apply"])), ["stays"]);
    let verified = verified(&home, 0, &["--deep"]);
    assert_eq!((&verified["revisions"], list(&verified, "orphans").len()), (&2.into(), 0));
}

#[test]
fn what_is_held_stays() {
    let home = restated();
    policy(&home, "retention.keep_days = 0\n[[holds]]\nreason = 'tax audit'\nfrom = '2026-05'\nto = '2026-05'");
    let found = home.json(&["lake", "retain", "--apply"]);
    assert_eq!(fates(&found), ["stays", "stays"]);
    assert_eq!(text(&list(&found, "revisions")[0], "why"), "held: tax audit");
    home.run(&["lake", "retain"]).exits(0).shows(&["held: tax audit", "2 stay."]);
}

#[test]
fn what_a_period_was_closed_on_stays_also_when_it_is_reopened() {
    let bill = |charges| Bill::of("2026-05").charges(charges).csv();
    let home = Home::new().file("one.csv", bill(100)).file("two.csv", bill(200)).file("three.csv", bill(300));
    let home = home.ingest_billing("one.csv", "acme").ingest_billing("two.csv", "acme");
    home.run(&["close", "2026-05", "--reason", "month end"]).exits(0);
    home.reopen("2026-05", "the provider restated it");
    let home = home.ingest_billing("three.csv", "acme");
    policy(&home, "retention.keep_days = 0");
    let found = home.json(&["lake", "retain", "--apply"]);
    assert_eq!(fates(&found), ["retired", "stays"]);
    assert!(text(&list(&found, "revisions")[1], "why").starts_with("2026-05 was closed on it"), "{found:#}");
}

#[test]
fn old_revisions_move_to_the_archive_and_can_still_be_read() {
    let home = restated();
    let cold = home.path().join("cold");
    policy(&home, &format!("archive = {{ folder = '{}', after_days = 0 }}", cold.display()));
    let then = first_moment(&home);
    let before = home.run(&["chargeback", "--period", "2026-05", "--format", "csv", "--as-of", &then]).exits(0).stdout;
    assert_eq!(fates(&home.json(&["lake", "retain", "--apply"])), ["archived", "archived"]);
    assert_eq!(home.run(&["chargeback", "--period", "2026-05", "--format", "csv", "--as-of", &then]).exits(0).stdout, before);
    assert_eq!(below(&cold).iter().filter(|path| path.ends_with("charges-0000.parquet")).count(), 2);

    let found = verified(&home, 0, &["--deep"]);
    assert_eq!((&found["revisions"], list(&found, "orphans").len()), (&3.into(), 2));
    let swept = home.json(&["lake", "sweep", "--older-than", "0", "--apply"]);
    assert_eq!(list(&swept, "removed").len(), 2);
    let found = verified(&home, 0, &["--deep"]);
    assert_eq!((&found["revisions"], list(&found, "orphans").len()), (&3.into(), 0));
    assert_eq!(home.run(&["chargeback", "--period", "2026-05", "--format", "csv", "--as-of", &then]).exits(0).stdout, before);
    // What is archived may be retired later.
    policy(&home, &format!("retention.keep_days = 0\narchive = {{ folder = '{}', after_days = 0 }}", cold.display()));
    assert_eq!(fates(&home.json(&["lake", "retain", "--apply"])), ["retired", "retired"]);
    assert!(below(&cold).is_empty());
}

#[test]
fn a_bill_in_many_files_is_compacted_and_stays_the_same() {
    let home = Home::new();
    // Files with other columns in between: each change begins a new file of the lake.
    fs::create_dir(home.path().join("bills")).expect("a folder can be made");
    for part in 0..6 {
        let bill = Bill::of("2026-05").charges(40).charge("a", &format!("Part {part}"), "1.5");
        let bill = if part % 2 == 0 { bill } else { bill.column("x_Extra", "e") };
        fs::write(home.path().join(format!("bills/{part}.csv")), bill.csv()).expect("a file can be written");
    }
    home.import_once_more("bills", "acme");
    let reports = || {
        let asks: [&[&str]; 3] = [
            &["chargeback", "--period", "2026-05"],
            &["sql", "SELECT * FROM focus ORDER BY ServiceName, ChargePeriodStart, BilledCost, x_Extra"],
            &["status"],
        ];
        asks.map(|ask| home.run(&[&["--format", "csv"], ask].concat()).exits(0).stdout)
    };
    let before = reports();
    let planned = home.json(&["lake", "compact"]);
    assert_eq!((&planned[0]["before"]["files"], &planned[0]["after"]), (&6.into(), &Value::Null));
    let done = home.json(&["lake", "compact", "--apply"]);
    assert_eq!((&done[0]["before"]["files"], &done[0]["after"]["files"], &done[0]["rows"]), (&6.into(), &2.into(), &246.into()));
    assert_eq!(reports(), before);
    assert_eq!(home.json(&["lake", "compact", "--apply"]), Value::Array(Vec::new()));

    let found = verified(&home, 0, &["--deep"]);
    assert_eq!(list(&found, "orphans").len(), 1, "what others may be reading stays for a while");
    let kept = home.json(&["lake", "sweep", "--apply"]);
    assert_eq!((list(&kept, "removed").len(), list(&kept, "recent").len()), (0, 1));
    home.run(&["lake", "sweep", "--older-than", "0", "--apply"]).exits(0).shows(&["1 folders", "were removed"]);
    assert_eq!(verified(&home, 0, &["--deep"])["orphans"], Value::Array(Vec::new()));
    assert_eq!(reports(), before);
}

#[test]
fn a_policy_that_makes_no_sense_is_refused() {
    let home = Home::new().file("lake.toml", "version = 1\n[retention]\nkeep = 3\n");
    home.run(&["lake", "policy", "check", "lake.toml"]).exits(1).says(&["lake.toml", "keep"]);
    home.run(&["lake", "policy", "publish", "lake.toml"]).exits(1);
    home.run(&["lake", "policy", "show"]).exits(1).says(&["no policy of the lake", "farthing lake policy publish"]);
}

#[test]
fn the_daily_roll_up_answers_as_the_charges_do() {
    let home = home();
    let home = home.file("beta.csv", Bill::of("2026-05").charges(70).csv());
    home.import_once_more("beta.csv", "beta");
    let asks = [
        "SELECT ServiceName, SubAccountId, {day} AS day, SUM(EffectiveCost) AS cost, SUM(ListCost) AS list FROM {table}
         WHERE BillingPeriodStart = TIMESTAMP '2026-05-01' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        "SELECT SUM(BilledCost) AS cost FROM {table} WHERE ServiceName = 'Once'",
        "SELECT BillingCurrency, SUM(ContractedCost) AS cost FROM {table} WHERE Tags LIKE '%\"a\"%' GROUP BY 1",
    ];
    for ask in asks {
        let over = |table, day| home.json(&["sql", &ask.replace("{table}", table).replace("{day}", day)]);
        let daily = over("focus_daily", "ChargeDay");
        assert_eq!(daily, over("focus", "CAST(ChargePeriodStart AS DATE)"), "{ask}");
        assert!(daily.as_array().is_some_and(|rows| !rows.is_empty()), "{ask}");
    }
    assert_eq!(home.value("SELECT SUM(Charges) FROM focus_daily"), home.value("SELECT COUNT(*) FROM focus"));
    let team = home.value("SELECT SUM(EffectiveCost) FROM focus_daily WHERE \"tag:team\" = 'b'");
    assert_eq!(team, home.value("SELECT SUM(EffectiveCost) FROM focus WHERE Tags LIKE '%\"b\"%'"));
    assert_eq!(home.json(&["sql", "SELECT COUNT(*) AS n FROM focus_daily", "--source", "nobody"])[0]["n"], 0);
}
