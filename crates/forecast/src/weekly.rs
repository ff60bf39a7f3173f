//! From an hourly series to the demand of a typical week.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::quantile;

/// Hours of a week.
pub const HOURS_PER_WEEK: usize = 168;
/// Fewer weeks than this say nothing about a quantile: the largest value is taken.
pub const MIN_WEEKS_FOR_QUANTILE: usize = 3;
/// Most hours of history: ten years.
const MAX_HOURS: usize = 87_700;

/// The hour of `moment`, counted from Monday 1970-01-05 00:00 UTC, the first Monday of the Unix calendar.
pub fn hour_index(moment: DateTime<Utc>) -> i64 {
    moment.timestamp().div_euclid(3600) - 4 * 24
}

/// How a profile is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileOptions {
    /// Share of weeks whose demand the profile covers, from 0 to 1. Default 0.95.
    pub quantile: f64,
    /// Factor on top, at least 1: 1.2 keeps a fifth in reserve. Default 1.1.
    pub headroom: f64,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self { quantile: 0.95, headroom: 1.1 }
    }
}

/// Where the demand of an hour of the week comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HourSource {
    /// The quantile over at least [`MIN_WEEKS_FOR_QUANTILE`] weeks.
    Quantile,
    /// The largest of fewer weeks.
    Maximum,
    /// Nothing was seen in this hour of the week: the largest value of the same hour on other days.
    SameHourOfDay,
    /// Nor in that hour on any day: the largest value of all.
    Overall,
}

/// The demand of a typical week.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeeklyProfile {
    /// By hour from Monday 00:00 UTC, in the unit of the series.
    pub demand: Vec<f64>,
    /// Where each comes from.
    pub sources: Vec<HourSource>,
    /// Most weeks that any hour was seen in.
    pub weeks: usize,
}

impl WeeklyProfile {
    /// The largest demand of the week.
    pub fn peak(&self) -> f64 {
        self.demand.iter().copied().fold(0.0, f64::max)
    }

    /// Hours that had to be filled because history does not have them.
    pub fn filled_hours(&self) -> usize {
        self.sources.iter().filter(|s| matches!(s, HourSource::SameHourOfDay | HourSource::Overall)).count()
    }
}

/// Why there is no profile.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// There is no history.
    #[error("there is no hourly demand to make a profile from; import usage that covers at least a day")]
    Empty,
    /// Too much of it.
    #[error("{0} hours of demand are more than {MAX_HOURS}; use a shorter window")]
    TooLong(usize),
    /// A value that is no demand.
    #[error("hour {hour}: demand {value} is not a finite number of at least 0")]
    NotADemand {
        /// Index of the hour.
        hour: i64,
        /// Its value.
        value: f64,
    },
    /// An hour that stands twice.
    #[error("hour {0} stands twice; sum its demand first")]
    Twice(i64),
    /// An option out of range.
    #[error("{what} is {value}; it must be {range}")]
    Option {
        /// The option.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is accepted.
        range: &'static str,
    },
}

/// The demand of a typical week from an hourly series of (hour index, demand); see [`hour_index`].
///
/// Hours that are missing from the series were not measured: they count as unknown and not as zero. An hour of the week that
/// was never seen falls back on the same hour of other days, and then on the largest value (a seasonal-naive guess, on the safe
/// side). The order of the series does not matter.
///
/// # Errors
/// [`ProfileError`], naming the hour or the option.
pub fn weekly_profile(series: &[(i64, f64)], options: &ProfileOptions) -> Result<WeeklyProfile, ProfileError> {
    check_options(options)?;
    let by_hour = by_hour_of_week(series)?;
    let of_day = by_hour_of_day(&by_hour);
    let overall = of_day.iter().flatten().copied().fold(0.0, f64::max);
    let (mut demand, mut sources) = (Vec::with_capacity(HOURS_PER_WEEK), Vec::with_capacity(HOURS_PER_WEEK));
    for (hour, values) in by_hour.iter().enumerate() {
        let (value, source) = match (values.len(), of_day[hour % 24]) {
            (0, None) => (overall, HourSource::Overall),
            (0, Some(largest)) => (largest, HourSource::SameHourOfDay),
            (1..MIN_WEEKS_FOR_QUANTILE, _) => (values.iter().copied().fold(0.0, f64::max), HourSource::Maximum),
            _ => (quantile(values, options.quantile).expect("there are values"), HourSource::Quantile),
        };
        demand.push(value * options.headroom);
        sources.push(source);
    }
    let weeks = by_hour.iter().map(Vec::len).max().unwrap_or(0);
    Ok(WeeklyProfile { demand, sources, weeks })
}

fn check_options(options: &ProfileOptions) -> Result<(), ProfileError> {
    let ProfileOptions { quantile, headroom } = *options;
    if !(0.0..=1.0).contains(&quantile) {
        return Err(ProfileError::Option { what: "quantile", value: quantile, range: "from 0 to 1" });
    }
    if !(1.0..=100.0).contains(&headroom) {
        return Err(ProfileError::Option { what: "headroom", value: headroom, range: "from 1 to 100" });
    }
    Ok(())
}

fn by_hour_of_week(series: &[(i64, f64)]) -> Result<Vec<Vec<f64>>, ProfileError> {
    if series.is_empty() {
        return Err(ProfileError::Empty);
    }
    if series.len() > MAX_HOURS {
        return Err(ProfileError::TooLong(series.len()));
    }
    let mut hours = BTreeMap::new();
    for &(hour, value) in series {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(ProfileError::NotADemand { hour, value });
        }
        if hours.insert(hour, value).is_some() {
            return Err(ProfileError::Twice(hour));
        }
    }
    let mut by_hour = vec![Vec::new(); HOURS_PER_WEEK];
    for (hour, value) in hours {
        by_hour[hour.rem_euclid(HOURS_PER_WEEK as i64) as usize].push(value);
    }
    Ok(by_hour)
}

/// The largest value seen in each hour of the day.
fn by_hour_of_day(by_hour: &[Vec<f64>]) -> Vec<Option<f64>> {
    let largest = |hour: usize| by_hour.iter().skip(hour).step_by(24).flatten().copied().reduce(f64::max);
    (0..24).map(largest).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: ProfileOptions = ProfileOptions { quantile: 0.95, headroom: 1.0 };

    #[test]
    fn hours_are_counted_from_a_monday() {
        let at = |text: &str| hour_index(text.parse().unwrap());
        assert_eq!(at("1970-01-05T00:00:00Z"), 0);
        assert_eq!(at("2026-11-16T00:59:59Z").rem_euclid(168), 0);
        assert_eq!(at("2026-11-22T23:30:00Z").rem_euclid(168), 167);
        assert_eq!(at("1970-01-01T00:00:00Z"), -96);
    }

    #[test]
    fn few_weeks_give_the_maximum_and_more_the_quantile() {
        let weeks = |n: i64| (0..n).map(|week| (week * 168 + 5, (week + 1) as f64)).collect::<Vec<_>>();
        let two = weekly_profile(&weeks(2), &PLAIN).unwrap();
        assert_eq!((two.demand[5], two.sources[5]), (2.0, HourSource::Maximum));
        let five = weekly_profile(&weeks(5), &PLAIN).unwrap();
        assert!((five.demand[5] - 4.8).abs() < 1e-12);
        assert_eq!((five.sources[5], five.weeks), (HourSource::Quantile, 5));
    }

    #[test]
    fn what_was_never_seen_is_filled_on_the_safe_side_and_said() {
        let profile = weekly_profile(&[(5, 3.0), (24 + 5, 4.0), (8, 9.0)], &ProfileOptions { headroom: 1.5, ..PLAIN }).unwrap();
        assert_eq!((profile.demand[48 + 5], profile.sources[48 + 5]), (6.0, HourSource::SameHourOfDay));
        assert_eq!((profile.demand[0], profile.sources[0]), (13.5, HourSource::Overall));
        assert_eq!((profile.filled_hours(), profile.peak()), (165, 13.5));
    }

    #[test]
    fn errors_name_the_hour() {
        assert_eq!(weekly_profile(&[], &PLAIN), Err(ProfileError::Empty));
        assert_eq!(weekly_profile(&[(3, 1.0), (3, 2.0)], &PLAIN), Err(ProfileError::Twice(3)));
        assert!(matches!(weekly_profile(&[(7, f64::NAN)], &PLAIN), Err(ProfileError::NotADemand { hour: 7, .. })));
        assert!(matches!(weekly_profile(&[(7, -1.0)], &PLAIN), Err(ProfileError::NotADemand { hour: 7, .. })));
        let options = ProfileOptions { headroom: 0.5, ..PLAIN };
        assert!(weekly_profile(&[(1, 1.0)], &options).unwrap_err().to_string().starts_with("headroom is 0.5"));
    }

    fn any_series() -> impl Strategy<Value = Vec<(i64, f64)>> {
        prop::collection::btree_map(0_i64..1500, 0.0..1e4, 1..400).prop_map(|hours| hours.into_iter().collect())
    }

    proptest! {
        #[test]
        fn every_hour_lies_within_what_was_seen(series in any_series(), quantile in 0.0..1.0, headroom in 1.0..3.0) {
            let profile = weekly_profile(&series, &ProfileOptions { quantile, headroom }).unwrap();
            let low = series.iter().map(|(_, v)| *v).fold(f64::INFINITY, f64::min) * headroom;
            let high = series.iter().map(|(_, v)| *v).fold(0.0, f64::max) * headroom;
            prop_assert_eq!(profile.demand.len(), HOURS_PER_WEEK);
            prop_assert!(profile.demand.iter().all(|d| (low - 1e-9..=high + 1e-9).contains(d)));
        }

        #[test]
        fn the_order_of_the_series_does_not_matter(series in any_series(), quantile in 0.0..1.0) {
            let options = ProfileOptions { quantile, headroom: 1.0 };
            let mut reversed = series.clone();
            reversed.reverse();
            prop_assert_eq!(weekly_profile(&series, &options), weekly_profile(&reversed, &options));
        }

        #[test]
        fn a_series_that_repeats_weekly_is_its_own_profile(week in prop::collection::vec(0.0..1e4, 168), weeks in 1_i64..6) {
            let series: Vec<_> = (0..weeks * 168).map(|h| (h, week[(h % 168) as usize])).collect();
            let profile = weekly_profile(&series, &PLAIN).unwrap();
            prop_assert!(profile.demand.iter().zip(&week).all(|(a, b)| (a - b).abs() <= 1e-9 * b.max(1.0)));
        }

        #[test]
        fn more_demand_never_lowers_the_profile(series in any_series(), at in any::<prop::sample::Index>(), more in 0.0..1e3) {
            let before = weekly_profile(&series, &PLAIN).unwrap();
            let mut raised = series.clone();
            let at = at.index(raised.len());
            raised[at].1 += more;
            let after = weekly_profile(&raised, &PLAIN).unwrap();
            prop_assert!(before.demand.iter().zip(&after.demand).all(|(a, b)| b + 1e-9 >= *a));
        }
    }
}
