use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Totals;
use crate::exact::{count, fraction, to_float};
use crate::observation::VARIABLES;
use crate::statistics::{PairMoments, cluster_bootstrap, ratio_interval};

/// A decision's cost for one unit of each variable of [`Totals::cross`].
pub(super) type Coefficients = [f64; VARIABLES];

/// Days needed before they, not single decisions, are what the interval takes as independent.
const ENOUGH_DAYS: usize = 10;
pub(super) const LEVEL: f64 = 0.95;
const REPLICATES: usize = 2_000;
const SEED: u64 = 1;
/// The place of `wrong` among the variables.
pub(super) const WRONG: usize = 8;

/// An interval of a cost per decision. Its bounds are statistics, rounded to 1e-9, and add up to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
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
    /// What was taken as independent: `days`, `decisions`, or the `cases` of an event log.
    pub sampled: &'static str,
    /// How many of them.
    pub count: u64,
    /// The same by another way; where it differs much, trust neither.
    pub check: Option<BootstrapCheck>,
    #[serde(skip)]
    pub(super) degrees: u64,
}

/// The studentised interval of a cluster bootstrap over the days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BootstrapCheck {
    /// The lower bound.
    pub low: Amount,
    /// The upper bound.
    pub high: Amount,
    /// Resamples taken.
    pub replicates: u64,
    /// The seed they were drawn with.
    pub seed: u64,
}

/// What a sum is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Per {
    Decision,
    Sound,
}

/// The interval of a sum of decisions' variables for each decision, or for each sound one.
///
/// With at least ten days, days are the clusters: decisions of one day share its backlog, its incidents and its staff, so taking
/// them as independent would make the interval too short. With fewer days, decisions are taken as independent.
pub(super) fn interval(
    days: &BTreeMap<NaiveDate, Totals>,
    totals: &Totals,
    coefficients: &Coefficients,
    per: Per,
) -> Option<Interval> {
    let Some(pairs) = pairs_of_days(days, coefficients, per) else {
        return shown(&moments_of_decisions(totals, coefficients, per == Per::Sound)?, "decisions", None);
    };
    let check = cluster_bootstrap(&pairs, LEVEL, REPLICATES, SEED).and_then(|found| {
        let (low, high) = (rounded(found.low)?, rounded(found.high)?);
        Some(BootstrapCheck { low, high, replicates: found.replicates as u64, seed: SEED })
    });
    shown(&PairMoments::of(&pairs)?, "days", check)
}

/// Its bounds alone, without the check.
pub(super) fn bounds(
    days: &BTreeMap<NaiveDate, Totals>,
    totals: &Totals,
    coefficients: &Coefficients,
) -> Option<(Amount, Amount)> {
    let moments = match pairs_of_days(days, coefficients, Per::Decision) {
        Some(pairs) => (PairMoments::of(&pairs)?, "days"),
        None => (moments_of_decisions(totals, coefficients, false)?, "decisions"),
    };
    shown(&moments.0, moments.1, None).map(|interval| (interval.low, interval.high))
}

/// The pairs (sum, count) of each day; `None` where there are too few days.
fn pairs_of_days(days: &BTreeMap<NaiveDate, Totals>, coefficients: &Coefficients, per: Per) -> Option<Vec<(f64, f64)>> {
    let observed: Vec<&Totals> = days.values().filter(|day| day.decisions() > 0).collect();
    let sum = |day: &Totals| day.sums().iter().zip(coefficients).map(|(sum, each)| sum * each).sum::<f64>();
    let of = |day: &Totals| if per == Per::Sound { day.sound() } else { day.decisions() };
    (observed.len() >= ENOUGH_DAYS).then(|| observed.iter().map(|day| (sum(day), of(day) as f64)).collect())
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

fn shown(moments: &PairMoments, sampled: &'static str, check: Option<BootstrapCheck>) -> Option<Interval> {
    let (found, name) = ratio_interval(moments, LEVEL)?;
    Some(Interval {
        low: rounded(found.low)?,
        high: rounded(found.high)?,
        level: rounded(LEVEL)?,
        standard_error: rounded(found.standard_error)?,
        method: format!("ratio of sums, {name}, Student's t with {:.0} degrees of freedom", found.degrees),
        sampled,
        count: moments.count as u64,
        check,
        degrees: found.degrees as u64,
    })
}

/// A statistic as a decimal with nine places: the one way from floating point into a report.
pub(crate) fn rounded(value: f64) -> Option<Amount> {
    value.is_finite().then(|| format!("{value:.9}").parse().ok())?
}
