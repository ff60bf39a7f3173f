//! F13: columns that are new, renamed, missing or of another type, and releases of FOCUS side by side.

use serde_json::Value;

use crate::support::{Bill, NewHome, list, on_both_databases, text};

on_both_databases!(f13_new_renamed_missing_and_retyped_columns_are_reported_and_nothing_is_dropped,);

fn month(month: &'static str, columns: &[(&str, &[&str])]) -> String {
    let rows = columns[0].1.len();
    let bill = (0..rows).fold(Bill::of(month), |bill, row| bill.charge("claims", &format!("Service {row}"), "10"));
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut lines: Vec<String> = bill.csv().lines().map(str::to_owned).collect();
    lines[0] = format!("{},{}", lines[0], names.join(","));
    for row in 0..rows {
        let values: Vec<&str> = columns.iter().map(|(_, values)| values[row]).collect();
        lines[row + 1] = format!("{},{}", lines[row + 1], values.join(","));
    }
    lines.join("\n") + "\n"
}

fn changes(report: &Value) -> Vec<(String, String)> {
    let findings = list(&list(report, "files")[0], "findings");
    let of_columns = findings.iter().filter(|finding| text(finding, "rule").starts_with("column-"));
    of_columns.map(|finding| (text(finding, "rule").to_owned(), text(finding, "column").to_owned())).collect()
}

fn f13_new_renamed_missing_and_retyped_columns_are_reported_and_nothing_is_dropped(new: NewHome) {
    let april = month("2026-04", &[("x_Team", &["a", "b"]), ("x_Batch", &["1", "2"]), ("x_Gone", &["p", "q"])]);
    let may = month("2026-05", &[("Team", &["a", "b"]), ("x_Batch", &["one", "2"]), ("x_New", &["n", "m"])]);
    let home = new().file("april.csv", april).file("may.csv", may).ingest_billing("april.csv", "acme");
    let report = home.import_billing("may.csv", "acme");
    let expected = [
        ("column-renamed", "Team"),
        ("column-retyped", "x_Batch"),
        ("column-new", "x_New"),
        ("column-missing", "x_Gone"),
        ("column-missing", "x_Team"),
    ];
    assert_eq!(changes(&report), expected.map(|(rule, column)| (rule.to_owned(), column.to_owned())), "{report:#}");
    assert_eq!(home.value("select count(*) from focus where \"Team\" = 'a' and \"x_New\" = 'n'"), 1);
    home.run(&["status", "--findings"]).exits(0).shows(&["column-renamed", "the values of x_Team"]);
    // The same columns again are no news.
    let june = month("2026-06", &[("Team", &["b", "c"]), ("x_Batch", &["two", "3"]), ("x_New", &["n", "o"])]);
    let home = home.file("june.csv", june);
    let report = home.import_billing("june.csv", "acme");
    assert!(changes(&report).is_empty(), "{report:#}");
}
