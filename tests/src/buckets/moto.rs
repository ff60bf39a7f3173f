//! Against moto's server, which many take for S3.

use crate::support::{Bill, Home, ObjectStore, Run, list, text};

/// Imports from a bucket.
fn ingest(home: &Home, store: &ObjectStore, address: &str, source: &str) -> Run {
    let settings = store.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    home.run_with(&settings, &["--format", "json", "ingest", "billing", address, "--source", source])
}

fn bill(month: &'static str, charges: usize) -> String {
    Bill::of(month).charges(charges).csv()
}

fn packed(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).expect("text can be packed")
}

#[test]
fn an_export_is_the_same_from_a_bucket_and_from_a_folder() {
    let Some(store) = ObjectStore::with_bucket("bills") else { return };
    let (may, june) = (bill("2026-05", 300), packed(&bill("2026-06", 200)));
    store.put("bills/exports/acme/2026-05/bill.csv", &may);
    store.put("bills/exports/acme/2026-06/bill.csv.zst", &june);
    store.put("bills/exports/acme/README.txt", "no bill");
    store.put("bills/exports/acme-old/bill.csv", bill("2026-05", 7));
    let home = Home::new().file("folder/a.csv", &may).file("folder/b.csv.zst", &june);
    let report = ingest(&home, &store, "s3://bills/exports/acme", "acme").exits(0).json();
    assert_eq!((&report["rows"], list(&report, "periods").len()), (&500.into(), 2));
    let files: Vec<&str> = list(&report, "files").iter().map(|file| text(file, "file")).collect();
    let expected = ["s3://bills/exports/acme/2026-05/bill.csv", "s3://bills/exports/acme/2026-06/bill.csv.zst"];
    assert_eq!(files, expected);
    home.invariants_hold();
    let before = home.state();
    // The same content under other names and from another place is the same import.
    let again = home.json(&["ingest", "billing", "folder", "--source", "acme"]);
    assert_eq!(again["changed"], false);
    assert_eq!(ingest(&home, &store, "s3://bills/exports/acme/", "acme").exits(0).json()["changed"], false);
    assert_eq!(home.state(), before);
    // A restated month replaces the one that was there.
    store.put("bills/exports/acme/2026-06/bill.csv.zst", packed(&bill("2026-06", 201)));
    assert_eq!(list(&ingest(&home, &store, "s3://bills/exports/acme", "acme").exits(0).json(), "periods").len(), 1);
    home.invariants_hold();
    assert_eq!(std::fs::read_dir(home.store().join("lake/staging")).expect("a folder").count(), 0, "what was fetched is gone");
}

#[test]
fn one_object_is_an_export_too_and_names_are_taken_as_they_are() {
    let Some(store) = ObjectStore::with_bucket("bills") else { return };
    store.put("bills/a%20b/bill%2Bx.csv", bill("2026-05", 20));
    let home = Home::new();
    let report = ingest(&home, &store, "s3://bills/a b/bill+x.csv", "acme").exits(0).json();
    assert_eq!(text(&list(&report, "files")[0], "file"), "s3://bills/a b/bill+x.csv");
    home.invariants_hold();
}

#[test]
fn logs_of_invocations_are_the_same_from_a_bucket_and_from_a_folder() {
    let Some(store) = ObjectStore::with_bucket("logs") else { return };
    let log = |id: u32, day: u32| {
        format!(
            r#"{{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-05-{day:02}T08:00:0{id}Z","accountId":"1","region":"us-east-1","requestId":"r{id}","operation":"InvokeModel","modelId":"anthropic.claude","input":{{"inputTokenCount":{id}}},"output":{{"outputTokenCount":7}}}}"#
        )
    };
    let (first, second) = (log(1, 1), format!("{}\n{}\n", log(2, 2), log(1, 1)));
    store.put("logs/AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/05/01/08/a.json", &first);
    store.put("logs/AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/05/02/08/b.json", &second);
    store.put("logs/AWSLogs/1/BedrockModelInvocationLogs/amazon-bedrock-logs-permission-check", "no log");
    let home = Home::new().file("logs/a.json", &first).file("logs/b.json", &second);
    let settings = store.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let address = "s3://logs/AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/05";
    let usage = ["--format", "json", "ingest", "usage", address, "--source", "bedrock", "--format", "bedrock-log"];
    home.run_with(&settings, &usage).exits(0);
    assert_eq!(
        home.json(&["sql", "SELECT SUM(Requests) AS r, SUM(InputTokens) AS i FROM usage"]),
        serde_json::json!([{"r": 2, "i": 3}])
    );
    let again = home.json(&["ingest", "usage", "logs", "--source", "bedrock", "--format", "bedrock-log"]);
    assert_eq!(again["changed"], false, "{again:#}");
    assert_eq!(std::fs::read_dir(home.store().join("lake/staging")).expect("a folder").count(), 0, "what was fetched is gone");
    let none = ["ingest", "usage", "s3://logs/AWSLogs/2", "--source", "bedrock", "--format", "bedrock-log"];
    home.run_with(&settings, &none).exits(1).says(&["no usage files below"]);
}

#[test]
fn a_manifest_in_a_bucket_is_followed() {
    let Some(store) = ObjectStore::with_bucket("bills") else { return };
    let manifest = r#"{"exportArn":"arn:x","dataFiles":["s3://bills/x/e/data/BILLING_PERIOD=2026-05/e-1.csv"]}"#;
    store.put("bills/x/e/data/BILLING_PERIOD=2026-05/e-1.csv", bill("2026-05", 40));
    store.put("bills/x/e/data/BILLING_PERIOD=2026-05/left-over.csv", bill("2026-05", 90));
    store.put("bills/x/e/metadata/BILLING_PERIOD=2026-05/e-Manifest.json", manifest);
    let home = Home::new();
    let report = ingest(&home, &store, "s3://bills/x/e", "acme").exits(0).json();
    assert_eq!(report["rows"], 40);
    let left_over = list(&report, "files").iter().find(|file| text(file, "file").ends_with("left-over.csv"));
    assert!(text(left_over.expect("it is named"), "format").contains("the manifest does not list it"));
    // A delivery that is not whole can be had later.
    store.put("bills/y/e/metadata/BILLING_PERIOD=2026-05/e-Manifest.json", manifest);
    ingest(&home, &store, "s3://bills/y/e", "other").exits(75).says(&[
        "s3://bills/y/e/metadata/BILLING_PERIOD=2026-05/e-Manifest.json",
        "lists 1 files and 0 are there",
        "nothing was imported",
    ]);
    home.invariants_hold();
}

#[test]
fn what_is_not_there_is_named_with_bucket_and_key() {
    let Some(store) = ObjectStore::with_bucket("bills") else { return };
    store.put("bills/notes/a.txt", "no bill");
    store.put("bills/notes/b.txt", "no bill either");
    store.put("bills/bad/bill.csv", "a,b\n1,2\n");
    let home = Home::new();
    ingest(&home, &store, "s3://nowhere/x", "acme").exits(1).says(&["s3://nowhere/x", "no such bucket", "nothing was imported"]);
    ingest(&home, &store, "s3://bills/missing", "acme").exits(1).says(&["s3://bills/missing", "no billing files"]);
    ingest(&home, &store, "s3://bills/notes", "acme").exits(1).says(&["s3://bills/notes", "2 other objects"]);
    ingest(&home, &store, "s3://bills/bad/bill.csv", "acme").exits(1).says(&["s3://bills/bad/bill.csv: row 1"]);
    home.run(&["status"]).exits(0);
}

#[test]
fn a_delivery_larger_than_allowed_is_not_fetched() {
    let Some(store) = ObjectStore::with_bucket("bills") else { return };
    store.put("bills/big/a.csv", vec![b'x'; 700_000]);
    store.put("bills/big/b.csv", vec![b'x'; 700_000]);
    let home = Home::new();
    let settings = store.settings();
    let mut settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    settings.push(("FARTHING_S3_FETCH_MIB", "1"));
    let run = home.run_with(&settings, &["ingest", "billing", "s3://bills/big", "--source", "acme"]);
    run.exits(1).says(&["1400000 bytes", "more than the 1048576", "s3_fetch_mib"]);
}
