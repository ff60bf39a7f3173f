//! Who wants to hear of what, and when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use farthing_types::{Amount, Currency, UnitId};

use crate::clock::moment_of;
use crate::{Event, Topic};

/// What a channel wants to hear of, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Of what.
    pub topics: BTreeSet<Topic>,
    /// Only of these units and those below them; of everything where there are none.
    pub units: BTreeSet<UnitId>,
    /// In each currency, from how much money on. Where nothing is said of a currency any amount will do.
    pub least: BTreeMap<Currency, Amount>,
    /// At once, or together once a day or a week.
    pub digest: Digest,
    /// When it is to be left alone.
    pub quiet: Option<Quiet>,
    /// Whose clock its times are read on.
    pub zone: Tz,
}

/// When events go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// Each as soon as it is found.
    None,
    /// Once a day.
    Daily {
        /// At what time.
        at: NaiveTime,
    },
    /// Once a week.
    Weekly {
        /// On what day.
        on: Weekday,
        /// At what time.
        at: NaiveTime,
    },
}

/// When a channel is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// From what time on, until what time, the next day where that is earlier: every day. The same twice is never.
    pub hours: Option<(NaiveTime, NaiveTime)>,
    /// Whole days.
    pub days: BTreeSet<u8>,
}

impl Quiet {
    /// The number of a weekday in [`Quiet::days`].
    pub fn number(day: Weekday) -> u8 {
        day.num_days_from_monday() as u8
    }

    /// When what is quiet at a local time ends, if it is.
    fn ends(&self, day: NaiveDate, time: NaiveTime) -> Option<chrono::NaiveDateTime> {
        let tomorrow = day.checked_add_days(Days::new(1))?;
        if self.days.contains(&Self::number(day.weekday())) {
            return Some(tomorrow.and_time(NaiveTime::MIN));
        }
        let (from, to) = self.hours.filter(|(from, to)| from != to)?;
        let wraps = to < from;
        match () {
            () if from <= time && (time < to || wraps) => Some(if wraps { tomorrow } else { day }.and_time(to)),
            () if wraps && time < to => Some(day.and_time(to)),
            () => None,
        }
    }
}

impl Preferences {
    /// True where the channel wants to hear of the event.
    pub fn wants(&self, event: &Event) -> bool {
        let is_enough =
            event.money.is_none_or(|money| self.least.get(&money.currency).is_none_or(|least| money.amount >= *least));
        let is_ours = self.units.is_empty() || event.units.iter().any(|unit| self.units.contains(unit));
        self.topics.contains(&event.topic) && is_ours && is_enough
    }

    /// When an event goes out that is found now: at once, at the next digest, and never while the channel is to be left alone.
    pub fn due(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut due = self.next_digest(now);
        // Quiet hours may lead into a quiet day and that into quiet hours; seven quiet days a week are refused.
        for _ in 0..16 {
            let local = due.with_timezone(&self.zone).naive_local();
            let Some(end) = self.quiet.as_ref().and_then(|quiet| quiet.ends(local.date(), local.time())) else { break };
            due = moment_of(self.zone, end, due).max(due);
        }
        due
    }

    fn next_digest(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let (on, at) = match self.digest {
            Digest::None => return now,
            Digest::Daily { at } => (None, at),
            Digest::Weekly { on, at } => (Some(on), at),
        };
        let today = now.with_timezone(&self.zone).date_naive();
        let days = today.iter_days().take(9).filter(|day| on.is_none_or(|on| day.weekday() == on));
        days.map(|day| moment_of(self.zone, day.and_time(at), DateTime::UNIX_EPOCH)).find(|moment| *moment > now).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use farthing_types::Money;
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    fn berlin() -> Preferences {
        Preferences {
            topics: Topic::ALL.iter().copied().collect(),
            units: BTreeSet::new(),
            least: BTreeMap::new(),
            digest: Digest::None,
            quiet: Some(Quiet { hours: Some((time("20:00:00"), time("07:00:00"))), days: [5, 6].into() }),
            zone: chrono_tz::Europe::Berlin,
        }
    }

    fn due(preferences: &Preferences, now: &str) -> String {
        preferences.due(now.parse().unwrap()).format("%m-%dT%H:%M").to_string()
    }

    #[test]
    fn quiet_hours_go_by_the_clock_of_their_zone() {
        let quiet = berlin();
        // 2026-06-08 is a Monday; Berlin is two hours ahead of UTC then.
        for (now, expected) in [
            ("2026-06-08T10:00:00Z", "06-08T10:00"),
            ("2026-06-08T17:59:00Z", "06-08T17:59"),
            ("2026-06-08T18:00:00Z", "06-09T05:00"),
            ("2026-06-09T04:59:00Z", "06-09T05:00"),
            ("2026-06-09T05:00:00Z", "06-09T05:00"),
            // Friday night leads into the weekend, and Sunday night into Monday morning.
            ("2026-06-12T19:00:00Z", "06-15T05:00"),
            ("2026-06-14T12:00:00Z", "06-15T05:00"),
            // In winter one hour ahead.
            ("2026-12-07T19:00:00Z", "12-08T06:00"),
        ] {
            assert_eq!(due(&quiet, now), expected, "{now}");
        }
        assert_eq!(due(&Preferences { quiet: None, ..quiet }, "2026-06-14T12:00:00Z"), "06-14T12:00");
    }

    #[test]
    fn digests_are_once_a_day_or_a_week_and_not_in_quiet_hours() {
        let daily = Preferences { digest: Digest::Daily { at: time("08:00:00") }, quiet: None, ..berlin() };
        assert_eq!(due(&daily, "2026-06-08T05:59:59Z"), "06-08T06:00");
        assert_eq!(due(&daily, "2026-06-08T06:00:00Z"), "06-09T06:00");
        let weekly = Preferences { digest: Digest::Weekly { on: Weekday::Mon, at: time("08:00:00") }, ..daily.clone() };
        assert_eq!(due(&weekly, "2026-06-08T06:00:00Z"), "06-15T06:00");
        let early = Preferences { digest: Digest::Daily { at: time("06:00:00") }, ..berlin() };
        assert_eq!(due(&early, "2026-06-08T10:00:00Z"), "06-09T05:00");
    }

    #[test]
    fn who_wants_little_hears_little() {
        let event = Event {
            key: "k".to_owned(),
            topic: Topic::Budget,
            title: String::new(),
            text: String::new(),
            units: vec!["motor".parse().unwrap(), "claims".parse().unwrap()],
            source: None,
            period: None,
            money: Some(Money::new("100".parse().unwrap(), Currency::USD)),
        };
        let any = berlin();
        assert!(any.wants(&event));
        let of = |unit: &str| Preferences { units: [unit.parse().unwrap()].into(), ..any.clone() };
        assert!(of("claims").wants(&event) && !of("lending").wants(&event));
        assert!(!of("claims").wants(&Event { units: Vec::new(), ..event.clone() }));
        let from = |least: &str| Preferences { least: [(Currency::USD, least.parse().unwrap())].into(), ..any.clone() };
        assert!(from("100").wants(&event) && !from("100.01").wants(&event));
        let euro = Event { money: Some(Money::new(Amount::ONE, Currency::EUR)), ..event.clone() };
        assert!(from("100.01").wants(&euro) && from("100.01").wants(&Event { money: None, ..event.clone() }));
        assert!(!Preferences { topics: [Topic::Sla].into(), ..any }.wants(&event));
    }

    proptest! {
        /// Whatever the moment: nothing goes out before it is found, nor while the channel is to be left alone.
        #[test]
        fn nothing_is_due_in_the_past_or_in_quiet_hours(
            seconds in 1_700_000_000_i64..1_900_000_000,
            from in 0_u32..86_400, to in 0_u32..86_400, at in 0_u32..86_400,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
        ) {
            let time = |seconds| NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap();
            let preferences = Preferences {
                quiet: Some(Quiet { hours: Some((time(from), time(to))), days: [6].into() }),
                digest: Digest::Daily { at: time(at) },
                zone: zone.parse().unwrap(),
                ..berlin()
            };
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let due = preferences.due(now);
            prop_assert!(due >= now && due - now <= chrono::TimeDelta::days(5), "{now} {due}");
            let local = due.with_timezone(&preferences.zone).naive_local();
            prop_assert!(preferences.quiet.as_ref().unwrap().ends(local.date(), local.time()).is_none(), "{now} {local}");
        }
    }
}
