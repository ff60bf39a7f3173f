//! Sorted runs of spans → each span once, and of those that wrap one another the innermost alone.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

use super::SpanFact;

/// Spans of a trace that are looked at together; of a longer trace, parts.
const LONGEST_TRACE: usize = 1 << 20;

/// What became of the spans of some runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Spans that were handed over.
    pub spans: u64,
    /// Left out because the same span was there already.
    pub repeated: u64,
    /// Of these, those that said something else of it.
    pub conflicting: u64,
    /// Left out because a span below them is counted: they wrap its call.
    pub wrapping: u64,
    /// Of those handed over, what log records say alone.
    pub of_logs: u64,
}

/// Hands over every span of runs that are each sorted by trace and span, once, in that order.
///
/// Of several with the same ids that stands which ended last, as its sender's last word; of those that ended at the same moment the
/// greater by what they say (`compare` orders dimensions by their places), so that the answer does not depend on who came first. A span
/// stands before a log record of the same call: it knows when the call began, and what it is part of.
///
/// # Errors
/// The first that a run gives.
pub fn each_span_once<E>(
    mut runs: Vec<impl Iterator<Item = Result<SpanFact, E>>>,
    compare: &impl Fn(u32, u32) -> Ordering,
    mut each: impl FnMut(SpanFact) -> Result<(), E>,
) -> Result<Merged, E> {
    let mut heads: Vec<Option<SpanFact>> = Vec::with_capacity(runs.len());
    let mut queue = BinaryHeap::with_capacity(runs.len());
    for (at, run) in runs.iter_mut().enumerate() {
        let head = run.next().transpose()?;
        queue.extend(head.map(|span| Reverse((span.trace, span.span, at))));
        heads.push(head);
    }
    let (mut merged, mut last): (Merged, Option<SpanFact>) = Default::default();
    while let Some(Reverse((_, _, at))) = queue.pop() {
        let span = heads[at].take().expect("what is in the queue is at the head of its run");
        heads[at] = runs[at].next().transpose()?;
        queue.extend(heads[at].map(|next| Reverse((next.trace, next.span, at))));
        match last {
            Some(known) if (known.trace, known.span) == (span.trace, span.span) => {
                merged.repeated += 1;
                let order = statement(&known, &span, compare);
                merged.conflicting += u64::from(order != Ordering::Equal && known.of_log == span.of_log);
                if order == Ordering::Less {
                    last = Some(span);
                }
            }
            _ => {
                if let Some(known) = last.replace(span) {
                    each(known)?;
                }
            }
        }
    }
    if let Some(known) = last {
        each(known)?;
    }
    Ok(merged)
}

/// Hands over every span of runs that began in `window` (nanoseconds of Unix time) and is a call of its own: once, and not where a span
/// below it in the same trace is a call too. Spans outside the window only tell which ones wrap them.
///
/// # Errors
/// The first that a run gives.
pub fn merge_spans<E>(
    runs: Vec<impl Iterator<Item = Result<SpanFact, E>>>,
    compare: impl Fn(u32, u32) -> Ordering,
    window: Range<i64>,
    mut each: impl FnMut(&SpanFact),
) -> Result<Merged, E> {
    let mut trace: Vec<SpanFact> = Vec::new();
    let (mut spans, mut wrapping, mut of_logs) = (0, 0, 0);
    let mut settle = |trace: &mut Vec<SpanFact>| {
        let mut parents: Vec<u64> = trace.iter().map(|span| span.parent).filter(|parent| *parent != 0).collect();
        parents.sort_unstable();
        for span in trace.drain(..).filter(|span| window.contains(&span.at)) {
            if parents.binary_search(&span.span).is_ok() {
                wrapping += 1;
            } else {
                spans += 1;
                of_logs += u64::from(span.of_log);
                each(&span);
            }
        }
    };
    let merged = each_span_once(runs, &compare, |span| {
        if trace.last().is_some_and(|last| last.trace != span.trace) || trace.len() >= LONGEST_TRACE {
            settle(&mut trace);
        }
        trace.push(span);
        Ok(())
    })?;
    settle(&mut trace);
    Ok(Merged { spans, wrapping, of_logs, ..merged })
}

/// Which of two statements about one span stands: the greater.
fn statement(a: &SpanFact, b: &SpanFact, compare: &impl Fn(u32, u32) -> Ordering) -> Ordering {
    let key = |span: &SpanFact| {
        let counts = span.counts;
        let atto = |seconds: Option<farthing_types::Quantity>| seconds.map(|seconds| seconds.0.atto());
        let latency = atto(counts.latency_seconds);
        let tokens = [counts.input_tokens, counts.output_tokens, counts.cached_input_tokens, counts.cache_write_tokens];
        let end = i128::from(span.at) + latency.unwrap_or(0) / 1_000_000_000;
        let timed = (atto(counts.prefill_seconds), atto(counts.decode_seconds));
        (!span.of_log, end, counts.errors, tokens, timed, span.at, latency, span.parent)
    };
    key(a).cmp(&key(b)).then_with(|| compare(a.dimensions, b.dimensions))
}
