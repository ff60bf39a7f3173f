//! Moments as providers write them.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime};

use super::expression::{At, Form};
use crate::cell;

/// The moment in microseconds since 1970, and whether the text named its zone; dates alone are in UTC and need none.
pub(crate) fn read(text: &str, form: Form, at: At) -> Option<(i64, bool)> {
    let text = text.trim();
    let (micros, zoned) = match form {
        Form::Iso => cell::moment(text.as_bytes())?,
        Form::MonthDayYear => numbers(text).and_then(|[m, d, y]| day(y, m, d)).or_else(|| cell::moment(text.as_bytes()))?,
        Form::DayMonthYear => numbers(text).and_then(|[d, m, y]| day(y, m, d)).or_else(|| cell::moment(text.as_bytes()))?,
        Form::Compact if text.len() == 8 => day(number(&text[..4])?, number(&text[4..6])?, number(&text[6..])?)?,
        Form::CompactMonth if text.len() == 6 => day(number(&text[..4])?, number(&text[4..])?, 1)?,
        Form::Compact | Form::CompactMonth => return None,
        Form::Seconds => (i64::try_from(cell_seconds(text)?).ok()?, true),
    };
    Some((shift(micros, at)?, zoned || at != At::Itself))
}

/// Another moment beside the one that is written.
pub(crate) fn shift(micros: i64, at: At) -> Option<i64> {
    let day = || DateTime::from_timestamp_micros(micros).map(|moment| moment.date_naive());
    let day = match at {
        At::Itself => return Some(micros),
        At::DayStart => day()?,
        At::NextDay => day()?.checked_add_days(Days::new(1))?,
        At::MonthStart => day()?.with_day(1)?,
        At::NextMonth => day()?.with_day(1)?.checked_add_months(Months::new(1))?,
    };
    Some(start(day))
}

fn start(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_micros()
}

fn day(year: u32, month: u32, day: u32) -> Option<(i64, bool)> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    (1970..=9998).contains(&year).then(|| (start(date), true))
}

/// Three numbers with `/` between them, the last one a year of four digits.
fn numbers(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('/');
    let numbers = [number(parts.next()?)?, number(parts.next()?)?, parts.next().filter(|year| year.len() == 4).and_then(number)?];
    parts.next().is_none().then_some(numbers)
}

fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Whole microseconds of a decimal count of seconds.
fn cell_seconds(text: &str) -> Option<i128> {
    let seconds = farthing_types::Amount::parse(text.as_bytes()).ok()?.amount;
    let micros = seconds.atto() / 1_000_000_000_000;
    (0..=253_402_300_799_000_000).contains(&micros).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> Option<i64> {
        cell::moment(text.as_bytes()).map(|(micros, _)| micros)
    }

    #[test]
    fn dates_of_every_form_are_read() {
        let read = |text, form, at| read(text, form, at).map(|(micros, _)| micros);
        assert_eq!(read("9/2/2023", Form::MonthDayYear, At::Itself), iso("2023-09-02"));
        assert_eq!(read("2023-09-02", Form::MonthDayYear, At::Itself), iso("2023-09-02"));
        assert_eq!(read("2/9/2023", Form::DayMonthYear, At::Itself), iso("2023-09-02"));
        assert_eq!(read("9/30/2023", Form::MonthDayYear, At::NextDay), iso("2023-10-01"));
        assert_eq!(read("202312", Form::CompactMonth, At::NextMonth), iso("2024-01-01"));
        assert_eq!(read("20231113", Form::Compact, At::MonthStart), iso("2023-11-01"));
        assert_eq!(read("2023-11-13T10:30Z", Form::Iso, At::DayStart), iso("2023-11-13"));
        assert_eq!(read("1700000000.5", Form::Seconds, At::Itself), iso("2023-11-14T22:13:20.5Z"));
        for (text, form) in [("13/1/2023", Form::MonthDayYear), ("202313", Form::CompactMonth), ("4/1/25", Form::MonthDayYear)] {
            assert_eq!(read(text, form, At::Itself), None, "{text}");
        }
    }
}
