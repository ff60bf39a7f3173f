//! Approvers and engineers who are limited to units: they see, approve and apply what is theirs, and nothing else.

use serde_json::{Value, json};

use super::roles::People;
use super::{approvals, organisation, propose, standing};
use crate::support::{Answer, NewHome, list, on_both_databases, text};

on_both_databases!(
    a_plan_is_approved_and_applied_by_those_whose_units_it_is_about,
    on_the_command_line_somebody_who_is_known_is_limited_too,
);

fn a_plan_is_approved_and_applied_by_those_whose_units_it_is_about(new: NewHome) {
    // Below claims there is a unit, and who is limited to what is above it has what is below it.
    let home = organisation(new());
    let people = People::of(
        &home,
        &[
            ("ada", &["engineer"]),
            ("gina", &["approver", "of claims"]),
            ("hugo", &["approver", "viewer", "of lending"]),
            ("eve", &["engineer", "of claims"]),
            ("otto", &["approver", "of nowhere"]),
            ("vera", &["approver"]),
        ],
    );
    let path = people.proposes("ada");
    let get = |name: &str, what: &str| people.asks(name, "GET", &format!("{path}{what}"), &Value::Null);
    let post = |name: &str, what: &str, body: Value| people.asks(name, "POST", &format!("{path}/{what}"), &body);
    assert_eq!(get("vera", "/standing").is(200).json()["may_approve"], json!(["gina", "hugo", "vera"]));

    // What is about others is not shown: their workloads, and what all of it costs.
    let seen = get("gina", "").is(200).json();
    let workloads: Vec<&str> = list(&seen["plan"], "workloads").iter().map(|one| text(one, "workload")).collect();
    assert_eq!((workloads, &seen["saved"], &seen["plan"]["cost_planned"]), (vec!["chat"], &Value::Null, &Value::Null));
    assert!(!seen.to_string().contains("lending") && !seen.to_string().contains("scores"), "{seen:#}");
    let listed = people.asks("gina", "GET", "/v1/recommendations", &Value::Null).is(200).json();
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["cost_now"]), (Some(1), &Value::Null));
    assert_eq!(people.asks("otto", "GET", "/v1/recommendations", &Value::Null).is(200).json(), json!([]));
    get("otto", "").is(403);
    get("gina", "/agreement").is(403);
    people.asks("gina", "GET", "/v1/recommendations/none", &Value::Null).is(403);
    people.asks("eve", "POST", "/v1/plans/fleet", &json!({})).is(403);

    // Each approves for theirs; it is approved when every unit is.
    let refused = |answer: Answer| assert!(answer.is(403).body.contains("limited to units"), "it says why");
    refused(post("gina", "rejection", json!({"reason": "too risky"})));
    post("otto", "approval", json!({})).is(403);
    post("eve", "approval", json!({})).is(403);
    let first = post("gina", "approval", json!({})).is(200).json();
    assert_eq!((text(&first, "state"), &first["still_needed"], list(&first, "units").len()), ("proposed", &json!(1), 1));
    post("gina", "approval", json!({})).is(400);
    assert_eq!(text(&post("hugo", "approval", json!({})).is(200).json(), "state"), "approved");

    // An engineer of one unit applies it there, and nowhere else.
    post("eve", "application", json!({"units": ["lending"]})).is(403);
    let applied = post("eve", "application", json!({"form": "keda"})).is(200).json();
    assert_eq!((&applied["units"], text(&applied["standing"], "state")), (&json!(["claims"]), "partly-applied"));
    assert!(!applied["files"].to_string().contains("scores"), "{:#}", applied["files"]);
    let again = post("eve", "application", json!({"form": "keda"})).is(200).json();
    assert_eq!((&again["changed"], &again["files"]), (&json!(false), &applied["files"]), "I6");
    refused(post("eve", "rollback", json!({"reason": "too slow"})));
    post("ada", "application", json!({})).is(200);
    refused(post("gina", "verification", json!({"saved": "10"})));
    assert_eq!(text(&post("vera", "verification", json!({"saved": "10"})).is(200).json(), "state"), "verified");
    assert!(!get("gina", "/standing").is(200).body.contains("realised"), "what all of it brought is not theirs to see");
    home.run(&["audit", "verify"]).exits(0);
}

fn on_the_command_line_somebody_who_is_known_is_limited_too(new: NewHome) {
    let home = organisation(new());
    approvals(&home, "approvers = 1\n");
    home.run(&["users", "add", "gina", "--no-password", "--role", "approver", "--unit", "claims"]).exits(0);
    home.run(&["users", "add", "heidi", "--no-password", "--role", "approver"]).exits(0);
    let id = propose(&home, "ada");
    let approve = |by: &str| home.run(&["recommendations", "approve", &id, "--by", by]);
    approve("Gina").exits(0).shows(&["It is proposed", "1 of 1 still to approve"]);
    let told = standing(&home, &id);
    assert_eq!(list(&told, "approvals")[0]["units"], json!(["claims"]));
    let approvals: Vec<(&str, &Value)> =
        list(&told, "units").iter().map(|unit| (text(unit, "unit"), &unit["approvals"])).collect();
    assert_eq!(approvals, [("claims", &json!(1)), ("lending", &json!(0))]);
    home.run(&["recommendations", "reject", &id, "--by", "gina", "--reason", "no"])
        .exits(1)
        .says(&["gina is limited to units", "lending"]);
    approve("heidi").exits(0).shows(&["It is approved"]);
}
