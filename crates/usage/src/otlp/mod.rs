//! OpenTelemetry traces of generative AI calls: OTLP, in JSON and in protobuf, as files (JSON, one export request a line or one for the
//! file) and as requests that are received ([`receive`]). Both encodings fill the same [`Span`].
//!
//! A span counts where it is one call of a model: it names an operation that is one ([`OPERATIONS`]), or none and carries token
//! counts, as older instrumentations do. What is not such a call is skipped and counted, for tokens must not count twice:
//!
//! - spans of agents, tools and workflows, which repeat the tokens of the calls they make;
//! - spans of the serving side (kind SERVER), which repeat the caller's, unless [`Options::server_spans`] says that only the
//!   serving side reports;
//! - a span with a counted span below it in the same request: the outer one wraps the inner one's call.
//!
//! A span is known by its trace id and span id, so a request sent again changes nothing. Attribute names, old and new, are in
//! [`attributes`]. Input tokens include cached ones by the convention; for a source that leaves them out set
//! [`Options::cached_tokens`].
//!
//! Log records ([`receive_logs`]) and metrics ([`receive_points`]) say the same of the same calls, in less detail.
//!
//! Names: OpenTelemetry semantic conventions for generative AI (development), and the deprecated ones still in the field.
//! Encoding: OTLP/JSON (lower camel case, ids in hexadecimal, 64-bit integers as text).

pub mod attributes;
mod block;
mod json;
mod logs;
mod merge;
mod metrics;
mod protobuf;
mod received;
mod span;
mod streams;

use std::collections::HashSet;
use std::io::Read;

use farthing_types::SourceName;
use sha2::{Digest, Sha256};

use crate::finding::shown;
use crate::request_trace::CachedTokens;
use crate::row::{Format, Row, for_each_row};
use crate::{DecodeError, DecodeReport, Effect, Finding, Limits, Seen, SeenIds, UsageRecord};

pub use attributes::OPERATIONS;
pub use block::{BlockError, RunningTotal, SpanBlock, SpanFact};
pub use json::spans_of_json;
pub use logs::{LogRecord, logs_of, receive_logs};
pub use merge::{Merged, each_span_once, merge_spans};
pub use metrics::{MetricPoint, points_of, receive_points};
pub use protobuf::spans_of_protobuf;
pub use received::{Received, Refusal, receive};
pub use span::{Span, Wanted};
pub use streams::{Added, Streams};

/// How an export request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Binary protobuf.
    Protobuf,
    /// OTLP's JSON.
    Json,
}

/// A body that is no export request: why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MessageError(pub String);

/// The spans of an export request.
///
/// # Errors
/// When the bytes are none.
pub fn spans_of(encoding: Encoding, bytes: &[u8], wanted: &Wanted) -> Result<Vec<Span>, MessageError> {
    match encoding {
        Encoding::Protobuf => spans_of_protobuf(bytes, wanted),
        // An empty object is an empty request.
        Encoding::Json => Ok(spans_of_json(bytes, wanted)?.unwrap_or_default()),
    }
}

/// What is known by these parts: 128 bits of their hash.
fn hash_of(parts: &[&[u8]]) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hash.finalize()[..16]);
    u128::from_le_bytes(half)
}

/// What the spans do not say by themselves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source the records belong to.
    pub source: SourceName,
    /// Count spans of kind SERVER too: only where no caller reports the same calls.
    pub server_spans: bool,
    /// How cached tokens are counted.
    pub cached_tokens: CachedTokens,
    /// The attribute, of the span or else of its resource, that states the operational unit.
    pub unit_attribute: String,
    /// Attributes, of the span or else of its resource, that are kept as tags.
    pub tag_attributes: Vec<String>,
    /// Bounds; `row_bytes` is that of one export request.
    pub limits: Limits,
}

impl Options {
    /// Callers' spans; input includes cached tokens; the unit in `farthing.unit`; environment, agent and service tier as tags.
    pub fn of(source: SourceName) -> Self {
        let tags = ["deployment.environment.name", "gen_ai.agent.name", "openai.response.service_tier"];
        Self {
            source,
            server_spans: false,
            cached_tokens: CachedTokens::default(),
            unit_attribute: "farthing.unit".to_owned(),
            tag_attributes: tags.map(str::to_owned).to_vec(),
            limits: Limits { row_bytes: 64 << 20, ..Limits::default() },
        }
    }

    /// True where a span is a call that counts.
    fn counts(&self, span: &Span) -> bool {
        span.is_model_call() && (self.server_spans || !span.is_server())
    }
}

/// Reads export requests, handing each record to `each`. `seen` holds the spans met so far: keep it across files and requests.
///
/// In the report, `rows` counts spans; a finding's row is the line (or array element) of its request.
///
/// # Errors
/// [`DecodeError`] where the input as a whole cannot be read, and whatever `each` returns, which ends the reading.
pub fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    mut each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut report = DecodeReport::default();
    let wanted = Wanted::of(options);
    let no_spans = || MessageError("it has no resourceSpans".to_owned());
    for_each_row(
        input,
        Format::Json,
        &options.limits,
        &mut report,
        |_| Ok(()),
        |row, number, report| {
            let Row::Json(json) = row else { return Ok(()) };
            match spans_of_json(json.bytes(), &wanted).and_then(|spans| spans.ok_or_else(no_spans)) {
                Ok(spans) => {
                    // The request was counted as a row; its spans are what counts.
                    report.rows -= 1;
                    add_spans(&spans, number, options, seen, report, &mut each)
                }
                Err(error) => {
                    let message =
                        format!("not an OTLP trace export request ({error}); it was set aside. Send /v1/traces in JSON");
                    report.findings.add(Finding {
                        row: number,
                        column: String::new(),
                        rule: "not-otlp",
                        effect: Effect::SetAside,
                        message,
                    });
                    Ok(())
                }
            }
        },
    )?;
    Ok(report)
}

/// Adds the spans of one export request of a file.
///
/// # Errors
/// As [`decode`].
fn add_spans<E: From<DecodeError>>(
    spans: &[Span],
    number: u64,
    options: &Options,
    seen: &mut SeenIds,
    report: &mut DecodeReport,
    each: &mut impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<(), E> {
    let counts = |span: &&Span| options.counts(span);
    let children = spans.iter().filter(counts).filter(|span| !span.parent_span_id.is_empty());
    let parents: HashSet<(&str, &str)> = children.map(|span| (span.trace_id.as_str(), span.parent_span_id.as_str())).collect();
    for span in spans {
        report.rows += 1;
        let wraps = parents.contains(&(span.trace_id.as_str(), span.span_id.as_str()));
        if !counts(&span) || wraps {
            report.skipped += 1;
            continue;
        }
        let Ok(record) = span::read(span, number, options, &mut report.findings) else { continue };
        let limit = options.limits.ids;
        let id = format!("{}/{}", span.trace_id, span.span_id);
        match seen.observe(&id, format!("{record:?}").as_bytes(), limit) {
            None => return Err(DecodeError::TooManyIds { row: number, limit }.into()),
            Some(Seen::New) => {}
            Some(Seen::Same) => {
                report.duplicates += 1;
                continue;
            }
            Some(Seen::Conflicting) => {
                let message = format!("span {} was received before with other values; the first stands", shown(&id));
                let rule = "conflicting-duplicate";
                report.findings.add(Finding {
                    row: number,
                    column: "spanId".to_owned(),
                    rule,
                    effect: Effect::SetAside,
                    message,
                });
                continue;
            }
        }
        report.records += 1;
        each(record)?;
    }
    Ok(())
}

#[cfg(test)]
mod received_tests;
#[cfg(test)]
mod tests;
