//! Spans that are sent to the program, as OpenTelemetry's exporters send them.

mod killed;
mod limits;
mod requests;
mod senders;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Server};

/// 2025-10-09T08:00:00Z, in seconds.
const HOUR: u64 = 1_759_996_800;
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Spans of that day are taken, and published when the program is told to stop.
const SETTINGS: &str = "otlp_late_days = 3650\notlp_publish_seconds = 3600\n";

/// A call of a model.
#[derive(Clone)]
struct Call {
    id: u64,
    second: u64,
    model: &'static str,
    user: String,
    input: u64,
    error: bool,
}

fn call(id: u64) -> Call {
    Call {
        id,
        second: id * 97 % 7_200,
        model: ["gpt-4o", "llama-3.1-8b"][(id % 2) as usize],
        user: format!("u{}", id % 3),
        input: 100 + id,
        error: id.is_multiple_of(5),
    }
}

impl Call {
    fn json(&self) -> Value {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let number = |key: &str, value: u64| json!({"key": key, "value": {"intValue": value.to_string()}});
        let mut attributes = vec![
            text("gen_ai.operation.name", "chat"),
            text("gen_ai.provider.name", "openai"),
            text("gen_ai.response.model", self.model),
            text("user.id", &self.user),
            number("gen_ai.usage.input_tokens", self.input),
            number("gen_ai.usage.cache_read.input_tokens", self.input / 2),
            number("gen_ai.usage.output_tokens", self.id % 90),
        ];
        attributes.extend(self.error.then(|| text("error.type", "timeout")));
        let nanos = |second: u64, nanos: u64| format!("{}{nanos:09}", HOUR + second);
        json!({
            "traceId": format!("{:032x}", self.id / 4 + 1), "spanId": format!("{:016x}", self.id + 1), "name": "chat", "kind": 3,
            "startTimeUnixNano": nanos(self.second, 0), "endTimeUnixNano": nanos(self.second + 1, 250_000_000), "attributes": attributes
        })
    }
}

/// An export request of a service that works for a unit.
fn request(calls: &[Call]) -> Value {
    let spans: Vec<Value> = calls.iter().map(Call::json).collect();
    let resource = json!({"attributes": [
        {"key": "service.name", "value": {"stringValue": "claims-triage"}}, {"key": "farthing.unit", "value": {"stringValue": "claims"}}
    ]});
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "test"}, "spans": spans}]}]})
}

fn home() -> Home {
    with_settings(Home::new(), "")
}

fn with_settings(home: Home, more: &str) -> Home {
    home.file("farthing.toml", format!("{SETTINGS}{more}"))
}

fn send(server: &Server, calls: &[Call]) -> Answer {
    server.request("POST", "/v1/traces", &[JSON], &request(calls).to_string())
}

/// All that there is of usage, in an order of its own.
fn usage(home: &Home) -> Value {
    let columns = "Hour, Source, Model, Workload, Unit, Principal, Operation, Provider, Requests, Errors, InputTokens, CachedInputTokens, \
                   OutputTokens, LatencySeconds, LatencyRequests";
    home.json(&["sql", &format!("SELECT {columns} FROM usage ORDER BY Hour, Model, Principal")])
}
