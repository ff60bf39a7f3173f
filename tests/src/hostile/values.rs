//! F13, F14, F15: columns and values that should not be there.

use serde_json::Value;

use crate::support::{Bill, Exact, Home, NewHome, Run, list, on_both_databases, text};

on_both_databases!(
    f13_a_cost_that_became_a_date_sets_its_rows_aside,
    f14_currencies_and_amounts_of_every_size_are_kept_apart_and_exact,
    f14_what_is_no_amount_sets_its_row_aside_and_nothing_else,
    f15_strange_tags_and_ids_are_kept_and_cannot_change_a_sum,
);

fn import(home: &Home, name: &str) -> Run {
    home.run(&["--format", "json", "ingest", "billing", name, "--source", "acme"])
}

fn billed(home: &Home, currency: &str) -> Exact {
    let sum = home.value(&format!("SELECT SUM(BilledCost) FROM focus WHERE BillingCurrency = '{currency}'"));
    sum.as_str().map(Exact::parse).unwrap_or_default()
}

fn findings(report: &Value) -> Vec<(&str, &str, u64)> {
    let found = list(report, "files").iter().flat_map(|file| list(file, "findings"));
    found.map(|f| (text(f, "rule"), text(f, "column"), f["count"].as_u64().expect("a count"))).collect()
}

#[test]
fn f13_columns_that_are_new_missing_or_of_another_order_are_told_and_the_sums_stay() {
    let bill = Bill::of("2026-05").charges(30);
    let csv = bill.csv();
    let columns: Vec<&str> = csv.lines().next().expect("a header").split(',').collect();
    let at = columns.iter().position(|column| *column == "ServiceCategory").expect("the column is there");
    let renamed = csv.replacen("ServiceCategory", "Service_Category", 1);
    let home = Home::new().file("whole.csv", &csv).file("renamed.csv", renamed).ingest_billing("whole.csv", "acme");
    let before = billed(&home, "USD");
    // Renamed is one missing and one new.
    let report = import(&home, "renamed.csv").exits(0).json();
    let found = findings(&report);
    for expected in [("missing-column", "ServiceCategory"), ("unknown-column", "Service_Category")] {
        assert!(found.iter().any(|(rule, column, _)| (*rule, *column) == expected), "{expected:?} is not in {found:?} ({at})");
    }
    assert_eq!(billed(&home, "USD"), before);
    home.invariants_hold();
}

fn f13_a_cost_that_became_a_date_sets_its_rows_aside(new: NewHome) {
    let bill = Bill::of("2026-05").charges(10).charge("a", "Queues", "5").with("5,1000", "2026-05-01,1000");
    let home = new().file("retyped.csv", bill.csv());
    let report = import(&home, "retyped.csv").exits(3).json();
    assert!(findings(&report).contains(&("not-a-cost", "BilledCost", 1)), "{report:#}");
    assert_eq!(report["set_aside"], 1);
    home.invariants_hold();
}

fn f14_currencies_and_amounts_of_every_size_are_kept_apart_and_exact(new: NewHome) {
    let amounts =
        ["0", "-0", "-12.5", "0.000000000001", "-0.000000000001", "100000000000", "-99999999999.999999999999", "1e-12", "1E2"];
    let exact: Exact =
        ["-12.5", "100000000000", "-99999999999.999999999999", "0.000000000001", "100"].into_iter().map(Exact::parse).sum();
    // The helper lists each charge at one more; an exponent it does not read.
    let plain = |bill: Bill, currency| {
        amounts.iter().fold(bill, |bill, amount| match amount.contains(['e', 'E']) {
            false => bill.charge_in(currency, "a", "Queues", amount),
            true => bill.charge_in(currency, "a", "Queues", "7").with("7,1000", &format!("{amount},1000")),
        })
    };
    let bill = plain(plain(Bill::of("2026-05"), "USD"), "JPY");
    let home = new().file("amounts.csv", bill.csv());
    import(&home, "amounts.csv").exits(0);
    assert_eq!((billed(&home, "USD"), billed(&home, "JPY")), (exact, exact));
    home.invariants_hold();
    home.changes_nothing(&["ingest", "billing", "amounts.csv", "--source", "acme"]);
}

fn f14_what_is_no_amount_sets_its_row_aside_and_nothing_else(new: NewHome) {
    for none in ["NaN", "N/A", "inf", "-Infinity", "1,5", "0x10", "1e99", "12.5 USD", "--5", "١٢"] {
        let bad = Bill::of("2026-05").charges(5).charge("a", "Queues", "7").with("7,1000", &format!("\"{none}\",1000"));
        let home = new().file("bad.csv", bad.csv());
        let report = import(&home, "bad.csv").exits(3).json();
        assert_eq!((&report["rows"], &report["set_aside"]), (&6.into(), &1.into()), "{none}");
        assert_eq!(billed(&home, "USD"), Exact::parse("10.05"), "{none}");
    }
    for empty in ["NULL", "null", "(null)", ""] {
        let bad = Bill::of("2026-05").charges(5).charge("a", "Queues", "7").with("7,1000", &format!("{empty},1000"));
        let home = new().file("bad.csv", bad.csv());
        let report = import(&home, "bad.csv").exits(3).json();
        assert!(findings(&report).iter().any(|(rule, ..)| *rule == "no-billed-cost"), "{empty}: {report:#}");
        assert_eq!(billed(&home, "USD"), Exact::parse("10.05"), "{empty}");
    }
}

fn f15_strange_tags_and_ids_are_kept_and_cannot_change_a_sum(new: NewHome) {
    let thousands: String = (0..10_000).map(|tag| format!("\"\"k{tag}\"\":\"\"v\"\",")).collect();
    let long = "v".repeat(64 << 10);
    let strange = [
        "a\u{0}b",
        "\u{202e}gpj.exe",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{1b}[2J",
        "\u{feff}",
        "ﷺ",
        " ",
        "\\u0000",
    ];
    let mut bill = Bill::of("2026-05").charges(3);
    for value in strange.into_iter().chain([long.as_str()]) {
        bill = bill.charge(value, "Queues", "1");
    }
    bill = bill.charge("x", "Queues", "1").with("\"\"team\"\":\"\"x\"\"", &format!("{}\"\"team\"\":\"\"x\"\"", thousands));
    bill = bill.charge("y", "Queues", "1").with("{\"\"team\"\":\"\"y\"\"}", "");
    bill = bill.charge("z", "Queues", "1").with("{\"\"team\"\":\"\"z\"\"}", "no json at all {");
    let bill = bill.column("ResourceId", "the-same-for-all");
    let home = new().file("strange.csv", bill.csv());
    let report = import(&home, "strange.csv").exits(0).json();
    assert_eq!((&report["rows"], &report["set_aside"]), (&15.into(), &0.into()));
    assert_eq!(billed(&home, "USD"), Exact::parse("15.03"));
    home.invariants_hold();
    home.changes_nothing(&["ingest", "billing", "strange.csv", "--source", "acme"]);
    // By the hostile tag, too, the sums are those of the bill.
    let home = home.rules("version = 1\n\n[[units]]\nid = \"all\"\n\n[[rules]]\nid = \"teams\"\nunit = \"all\"\nwhen = { \"tag:team\" = { present = true } }\n");
    home.invariants_hold();
}
