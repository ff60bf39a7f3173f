//! Whatever way the same charge comes twice, it is counted once; and nothing that was meant is taken for a repetition.

use serde_json::Value;

use crate::support::{Bill, Exact, Home, NewHome, list, on_both_databases, text};

on_both_databases!(
    f4_the_same_rows_in_other_files_are_nothing_new,
    f4_a_restatement_can_be_taken_back,
    f4_exports_that_overlap_are_counted_once_and_repetitions_within_one_stay,
    f4_the_same_rows_through_export_and_api_are_refused_or_need_a_reason,
    f4_a_part_of_a_month_is_added_to_it_once,
);

fn lines(bill: &Bill) -> (String, Vec<String>) {
    let csv = bill.csv();
    let mut lines = csv.lines().map(str::to_owned);
    (lines.next().expect("a header"), lines.collect())
}

fn csv(header: &str, rows: &[String]) -> String {
    format!("{header}\n{}\n", rows.join("\n"))
}

fn sequences(home: &Home) -> Vec<u64> {
    let status = home.json(&["status"]);
    list(&status, "periods").iter().map(|period| period["sequence"].as_u64().expect("a number")).collect()
}

fn billed(home: &Home) -> Exact {
    Exact::parse(home.value("SELECT SUM(BilledCost) FROM focus").as_str().expect("a decimal"))
}

fn ingest(home: &Home, arguments: &[&str]) -> Value {
    home.json(&[&["ingest", "billing"], arguments].concat())
}

fn f4_the_same_rows_in_other_files_are_nothing_new(new: NewHome) {
    let (header, rows) = lines(&Bill::of("2026-05").charges(40));
    let turned: Vec<String> = rows.iter().rev().cloned().collect();
    // Columns in another order, with one more that is empty: quoted fields stand at the end of the rows and stay there.
    let swap = |line: &String| {
        let (first, rest) = line.split_once(',').expect("two columns");
        let (second, rest) = rest.split_once(',').expect("three columns");
        format!("{second},{first},{rest}")
    };
    let swapped: Vec<String> = rows.iter().map(|row| format!("{},", swap(row))).collect();
    let home = new()
        .file("first.csv", csv(&header, &rows))
        .file("turned.csv", csv(&header, &turned))
        .file("swapped.csv", csv(&format!("{},x_Empty", swap(&header)), &swapped))
        .file("halves/1.csv", csv(&header, &rows[..11]))
        .file("halves/2.csv", csv(&header, &rows[11..]))
        .ingest_billing("first.csv", "acme");
    let sum = billed(&home);
    for file in ["turned.csv", "swapped.csv", "halves"] {
        let report = ingest(&home, &[file, "--source", "acme"]);
        assert_eq!((&report["changed"], list(&report, "periods").len()), (&Value::Bool(false), 0), "{file}: {report:#}");
        assert!(text(&report, "message").contains("The same rows are there already"), "{report:#}");
    }
    assert_eq!((sequences(&home), billed(&home)), (vec![1], sum));
    // One row changed is a restatement.
    let mut changed = turned;
    changed[7] = changed[7].replacen(".01,", ".02,", 1);
    let home = home.file("changed.csv", csv(&header, &changed)).ingest_billing("changed.csv", "acme");
    assert_eq!((sequences(&home), billed(&home)), (vec![2], sum + Exact::parse("0.01")));
}

fn f4_a_restatement_can_be_taken_back(new: NewHome) {
    let (a, b) = (Bill::of("2026-05").charges(5), Bill::of("2026-05").charges(6));
    let home = new().file("a.csv", a.csv()).file("b.csv", b.csv());
    let mut expected = Vec::new();
    for (at, file) in ["a.csv", "b.csv", "a.csv", "a.csv", "b.csv"].into_iter().enumerate() {
        let report = ingest(&home, &[file, "--source", "acme"]);
        assert_eq!(report["changed"], at != 3, "{at}: {report:#}");
        expected.push(home.value("SELECT COUNT(*) FROM focus"));
    }
    assert_eq!(expected, [5, 6, 5, 5, 6]);
    assert_eq!(sequences(&home), [4]);
    // Who reads a folder of deliveries again and again says so.
    assert_eq!(ingest(&home, &["a.csv", "--source", "acme", "--only-new"])["changed"], false);
    assert_eq!((home.value("SELECT COUNT(*) FROM focus"), sequences(&home)), (6.into(), vec![4]));
}

fn f4_exports_that_overlap_are_counted_once_and_repetitions_within_one_stay(new: NewHome) {
    let (header, mut rows) = lines(&Bill::of("2026-05").charges(30));
    // The provider billed one thing twice, on purpose.
    rows.insert(11, rows[10].clone());
    let home = new()
        .file("daily/1.csv", csv(&header, &rows[..20]))
        .file("daily/2.csv", csv(&header, &rows[9..]))
        .file("all.csv", csv(&header, &rows));
    let run = home.run(&["ingest", "billing", "daily", "--source", "acme"]).exits(0);
    run.shows(&["in-several-files", "each was counted once", "--allow-overlap REASON"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 31);
    let report = ingest(&home, &["all.csv", "--source", "acme"]);
    assert_eq!(report["changed"], false, "it is the whole month: {report:#}");
    let statement = home.json(&["chargeback", "--period", "2026-05", "--cost", "billed"]);
    assert_eq!((text(&statement, "difference"), statement["charges"].as_u64()), ("0", Some(31)));
    let counts = new().file("1.csv", csv(&header, &rows[..20])).file("2.csv", csv(&header, &rows[9..]));
    ingest(&counts, &["1.csv", "2.csv", "--source", "acme", "--allow-overlap", "each file is a cluster of its own"]);
    assert_eq!(counts.value("SELECT COUNT(*) FROM focus"), 42);
}

fn f4_the_same_rows_through_export_and_api_are_refused_or_need_a_reason(new: NewHome) {
    let (header, rows) = lines(&Bill::of("2026-05").charges(40));
    let other = Bill::of("2026-05").charge("z", "Other", "3").csv();
    let home = new()
        .file("bill.csv", csv(&header, &rows))
        .file("half.csv", csv(&header, &rows[..20]))
        .file("other.csv", other)
        .ingest_billing("bill.csv", "export");
    let refused = home.run(&["ingest", "billing", "half.csv", "--source", "api"]).exits(1);
    refused.says(&["20 of 20 rows of 2026-05", "billed) are in source export as well", "--allow-overlap REASON"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 40);
    let home = home.ingest_billing("other.csv", "another");
    ingest(&home, &["half.csv", "--source", "api", "--allow-overlap", "two clusters at the same list price"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 61);
    let findings = home.json(&["status", "--findings"]);
    let kept: Vec<&Value> =
        findings.as_array().expect("findings").iter().filter(|finding| finding["rule"] == "in-another-source").collect();
    assert_eq!((kept.len(), text(kept[0], "value")), (1, "two clusters at the same list price"));
}

fn f4_a_part_of_a_month_is_added_to_it_once(new: NewHome) {
    let (header, rows) = lines(&Bill::of("2026-05").charges(30));
    let home = new()
        .file("1.csv", csv(&header, &rows[..10]))
        .file("2.csv", csv(&header, &rows[8..]))
        .file("all.csv", csv(&header, &rows));
    let partial = |file: &str| ingest(&home, &[file, "--source", "acme", "--partial"]);
    assert_eq!(partial("1.csv")["changed"], true);
    let report = partial("2.csv");
    assert!(text(&report, "message").contains("20 rows added to the 10 that were there, 2 were there already"), "{report:#}");
    assert_eq!(partial("2.csv")["changed"], false);
    assert_eq!(partial("1.csv")["changed"], false);
    assert_eq!(ingest(&home, &["all.csv", "--source", "acme"])["changed"], false);
    assert_eq!((home.value("SELECT COUNT(*) FROM focus"), sequences(&home)), (30.into(), vec![2]));
}

#[test]
fn a_stray_row_of_another_month_does_not_replace_that_month() {
    let Some(sample) = farthing_testkit::shared_data("data/focus/real/focus_1.0_sample_1000.csv") else { return };
    let bill = Bill::of("2024-10").charges(200).csv();
    let sample = sample.to_str().expect("UTF-8").to_owned();
    let home = Home::new().file("october.csv", bill).ingest_billing("october.csv", "official");
    // Without the month before, which the sample brings.
    let october = |home: &Home| {
        let statement = home.json(&["chargeback", "--period", "2024-10", "--cost", "billed"]);
        ["billed_total", "charges", "proof", "revisions"].map(|part| statement[part].clone())
    };
    let before = october(&home);

    let run = home.run(&["ingest", "billing", &sample, "--source", "official"]).exits(3);
    run.shows(&["stray-period", "2024-10", "--partial"]);
    assert_eq!(october(&home), before);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus WHERE BillingPeriodStart = '2024-09-01T00:00:00Z'"), 999);
    assert_eq!(ingest(&home, &[&sample, "--source", "official"])["changed"], false);
    // Told so, it adds the row to its month, and nothing to the other.
    let report = ingest(&home, &[&sample, "--source", "official", "--partial"]);
    assert_eq!(list(&report, "periods").len(), 1, "{report:#}");
    assert_eq!(home.value("SELECT COUNT(*) FROM focus WHERE BillingPeriodStart = '2024-10-01T00:00:00Z'"), 201);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 1_200);
}

#[test]
fn a_month_that_is_replaced_by_a_tenth_of_it_is_said_and_can_be_taken_back() {
    let (header, rows) = lines(&Bill::of("2026-05").charges(30));
    let home = Home::new().file("all.csv", csv(&header, &rows)).file("day.csv", csv(&header, &rows[..2]));
    let home = home.ingest_billing("all.csv", "acme");
    home.run(&["ingest", "billing", "day.csv", "--source", "acme"])
        .exits(0)
        .shows(&["period-shrunk", "had 30 rows and has 2 now"]);
    assert_eq!(ingest(&home, &["all.csv", "--source", "acme"])["changed"], true);
    assert_eq!(ingest(&home, &["day.csv", "--source", "acme", "--partial"])["changed"], false);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 30);
}

/// F14 through every way that recognises rows: amounts of all sizes and signs, in several currencies.
#[test]
fn f14_amounts_of_every_kind_survive_being_recognised() {
    let amounts = ["0", "-12.5", "0.000000000001", "100000000000", "-0.000000000000000001", "33.333333333333333333"];
    let month =
        amounts.iter().fold(Bill::of("2026-05"), |bill, amount| bill.charge("a", "S", amount).charge_in("EUR", "a", "S", amount));
    let (header, rows) = lines(&month);
    let turned: Vec<String> = rows.iter().rev().cloned().collect();
    let home = Home::new()
        .file("1.csv", csv(&header, &rows[..7]))
        .file("2.csv", csv(&header, &turned[..8]))
        .file("all.csv", csv(&header, &turned));
    ingest(&home, &["1.csv", "2.csv", "--source", "acme"]);
    assert_eq!(ingest(&home, &["all.csv", "--source", "acme"])["changed"], false);
    let sum: Exact = amounts.into_iter().map(Exact::parse).sum();
    for statement in home.json(&["chargeback", "--period", "2026-05", "--cost", "billed"]).as_array().expect("two currencies") {
        assert_eq!((text(statement, "billed_total"), text(statement, "difference")), (sum.to_string().as_str(), "0"));
    }
}
