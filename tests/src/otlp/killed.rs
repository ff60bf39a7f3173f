//! The program is killed after it has acknowledged spans: none of them is lost, none counts twice.

use serde_json::json;

use super::{Call, HOUR, call, send, with_settings};
use crate::support::{NewHome, Server, on_both_databases};

on_both_databases!(
    f1_killed_after_its_answer_it_loses_nothing_that_it_acknowledged,
    f1_killed_after_its_answer_it_adds_up_sums_that_go_on_once,
);

fn f1_killed_after_its_answer_it_loses_nothing_that_it_acknowledged(new: NewHome<'_>) {
    // Published every second, so that the kills meet it at all that it does.
    let home = with_settings(new(), "").file("farthing.toml", "otlp_late_days = 3650\notlp_publish_seconds = 1\n");
    let mut acknowledged: u64 = 0;
    for round in 0..12_u64 {
        let server = Server::of(&home);
        // More requests from round to round: the kill comes at another time each.
        for _ in 0..=round * 4 {
            let calls: Vec<Call> = (acknowledged..acknowledged + 5).map(call).collect();
            send(&server, &calls).is(200);
            // The sender did not hear the answer and sends them again.
            if acknowledged.is_multiple_of(3) {
                send(&server, &calls).is(200);
            }
            acknowledged += 5;
        }
        server.kill();
    }
    Server::of(&home).stop();
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(acknowledged));
    let tokens: u64 = (0..acknowledged).map(|id| 100 + id).sum();
    assert_eq!(home.value("SELECT SUM(InputTokens) FROM usage"), json!(tokens));
    home.invariants_hold();
}

/// What sums of two senders that started at those times have come to.
fn sums(senders: [u64; 2], second: u64, calls: u64) -> serde_json::Value {
    let nanos = |second: u64| format!("{}000000000", HOUR + second);
    let point = |sender: &u64| {
        json!({"startTimeUnixNano": nanos(*sender), "timeUnixNano": nanos(second), "count": calls.to_string(), "sum": calls * 2,
               "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}}]})
    };
    let points: Vec<serde_json::Value> = senders.iter().map(point).collect();
    json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "gen_ai.client.operation.duration",
        "histogram": {"aggregationTemporality": 2, "dataPoints": points}}]}]}]})
}

fn f1_killed_after_its_answer_it_adds_up_sums_that_go_on_once(new: NewHome<'_>) {
    let settings = "otlp_usage = \"metrics\"\notlp_late_days = 3650\notlp_publish_seconds = 1\n";
    let home = new().file("farthing.toml", settings);
    let (mut second, mut of_senders_before, mut calls, mut began) = (100, 0, 0, [0, 1]);
    for round in 0..10_u64 {
        let server = Server::of(&home);
        for _ in 0..=round * 4 {
            second += 60;
            calls += second % 7;
            let sent = sums(began, second, calls);
            assert_eq!(server.post("/v1/metrics", &sent).is(200).body, "{}");
            // Sent again, and one that was late.
            if second.is_multiple_of(3) {
                server.post("/v1/metrics", &sent).is(200);
                server.post("/v1/metrics", &sums(began, second - 60, calls / 2)).is(200);
            }
        }
        server.kill();
        // The senders start again with every third round.
        if round.is_multiple_of(3) {
            (of_senders_before, calls, began) = (of_senders_before + calls, 0, [second + 10, second + 11]);
        }
    }
    Server::of(&home).stop();
    let sums = "SELECT SUM(Requests) AS r, SUM(LatencySeconds) AS l FROM usage";
    let expected = (of_senders_before + calls) * 2;
    assert_eq!(home.json(&["sql", sums]), json!([{"r": expected, "l": (expected * 2).to_string()}]));
    home.invariants_hold();
}
