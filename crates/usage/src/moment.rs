//! Times as logs write them, and their hour.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use farthing_types::Amount;

const NANOS_IN_SECOND: i128 = 1_000_000_000;

/// The first moment of the hour that `moment` lies in.
pub fn hour_of(moment: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = moment.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).expect("an earlier moment of the same hour exists")
}

/// Reads a time: RFC 3339; `YYYY-MM-DD HH:MM:SS[.fraction]` with `T` or a blank, taken as UTC where it names no zone; a date,
/// taken as its first moment; or Unix time, told by its size as seconds (a fraction allowed), milli-, micro- or nanoseconds.
///
/// `None` for anything else, and for years outside 2000 to 2100: such a number is a time counted from somewhere else.
pub fn parse_moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') { unix(text) } else { calendar(text) }?;
    (2000..=2100).contains(&moment.year()).then_some(moment)
}

fn calendar(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, format) {
            return Some(moment.and_utc());
        }
    }
    // PostgreSQL writes the offset as +00, and `date -u` as " UTC".
    if let Ok(moment) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z") {
        return Some(moment.to_utc());
    }
    if let Some(moment) = text.strip_suffix(" UTC") {
        return calendar(moment);
    }
    text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

fn unix(text: &str) -> Option<DateTime<Utc>> {
    // Spans state whole nanoseconds: no need for more than an integer there.
    let nanos = match text.parse::<u64>() {
        Ok(whole) => i128::from(whole) * NANOS_IN_SECOND / per_second(whole.into()),
        Err(_) => {
            let number = Amount::parse(text.as_bytes()).ok()?.amount;
            let whole = number.atto() / Amount::ONE.atto();
            number.atto() / (Amount::ONE.atto() / NANOS_IN_SECOND) / per_second(whole)
        }
    };
    let seconds = i64::try_from(nanos / NANOS_IN_SECOND).ok()?;
    DateTime::from_timestamp(seconds, u32::try_from(nanos % NANOS_IN_SECOND).ok()?)
}

/// What a time of this size counts a second as.
fn per_second(whole: i128) -> i128 {
    match whole {
        0..100_000_000_000 => 1,
        100_000_000_000..100_000_000_000_000 => 1_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000_000,
        _ => 1_000_000_000,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_usual_way_of_writing_a_time_is_read() {
        let same = [
            "2025-10-09T08:53:20Z",
            "2025-10-09T10:53:20+02:00",
            "2025-10-09 08:53:20",
            "2025-10-09T08:53:20.0000000",
            "2025-10-09 08:53:20.000+00",
            "2025-10-09 08:53:20 UTC",
            "1760000000",
            "1760000000.0",
            "1760000000000",
            "1760000000000000",
            "1760000000000000000",
        ];
        for text in same {
            assert_eq!(parse_moment(text).map(|m| m.timestamp()), Some(1_760_000_000), "{text}");
        }
        assert_eq!(parse_moment("2023-11-16 18:17:03.9799600").unwrap().timestamp_subsec_nanos(), 979_960_000);
        assert_eq!(parse_moment("1760000000.25").unwrap().timestamp_subsec_millis(), 250);
        assert_eq!(parse_moment("2025-05-01").unwrap().to_rfc3339(), "2025-05-01T00:00:00+00:00");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", ".", "12", "yesterday", "2025-13-01", "2023-02-01T30:00:00Z", "4/1/25", "1.5.2", "-1760000000", "NaN", "1e9"]
        {
            assert_eq!(parse_moment(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_hour_begins_at_most_an_hour_before(seconds in 946_684_800_i64..4_000_000_000, nanos in 0..1_000_000_000_u32) {
            let moment = DateTime::from_timestamp(seconds, nanos).unwrap();
            let hour = hour_of(moment);
            prop_assert!(hour <= moment && (moment - hour).num_seconds() < 3600);
            prop_assert_eq!(hour.timestamp() % 3600, 0);
            prop_assert_eq!(parse_moment(&moment.to_rfc3339()), Some(moment));
        }
    }
}
