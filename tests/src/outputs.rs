//! Statements as files for other programs and for paper, read back with other tools than ours.

use std::path::Path;
use std::process::Command;

use crate::support::{Bill, Exact, Home, Server, figure, list, text};

const RULES: &str = r#"version = 1
units = [
    { id = "insurance", name = "Insurance", cost_center = "4700", owner = "cfo@acme.example" },
    { id = "claims", name = "=Claims Łódź (1+1)", parent = "insurance" },
    { id = "lending", name = "@Lending" },
    { id = "platform", name = "Platform" },
]
rules = [{ id = "by-team", unit_from_tag = "team" }]
pools = [{ id = "platform-by-cost", unit = "platform", driver = "direct_cost" }]
"#;

/// Two months, two currencies, credits, and a name that a spreadsheet would run.
fn home() -> Home {
    let april = Bill::of("2026-04").charge("claims", "Virtual Machines", "900").charge("platform", "Queues", "12.5");
    let may = Bill::of("2026-05")
        .charge("claims", "Virtual Machines", "1210.255")
        .charge("claims", "=HYPERLINK(1)", "0.333333333333333333")
        .charge("insurance", "Queues", "-12.000000000000000001")
        .charge("lending", "Object Storage", "304.5")
        .charge("platform", "Queues", "90.005")
        .charge("", "Virtual Machines", "33.333333333333333333")
        .charge_in("EUR", "lending", "Virtual Machines", "7.125");
    let home = Home::new().file("april.csv", april.csv()).file("may.csv", may.csv()).rules(RULES);
    home.ingest_billing("april.csv", "acme").ingest_billing("may.csv", "acme")
}

#[test]
fn workbooks_parquet_and_pdf_hold_what_the_json_says_and_the_api_the_same_bytes() {
    let Some(python) = farthing_testkit::python() else { return };
    let home = home();
    home.run(&["close", "2026-05", "--reason", "signed"]).exits(0);
    let write = |arguments: &[&str]| {
        home.run(arguments).exits(0);
    };
    for form in ["json", "xlsx", "parquet"] {
        write(&["chargeback", "--period", "2026-05", "--format", form, "-o", &format!("chargeback.{form}")]);
    }
    for (file, more) in [("statement.json", ["--format", "json"]), ("statement.pdf", ["--format", "pdf"])] {
        write(&["statement", "insurance", "--period", "2026-05", more[0], more[1], "-o", file]);
    }
    write(&["statement", "insurance", "--period", "2026-05", "--format", "pdf", "--paper", "letter", "-o", "letter.pdf"]);
    let server = Server::of(&home);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("outputs/read_back.py");
    let run = Command::new(python).arg("-B").arg(script).arg(home.path()).arg(server.url()).output();
    let run = run.expect("FARTHING_TEST_PYTHON names a Python");
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
}

#[test]
fn a_statement_of_a_unit_adds_up_and_stands_beside_the_month_before() {
    let home = home();
    let report = home.json(&["statement", "insurance", "--period", "2026-05"]);
    let [one] = list(&report, "statements") else { panic!("{report:#}") };
    assert_eq!(
        (text(one, "name"), one["proven"].as_bool(), &report["closed"]),
        ("Insurance", Some(true), &serde_json::Value::Null)
    );
    let sum = |name: &str| list(one, name).iter().map(|line| figure(line, "amount")).sum::<Exact>();
    assert_eq!(sum("direct"), figure(&one["direct_total"], "amount"));
    assert_eq!(sum("shared"), figure(&one["shared_total"], "amount"));
    let whole = home.json(&["chargeback", "--period", "2026-05"]);
    let whole = whole.as_array().expect("two currencies").iter().find(|one| text(one, "currency") == "USD").expect("in dollars");
    let unit = list(whole, "units").iter().find(|unit| text(unit, "unit") == "insurance").expect("it has money");
    assert_eq!(figure(&one["total"], "amount"), figure(&unit["rolled_up"], "total"));
    assert_eq!(figure(&one["total"], "previous"), Exact::parse("912.5"));
    let [below] = list(one, "below") else { panic!("{one:#}") };
    assert_eq!(text(below, "unit"), "claims");
    let server = Server::of(&home);
    let mut served = server.get("/v1/statements/insurance?period=2026-05").is(200).json();
    served["as_of"] = report["as_of"].clone();
    assert_eq!(served, report);
    home.run(&["statement", "insurance", "--period", "2026-05"]).exits(0).shows(&[
        "Charged to Insurance",
        "platform-by-cost",
        "vs 2026-04",
    ]);
    home.run(&["statement", "nobody", "--period", "2026-05"]).exits(1).says(&["unit nobody has no money in 2026-05"]);
}

#[test]
fn a_form_that_a_report_does_not_have_is_refused() {
    let home = home();
    let server = Server::of(&home);
    server.get("/v1/chargeback?period=2026-05&format=pdf").is(400);
    server.get("/v1/statements/insurance?period=2026-05&format=xlsx").is(400);
    server.get("/v1/statements/insurance?period=2026-05&format=pdf&paper=a3").is(400);
    server.get("/v1/statements/nobody?period=2026-05").is(404);
}

#[test]
fn what_is_no_table_makes_no_file_and_says_why() {
    let home = Home::new();
    let server = Server::of(&home);
    let table = |rows: serde_json::Value| serde_json::json!({"title": "T", "columns": [{"label": "A"}], "rows": rows});
    let wide = table(serde_json::json!([{"cells": [{"shown": "a"}, {"shown": "b"}]}]));
    let answer = server.post("/v1/tables?format=xlsx", &wide).is(400);
    assert!(answer.body.contains("row 1 of the table has 2 cells for 1 columns"), "{answer:#?}");
    // Whoever reports it quotes its id.
    assert!(answer.header("x-request-id").is_some_and(|id| id.len() > 3), "{answer:#?}");
    server.post("/v1/tables?format=docx", &table(serde_json::json!([]))).is(400);
    server.post("/v1/tables?format=pdf&paper=a3", &table(serde_json::json!([]))).is(400);
    server.post("/v1/tables?format=pdf", &serde_json::json!({"title": "T", "columns": []})).is(422);
    let long: Vec<_> = (0..10_001).map(|at| serde_json::json!({"cells": [{"shown": at.to_string()}]})).collect();
    let answer = server.post("/v1/tables?format=pdf", &table(serde_json::json!(long))).is(400);
    assert!(answer.body.contains("take it as CSV or XLSX"), "{answer:#?}");
}

/// The rules of FOCUS that an import found broken.
fn broken(report: &serde_json::Value) -> Vec<String> {
    let files = list(report, "files");
    let findings = files.iter().flat_map(|file| list(file, "findings"));
    let mut rules: Vec<String> =
        findings.map(|finding| text(finding, "rule").to_owned()).filter(|rule| rule.contains("-C-")).collect();
    rules.sort();
    rules.dedup();
    rules
}

#[test]
fn allocated_charges_sum_to_their_origins_to_the_bill_and_to_the_statement() {
    // A second source: an export is checked over all of them.
    let other = Bill::of("2026-05").charge("platform", "Queues", "7.000000000000000001").charge("lending", "Queues", "1.5");
    let home = home().file("other.csv", other.csv()).ingest_billing("other.csv", "zenith");
    for version in ["1.3", "1.4"] {
        let export = |folder: &str, more: &[&str]| {
            let arguments = ["export", "focus", "--period", "2026-05", "--focus-version", version, "-o", folder];
            home.run(&[&arguments[..], more].concat()).exits(0);
            let again = Home::new();
            let file = home.path().join(folder).join(format!("focus_{}_cost_and_usage.csv", version.replace('.', "_")));
            let report = again.import_billing(file, "again");
            (again, broken(&report))
        };
        let (_, plain) = export("plain", &[]);
        let (again, allocated) = export("allocated", &["--allocated"]);
        assert_eq!(allocated, plain, "splitting breaks no rule of FOCUS {version}");

        let rows = |query: &str| again.json(&["sql", query]).as_array().expect("rows").clone();
        let origins = rows(
            "SELECT x_SplitOriginId AS origin, SUM(BilledCost) AS parts, MIN(x_SplitOriginCost) AS cost, COUNT(*) AS units \
             FROM focus WHERE AllocatedMethodId IS NOT NULL GROUP BY 1",
        );
        assert!(!origins.is_empty());
        for origin in &origins {
            assert_eq!(figure(origin, "parts"), figure(origin, "cost"), "{origin:#}");
            assert_eq!(origin["units"].as_u64(), Some(2), "{origin:#}");
        }
        let units =
            rows("SELECT x_UnitId AS unit, SUM(EffectiveCost) AS cost FROM focus WHERE BillingCurrency = 'USD' GROUP BY 1");
        let whole = home.json(&["chargeback", "--period", "2026-05"]);
        let whole =
            whole.as_array().expect("two currencies").iter().find(|one| text(one, "currency") == "USD").expect("in dollars");
        // Each charge is rounded at 1e-18 by itself.
        let near = |left: Exact, right: Exact| {
            let nothing = [Exact::parse("0.000000000000000001"), Exact::parse("-0.000000000000000001"), Exact::parse("0")];
            nothing.iter().any(|rest| left == right + *rest)
        };
        for unit in list(whole, "units") {
            let found = units.iter().find(|row| row["unit"].as_str() == Some(text(unit, "unit")));
            let found = found.map_or(Exact::parse("0"), |row| figure(row, "cost"));
            assert!(near(found, figure(unit, "total")), "{unit:#} beside {found:?}");
        }
        let nobody = units.iter().find(|row| row["unit"].is_null()).expect("charges without an owner");
        assert_eq!(figure(nobody, "cost"), figure(whole, "unattributed_total"));
    }
    let refused = ["export", "focus", "--period", "2026-05", "--focus-version", "1.2", "--allocated", "-o", "no"];
    home.run(&refused).exits(1).says(&["FOCUS 1.2 has no columns for allocated charges"]);
}
