//! Half-open spans of days, in UTC.

use chrono::{NaiveDate, NaiveTime};
use farthing_types::Window;

/// The days on which something holds: `from` belongs to it, `until` does not; open where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Effective {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The first day after.
    pub until: Option<NaiveDate>,
}

impl Effective {
    /// True where `day` belongs to it.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// True where some day belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |until: Option<NaiveDate>, from: Option<NaiveDate>| matches!((until, from), (Some(u), Some(f)) if u <= f);
        !before(self.until, other.from) && !before(other.until, self.from)
    }

    /// True where every day of `other` belongs to it.
    pub fn covers(&self, other: &Self) -> bool {
        let starts = self.from.is_none_or(|from| other.from.is_some_and(|other| from <= other));
        let ends = self.until.is_none_or(|until| other.until.is_some_and(|other| other <= until));
        starts && ends
    }

    /// The days that `window` touches.
    pub fn of(window: Window) -> Self {
        let last = window.to.date_naive();
        let until = if window.to.time() == NaiveTime::MIN { Some(last) } else { last.succ_opt() };
        Self { from: Some(window.from.date_naive()), until }
    }

    /// The days where what holds may change.
    pub(crate) fn boundaries(&self) -> impl Iterator<Item = NaiveDate> {
        self.from.into_iter().chain(self.until)
    }
}

/// The boundaries of `spans`, sorted: between two neighbours nothing changes.
pub(crate) fn boundaries<'a>(spans: impl Iterator<Item = &'a Effective>) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = spans.flat_map(|span| span.boundaries()).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// One day of each interval between `boundaries`: before the first, and from each one on.
pub(crate) fn representatives(boundaries: &[NaiveDate]) -> Vec<NaiveDate> {
    let before = boundaries.first().map_or(NaiveDate::MIN, |first| first.pred_opt().unwrap_or(NaiveDate::MIN));
    std::iter::once(before).chain(boundaries.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn spans_are_half_open() {
        let may = Effective { from: day("2026-05-01"), until: day("2026-06-01") };
        let june = Effective { from: day("2026-06-01"), until: None };
        assert!(may.contains(day("2026-05-31").unwrap()));
        assert!(!may.contains(day("2026-06-01").unwrap()));
        assert!(!may.overlaps(&june) && !june.overlaps(&may));
        assert!(Effective::default().covers(&may) && !may.covers(&Effective::default()));
        assert_eq!(Effective::of("2026-05-01/2026-06-01".parse().unwrap()), may);
    }
}
