use std::fmt::Write;

use super::*;

fn attribute(key: &str, value: &str) -> String {
    let kind = if value.parse::<u64>().is_ok() { "intValue" } else { "stringValue" };
    format!(r#"{{"key":"{key}","value":{{"{kind}":"{value}"}}}}"#)
}

fn span(id: &str, parent: &str, kind: u32, attributes: &[(&str, &str)]) -> String {
    let attributes: Vec<String> = attributes.iter().map(|(key, value)| attribute(key, value)).collect();
    format!(
        r#"{{"traceId":"5B8EFFF798038103d269b633813fc60c","spanId":"{id}","parentSpanId":"{parent}","name":"x","kind":{kind},"startTimeUnixNano":"1760000000000000000","endTimeUnixNano":"1760000001500000000","attributes":[{}]}}"#,
        attributes.join(",")
    )
}

fn request(spans: &[String]) -> String {
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{},{}]}},"schemaUrl":"x","scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        attribute("service.name", "claims-triage"),
        attribute("farthing.unit", "claims"),
        spans.join(",")
    )
}

fn decoded(text: &str, seen: &mut SeenIds) -> (Vec<UsageRecord>, DecodeReport) {
    let mut records = Vec::new();
    let options = Options::of("otlp".parse().unwrap());
    let report = decode(text.as_bytes(), &options, seen, |record| {
        records.push(record);
        Ok::<(), DecodeError>(())
    });
    (records, report.unwrap())
}

const CHAT: [(&str, &str); 6] = [
    ("gen_ai.operation.name", "chat"),
    ("gen_ai.provider.name", "openai"),
    ("gen_ai.response.model", "gpt-4o-2024-08-06"),
    ("gen_ai.usage.input_tokens", "1200"),
    ("gen_ai.usage.cache_read.input_tokens", "1024"),
    ("gen_ai.usage.output_tokens", "180"),
];

#[test]
fn a_call_is_read_with_its_resource() {
    let (records, report) = decoded(&request(&[span("eee19b7ec3c1b174", "", 3, &CHAT)]), &mut SeenIds::default());
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let UsageRecord { at, dimensions, counts, .. } = &records[0];
    assert_eq!(at.timestamp(), 1_760_000_000);
    assert_eq!((counts.requests, counts.input_tokens, counts.uncached_input_tokens(), counts.output_tokens), (1, 1200, 176, 180));
    assert_eq!(dimensions.model.as_ref().unwrap().as_str(), "gpt-4o-2024-08-06");
    assert_eq!(dimensions.workload.as_deref(), Some("claims-triage"));
    assert_eq!(dimensions.unit.as_ref().unwrap().as_str(), "claims");
    assert_eq!((dimensions.provider.as_deref(), dimensions.operation.as_deref()), (Some("openai"), Some("chat")));
}

#[test]
fn old_names_give_the_same_record() {
    let old = [
        ("gen_ai.system", "xai"),
        ("gen_ai.request.model", "grok"),
        ("gen_ai.usage.prompt_tokens", "7"),
        ("gen_ai.usage.completion_tokens", "3"),
    ];
    let new = [
        ("gen_ai.provider.name", "x_ai"),
        ("gen_ai.response.model", "grok"),
        ("gen_ai.usage.input_tokens", "7"),
        ("gen_ai.usage.output_tokens", "3"),
    ];
    let (old, _) = decoded(&request(&[span("a", "", 3, &old)]), &mut SeenIds::default());
    let (new, _) = decoded(&request(&[span("a", "", 3, &new)]), &mut SeenIds::default());
    assert_eq!(old, new);
    assert_eq!((old.len(), old[0].counts.input_tokens), (1, 7));
}

#[test]
fn tokens_count_once_in_a_tree_of_spans() {
    let agent =
        [("gen_ai.operation.name", "invoke_agent"), ("gen_ai.usage.input_tokens", "1200"), ("gen_ai.usage.output_tokens", "180")];
    let spans = [
        span("a", "", 1, &agent),
        span("b", "a", 1, &CHAT),
        span("c", "b", 3, &CHAT),
        span("d", "c", 2, &CHAT),
        span("e", "a", 1, &[("gen_ai.operation.name", "execute_tool")]),
        span("f", "a", 3, &[("http.request.method", "POST")]),
    ];
    let (records, report) = decoded(&request(&spans), &mut SeenIds::default());
    assert_eq!(records.iter().map(|r| r.counts.input_tokens).sum::<u64>(), 1200);
    assert_eq!((report.rows, report.records, report.skipped), (6, 1, 5));
}

#[test]
fn a_request_sent_again_changes_nothing() {
    let mut lines = String::new();
    for id in ["a", "b", "a"] {
        writeln!(lines, "{}", request(&[span(id, "", 3, &CHAT)])).unwrap();
    }
    let mut seen = SeenIds::default();
    let (records, report) = decoded(&lines, &mut seen);
    assert_eq!((records.len(), report.duplicates), (2, 1));
    assert_eq!(decoded(&lines, &mut seen).1.duplicates, 3);
    let (none, report) = decoded(&lines.replace("1200", "1300"), &mut seen);
    assert_eq!((none.len(), report.findings.by_rule()["conflicting-duplicate"]), (0, 3));
}

#[test]
fn failures_count_as_requests_with_an_error() {
    let failed = [("gen_ai.operation.name", "chat"), ("error.type", "timeout")];
    let (records, report) = decoded(&request(&[span("a", "", 3, &failed)]), &mut SeenIds::default());
    assert_eq!((records[0].counts.requests, records[0].counts.errors), (1, 1));
    assert!(report.findings.is_empty());
    let (records, report) = decoded(&request(&[span("a", "", 3, &failed[..1])]), &mut SeenIds::default());
    assert_eq!((records[0].counts.errors, report.findings.by_rule()["no-tokens"]), (0, 1));
}

#[test]
fn bad_spans_and_bodies_cost_only_themselves() {
    let negative = [("gen_ai.operation.name", "chat"), ("gen_ai.usage.input_tokens", "-4")];
    let text = format!(
        "{}\n{{\"resourceMetrics\":[]}}\n{{\"resourceSpans\":[{{}}]}}\n[1]\n{}\n",
        request(&[span("a", "", 3, &negative), span("", "", 3, &CHAT), span("b", "", 3, &CHAT)]),
        request(&[span("c", "", 3, &CHAT)])
    );
    let (records, report) = decoded(&text, &mut SeenIds::default());
    assert_eq!(records.len(), 2);
    let found: Vec<_> = report.findings.first().iter().map(|f| (f.row, f.column.as_str(), f.rule)).collect();
    let expected = [
        (1, "gen_ai.usage.input_tokens", "not-a-count"),
        (1, "spanId", "no-id"),
        (2, "", "not-otlp"),
        (4, "", "not-a-json-object"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn prefill_and_decode_are_told_by_the_first_chunk_or_by_the_server() {
    let number = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"doubleValue":{value}}}}}"#);
    let with = |id: &str, more: &[String]| {
        let plain = span(id, "", 3, &CHAT);
        plain.replace(r#""attributes":["#, &format!(r#""attributes":[{},"#, more.join(",")))
    };
    let spans = [
        with("eee19b7ec3c1b171", &[number("gen_ai.response.time_to_first_chunk", "0.25")]),
        with(
            "eee19b7ec3c1b172",
            &[number("gen_ai.latency.time_in_model_prefill", "0.2"), number("gen_ai.latency.time_in_model_decode", "1.1")],
        ),
        with("eee19b7ec3c1b173", &[number("gen_ai.response.time_to_first_chunk", "2")]),
        span("eee19b7ec3c1b174", "", 3, &CHAT),
    ];
    let (records, report) = decoded(&request(&spans), &mut SeenIds::default());
    let times = |at: usize| {
        let counts = &records[at].counts;
        let text = |seconds: Option<farthing_types::Quantity>| seconds.map(|q| q.to_string());
        (text(counts.prefill_seconds), text(counts.decode_seconds), counts.timed_requests)
    };
    let known = |prefill: &str, decode: &str| (Some(prefill.to_owned()), Some(decode.to_owned()), 1);
    assert_eq!((times(0), times(1)), (known("0.25", "1.25"), known("0.2", "1.1")));
    // A first chunk after the end says nothing; a call that is not streamed says nothing about it either.
    assert_eq!((times(2), times(3)), ((None, None, 0), (None, None, 0)));
    assert_eq!(report.findings.by_rule()["impossible-time"], 1);
    let sum = records.iter().try_fold(crate::Counts::default(), |sum, record| sum.checked_add(&record.counts)).unwrap();
    assert_eq!((sum.requests, sum.timed_requests, sum.prefill_seconds.unwrap().to_string()), (4, 2, "0.45".to_owned()));
}
