//! Spans from either encoding, in any order, any number of times, cut into requests anyhow: the same usage.

use std::collections::HashMap;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::{Rollup, UsageHour, UsageRecord};

/// What a test says of a call; both encodings write it.
#[derive(Clone, Debug)]
struct Call {
    trace: u128,
    span: u64,
    parent: u64,
    kind: u32,
    /// Nanoseconds after the first hour's beginning.
    start: u64,
    lasts: u64,
    failed: bool,
    model: &'static str,
    user: &'static str,
    input: u64,
    cached: u64,
    output: u64,
    first_chunk: Option<f64>,
}

/// 2025-10-09T08:00:00Z.
const HOUR: u64 = 1_759_996_800_000_000_000;

fn call(span: u64) -> Call {
    Call {
        trace: 7,
        span,
        parent: 0,
        kind: 3,
        start: 1,
        lasts: 1_500_000_000,
        failed: false,
        model: "gpt-4o",
        user: "ada",
        input: 1200,
        cached: 1024,
        output: 180,
        first_chunk: Some(0.25),
    }
}

enum Value {
    Text(&'static str),
    Int(u64),
    Double(f64),
}

impl Call {
    fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut all = vec![
            ("gen_ai.operation.name", Value::Text("chat")),
            ("gen_ai.system", Value::Text("az.ai.openai")),
            ("gen_ai.request.model", Value::Text(self.model)),
            ("gen_ai.usage.prompt_tokens", Value::Int(self.input)),
            ("gen_ai.usage.cache_read.input_tokens", Value::Int(self.cached)),
            ("gen_ai.usage.output_tokens", Value::Int(self.output)),
            ("gen_ai.input.messages", Value::Text("a prompt that is nobody's business")),
            ("enduser.id", Value::Text(self.user)),
        ];
        all.extend(self.first_chunk.map(|seconds| ("gen_ai.response.time_to_first_chunk", Value::Double(seconds))));
        all
    }

    fn json(&self) -> String {
        let attribute = |(key, value): (&str, Value)| match value {
            Value::Text(text) => format!(r#"{{"key":"{key}","value":{{"stringValue":"{text}"}}}}"#),
            Value::Int(number) => format!(r#"{{"key":"{key}","value":{{"intValue":"{number}"}}}}"#),
            Value::Double(number) => format!(r#"{{"key":"{key}","value":{{"doubleValue":{number}}}}}"#),
        };
        let attributes: Vec<String> = self.attributes().into_iter().map(attribute).collect();
        let parent = if self.parent == 0 { String::new() } else { format!("{:016x}", self.parent) };
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{:016X}","parentSpanId":"{parent}","kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}],"status":{{"code":{}}}}}"#,
            self.trace,
            self.span,
            self.kind,
            HOUR + self.start,
            HOUR + self.start + self.lasts,
            attributes.join(","),
            if self.failed { 2 } else { 0 }
        )
    }

    fn protobuf(&self) -> Vec<u8> {
        let mut span = [bytes(1, &self.trace.to_be_bytes()), bytes(2, &self.span.to_be_bytes())].concat();
        if self.parent != 0 {
            span.extend(bytes(4, &self.parent.to_be_bytes()));
        }
        span.extend(bytes(5, b"chat"));
        span.extend([varint(6 << 3), varint(u64::from(self.kind))].concat());
        span.extend([varint(7 << 3 | 1), (HOUR + self.start).to_le_bytes().to_vec()].concat());
        span.extend([varint(8 << 3 | 1), (HOUR + self.start + self.lasts).to_le_bytes().to_vec()].concat());
        for (key, value) in self.attributes() {
            let value = match value {
                Value::Text(text) => bytes(1, text.as_bytes()),
                Value::Int(number) => [varint(3 << 3), varint(number)].concat(),
                Value::Double(number) => [varint(4 << 3 | 1), number.to_bits().to_le_bytes().to_vec()].concat(),
            };
            span.extend(bytes(9, &[bytes(1, key.as_bytes()), bytes(2, &value)].concat()));
        }
        // Flags, which nobody here reads.
        span.extend([varint(16 << 3 | 5), 1_u32.to_le_bytes().to_vec()].concat());
        if self.failed {
            span.extend(bytes(15, &[varint(3 << 3), varint(2)].concat()));
        }
        span
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn json(calls: &[Call]) -> Vec<u8> {
    let spans: Vec<String> = calls.iter().map(Call::json).collect();
    let resource = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"triage"}},{"key":"farthing.unit","value":{"stringValue":"claims"}}]}"#;
    format!(r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(",")).into_bytes()
}

fn protobuf(calls: &[Call]) -> Vec<u8> {
    let text = |key: &str, value: &str| bytes(1, &[bytes(1, key.as_bytes()), bytes(2, &bytes(1, value.as_bytes()))].concat());
    let resource = [text("service.name", "triage"), text("farthing.unit", "claims")].concat();
    let spans: Vec<u8> = calls.iter().flat_map(|call| bytes(2, &call.protobuf())).collect();
    // The resource last: the order of fields says nothing.
    bytes(1, &[bytes(2, &spans), bytes(1, &resource)].concat())
}

fn options() -> Options {
    Options::of("otlp".parse().unwrap())
}

fn read_as(encoding: Encoding, body: &[u8]) -> Vec<Span> {
    spans_of(encoding, body, &Wanted::of(&options())).unwrap()
}

fn received(calls: &[Call]) -> Received {
    receive(&read_as(Encoding::Protobuf, &protobuf(calls)), &options(), |_| Ok(()))
}

/// The usage of blocks: each sorted as a run, then merged, hour by hour.
fn rolled_up(blocks: &[SpanBlock]) -> (Vec<UsageHour>, Merged) {
    let (mut dimensions, mut places) = (Vec::new(), HashMap::new());
    let mut runs = Vec::new();
    for block in blocks {
        let place = |span: &SpanFact| {
            let of = &block.dimensions[span.dimensions as usize];
            *places.entry(of.clone()).or_insert_with(|| {
                dimensions.push(of.clone());
                dimensions.len() as u32 - 1
            })
        };
        let places: Vec<u32> = block.spans.iter().map(place).collect();
        let mut run: Vec<SpanFact> =
            block.spans.iter().zip(places).map(|(span, place)| SpanFact { dimensions: place, ..*span }).collect();
        run.sort_by_key(|span| (span.trace, span.span));
        runs.push(run);
    }
    let of = |place: u32| &dimensions[place as usize];
    let mut rollup = Rollup::with_limit(1_000_000);
    let mut all = Merged::default();
    for hour in 0..3_i64 {
        let window = HOUR as i64 + hour * 3_600_000_000_000..HOUR as i64 + (hour + 1) * 3_600_000_000_000;
        let runs = runs.iter().map(|run| run.iter().map(|span| Ok::<_, Infallible>(*span))).collect();
        let merged = merge_spans(
            runs,
            |a, b| of(a).cmp(of(b)),
            window,
            |span| {
                let at = chrono::DateTime::from_timestamp_nanos(span.at);
                let record =
                    UsageRecord { at, grain: crate::Grain::Hour, dimensions: of(span.dimensions).clone(), counts: span.counts };
                rollup.add(&record).unwrap();
            },
        );
        let Ok(merged) = merged;
        all.spans += merged.spans;
        all.wrapping += merged.wrapping;
        all.of_logs += merged.of_logs;
        (all.repeated, all.conflicting) = (merged.repeated, merged.conflicting);
    }
    (rollup.into_hours(), all)
}

fn any_call() -> impl Strategy<Value = Call> {
    let ids = (1..4_u128, 1..9_u64, 0..9_u64);
    let names = (prop::sample::select(vec!["gpt-4o", "llama"]), prop::sample::select(vec!["ada", "grace"]), any::<bool>());
    (ids, 0..10_800_000_000_000_u64, 0..9_000_000_000_u64, names, 0..5_000_u64, 0..9_000_u64, prop::option::of(0.0..12.0))
        .prop_map(|((trace, span, parent), start, lasts, (model, user, failed), input, output, first_chunk)| Call {
            trace,
            span,
            parent: if parent == span { 0 } else { parent },
            kind: 3,
            start,
            lasts,
            failed,
            model,
            user,
            input,
            cached: input / 2,
            output,
            first_chunk,
        })
}

proptest! {
    #[test]
    fn protobuf_and_json_say_the_same(calls in prop::collection::vec(any_call(), 0..20)) {
        let (json, protobuf) = (read_as(Encoding::Json, &json(&calls)), read_as(Encoding::Protobuf, &protobuf(&calls)));
        let [json, protobuf] = [json, protobuf].map(|spans| receive(&spans, &options(), |_| Ok(())));
        prop_assert_eq!(json.block.spans.len(), calls.len());
        prop_assert_eq!(json, protobuf);
    }

    #[test]
    fn f4_the_order_of_spans_and_requests_and_repetitions_change_nothing(
        calls in prop::collection::vec(any_call(), 1..24),
        order in any::<u64>(),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        cut in 1..9_usize,
    ) {
        let (once, known) = rolled_up(&[received(&calls).block]);
        let mut sent = calls.clone();
        sent.extend(again.iter().map(|at| calls[at.index(calls.len())].clone()));
        sent.sort_by_key(|call| (call.start ^ order).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let blocks: Vec<SpanBlock> = sent.chunks(cut).map(|request| received(request).block).collect();
        let (hours, merged) = rolled_up(&blocks);
        prop_assert_eq!(hours, once);
        prop_assert_eq!((merged.spans, merged.wrapping), (known.spans, known.wrapping));
        // Every span is told: counted, wrapping, or there already.
        prop_assert_eq!(merged.spans + merged.wrapping + merged.repeated, sent.len() as u64);
    }

    #[test]
    fn a_block_is_read_as_it_was_written_and_damage_is_seen(calls in prop::collection::vec(any_call(), 0..12), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let block = received(&calls).block;
        let written = block.to_bytes();
        let (read, length) = SpanBlock::read(&mut written.as_slice(), 0).unwrap().unwrap();
        prop_assert_eq!((&read, length), (&block, written.len() as u64));
        let mut damaged = written.clone();
        damaged[at.index(written.len())] ^= 1 << bit;
        prop_assert!(SpanBlock::read(&mut damaged.as_slice(), 0).is_err());
        let cut = &written[..at.index(written.len())];
        prop_assert!(SpanBlock::read(&mut &*cut, 0).map_or(true, |read| read.is_none() && cut.is_empty()));
    }

    #[test]
    fn damaged_messages_never_panic(calls in prop::collection::vec(any_call(), 1..4), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut body = protobuf(&calls);
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Ok(spans) = spans_of(Encoding::Protobuf, &body, &Wanted::of(&options())) {
            let received = receive(&spans, &options(), |_| Ok(()));
            prop_assert_eq!(spans.len() as u64, received.block.spans.len() as u64 + received.skipped + received.refused_spans());
        }
        let wanted = Wanted::of(&options());
        drop((points_of(Encoding::Protobuf, &body, &wanted), logs_of(Encoding::Protobuf, &body, &wanted)));
    }
}

#[test]
fn a_call_has_its_latency_and_old_names_are_read() {
    let received = received(&[call(1), Call { failed: true, ..call(2) }]);
    assert_eq!((received.skipped, received.refused.len()), (0, 0));
    let (hours, _) = rolled_up(&[received.block]);
    let [hour] = &hours[..] else { panic!("one hour: {hours:?}") };
    assert_eq!(hour.dimensions.provider.as_deref(), Some("azure.ai.openai"));
    assert_eq!((hour.dimensions.principal.as_deref(), hour.dimensions.workload.as_deref()), (Some("ada"), Some("triage")));
    let counts = hour.counts;
    assert_eq!((counts.requests, counts.errors, counts.input_tokens, counts.cached_input_tokens), (2, 1, 2400, 2048));
    assert_eq!((counts.latency_seconds.unwrap().to_string(), counts.latency_requests), ("3".to_owned(), 2));
    assert_eq!((counts.prefill_seconds.unwrap().to_string(), counts.timed_requests), ("0.5".to_owned(), 2));
}

#[test]
fn a_wrapper_is_told_across_requests_and_hours() {
    let wrapper = Call { start: 3_599_000_000_000, lasts: 3_000_000_000, ..call(1) };
    let wrapped = Call { parent: 1, start: 3_600_500_000_000, lasts: 1_000_000_000, ..call(2) };
    // The same parent in another trace is another span.
    let other = Call { trace: 8, ..wrapper.clone() };
    let blocks = [&[wrapped.clone()][..], &[wrapper], &[other]].map(|request| received(request).block);
    let (hours, merged) = rolled_up(&blocks);
    assert_eq!((merged.spans, merged.wrapping), (2, 1));
    assert_eq!(hours.iter().map(|hour| hour.counts.requests).sum::<u64>(), 2);
}

#[test]
fn what_ended_last_stands_of_a_span_that_was_sent_with_other_values() {
    let (early, late) = (Call { output: 9, ..call(1) }, Call { lasts: 2_000_000_000, output: 180, ..call(1) });
    for order in [[&early, &late], [&late, &early]] {
        let (hours, merged) = rolled_up(&order.map(|call| received(std::slice::from_ref(call)).block));
        assert_eq!((hours[0].counts.output_tokens, merged.repeated, merged.conflicting), (180, 1, 1));
    }
}

#[test]
fn what_cannot_be_used_is_refused_by_its_cause_and_keeps_nothing_else_out() {
    let spans =
        [call(1), Call { trace: 0, ..call(2) }, Call { start: 3_600_000_000_000, ..call(3) }, Call { kind: 2, ..call(4) }];
    let mut spans = read_as(Encoding::Json, &json(&spans));
    spans[0].attributes.insert("gen_ai.usage.output_tokens".to_owned(), "-4".to_owned());
    let late = |at: chrono::DateTime<chrono::Utc>| match at.timestamp() >= 1_760_000_400 {
        true => Err(("too-late", "late".to_owned())),
        false => Ok(()),
    };
    let received = receive(&spans, &options(), late);
    let causes: Vec<_> = received.refused.iter().map(|refusal| (refusal.rule, refusal.spans)).collect();
    assert_eq!(causes, [("not-a-count", 1), ("no-id", 1), ("too-late", 1)]);
    assert_eq!((received.skipped, received.block.spans.len()), (1, 0));
}

#[test]
fn deep_json_is_no_deeper_for_us() {
    let deep = |depth: usize| format!("{}{}", r#"{"arrayValue":{"values":["#.repeat(depth), "]}}".repeat(depth));
    let nested = |key: &str, depth| {
        let call = String::from_utf8(json(&[call(1)])).unwrap();
        call.replace(
            r#""attributes":[{"key":"gen_ai.op"#,
            &format!(r#""attributes":[{{"key":"{key}","value":{}}},{{"key":"gen_ai.op"#, deep(depth)),
        )
    };
    // In an attribute that is not read it is skipped; in one that is, it is no value.
    for key in ["gen_ai.input.messages", "gen_ai.response.model"] {
        let spans = read_as(Encoding::Json, nested(key, 100_000).as_bytes());
        assert_eq!((spans.len(), spans[0].attributes.contains_key(key)), (1, false));
    }
    let error = spans_of(Encoding::Json, "[".repeat(1 << 20).as_bytes(), &Wanted::of(&options())).unwrap_err();
    assert!(!error.0.is_empty());
}

/// A data point of a histogram: the metric, its token type or error, its count and sum, and the minute that it is of.
fn point(name: &str, of: Option<(&str, &str)>, count: u64, sum: f64, minute: u64) -> (String, Vec<u8>) {
    let model = ("gen_ai.request.model", "gpt-4o");
    let pairs: Vec<(&str, &str)> = [model].into_iter().chain(of).collect();
    let (start, end) = (HOUR + minute * 60_000_000_000, HOUR + (minute + 1) * 60_000_000_000);
    let attributes: Vec<String> =
        pairs.iter().map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)).collect();
    let json = format!(
        r#"{{"name":"{name}","histogram":{{"aggregationTemporality":1,"dataPoints":[{{"startTimeUnixNano":"{start}","timeUnixNano":"{end}","count":"{count}","sum":{sum},"bucketCounts":["1"],"attributes":[{}]}}]}}}}"#,
        attributes.join(",")
    );
    let fixed = |field: u64, value: u64| [varint(field << 3 | 1), value.to_le_bytes().to_vec()].concat();
    let text = |key: &str, value: &str| [bytes(1, key.as_bytes()), bytes(2, &bytes(1, value.as_bytes()))].concat();
    let pairs: Vec<u8> = pairs.iter().flat_map(|(key, value)| bytes(9, &text(key, value))).collect();
    let data = [fixed(2, start), fixed(3, end), fixed(4, count), fixed(5, sum.to_bits()), pairs].concat();
    let histogram = [bytes(1, &data), varint(2 << 3), varint(1)].concat();
    (json, [bytes(1, name.as_bytes()), bytes(9, &histogram)].concat())
}

fn points(encoding: Encoding, metrics: &[(String, Vec<u8>)]) -> Received {
    let others = (r#"{"name":"process.cpu.time","sum":{"dataPoints":[{},{}]}}"#.to_owned(), bytes(7, &bytes(1, b"").repeat(2)));
    let metrics: Vec<_> = metrics.iter().chain([&others]).collect();
    let body = match encoding {
        Encoding::Json => {
            let metrics: Vec<&str> = metrics.iter().map(|(json, _)| json.as_str()).collect();
            format!(r#"{{"resourceMetrics":[{{"resource":{{}},"scopeMetrics":[{{"metrics":[{}]}}]}}]}}"#, metrics.join(","))
                .into_bytes()
        }
        Encoding::Protobuf => {
            let metrics: Vec<u8> = metrics.iter().flat_map(|(_, protobuf)| bytes(2, protobuf)).collect();
            bytes(1, &bytes(2, &metrics))
        }
    };
    let (points, others) = points_of(encoding, &body, &Wanted::of(&options())).unwrap();
    receive_points(&points, others, &options(), Ok)
}

#[test]
fn data_points_are_the_calls_and_tokens_of_their_time_in_both_encodings_and_count_once() {
    let sent = [
        point("gen_ai.client.token.usage", Some(("gen_ai.token.type", "input")), 3, 3600.0, 0),
        point("gen_ai.client.token.usage", Some(("gen_ai.token.type", "output")), 3, 540.0, 0),
        point("gen_ai.client.operation.duration", None, 3, 4.5, 0),
        point("gen_ai.client.operation.duration", Some(("error.type", "timeout")), 2, 20.25, 0),
        point("gen_ai.client.token.usage", Some(("gen_ai.token.type", "input")), 3, 3600.0, 1),
    ];
    let both = [Encoding::Json, Encoding::Protobuf].map(|encoding| {
        let received = points(encoding, &sent);
        assert_eq!((received.block.spans.len(), received.skipped, received.refused.len()), (5, 2, 0));
        // Sent again, in another request.
        rolled_up(&[received.block, points(encoding, &sent[..3]).block])
    });
    assert_eq!(both[0], both[1]);
    let (hours, merged) = &both[0];
    let [hour] = &hours[..] else { panic!("one hour: {hours:?}") };
    assert_eq!(
        (hour.counts.requests, hour.counts.errors, hour.counts.input_tokens, hour.counts.output_tokens),
        (5, 2, 7200, 540)
    );
    assert_eq!((hour.counts.latency_seconds.unwrap().to_string(), hour.counts.latency_requests), ("24.75".to_owned(), 5));
    assert_eq!((merged.spans, merged.repeated, merged.conflicting), (5, 3, 0));
}

/// The same point with another temporality.
fn of_temporality(temporality: u8, (json, mut protobuf): (String, Vec<u8>)) -> (String, Vec<u8>) {
    *protobuf.last_mut().unwrap() = temporality;
    (json.replace("Temporality\":1", &format!("Temporality\":{temporality}")), protobuf)
}

#[test]
fn what_was_added_since_the_beginning_is_a_sum_of_its_own_in_both_encodings() {
    let sent = [
        of_temporality(2, point("gen_ai.client.token.usage", Some(("gen_ai.token.type", "input")), 3, 3600.0, 0)),
        of_temporality(2, point("gen_ai.client.operation.duration", None, 3, 4.5, 0)),
    ];
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let received = points(encoding, &sent);
        assert_eq!((received.skipped, received.refused.len(), received.block.spans.len()), (2, 0, 0));
        let [tokens, calls] = &received.block.totals[..] else { panic!("two sums: {received:?}") };
        assert_eq!((tokens.began, tokens.time), (HOUR, HOUR + 60_000_000_000));
        assert_ne!(tokens.stream, calls.stream);
        assert_eq!((tokens.counts.input_tokens, calls.counts.requests), (3600, 3));
        let written = received.block.to_bytes();
        let (read, _) = SpanBlock::read(&mut written.as_slice(), 0).unwrap().unwrap();
        assert_eq!(read, received.block);
    }
    // A plain sum knows tokens, and one that does not only grow is none.
    let counter = |grows: bool| {
        format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"gen_ai.client.token.usage","sum":{{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","isMonotonic":{grows},"dataPoints":[{{"startTimeUnixNano":"{HOUR}","timeUnixNano":"{}","asInt":"77","attributes":[{{"key":"gen_ai.token.type","value":{{"stringValue":"output"}}}}]}}]}}}}]}}]}}]}}"#,
            HOUR + 1
        )
    };
    let read = |text: String| points_of(Encoding::Json, text.as_bytes(), &Wanted::of(&options())).unwrap();
    let (points, others) = read(counter(true));
    let received = receive_points(&points, others, &options(), Ok);
    assert_eq!(received.block.totals.iter().map(|total| total.counts.output_tokens).collect::<Vec<_>>(), [77], "{received:?}");
    assert_eq!(read(counter(false)).1, 1);
}

#[test]
fn the_order_of_attributes_makes_no_other_series_and_the_scope_does() {
    let series = |scope: &str, pairs: [&str; 2]| {
        let pair = |key: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"x"}}}}"#);
        let text = format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"scope":{{"name":"{scope}"}},"metrics":[{{"name":"gen_ai.client.operation.duration","histogram":{{"aggregationTemporality":2,"dataPoints":[{{"startTimeUnixNano":"{HOUR}","timeUnixNano":"{}","count":"1","sum":1,"attributes":[{},{}]}}]}}}}]}}]}}]}}"#,
            HOUR + 1,
            pair(pairs[0]),
            pair(pairs[1])
        );
        let (points, _) = points_of(Encoding::Json, text.as_bytes(), &Wanted::of(&options())).unwrap();
        receive_points(&points, 0, &options(), Ok).block.totals[0].stream
    };
    assert_eq!(series("a", ["k", "gen_ai.request.model"]), series("a", ["gen_ai.request.model", "k"]));
    assert_ne!(series("a", ["k", "l"]), series("b", ["k", "l"]));
}

#[test]
fn points_that_do_not_say_since_when_and_tokens_of_another_kind_are_refused() {
    let sent = [
        of_temporality(0, point("gen_ai.client.operation.duration", None, 3, 4.5, 0)),
        point("gen_ai.client.token.usage", Some(("gen_ai.token.type", "thought")), 3, 9.0, 0),
        point("gen_ai.client.token.usage", Some(("gen_ai.token.type", "input")), 3, 0.5, 0),
    ];
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let received = points(encoding, &sent);
        let causes: Vec<_> = received.refused.iter().map(|refusal| refusal.rule).collect();
        assert_eq!(causes, ["no-temporality", "not-a-token-type", "not-a-count"]);
    }
}

/// A log record of a call: written in its span (0 for none), at a moment after the first hour's beginning, with output tokens or none.
fn log(event: &str, span: u64, second: u64, output: Option<u64>) -> (String, Vec<u8>) {
    let time = HOUR + second * 1_000_000_000;
    let mut pairs = vec![("gen_ai.operation.name", "chat".to_owned()), ("gen_ai.request.model", "gpt-4o".to_owned())];
    pairs.extend(output.map(|tokens| ("gen_ai.usage.output_tokens", tokens.to_string())));
    let attributes: Vec<String> =
        pairs.iter().map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)).collect();
    let ids = if span == 0 { String::new() } else { format!(r#""traceId":"{:032x}","spanId":"{span:016x}","#, 7) };
    let json = format!(
        r#"{{{ids}"eventName":"{event}","observedTimeUnixNano":"{time}","body":{{"stringValue":"a prompt"}},"attributes":[{}]}}"#,
        attributes.join(",")
    );
    let text = |key: &str, value: &str| [bytes(1, key.as_bytes()), bytes(2, &bytes(1, value.as_bytes()))].concat();
    let mut protobuf = [varint(11 << 3 | 1), time.to_le_bytes().to_vec(), bytes(12, event.as_bytes())].concat();
    protobuf.extend(pairs.iter().flat_map(|(key, value)| bytes(6, &text(key, value))));
    if span != 0 {
        protobuf.extend([bytes(9, &7_u128.to_be_bytes()), bytes(10, &span.to_be_bytes())].concat());
    }
    (json, protobuf)
}

fn logs(encoding: Encoding, records: &[(String, Vec<u8>)]) -> Received {
    let body = match encoding {
        Encoding::Json => {
            let records: Vec<&str> = records.iter().map(|(json, _)| json.as_str()).collect();
            format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, records.join(",")).into_bytes()
        }
        Encoding::Protobuf => {
            let records: Vec<u8> = records.iter().flat_map(|(_, protobuf)| bytes(2, protobuf)).collect();
            bytes(1, &bytes(2, &records))
        }
    };
    receive_logs(&logs_of(encoding, &body, &Wanted::of(&options())).unwrap(), &options(), |_| Ok(()))
}

const DETAILS: &str = "gen_ai.client.inference.operation.details";

#[test]
fn log_records_of_calls_are_read_in_both_encodings_and_the_others_refused() {
    let sent = [
        log(DETAILS, 1, 5, Some(180)),
        // It failed before there were tokens.
        log(DETAILS, 2, 6, None),
        log("gen_ai.choice", 3, 7, Some(20)),
        log("gen_ai.user.message", 3, 6, None),
        // In no span: known by all that it says.
        log(DETAILS, 0, 8, Some(7)),
        log(DETAILS, 0, 9, Some(7)),
        log(DETAILS, 0, 9, Some(7)),
    ];
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        let received = logs(encoding, &sent);
        assert_eq!(received.block.spans.len(), 6);
        let [refusal] = &received.refused[..] else { panic!("one is refused: {received:?}") };
        assert_eq!((refusal.rule, refusal.spans), ("no-usage", 1));
        let (hours, merged) = rolled_up(&[received.block, logs(encoding, &sent).block]);
        assert_eq!((merged.spans, merged.of_logs, merged.conflicting), (5, 5, 0));
        let counts = hours.iter().fold(crate::Counts::default(), |sum, hour| sum.checked_add(&hour.counts).unwrap());
        assert_eq!((counts.requests, counts.output_tokens, counts.latency_requests), (5, 214, 0));
    }
    assert!(logs_of(Encoding::Json, b"[", &Wanted::of(&options())).is_err());
    assert!(logs_of(Encoding::Protobuf, b"\x0a\xff", &Wanted::of(&options())).is_err());
}

proptest! {
    /// Spans and log records of the same calls, in any order, in any requests, the record in the hour after the span or not: the spans count.
    #[test]
    fn f4_a_log_record_of_a_call_whose_span_is_there_changes_nothing(
        calls in prop::collection::vec((1..20_u64, 0..3_600_u64), 1..20),
        first in any::<bool>(),
        cut in 1..9_usize,
    ) {
        let spans: Vec<Call> = calls.iter().map(|(span, second)| Call { start: second * 1_000_000_000, ..call(*span) }).collect();
        let (once, known) = rolled_up(&[received(&spans).block]);
        let records: Vec<_> = calls.iter().map(|(span, second)| log(DETAILS, *span, second + 30, Some(9))).collect();
        let mut blocks: Vec<SpanBlock> = spans.chunks(cut).map(|calls| received(calls).block).collect();
        let of_logs = records.chunks(cut + 1).map(|records| logs(Encoding::Json, records).block);
        if first { blocks = of_logs.chain(blocks).collect() } else { blocks.extend(of_logs) }
        let (hours, merged) = rolled_up(&blocks);
        prop_assert_eq!(hours, once);
        prop_assert_eq!((merged.spans, merged.of_logs), (known.spans, 0));
    }
}
