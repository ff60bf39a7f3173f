//! F50: what is too much is refused with bounded memory, and says when to come again.

use std::io::{Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::{JSON, call, home, request, send, with_settings};
use crate::support::{Home, Server, text};

const MIB: usize = 1 << 20;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory can be written to")
}

#[test]
fn f50_a_body_that_is_too_large_is_refused_packed_or_not() {
    let home = with_settings(Home::new(), "otlp_body_mib = 1\notlp_queue_mib = 8\n");
    let server = Server::of(&home);
    let large = vec![b' '; MIB + 1];
    let answer = server.request("POST", "/v1/traces", &[JSON], &large).is(413);
    assert!(text(&answer.json(), "message").contains("otlp_body_mib"), "{answer:#?}");
    // A bomb: a few kilobytes that unpack to 64 MiB.
    let bomb = gzip(&vec![b' '; 64 * MIB]);
    assert!(bomb.len() > 4096);
    for body in [bomb.as_slice(), &gzip(&large)] {
        let packed: &[u8] = if body.len() <= MIB { body } else { &body[..MIB] };
        server.request("POST", "/v1/traces", &[JSON, ("Content-Encoding", "gzip")], packed).is(413);
    }
    // Room is given back: the server goes on.
    for _ in 0..20 {
        server.request("POST", "/v1/traces", &[JSON], &vec![b' '; MIB]).is(400);
    }
    let packed = gzip(request(&[call(1)]).to_string().as_bytes());
    server.request("POST", "/v1/traces", &[JSON, ("Content-Encoding", "gzip")], &packed).is(200);
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("farthing_otlp_queue_bytes 0"), "{metrics}");
}

#[test]
fn f50_deep_json_and_nonsense_are_refused() {
    let home = home();
    let server = Server::of(&home);
    let post = |kind: &str, body: &[u8]| server.request("POST", "/v1/traces", &[("Content-Type", kind)], body);
    for body in [
        "[".repeat(4 * MIB),
        "{\"resourceSpans\":".repeat(100_000),
        "{\"resourceSpans\":[{\"scopeSpans\"".to_owned(),
        "null".to_owned(),
    ] {
        let answer = post("application/json", body.as_bytes()).is(400);
        assert_eq!(answer.json()["code"], 3, "{answer:#?}");
    }
    // Deep in an attribute that nobody reads: the span is as good as any.
    let deep = format!("{}{}", "{\"arrayValue\":{\"values\":[".repeat(50_000), "]}}".repeat(50_000));
    let sent = request(&[call(1)]).to_string();
    let sent = sent.replacen(
        "\"attributes\":[{\"key\":\"gen_ai",
        &format!("\"attributes\":[{{\"key\":\"x\",\"value\":{deep}}},{{\"key\":\"gen_ai"),
        1,
    );
    assert!(sent.len() > 1_000_000);
    post("application/json", sent.as_bytes()).is(200);
    // Errors of protobuf are protobuf: code 3 and a message.
    let answer = post("application/x-protobuf", b"\x0a\xff\xff\xff\xff\x0fxx").is(400);
    assert_eq!((answer.header("content-type"), &answer.bytes[..2]), (Some("application/x-protobuf"), &[8, 3][..]));
    post("application/x-protobuf", b"").is(200);
    post("text/plain", b"{}").is(415);
    server.request("POST", "/v1/traces", &[JSON, ("Content-Encoding", "br")], "{}").is(415);
    server.request("POST", "/v1/traces", &[JSON, ("Content-Encoding", "gzip")], "{}").is(400);
    server.get("/v1/traces").is(405);
}

#[test]
fn f50_where_there_is_no_room_the_sender_is_told_when_to_come_again() {
    let home = with_settings(Home::new(), "otlp_body_mib = 1\notlp_queue_mib = 1\n");
    let server = Server::of(&home);
    // A sender that has said how much it will send, and sends it late, holds all the room.
    let body = request(&[call(1)]).to_string();
    let body = format!("{body}{}", " ".repeat(MIB - body.len()));
    // It has to be heard before the others: where one of these still holds some room, it is the one that is refused, and begins again.
    let (mut slow, refused) = loop {
        let slow = server.begin("POST", "/v1/traces", &[JSON], MIB);
        std::thread::sleep(Duration::from_millis(100));
        let answer = send(&server, &[call(2)]);
        if answer.status != 200 {
            break (slow, answer.is(429));
        }
    };
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(text(&refused.json(), "message").contains("otlp_queue_mib"), "{refused:#?}");
    slow.write_all(body.as_bytes()).expect("the server reads it");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("the server answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // What was refused can be sent again now.
    send(&server, &[call(2)]).is(200);
    server.stop();
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(2));
}

#[test]
fn a_disk_that_is_full_of_waiting_spans_asks_to_wait() {
    let home = with_settings(Home::new(), "otlp_spool_mib = 1\n");
    let server = Server::of(&home);
    let mut sent = 0;
    let refused = loop {
        let calls: Vec<_> = (sent..sent + 1_000).map(call).collect();
        let answer = send(&server, &calls);
        if answer.status != 200 {
            break answer.is(503);
        }
        sent += 1_000;
    };
    assert!(refused.header("retry-after").is_some_and(|after| after != "0"), "{refused:#?}");
    assert!(text(&refused.json(), "message").contains("otlp_spool_mib"), "{refused:#?}");
    server.stop();
    // Each of the acknowledged ones is there, and no other.
    assert_eq!(home.value("SELECT SUM(Requests) FROM usage"), json!(sent));
    send(&Server::of(&home), &[call(sent)]).is(200);
}
