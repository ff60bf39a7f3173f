//! Every route, asked for by every role and about another's unit. What should come of it is stated here again, by kinds of routes, and shares
//! nothing with the program's own table.

use serde_json::Value;

use super::{organisation, token};
use crate::support::{Home, NewHome, Server, on_both_databases};

on_both_databases!(f49_every_route_is_answered_to_whom_it_is_for_and_to_nobody_else);

/// What a route is for.
fn kind(method: &str, path: &str) -> &'static str {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    match (method, path) {
        ("GET", "/healthz" | "/readyz" | "/v1/login" | "/v1/session/openid" | "/v1/session/openid/return")
        | ("POST", "/v1/session") => "open",
        (
            _,
            "/v1/session"
            | "/v1/session/password"
            | "/v1/jobs/{id}"
            | "/v1/jobs/{id}/events"
            | "/v1/jobs/{id}/cancel"
            | "/v1/tables",
        ) => "own",
        // Of the program and nobody's.
        ("GET" | "POST", "/v1/formats") | ("GET", "/v1/formats/{name}" | "/v1/schemas/{name}") => "own",
        (_, "/v1/alerts/channels" | "/v1/alerts/channels/{name}/preferences") => "own",
        ("POST", "/v1/sample") => "identities",
        _ if starts(&["/v1/users", "/v1/tokens"]) => "identities",
        ("POST", "/v1/audit/checkpoints") => "machinery",
        _ if starts(&["/v1/audit"]) => "record",
        _ if starts(&["/metrics", "/v1/lake", "/v1/jobs", "/v1/schedules", "/v1/alerts"]) => "machinery",
        ("POST", "/v1/sql") | ("GET", "/v1/charges") => "questions",
        ("POST", "/v1/decisions" | "/v1/traces" | "/v1/metrics" | "/v1/logs" | "/v1/uploads" | "/v1/imports") => "facts",
        ("POST", _) if path.ends_with("/closing") => "closing",
        ("POST", _) if path.ends_with("/reopening/decision") => "deciding",
        (
            "POST",
            "/v1/recommendations/{id}/comments" | "/v1/recommendations/{id}/challenge" | "/v1/recommendations/{id}/assignment",
        ) => "discussing",
        (
            "POST",
            "/v1/recommendations/{id}/approval"
            | "/v1/recommendations/{id}/override"
            | "/v1/recommendations/{id}/rejection"
            | "/v1/recommendations/{id}/verification"
            | "/v1/recommendations/{id}/observations",
        ) => "deciding",
        ("POST", _) if starts(&["/v1/recommendations/{id}/"]) => "planning",
        ("POST", _) if path.ends_with("/reopening") => "asking",
        ("POST", _) if starts(&["/v1/plans", "/v1/simulations"]) => "planning",
        ("POST", _) if starts(&["/v1/portfolio"]) => "reviewing",
        ("PUT" | "PATCH", _) | ("POST", "/v1/units" | "/v1/rules/preview") => "publishing",
        ("GET", _)
            if starts(&[
                "/v1/tco",
                "/v1/unit-cost",
                "/v1/process",
                "/v1/experiments",
                "/v1/owners",
                "/v1/kpis",
                "/v1/portfolio",
            ]) =>
        {
            "people"
        }
        ("GET", _) | ("POST", "/v1/journal" | "/v1/reconciliation") => "reports",
        _ => panic!("{method} {path} is new: say here what it is for"),
    }
}

/// Which kinds a role may ask for, beside what is open and its own.
const ROLES: [(&str, &[&str]); 8] = [
    ("viewer", &["reports"]),
    ("analyst", &["reports", "people", "questions", "facts", "publishing", "asking", "discussing"]),
    ("engineer", &["reports", "planning", "discussing"]),
    ("approver", &["reports", "deciding", "discussing"]),
    ("controller", &["reports", "people", "questions", "closing", "deciding", "asking", "discussing"]),
    ("portfolio-reviewer", &["reports", "people", "reviewing", "discussing"]),
    ("auditor", &["reports", "people", "questions", "record"]),
    ("administrator", &["reports", "record", "machinery", "identities"]),
];

/// The routes of the description, each with an address that can be asked for.
pub(crate) fn routes(server: &Server) -> Vec<(String, String, String)> {
    let described = server.get("/openapi.json").is(200).json();
    let mut routes = Vec::new();
    for (path, item) in described["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            let address = [
                ("{unit}", "risk"),
                ("{kind}", "rules"),
                ("{period}", "2031-01"),
                ("{quarter}", "2031-Q1"),
                ("{model}", "storage"),
            ]
            .iter()
            .fold(path.clone(), |address, (name, value)| address.replace(name, value));
            let address = address.replace("{id}", "none").replace("{name}", "nobody");
            routes.push((method.to_uppercase(), path.clone(), address));
        }
    }
    assert!(routes.len() > 70, "{} routes: the description was not understood", routes.len());
    routes
}

/// Asks with a body that is none, so that what may be done is not done.
pub(crate) fn status(server: &Server, method: &str, address: &str, token: Option<&str>) -> u16 {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Content-Type", "text/plain")];
    headers.extend(bearer.as_ref().map(|bearer| ("Authorization", bearer.as_str())));
    server.request(method, address, &headers, "no body of any route").status
}

fn f49_every_route_is_answered_to_whom_it_is_for_and_to_nobody_else(new: NewHome) {
    let home = organisation(new());
    let tokens: Vec<(&str, &[&str], String)> =
        ROLES.iter().map(|(role, may)| (*role, *may, token(&home, role, &["--role", role]))).collect();
    let limited = token(&home, "limited", &["--role", "viewer", "--role", "approver", "--unit", "payments"]);
    let revoked = token(&home, "revoked", &["--role", "administrator"]);
    home.run(&["tokens", "revoke", "revoked"]).exits(0);
    let server = Server::of(&home);
    let (mut wrong, long) = (Vec::new(), "0".repeat(4_000));
    for (method, path, address) in routes(&server) {
        let kind = kind(&method, &path);
        let is_open = kind == "open";
        for nobody in [None, Some(revoked.as_str()), Some("fthg_none"), Some(long.as_str())] {
            let status = status(&server, &method, &address, nobody);
            if (status == 401) == is_open {
                wrong.push(format!("{method} {path}: nobody got {status}"));
            }
        }
        for (role, may, token) in &tokens {
            let status = status(&server, &method, &address, Some(token));
            let expected = is_open || kind == "own" || may.contains(&kind);
            if (status == 403) == expected || status == 401 && !is_open || status >= 500 {
                wrong.push(format!("{method} {path} ({kind}): {role} got {status}"));
            }
        }
        // Another's unit, and all that is about the whole organisation.
        let status = status(&server, &method, &address, Some(&limited));
        // A list of what is theirs has nothing of others, and is answered.
        let is_theirs = (method.as_str(), path.as_str()) == ("GET", "/v1/recommendations");
        if (status == 403) == (is_open || kind == "own" || is_theirs) {
            wrong.push(format!("{method} {address}: who is limited to another unit got {status}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    about_units(&home, &server, &limited);
}

/// Who is limited to a unit asks about it and those below it, and in no way about another.
fn about_units(home: &Home, server: &Server, limited: &str) {
    let get = |address: &str| status(server, "GET", address, Some(limited));
    for own in ["payments", "cards", "%70ayments"] {
        assert_eq!(get(&format!("/v1/units/{own}")), 200, "{own}");
        assert_ne!(get(&format!("/v1/statements/{own}?period=2026-05")), 403, "{own}");
        assert_ne!(get(&format!("/v1/budgets?period=2026-05&unit={own}")), 403, "{own}");
    }
    for other in ["risk", "company", "nowhere", "PAYMENTS", "payments%2F..%2Frisk"] {
        assert_eq!(get(&format!("/v1/units/{other}")), 403, "{other}");
        assert_eq!(get(&format!("/v1/statements/{other}?period=2026-05")), 403, "{other}");
        assert_eq!(get(&format!("/v1/budgets?period=2026-05&unit={other}")), 403, "{other}");
    }
    for twice in ["unit=payments&unit=risk", "unit=risk&unit=payments", "unit=payments&%75nit=risk", ""] {
        assert_eq!(get(&format!("/v1/budgets?period=2026-05&{twice}")), 403, "{twice}");
    }
    // What people's data was read by whom is on record.
    let reads: Value = home.json(&["audit", "list", "--action", "people.read", "--actor", "analyst", "--limit", "1000"]);
    assert!(reads.as_array().is_some_and(|reads| reads.len() >= 7), "{reads:#}");
}
