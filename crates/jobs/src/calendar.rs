//! Cron expressions in a time zone.
//!
//! Expressions are those of crontab(5), five fields: minute, hour, day of the month, month, day of the week. They are matched with the
//! wall clock of the time zone, which twice a year jumps. As cron(8) of Debian has it, an expression that names hours means these hours:
//! what falls into a gap runs when the gap ends, and what falls into an hour that the clock shows twice runs the first time. An expression
//! for every hour (`*`, `*/2`) means a distance: it runs in both, and has nothing to make up for in a gap.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use cron::Schedule as Expression;

use crate::ScheduleError;

/// No time zone shifts its clock by more than this at once: Samoa left out a whole day in 2011.
const LARGEST_SHIFT: TimeDelta = TimeDelta::hours(26);

/// When something is due.
#[derive(Clone, Debug)]
pub struct Calendar {
    expression: Expression,
    zone: Tz,
    /// It names no hours: it means a distance between runs.
    any_hour: bool,
}

impl Calendar {
    /// Reads a crontab expression of five fields, and a name of the IANA time zone database.
    ///
    /// # Errors
    /// [`ScheduleError::Expression`] also where readers of cron disagree about the meaning (numbers of weekdays; a day of the month beside
    /// a weekday) and for what never happens, [`ScheduleError::TimeZone`].
    pub fn parse(expression: &str, time_zone: &str) -> Result<Self, ScheduleError> {
        let wrong = |why: &str| ScheduleError::Expression { expression: expression.to_owned(), why: why.to_owned() };
        let zone = Tz::from_str(time_zone).map_err(|_| ScheduleError::TimeZone(time_zone.to_owned()))?;
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(wrong("it has five fields: minute, hour, day of the month, month, weekday, as in 30 2 * * MON-FRI"));
        };
        if weekday.chars().any(|letter| letter.is_ascii_digit()) {
            return Err(wrong("0 or 1 is Sunday, depending on who reads it: write weekdays as names, MON-FRI or SUN"));
        }
        if !day.starts_with('*') && !weekday.starts_with('*') && day != "?" && weekday != "?" {
            let why = "a day of the month beside a weekday means both to some readers and either to others: leave one of them *";
            return Err(wrong(why));
        }
        let parsed = Expression::from_str(&format!("0 {minute} {hour} {day} {month} {weekday}"));
        let expression = parsed.map_err(|error| wrong(&error.to_string()))?;
        let calendar = Self { expression, zone, any_hour: hour.starts_with('*') };
        // From the first leap year of this era on, so that the 29th of February counts and the 30th does not.
        let start = DateTime::<Utc>::from_timestamp(1_767_225_600, 0).expect("2026-01-01 is a moment");
        match calendar.after(start) {
            Some(_) => Ok(calendar),
            None => Err(wrong("no day is like that: it would never run")),
        }
    }

    /// The first time after a moment; `None` where there is none before the year 2100.
    pub fn after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = self.wall(moment);
        let offset = |moment| self.wall(moment) - moment.naive_utc();
        let calm = [-LARGEST_SHIFT, LARGEST_SHIFT].into_iter().all(|shift| offset(moment + shift) == offset(moment));
        if calm {
            // What the wall clock shows later is later; a time near the next jump is the first of those that it stands for.
            return self.shown_after(local).find_map(|shown| self.moments(shown).into_iter().next());
        }
        let mut found: Option<DateTime<Utc>> = None;
        for shown in self.shown_after(local - LARGEST_SHIFT) {
            let candidates = self.moments(shown).into_iter().filter(|candidate| *candidate > moment);
            found = candidates.chain(found).min();
            if found.is_some() && shown > local + LARGEST_SHIFT {
                break;
            }
        }
        found
    }

    /// What the wall clock shows when the expression fits, in its order.
    fn shown_after(&self, local: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        // The wall clock is read as if it were UTC, so that the expression sees no jumps: those are handled here.
        self.expression.after_owned(local.and_utc()).map(|shown| shown.naive_utc())
    }

    /// The moments that a time on the wall clock stands for: one, none in a gap that does not count, two where it is shown twice.
    fn moments(&self, shown: NaiveDateTime) -> Vec<DateTime<Utc>> {
        use chrono::LocalResult::{Ambiguous, None as Gap, Single};
        match self.zone.from_local_datetime(&shown) {
            Single(moment) => vec![moment.to_utc()],
            Ambiguous(first, second) if self.any_hour => vec![first.to_utc(), second.to_utc()],
            Ambiguous(first, _) => vec![first.to_utc()],
            Gap if self.any_hour => Vec::new(),
            Gap => self.end_of_gap(shown).into_iter().collect(),
        }
    }

    /// The first moment after the gap that a time falls into.
    fn end_of_gap(&self, shown: NaiveDateTime) -> Option<DateTime<Utc>> {
        // Within the gap the clock showed less before it and more after it: the moment in between is found by halving.
        let (mut before, mut after) = ((shown - LARGEST_SHIFT).and_utc(), (shown + LARGEST_SHIFT).and_utc());
        while after - before > TimeDelta::seconds(1) {
            let middle = before + (after - before) / 2;
            if self.wall(middle) < shown { before = middle } else { after = middle }
        }
        // Jumps happen at whole seconds.
        DateTime::from_timestamp(after.timestamp(), 0)
    }

    fn wall(&self, moment: DateTime<Utc>) -> NaiveDateTime {
        moment.with_timezone(&self.zone).naive_local()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The times of an expression between two moments.
    fn times(expression: &str, zone: &str, from: &str, until: &str) -> Vec<String> {
        let calendar = Calendar::parse(expression, zone).unwrap();
        let mut moment = at(from);
        std::iter::from_fn(|| {
            moment = calendar.after(moment)?;
            (moment < at(until)).then(|| moment.format("%m-%dT%H:%MZ").to_string())
        })
        .collect()
    }

    #[test]
    fn f28_clocks_that_jump_lose_nothing_and_double_nothing() {
        // Berlin 2026: 02:00 → 03:00 on 29 March (01:00Z), 03:00 → 02:00 on 25 October (01:00Z).
        // New York 2026: 02:00 → 03:00 on 8 March (07:00Z). Lord Howe shifts by half an hour. Apia left out 30 December 2011.
        let cases: &[(&str, &str, &str, &str, &[&str])] = &[
            // A time in the gap runs when the gap ends, once, and the next day at its own time.
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-03-28T00:00:00Z",
                "2026-03-31T00:00:00Z",
                &["03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"],
            ),
            // Several times in the gap are one run.
            ("0,30 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z", &["03-29T01:00Z"]),
            ("30 2 * * *", "America/New_York", "2026-03-08T00:00:00Z", "2026-03-09T12:00:00Z", &["03-08T07:00Z", "03-09T06:30Z"]),
            // A time that is shown twice runs the first time.
            ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", &["10-25T00:30Z", "10-26T01:30Z"]),
            // A distance runs through both.
            (
                "30 * * * *",
                "Europe/Berlin",
                "2026-03-28T23:31:00Z",
                "2026-03-29T03:00:00Z",
                &["03-29T00:30Z", "03-29T01:30Z", "03-29T02:30Z"],
            ),
            (
                "30 * * * *",
                "Europe/Berlin",
                "2026-10-24T23:31:00Z",
                "2026-10-25T03:00:00Z",
                &["10-25T00:30Z", "10-25T01:30Z", "10-25T02:30Z"],
            ),
            // Asked in the middle of the second showing, the first is over.
            ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-26T02:00:00Z", &["10-26T01:30Z"]),
            (
                "15 * * * *",
                "Australia/Lord_Howe",
                "2026-10-03T14:20:00Z",
                "2026-10-03T17:00:00Z",
                &["10-03T14:45Z", "10-03T16:15Z"],
            ),
            (
                "0 12 * * *",
                "Pacific/Apia",
                "2011-12-29T00:00:00Z",
                "2012-01-01T00:00:00Z",
                &["12-29T22:00Z", "12-30T10:00Z", "12-30T22:00Z", "12-31T22:00Z"],
            ),
            // The leap day, and months without a 31st.
            ("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2033-01-01T00:00:00Z", &["02-29T00:00Z", "02-29T00:00Z"]),
            ("0 6 31 * *", "UTC", "2026-01-31T06:00:00Z", "2026-06-01T00:00:00Z", &["03-31T06:00Z", "05-31T06:00Z"]),
            ("0 7 * * MON-FRI", "UTC", "2026-05-01T08:00:00Z", "2026-05-06T00:00:00Z", &["05-04T07:00Z", "05-05T07:00Z"]),
        ];
        for (expression, zone, from, until, expected) in cases {
            assert_eq!(times(expression, zone, from, until), *expected, "{expression} in {zone}");
        }
    }

    #[test]
    fn what_readers_of_cron_disagree_about_is_refused() {
        for (expression, word) in [
            ("0 2 * * 1", "names"),
            ("0 2 1 * MON", "leave one"),
            ("0 0 30 2 *", "never run"),
            ("0 2 * *", "five fields"),
            ("0 0 2 * * *", "five fields"),
            ("61 2 * * *", "61"),
        ] {
            let error = Calendar::parse(expression, "UTC").unwrap_err().to_string();
            assert!(error.contains(word), "{expression}: {error}");
        }
        assert!(Calendar::parse("* * * * *", "Mars/Olympus").unwrap_err().to_string().contains("IANA"));
    }

    proptest! {
        /// Whatever the zone: the next time is later, nothing lies between, and every calendar day has one run of a daily job.
        #[test]
        fn a_daily_job_runs_once_a_day(day in 0_i64..3_650, hour in 0_u32..24, zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC"])) {
            let calendar = Calendar::parse(&format!("30 {hour} * * *"), zone).unwrap();
            let start = at("2026-01-01T00:00:00Z") + TimeDelta::days(day);
            let first = calendar.after(start).unwrap();
            let second = calendar.after(first).unwrap();
            prop_assert!(first > start && second > first);
            let days = |moment| calendar.wall(moment).date();
            prop_assert_eq!(days(first).succ_opt().unwrap(), days(second));
            // Asked at any moment in between, the answer is the same.
            prop_assert_eq!(calendar.after(first + (second - first) / 2).unwrap(), second);
        }
    }
}
