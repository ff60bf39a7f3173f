//! The OTLP/HTTP receiver: `/v1/traces`, `/v1/metrics` and `/v1/logs`, as <https://opentelemetry.io/docs/specs/otlp/#otlphttp> has it.
//!
//! Answers are in the encoding of the request, errors are a `google.rpc.Status` in it: the senders are OpenTelemetry's exporters, which
//! know no problem+json.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_application::{NotTaken, OtlpEncoding, Receiver, Signal, TakenItems};
use futures::StreamExt;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::Api;

/// Its routes. They answer in the protocol's own form, and what comes is known by ids of its own.
pub(crate) const PATHS: [&str; 3] = ["/v1/traces", "/v1/metrics", "/v1/logs"];
/// How long a sender may take for its body, for which room is held.
const LONGEST_BODY: Duration = Duration::from_secs(30);

/// How much of a body that is refused is read all the same.
const LONGEST_PASSED: usize = 64 << 20;

/// Whether spans are received.
#[derive(Clone)]
pub enum Receiving {
    /// They are.
    On(Receiver),
    /// They are not, by the settings.
    Off,
    /// They cannot be, for now.
    Unavailable(String),
}

/// What became of an export request. Empty where all of it was taken.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportResponse {
    /// What was refused, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_success: Option<PartialSuccess>,
}

/// Items that were refused; the others were taken.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartialSuccess {
    /// Spans, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_spans: Option<String>,
    /// Data points of metrics, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_data_points: Option<String>,
    /// Log records, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_log_records: Option<String>,
    /// By cause, how many and what is wrong with the first.
    error_message: String,
}

/// Why a request was not taken (`google.rpc.Status`).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RpcStatus {
    /// A code of gRPC: 3 senseless, 5 not here, 8 no room, 14 later.
    code: u32,
    /// Cause and next step.
    message: String,
}

/// Receive spans
///
/// An `ExportTraceServiceRequest` of OpenTelemetry, in protobuf or JSON, packed with gzip or not. Spans that are calls of models
/// (`gen_ai.…`, new and old names) become usage by hour; what they are known by is their trace id and span id, so that sending them again
/// changes nothing. Other spans are left out. When this answers 200, what was not refused is safe.
#[utoipa::path(
    post, path = "/v1/traces", tag = "facts", operation_id = "receive_traces",
    request_body(content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json"))),
    responses(
        (status = 200, description = "Taken, but for what it names", body = ExportResponse),
        (status = 400, description = "No export request; do not send it again", body = RpcStatus),
        (status = 404, description = "The receiver is switched off", body = RpcStatus),
        (status = 408, description = "The body did not come", body = RpcStatus),
        (status = 413, description = "The body is too large, packed or unpacked", body = RpcStatus),
        (status = 415, description = "The body is in another form", body = RpcStatus),
        (status = 429, description = "No room at the moment: send it again after `Retry-After`", body = RpcStatus),
        (status = 503, description = "It cannot be kept at the moment: send it again after `Retry-After`", body = RpcStatus)
    )
)]
pub(crate) async fn traces(State(api): State<Api>, headers: HeaderMap, body: Body) -> Response {
    taken(&api, Signal::Traces, &headers, body).await
}

/// Receive metrics
///
/// An `ExportMetricsServiceRequest`. Where the settings say that usage is read from metrics and not from spans, `gen_ai.client.token.usage` and
/// `gen_ai.client.operation.duration` become usage: what was added since the point before, of delta and of cumulative temporality. Otherwise
/// the same calls come as spans, and data points are refused.
#[utoipa::path(
    post, path = "/v1/metrics", tag = "facts", operation_id = "receive_metrics",
    request_body(content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json"))),
    responses(
        (status = 200, description = "Taken, but for what it names", body = ExportResponse),
        (status = 400, description = "No export request; do not send it again", body = RpcStatus),
        (status = 404, description = "The receiver is switched off", body = RpcStatus),
        (status = 408, description = "The body did not come", body = RpcStatus),
        (status = 413, description = "The body is too large, packed or unpacked", body = RpcStatus),
        (status = 415, description = "The body is in another form", body = RpcStatus),
        (status = 429, description = "No room at the moment: send it again after `Retry-After`", body = RpcStatus),
        (status = 503, description = "It cannot be kept at the moment: send it again after `Retry-After`", body = RpcStatus)
    )
)]
pub(crate) async fn metrics(State(api): State<Api>, headers: HeaderMap, body: Body) -> Response {
    taken(&api, Signal::Metrics, &headers, body).await
}

/// Receive log records
///
/// An `ExportLogsServiceRequest`. Records that tell of calls of models (`gen_ai.client.inference.operation.details`, or tokens in
/// `gen_ai.usage.…`) become usage by hour; where the span of the same trace and span id is there, it stands in their place. Other records
/// are counted and refused.
#[utoipa::path(
    post, path = "/v1/logs", tag = "facts", operation_id = "receive_logs",
    request_body(content((Vec<u8> = "application/x-protobuf"), (serde_json::Value = "application/json"))),
    responses(
        (status = 200, description = "Taken, but for what it names", body = ExportResponse),
        (status = 400, description = "No export request; do not send it again", body = RpcStatus),
        (status = 404, description = "The receiver is switched off", body = RpcStatus),
        (status = 408, description = "The body did not come", body = RpcStatus),
        (status = 413, description = "The body is too large, packed or unpacked", body = RpcStatus),
        (status = 415, description = "The body is in another form", body = RpcStatus),
        (status = 429, description = "No room at the moment: send it again after `Retry-After`", body = RpcStatus),
        (status = 503, description = "It cannot be kept at the moment: send it again after `Retry-After`", body = RpcStatus)
    )
)]
pub(crate) async fn logs(State(api): State<Api>, headers: HeaderMap, body: Body) -> Response {
    taken(&api, Signal::Logs, &headers, body).await
}

async fn taken(api: &Api, signal: Signal, headers: &HeaderMap, body: Body) -> Response {
    let encoding = encoding_of(headers);
    match take(api, signal, encoding, headers, body).await {
        Ok(taken) => {
            api.metrics.otlp.took(signal, &taken);
            answer(signal, encoding.unwrap_or(OtlpEncoding::Json), &taken)
        }
        Err(failure) => {
            api.metrics.otlp.failed(signal, failure.reason);
            failure.answer(encoding.unwrap_or(OtlpEncoding::Json))
        }
    }
}

async fn take(
    api: &Api,
    signal: Signal,
    encoding: Option<OtlpEncoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<TakenItems, Failure> {
    let receiver = match &api.receiving {
        Receiving::On(receiver) => receiver,
        Receiving::Off => {
            let why = "spans are not received here: the setting otlp is false";
            return Err(Failure::new(StatusCode::NOT_FOUND, 5, "off", why));
        }
        Receiving::Unavailable(why) => return Err(Failure::later(why, 60)),
    };
    let encoding = encoding.ok_or_else(|| {
        let why = "send application/x-protobuf or application/json";
        Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, 3, "media-type", why)
    })?;
    let gzip = match text(headers, header::CONTENT_ENCODING).unwrap_or("identity") {
        "identity" | "" => false,
        "gzip" => true,
        other => {
            let why = format!("{other}: send the body plain or packed with gzip");
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, 3, "media-type", why));
        }
    };
    let stated = text(headers, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    // A body of unknown length may be as large as any.
    let admission = match receiver.admit(stated.unwrap_or(receiver.largest_body() as u64)) {
        Ok(admission) => admission,
        Err(refused) => {
            pass_over(body).await;
            return Err(refused.into());
        }
    };
    let body = tokio::time::timeout(LONGEST_BODY, to_bytes(body, receiver.largest_body())).await;
    let Ok(body) = body else {
        let why = format!("the body did not come within {} s", LONGEST_BODY.as_secs());
        return Err(Failure::new(StatusCode::REQUEST_TIMEOUT, 14, "slow", why));
    };
    let body = body.map_err(|error| {
        let why = format!("the body is larger than {} bytes, or broke off: {error}", receiver.largest_body());
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, 3, "too-large", why)
    })?;
    Ok(receiver.take(signal, encoding, gzip, body.into(), admission).await?)
}

/// Reads a body that is refused and keeps none of it: a sender that is cut off while it sends does not see the answer.
async fn pass_over(body: Body) {
    let mut pieces = body.into_data_stream();
    let pass = async {
        let mut passed = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            passed += piece.len();
            if passed > LONGEST_PASSED {
                return;
            }
        }
    };
    // Who is slow is cut off.
    drop(tokio::time::timeout(LONGEST_BODY, pass).await);
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn encoding_of(headers: &HeaderMap) -> Option<OtlpEncoding> {
    let kind = text(headers, header::CONTENT_TYPE)?.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-protobuf" => Some(OtlpEncoding::Protobuf),
        "application/json" => Some(OtlpEncoding::Json),
        _ => None,
    }
}

fn answer(signal: Signal, encoding: OtlpEncoding, taken: &TakenItems) -> Response {
    let refused = taken.refused_items();
    match encoding {
        OtlpEncoding::Protobuf => {
            let partial = [varint_field(1, refused), text_field(2, &taken.message)].concat();
            protobuf(StatusCode::OK, if refused == 0 { Vec::new() } else { bytes_field(1, &partial) })
        }
        OtlpEncoding::Json => {
            let mut partial = PartialSuccess { error_message: taken.message.clone(), ..PartialSuccess::default() };
            let count = match signal {
                Signal::Traces => &mut partial.rejected_spans,
                Signal::Metrics => &mut partial.rejected_data_points,
                Signal::Logs => &mut partial.rejected_log_records,
            };
            *count = Some(refused.to_string());
            axum::Json(ExportResponse { partial_success: (refused > 0).then_some(partial) }).into_response()
        }
    }
}

/// Why a request was not taken.
struct Failure {
    status: StatusCode,
    code: u32,
    /// A stable name of the cause, for the metrics.
    reason: &'static str,
    message: String,
    after_seconds: Option<u64>,
}

impl Failure {
    fn new(status: StatusCode, code: u32, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, reason, message: message.into(), after_seconds: None }
    }

    fn later(why: impl Into<String>, after_seconds: u64) -> Self {
        Self { after_seconds: Some(after_seconds), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, 14, "unavailable", why) }
    }

    fn answer(self, encoding: OtlpEncoding) -> Response {
        let mut response = match encoding {
            OtlpEncoding::Protobuf => {
                let status = [varint_field(1, u64::from(self.code)), text_field(2, &self.message)].concat();
                protobuf(self.status, status)
            }
            OtlpEncoding::Json => (self.status, axum::Json(RpcStatus { code: self.code, message: self.message })).into_response(),
        };
        if let Some(seconds) = self.after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<NotTaken> for Failure {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::Senseless(why) => Self::new(StatusCode::BAD_REQUEST, 3, "senseless", why),
            NotTaken::TooLarge(why) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, 3, "too-large", why),
            NotTaken::Busy(why) => Self { after_seconds: Some(1), ..Self::new(StatusCode::TOO_MANY_REQUESTS, 8, "busy", why) },
            NotTaken::Unavailable { why, after_seconds } => Self::later(why, after_seconds),
        }
    }
}

fn protobuf(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-protobuf")], body).into_response()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A number; zero is left out, as the format has it.
fn varint_field(field: u64, value: u64) -> Vec<u8> {
    if value == 0 { Vec::new() } else { [varint(field << 3), varint(value)].concat() }
}

fn bytes_field(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn text_field(field: u64, text: &str) -> Vec<u8> {
    if text.is_empty() { Vec::new() } else { bytes_field(field, text.as_bytes()) }
}
