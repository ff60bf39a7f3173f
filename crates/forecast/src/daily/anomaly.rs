//! Days that cost what their history did not let expect.

use chrono::{NaiveDate, TimeDelta};
use serde::Serialize;

use super::back_test::TRAINING;
use super::{DailyError, DailySeries, Fit, check, median};

/// So many of the latest errors of one step say how far off an answer usually is.
const ERRORS: usize = 56;

/// Consecutive days on one side of what was expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Anomaly {
    /// The first of them.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// What they cost.
    pub actual: f64,
    /// What was expected of them, each day from those before it.
    pub expected: f64,
    /// How far the day furthest off was, in deviations.
    pub deviations: f64,
}

/// The days from `from` on that are further from what was expected of them than `limit` deviations; `None` where fewer than three weeks
/// are before them.
///
/// Each day is expected from the days before it alone, as [`outlook`](super::outlook) would then have answered, so that what is said of a
/// day never changes with the days after it. A deviation is the larger of the model's and of what its latest answers were off by (1.4826
/// times their median, which is the standard deviation of a normal series: Hampel 1974); where a series is flat, a hundredth of what its
/// days usually cost.
///
/// # Errors
/// [`DailyError`], naming the day.
pub fn anomalies(series: &DailySeries, from: NaiveDate, limit: f64) -> Result<Option<Vec<Anomaly>>, DailyError> {
    check(series, 1)?;
    let values = &series.values;
    let begin = usize::try_from((from - series.first).num_days()).unwrap_or(0);
    if begin.max(TRAINING) >= values.len() {
        return Ok(None);
    }
    let (mut errors, mut found): (Vec<f64>, Vec<Anomaly>) = (Vec::new(), Vec::new());
    for at in TRAINING..values.len() {
        let (day, value) = (series.first + TimeDelta::days(at as i64), values[at]);
        let fit = Fit::of(&values[..at], series.first);
        let expected = fit.ahead(1)[0];
        let typical = median(&values[at - TRAINING..at].iter().map(|value| value.abs()).collect::<Vec<_>>());
        let usual = 1.4826 * median(&errors[errors.len().saturating_sub(ERRORS)..]);
        let model = fit.smoothing.deviation_of_sum(1).unwrap_or(0.0);
        let deviation = model.max(usual).max(typical / 100.0);
        let off = value - expected;
        errors.push(off.abs());
        // Without any cost before, whatever comes is new and as far off as can be.
        let deviations = if deviation > 0.0 { (off / deviation).abs() } else { f64::from(u8::from(off != 0.0)) * limit * 2.0 };
        if at < begin || deviations <= limit {
            continue;
        }
        match found.last_mut() {
            Some(one) if one.last.succ_opt() == Some(day) && (one.actual > one.expected) == (off > 0.0) => {
                one.last = day;
                one.actual += value;
                one.expected += expected;
                one.deviations = one.deviations.max(deviations);
            }
            _ => found.push(Anomaly { first: day, last: day, actual: value, expected, deviations }),
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 2).unwrap() + TimeDelta::days(number)
    }

    /// Ten weeks, dearer on workdays, with a little noise that is the same in every run.
    fn weeks() -> DailySeries {
        let noise = |at: i64| ((at * 7_919 % 101) as f64 - 50.0) / 25.0;
        let values = (0..70).map(|at| if at % 7 < 5 { 100.0 } else { 40.0 } + noise(at)).collect();
        DailySeries { first: day(0), values }
    }

    #[test]
    fn an_ordinary_series_has_none() {
        assert_eq!(anomalies(&weeks(), day(30), 4.0).unwrap(), Some(Vec::new()));
    }

    #[test]
    fn a_day_that_stands_out_is_found_with_what_it_cost_beyond() {
        for (extra, at) in [(60.0, 45), (-35.0, 61), (30.0, 69)] {
            let mut series = weeks();
            series.values[at] += extra;
            let found = anomalies(&series, day(30), 4.0).unwrap().unwrap();
            assert_eq!(found.len(), 1, "{found:?}");
            let one = &found[0];
            assert_eq!((one.first, one.last), (day(at as i64), day(at as i64)));
            assert!((one.actual - one.expected - extra).abs() < 8.0, "{one:?}");
        }
    }

    #[test]
    fn days_in_a_row_are_one() {
        let mut series = weeks();
        for at in 50..54 {
            series.values[at] *= 1.8;
        }
        let found = anomalies(&series, day(30), 4.0).unwrap().unwrap();
        assert_eq!((found[0].first, found[0].last), (day(50), day(53)), "{found:?}");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn what_comes_every_month_is_expected() {
        let mut series = DailySeries { first: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(), values: vec![50.0; 150] };
        for (at, day) in series.first.iter_days().take(150).enumerate() {
            if day.format("%d").to_string() == "01" {
                series.values[at] = 900.0;
            }
        }
        let april = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        assert_eq!(anomalies(&series, april, 4.0).unwrap(), Some(Vec::new()));
        series.values[100] = 900.0;
        assert_eq!(anomalies(&series, april, 4.0).unwrap().unwrap().len(), 1);
    }

    #[test]
    fn what_is_said_of_a_day_stays_when_days_follow() {
        let mut series = weeks();
        series.values[45] += 60.0;
        let whole = anomalies(&series, day(40), 4.0).unwrap().unwrap();
        series.values.truncate(46);
        assert_eq!(anomalies(&series, day(40), 4.0).unwrap().unwrap(), whole);
    }

    #[test]
    fn too_short_a_history_says_nothing_and_not_that_all_is_well() {
        let series = DailySeries { first: day(0), values: vec![10.0; 21] };
        assert_eq!(anomalies(&series, day(0), 4.0).unwrap(), None);
        assert_eq!(anomalies(&weeks(), day(80), 4.0).unwrap(), None);
    }

    #[test]
    fn a_series_of_nothing_finds_the_first_cost() {
        let mut series = DailySeries { first: day(0), values: vec![0.0; 40] };
        series.values[39] = 12.5;
        let found = anomalies(&series, day(30), 4.0).unwrap().unwrap();
        assert_eq!((found.len(), found[0].first, found[0].actual), (1, day(39), 12.5));
    }
}
