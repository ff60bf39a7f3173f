//! Spans of a request that is received → what is kept of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::span::{Span, read};
use super::{Options, SpanBlock, SpanFact};
use crate::row::SetAside;
use crate::{Dimensions, Effect, Findings, UsageRecord};

/// What became of the spans of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Those that are calls of models.
    pub block: SpanBlock,
    /// Those that are not, or repeat one that is: left out by design.
    pub skipped: u64,
    /// Those that are and cannot be used, by cause.
    pub refused: Vec<Refusal>,
}

/// Spans that were refused for one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A stable name of the cause.
    pub rule: &'static str,
    /// How many.
    pub spans: u64,
    /// What is wrong with the first of them.
    pub message: String,
}

impl Received {
    /// How many spans were refused in all.
    pub fn refused_spans(&self) -> u64 {
        self.refused.iter().map(|refusal| refusal.spans).sum()
    }

    pub(super) fn refuse(&mut self, rule: &'static str, message: impl FnOnce() -> String) {
        match self.refused.iter_mut().find(|refusal| refusal.rule == rule) {
            Some(known) => known.spans += 1,
            None => self.refused.push(Refusal { rule, spans: 1, message: message() }),
        }
    }
}

/// A request as it is read.
pub(super) struct Intake<'a> {
    options: &'a Options,
    pub received: Received,
    pub places: HashMap<Dimensions, u32>,
}

impl<'a> Intake<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self { options, received: Received::default(), places: HashMap::new() }
    }

    /// What is read of one item, where it can be used and is of a time that is taken (`accepts`, which may have more to say of that time),
    /// and that time in nanoseconds. Otherwise it is refused.
    pub fn usable<T>(
        &mut self,
        read: impl FnOnce(&Options, &mut Findings) -> Result<UsageRecord, SetAside>,
        accepts: impl FnOnce(DateTime<Utc>) -> Result<T, (&'static str, String)>,
    ) -> Option<(UsageRecord, i64, T)> {
        let mut findings = Findings::with_limit(4);
        let Ok(record) = read(self.options, &mut findings) else {
            let found = findings.first().iter().find(|finding| finding.effect == Effect::SetAside);
            let rule = found.map_or("nonsense", |finding| finding.rule);
            self.received.refuse(rule, || found.map(|f| format!("{}: {}", f.column, f.message)).unwrap_or_default());
            return None;
        };
        let taken = accepts(record.at).and_then(|taken| match record.at.timestamp_nanos_opt() {
            Some(at) => Ok((at, taken)),
            None => Err(("not-a-time", "the beginning lies beyond the year 2262".to_owned())),
        });
        match taken {
            Ok((at, taken)) => Some((record, at, taken)),
            Err((rule, message)) => {
                self.received.refuse(rule, || message);
                None
            }
        }
    }

    /// Takes a call that a span tells of, or a log record that was made one.
    pub fn take_call(
        &mut self,
        span: &Span,
        of_log: bool,
        accepts: impl FnOnce(DateTime<Utc>) -> Result<(), (&'static str, String)>,
    ) {
        if !self.options.counts(span) {
            self.received.skipped += 1;
            return;
        }
        let (Some(trace), Some(id)) = (hexadecimal::<32>(&span.trace_id), hexadecimal::<16>(&span.span_id)) else {
            let message = "a span without a trace id of 16 bytes and a span id of 8, neither of them zero, cannot be told from its \
                           repetition";
            self.received.refuse("no-id", || message.to_owned());
            return;
        };
        let read = |options: &Options, findings: &mut Findings| read(span, 0, options, findings);
        let Some((mut record, at, ())) = self.usable(read, accepts) else { return };
        record.tag_length();
        let parent = hexadecimal::<16>(&span.parent_span_id).unwrap_or_default();
        let (id, parent) = (id as u64, parent as u64);
        let fact = SpanFact { trace, span: id, parent, at, counts: record.counts, dimensions: 0, of_log };
        self.received.block.add(fact, &record.dimensions, &mut self.places);
    }
}

/// Reads the spans of a request. `accepts` says by a call's beginning why it cannot be taken, where it cannot: a rule and a message.
///
/// Unlike in a file, a span that wraps the call of another is kept: the other may be in another request. It is told when its hour is
/// added up ([`super::merge_spans`]), as are repetitions.
pub fn receive(
    spans: &[Span],
    options: &Options,
    accepts: impl Fn(DateTime<Utc>) -> Result<(), (&'static str, String)>,
) -> Received {
    let mut intake = Intake::new(options);
    spans.iter().for_each(|span| intake.take_call(span, false, &accepts));
    intake.received
}

/// An id of so many hexadecimal digits, which is not zero.
pub(super) fn hexadecimal<const DIGITS: usize>(text: &str) -> Option<u128> {
    let digits = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u128::from_str_radix(text, 16).ok()).flatten().filter(|id| *id != 0)
}
