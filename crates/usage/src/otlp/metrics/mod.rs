//! Metrics: the calls and tokens of `gen_ai.client.operation.duration` and `gen_ai.client.token.usage` can be read in place of spans, never
//! beside them: they are the same calls.
//!
//! A data point is known by its series (resource, scope, metric and attributes, as they are written) and its time, so that one that is
//! sent again changes nothing. It holds what was added since the one before (delta temporality), which counts in the hour that its time
//! begins in; or what was added since its sender began (cumulative temporality), which is kept as a [`RunningTotal`]: what an hour had
//! of it can only be told beside what came before.

mod json;
mod protobuf;

use chrono::{DateTime, Utc};

use super::attributes::{OPERATION, OPERATIONS};
use super::received::Intake;
use super::span::{Point, Span, Wanted, read_point};
use super::{Encoding, MessageError, Options, Received, RunningTotal, SpanFact, hash_of};
use crate::Findings;

const TOKENS: &str = "gen_ai.client.token.usage";
const DURATION: &str = "gen_ai.client.operation.duration";
const DELTA: u64 = 1;
const CUMULATIVE: u64 = 2;

/// A data point of a histogram or a sum.
#[derive(Clone, Debug, Default)]
pub struct MetricPoint {
    /// What its series is known by.
    series: u128,
    /// When its time begins and ends, in nanoseconds of Unix time; 0 where that is not said.
    start: u64,
    end: u64,
    /// Its attributes and those of its resource.
    span: Span,
    /// 1 for what was added since the one before, 2 for what was since the beginning.
    temporality: u64,
    /// How many values it adds up; a sum does not say.
    count: Option<u64>,
    /// Whether the values are tokens; else they are seconds.
    is_tokens: bool,
    sum: Option<String>,
}

/// What the points of one metric have in common.
struct Of<'a> {
    name: &'a str,
    /// The metric's resource and scope, as they are written.
    from: [&'a [u8]; 2],
    temporality: u64,
    is_histogram: bool,
}

impl Of<'_> {
    /// What a series is known by. The order of its attributes says nothing.
    fn series(&self, mut pairs: Vec<&[u8]>) -> u128 {
        pairs.sort_unstable();
        hash_of(&[&[self.from[0], self.from[1], self.name.as_bytes()][..], &pairs].concat())
    }
}

/// The data points of an `ExportMetricsServiceRequest`: those that can be usage, and how many others there are.
///
/// # Errors
/// When the bytes are none.
pub fn points_of(encoding: Encoding, bytes: &[u8], wanted: &Wanted) -> Result<(Vec<MetricPoint>, u64), MessageError> {
    match encoding {
        Encoding::Protobuf => protobuf::points_of_protobuf(bytes, wanted),
        Encoding::Json => json::points_of_json(bytes, wanted),
    }
}

/// Whether points are read of which metric: of histograms both, of sums (that only grow) the tokens.
fn is_read(name: &str, is_histogram: bool) -> bool {
    name == TOKENS || (name == DURATION && is_histogram)
}

/// Usage of data points; what [`super::receive`] is of spans. Others than those of the two metrics are left out.
///
/// `accepts` says why a time cannot be taken, or else the first moment from which on all is taken up to that time.
pub fn receive_points(
    points: &[MetricPoint],
    others: u64,
    options: &Options,
    accepts: impl Fn(DateTime<Utc>) -> Result<DateTime<Utc>, (&'static str, String)>,
) -> Received {
    let mut intake = Intake::new(options);
    intake.received.skipped = others;
    for point in points {
        // Agents and tools repeat the tokens of the calls they make.
        if point.span.first(OPERATION).is_some_and(|operation| !OPERATIONS.contains(&operation)) {
            intake.received.skipped += 1;
            continue;
        }
        // Of what is added up since long ago the end is what is new.
        let at = match point.temporality {
            DELTA => point.start,
            CUMULATIVE => point.end,
            _ => {
                let message = "data points must say whether they hold what was added since the one before or since the beginning \
                               (aggregationTemporality 1 or 2)";
                intake.received.refuse("no-temporality", || message.to_owned());
                continue;
            }
        };
        let count = point.count.unwrap_or(0);
        let of = Point { at, is_tokens: point.is_tokens, sum: point.sum.as_deref(), count };
        let read = |options: &Options, findings: &mut Findings| read_point(&point.span, &of, options, findings);
        let Some((record, at, from)) = intake.usable(read, &accepts) else { continue };
        let (counts, dimensions) = (record.counts, 0);
        let (block, places) = (&mut intake.received.block, &mut intake.places);
        if point.temporality == DELTA {
            // Its time is its end, with the beginning folded in.
            let span = point.end ^ point.start.rotate_left(32);
            let fact = SpanFact { trace: point.series, span, parent: 0, at, counts, dimensions, of_log: false };
            block.add(fact, &record.dimensions, places);
        } else {
            let stream = hash_of(&[&point.series.to_le_bytes(), &point.start.to_le_bytes()]);
            let from = from.timestamp_nanos_opt().unwrap_or(at);
            let total = RunningTotal { stream, began: point.start, time: point.end, from: from.min(at), counts, dimensions };
            block.add_total(total, &record.dimensions, places);
        }
    }
    intake.received
}
