//! The same question asked at earlier days, with what was known then.

use serde::Serialize;

use super::{COVERAGE, DailySeries, Fit};
use crate::quantile;

/// Days that a first forecast needs.
pub(super) const TRAINING: usize = 21;
/// Fewer answers than this say nothing.
const FEWEST: usize = 8;
/// The latest answers that are looked at.
const MOST: usize = 120;

/// How the method would have done at earlier days, each time for as many days ahead as now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackTest {
    /// Days ahead.
    pub horizon: usize,
    /// How many earlier days it was asked at.
    pub origins: usize,
    /// Mean absolute error of the sum in percent of what came; `None` where nothing came.
    pub mape: Option<f64>,
    /// The same of repeating the last week.
    pub naive_mape: Option<f64>,
    /// The share of answers whose interval, as it would have been given then, held what came.
    pub coverage: f64,
}

/// A back-test, and how wide intervals have to be.
pub(super) struct Tested {
    pub report: BackTest,
    /// What 95 % of the answers were off by at most; 0 where too few days were asked at.
    pub off_by: f64,
}

struct Answer {
    origin: usize,
    /// Half of the model's own interval.
    half: f64,
    error: f64,
    naive_error: f64,
    came: f64,
}

/// `None` where history is too short.
pub(super) fn run(series: &DailySeries, horizon: usize) -> Option<Tested> {
    let values = &series.values;
    let last = values.len().checked_sub(horizon)?;
    if horizon == 0 || last < TRAINING + FEWEST - 1 {
        return None;
    }
    let answers: Vec<Answer> = (TRAINING.max((last + 1).saturating_sub(MOST))..=last)
        .filter_map(|origin| {
            let fit = Fit::of(&values[..origin], series.first);
            let came: f64 = values[origin..origin + horizon].iter().sum();
            let naive: f64 = (0..horizon).map(|ahead| values[origin - 7 + ahead % 7]).sum();
            let half = fit.half(horizon)?;
            let error = fit.ahead(horizon).iter().sum::<f64>() - came;
            Some(Answer { origin, half, error, naive_error: naive - came, came })
        })
        .collect();
    let half = |answer: &Answer| answer.half.max(off_by(&answers, answer.origin, horizon));
    let held = answers.iter().filter(|answer| answer.error.abs() <= half(answer) + 1e-9);
    Some(Tested {
        off_by: off_by(&answers, usize::MAX, 0),
        report: BackTest {
            horizon,
            origins: answers.len(),
            mape: mape(answers.iter().map(|answer| (answer.error, answer.came))),
            naive_mape: mape(answers.iter().map(|answer| (answer.naive_error, answer.came))),
            coverage: held.count() as f64 / answers.len() as f64,
        },
    })
}

/// Mean absolute percentage error; answers to which nothing came are left out.
fn mape(errors: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let shares: Vec<f64> = errors.filter(|(_, came)| came.abs() > 1e-9).map(|(error, came)| (error / came).abs()).collect();
    (!shares.is_empty()).then(|| 100.0 * shares.iter().sum::<f64>() / shares.len() as f64)
}

/// What 95 % of the answers whose days were over at `origin` were off by at most; 0 where they are too few to tell.
fn off_by(answers: &[Answer], origin: usize, horizon: usize) -> f64 {
    let over = answers.iter().filter(|answer| answer.origin.saturating_add(horizon) <= origin);
    let errors: Vec<f64> = over.map(|answer| answer.error.abs()).collect();
    match errors.len() {
        FEWEST.. => quantile(&errors, COVERAGE).unwrap_or(0.0),
        _ => 0.0,
    }
}
