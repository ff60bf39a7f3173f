//! Moments as logs write them.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeZone, Utc};

/// Why a text gives no moment to count with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Not a moment.
    NotAMoment,
    /// The first moment of 1970 or of year 1, which systems write where they know none.
    Placeholder,
    /// Beyond the years that facts are kept of.
    OutOfCalendar,
}

/// A moment, and whether the text named its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub at: DateTime<Utc>,
    pub has_zone: bool,
}

/// Reads RFC 3339, `YYYY-MM-DD HH:MM[:SS[.fraction]]` with a blank or `T`, day-first and year-first with slashes or points, or the
/// `format` given (chrono's strftime). What names no zone is taken at `offset`. Cut to milliseconds.
pub(crate) fn read(text: &str, offset: FixedOffset, format: Option<&str>) -> Result<Read, Unusable> {
    let text = text.trim();
    if let Some(format) = format {
        if let Ok(moment) = DateTime::parse_from_str(text, format) {
            return checked(moment, true);
        }
        let naive = NaiveDateTime::parse_from_str(text, format)
            .or_else(|_| NaiveDate::parse_from_str(text, format).map(|day| day.and_time(NaiveTime::MIN)));
        return naive.map_err(|_| Unusable::NotAMoment).and_then(|naive| at_offset(naive, offset));
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return checked(moment, true);
    }
    if let Ok(moment) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z") {
        return checked(moment, true);
    }
    const FORMATS: [&str; 8] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M:%S%.f",
        "%Y/%m/%d %H:%M",
        "%d.%m.%Y %H:%M:%S%.f",
        "%d.%m.%Y %H:%M",
        "%Y-%m-%dT%H:%M",
    ];
    let naive = FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    at_offset(naive.ok_or(Unusable::NotAMoment)?, offset)
}

fn at_offset(naive: NaiveDateTime, offset: FixedOffset) -> Result<Read, Unusable> {
    checked(offset.from_local_datetime(&naive).single().ok_or(Unusable::OutOfCalendar)?, false)
}

fn checked(moment: DateTime<FixedOffset>, has_zone: bool) -> Result<Read, Unusable> {
    let is_first =
        |naive: NaiveDateTime| naive.ordinal() == 1 && matches!(naive.year(), 1 | 1970) && naive.time() == NaiveTime::MIN;
    if is_first(moment.naive_local()) || is_first(moment.naive_utc()) {
        return Err(Unusable::Placeholder);
    }
    let at = moment.to_utc().trunc_subsecs(3);
    if (1970..9999).contains(&at.year()) { Ok(Read { at, has_zone }) } else { Err(Unusable::OutOfCalendar) }
}

/// An offset from UTC such as `+01:00`, `-5`, `Z`.
pub fn offset(text: &str) -> Option<FixedOffset> {
    if matches!(text, "Z" | "UTC" | "0") {
        return FixedOffset::east_opt(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes))
        .then(|| FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc() -> FixedOffset {
        offset("Z").unwrap()
    }

    #[test]
    fn usual_ways_of_writing_a_moment() {
        let same = [
            "2011-10-01T00:38:44.546+02:00",
            "2011-09-30T22:38:44.546Z",
            "2011-09-30 22:38:44.546999",
            "2011-09-30 22:38:44.546+00",
        ];
        for text in same {
            assert_eq!(read(text, utc(), None).unwrap().at.timestamp_millis(), 1_317_422_324_546, "{text}");
        }
        let local = read("01.10.2011 00:38", offset("+02:00").unwrap(), None).unwrap();
        assert_eq!((local.at.to_rfc3339(), local.has_zone), ("2011-09-30T22:38:00+00:00".to_owned(), false));
        let american = read("10/1/2011 12:38 AM", utc(), Some("%m/%d/%Y %I:%M %p")).unwrap();
        assert_eq!(american.at.to_rfc3339(), "2011-10-01T00:38:00+00:00");
    }

    #[test]
    fn what_is_no_moment_says_why() {
        let cases = [
            ("yesterday", Unusable::NotAMoment),
            ("", Unusable::NotAMoment),
            ("1970-01-01T00:00:00.000+01:00", Unusable::Placeholder),
            ("1970-01-01 00:00:00", Unusable::Placeholder),
            ("0001-01-01T00:00:00Z", Unusable::Placeholder),
            ("1883-05-05T00:00:00Z", Unusable::OutOfCalendar),
        ];
        for (text, why) in cases {
            assert_eq!(read(text, utc(), None), Err(why), "{text}");
        }
        assert!(read("1970-01-02T00:00:00Z", utc(), None).is_ok());
    }

    #[test]
    fn offsets() {
        assert_eq!(offset("+01:30").unwrap().local_minus_utc(), 5400);
        assert_eq!(offset("-5").unwrap().local_minus_utc(), -18_000);
        for text in ["", "1", "+", "+15:00", "+01:60", "CET"] {
            assert_eq!(offset(text), None, "{text}");
        }
    }
}
