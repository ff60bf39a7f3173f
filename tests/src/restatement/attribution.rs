//! F10: tags that come later, and rules that change, move money between units and change no amount.

use std::collections::BTreeMap;

use super::revisions::{RULES, newest};
use crate::support::{Bill, Home, figure, kinds, list, text};

const MONTHS: [&str; 12] = [
    "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04",
    "2026-05",
];

fn bill(month: &'static str, team: impl Fn(usize) -> &'static str) -> String {
    (0..8).fold(Bill::of(month), |bill, row| bill.charge(team(row), &format!("Service {row}"), "2.5")).csv()
}

#[test]
fn f10_a_tag_backfill_over_twelve_months_restates_attribution_and_no_amount() {
    for home in Home::on_each_database() {
        let mut home = home.rules(RULES);
        for month in MONTHS {
            home = home.file(&format!("first/{month}.csv"), bill(month, |_| ""));
            // The last month is not only tagged.
            let last =
                bill(month, |row| ["claims", ""][row % 2]).replacen("2.5,1000", "2.75,1000", usize::from(month == "2026-05"));
            home = home.file(&format!("second/{month}.csv"), last);
        }
        let home = home.ingest_billing("first", "acme");
        let then = text(&home.json(&["status"]), "as_of").to_owned();
        let billed = |home: &Home| -> BTreeMap<String, String> {
            let lines = home.json(&["periods"]);
            let line =
                |line: &serde_json::Value| (text(line, "period").to_owned(), text(&line["totals"][0], "billed").to_owned());
            lines.as_array().expect("periods").iter().map(line).collect()
        };
        let said = home.run(&["chargeback", "--period", "2025-06", "--as-of", &then, "--format", "json"]).exits(0).stdout;
        let before = billed(&home);

        let report = home.import_billing("second", "acme");
        let restates: Vec<&str> = list(&report, "periods").iter().map(|period| text(period, "restates")).collect();
        assert_eq!(restates, [["attribution"; 11].as_slice(), &["amounts"]].concat());
        let mut after = billed(&home);
        assert_eq!(after.insert("2026-05".to_owned(), "20".to_owned()).as_deref(), Some("20.25"));
        assert_eq!(after, before, "eleven months cost what they cost");
        for month in &MONTHS[..11] {
            let diff = newest(&home, month);
            assert_eq!((diff.kinds(), text(&diff.0, "restates")), (kinds(&[("retagged", 4, 4, "0")]), "attribution"));
            assert_eq!((diff.of_unit("claims"), diff.rows("unchanged")), (kinds(&[("retagged", 0, 4, "10")]), 4));
            assert_eq!(diff.of_unit("no_tags"), kinds(&[("retagged", 4, 0, "-10")]));
            assert!(diff.0["rules"].is_null(), "the rules are the same");
        }
        assert_eq!(newest(&home, "2026-05").kinds(), kinds(&[("up", 1, 1, "0.25"), ("retagged", 3, 3, "0")]));
        let again = home.run(&["chargeback", "--period", "2025-06", "--as-of", &then, "--format", "json"]).exits(0).stdout;
        assert_eq!(again, said, "as it was");
        home.invariants_hold();
        home.changes_nothing(&["ingest", "billing", "second", "--source", "acme"]);
    }
}

#[test]
fn other_rules_are_a_restatement_of_attribution_told_apart_from_the_bill() {
    let home = Home::new()
        .file("1.csv", bill("2026-05", |_| "claims"))
        .file("2.csv", bill("2026-05", |_| "claims").replacen("2.5,", "3,", 1));
    let home = home.rules(RULES).ingest_billing("1.csv", "acme").ingest_billing("2.csv", "acme");
    let plain = newest(&home, "2026-05");
    assert!(plain.0["rules"].is_null());

    // Service 1 goes to lending: the bill's own change is what it was, and beside it stands what the rules moved.
    let home =
        home.rules(&RULES.replace(
            "[[rules]]",
            "[[rules]]\nid = \"one\"\nunit = \"lending\"\nwhen = { ServiceName = \"Service 1\" }\n[[rules]]",
        ));
    let diff = newest(&home, "2026-05");
    assert_eq!(diff.kinds(), plain.kinds(), "the rules are no change of the bill");
    let rules = &diff.0["rules"];
    assert_eq!((rules["from"].as_u64(), rules["to"].as_u64()), (Some(1), Some(2)));
    let moved: Vec<(&str, String)> =
        list(rules, "units").iter().map(|unit| (text(unit, "unit"), figure(&unit["change"], "billed").to_string())).collect();
    assert_eq!(moved, [("claims", "-2.5".to_owned()), ("lending", "2.5".to_owned())]);
    home.run(&["revisions", "diff", "--source", "acme", "--period", "2026-05"])
        .exits(0)
        .shows(&["Moved by other rules, beside the bill · rules v1 → rules v2", "a restatement of attribution"]);
    let revisions = home.json(&["revisions", "list"]);
    let versions = |at: usize| (revisions[at]["rules"]["at_import"].as_u64(), revisions[at]["rules"]["last"].as_u64());
    assert_eq!([versions(0), versions(1)], [(Some(1), Some(1)), (Some(1), Some(2))], "only what is read now is restated");
    home.run(&["revisions", "list"]).exits(0).shows(&["v1 → v2", "a restatement of its attribution"]);
}

#[test]
fn quantities_and_invoices_alone_are_details() {
    let invoice = |number: &str| Bill::of("2026-05").charges(9).column("InvoiceId", number).csv();
    let home = Home::new().rules(RULES).file("open.csv", invoice("")).file("invoiced.csv", invoice("I-1"));
    let home = home.ingest_billing("open.csv", "acme");
    let report = home.import_billing("invoiced.csv", "acme");
    assert_eq!(text(&list(&report, "periods")[0], "restates"), "details");
    let diff = newest(&home, "2026-05");
    assert_eq!((text(&diff.0, "restates"), diff.rows("details"), diff.rows("unchanged")), ("details", 9, 0));
    assert!(list(&diff.0, "units").is_empty());
}

#[test]
fn shares_of_pools_are_told_apart_from_charges() {
    let rules = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n[[units]]\nid = \"platform\"\n\
                 [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n\
                 [[pools]]\nid = \"platform\"\nunit = \"platform\"\ndriver = \"even\"\nrecipients = [\"claims\", \"lending\"]\n";
    let bill = |platform: &str| Bill::of("2026-05").charge("claims", "A", "10").charge("platform", "B", platform).csv();
    let home = Home::new().rules(rules).file("1.csv", bill("4")).file("2.csv", bill("7"));
    let home = home.ingest_billing("1.csv", "acme").ingest_billing("2.csv", "acme");
    let diff = newest(&home, "2026-05");
    let unit = |name: &str| list(&diff.0, "units").iter().find(|unit| unit["unit"] == name).expect("a changed unit");
    assert_eq!(figure(&unit("claims")["change"], "billed").to_string(), "1.5");
    assert_eq!(figure(&unit("lending")["shared"], "billed").to_string(), "1.5");
    assert_eq!(figure(&unit("platform")["change"], "billed").to_string(), "0");
    assert_eq!(diff.of_unit("platform"), kinds(&[("up", 1, 1, "3")]));
    home.run(&["revisions", "diff", "--source", "acme", "--period", "2026-05"]).exits(0).shows(&["include shares of pools"]);
}
