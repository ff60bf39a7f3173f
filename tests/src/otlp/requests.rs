//! What is taken, known again, refused and published.

use serde_json::json;

use super::{Call, HOUR, JSON, SETTINGS, call, home, request, send, usage, with_settings};
use crate::support::{Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(
    what_is_received_is_what_the_same_spans_in_a_file_are,
    f4_the_same_spans_again_change_nothing_also_after_a_restart,
    f9_spans_of_a_closed_month_are_refused_and_the_others_taken,
    f4_a_log_record_and_the_span_of_its_call_count_once_over_months_and_restarts,
);

fn what_is_received_is_what_the_same_spans_in_a_file_are(new: NewHome<'_>) {
    let calls: Vec<Call> = (0..60).map(call).collect();
    let received = with_settings(new(), "");
    let server = Server::of(&received);
    for part in calls.chunks(7) {
        let answer = send(&server, part).is(200);
        assert_eq!((answer.header("content-type"), answer.body.as_str()), (Some("application/json"), "{}"));
    }
    // Nothing is published before its time, and all of it when the program ends.
    assert_eq!(list(&usage_rows(&received), "rows").len(), 0);
    server.stop();
    let imported = new().file("traces.json", request(&calls).to_string());
    imported.json(&["ingest", "usage", "traces.json", "--source", "otlp", "--format", "otlp"]);
    let rows = usage(&received);
    assert_eq!(rows, usage(&imported));
    assert_eq!(rows.as_array().map(Vec::len), Some(12), "{rows:#}");
    assert_eq!(rows[0]["LatencyRequests"], rows[0]["Requests"], "{rows:#}");
    received.invariants_hold();
    // What is received is not put aside by a file.
    let again = received.file("traces.json", request(&calls).to_string());
    let refused = again.run(&["ingest", "usage", "traces.json", "--source", "otlp", "--format", "otlp"]);
    refused.exits(1).says(&["otlp is where received spans are added up", "another source"]);
}

/// Where there is no usage there is no column to ask for.
fn usage_rows(home: &Home) -> serde_json::Value {
    json!({"rows": home.json(&["sql", "SELECT Hour FROM usage"])})
}

fn f4_the_same_spans_again_change_nothing_also_after_a_restart(new: NewHome<'_>) {
    let home = with_settings(new(), "");
    let first: Vec<Call> = (0..20).map(call).collect();
    let server = Server::of(&home);
    for _ in 0..2 {
        send(&server, &first).is(200);
    }
    server.stop();
    let (before, state) = (usage(&home), home.state());
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(20));
    let server = Server::of(&home);
    let mut backwards = first.clone();
    backwards.reverse();
    send(&server, &backwards).is(200);
    server.stop();
    assert_eq!((usage(&home), home.state()), (before, state));
    // Some of them again among new ones.
    let server = Server::of(&home);
    send(&server, &(10..25).map(call).collect::<Vec<_>>()).is(200);
    server.stop();
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(25));
    home.invariants_hold();
    let status = home.json(&["status"]);
    assert!(list(&status, "collections").iter().any(|line| text(line, "source") == "otlp"), "{status:#}");
}

fn f9_spans_of_a_closed_month_are_refused_and_the_others_taken(new: NewHome<'_>) {
    let home = with_settings(new(), "");
    let server = Server::of(&home);
    send(&server, &[call(1)]).is(200);
    server.stop();
    home.run(&["close", "2025-10"]).exits(0);
    let before = usage(&home);
    let server = Server::of(&home);
    // Thirty days later it is November.
    let november = Call { second: 30 * 86_400, ..call(3) };
    let answer = send(&server, &[call(2), november]).is(200).json();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "1", "{answer:#}");
    assert!(text(&answer["partialSuccess"], "errorMessage").contains("2025-10 is closed"), "{answer:#}");
    server.stop();
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(2));
    let october = usage(&home).as_array().cloned().unwrap_or_default();
    assert_eq!(Some(&october[0]), before.get(0));
    home.invariants_hold();
    // Acknowledged before the month was closed and not published since: they wait for it to be reopened.
    home.reopen("2025-10", "late spans");
    let server = Server::of(&home);
    send(&server, &[call(4)]).is(200);
    home.run(&["close", "2025-10"]).exits(0);
    server.stop();
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(2));
    home.reopen("2025-10", "spans wait");
    Server::of(&home).stop();
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(3));
}

/// What a log record says of a call that ended then.
fn event(call: &Call, second: u64) -> serde_json::Value {
    let mut record = call.json();
    record["eventName"] = json!("gen_ai.client.inference.operation.details");
    record["timeUnixNano"] = json!(format!("{}000000000", HOUR + second));
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
}

fn f4_a_log_record_and_the_span_of_its_call_count_once_over_months_and_restarts(new: NewHome<'_>) {
    let home = with_settings(new(), "");
    // It begins in the last second of October and ends in November.
    let november = 23 * 86_400 - 8 * 3_600;
    let over = Call { second: november - 1, ..call(1) };
    let server = Server::of(&home);
    assert_eq!(server.post("/v1/logs", &event(&over, november + 1)).is(200).body, "{}");
    assert_eq!(server.post("/v1/logs", &event(&call(2), 300)).is(200).body, "{}");
    server.stop();
    let by_month = "SELECT date_trunc('month', Hour) AS month, SUM(Requests) AS r FROM usage GROUP BY 1 ORDER BY 1";
    assert_eq!(home.json(&["sql", by_month]).as_array().map(Vec::len), Some(2));
    // The spans come later: the first is of the month before.
    let server = Server::of(&home);
    send(&server, &[over.clone(), call(2), call(4)]).is(200);
    assert_eq!(server.post("/v1/logs", &event(&over, november + 1)).is(200).body, "{}");
    server.stop();
    let months = home.json(&["sql", by_month]);
    assert_eq!(
        months.as_array().map(|rows| rows.iter().map(|row| row["r"].clone()).collect()),
        Some(vec![json!(3)]),
        "{months:#}"
    );
    home.invariants_hold();
}

#[test]
fn spans_that_cannot_be_used_are_named_and_keep_no_other_out() {
    let home = home();
    let server = Server::of(&home);
    let mut sent = request(&[call(1), call(2), call(3), call(4)]);
    let spans = &mut sent["resourceSpans"][0]["scopeSpans"][0]["spans"];
    spans[0]["traceId"] = json!("00000000000000000000000000000000");
    spans[1]["startTimeUnixNano"] = json!(format!("{}000000000", HOUR * 2));
    spans[2]["attributes"][4]["value"] = json!({"intValue": "-4"});
    let answer = server.request("POST", "/v1/traces", &[JSON], &sent.to_string()).is(200).json();
    let partial = &answer["partialSuccess"];
    assert_eq!(partial["rejectedSpans"], "3", "{answer:#}");
    for said in ["no-id", "in-the-future", "gen_ai.usage.input_tokens"] {
        assert!(text(partial, "errorMessage").contains(said), "{answer:#}");
    }
    let metrics = server.get("/metrics").body;
    for line in [
        "farthing_otlp_items_total{signal=\"traces\"} 4",
        "farthing_otlp_items_kept_total 1",
        "farthing_otlp_items_refused_total{signal=\"traces\",reason=\"no-id\"} 1",
        "farthing_otlp_queue_bytes 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let waiting = metrics.lines().find_map(|line| line.strip_prefix("farthing_otlp_spool_bytes ")).map(str::to_owned);
    assert!(waiting.is_some_and(|bytes| bytes != "0"), "{metrics}");
    server.stop();
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(1));
}

#[test]
fn what_usage_is_not_read_from_is_refused_plainly() {
    let home = home();
    let server = Server::of(&home);
    let metrics = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "gen_ai.client.token.usage",
        "histogram": {"aggregationTemporality": 1, "dataPoints": [{"count": "1", "sum": 5}, {"count": "2", "sum": 9}]}}]}]}]});
    let answer = server.post("/v1/metrics", &metrics).is(200).json();
    assert_eq!(answer["partialSuccess"]["rejectedDataPoints"], "2", "{answer:#}");
    assert!(text(&answer["partialSuccess"], "errorMessage").contains("/v1/traces"), "{answer:#}");
    let logs = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "x"}}]}]}]});
    let answer = server.post("/v1/logs", &logs).is(200).json();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1", "{answer:#}");
    assert!(text(&answer["partialSuccess"], "errorMessage").contains("no-usage"), "{answer:#}");
    let metrics_page = server.get("/metrics").body;
    let counted = "farthing_otlp_items_refused_total{signal=\"logs\",reason=\"no-usage\"} 1";
    assert!(metrics_page.contains(counted), "{metrics_page}");
    // What holds nothing is refused nothing.
    assert_eq!(server.post("/v1/logs", &json!({})).is(200).body, "{}");
}

#[test]
fn usage_is_read_from_metrics_in_place_of_spans_where_that_is_asked_for() {
    let home = with_settings(Home::new(), "otlp_usage = \"metrics\"\n");
    let server = Server::of(&home);
    let answer = send(&server, &[call(1)]).is(200).json();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "1", "{answer:#}");
    let point = |of: serde_json::Value, count: u64, sum: f64| {
        let attributes = json!([{"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}}, of]);
        let nanos = |second: u64| format!("{}000000000", HOUR + second);
        json!({"startTimeUnixNano": nanos(0), "timeUnixNano": nanos(60), "count": count.to_string(), "sum": sum, "attributes": attributes})
    };
    let text_of = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let histogram = |name: &str, points: Vec<serde_json::Value>| json!({"name": name, "histogram": {"aggregationTemporality": 1, "dataPoints": points}});
    let tokens =
        vec![point(text_of("gen_ai.token.type", "input"), 4, 1000.0), point(text_of("gen_ai.token.type", "output"), 4, 200.0)];
    let calls = vec![point(text_of("gen_ai.operation.name", "chat"), 3, 4.5), point(text_of("error.type", "timeout"), 1, 10.0)];
    let metrics = [histogram("gen_ai.client.token.usage", tokens), histogram("gen_ai.client.operation.duration", calls)];
    let sent = json!({"resourceMetrics": [{"resource": {"attributes": []}, "scopeMetrics": [{"metrics": metrics}]}]});
    for _ in 0..2 {
        assert_eq!(server.post("/v1/metrics", &sent).is(200).body, "{}");
    }
    server.stop();
    let sums = "SELECT SUM(Requests) AS r, SUM(Errors) AS e, SUM(InputTokens) AS i, SUM(OutputTokens) AS o, SUM(LatencySeconds) AS l FROM usage";
    assert_eq!(home.json(&["sql", sums]), json!([{"r": 4, "e": 1, "i": 1000, "o": 200, "l": "14.5"}]));
}

#[test]
fn the_receiver_can_be_switched_off_and_is_one_a_home() {
    let off = Home::new().file("farthing.toml", format!("{SETTINGS}otlp = false\n"));
    let answer = send(&Server::of(&off), &[call(1)]).is(404).json();
    assert!(text(&answer, "message").contains("otlp is false"), "{answer:#}");
    let home = home();
    let (first, second) = (Server::of(&home), Server::of(&home));
    send(&first, &[call(1)]).is(200);
    let answer = send(&second, &[call(2)]).is(503);
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert!(text(&answer.json(), "message").contains("another process"), "{answer:#?}");
    second.get("/v1/status").is(200);
}

#[test]
fn what_a_policy_masks_is_nowhere_in_the_home() {
    let home = home().file("masking.toml", "version = 1\n[columns]\nPrincipal = 'drop'\n");
    home.run(&["masking", "publish", "masking.toml"]).exits(0);
    let server = Server::of(&home);
    send(&server, &[Call { user: "ann.person@example.com".to_owned(), ..call(1) }]).is(200);
    let in_files = |home: &Home| {
        let found = std::process::Command::new("grep").args(["-r", "-l", "ann.person"]).arg(home.store()).output();
        String::from_utf8(found.expect("there is a grep").stdout).expect("paths are UTF-8")
    };
    assert_eq!(in_files(&home), "");
    server.stop();
    assert_eq!((home.value("SELECT COUNT(*) FROM usage WHERE Principal IS NULL"), in_files(&home)), (json!(1), String::new()));
}
