//! What a schedule adds when it is looked at, whatever the clock did since it was looked at last.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{CatchUp, Schedule};

/// How late a time may be looked at without counting as missed: longer than it takes to start anew.
const PUNCTUAL: TimeDelta = TimeDelta::seconds(60);

/// The most times of one schedule that are gone through at once: a minute's schedule of a whole year.
const MOST: usize = 527_040;

/// What is decided of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The times to run, oldest first.
    pub run: Vec<DateTime<Utc>>,
    /// Times that are over and left out, as the schedule's policy has it.
    pub missed: u64,
    /// When the schedule is due next.
    pub next_at: Option<DateTime<Utc>>,
}

/// Decides what runs at `now` of a schedule that was due at `next_at`, as was decided when the clock said `seen_at`.
///
/// Times up to a minute old run. Of older ones the policy keeps none, the latest, or the latest few. Where the clock was set back, the
/// schedule is due again from now on: times that have a run already are not run again, since a job has one run a time.
pub fn plan_step(schedule: &Schedule, next_at: Option<DateTime<Utc>>, seen_at: DateTime<Utc>, now: DateTime<Utc>) -> Decided {
    let calendar = &schedule.calendar;
    let Some(due) = next_at.filter(|_| schedule.enabled) else { return Decided { run: Vec::new(), missed: 0, next_at: None } };
    if now < seen_at {
        return Decided { run: Vec::new(), missed: 0, next_at: calendar.after(now) };
    }
    if due > now {
        return Decided { run: Vec::new(), missed: 0, next_at: Some(due) };
    }
    let times = std::iter::successors(Some(due), |time| calendar.after(*time));
    let over: Vec<DateTime<Utc>> = times.take_while(|time| *time <= now).take(MOST).collect();
    let last = over.last().copied().unwrap_or(due);
    let is_punctual = |time: &&DateTime<Utc>| now - **time <= PUNCTUAL;
    let keep = match schedule.catch_up {
        CatchUp::None => over.iter().filter(is_punctual).count(),
        CatchUp::Latest => over.iter().filter(is_punctual).count().max(1),
        CatchUp::All { limit } => over.iter().filter(is_punctual).count().max(over.len().min(limit)),
    };
    let run = over[over.len() - keep..].to_vec();
    Decided { missed: (over.len() - keep) as u64, run, next_at: calendar.after(last) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScheduleFile;

    fn schedule(catch_up: &str) -> Schedule {
        let text = format!("version = 1\n[[schedule]]\nname = \"a\"\nkind = \"k\"\ncron = \"0 * * * *\"\n{catch_up}\n");
        ScheduleFile::parse(&text).unwrap().schedules.remove(0)
    }

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-05-01T{text}Z").parse().unwrap()
    }

    fn shown(times: &[DateTime<Utc>]) -> Vec<String> {
        times.iter().map(|time| time.format("%H:%M").to_string()).collect()
    }

    #[test]
    fn f28_a_clock_that_jumps_loses_nothing_beyond_the_policy() {
        // policy, due, clock at the last look, clock now; runs, missed, next
        type Case<'a> = (&'a str, &'a str, &'a str, &'a str, &'a [&'a str], u64, &'a str);
        let cases: &[Case] = &[
            // On time, and not yet.
            ("", "10:00:00", "09:00:01", "10:00:01", &["10:00"], 0, "11:00"),
            ("", "10:00:00", "09:00:01", "09:59:59", &[], 0, "10:00"),
            ("", "10:00:00", "09:00:01", "10:00:00", &["10:00"], 0, "11:00"),
            // Nobody looked for hours, or the clock jumped forwards.
            ("catch_up = \"none\"", "10:00:00", "09:00:01", "14:30:00", &[], 5, "15:00"),
            ("catch_up = \"none\"", "10:00:00", "09:00:01", "14:00:30", &["14:00"], 4, "15:00"),
            ("catch_up = \"latest\"", "10:00:00", "09:00:01", "14:30:00", &["14:00"], 4, "15:00"),
            (
                "catch_up = \"all\"",
                "10:00:00",
                "09:00:01",
                "14:30:00",
                &["10:00", "11:00", "12:00", "13:00", "14:00"],
                0,
                "15:00",
            ),
            ("catch_up = \"all\"\ncatch_up_limit = 2", "10:00:00", "09:00:01", "14:30:00", &["13:00", "14:00"], 3, "15:00"),
            // The clock was set back: nothing runs now, and the times until then are due once more (a time has one run).
            ("catch_up = \"all\"", "15:00:00", "14:00:01", "10:30:00", &[], 0, "11:00"),
            ("catch_up = \"none\"", "15:00:00", "14:00:01", "14:00:00", &[], 0, "15:00"),
        ];
        for (policy, due, seen, now, run, missed, next) in cases {
            let decided = plan_step(&schedule(policy), Some(at(due)), at(seen), at(now));
            assert_eq!(shown(&decided.run), *run, "{policy} due {due} at {now}");
            assert_eq!(decided.missed, *missed, "{policy} due {due} at {now}");
            assert_eq!(shown(&decided.next_at.into_iter().collect::<Vec<_>>()), [*next], "{policy} due {due} at {now}");
        }
    }

    #[test]
    fn what_is_switched_off_is_never_due() {
        let decided = plan_step(&schedule("enabled = false"), Some(at("10:00:00")), at("09:00:00"), at("12:00:00"));
        assert_eq!(decided, Decided { run: Vec::new(), missed: 0, next_at: None });
    }
}
