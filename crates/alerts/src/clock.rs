//! Wall clocks of time zones, which twice a year jump.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// No time zone shifts its clock by more than this at once: Samoa left out a whole day in 2011.
const LARGEST_SHIFT_MINUTES: i64 = 26 * 60;

/// The moment at which the clock of a zone shows `local`: the end of the gap where it never does, and where it does twice the first, unless
/// that is not after `after`.
pub(crate) fn moment_of(zone: Tz, local: NaiveDateTime, after: DateTime<Utc>) -> DateTime<Utc> {
    for minutes in 0..=LARGEST_SHIFT_MINUTES {
        match zone.from_local_datetime(&(local + TimeDelta::minutes(minutes))) {
            LocalResult::Ambiguous(first, second) if first <= after => return second.to_utc(),
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => return moment.to_utc(),
            LocalResult::None => {}
        }
    }
    local.and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_jump_have_a_moment_for_every_time() {
        let moment =
            |local: &str| moment_of(chrono_tz::Europe::Berlin, local.parse().unwrap(), DateTime::UNIX_EPOCH).to_rfc3339();
        assert_eq!(moment("2026-01-05T08:00:00"), "2026-01-05T07:00:00+00:00");
        assert_eq!(moment("2026-03-29T02:30:00"), "2026-03-29T01:00:00+00:00", "the clock goes from 02:00 to 03:00");
        assert_eq!(moment("2026-10-25T02:30:00"), "2026-10-25T00:30:00+00:00", "the first of two");
    }
}
