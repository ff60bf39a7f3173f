//! The cost of the days to come, from that of the days that were, with an interval and the error that it would have had.
//!
//! [`outlook`] smooths a daily series exponentially with a season of a week: the additive ETS(A,N,A) of Hyndman, Koehler, Ord and
//! Snyder, *Forecasting with Exponential Smoothing* (2008), its parameters chosen from a grid by the squared error of one step. Before
//! that, days that stand out (a yearly fee, a purchase) are taken back to what their weekday usually costs; what stands out on the same
//! day of every month (a monthly fee) is added again where that day comes. Less than two weeks have no season.
//!
//! The interval is that of the sum over the days, from the model's own variance, and at least as wide as what 95 % of the back-test's
//! answers were off by. The back-test asks the same question at every earlier day, with what was known then.

mod anomaly;
mod back_test;
mod calendar;
mod smoothing;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::Serialize;

use crate::quantile;
use calendar::Calendar;
use smoothing::Smoothing;

pub use anomaly::{Anomaly, anomalies};
pub use back_test::BackTest;

/// The share of outcomes that an interval is meant to hold.
pub const COVERAGE: f64 = 0.95;
/// The normal quantile for it.
const Z: f64 = 1.959_964;
/// Most days of history: two years say all that a month's forecast can learn.
pub const MAX_DAYS: usize = 731;
/// Most days to look ahead.
pub const MAX_HORIZON: usize = 366;

/// What consecutive days cost.
#[derive(Clone, Debug, PartialEq)]
pub struct DailySeries {
    /// The first day.
    pub first: NaiveDate,
    /// The cost of each day from then on; a day without charges is 0. Credits may make it negative.
    pub values: Vec<f64>,
}

/// What some days to come will cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlook {
    /// Each day after the series.
    pub daily: Vec<f64>,
    /// Their sum.
    pub total: f64,
    /// The lower end of the interval of the sum; `None` where history is too short for one.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// How it was made.
    pub method: Method,
    /// The error that the method would have had; `None` where history is too short to tell.
    pub back_test: Option<BackTest>,
}

/// How a forecast was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Exponential smoothing with a season of a week.
    WeeklySmoothing,
    /// Exponential smoothing without a season: fewer than two weeks of history.
    Smoothing,
}

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DailyError {
    /// There is no history.
    #[error("there is no day of history to forecast from")]
    Empty,
    /// Too long.
    #[error("{0} days of history are more than {MAX_DAYS}: leave out the oldest")]
    TooLong(usize),
    /// Too far.
    #[error("{0} days ahead are more than {MAX_HORIZON}")]
    TooFar(usize),
    /// A value that is no cost.
    #[error("{day}: {value} is not a finite number")]
    NotACost {
        /// The day.
        day: NaiveDate,
        /// Its value.
        value: f64,
    },
}

/// What the `days` after a series will cost.
///
/// # Errors
/// [`DailyError`], naming the day.
pub fn outlook(series: &DailySeries, days: usize) -> Result<Outlook, DailyError> {
    check(series, days)?;
    let fit = Fit::of(&series.values, series.first);
    let daily = fit.ahead(days);
    let total: f64 = daily.iter().sum();
    let tested = back_test::run(series, days);
    let off_by = tested.as_ref().map_or(0.0, |tested| tested.off_by);
    let half = fit.half(days).map(|half| half.max(off_by));
    Ok(Outlook {
        total,
        low: half.map(|half| total - half),
        high: half.map(|half| total + half),
        method: if fit.smoothing.has_season() { Method::WeeklySmoothing } else { Method::Smoothing },
        back_test: tested.map(|tested| tested.report),
        daily,
    })
}

/// What some days in a row, after some others, will cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Span {
    /// Their sum.
    pub total: f64,
    /// The lower end of its interval; `None` where history is too short for one.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// What the days after a series will cost, in spans of so many days one after the other: the rest of this month, the next, …
///
/// Intervals are those of each span's own sum, by the model.
///
/// # Errors
/// [`DailyError`], naming the day.
pub fn spans(series: &DailySeries, lengths: &[usize]) -> Result<Vec<Span>, DailyError> {
    let days = lengths.iter().sum();
    check(series, days)?;
    let fit = Fit::of(&series.values, series.first);
    let daily = fit.ahead(days);
    let mut begin = 0;
    let span = |length: &usize| {
        let after = begin;
        begin += length;
        let total: f64 = daily[after..begin].iter().sum();
        let half = fit.smoothing.deviation_of_span(after, *length).map(|deviation| deviation * Z);
        Span { total, low: half.map(|half| total - half), high: half.map(|half| total + half) }
    };
    Ok(lengths.iter().map(span).collect())
}

fn check(series: &DailySeries, days: usize) -> Result<(), DailyError> {
    let count = series.values.len();
    match (count, days) {
        (0, _) => return Err(DailyError::Empty),
        (count, _) if count > MAX_DAYS => return Err(DailyError::TooLong(count)),
        (_, days) if days > MAX_HORIZON => return Err(DailyError::TooFar(days)),
        _ => {}
    }
    match series.values.iter().position(|value| !value.is_finite()) {
        Some(at) => {
            Err(DailyError::NotACost { day: series.first + chrono::TimeDelta::days(at as i64), value: series.values[at] })
        }
        None => Ok(()),
    }
}

/// A model of a series, or of its beginning.
struct Fit {
    smoothing: Smoothing,
    calendar: Calendar,
    next: NaiveDate,
}

impl Fit {
    fn of(values: &[f64], first: NaiveDate) -> Self {
        let (plain, calendar) = calendar::split(values, first);
        let next = first + chrono::TimeDelta::days(values.len() as i64);
        Self { smoothing: Smoothing::of(&plain), calendar, next }
    }

    fn ahead(&self, days: usize) -> Vec<f64> {
        (0..days)
            .map(|ahead| self.smoothing.ahead(ahead) + self.calendar.on(self.next + chrono::TimeDelta::days(ahead as i64)))
            .collect()
    }

    /// Half of the interval of the sum of the next days, by the model alone.
    fn half(&self, days: usize) -> Option<f64> {
        Some(self.smoothing.deviation_of_sum(days)? * Z)
    }
}

/// The middle of some values; 0 where there are none.
fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5).unwrap_or(0.0)
}
