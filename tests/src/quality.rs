//! The quality of the charges: the figures, the SLA they are held against, and that both say the same everywhere and later.

use serde_json::{Value, json};

use crate::support::{Bill, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(
    the_figures_are_what_was_counted,
    a_breach_of_the_sla_ends_with_2_and_says_what_by_how_much_and_what_to_do,
    a_later_delivery_and_another_sla_do_not_change_what_was_said,
);

/// A month that is over, of which nine days have charges: a third of them without a tag, one in no service category that there is, and
/// a row that is no charge.
fn bill() -> Bill {
    let teams = ["a", "b", ""];
    let bill = (0..18).fold(Bill::of("2026-05"), |bill, row| bill.charge(teams[row % 3], "Queues", "2"));
    let bill = bill.with(",Compute,", ",Computing,");
    bill.charge("a", "Queues", "7").with("7,1000", "seven,1000")
}

const RULES: &str = "version = 1\n[[units]]\nid = \"a\"\n[[units]]\nid = \"b\"\n\
                     [[rules]]\nid = \"accounts\"\nunit = \"a\"\nwhen = { SubAccountId = \"none\" }\n\
                     [[rules]]\nid = \"team\"\nunit_from_tag = \"team\"\n";

fn imported(new: NewHome) -> Home {
    let home = new().file("may.csv", bill().csv()).rules(RULES);
    home.run(&["ingest", "billing", "may.csv", "--source", "acme"]).exits(3);
    home
}

fn measure<'a>(report: &'a Value, name: &str) -> &'a Value {
    let measures = list(&list(report, "periods")[0], "measures");
    measures.iter().find(|measured| measured["measure"] == name).unwrap_or_else(|| panic!("{name} is not in {report:#}"))
}

fn exact(report: &Value, name: &str) -> String {
    text(&measure(report, name)["value"], "exact").to_owned()
}

fn the_figures_are_what_was_counted(new: NewHome) {
    let home = imported(new);
    let report = home.json(&["status", "--quality"]);
    assert_eq!((&report["sla"], &report["breached"]), (&Value::Null, &Value::Bool(false)));
    // Days 1 to 9 have charges, which shows that the source bills by the day; the month has 31.
    assert_eq!((exact(&report, "days"), exact(&report, "kept")), ("9/31".to_owned(), "18/19".to_owned()));
    assert!(text(measure(&report, "days"), "detail").ends_with("none on 2026-05-10 to 2026-05-31"), "{report:#}");
    assert_eq!((exact(&report, "filled"), exact(&report, "tagged")), ("1".to_owned(), "2/3".to_owned()));
    let conforming = measure(&report, "conforming");
    assert_eq!((text(conforming, "part"), text(conforming, "whole")), ("17", "18"));
    assert_eq!(measure(&report, "delivery")["value"], Value::Null, "one delivery shows no cadence");
    assert!(text(measure(&report, "delivery"), "detail").contains("has not delivered often enough"));
    let rules = list(&list(&report, "periods")[0], "rules");
    assert_eq!(rules, [json!({"rule": "ServiceCategory-C-003-M", "severity": "error", "rows": 1})]);

    let server = Server::of(&home);
    let mut over_http = server.get("/v1/quality?source=acme&period=2026-05").is(200).json();
    let mut by_command = home.json(&["status", "--quality", "--source", "acme", "--period", "2026-05"]);
    // The one asked a moment after the other: ages are of their moments.
    for report in [&mut over_http, &mut by_command] {
        report["as_of"] = Value::Null;
        report["periods"][0]["measures"].as_array_mut().expect("measures").retain(|m| m["dimension"] != "timeliness");
        for figure in ["overall", "timeliness"] {
            report["periods"][0][figure] = Value::Null;
        }
    }
    assert_eq!(over_http, by_command);
    assert_eq!(server.get("/v1/quality?source=other").is(200).json()["periods"], json!([]));
    server.get("/v1/quality?period=May").is(400);
    let metrics = server.get("/metrics").is(200).body;
    for line in
        ["farthing_quality_ratio{source=\"acme\",figure=\"days\"} 0.290322", "farthing_quality_breaches{source=\"acme\"} 0"]
    {
        assert!(metrics.lines().any(|said| said == line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("figure=\"delivery\""), "what is unknown has no number\n{metrics}");

    home.run(&["status", "--quality"]).exits(0).shows(&[
        "Quality · no SLA",
        "29.0 %",
        "94.7 %",
        "66.6 %",
        "unknown",
        "sla publish",
    ]);
    home.run(&["status", "--quality", "--format", "csv"]).exits(0).shows(&["Source,Period,Overall,", "acme,2026-05,"]);
}

fn a_breach_of_the_sla_ends_with_2_and_says_what_by_how_much_and_what_to_do(new: NewHome) {
    let home = imported(new).file(
        "sla.toml",
        "version = 1\n[[sla]]\nsource = \"acme\"\nmin_days = \"95 %\"\nmin_kept = \"90 %\"\nmin_tagged = \"0.9\"\n\
         [[sla]]\nsource = \"gcp\"\nmax_delivery_age_hours = 36\n",
    );
    home.run(&["sla", "check", "sla.toml"]).exits(0).shows(&["sla.toml is good: expectations of 2 sources"]);
    home.run(&["sla", "show"]).exits(1).says(&["no SLA yet", "farthing sla publish"]);
    home.run(&["sla", "publish", "sla.toml"]).exits(0).shows(&["version 1"]);
    let run = home.run(&["status", "--quality"]).exits(2);
    home.run(&["status", "--quality", "--format", "csv"])
        .exits(2)
        .shows(&["Source,Period,Bound,Demanded,", "acme,2026-05,min_days,"]);
    run.shows(&[
        "Quality · SLA v1",
        "Below the SLA",
        "min_days",
        "95.0 %",
        "29.0 %",
        "(by 65.9 points)",
        "min_tagged is 66.6 %",
        "gcp",
        "no delivery",
    ]);
    let report = home.run(&["--format", "json", "status", "--quality"]).exits(2).json();
    let breaches = list(&list(&report, "periods")[0], "breaches");
    let bounds: Vec<&str> = breaches.iter().map(|breach| text(breach, "bound")).collect();
    assert_eq!((bounds, &report["breached"]), (vec!["min_days", "min_tagged"], &Value::Bool(true)));
    assert!(text(&breaches[0], "next_step").contains("2026-05-10 to 2026-05-31"), "{breaches:#?}");
    assert!(text(&breaches[1], "next_step").contains("Tags->>'team' IS NULL"), "{breaches:#?}");
    let missing = list(&report, "missing");
    assert_eq!((missing.len(), text(&missing[0], "source"), text(&missing[0], "bound")), (1, "gcp", "max_delivery_age_hours"));
    // The step that is named works.
    let query =
        "SELECT ServiceName, SUM(EffectiveCost) AS Cost FROM focus WHERE Tags->>'team' IS NULL GROUP BY 1 ORDER BY 2 DESC";
    let rows = home.json(&["sql", query, "--period", "2026-05", "--source", "acme"]);
    assert_eq!(rows, json!([{"ServiceName": "Queues", "Cost": "12"}]));

    let metrics = Server::of(&home).get("/metrics").is(200).body;
    for (source, breaches) in [("acme", 2), ("gcp", 1)] {
        let line = format!("farthing_quality_breaches{{source=\"{source}\"}} {breaches}");
        assert!(metrics.lines().any(|said| said == line), "{line} is not in\n{metrics}");
    }
    let home = home.file("wrong.toml", "version = 1\n[[sla]]\nmin_days = 0.95\n");
    home.run(&["sla", "publish", "wrong.toml"]).exits(1).says(&["wrong.toml", "in quotes", "98 %"]);
    home.run(&["status", "--source", "acme"]).exits(64).says(&["--quality"]);
}

fn a_later_delivery_and_another_sla_do_not_change_what_was_said(new: NewHome) {
    let home = imported(new).file("sla.toml", "version = 1\n[[sla]]\nmin_kept = \"1\"\n");
    home.run(&["sla", "publish", "sla.toml"]).exits(0);
    let then = text(&home.json(&["status"]), "as_of").to_owned();
    let ask = || home.run(&["--format", "json", "status", "--quality", "--as-of", &then]).exits(2).stdout;
    let said = ask();
    assert!(said.contains("18/19"), "{said}");
    let whole = (0..31).fold(Bill::of("2026-05"), |bill, _| bill.charge("a", "Queues", "1"));
    home.write("whole.csv", whole.csv());
    home.import_billing("whole.csv", "acme");
    home.write("sla.toml", "version = 1\n[[sla]]\nmin_kept = \"50 %\"\n");
    home.run(&["sla", "publish", "sla.toml"]).exits(0);
    assert_eq!(exact(&home.json(&["status", "--quality"]), "kept"), "1");
    assert_eq!(ask(), said);
}

#[test]
fn what_a_mapping_made_promised_no_focus_and_conforms_to_nothing() {
    let Some(bill) = farthing_testkit::shared_data("data/focus/raw_provider/oci_cost_report.csv") else { return };
    let home = Home::new();
    home.import_billing(bill, "oci");
    let report = home.json(&["status", "--quality"]);
    let conforming = measure(&report, "conforming");
    assert_eq!((&conforming["value"], &conforming["part"]), (&Value::Null, &Value::Null));
    assert!(text(conforming, "detail").contains("columns of its own"), "{conforming:#}");
    assert_eq!(list(&report, "periods")[0]["conformance"], Value::Null);
}

#[test]
fn a_careful_month_of_the_shared_data_conforms_and_the_official_sample_does_not() {
    let Some(data) = farthing_testkit::shared_data("data/focus") else { return };
    let home = Home::new();
    home.import_billing(data.join("generated_v1.3/focus_1_3_cost_and_usage_aws.csv"), "careful");
    let report = home.json(&["status", "--quality"]);
    assert_eq!((exact(&report, "conforming"), exact(&report, "kept")), ("1".to_owned(), "1".to_owned()));
    let home = Home::new();
    home.import_billing(data.join("real/focus_1.0_sample_1000.csv"), "sample");
    let report = home.json(&["status", "--quality", "--period", "2024-09"]);
    let conforming = measure(&report, "conforming");
    assert_eq!(text(conforming, "whole"), "1000", "the delivery of both periods: {conforming:#}");
    assert!(text(conforming, "detail").contains("of the delivery of 2 periods"), "{conforming:#}");
    let rules = list(&list(&report, "periods")[0], "rules");
    assert!(rules.iter().any(|rule| rule["rule"] == "ResourceType-C-005-C" && rule["rows"] == 752), "{rules:#?}");
}
