use serde_json::Value;

use crate::support::{Bill, Exact, Home, Run, figure, list, text};

fn good() -> Bill {
    Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25").charge("lending", "Object Storage", "4.5")
}

fn import(home: &Home, name: &str) -> Run {
    home.run(&["--format", "json", "ingest", "billing", name, "--source", "acme"])
}

fn billed(home: &Home) -> Exact {
    Exact::parse(home.value("SELECT SUM(BilledCost) FROM focus").as_str().expect("decimals are texts"))
}

/// What chargeback and status say, to be compared before and after.
fn state(home: &Home) -> (String, Value) {
    let status = home.json(&["status"]);
    let mut periods = status["periods"].clone();
    let of_charges = periods.as_array_mut().expect("a list of periods");
    of_charges.iter_mut().for_each(|period| period["findings"] = Value::Null);
    (home.run(&["chargeback", "--period", "2026-05", "--format", "csv"]).exits(0).stdout, periods)
}

#[test]
fn a_missing_file_is_named() {
    let home = Home::new();
    import(&home, "nowhere.csv").exits(1).says(&["nowhere.csv", "no such file", "nothing was imported"]);
}

#[test]
fn a_folder_without_bills_is_named() {
    let home = Home::new().file("notes/readme.txt", "nothing to see");
    import(&home, "notes").exits(1).says(&["notes", "no billing files"]);
    let home = home.file("other/table.csv", "a,b\n1,2\n");
    import(&home, "other").exits(1).says(&["other", "BilledCost"]);
}

#[test]
fn an_empty_file_is_named() {
    import(&Home::new().file("bill.csv", ""), "bill.csv").exits(1).says(&["bill.csv", "empty"]);
}

#[test]
fn a_broken_row_is_set_aside_and_the_good_rows_stay() {
    // The comma makes one field more than the header has: the row as a whole is meant.
    let home = Home::new().file("bill.csv", good().charge("claims", "Queues", "1.75").with("1.75", "1,75").csv());
    let report = import(&home, "bill.csv").exits(3).json();
    assert_eq!((report["rows"].as_u64(), report["set_aside"].as_u64()), (Some(3), Some(1)));
    let finding = only_error(&report);
    assert_eq!((text(finding, "rule"), &finding["rows"]), ("field-count", &serde_json::json!([4])));
    assert_eq!(billed(&home), Exact::parse("14.75"));
}

#[test]
fn a_cost_that_is_none_names_row_column_and_value() {
    let home = Home::new().file("bill.csv", good().charge("claims", "Queues", "1.75").with("1.75", "n/a").csv());
    let report = import(&home, "bill.csv").exits(3).json();
    let finding = only_error(&report);
    assert_eq!((text(finding, "rule"), text(finding, "column"), text(finding, "value")), ("not-a-cost", "BilledCost", "n/a"));
    assert_eq!((&finding["rows"], finding["count"].as_u64()), (&serde_json::json!([4]), Some(1)));
    assert!(text(finding, "message").contains("import again"), "{finding:#}");
    assert_eq!(billed(&home), Exact::parse("14.75"));
    let chargeback = home.json(&["chargeback", "--period", "2026-05", "--cost", "billed"]);
    assert_eq!((text(&chargeback, "billed_total"), text(&chargeback, "difference")), ("14.75", "0"));
    home.run(&["status", "--findings"]).exits(0).shows(&["not-a-cost", "BilledCost", "bill.csv"]);

    // The same file again changes nothing; the corrected one replaces what there was.
    let before = state(&home);
    assert_eq!(home.import_billing("bill.csv", "acme")["changed"], false);
    assert_eq!(state(&home), before);
    let home = home.file("bill.csv", good().charge("claims", "Queues", "1.75").csv());
    let report = import(&home, "bill.csv").exits(0).json();
    assert_eq!((report["changed"].as_bool(), report["set_aside"].as_u64()), (Some(true), Some(0)));
    assert_eq!(list(&report, "periods")[0]["replaces"], before.1[0]["revision"]);
    assert_eq!(billed(&home), Exact::parse("16.5"));
}

#[test]
fn rows_without_a_currency_or_a_month_are_set_aside() {
    for (found, damaged, rule, column) in [
        (",USD,", ",dollars,", "no-currency", "BillingCurrency"),
        ("2026-05-01T00:00:00Z,Usage", "May,Usage", "no-billing-period", "BillingPeriodStart"),
        ("1.75,1000", ",1000", "no-billed-cost", "BilledCost"),
    ] {
        let home = Home::new().file("bill.csv", good().charge("claims", "Queues", "1.75").with(found, damaged).csv());
        let report = import(&home, "bill.csv").exits(3).json();
        let finding = only_error(&report);
        assert_eq!((text(finding, "rule"), text(finding, "column")), (rule, column));
        assert_eq!(billed(&home), Exact::parse("14.75"), "{rule}");
    }
}

#[test]
fn a_truncated_parquet_file_leaves_the_earlier_state() {
    let home = Home::new().file("bill.csv", good().csv()).ingest_billing("bill.csv", "acme");
    let before = state(&home);
    let whole = parquet(&home);
    for (part, length) in [("half", whole.len() / 2), ("all-but-the-end", whole.len() - 8), ("first-bytes", 4)] {
        let name = format!("{part}.parquet");
        std::fs::write(home.path().join(&name), &whole[..length]).expect("the home can be written to");
        import(&home, &name).exits(1).says(&[&name, "nothing was imported"]);
        assert_eq!(state(&home), before, "{name}");
    }
    let status = home.json(&["status"]);
    assert!(list(&status, "failures").iter().any(|failure| failure.to_string().contains("first-bytes.parquet")), "{status:#}");
}

#[test]
fn a_gzip_file_that_breaks_off_leaves_the_earlier_state() {
    let home = Home::new().file("bill.csv", good().csv()).ingest_billing("bill.csv", "acme");
    let before = state(&home);
    write_sample(&home, "csv-gz");
    let whole = first_below(&home, ".csv.gz");
    let home = home.file("cut.csv.gz", &whole[..whole.len() / 2]);
    import(&home, "cut.csv.gz").exits(1).says(&["cut.csv.gz", "nothing was imported"]);
    assert_eq!(state(&home), before);
}

#[test]
fn an_unknown_column_is_kept_and_can_be_asked_for() {
    let bill = good().column("x_Squad", "red").charge("claims", "Queues", "1");
    let home = Home::new().file("bill.csv", bill.with("\"}\"", "\"}\",blue").csv());
    let report = import(&home, "bill.csv").exits(0).json();
    let findings = list(&list(&report, "files")[0], "findings");
    let note = findings.iter().find(|finding| text(finding, "column") == "x_Squad").expect("a finding on the column");
    assert_eq!((text(note, "rule"), text(note, "severity")), ("unknown-column", "note"));
    let query = "SELECT x_Squad, SUM(BilledCost) AS Cost FROM focus GROUP BY x_Squad ORDER BY x_Squad";
    let found = home.json(&["sql", query]);
    let rows: Vec<(&str, Exact)> =
        found.as_array().expect("rows").iter().map(|row| (text(row, "x_Squad"), figure(row, "Cost"))).collect();
    assert_eq!(rows, [("blue", Exact::parse("1")), ("red", Exact::parse("14.75"))]);
}

#[test]
fn a_trace_that_is_none_and_one_with_a_broken_row() {
    let home = Home::new().file("bill.csv", good().csv());
    let trace = |name| ["--format", "json", "ingest", "usage", name, "--source", "gateway", "--format", "request-trace"];
    home.run(&trace("bill.csv")).exits(1).says(&["bill.csv", "timestamp", "nothing was imported"]);
    let text = "timestamp,input_tokens,output_tokens,model\n2026-05-01T08:00:00Z,10,2,m\n2026-05-01T08:00:01Z,ten,2,m\n";
    let home = home.file("trace.csv", text);
    let report = home.run(&trace("trace.csv")).exits(3).json();
    assert_eq!((report["rows"].as_u64(), report["set_aside"].as_u64()), (Some(2), Some(1)));
    let finding = only_error(&report);
    assert_eq!((finding["rule"].as_str(), finding["column"].as_str()), (Some("not-a-count"), Some("input_tokens")));
    assert_eq!(finding["rows"], serde_json::json!([3]));
}

/// The one finding of an import that set a row aside.
fn only_error(report: &Value) -> &Value {
    let findings = list(&list(report, "files")[0], "findings");
    let errors: Vec<&Value> = findings.iter().filter(|finding| text(finding, "severity") == "error").collect();
    assert_eq!(errors.len(), 1, "{findings:#?}");
    errors[0]
}

/// A whole Parquet file of the sample organisation.
fn parquet(home: &Home) -> Vec<u8> {
    write_sample(home, "parquet");
    first_below(home, ".parquet")
}

fn write_sample(home: &Home, files: &str) {
    home.run(&["demo", "--rows", "1000", "--files", files, "--only-write", "sample"]).exits(0);
}

/// The first file below the folder of the sample whose name ends so.
fn first_below(home: &Home, ending: &str) -> Vec<u8> {
    let mut folders = vec![home.path().join("sample")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the sample was written").map(|entry| entry.expect("an entry").path()) {
            match entry.is_dir() {
                true => folders.push(entry),
                false if entry.to_string_lossy().ends_with(ending) => found.push(entry),
                false => {}
            }
        }
    }
    found.sort();
    std::fs::read(found.first().unwrap_or_else(|| panic!("no {ending} in the sample"))).expect("it can be read")
}
