//! What holds for every route: limits by caller, pages, long work, streams, versions, and what will go.

mod client;
mod limits;
mod long_work;
mod pages;
mod streams;
mod versions;

use serde_json::Value;

use crate::support::{Answer, Bill, Home, NewHome, Server};

const RULES: &str = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n\
                     [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

/// A month of two units.
fn home(new: NewHome) -> Home {
    let bill = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25").charge("lending", "Object Storage", "4.5");
    new().file("bill.csv", bill.charge("", "Queues", "0.5").csv()).ingest_billing("bill.csv", "acme").rules(RULES)
}

/// Issues a token with a role; gives its secret.
fn token(home: &Home, name: &str, role: &str) -> String {
    let issued: Value = home.json(&["tokens", "issue", name, "--role", role]);
    issued["secret"].as_str().expect("a token has a secret").to_owned()
}

/// Asks as whoever has a token.
fn ask(server: &Server, method: &str, path: &str, token: &str, more: &[(&str, &str)], body: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [&[("Authorization", bearer.as_str()), ("Content-Type", "application/json")], more].concat();
    server.request(method, path, &headers, body)
}
