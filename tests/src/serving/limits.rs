//! How often somebody may ask.

use serde_json::json;

use super::{ask, home, token};
use crate::support::{NewHome, Server, on_both_databases};

on_both_databases!(
    a_caller_who_asks_too_often_is_refused_and_the_others_are_not,
    whoever_nobody_knows_is_counted_by_address_and_shuts_nobody_out,
);

fn a_caller_who_asks_too_often_is_refused_and_the_others_are_not(new: NewHome) {
    let home = home(new).file("farthing.toml", "requests_per_minute = 3\nrequests_per_day = 1000\n");
    let (loud, calm) = (token(&home, "loud", "controller"), token(&home, "calm", "viewer"));
    let server = Server::of(&home);
    for left in ["r=2", "r=1", "r=0"] {
        let answer = ask(&server, "GET", "/v1/units", &loud, &[], "").is(200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"minute\";q=3;w=60, \"day\";q=1000;w=86400"));
        assert!(answer.header("ratelimit").is_some_and(|standing| standing.contains(left)), "{answer:?}");
    }
    let body = json!({}).to_string();
    let refused = ask(&server, "POST", "/v1/periods/2026-05/closing", &loud, &[("Idempotency-Key", "k")], &body).is(429);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let wait: u64 = refused.header("retry-after").and_then(|seconds| seconds.parse().ok()).expect("whole seconds");
    assert!((1..=20).contains(&wait), "{refused:?}");
    assert!(refused.header("ratelimit").is_some_and(|standing| standing.starts_with("\"minute\";r=0;")), "{refused:?}");
    // Nothing was done, and nobody else is kept waiting.
    assert_eq!(home.json(&["audit", "list", "--action", "period.closed"]), json!([]));
    ask(&server, "GET", "/v1/units", &calm, &[], "").is(200);
    for _ in 0..10 {
        server.get("/healthz").is(200);
        server.get("/readyz").is(200);
    }
}

fn whoever_nobody_knows_is_counted_by_address_and_shuts_nobody_out(new: NewHome) {
    let home = home(new).file("farthing.toml", "unknown_per_minute = 3\n");
    let known = token(&home, "known", "viewer");
    let server = Server::of(&home);
    for _ in 0..3 {
        ask(&server, "GET", "/v1/units", "fthg_wrong", &[], "").is(401);
    }
    let answer = ask(&server, "GET", "/v1/units", "fthg_wrong", &[], "").is(429);
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    server.post("/v1/session", &json!({"name": "ada", "password": "guessed"})).is(429);
    ask(&server, "GET", "/v1/units", &known, &[], "").is(200);
    server.get("/healthz").is(200);
}

#[test]
fn whoever_is_at_the_machine_may_ask_a_great_deal() {
    let home = home(&crate::support::Home::new);
    let server = Server::of(&home);
    let answer = server.get("/v1/units").is(200);
    assert_eq!(answer.header("ratelimit-policy"), Some("\"minute\";q=1200000;w=60"));
    let refused = home.file("farthing.toml", "local_per_minute = 0\n").run(&["serve", "--listen", "127.0.0.1:0"]).exits(64);
    assert!(refused.stderr.contains("local_per_minute"), "{refused}");
}
