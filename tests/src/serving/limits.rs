//! How often somebody may ask.

use serde_json::json;

use super::{ask, home, token};
use crate::support::{NewHome, Server, on_both_databases};

on_both_databases!(
    a_caller_who_asks_too_often_is_refused_and_the_others_are_not,
    whoever_nobody_knows_is_counted_by_address_and_shuts_nobody_out,
    behind_a_proxy_that_is_trusted_everybody_is_counted_by_their_own_address,
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

fn behind_a_proxy_that_is_trusted_everybody_is_counted_by_their_own_address(new: NewHome) {
    let home = home(new).file("farthing.toml", "unknown_per_minute = 2\n");
    token(&home, "known", "viewer");
    let from = |server: &Server, said: &[(&str, &str)]| server.request("GET", "/v1/units", said, "").status;
    let fresh = |settings: &str| {
        home.write("farthing.toml", format!("unknown_per_minute = 2\n{settings}"));
        Server::of(&home)
    };
    // Whoever writes the header themselves gains nothing by it.
    let server = fresh("");
    let told: Vec<u16> = (1..5).map(|one| from(&server, &[("X-Forwarded-For", &format!("192.0.2.{one}"))])).collect();
    assert_eq!(told, [401, 401, 429, 429]);
    server.stop();
    let server = fresh("trusted_proxies = \"10.0.0.0/8, 127.0.0.1\"\n");
    for client in ["192.0.2.1", "192.0.2.2", "2001:db8:0:1::1"] {
        // Before the proxy's own word stands what the client wrote.
        let told: Vec<u16> =
            (1..4).map(|one| from(&server, &[("X-Forwarded-For", &format!("198.51.100.{one}, {client}"))])).collect();
        assert_eq!(told, [401, 401, 429], "{client}");
    }
    assert_eq!(from(&server, &[("X-Forwarded-For", "2001:db8:0:1::2")]), 429, "who has a network has all of its addresses");
    assert_eq!(from(&server, &[("X-Forwarded-For", "192.0.2.9, 192.0.2.1, 10.1.2.3")]), 429, "through another of our proxies");
    assert_eq!(from(&server, &[("Forwarded", "for=192.0.2.7")]), 401, "the header of other proxies is nobody's word");
    server.stop();
    let server = fresh("trusted_proxies = \"127.0.0.1\"\nforwarded_header = \"forwarded\"\n");
    for _ in 0..2 {
        assert_eq!(from(&server, &[("Forwarded", "for=\"[2001:db8::1]:4711\";proto=https")]), 401);
    }
    assert_eq!(from(&server, &[("Forwarded", "for=192.0.2.9, for=\"[2001:db8::1]\"")]), 429);
    server.stop();
    let wrong = |settings: &str| {
        home.write("farthing.toml", settings);
        home.run(&["serve", "--listen", "127.0.0.1:0"]).exits(64)
    };
    wrong("trusted_proxies = \"proxy.example\"\n").says(&["trusted_proxies", "10.1.0.0/16"]);
    wrong("forwarded_header = \"via\"\n").says(&["forwarded_header", "x-forwarded-for or forwarded"]);
}

/// Browsers that came over https come in no other way for a year; who came otherwise is told nothing, as anybody could have changed it.
#[test]
fn who_comes_over_https_is_told_to_stay_there() {
    let home = home(&crate::support::Home::new);
    let told = |server: &Server, path: &str, headers: &[(&str, &str)]| {
        let answer = server.request("GET", path, headers, "");
        answer.header("strict-transport-security").map(str::to_owned)
    };
    let year = Some("max-age=31536000; includeSubDomains".to_owned());
    let server = Server::of(&home);
    assert_eq!(told(&server, "/v1/units", &[("X-Forwarded-Proto", "https")]), None);
    server.stop();
    home.write("farthing.toml", "trusted_proxies = \"127.0.0.1\"\n");
    let server = Server::of(&home);
    for path in ["/", "/v1/units", "/v1/nothing", "/healthz"] {
        assert_eq!(told(&server, path, &[("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https")]), year, "{path}");
        assert_eq!(told(&server, path, &[("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "http")]), None, "{path}");
    }
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
