//! F41 and F47: what data holds runs neither in a spreadsheet nor on a terminal.

use crate::support::{Bill, Home};

/// Clears the screen, rings, sets the title, turns the direction, and forges a line.
const HOSTILE: &str = "\u{1b}[2J\u{7}\u{1b}]0;x\u{7}\u{9b}31m\u{202e}";

fn drives(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c))
}

fn hostile_bill() -> String {
    Bill::of("2026-05")
        .charge(HOSTILE, HOSTILE, "12.5")
        .charge("b", "Queues", "1")
        .with("1,1000", &format!("{HOSTILE},1000"))
        .column(&format!("x_{HOSTILE}"), HOSTILE)
        .csv()
}

const RULES: &str = "version = 1\n\n[[units]]\nid = \"claims\"\n\n[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

#[test]
fn f47_nothing_in_a_bill_reaches_the_terminal_or_the_log_raw() {
    let home = Home::new().file("bill.csv", hostile_bill()).rules(RULES);
    let run = home.run(&["-vv", "ingest", "billing", "bill.csv", "--source", "acme"]).exits(3);
    assert!(run.stdout.contains("u{1b}") && !drives(&run.stdout) && !drives(&without_colour(&run.stderr)), "{run:?}");
    for command in [
        &["status", "--findings"][..],
        &["chargeback", "--period", "2026-05"],
        &["sql", "SELECT * FROM focus"],
        &["sql", "SELECT * FROM focus", "--format", "md"],
        &["sql", "SELECT * FROM focus", "--format", "json"],
        &["sql", "SELECT * FROM focus", "--format", "ndjson"],
        &["status", "--findings", "--format", "json"],
    ] {
        let run = home.run(command).exits(0);
        assert!(!drives(&run.stdout) && !drives(&run.stderr), "{command:?}: {run:?}");
    }
    home.invariants_hold();
}

#[test]
fn f47_nor_does_anything_in_a_name_or_a_message() {
    let name = format!("{HOSTILE}.csv");
    let home = Home::new().file(&name, "a,b\n1,2\n").file("folder/x.csv", format!("{HOSTILE},b\n1,2\n"));
    for command in [
        &["-vv", "ingest", "billing", &name, "--source", "acme"][..],
        &["ingest", "billing", "folder", "--source", "acme"],
        &["--format", "json", "ingest", "billing", &name, "--source", "acme"],
        &["sql", &format!("SELECT \"{HOSTILE}\" FROM focus")],
        &["rules", "check", &name],
    ] {
        let run = home.run(command);
        assert_ne!(run.status, 0, "{run:?}");
        assert!(!drives(&run.stdout) && !drives(&without_colour(&run.stderr)), "{command:?}: {run:?}");
    }
}

/// The log's own colours.
fn without_colour(text: &str) -> String {
    ["0", "1", "2", "3", "31", "32", "33", "34", "35", "36"]
        .iter()
        .fold(text.to_owned(), |text, code| text.replace(&format!("\u{1b}[{code}m"), ""))
}

#[test]
fn f41_formulas_are_text_in_our_csv_and_negative_numbers_are_numbers() {
    let formulas = ["=HYPERLINK(\"\"http://x\"\")", "+1+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\t=1", "\u{ff1d}1"];
    let bill = formulas.iter().fold(Bill::of("2026-05"), |bill, formula| bill.charge("a", &format!("\"{formula}\""), "-12.5"));
    let bill = bill.charge("a", "-7", "3").column("=x_Head", "-1.5");
    let home = Home::new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "acme");
    let csv = home.run(&["sql", "SELECT ServiceName, BilledCost, \"=x_Head\" FROM focus", "--format", "csv"]).exits(0).stdout;
    let mut rows = csv.lines();
    assert_eq!(rows.next(), Some("ServiceName,BilledCost,'=x_Head"));
    for row in rows {
        let first = row.trim_start_matches('"').chars().next().expect("a row has a name");
        assert!(row.starts_with("-7,") || !"=+-@\t\u{ff1d}".contains(first), "{row}");
        assert!(row.contains(",-12.5") || row.contains(",3"), "{row}");
        assert!(row.ends_with(",-1.5"), "{row}");
    }
    home.invariants_hold();
}
