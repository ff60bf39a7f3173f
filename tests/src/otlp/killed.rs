//! The program is killed after it has acknowledged spans: none of them is lost, none counts twice.

use serde_json::json;

use super::{Call, call, send, with_settings};
use crate::support::{NewHome, Server, on_both_databases};

on_both_databases!(f1_killed_after_its_answer_it_loses_nothing_that_it_acknowledged);

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
