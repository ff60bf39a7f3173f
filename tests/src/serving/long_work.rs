//! Work that nobody has to wait for: a run that is followed, read, and one's own.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use super::{ask, home, token};
use crate::support::{NewHome, Server, on_both_databases, text};

on_both_databases!(
    what_takes_its_time_is_a_run_that_can_be_followed_and_read,
    a_run_is_seen_by_whoever_asked_for_it_and_by_nobody_else,
);

const ASYNC: &[(&str, &str)] = &[("Prefer", "respond-async"), ("Content-Type", "application/json")];

fn instance() -> Value {
    json!({
        "hours": 2,
        "types": [{"id": "s", "od_price": 1.5, "commit_price": 1.6, "plan_rate": 1.7, "quota": 4}],
        "workloads": [{"id": "w", "min_replicas": 1, "capacity": {"s": 10}, "demand": [15, 20]}]
    })
}

/// The events in an answer: id, name and data of each.
fn events(body: &str) -> Vec<(String, String, Value)> {
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default();
        line.to_owned()
    };
    let told = body.split("\n\n").filter(|event| event.contains("data:"));
    told.map(|event| {
        let data = serde_json::from_str(&field(event, "data")).expect("data are JSON");
        (field(event, "id"), field(event, "event"), data)
    })
    .collect()
}

/// Follows a run to its end; gives the last event.
fn followed(server: &Server, address: &str, headers: &[(&str, &str)]) -> (String, Value) {
    let answer = server.request("GET", &format!("{address}/events"), headers, "").is(200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let told = events(&answer.body);
    let names: Vec<&str> = told.iter().map(|(_, name, _)| name.as_str()).collect();
    let (id, last, data) = told.last().cloned().unwrap_or_else(|| panic!("no events in {answer:?}"));
    assert!(last == "end" && names.iter().filter(|name| **name == "end").count() == 1, "{names:?}");
    (id, data)
}

fn what_takes_its_time_is_a_run_that_can_be_followed_and_read(new: NewHome) {
    let home = home(new);
    let server = Server::of(&home);
    let whole = server.post("/v1/plans/fleet/solve", &instance()).is(200).json();
    let accepted = server.request("POST", "/v1/plans/fleet/solve", ASYNC, &instance().to_string()).is(202);
    assert_eq!(accepted.header("preference-applied"), Some("respond-async"));
    let address = accepted.header("location").expect("where it is").to_owned();
    let (id, end) = followed(&server, &address, &[]);
    assert_eq!(text(&end, "state"), "done", "{end}");
    let run = server.get(&address).is(200).json();
    for part in ["status", "objective", "n"] {
        assert_eq!(run["result"][part], whole[part], "{run:#}");
    }
    // Whoever was cut off goes on after the last that they have, from whatever process answers.
    assert_eq!(followed(&server, &address, &[("Last-Event-ID", "of-long-ago")]).0, id);
    server.request("GET", &format!("{address}/events"), &[("Last-Event-ID", &id)], "").is(204);
    server.stop();
    let server = Server::of(&home);
    server.request("GET", &format!("{address}/events"), &[("Last-Event-ID", &id)], "").is(204);
    // So is what only looks, and reads every file.
    let verified = server.get("/v1/lake/verification?deep=true").is(200).json();
    let accepted = server.request("GET", "/v1/lake/verification?deep=true", ASYNC, "").is(202);
    let address = accepted.header("location").expect("where it is").to_owned();
    assert_eq!(text(&followed(&server, &address, &[]).1, "state"), "done");
    let run = server.get(&address).is(200).json();
    assert!(run["result"]["files"] == verified["files"] && run["result"]["differences"] == json!([]), "{run:#}");
    // What makes no sense is said at once, and no run is made of it.
    server.request("POST", "/v1/plans/fleet/solve", ASYNC, r#"{"hours": "many"}"#).is(400);
    server.request("POST", "/v1/plans/storage", ASYNC, r#"{"period": "2026-05", "horizon": 3}"#).is(422);
    server.request("POST", "/v1/simulations", ASYNC, r#"{"plam": {}}"#).is(422);
    server.get("/v1/jobs/none/events").is(404);
    // A plan of facts that there are none of is a run that fails, and says why.
    let accepted = server.request("POST", "/v1/plans/fleet", ASYNC, "{}").is(202);
    let (_, end) = followed(&server, accepted.header("location").expect("where it is"), &[]);
    assert_eq!(text(&end, "state"), "failed", "{end}");
    assert!(!text(&end, "message").is_empty());
}

fn a_run_is_seen_by_whoever_asked_for_it_and_by_nobody_else(new: NewHome) {
    let home = home(new);
    let (ada, eve) = (token(&home, "ada", "controller"), token(&home, "eve", "controller"));
    let admin = token(&home, "admin", "administrator");
    let server = Server::of(&home);
    let (path, body) = ("/v1/periods/2026-05/closing", json!({"reason": "month end"}).to_string());
    let accepted = ask(&server, "POST", path, &ada, &[("Prefer", "respond-async")], &body).is(202);
    let address = accepted.header("location").expect("where it is").to_owned();
    let bearer = format!("Bearer {ada}");
    let (_, end) = followed(&server, &address, &[("Authorization", &bearer)]);
    assert_eq!(text(&end, "state"), "done", "{end}");
    for (who, status) in [(&ada, 200), (&admin, 200), (&eve, 404)] {
        ask(&server, "GET", &address, who, &[], "").is(status);
        ask(&server, "POST", &format!("{address}/cancel"), who, &[], "").is(status);
    }
    ask(&server, "GET", &format!("{address}/events"), &eve, &[], "").is(404);
    let run = ask(&server, "GET", &address, &ada, &[], "").json();
    assert_eq!((text(&run, "asked_by"), &run["result"]["changed"]), ("ada", &json!(true)), "{run:#}");
    let closings = home.json(&["audit", "list", "--action", "period.closed"]);
    assert_eq!((closings.as_array().map(Vec::len), &closings[0]["actor"]), (Some(1), &json!("ada")), "{closings:#}");
    // Whoever may ask for runs may not close by one.
    let body = json!({"kind": "close-period", "with": {"period": "2026-05", "by": "admin"}}).to_string();
    assert!(ask(&server, "POST", "/v1/jobs", &admin, &[], &body).is(400).body.contains("closing"));
}

#[test]
fn who_listens_does_not_keep_the_program_from_ending() {
    let nightly = "version = 1\n[[schedule]]\nname = \"nightly\"\nkind = \"verify-audit\"\ncron = \"30 2 * * *\"\n";
    let home = home(&crate::support::Home::new).file("schedules.toml", nightly);
    home.run(&["schedules", "publish", "schedules.toml"]).exits(0);
    let run = home.json(&["jobs", "run", "nightly"]);
    // It waits for its time, and whoever listens waits with it.
    assert_eq!(home.tamper("UPDATE job_run SET not_before = '2099-01-01T00:00:00+00:00'"), 1);
    let server = Server::of(&home);
    let listening = server.begin("GET", &format!("/v1/jobs/{}/events", text(&run, "id")), &[], 0);
    let mut lines = BufReader::new(listening).lines().map_while(Result::ok);
    let first = lines.find(|line| line.starts_with("data: ")).expect("the first event comes at once");
    assert!(first.contains("queued"), "{first}");
    server.stop();
    assert!(!lines.any(|line| line == "event: end"), "it has not ended");
}
