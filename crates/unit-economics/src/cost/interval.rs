use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::Amount;
use serde::Serialize;

use crate::Totals;
use crate::exact::{count, fraction, to_float};
use crate::observation::VARIABLES;
use crate::statistics::{PairMoments, RatioInterval, delta_interval};

/// A decision's cost for one unit of each variable of [`Totals::cross`].
pub(super) type Coefficients = [f64; VARIABLES];

/// Days needed before they, not single decisions, are what the interval takes as independent.
const ENOUGH_DAYS: usize = 10;
const LEVEL: f64 = 0.95;
/// The place of `wrong` among the variables.
const WRONG: usize = 8;

/// An interval of a cost per decision. Its bounds are statistics, rounded to 1e-6, and add up to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// The lower bound.
    pub low: Amount,
    /// The upper bound.
    pub high: Amount,
    /// The level: 0.95.
    pub level: Amount,
    /// The standard error.
    pub standard_error: Amount,
    /// How it was taken.
    pub method: String,
    /// What was taken as independent: `days` or `decisions`.
    pub sampled: &'static str,
    /// How many of them.
    pub count: u64,
}

/// The intervals of cost per decision and of cost per sound decision.
///
/// With at least ten days, days are the clusters: decisions of one day share its backlog, its incidents and its staff, so taking
/// them as independent would make the interval too short. With fewer days, decisions are taken as independent.
pub(super) fn intervals(
    days: &BTreeMap<NaiveDate, Totals>,
    totals: &Totals,
    coefficients: &Coefficients,
) -> (Option<Interval>, Option<Interval>) {
    let observed: Vec<&Totals> = days.values().filter(|day| day.decisions() > 0).collect();
    if observed.len() >= ENOUGH_DAYS {
        let cost = |day: &Totals| day.sums().iter().zip(coefficients).map(|(sum, each)| sum * each).sum::<f64>();
        let pairs =
            |of: fn(&Totals) -> u64| -> Vec<(f64, f64)> { observed.iter().map(|day| (cost(day), of(day) as f64)).collect() };
        let take = |of| shown(delta_interval(&PairMoments::of(&pairs(of))?, LEVEL)?, "days", observed.len() as u64);
        return (take(Totals::decisions), take(Totals::sound));
    }
    let take = |per_sound| {
        let moments = moments_of_decisions(totals, coefficients, per_sound)?;
        shown(delta_interval(&moments, LEVEL)?, "decisions", totals.decisions())
    };
    (take(false), take(true))
}

/// The moments of (cost, 1) or (cost, sound) over decisions, from exact sums and cross products. The centring is done in exact
/// fractions, where nothing cancels.
fn moments_of_decisions(totals: &Totals, coefficients: &Coefficients, per_sound: bool) -> Option<PairMoments> {
    let decisions = totals.decisions();
    if decisions < 2 {
        return None;
    }
    let n = decisions as f64;
    let mut centred = [[0.0; VARIABLES]; VARIABLES];
    for (i, row) in centred.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            // The products with `one` are the sums.
            let (sum_i, sum_j) = (fraction(totals.cross_product(0, i)?), fraction(totals.cross_product(0, j)?));
            *cell = to_float(&(fraction(totals.cross_product(i, j)?) - sum_i * sum_j / count(decisions)));
        }
    }
    let mean_x = totals.sums().iter().zip(coefficients).map(|(sum, each)| sum * each).sum::<f64>() / n;
    let with = |j: usize| centred.iter().zip(coefficients).map(|(row, each)| row[j] * each).sum::<f64>();
    let variance_x = (0..VARIABLES).map(|j| with(j) * coefficients[j]).sum::<f64>() / (n - 1.0);
    let (mean_y, variance_y, covariance) = if per_sound {
        // sound = 1 − wrong.
        (totals.sound() as f64 / n, centred[WRONG][WRONG] / (n - 1.0), -with(WRONG) / (n - 1.0))
    } else {
        (1.0, 0.0, 0.0)
    };
    Some(PairMoments { count: n, mean_x, mean_y, variance_x, variance_y, covariance })
}

fn shown(interval: RatioInterval, sampled: &'static str, count: u64) -> Option<Interval> {
    let method =
        format!("ratio of sums, delta method with covariance, Student's t with {:.0} degrees of freedom", interval.degrees);
    Some(Interval {
        low: rounded(interval.low)?,
        high: rounded(interval.high)?,
        level: rounded(LEVEL)?,
        standard_error: rounded(interval.standard_error)?,
        method,
        sampled,
        count,
    })
}

/// A statistic as a decimal with six places: the one way from floating point into a report.
fn rounded(value: f64) -> Option<Amount> {
    value.is_finite().then(|| format!("{value:.6}").parse().ok())?
}
