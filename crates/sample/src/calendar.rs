//! The two billed months, counted in hours since their start.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::BillingPeriod;

/// The two billing periods, in order.
pub(crate) static PERIODS: LazyLock<[BillingPeriod; 2]> = LazyLock::new(|| {
    let april = BillingPeriod::new(2026, 4).expect("April 2026 is a month");
    [april, april.next()]
});

/// Hours in April and May 2026 together.
pub(crate) const HOURS: u32 = (30 + 31) * 24;

/// Days of each period.
pub(crate) const DAYS: [u32; 2] = [30, 31];

/// The first hour of each period, and the first after the last.
pub(crate) const START: [u32; 3] = [0, 30 * 24, HOURS];

/// A span of whole hours, counted from the start of the first period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub start: u32,
    pub hours: u32,
}

impl Slot {
    pub(crate) const fn month(period: usize) -> Self {
        Self { start: START[period], hours: START[period + 1] - START[period] }
    }

    pub(crate) const fn day(period: usize, day: u32) -> Self {
        Self { start: START[period] + day * 24, hours: 24 }
    }

    pub(crate) const fn hour(hour: u32) -> Self {
        Self { start: hour, hours: 1 }
    }

    pub(crate) fn each(self) -> std::ops::Range<u32> {
        self.start..self.start + self.hours
    }
}

/// Hour of the day, 0 to 23, UTC.
pub(crate) const fn hour_of_day(hour: u32) -> usize {
    (hour % 24) as usize
}

/// Day of the week, Monday 0. The first of April 2026 is a Wednesday.
pub(crate) const fn weekday(hour: u32) -> usize {
    ((hour / 24 + 2) % 7) as usize
}

/// True from Monday to Friday.
pub(crate) const fn is_workday(hour: u32) -> bool {
    weekday(hour) < 5
}

/// True on workdays between 12 and 22 UTC: office hours of the two coasts.
pub(crate) const fn is_office_hour(hour: u32) -> bool {
    is_workday(hour) && hour % 24 >= 12 && hour % 24 < 22
}

/// The moment an hour begins.
pub(crate) fn moment(hour: u32) -> DateTime<Utc> {
    PERIODS[0].start() + TimeDelta::hours(i64::from(hour))
}

/// `2026-04-01T00:00:00Z`, for every hour and the one after the last.
pub(crate) static TEXT: LazyLock<Vec<[u8; 20]>> = LazyLock::new(|| {
    let text = |hour| moment(hour).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    (0..=HOURS).map(|hour| text(hour).as_bytes().try_into().expect("a moment to the second has 20 characters")).collect()
});

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Timelike};

    use super::*;

    #[test]
    fn hours_agree_with_the_calendar() {
        for hour in 0..HOURS {
            let real = moment(hour);
            assert_eq!(weekday(hour) as u32, real.weekday().num_days_from_monday());
            assert_eq!(hour_of_day(hour) as u32, real.hour());
        }
        assert_eq!(moment(START[1]), PERIODS[1].start());
        assert_eq!(moment(START[2]), PERIODS[1].end());
        assert_eq!(&TEXT[START[1] as usize], b"2026-05-01T00:00:00Z");
    }
}
