//! `farthing … | head` is no error.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{Bill, Home, program};

#[test]
fn a_reader_that_has_enough_is_no_error() {
    // The reader is gone before anything is written: how much a pipe holds does not matter.
    let home = Home::new();
    let mut child = program(home.path())
        .args(["rules", "schema"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn nor_is_one_that_stops_in_the_middle() {
    let home = Home::new().file("bill.csv", Bill::of("2026-05").charges(2_000).csv()).ingest_billing("bill.csv", "acme");
    let mut child = program(home.path())
        .args(["--home", home.name(), "sql", "SELECT * FROM focus", "--format", "csv"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().expect("stdout is piped")).read_line(&mut first).expect("a line");
    assert!(first.contains("BilledCost"), "{first}");
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
