//! Documents through the API: read, checked and published by the name of their kind.

use serde_json::json;

use crate::support::{Bill, Home, Server, figure, list, statements, text};

const UNITS: &str = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n";
const TOML: (&str, &str) = ("Content-Type", "application/toml");

fn rules(rule: &str) -> String {
    format!("{UNITS}[[rules]]\nid = \"{rule}\"\nunit = \"{rule}\"\nwhen = {{ ServiceName = \"Queues\" }}\n")
}

/// A bill of one charge, and no rules.
fn home() -> Home {
    Home::new().file("bill.csv", Bill::of("2026-05").charge("", "Queues", "10.25").csv()).ingest_billing("bill.csv", "acme")
}

#[test]
fn rules_are_read_checked_and_published_through_the_api() {
    let home = home();
    let server = Server::of(&home);
    let path = "/v1/documents/rules";
    server.get(path).is(404);

    let tried = server.request("PUT", "/v1/documents/rules?dry_run=true", &[TOML], &rules("claims")).is(200).json();
    assert_eq!((tried["version"].is_null(), &tried["changed"]), (true, &json!(true)), "{tried:#}");
    server.get(path).is(404);

    let published = server.request("PUT", path, &[TOML], &rules("claims")).is(200);
    assert_eq!(published.header("etag"), Some("\"rules-v1\""), "{published:#?}");
    let read = server.get(path).is(200);
    assert_eq!((read.header("etag"), read.header("content-type")), (Some("\"rules-v1\""), Some("application/toml")));
    assert_eq!(read.body, rules("claims"));
    let report = server.get("/v1/chargeback?period=2026-05").is(200).json();
    let claims = |report: &serde_json::Value| figure(&list(statements(report)[0], "units")[0], "total");
    assert_eq!(claims(&report), figure(&json!({"total": "10.25"}), "total"), "{report:#}");

    // The same again is the same version, and what is wrong is told as a whole.
    let again = server.request("PUT", path, &[TOML], &rules("claims")).is(200).json();
    assert_eq!((again["version"].as_u64(), &again["changed"]), (Some(1), &json!(false)), "{again:#}");
    let wrong =
        server.request("PUT", path, &[TOML], &rules("claims").replace("unit = \"claims\"", "unit = \"clams\"")).is(400).json();
    assert!(text(&wrong, "detail").contains("clams"), "{wrong:#}");
    assert_eq!(home.json(&["documents"])[0]["version"], 1);
}

#[test]
fn a_document_that_was_changed_in_between_is_not_overwritten() {
    let home = home();
    let server = Server::of(&home);
    let put = |tag: &str, rule: &str| server.request("PUT", "/v1/documents/rules", &[TOML, ("If-Match", tag)], &rules(rule));
    put("\"rules-v0\"", "claims").is(200);
    put("\"rules-v1\"", "lending").is(200);
    let refused = put("\"rules-v1\"", "claims").is(412).json();
    assert!(text(&refused, "detail").contains("version 2 is in force"), "{refused:#}");
    put("\"people-v2\"", "claims").is(400);
    put("*", "claims").is(200);
    let listed = server.get("/v1/documents").is(200).json();
    assert_eq!(listed, home.json(&["documents"]));
    assert_eq!((listed[0]["kind"].as_str(), listed[0]["version"].as_u64()), (Some("rules"), Some(3)), "{listed:#}");
}

#[test]
fn each_kind_has_its_form() {
    let home = home();
    let server = Server::of(&home);
    server.request("PUT", "/v1/documents/weather", &[TOML], "version = 1\n").is(404);
    server.request("PUT", "/v1/documents/rules", &[("Content-Type", "text/csv")], "a,b\n").is(415);
    server.request("PUT", "/v1/documents/units", &[TOML], "version = 1\n").is(400);
    let metrics = "measure,unit,quantity,time\nheadcount,claims,12,2026-05-01\n";
    let published = server.request("PUT", "/v1/documents/metrics", &[("Content-Type", "text/csv")], metrics).is(200).json();
    assert_eq!(text(&published, "kind"), "metrics");
    let sla = "version = 1\n[[sla]]\nsource = \"acme\"\nmax_delivery_age_hours = 1\n";
    server.request("PUT", "/v1/documents/sla", &[TOML], sla).is(200);
    assert_eq!(home.run(&["sla", "show"]).exits(0).stdout, sla);
}
