//! Sums that go on → what was added between two of their points.

use std::collections::HashMap;

use farthing_types::Quantity;
use serde::{Deserialize, Serialize};

use super::{RunningTotal, SpanFact};
use crate::Counts;

/// What each sum last said.
///
/// A sum is known by its series and the moment that it began ([`RunningTotal::stream`]), so that a sender that starts again begins another.
/// Points of the time that is known of it, or of before, add nothing: whatever order points come in and however often, a sum gives what
/// its latest point says.
///
/// A sum that is met for the first time gives all that it has come to. Only where that may have been added before, because it began before
/// [`Streams::whole_since`], is it taken as a beginning that later points are held against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// Nanoseconds of Unix time: of sums that began then or later, each that was ever met is known.
    whole_since: u64,
    #[serde(with = "listed")]
    last: HashMap<u128, Last>,
}

/// What a sum last said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    time: u64,
    counts: Counts,
}

/// What points add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// What each adds, as a fact of the moment since which it was added. Nothing of points that are known, older than what is known, or
    /// say the same.
    pub facts: Vec<SpanFact>,
    /// Sums of which nothing is added: what they have come to may have been before, and later points are held against it.
    pub beginnings: u64,
}

impl Streams {
    /// Nothing met yet. Of sums that began before that moment (nanoseconds of Unix time; 0 where nothing was ever added) it cannot be told
    /// what of them was added.
    pub fn since(whole_since: u64) -> Self {
        Self { whole_since, last: HashMap::new() }
    }

    /// What these points add, each to those before it.
    pub fn add(&mut self, mut totals: Vec<RunningTotal>) -> Added {
        // Of the same time, which no sender has, one stands: the same one in whatever order they came.
        totals.sort_by_key(|total| (total.stream, total.time, total.counts.requests, total.counts.input_tokens));
        let mut added = Added::default();
        totals.iter().for_each(|total| self.add_one(total, &mut added));
        added
    }

    fn add_one(&mut self, total: &RunningTotal, to: &mut Added) {
        let now = Last { time: total.time, counts: total.counts };
        let (since, added) = match self.last.get(&total.stream) {
            Some(last) if last.time >= total.time => return,
            // What went down was begun anew.
            Some(last) => (last.time, more(&total.counts, &last.counts).unwrap_or(total.counts)),
            None if total.began < self.whole_since => {
                self.last.insert(total.stream, now);
                to.beginnings += 1;
                return;
            }
            None => (if total.began == 0 { total.time } else { total.began.min(total.time) }, total.counts),
        };
        self.last.insert(total.stream, now);
        if added == Counts::default() || added == (Counts { latency_seconds: Some(Quantity::ZERO), ..Counts::default() }) {
            return;
        }
        let at = i64::try_from(since).unwrap_or(i64::MAX).max(total.from);
        let (trace, span, dimensions) = (total.stream, total.time, total.dimensions);
        to.facts.push(SpanFact { trace, span, parent: 0, at, counts: added, dimensions, of_log: false });
    }

    /// Forgets those that have been silent the longest, until there are no more than so many.
    pub fn keep(&mut self, most: usize) {
        let Some(too_many) = self.last.len().checked_sub(most).filter(|too_many| *too_many > 0) else { return };
        let mut times: Vec<u64> = self.last.values().map(|last| last.time).collect();
        let (_, newest_to_go, _) = times.select_nth_unstable(too_many - 1);
        let newest_to_go = *newest_to_go;
        self.last.retain(|_, last| last.time > newest_to_go);
        // One that is forgotten began before it was last heard of.
        self.whole_since = self.whole_since.max(newest_to_go.saturating_add(1));
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.last.len()
    }

    /// True where none is.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }
}

/// What was added; none where any of it went down.
fn more(now: &Counts, before: &Counts) -> Option<Counts> {
    let latency_seconds = match (now.latency_seconds, before.latency_seconds) {
        (Some(now), Some(before)) => Some(Quantity(now.0.checked_sub(before.0).filter(|more| !more.is_negative())?)),
        (now, None) => now,
        (None, Some(_)) => return None,
    };
    Some(Counts {
        requests: now.requests.checked_sub(before.requests)?,
        errors: now.errors.checked_sub(before.errors)?,
        input_tokens: now.input_tokens.checked_sub(before.input_tokens)?,
        output_tokens: now.output_tokens.checked_sub(before.output_tokens)?,
        latency_requests: now.latency_requests.checked_sub(before.latency_requests)?,
        latency_seconds,
        ..Counts::default()
    })
}

/// As a list in the order of the sums, so that the same content is the same text.
mod listed {
    use std::collections::HashMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Last;

    pub fn serialize<S: Serializer>(last: &HashMap<u128, Last>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all: Vec<(String, &Last)> = last.iter().map(|(stream, last)| (format!("{stream:032x}"), last)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<u128, Last>, D::Error> {
        let all = Vec::<(String, Last)>::deserialize(deserializer)?;
        let read = |(stream, last): (String, Last)| u128::from_str_radix(&stream, 16).map(|stream| (stream, last));
        all.into_iter().map(read).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(stream: u128, time: u64, requests: u64) -> RunningTotal {
        let counts = Counts {
            requests,
            latency_requests: requests,
            latency_seconds: Some(Quantity::from_int(requests as i64 * 2)),
            ..Counts::default()
        };
        RunningTotal { stream, began: 10, time, from: 0, counts, dimensions: 0 }
    }

    fn facts(added: Added) -> Vec<(i64, u64)> {
        assert_eq!(added.beginnings, 0);
        added.facts.iter().map(|fact| (fact.at, fact.counts.requests)).collect()
    }

    fn beginnings(added: Added) -> u64 {
        assert_eq!(added.facts, []);
        added.beginnings
    }

    proptest! {
        /// Any order, any repetition, any cut into requests, kept on disk between them: in all what the latest point of each says.
        #[test]
        fn f4_points_in_any_order_and_number_give_what_the_latest_says(
            sent in prop::collection::vec((0..4_u128, 11..60_u64), 1..60),
            cut in 1..9_usize,
        ) {
            // A sum that grows by three in each moment.
            let points: Vec<RunningTotal> = sent.iter().map(|(stream, time)| total(*stream, *time, time * 3)).collect();
            let mut streams = Streams::default();
            let mut sums: HashMap<u128, Counts> = HashMap::new();
            for request in points.chunks(cut) {
                for fact in streams.add(request.to_vec()).facts {
                    let sum = sums.entry(fact.trace).or_default();
                    *sum = sum.checked_add(&fact.counts).unwrap();
                }
                let kept = serde_json::to_string(&streams).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Streams>(&kept).unwrap(), &streams);
            }
            for (stream, sum) in sums {
                let latest = points.iter().filter(|point| point.stream == stream).max_by_key(|point| point.time).unwrap();
                prop_assert_eq!(sum, latest.counts);
            }
        }
    }

    #[test]
    fn what_is_added_counts_as_of_the_point_before_and_not_before_what_is_taken() {
        let mut streams = Streams::default();
        assert_eq!(facts(streams.add(vec![total(1, 20, 5)])), [(10, 5)]);
        assert_eq!(facts(streams.add(vec![total(1, 50, 9), total(1, 30, 7), total(1, 30, 7)])), [(20, 2), (30, 2)]);
        // The same again, and older ones.
        assert_eq!(facts(streams.add(vec![total(1, 50, 9), total(1, 40, 8)])), []);
        // Nothing happened.
        assert_eq!(facts(streams.add(vec![total(1, 60, 9)])), []);
        assert_eq!(facts(streams.add(vec![RunningTotal { from: 65, ..total(1, 70, 10) }])), [(65, 1)]);
    }

    #[test]
    fn a_sender_that_starts_again_begins_another_sum_and_one_that_hides_it_is_told_by_what_went_down() {
        let mut streams = Streams::default();
        assert_eq!(facts(streams.add(vec![total(1, 20, 5), total(2, 40, 3)])), [(10, 5), (10, 3)]);
        assert_eq!(facts(streams.add(vec![total(1, 50, 2)])), [(20, 2)]);
        // No beginning is stated: all of it counts as of now.
        assert_eq!(facts(streams.add(vec![RunningTotal { began: 0, ..total(3, 60, 4) }])), [(60, 4)]);
    }

    #[test]
    fn what_may_have_been_added_before_is_a_beginning() {
        let mut streams = Streams::since(15);
        assert_eq!(beginnings(streams.add(vec![total(1, 20, 5)])), 1);
        assert_eq!(facts(streams.add(vec![total(1, 30, 7)])), [(20, 2)]);
        assert_eq!(facts(streams.add(vec![RunningTotal { began: 15, ..total(2, 30, 7) }])), [(15, 7)]);
    }

    #[test]
    fn so_many_are_known_and_one_that_was_forgotten_adds_nothing_twice() {
        let mut streams = Streams::default();
        drop(streams.add((0..100).map(|stream| total(stream, 20 + stream as u64, 5)).collect()));
        streams.keep(10);
        assert_eq!(streams.len(), 10);
        assert_eq!(beginnings(streams.add(vec![total(3, 200, 8)])), 1);
        assert_eq!(facts(streams.add(vec![total(3, 210, 9), total(95, 210, 6)])), [(200, 1), (115, 1)]);
        streams.keep(10);
        assert!(streams.len() <= 10);
    }
}
