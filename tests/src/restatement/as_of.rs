//! I5: a report as of a moment has the bytes that it had then.

use crate::support::{Bill, Home, Server, figure, text};

fn rules(virtual_machines: &str) -> String {
    format!(
        "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\nname = \"Lending of {virtual_machines}\"\n\
         [[rules]]\nid = \"machines\"\nunit = \"{virtual_machines}\"\nwhen = {{ ServiceName = \"Virtual Machines\" }}\n\
         [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n"
    )
}

const REPORTS: &[&[&str]] = &[
    &["chargeback", "--period", "2026-05"],
    &["chargeback", "--period", "2026-05", "--cost", "billed", "--unit", "claims", "--format", "csv"],
    &["status"],
    &["status", "--findings"],
    &["status", "--format", "json"],
    &["units", "--format", "json"],
    &["rules", "show"],
    &["sql", "SELECT ServiceName, SUM(BilledCost) AS Cost FROM focus GROUP BY ServiceName ORDER BY 1"],
];

fn now(home: &Home) -> String {
    text(&home.json(&["status"]), "as_of").to_owned()
}

fn reports_as_of(home: &Home, moment: &str) -> Vec<String> {
    REPORTS.iter().map(|report| home.run(&[report, &["--as-of", moment][..]].concat()).exits(0).stdout).collect()
}

#[test]
fn a_report_as_of_an_earlier_moment_has_the_bytes_that_it_had_then() {
    let april = Bill::of("2026-04").charge("claims", "Virtual Machines", "9");
    let first = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25").charge("lending", "Object Storage", "4.5");
    let restated = Bill::of("2026-05").charge("claims", "Virtual Machines", "11").charge("claims", "Queues", "0.125");
    let home = Home::new().file("april.csv", april.csv()).file("first.csv", first.csv()).file("restated.csv", restated.csv());
    let before = now(&home);
    let home = home.rules(&rules("claims")).ingest_billing("april.csv", "acme").ingest_billing("first.csv", "acme");
    let plain = home.run(&["chargeback", "--period", "2026-05", "--format", "json"]).exits(0).stdout;
    let then = now(&home);
    let said = reports_as_of(&home, &then);
    assert!(said[0].contains("14.75") && said[0].contains(&then), "{}", said[0]);

    let home = home.ingest_billing("restated.csv", "acme").rules(&rules("lending"));
    home.run(&["ingest", "billing", "april.csv", "--source", "another", "--allow-overlap", "on purpose"]).exits(0);
    let statement = home.json(&["chargeback", "--period", "2026-05"]);
    assert_eq!(figure(&statement, "billed_total").to_string(), "11.125", "today's report is another");
    assert_eq!(reports_as_of(&home, &then), said);
    let again = home.run(&["chargeback", "--period", "2026-05", "--format", "json", "--as-of", &then]).exits(0).stdout;
    assert_eq!(again, plain, "and so had the report that named no moment");

    let server = Server::of(&home);
    let over_http = |query: &str| server.get(&format!("/v1/chargeback?period=2026-05{query}")).is(200).json();
    assert_eq!(over_http(&format!("&as_of={then}")), serde_json::from_str::<serde_json::Value>(&plain).expect("JSON"));
    assert_eq!(figure(&over_http(""), "billed_total").to_string(), "11.125");
    assert_eq!(server.get(&format!("/v1/status?as_of={before}")).is(200).json()["periods"], serde_json::json!([]));
    server.get("/v1/units?as_of=yesterday").is(400);

    home.run(&["chargeback", "--period", "2026-05", "--as-of", &before]).exits(1).says(&["no charges for 2026-05"]);
    home.run(&["rules", "show", "--as-of", &before]).exits(1).says(&["no rules yet"]);
}

#[test]
fn the_future_and_what_is_no_moment_are_refused() {
    let home = Home::new();
    home.run(&["status", "--as-of", "2999-01-01T00:00:00Z"]).exits(1).says(&["lies in the future", "earlier moment"]);
    for text in ["yesterday", "2026-05-01", "2026-05-01T00:00:00"] {
        home.run(&["status", "--as-of", text]).exits(64).says(&["is not a moment", "2026-06-03T04:00:00Z"]);
    }
    home.run(&["status", "--as-of", "2026-05-01T00:00Z"]).exits(0).shows(&["Nothing is imported yet"]);
}

#[test]
fn a_plan_as_of_an_earlier_moment_rests_on_the_profile_of_then_and_is_not_kept() {
    let home = Home::new();
    let moment = now(&home);
    home.run(&["demo", "--rows", "2000", "--format", "json", "-o", "demo.json"]).exits(0);
    let then = now(&home);
    let plan = |arguments: &[&str]| home.json(&[&["plan", "fleet", "--time-limit", "20"], arguments].concat());
    home.run(&["plan", "fleet", "--as-of", &moment]).exits(1).says(&["no fleet profile yet"]);
    let (kept, again) = (plan(&[]), plan(&["--as-of", &then]));
    for part in ["workloads", "cost_planned", "cost_now", "input_hash"] {
        assert_eq!(kept[part], again[part], "{part}");
    }
    let server = Server::of(&home);
    let plans = |query: &str| server.get(&format!("/v1/plans/fleet{query}")).is(200).json().as_array().map(Vec::len);
    assert_eq!(plans(&format!("?as_of={moment}")), Some(0));
    assert_eq!(plans(""), plans(&format!("?as_of={}", now(&home))));
}
