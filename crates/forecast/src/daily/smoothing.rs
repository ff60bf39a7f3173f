//! ETS(A,N,A) with a season of a week, and ETS(A,N,N) where there are fewer than two of them.

/// Days of a season.
const WEEK: usize = 7;
/// Days that the first states are made from.
const START: usize = 2 * WEEK;
/// How fast the level follows.
const ALPHAS: [f64; 6] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.7];
/// How fast the season follows.
const GAMMAS: [f64; 4] = [0.0, 0.05, 0.15, 0.3];

/// A smoothed series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Smoothing {
    level: f64,
    /// What the next seven days have beside the level, the next day first; empty without a season.
    season: Vec<f64>,
    alpha: f64,
    gamma: f64,
    /// The variance of the error of one step; `None` where too few steps were made.
    variance: Option<f64>,
}

impl Smoothing {
    /// The smoothing with the least squared error of one step.
    pub fn of(values: &[f64]) -> Self {
        let gammas: &[f64] = if values.len() < START { &GAMMAS[..1] } else { &GAMMAS };
        let mut best: Option<(f64, Self)> = None;
        for &alpha in &ALPHAS {
            for &gamma in gammas {
                let (error, smoothing) = Self::with(values, alpha, gamma);
                if best.as_ref().is_none_or(|(least, _)| error < *least) {
                    best = Some((error, smoothing));
                }
            }
        }
        best.map(|(_, smoothing)| smoothing).expect("there are parameters to try")
    }

    /// Smooths with these parameters; gives the sum of squared errors too.
    fn with(values: &[f64], alpha: f64, gamma: f64) -> (f64, Self) {
        let (mut level, mut season) = start(values);
        let mut errors = 0.0;
        for (at, value) in values.iter().enumerate() {
            let of_day = if season.is_empty() { 0.0 } else { season[at % WEEK] };
            let error = value - level - of_day;
            errors += error * error;
            level += alpha * error;
            if !season.is_empty() {
                season[at % WEEK] += gamma * error;
            }
        }
        // Level and season have used up as many days; the parameters are two more.
        let free = values.len().saturating_sub(if season.is_empty() { 2 } else { 1 + WEEK + 2 });
        let variance = (free >= WEEK).then(|| errors / free as f64);
        if !season.is_empty() {
            season.rotate_left(values.len() % WEEK);
        }
        (errors, Self { level, season, alpha, gamma, variance })
    }

    pub fn has_season(&self) -> bool {
        !self.season.is_empty()
    }

    /// The day so many days after the next.
    pub fn ahead(&self, days: usize) -> f64 {
        self.level + if self.season.is_empty() { 0.0 } else { self.season[days % WEEK] }
    }

    /// The standard deviation of the error of the sum of the next `days`.
    ///
    /// An error of day j stays in the level, and in the season of its weekday: it is in the sum once by itself, α times for each day
    /// after it, and γ times for each week after it. So Var = σ² Σⱼ (1 + α (h − j) + γ ⌊(h − j) ÷ 7⌋)², j = 1 … h.
    pub fn deviation_of_sum(&self, days: usize) -> Option<f64> {
        self.deviation_of_span(0, days)
    }

    /// The same of `days` days that come after `skipped` others. An error of a skipped day is in the sum by what stays of it: α for each
    /// day, and γ for each of its weekday.
    pub fn deviation_of_span(&self, skipped: usize, days: usize) -> Option<f64> {
        // Of an error that is followed by so many days: what it does to all of them.
        let weight = |after: usize| 1.0 + self.alpha * after as f64 + self.gamma * (after / WEEK) as f64;
        let of_span = (0..days).map(weight);
        let of_skipped = (0..skipped).map(|between| weight(between + days) - weight(between));
        let weights: f64 = of_span.chain(of_skipped).map(|weight| weight * weight).sum();
        self.variance.map(|variance| (variance * weights).sqrt())
    }
}

/// The level and season of the first two weeks; of fewer days only the level.
fn start(values: &[f64]) -> (f64, Vec<f64>) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    if values.len() < START {
        return (mean(values), Vec::new());
    }
    let level = mean(&values[..START]);
    let season = (0..WEEK).map(|day| (values[day] + values[day + WEEK]) / 2.0 - level).collect();
    (level, season)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_that_repeats_is_known_from_the_first_error_on() {
        let values: Vec<f64> = (0..40).map(|at| [10.0, 20.0, 30.0, 40.0, 50.0, 5.0, 6.0][at % 7]).collect();
        let smoothing = Smoothing::of(&values);
        let ahead: Vec<f64> = (0..9).map(|day| smoothing.ahead(day)).collect();
        let next: Vec<f64> = (40..49).map(|at| [10.0, 20.0, 30.0, 40.0, 50.0, 5.0, 6.0][at % 7]).collect();
        assert!(ahead.iter().zip(&next).all(|(a, b)| (a - b).abs() < 1e-9), "{ahead:?}");
        assert!(smoothing.deviation_of_sum(20).unwrap() < 1e-9);
    }

    #[test]
    fn the_recursion_is_that_of_the_book() {
        // Two weeks of 1, then 8: the error is 7, the level 1 + 0.1 × 7, and the season of that weekday 0.3 × 7.
        let values: Vec<f64> = std::iter::repeat_n(1.0, 14).chain([8.0]).collect();
        let (errors, smoothing) = Smoothing::with(&values, 0.1, 0.3);
        assert!((errors - 49.0).abs() < 1e-12);
        assert!((smoothing.ahead(0) - 1.7).abs() < 1e-12 && (smoothing.ahead(6) - 3.8).abs() < 1e-12);
    }

    #[test]
    fn an_error_grows_with_the_days_that_it_stays_in() {
        let smoothing = Smoothing { level: 0.0, season: vec![0.0; 7], alpha: 0.5, gamma: 0.0, variance: Some(4.0) };
        // 2 × √(1² + 1.5² + 2²)
        assert!((smoothing.deviation_of_sum(3).unwrap() - 2.0 * 7.25_f64.sqrt()).abs() < 1e-12);
        assert_eq!(smoothing.deviation_of_sum(0), Some(0.0));
        // Two days after one: 2 × √(1² + 1.5² + (2 × 0.5)²), the last for the error of the day that is skipped.
        assert!((smoothing.deviation_of_span(1, 2).unwrap() - 2.0 * 4.25_f64.sqrt()).abs() < 1e-12);
    }
}
