//! Requests that are sent again: under a key, and with the tag of the answer that is there.

use serde_json::{Value, json};

use crate::support::{Answer, Bill, Home, NewHome, Server, on_both_databases, text};

on_both_databases!(
    a_request_under_a_key_is_done_once,
    who_asks_at_the_same_time_gets_the_same_answer,
    a_request_whose_worker_is_gone_is_taken_over,
    a_report_that_stands_is_not_computed_again,
);

const CLOSING: &str = "/v1/periods/2026-05/closing";

fn home(new: NewHome) -> Home {
    let bill = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25");
    let rules = "version = 1\n[[units]]\nid = \"claims\"\n[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";
    new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "acme").rules(rules)
}

fn close(server: &Server, key: &str, by: &str) -> Answer {
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
    server.request("POST", CLOSING, &headers, &json!({ "by": by }).to_string())
}

fn closings(home: &Home) -> usize {
    let entries = home.json(&["audit", "list", "--action", "period.closed"]);
    entries.as_array().expect("a list").len()
}

fn a_request_under_a_key_is_done_once(new: NewHome) {
    let home = home(new);
    let server = Server::of(&home);
    let first = close(&server, "closing-1", "ada").is(200);
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = close(&server, "closing-1", "ada").is(200);
    assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &first.body));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    // Another request is no repetition, and without a key the month is closed already.
    assert!(close(&server, "closing-1", "grace").is(422).body.contains("used with another request"));
    assert_ne!(server.post(CLOSING, &json!({"by": "ada"})).body, first.body);
    // An error is an answer as well.
    let refused = close(&server, "closing-2", "").body;
    assert_eq!(close(&server, "closing-2", "").header("idempotent-replayed"), Some("true"), "{refused}");
    // Answers outlive the process.
    server.stop();
    assert_eq!(close(&Server::of(&home), "closing-1", "ada").is(200).body, first.body);
    assert_eq!(closings(&home), 1);
}

fn who_asks_at_the_same_time_gets_the_same_answer(new: NewHome) {
    let home = home(new);
    let server = Server::of(&home);
    let asked = || loop {
        let answer = close(&server, "at-once", "ada");
        match answer.status {
            409 => assert!(answer.header("retry-after").is_some(), "{answer:?}"),
            _ => return answer.is(200).body,
        }
    };
    let answers: Vec<String> = std::thread::scope(|scope| {
        let askers: Vec<_> = (0..8).map(|_| scope.spawn(asked)).collect();
        askers.into_iter().map(|asker| asker.join().expect("nobody panicked")).collect()
    });
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:#?}");
    assert_eq!(closings(&home), 1);
}

fn a_request_whose_worker_is_gone_is_taken_over(new: NewHome) {
    let home = home(new);
    let server = Server::of(&home);
    let first = close(&server, "lost", "ada").is(200);
    // As a process leaves it that was killed after the work and before its answer was kept.
    let unanswered = "status = NULL, headers = NULL, body = NULL";
    home.tampering(&format!("UPDATE kept_answer SET {unanswered}")).expect("no rule forbids it");
    assert!(close(&server, "lost", "ada").is(409).body.contains("worked on"));
    let hour_ago = match home.is_postgresql() {
        true => "now() - interval '1 hour'",
        false => "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-1 hour')",
    };
    home.tampering(&format!("UPDATE kept_answer SET began_at = {hour_ago}")).expect("no rule forbids it");
    let again = close(&server, "lost", "ada");
    assert_eq!(again.header("idempotent-replayed"), None, "{first:?}");
    assert_eq!(closings(&home), 1, "{again:?}");
}

fn a_report_that_stands_is_not_computed_again(new: NewHome) {
    let home = home(new);
    let server = Server::of(&home);
    let path = "/v1/chargeback?period=2026-05";
    let asked = |path: &str, tag: &str| server.request("GET", path, &[("If-None-Match", tag)], "");
    let tag = server.get(path).is(200).header("etag").expect("a report has a tag").to_owned();
    let unchanged = asked(path, &tag).is(304);
    assert_eq!((unchanged.header("etag"), unchanged.body.as_str()), (Some(tag.as_str()), ""));
    assert_eq!(unchanged.header("cache-control"), Some("private, no-cache"));
    asked("/v1/chargeback?period=2026-05&cost=list", &tag).is(200);
    // What is published shows at once.
    let home =
        home.file("more.csv", Bill::of("2026-05").charge("claims", "Queues", "1").csv()).ingest_billing("more.csv", "other");
    let now = asked(path, &tag).is(200);
    assert_ne!(now.header("etag"), Some(tag.as_str()));
    let statement: Value = now.json();
    assert_eq!(text(&statement, "billed_total"), "11.25");
    drop(home);
}

#[test]
fn of_secrets_nothing_is_kept() {
    let home = home(&Home::new);
    let server = Server::of(&home);
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", "k")];
    let body = json!({"name": "ci", "roles": ["viewer"]}).to_string();
    assert!(server.request("POST", "/v1/tokens", &headers, &body).is(400).body.contains("secrets"));
    server.request("POST", CLOSING, &[("Content-Type", "application/json"), ("Idempotency-Key", "")], "{}").is(400);
}
