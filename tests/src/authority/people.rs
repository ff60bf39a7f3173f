//! Logging in, tokens, and where the API may be served.

use serde_json::{Value, json};

use super::{add, organisation, person, token};
use crate::support::{Answer, Home, NewHome, Server, on_both_databases, text};

on_both_databases!(
    somebody_logs_in_works_and_logs_out,
    somebody_changes_their_own_password,
    a_token_is_good_until_it_is_not,
    divided_duties_are_refused_by_the_program_and_by_the_database,
    who_asks_is_who_is_recorded,
);

const PASSWORD: &str = "three small horses";

fn log_in(server: &Server, name: &str, password: &str) -> Answer {
    server.post("/v1/session", &json!({"name": name, "password": password}))
}

/// The cookie as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").expect("a cookie").split(';').next().expect("a value").to_owned()
}

fn somebody_logs_in_works_and_logs_out(new: NewHome) {
    let home = organisation(new());
    person(&home, "ada", PASSWORD, &["--role", "administrator"]);
    let server = Server::of(&home);
    server.get("/v1/session").is(401);
    assert_eq!(log_in(&server, "ada", "wrong password").is(401).body, log_in(&server, "nobody", PASSWORD).is(401).body);
    let answer = log_in(&server, "ada", PASSWORD).is(200);
    let set = answer.header("set-cookie").expect("a cookie").to_owned();
    for part in ["__Host-farthing=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(set.contains(part) && !set.contains("Domain"), "{set}");
    }
    let (kept, csrf) = (cookie(&answer), text(&answer.json(), "csrf_token").to_owned());
    let ask = |method: &str, path: &str, more: &[(&str, &str)], body: &str| {
        let headers = [&[("Cookie", kept.as_str()), ("Content-Type", "application/json")], more].concat();
        server.request(method, path, &headers, body)
    };
    assert_eq!(text(&ask("GET", "/v1/session", &[], "").is(200).json(), "csrf_token"), csrf);
    ask("GET", "/v1/users", &[], "").is(200);
    // F48: a page of another site sends the cookie too, and cannot know the token nor hide where it is from.
    let new_user = json!({"name": "bob", "roles": ["viewer"]}).to_string();
    let guessed = json!({"name": "bob", "roles": ["viewer"], "password": "1qaz2wsx3edc"}).to_string();
    assert!(ask("POST", "/v1/users", &[("x-csrf-token", &csrf)], &guessed).is(400).body.contains("first that are tried"));
    ask("POST", "/v1/users", &[], &new_user).is(403);
    ask("POST", "/v1/users", &[("x-csrf-token", "0")], &new_user).is(403);
    ask("POST", "/v1/users", &[("x-csrf-token", &csrf), ("Sec-Fetch-Site", "cross-site")], &new_user).is(403);
    ask("POST", "/v1/users", &[("x-csrf-token", &csrf), ("Origin", "https://evil.example")], &new_user).is(403);
    ask("POST", "/v1/users", &[("x-csrf-token", &csrf), ("Sec-Fetch-Site", "same-origin")], &new_user).is(201);
    ask("DELETE", "/v1/session", &[("x-csrf-token", &csrf)], "").is(204);
    ask("GET", "/v1/users", &[], "").is(401);
    // Who is disabled is out at once, and cannot come back.
    let again = cookie(&log_in(&server, "ada", PASSWORD).is(200));
    let session = |server: &Server| server.request("GET", "/v1/session", &[("Cookie", &again)], "");
    session(&server).is(200);
    home.run(&["users", "disable", "ada"]).exits(0);
    session(&server).is(401);
    log_in(&server, "ada", PASSWORD).is(401);
}

fn somebody_changes_their_own_password(new: NewHome) {
    const NEXT: &str = "another fine password";
    let home = organisation(new());
    person(&home, "ada", PASSWORD, &["--role", "viewer"]);
    let own = token(&home, "ada-laptop", &["--role", "viewer", "--for", "ada"]);
    let server = Server::of(&home);
    let (here, elsewhere) = (log_in(&server, "ada", PASSWORD).is(200), log_in(&server, "ada", PASSWORD).is(200));
    let (kept, csrf) = (cookie(&here), text(&here.json(), "csrf_token").to_owned());
    let change = |more: &[(&str, &str)], old: &str, new: &str| {
        let headers = [&[("Cookie", kept.as_str()), ("Content-Type", "application/json")], more].concat();
        server.request("POST", "/v1/session/password", &headers, &json!({"old": old, "new": new}).to_string())
    };
    let ours = [("x-csrf-token", csrf.as_str())];
    change(&[], PASSWORD, NEXT).is(403);
    assert!(change(&ours, "not my password", NEXT).is(403).body.contains("not your password"));
    assert!(change(&ours, PASSWORD, "short").is(400).body.contains("12 characters"));
    assert!(change(&ours, PASSWORD, "Password2026").is(400).body.contains("first that are tried"));
    assert!(change(&ours, PASSWORD, PASSWORD).is(400).body.contains("old password"));
    log_in(&server, "ada", NEXT).is(401);
    let changed = change(&ours, PASSWORD, NEXT).is(200);
    // All sessions of before are over, and a new one has begun.
    let session = |answer: &Answer| server.request("GET", "/v1/session", &[("Cookie", cookie(answer).as_str())], "");
    session(&here).is(401);
    session(&elsewhere).is(401);
    assert_eq!(session(&changed).is(200).json()["csrf_token"], changed.json()["csrf_token"]);
    log_in(&server, "ada", PASSWORD).is(401);
    log_in(&server, "ada", NEXT).is(200);
    // A token is no session: whoever finds one does not shut out the person.
    let bearer = format!("Bearer {own}");
    let by_token = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let body = json!({"old": NEXT, "new": PASSWORD}).to_string();
    server.request("POST", "/v1/session/password", &by_token, &body).is(403);
    server.request("GET", "/v1/session", &by_token, "").is(200);
    let recorded = home.json(&["audit", "list", "--action", "user.changed"]);
    let said = (text(&recorded[0], "actor"), text(&recorded[0], "subject"), &recorded[0]["details"]);
    assert_eq!(said, ("ada", "user ada", &json!({"password": "changed"})));
    assert_eq!(recorded.as_array().map(Vec::len), Some(1));
}

fn a_token_is_good_until_it_is_not(new: NewHome) {
    let home = organisation(new());
    person(&home, "ada", PASSWORD, &["--role", "analyst", "--role", "viewer"]);
    let (service, own) =
        (token(&home, "ci", &["--role", "viewer"]), token(&home, "ada-laptop", &["--role", "analyst", "--for", "ada"]));
    let server = Server::of(&home);
    let who = |secret: &str| server.request("GET", "/v1/session", &[("Authorization", &format!("Bearer {secret}"))], "");
    assert_eq!(text(&who(&service).is(200).json(), "name"), "ci");
    assert_eq!(text(&who(&own).is(200).json(), "name"), "ada");
    let listed = home.json(&["tokens", "list"]);
    let used = listed.as_array().expect("a list").iter().all(|token| token["used_at"].is_string());
    assert!(used && !listed.to_string().contains(&service), "{listed:#}");
    home.run(&["tokens", "issue", "more", "--role", "engineer", "--for", "ada"]).exits(1).says(&["no more than the person"]);
    home.run(&["tokens", "issue", "ci", "--role", "viewer"]).exits(1).says(&["a name is used once"]);
    home.run(&["tokens", "revoke", "ci"]).exits(0);
    who(&service).is(401);
    // Who is given less has tokens that are good for nothing until new ones are issued.
    home.run(&["users", "change", "ada", "--role", "viewer"]).exits(0);
    who(&own).is(401);
    let record = home.run(&["--format", "json", "audit", "list"]).exits(0).stdout;
    assert!(record.contains("token.revoked") && !record.contains(&service) && !record.contains(PASSWORD), "{record}");
}

fn divided_duties_are_refused_by_the_program_and_by_the_database(new: NewHome) {
    let home = organisation(new());
    let both = ["--role", "controller", "--role", "engineer"];
    add(&home, "ada", PASSWORD, &both).exits(1).says(&["nobody is controller and engineer at once"]);
    person(&home, "ada", PASSWORD, &["--role", "controller"]);
    for roles in [r#"["engineer","controller"]"#, r#"["administrator","controller"]"#, r#"["analyst","auditor"]"#] {
        let refused = home.tampering(&format!("UPDATE person SET roles = '{roles}' WHERE name = 'ada'"));
        assert!(refused.is_err(), "{roles}");
    }
    assert_eq!(home.json(&["users", "list"])[0]["roles"], json!(["controller"]));
}

fn who_asks_is_who_is_recorded(new: NewHome) {
    let home = organisation(new());
    let (ada, grace) = (token(&home, "ada", &["--role", "controller"]), token(&home, "grace", &["--role", "controller"]));
    let server = Server::of(&home);
    let post = |token: &str, path: &str, body: &Value| {
        let bearer = format!("Bearer {token}");
        let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
        server.request("POST", path, &headers, &body.to_string())
    };
    post(&ada, "/v1/periods/2026-05/closing", &json!({"by": "grace"})).is(403);
    post(&ada, "/v1/periods/2026-05/closing", &json!({"reason": "month end"})).is(200);
    post(&ada, "/v1/periods/2026-05/reopening", &json!({"reason": "a credit came"})).is(200);
    // Nobody decides what they asked for, whatever they may.
    let granted = json!({"granted": true});
    assert!(post(&ada, "/v1/periods/2026-05/reopening/decision", &granted).is(400).body.contains("somebody else"));
    post(&grace, "/v1/periods/2026-05/reopening/decision", &granted).is(200);
    let entries = home.json(&["audit", "list", "--subject", "period 2026-05"]);
    let who: Vec<(&str, &str)> =
        entries.as_array().expect("a list").iter().map(|entry| (text(entry, "actor"), text(entry, "action"))).collect();
    let expected =
        [("grace", "reopening.granted"), ("ada", "reopening.asked"), ("ada", "certificate.issued"), ("ada", "period.closed")];
    assert_eq!(who, expected);
}

/// Nobody may guess on and on.
#[test]
fn who_mistypes_again_and_again_waits() {
    let home = organisation(Home::new());
    person(&home, "ada", PASSWORD, &["--role", "viewer"]);
    let server = Server::of(&home);
    for _ in 0..5 {
        log_in(&server, "ada", "not the password").is(401);
    }
    log_in(&server, "ada", PASSWORD).is(401);
    assert!(home.json(&["users", "list"])[0]["locked_until"].is_string());
    home.run_told(&["users", "password", "ada"], "another fine password\n").exits(0);
    log_in(&server, "ada", "another fine password").is(200);
}

#[test]
fn without_anybody_it_is_served_to_this_machine_alone() {
    let home = organisation(Home::new());
    home.run(&["serve", "--listen", "0.0.0.0:0"]).exits(64).says(&["farthing users add", "loopback"]);
    let server = Server::of(&home);
    assert_eq!(text(&server.get("/v1/session").is(200).json(), "means"), "machine");
    // A name that somebody made to point here, and a page of another site.
    let rebound = [("Host", "evil.example")];
    assert_eq!(server.request_as("GET", "/v1/status", &rebound, "").status, 403);
    let elsewhere = [("Content-Type", "application/json"), ("Origin", "https://evil.example")];
    server.request("POST", "/v1/lake/sweep", &elsewhere, "{}").is(403);
    // From the first one on everybody is asked, at the machine as well.
    home.run(&["users", "add", "ada", "--no-password", "--role", "viewer"]).exits(0);
    server.get("/v1/status").is(401);
    home.run(&["serve", "--listen", "0.0.0.0:0"]).exits(64).says(&["nobody could show who they are"]);
}
