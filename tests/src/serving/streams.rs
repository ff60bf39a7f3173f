//! Large answers, sent as they are read, and reports that are remembered.

use serde_json::Value;

use super::home;
use crate::support::{Bill, Exact, Home, Server, text};

/// The rows of an answer in NDJSON.
fn rows(body: &str) -> Vec<Value> {
    body.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a Value>, column: &str) -> Exact {
    rows.into_iter().filter_map(|row| row[column].as_str()).map(Exact::parse).sum()
}

#[test]
fn charges_come_in_every_form_and_add_up_to_the_bill() {
    let home = home(&Home::new);
    let server = Server::of(&home);
    let billed = Exact::parse("15.25");
    let charges = server.get("/v1/charges?period=2026-05&format=ndjson").is(200);
    assert_eq!(charges.header("content-type"), Some("application/x-ndjson"));
    assert_eq!((rows(&charges.body).len(), sum(&rows(&charges.body), "BilledCost")), (3, billed));
    let attributed = rows(&server.get("/v1/charges?period=2026-05&attributed=true&format=ndjson").is(200).body);
    assert_eq!(sum(&attributed, "BilledCost"), billed);
    let claims = rows(&server.get("/v1/charges?period=2026-05&attributed=true&unit=claims&format=ndjson").is(200).body);
    assert_eq!(sum(&claims, "BilledCost"), Exact::parse("10.25"));
    assert_eq!(server.get("/v1/charges?period=2026-05").is(200).json().as_array().map(Vec::len), Some(3));
    assert_eq!(server.get("/v1/charges?period=2026-05&format=csv").is(200).body.lines().count(), 4);
    for wrong in ["", "?period=May", "?period=2026-05&unit=claims", "?period=2026-05&format=xml"] {
        server.get(&format!("/v1/charges{wrong}")).is(400);
    }
    let accept = [("Accept", "text/html")];
    server.request("GET", "/v1/charges?period=2026-05", &accept, "").is(406);
    // A chargeback has a row a unit and a reason.
    let chargeback = server.request("GET", "/v1/chargeback?period=2026-05", &[("Accept", "application/x-ndjson")], "").is(200);
    assert_eq!(sum(&rows(&chargeback.body), "Total"), billed, "{chargeback:?}");
}

#[test]
fn a_report_that_is_remembered_is_what_would_be_computed() {
    let home = home(&Home::new);
    let server = Server::of(&home);
    for path in [
        "/v1/chargeback?period=2026-05",
        "/v1/chargeback?window=2026-01-01/2027-01-01",
        "/v1/chargeback?period=2026-05&format=csv",
    ] {
        let status = if path.contains("csv") { 400 } else { 200 };
        let first = server.get(path).is(status);
        let again = server.get(path).is(status);
        let anew = server.request("GET", path, &[("Cache-Control", "no-cache")], "").is(status);
        assert_eq!((&again.body, &anew.body), (&first.body, &first.body), "{path}");
        assert_eq!((again.header("etag"), anew.header("etag")), (first.header("etag"), first.header("etag")));
        assert_eq!(again.header("content-type"), first.header("content-type"));
    }
    // What is published shows in the next answer.
    let more = Bill::of("2026-05").charge("claims", "Queues", "1").csv();
    let home = home.file("more.csv", more).ingest_billing("more.csv", "other");
    for path in ["/v1/chargeback?period=2026-05", "/v1/chargeback?window=2026-01-01/2027-01-01"] {
        assert_eq!(text(&server.get(path).is(200).json(), "billed_total"), "16.25", "{path}");
    }
    drop(home);
}
