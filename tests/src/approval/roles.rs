//! Over HTTP, where everybody shows who they are.

use serde_json::{Value, json};

use super::{approvals, organisation};
use crate::support::{Answer, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(engineers_propose_and_apply_and_approvers_approve, nobody_approves_their_own_whatever_roles_they_have);

pub(super) struct People {
    server: Server,
    tokens: Vec<(String, String)>,
}

impl People {
    pub fn of(home: &Home, people: &[(&str, &[&str])]) -> Self {
        let issue = |(name, roles): &(&str, &[&str])| {
            // What is no role is a unit that they are limited to.
            let option = |given: &&str| if given.starts_with("of ") { "--unit" } else { "--role" };
            let roles: Vec<&str> = roles.iter().flat_map(|given| [option(given), given.trim_start_matches("of ")]).collect();
            let issued = home.json(&[&["tokens", "issue", name][..], &roles].concat());
            ((*name).to_owned(), text(&issued, "secret").to_owned())
        };
        Self { tokens: people.iter().map(issue).collect(), server: Server::of(home) }
    }

    pub fn asks(&self, name: &str, method: &str, path: &str, body: &Value) -> Answer {
        let (_, token) = self.tokens.iter().find(|(known, _)| known == name).expect("somebody known");
        let bearer = format!("Bearer {token}");
        let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
        self.server.request(method, path, &headers, &if body.is_null() { String::new() } else { body.to_string() })
    }

    pub fn proposes(&self, name: &str) -> String {
        let plan = self.asks(name, "POST", "/v1/plans/fleet", &json!({"time_limit_seconds": 20})).is(200).json();
        format!("/v1/recommendations/{}", text(&plan, "id"))
    }
}

fn engineers_propose_and_apply_and_approvers_approve(new: NewHome) {
    let home = organisation(new());
    approvals(&home, "approvers = 2\n");
    let people = People::of(
        &home,
        &[
            ("ada", &["engineer"]),
            ("grace", &["approver"]),
            ("carol", &["controller"]),
            ("olaf", &["viewer"]),
            ("audrey", &["auditor"]),
        ],
    );
    people.asks("carol", "POST", "/v1/plans/fleet", &json!({})).is(403);
    let path = people.proposes("ada");
    let post = |name: &str, what: &str, body: Value| people.asks(name, "POST", &format!("{path}/{what}"), &body);
    let standing = |name: &str| people.asks(name, "GET", &format!("{path}/standing"), &Value::Null).is(200).json();
    assert_eq!(standing("olaf")["may_approve"], json!(["carol", "grace"]));
    let why = || json!({"reason": "since it is so"});
    for (name, what) in
        [("ada", "approval"), ("olaf", "approval"), ("olaf", "comments"), ("audrey", "challenge"), ("grace", "application")]
    {
        post(name, what, why()).is(403);
    }
    post("grace", "approval", json!({"by": "carol"})).is(403);
    assert_eq!(text(&post("grace", "approval", json!({})).is(200).json(), "state"), "proposed");
    post("carol", "challenge", json!({})).is(400);
    assert_eq!(text(&post("carol", "challenge", why()).is(200).json(), "state"), "challenged");
    assert_eq!(text(&post("ada", "answer", why()).is(200).json(), "state"), "proposed");
    post("grace", "approval", why()).is(200);
    assert_eq!(text(&post("carol", "approval", why()).is(200).json(), "state"), "approved");
    post("ada", "application", json!({"form": "punched-cards"})).is(400);
    let applied = post("ada", "application", json!({"units": ["claims"], "form": "keda"})).is(200).json();
    assert_eq!((&applied["changed"], &applied["units"]), (&json!(true), &json!(["claims"])));
    assert!(text(&list(&applied, "files")[0], "text").contains("ScaledObject"));
    let again = post("ada", "application", json!({"units": ["claims"], "form": "keda"})).is(200).json();
    assert_eq!((&again["changed"], &again["files"]), (&json!(false), &applied["files"]), "F30: the answer was lost");
    post("ada", "application", json!({})).is(200);
    post("ada", "verification", json!({"saved": "10"})).is(403);
    assert_eq!(text(&post("carol", "verification", json!({"saved": "10"})).is(200).json(), "state"), "verified");
    assert_eq!(text(&post("ada", "rollback", why()).is(200).json()["standing"], "state"), "rolled-back");
    people.asks("grace", "POST", "/v1/recommendations/none/approval", &json!({})).is(404);
    let who: Vec<String> = list(&standing("olaf"), "steps").iter().map(|step| text(step, "by").to_owned()).collect();
    assert_eq!(who, ["ada", "grace", "carol", "ada", "grace", "carol", "ada", "ada", "carol", "ada"]);
}

fn nobody_approves_their_own_whatever_roles_they_have(new: NewHome) {
    let home = organisation(new());
    let everything: &[&str] = &["administrator", "engineer", "approver", "analyst"];
    let people = People::of(&home, &[("root", everything), ("grace", &["approver"])]);
    let path = people.proposes("root");
    let refused = people.asks("root", "POST", &format!("{path}/approval"), &json!({})).is(400);
    assert!(refused.body.contains("nobody approves what they proposed"), "{}", refused.body);
    // New usage over HTTP makes it stale: 412, for whoever approves.
    home.write("june.csv", super::trace("2026-06-01"));
    home.import_trace("june.csv", "gateway", &[]);
    let stale = people.asks("grace", "POST", &format!("{path}/approval"), &json!({})).is(412);
    assert!(stale.body.contains("planned again"), "{}", stale.body);
}
