//! The vocabulary of inference usage and of decisions, and the decoding of the files they come in.
//!
//! A decoder reads any `impl Read`, hands each good record to the caller as it goes, and returns a [`DecodeReport`]: one bad
//! row never loses a file, and no finding is silent. Memory is bounded by [`Limits`], not by the size of the file.
//!
//! | module | reads |
//! |---|---|
//! | [`request_trace`] | a CSV of requests, or of requests per minute, with the columns recognised by name |
//! | [`litellm`] | LiteLLM's spend logs (JSON lines, a JSON array, CSV) and its daily tables |
//! | [`openai`] | OpenAI's usage by bucket, pages of its API |
//! | [`anthropic`] | Anthropic's usage report, pages of its API |
//! | [`bedrock`] | Bedrock's logs of model invocations |
//! | [`langfuse`] | Langfuse's observations |
//! | [`helicone`] | Helicone's requests |
//! | [`prometheus`] | counters of vLLM, KServe and gauges of DCGM, answers of Prometheus's API |
//! | [`otlp`] | OpenTelemetry traces of generative AI calls (OTLP), in files and as they are received |
//! | [`decision`] | decisions and their outcomes (CSV, JSON lines) |
//!
//! [`Rollup`] turns records into hours. What the gateway says a call cost ([`Counts::spend`]) is carried along and never
//! mixed with the bill.
//!
//! **Architecture invariant:** this crate depends on `farthing-types` alone of ours, opens no file, has no async code, reads no
//! clock and holds no floating point number.

pub mod anthropic;
pub mod bedrock;
pub mod decision;
mod error;
mod finding;
pub mod helicone;
#[cfg(test)]
mod hostile_input_tests;
pub mod langfuse;
mod length;
pub mod litellm;
mod measured;
mod moment;
pub mod openai;
pub mod otlp;
pub mod prometheus;
#[cfg(test)]
mod real_data_tests;
mod record;
mod report;
pub mod request_trace;
mod rollup;
mod row;
mod seen;
mod timing;

pub use error::DecodeError;
pub use finding::{Effect, Finding, Findings};
pub use length::{INPUT_BOUNDS, LONGER_THAN};
pub use measured::Measured;
pub use moment::{hour_of, parse_moment};
pub use record::{Counts, Dimensions, Grain, UsageHour, UsageRecord};
pub use report::Options as ReportOptions;
pub use rollup::{Rollup, RollupError};
pub use seen::{Seen, SeenIds};

/// Bounds on what a decoder holds in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Findings kept with their text; beyond it they are counted only.
    pub findings: usize,
    /// Bytes of one row; a longer one ends the file, for an unclosed quote would swallow the rest.
    pub row_bytes: usize,
    /// Ids remembered to recognise a repetition (32 bytes each, and as much again for the table).
    pub ids: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { findings: 1_000, row_bytes: 4 << 20, ids: 20_000_000 }
    }
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DecodeReport {
    /// Rows read, the header left out.
    pub rows: u64,
    /// Records handed to the caller.
    pub records: u64,
    /// Rows left out because their id was seen before with the same content.
    pub duplicates: u64,
    /// Items left out by design because they are no usage of their own: spans of agents, of the serving side, of wrappers.
    pub skipped: u64,
    /// What was wrong, row by row.
    pub findings: Findings,
    /// What rounding the spend to 1e-18 left out, in units of 1e-36: the texts' sum = the records' sum + this. A text in JSON, for
    /// readers that know no integer of this size.
    #[serde(serialize_with = "as_text")]
    pub spend_residue: i128,
}

fn as_text<S: serde::Serializer>(value: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
