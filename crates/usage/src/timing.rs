//! The time of a request's prompt and of its answer: what prefill and decode took, where a format says so.

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Quantity};

use crate::Counts;
use crate::row::Reading;

impl Counts {
    /// With the time of all requests that it counts.
    pub(crate) fn timed(self, prefill: Amount, decode: Amount) -> Self {
        Self {
            prefill_seconds: Some(Quantity(prefill)),
            decode_seconds: Some(Quantity(decode)),
            timed_requests: self.requests,
            ..self
        }
    }

    /// With the time that the callers of all requests that it counts waited.
    pub(crate) fn waited(self, whole: Amount) -> Self {
        Self { latency_seconds: Some(Quantity(whole)), latency_requests: self.requests, ..self }
    }

    /// With a request's time until its first token as prefill, and the rest of the whole as decode. Where the first token comes after the
    /// end, the row is noted and stays without times.
    pub(crate) fn timed_to_first_token(self, row: &mut Reading<'_>, column: &str, first: Amount, whole: Amount) -> Self {
        match whole.checked_sub(first).filter(|rest| !rest.is_negative()) {
            Some(rest) => self.timed(first, rest),
            None => {
                let message = format!(
                    "the first token came after {first} s, and the answer ended after {whole} s: the times were not read"
                );
                row.keep(column, "impossible-time", message);
                self
            }
        }
    }
}

/// Seconds from one moment to another; `None` where they are not in this order.
pub(crate) fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Amount> {
    let nanos = i128::from((to - from).num_nanoseconds()?);
    Amount::from_atto(nanos * 1_000_000_000).filter(|seconds| !seconds.is_negative())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_give_exact_seconds() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (from, to) = (at("2026-05-01T08:00:00.1Z"), at("2026-05-01T08:00:01.350000001Z"));
        assert_eq!(seconds_between(from, to).unwrap().to_string(), "1.250000001");
        assert_eq!(seconds_between(to, from), None);
    }
}
