//! How often a source bills and delivers, as far as it shows.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Fewer days show nothing.
const FEWEST_DAYS: usize = 7;
/// Deliveries closer together are one, such as months that were imported one after the other.
const ONE_DELIVERY: TimeDelta = TimeDelta::hours(1);
/// The gaps that are looked at, the newest.
const GAPS: usize = 10;
/// Fewer gaps show nothing.
const FEWEST_GAPS: usize = 2;

/// True where these days show that charges come by the day.
pub(super) fn is_daily(days: &BTreeSet<NaiveDate>) -> bool {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return false };
    let span = usize::try_from((*last - *first).num_days()).unwrap_or_default() + 1;
    days.len() >= FEWEST_DAYS && days.len() * 4 >= span * 3
}

/// The median gap between the last deliveries, given oldest first; `None` where there are too few to tell.
pub(super) fn median_gap(deliveries: &[DateTime<Utc>]) -> Option<TimeDelta> {
    let gaps = deliveries.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap >= ONE_DELIVERY);
    let mut gaps: Vec<TimeDelta> = gaps.collect();
    gaps = gaps.split_off(gaps.len().saturating_sub(GAPS));
    gaps.sort_unstable();
    (gaps.len() >= FEWEST_GAPS).then(|| gaps[gaps.len() / 2])
}

/// Days as people say them: `2026-05-28 to 2026-05-31, 2026-05-03`, at most three spans.
pub(super) fn spans(days: &BTreeSet<NaiveDate>) -> String {
    let mut spans: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match spans.last_mut() {
            Some((_, last)) if last.succ_opt() == Some(*day) => *last = *day,
            _ => spans.push((*day, *day)),
        }
    }
    let more = spans.len().saturating_sub(3);
    let text = |(first, last): &(NaiveDate, NaiveDate)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    };
    let mut said: Vec<String> = spans.iter().take(3).map(text).collect();
    if more > 0 {
        said.push(format!("{more} more"));
    }
    said.join(", ")
}
