//! F5: a Parquet or gzip file that breaks off at each 64th of its length.

use std::io::Write;

use crate::support::{Bill, Home};

/// A quarter of the places in every run: each is two starts of the program. The rest is that of the collectors' own tests.
const STEP: usize = 4;

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish()).expect("memory takes what is written")
}

/// Every part of a file is refused by name, and what was there before stays.
fn breaks_off(name: &str, whole: &[u8]) {
    let good = Bill::of("2026-05").charges(20);
    let home = Home::new().file("good.csv", good.csv()).ingest_billing("good.csv", "acme");
    let before = home.state();
    for part in (1..64).step_by(STEP) {
        home.write(name, &whole[..whole.len() * part / 64]);
        let run = home.run(&["ingest", "billing", name, "--source", "acme"]).exits(1);
        run.says(&[name, "nothing was imported"]);
    }
    assert_eq!(home.state(), before);
    home.invariants_hold();
    home.write(name, whole);
    home.import_billing(name, "acme");
    home.changes_nothing(&["ingest", "billing", name, "--source", "acme"]);
    home.invariants_hold();
}

#[test]
fn f5_a_gzip_file_that_breaks_off_anywhere_is_refused() {
    breaks_off("cut.csv.gz", &gzip(&Bill::of("2026-05").charges(400).csv()));
}

#[test]
fn f5_a_parquet_file_that_breaks_off_anywhere_is_refused() {
    let home = Home::new();
    let folder = home.path().join("sample");
    home.run(&["demo", "--rows", "1000", "--files", "parquet", "--only-write", "sample"]).exits(0);
    let first =
        std::fs::read_dir(folder.join("bill/first")).expect("the sample was written").map(|e| e.expect("an entry").path());
    let first = first.min().expect("the sample has a bill");
    breaks_off("cut.parquet", &std::fs::read(first).expect("it can be read"));
}
