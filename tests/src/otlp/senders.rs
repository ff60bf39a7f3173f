//! Senders that others wrote: OpenTelemetry's own exporter, in protobuf, packed, and its messages in JSON.

use std::process::Command;

use serde_json::json;

use super::{home, usage, with_settings};
use crate::support::{Home, Server, text};

/// What the script does to a server of the home, until both end; what it says. None where there is no Python.
fn sent(home: &Home, how: &[&str]) -> Option<Vec<u8>> {
    let python = farthing_testkit::python()?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/otlp/send.py");
    let server = Server::of(home);
    let url = server.url();
    let run = Command::new(&python).args(["-B", script, &url]).args(how).output().expect("the Python of the tests starts");
    assert!(run.status.success(), "{how:?}: {}", String::from_utf8_lossy(&run.stderr));
    server.stop();
    Some(run.stdout)
}

#[test]
fn opentelemetry_s_own_exporter_gives_the_same_in_protobuf_and_in_json() {
    let sent_by = |how: &str| {
        let home = home();
        let said = sent(&home, &[how])?;
        let said: serde_json::Value = serde_json::from_slice(&said).expect("the script writes JSON");
        Some((home, said))
    };
    let Some((exporter, said)) = sent_by("exporter") else { return };
    assert_eq!(said["results"], json!(["SUCCESS", "SUCCESS"]), "{said:#}");
    let rows = usage(&exporter);
    assert_eq!(exporter.value("SELECT SUM(Requests) FROM usage"), json!(90), "{rows:#}");
    for how in ["protobuf", "json"] {
        let Some((home, said)) = sent_by(how) else { return };
        assert_eq!(usage(&home), rows, "{how}");
        // A span without an id is refused, and the others are taken; Python reads the answer with the protocol's own classes.
        assert_eq!(said["rejected"], json!(1), "{said:#}");
        assert!(text(&said, "message").contains("no-id"), "{said:#}");
    }
}

const SUMS: &str = "SELECT SUM(Requests) AS r, SUM(Errors) AS e, SUM(InputTokens) AS i, SUM(OutputTokens) AS o, SUM(LatencyRequests) AS l FROM usage";

#[test]
fn the_sdk_s_events_of_calls_count_once_beside_its_spans() {
    let home = home();
    if sent(&home, &["logs"]).is_none() {
        return;
    }
    // Six calls; the two that only an event tells of have no latency.
    assert_eq!(home.json(&["sql", SUMS]), json!([{"r": 6, "e": 0, "i": 6_015, "o": 150, "l": 4}]));
    home.invariants_hold();
}

#[test]
fn the_sdk_s_sums_since_the_beginning_are_what_it_added_each_time() {
    let of = |temporality: &str| {
        let home = with_settings(Home::new(), "otlp_usage = \"metrics\"\n");
        sent(&home, &["metrics", temporality])?;
        let sums = home.json(&["sql", SUMS]);
        home.invariants_hold();
        Some(sums)
    };
    let (Some(delta), Some(cumulative)) = (of("DELTA"), of("CUMULATIVE")) else { return };
    assert_eq!(delta, json!([{"r": 6, "e": 2, "i": 609, "o": 60, "l": 6}]));
    assert_eq!(cumulative, delta);
}
