//! When things may be changed: windows of the week, and freezes.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use farthing_types::UnitId;

/// How far ahead the next window is looked for, in days.
const AHEAD: u64 = 400;

/// When things may be changed. Without windows it is always, but for freezes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Whose wall clock it goes by.
    pub zone: Tz,
    pub(crate) windows: Vec<Window>,
    pub(crate) freezes: Vec<Freeze>,
}

/// Hours of some days of the week in which changes are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub days: Vec<Weekday>,
    pub from: NaiveTime,
    /// The first time after it; none for the end of the day.
    pub until: Option<NaiveTime>,
    /// The units that it is for, with all below them; everything where there are none.
    pub units: BTreeSet<UnitId>,
}

/// Days on which nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Freeze {
    pub name: String,
    pub from: NaiveDate,
    /// The first day after it.
    pub until: NaiveDate,
    pub units: BTreeSet<UnitId>,
}

/// Why nothing is changed at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The unit whose change was wanted; none for a plan that is applied as a whole.
    pub unit: Option<UnitId>,
    /// The freeze; none where it is merely outside every window.
    pub freeze: Option<String>,
    /// When the next window opens; none where there is none in the next 400 days.
    pub next: Option<DateTime<Utc>>,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.freeze {
            Some(name) => write!(f, "nothing is applied in the freeze {name:?}")?,
            None => write!(f, "now is outside the change windows")?,
        }
        if let Some(unit) = &self.unit {
            write!(f, " of {unit}")?;
        }
        match self.next {
            Some(next) => write!(f, "; the next window opens at {}", next.format("%Y-%m-%d %H:%MZ")),
            None => write!(f, "; no window opens within {AHEAD} days"),
        }
    }
}

/// True where something for `units` is for a unit of this path: itself, or one below.
fn covers(units: &BTreeSet<UnitId>, path: &[UnitId]) -> bool {
    units.is_empty() || path.iter().any(|unit| units.contains(unit))
}

impl Calendar {
    /// Always.
    pub fn always() -> Self {
        Self { zone: Tz::UTC, windows: Vec::new(), freezes: Vec::new() }
    }

    /// Why a unit may not be changed at a moment; `None` where it may. `path` is the unit and all above it; empty for a change that is no
    /// unit's.
    pub fn closed(&self, path: &[UnitId], at: DateTime<Utc>) -> Option<Closed> {
        if self.is_open(path, at) {
            return None;
        }
        let freeze = self.freeze(path, at).map(|freeze| freeze.name.clone());
        Some(Closed { unit: path.first().cloned(), freeze, next: self.next(path, at) })
    }

    /// The first moment from `at` on at which a unit may be changed.
    fn next(&self, path: &[UnitId], at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let today = at.with_timezone(&self.zone).date_naive();
        // It opens where a window does, or where a freeze ends within one.
        let days = (0..=AHEAD).filter_map(|days| today.checked_add_days(chrono::Days::new(days)));
        let opening = |day: NaiveDate| {
            let windows = self.windows.iter().filter(move |window| window.days.contains(&day.weekday()));
            windows.filter_map(move |window| self.moment(day, window.from))
        };
        let thawing = self.freezes.iter().filter_map(|freeze| self.moment(freeze.until, NaiveTime::MIN));
        let mut candidates: Vec<DateTime<Utc>> = days.flat_map(opening).chain(thawing).filter(|moment| *moment > at).collect();
        candidates.sort();
        candidates.into_iter().find(|moment| self.is_open(path, *moment))
    }

    fn is_open(&self, path: &[UnitId], at: DateTime<Utc>) -> bool {
        let mut windows = self.windows.iter().filter(|window| covers(&window.units, path)).peekable();
        let local = at.with_timezone(&self.zone);
        let (day, time) = (local.weekday(), local.time());
        let shows =
            |window: &Window| window.days.contains(&day) && window.from <= time && window.until.is_none_or(|until| time < until);
        self.freeze(path, at).is_none() && (windows.peek().is_none() || windows.any(shows))
    }

    fn freeze(&self, path: &[UnitId], at: DateTime<Utc>) -> Option<&Freeze> {
        let day = at.with_timezone(&self.zone).date_naive();
        self.freezes.iter().find(|freeze| covers(&freeze.units, path) && freeze.from <= day && day < freeze.until)
    }

    /// The first moment at which the wall clock shows a time or, where it jumps over it, a later one.
    fn moment(&self, day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
        let shown = day.and_time(time);
        let later = (0..=8).map(|quarters| shown + TimeDelta::minutes(15 * quarters));
        let mut moments = later.filter_map(|shown| match self.zone.from_local_datetime(&shown) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Some(moment.to_utc()),
            LocalResult::None => None,
        });
        moments.next()
    }
}
