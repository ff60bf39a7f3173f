//! Received spans as they are kept until their hour is added up, and after it to know them again: small, with a checksum, and nothing in
//! them but what usage needs.

use std::collections::HashMap;
use std::io::Read as _;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Quantity};
use sha2::{Digest, Sha256};

use crate::{Counts, Dimensions, hour_of};

/// One call of a model, known by its trace and span; or the calls of a data point, known by its series and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanFact {
    /// The trace id.
    pub trace: u128,
    /// The span id, unique within the trace.
    pub span: u64,
    /// The span id of what called it; 0 for a root.
    pub parent: u64,
    /// When it began, in nanoseconds of Unix time.
    pub at: i64,
    /// What it used. No compute time and no spend, of which spans say nothing.
    pub counts: Counts,
    /// Whose usage: the place among the dimensions that come with it.
    pub dimensions: u32,
    /// True where a log record says so, behind which a span of the same ids stands.
    pub of_log: bool,
}

/// What a sum that goes on since its sender began has come to. What was added since the one before is told when it is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningTotal {
    /// What the sum is known by: its series and when it began.
    pub stream: u128,
    /// When it began, in nanoseconds of Unix time; 0 where that is not said.
    pub began: u64,
    /// Of when it is, likewise.
    pub time: u64,
    /// The first moment from which on all is taken up to that time, likewise: what was added before counts as of then.
    pub from: i64,
    /// What it has come to. Of counts those that a data point can have.
    pub counts: Counts,
    /// Whose usage: the place among the dimensions that come with it.
    pub dimensions: u32,
}

/// Spans with the dimensions that they name by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanBlock {
    /// Each once.
    pub dimensions: Vec<Dimensions>,
    /// The spans.
    pub spans: Vec<SpanFact>,
    /// Sums that go on.
    pub totals: Vec<RunningTotal>,
}

/// Why bytes are no block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// They end before it does, or are others than were written.
    #[error("the block at byte {at} is damaged or not whole")]
    Damaged {
        /// Where it begins.
        at: u64,
    },
}

/// Bytes before the payload: its length (4) and the beginning of its SHA-256 (8).
const HEAD: usize = 12;
/// The largest payload that is read: a request's spans, or a part of a run.
const LARGEST: usize = 256 << 20;

const LATENCY: u8 = 1;
const TIMED: u8 = 2;
const OF_LOG: u8 = 4;

impl SpanFact {
    /// The first moment of the hour that it began in.
    pub fn hour(&self) -> DateTime<Utc> {
        hour_of(DateTime::from_timestamp_nanos(self.at))
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.trace.to_le_bytes());
        to.extend(self.span.to_le_bytes());
        to.extend(self.parent.to_le_bytes());
        to.extend(self.at.to_le_bytes());
        to.extend(self.dimensions.to_le_bytes());
        write_counts(&self.counts, if self.of_log { OF_LOG } else { 0 }, to);
    }

    fn read(from: &mut Bytes<'_>) -> Option<Self> {
        let (trace, span, parent) = (u128::from_le_bytes(from.take()?), from.number()?, from.number()?);
        let (at, dimensions) = (i64::from_le_bytes(from.take()?), u32::from_le_bytes(from.take()?));
        let (counts, flags) = from.counts()?;
        Some(Self { trace, span, parent, at, counts, dimensions, of_log: flags & OF_LOG != 0 })
    }
}

impl RunningTotal {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.stream.to_le_bytes());
        to.extend(self.began.to_le_bytes());
        to.extend(self.time.to_le_bytes());
        to.extend(self.from.to_le_bytes());
        to.extend(self.dimensions.to_le_bytes());
        write_counts(&self.counts, 0, to);
    }

    fn read(from: &mut Bytes<'_>) -> Option<Self> {
        let (stream, began, time) = (u128::from_le_bytes(from.take()?), from.number()?, from.number()?);
        let (since, dimensions) = (i64::from_le_bytes(from.take()?), u32::from_le_bytes(from.take()?));
        let (counts, _) = from.counts()?;
        Some(Self { stream, began, time, from: since, counts, dimensions })
    }
}

/// Counts behind a byte that says which of the parts that may be missing are there; the other bits of it are the caller's.
fn write_counts(counts: &Counts, flags: u8, to: &mut Vec<u8>) {
    let Counts { requests, errors, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, .. } = *counts;
    let timed = counts.prefill_seconds.zip(counts.decode_seconds);
    let parts = [(counts.latency_seconds.is_some(), LATENCY), (timed.is_some(), TIMED)];
    to.push(flags | parts.iter().filter(|(set, _)| *set).map(|(_, flag)| flag).sum::<u8>());
    for count in [requests, errors, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens] {
        to.extend(count.to_le_bytes());
    }
    if let Some(seconds) = counts.latency_seconds {
        to.extend(seconds.0.atto().to_le_bytes());
        to.extend(counts.latency_requests.to_le_bytes());
    }
    if let Some((prefill, decode)) = timed {
        to.extend(prefill.0.atto().to_le_bytes());
        to.extend(decode.0.atto().to_le_bytes());
        to.extend(counts.timed_requests.to_le_bytes());
    }
}

impl SpanBlock {
    /// Adds a span of these dimensions; `places` knows those that are there.
    pub fn add(&mut self, span: SpanFact, of: &Dimensions, places: &mut HashMap<Dimensions, u32>) {
        let dimensions = self.place(of, places);
        self.spans.push(SpanFact { dimensions, ..span });
    }

    /// Adds a sum that goes on, likewise.
    pub fn add_total(&mut self, total: RunningTotal, of: &Dimensions, places: &mut HashMap<Dimensions, u32>) {
        let dimensions = self.place(of, places);
        self.totals.push(RunningTotal { dimensions, ..total });
    }

    fn place(&mut self, of: &Dimensions, places: &mut HashMap<Dimensions, u32>) -> u32 {
        match places.get(of) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(self.dimensions.len()).expect("a block has fewer than 2^32 spans");
                self.dimensions.push(of.clone());
                places.insert(of.clone(), place);
                place
            }
        }
    }

    /// How many facts it has.
    pub fn len(&self) -> usize {
        self.spans.len() + self.totals.len()
    }

    /// True where it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The block as bytes, with its length and checksum before it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; HEAD];
        let dimensions = serde_json::to_vec(&self.dimensions).expect("names and texts are JSON");
        let length = |length: usize| u32::try_from(length).expect("a block is smaller than 4 GiB").to_le_bytes();
        bytes.extend(length(dimensions.len()));
        bytes.extend(dimensions);
        bytes.extend(length(self.spans.len()));
        self.spans.iter().for_each(|span| span.write(&mut bytes));
        if !self.totals.is_empty() {
            bytes.extend(length(self.totals.len()));
            self.totals.iter().for_each(|total| total.write(&mut bytes));
        }
        let (payload, checksum) = (length(bytes.len() - HEAD), checksum(&bytes[HEAD..]));
        bytes[..4].copy_from_slice(&payload);
        bytes[4..HEAD].copy_from_slice(&checksum);
        bytes
    }

    /// Reads the next block; none at the end of the file.
    ///
    /// # Errors
    /// What the reader says, and [`BlockError`] as an error of kind `InvalidData` where there is no whole block.
    pub fn read(from: &mut impl std::io::Read, at: u64) -> std::io::Result<Option<(Self, u64)>> {
        let damaged = || std::io::Error::new(std::io::ErrorKind::InvalidData, BlockError::Damaged { at });
        let mut head = Vec::with_capacity(HEAD);
        from.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let Ok(head) = <[u8; HEAD]>::try_from(head.as_slice()) else {
            return if head.is_empty() { Ok(None) } else { Err(damaged()) };
        };
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        if length as usize > LARGEST {
            return Err(damaged());
        }
        let mut payload = Vec::new();
        from.by_ref().take(u64::from(length)).read_to_end(&mut payload)?;
        if payload.len() != length as usize || checksum(&payload) != head[4..] {
            return Err(damaged());
        }
        let block = Self::of_payload(&payload).ok_or_else(damaged)?;
        Ok(Some((block, HEAD as u64 + u64::from(length))))
    }

    fn of_payload(payload: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(payload);
        let length = u32::from_le_bytes(bytes.take()?) as usize;
        let (dimensions, rest) = bytes.0.split_at_checked(length)?;
        let dimensions: Vec<Dimensions> = serde_json::from_slice(dimensions).ok()?;
        let mut bytes = Bytes(rest);
        let spans = u32::from_le_bytes(bytes.take()?);
        let spans = (0..spans).map(|_| SpanFact::read(&mut bytes)).collect::<Option<Vec<_>>>()?;
        let totals = if bytes.0.is_empty() { 0 } else { u32::from_le_bytes(bytes.take()?) };
        let totals = (0..totals).map(|_| RunningTotal::read(&mut bytes)).collect::<Option<Vec<_>>>()?;
        let mut places = spans.iter().map(|span| span.dimensions).chain(totals.iter().map(|total| total.dimensions));
        let known = places.all(|place| (place as usize) < dimensions.len());
        (bytes.0.is_empty() && known).then_some(Self { dimensions, spans, totals })
    }
}

fn checksum(payload: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(payload)[..8]);
    first
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn seconds(&mut self) -> Option<Quantity> {
        Amount::from_atto(i128::from_le_bytes(self.take()?)).map(Quantity)
    }

    /// Counts, and the byte before them.
    fn counts(&mut self) -> Option<(Counts, u8)> {
        let [flags] = self.take()?;
        let mut counts = Counts {
            requests: self.number()?,
            errors: self.number()?,
            input_tokens: self.number()?,
            cached_input_tokens: self.number()?,
            cache_write_tokens: self.number()?,
            output_tokens: self.number()?,
            ..Counts::default()
        };
        if flags & LATENCY != 0 {
            (counts.latency_seconds, counts.latency_requests) = (Some(self.seconds()?), self.number()?);
        }
        if flags & TIMED != 0 {
            (counts.prefill_seconds, counts.decode_seconds) = (Some(self.seconds()?), Some(self.seconds()?));
            counts.timed_requests = self.number()?;
        }
        Some((counts, flags))
    }
}
