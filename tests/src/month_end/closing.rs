//! Closing and reopening over HTTP.

use serde_json::{Value, json};

use super::home;
use crate::support::{Server, text};

#[test]
fn a_month_is_closed_and_reopened_by_two_people_over_http() {
    let home = home();
    let server = Server::of(&home);
    let closed = server.post("/v1/periods/2026-05/closing", &json!({"by": "ada", "reason": "signed"})).is(200).json();
    assert_eq!((&closed["changed"], &closed["periods"][0]["by"]), (&Value::Bool(true), &json!("ada")));
    assert_eq!(closed["certificate"], home.json(&["certificate", "2026-05"])["sha256"]);
    server.post("/v1/periods/2026-04/closing", &json!({"by": "ada"})).is(404);
    server.post("/v1/periods/2026-05/closing", &json!({"reason": "nobody"})).is(422);

    let ask = |reason: &str| server.post("/v1/periods/2026-05/reopening", &json!({"by": "ada", "reason": reason}));
    ask(" ").is(400);
    let decide = |by: &str| server.post("/v1/periods/2026-05/reopening/decision", &json!({"by": by, "granted": true}));
    assert!(text(&decide("grace").is(404).json(), "detail").contains("nobody asked"));
    let asked = ask("the wrong rate").is(200).json();
    assert_eq!(text(&asked["periods"][0]["reopening"], "reason"), "the wrong rate");
    assert!(text(&decide("ada").is(400).json(), "detail").contains("somebody else has to decide"));
    let open = decide("grace").is(200).json();
    assert_eq!((&open["changed"], &open["periods"][0]["closed"]), (&Value::Bool(true), &Value::Bool(false)));
    decide("grace").is(404);
}
