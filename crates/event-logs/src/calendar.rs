//! The hours that are worked: a week of shifts, holidays, and the offset of their clock from UTC.

use std::collections::BTreeMap;

use chrono::{FixedOffset, NaiveDate, NaiveTime, Timelike, Weekday};

use crate::moment;

const DAY: i64 = 86_400_000;
const WEEK: i64 = 7 * DAY;
/// Days from Monday, 29 December 1969, to 1 January 1970, a Thursday.
const TO_MONDAY: i64 = 3 * DAY;

/// Why a calendar makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A shift.
    #[error(
        "{0:?} is no working time: write for example \"mon-fri 08:00-12:00,13:00-17:00; sat 09:00-13:00\"; a shift over midnight is 22:00-06:00"
    )]
    Shift(String),
    /// Two shifts of one moment.
    #[error("the working times of {0} overlap, so that an hour would count twice. Join or shorten them")]
    Overlap(&'static str),
    /// No hour is worked.
    #[error("the calendar has no working time. Name some, or leave the calendar out")]
    Empty,
    /// An offset.
    #[error("{0:?} is no offset from UTC: write for example +01:00 or -05:00")]
    Offset(String),
}

/// Working time. Moments are milliseconds since 1970 in UTC; the shifts are read on a clock that is a fixed offset away, so a place
/// with summer time is an hour off for part of the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Shifts as milliseconds since Monday 00:00, in order, apart from each other.
    shifts: Vec<(i64, i64)>,
    /// Working time before each shift of a week begins.
    before: Vec<i64>,
    week: i64,
    offset: i64,
    /// Local days without work: their first millisecond, and how much would have been worked on them and on all earlier ones.
    holidays: BTreeMap<i64, (i64, i64)>,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Calendar {
    /// Reads shifts such as `mon-fri 08:00-12:00,13:00-17:00; sat 09:00-13:00` on the clock at `offset` (`+01:00`; UTC where empty).
    ///
    /// # Errors
    /// [`CalendarError`] names what makes no sense.
    pub fn new(shifts: &str, holidays: &[NaiveDate], offset: &str) -> Result<Self, CalendarError> {
        let zone = if offset.is_empty() { FixedOffset::east_opt(0) } else { moment::offset(offset) };
        let zone = zone.ok_or_else(|| CalendarError::Offset(offset.to_owned()))?;
        let mut parsed = Vec::new();
        for part in shifts.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            parsed.extend(shifts_of(part).ok_or_else(|| CalendarError::Shift(part.to_owned()))?);
        }
        let shifts = in_order(parsed)?;
        let mut before = Vec::with_capacity(shifts.len());
        let mut week = 0;
        for (from, to) in &shifts {
            before.push(week);
            week += to - from;
        }
        if week == 0 {
            return Err(CalendarError::Empty);
        }
        let mut calendar =
            Self { shifts, before, week, offset: i64::from(zone.local_minus_utc()) * 1000, holidays: BTreeMap::new() };
        let mut days: Vec<i64> =
            holidays.iter().map(|day| day.signed_duration_since(NaiveDate::default()).num_days() * DAY).collect();
        days.sort_unstable();
        days.dedup();
        let mut sum = 0;
        for day in days {
            let own = calendar.weekly(day + DAY) - calendar.weekly(day);
            sum += own;
            calendar.holidays.insert(day, (own, sum));
        }
        Ok(calendar)
    }

    /// Working milliseconds between two moments; 0 where `to` is not after `from`.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        if to <= from { 0 } else { self.worked_before(to + self.offset) - self.worked_before(from + self.offset) }
    }

    /// Working milliseconds of a week without holidays.
    pub fn week(&self) -> i64 {
        self.week
    }

    /// Working time from the first Monday to a local moment, holidays left out.
    fn worked_before(&self, local: i64) -> i64 {
        let lost = match self.holidays.range(..=local).next_back() {
            // The holiday that the moment may be in counts up to the moment.
            Some((day, (own, sum))) => sum - own + (self.weekly(local.min(day + DAY)) - self.weekly(*day)),
            None => 0,
        };
        self.weekly(local) - lost
    }

    /// The same as if there were no holidays.
    fn weekly(&self, local: i64) -> i64 {
        let since = local + TO_MONDAY;
        let within = since.rem_euclid(WEEK);
        let next = self.shifts.partition_point(|(from, _)| *from <= within);
        let of_week = match next.checked_sub(1) {
            Some(last) => self.before[last] + (within.min(self.shifts[last].1) - self.shifts[last].0),
            None => 0,
        };
        since.div_euclid(WEEK) * self.week + of_week
    }
}

/// The shifts of `mon-fri 08:00-12:00,13:00-17:00`.
fn shifts_of(part: &str) -> Option<Vec<(i64, i64)>> {
    let (days, times) = part.split_once(' ')?;
    let mut shifts = Vec::new();
    for days in days.split(',') {
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (first, last) = (day_of(first)?, day_of(last)?);
        for time in times.split(',') {
            let (from, to) = time.trim().split_once('-')?;
            let (from, mut to) = (time_of(from)?, time_of(to)?);
            if to <= from {
                to += DAY;
            }
            let count = (last - first).rem_euclid(7);
            shifts.extend((0..=count).map(|day| ((first + day) % 7 * DAY + from, (first + day) % 7 * DAY + to)));
        }
    }
    Some(shifts)
}

fn day_of(name: &str) -> Option<i64> {
    let day: Weekday = name.trim().parse().ok()?;
    Some(i64::from(day.num_days_from_monday()))
}

/// Milliseconds since midnight; 24:00 is the end of the day.
fn time_of(text: &str) -> Option<i64> {
    let text = text.trim();
    if text == "24:00" {
        return Some(DAY);
    }
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    Some(i64::from(time.num_seconds_from_midnight()) * 1000)
}

/// Shifts in the order of the week, what reaches over Sunday's end brought to its beginning.
fn in_order(shifts: Vec<(i64, i64)>) -> Result<Vec<(i64, i64)>, CalendarError> {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for (from, to) in shifts {
        parts.push((from, to.min(WEEK)));
        if to > WEEK {
            parts.push((0, to - WEEK));
        }
    }
    parts.sort_unstable();
    match parts.windows(2).find(|pair| pair[1].0 < pair[0].1) {
        Some(pair) => Err(CalendarError::Overlap(DAYS[usize::try_from(pair[1].0 / DAY).unwrap_or_default().min(6)])),
        None => Ok(parts),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis()
    }

    fn minutes(calendar: &Calendar, from: &str, to: &str) -> i64 {
        calendar.between(at(from), at(to)) / 60_000
    }

    #[test]
    fn a_week_by_hand() {
        let calendar = Calendar::new("mon-fri 08:00-12:00,13:00-17:00; sat 09:00-13:00", &[], "").unwrap();
        assert_eq!(calendar.week(), 44 * 3_600_000);
        // Friday 2020-05-15 16:30 to Monday 08:15: half an hour, four on Saturday, a quarter.
        assert_eq!(minutes(&calendar, "2020-05-15T16:30:00Z", "2020-05-18T08:15:00Z"), 30 + 240 + 15);
        assert_eq!(minutes(&calendar, "2020-05-15T12:10:00Z", "2020-05-15T12:50:00Z"), 0);
        assert_eq!(minutes(&calendar, "2020-05-11T00:00:00Z", "2020-05-25T00:00:00Z"), 2 * 44 * 60);
        assert_eq!(calendar.between(at("2020-05-15T10:00:00Z"), at("2020-05-15T09:00:00Z")), 0);
    }

    #[test]
    fn holidays_offsets_and_nights() {
        let may_first = NaiveDate::from_ymd_opt(2020, 5, 1).unwrap();
        let calendar = Calendar::new("mon-fri 09:00-17:00", &[may_first, may_first], "+02:00").unwrap();
        // Thursday 16:00 local to Monday 10:00 local with Friday off.
        assert_eq!(minutes(&calendar, "2020-04-30T14:00:00Z", "2020-05-04T08:00:00Z"), 120);
        assert_eq!(minutes(&calendar, "2020-05-01T07:00:00Z", "2020-05-01T09:00:00Z"), 0);
        let nights = Calendar::new("sun-thu 22:00-06:00", &[], "").unwrap();
        assert_eq!(nights.week(), 40 * 3_600_000);
        assert_eq!(minutes(&nights, "2020-05-10T21:00:00Z", "2020-05-11T07:00:00Z"), 480);
        let always = Calendar::new("mon-sun 00:00-24:00", &[], "").unwrap();
        assert_eq!(always.week(), WEEK);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let error = |shifts: &str, offset: &str| Calendar::new(shifts, &[], offset).unwrap_err().to_string();
        assert!(error("mon-fri", "").contains("\"mon-fri\" is no working time"));
        assert!(error("someday 08:00-12:00", "").contains("someday"));
        assert!(error("mon 08:00-12:00,11:00-13:00", "").contains("of mon overlap"));
        assert!(error("", "").contains("no working time"));
        assert!(error("mon 08:00-12:00", "CET").contains("no offset"));
    }

    proptest! {
        #[test]
        fn parts_of_a_span_sum_to_it(start in 0_i64..4_000_000_000_000, a in 0_i64..40 * DAY, b in 0_i64..40 * DAY, holiday in 0_i64..18_000) {
            let day = NaiveDate::default() + chrono::Days::new(holiday.unsigned_abs());
            let near = NaiveDate::default() + chrono::Days::new((start / DAY + 3).unsigned_abs());
            let calendar = Calendar::new("mon-fri 08:00-12:30,13:00-17:00; sat,sun 22:00-02:00", &[day, near], "-03:30").unwrap();
            let (first, second) = (calendar.between(start, start + a), calendar.between(start + a, start + a + b));
            prop_assert_eq!(first + second, calendar.between(start, start + a + b));
            prop_assert!(first >= 0 && first <= a);
            let always = Calendar::new("mon-sun 00:00-24:00", &[], "+05:00").unwrap();
            prop_assert_eq!(always.between(start, start + a), a);
        }
    }
}
