//! Days that stand out, and those of them that come every month.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::median;

/// So many deviations from what its weekday usually costs make a day stand out.
const STANDS_OUT: f64 = 6.0;
/// The weeks that say what a weekday usually costs.
const WEEKS: usize = 8;

/// What some days of every month cost beside the usual.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Calendar {
    /// By day of the month, from 1; the last place is the last day of any month.
    extra: Vec<(Position, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Position {
    Last,
    Day(u32),
}

impl Calendar {
    /// What is to be added on `day`.
    pub fn on(&self, day: NaiveDate) -> f64 {
        let fits = |position: Position| positions(day).contains(&Some(position));
        // One extra a day: what comes on the last day is not also that of the 30th.
        self.extra.iter().find(|(position, _)| fits(*position)).map_or(0.0, |(_, extra)| *extra)
    }
}

/// A place in the month over some months.
#[derive(Default)]
struct Found {
    times: usize,
    /// True where the last of them stands out.
    last: bool,
    /// What those that stand out have beside the usual.
    out: Vec<f64>,
}

impl Found {
    /// Twice at least, more often than not, in one direction, and the last time it could: what has stopped is not expected.
    fn comes_every_month(&self) -> bool {
        let one_way = self.out.iter().all(|apart| *apart > 0.0) || self.out.iter().all(|apart| *apart < 0.0);
        self.out.len() >= 2 && one_way && self.last && self.out.len() * 2 > self.times
    }
}

fn positions(day: NaiveDate) -> [Option<Position>; 2] {
    let is_last = day.succ_opt().is_none_or(|next| next.month() != day.month());
    [is_last.then_some(Position::Last), Some(Position::Day(day.day()))]
}

/// The series without what stands out, and what of that comes every month.
pub(super) fn split(values: &[f64], first: NaiveDate) -> (Vec<f64>, Calendar) {
    let usual: Vec<f64> = (0..values.len()).map(|at| usual(values, at)).collect();
    let apart: Vec<f64> = values.iter().zip(&usual).map(|(value, usual)| value - usual).collect();
    let sizes: Vec<f64> = apart.iter().map(|apart| apart.abs()).collect();
    // 1.4826 makes the median deviation of a normal series its standard deviation (Hampel 1974). A series that is flat but for
    // some days has none, so a hundredth of what is usual counts at least.
    let typical = median(&usual.iter().map(|usual| usual.abs()).collect::<Vec<_>>());
    let limit = STANDS_OUT * (1.4826 * median(&sizes)).max(typical / 100.0);
    let stands_out: Vec<bool> = sizes.iter().map(|size| *size > limit).collect();
    let mut found: BTreeMap<Position, Found> = BTreeMap::new();
    let days = first.iter_days().take(values.len());
    for ((day, apart), stands_out) in days.zip(&apart).zip(&stands_out) {
        for position in positions(day).into_iter().flatten() {
            let found = found.entry(position).or_default();
            found.times += 1;
            found.last = *stands_out;
            found.out.extend(stands_out.then_some(*apart));
        }
    }
    let extra = found.into_iter().filter(|(_, found)| found.comes_every_month());
    let calendar = Calendar { extra: extra.map(|(position, found)| (position, median(&found.out))).collect() };
    let plain = (0..values.len()).map(|at| if stands_out[at] { usual[at] } else { values[at] }).collect();
    (plain, calendar)
}

/// What the weekday of a day costs around it: the middle of the nearest weeks, itself among them.
fn usual(values: &[f64], at: usize) -> f64 {
    let back = (at / 7).min(WEEKS / 2);
    let begin = at - back * 7;
    let same: Vec<f64> = values[begin..].iter().step_by(7).take(WEEKS + 1).copied().collect();
    if same.len() >= 3 {
        return median(&same);
    }
    let week = &values[at.saturating_sub(WEEKS / 2)..(at + WEEKS / 2 + 1).min(values.len())];
    median(week)
}
