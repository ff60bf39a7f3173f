//! Service parameters from measured latencies: the least squares fit of α, β and γ.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{RequestSize, ServiceTime};

/// A measurement: what requests of one size took while so many were in the batch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Mean requests in the batch.
    pub batch: f64,
    /// Mean tokens of the prompts.
    pub input_tokens: f64,
    /// Mean tokens of the answers.
    pub output_tokens: f64,
    /// Mean time between tokens, in milliseconds.
    pub inter_token_latency_ms: f64,
}

/// A fit and how good it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Calibration {
    /// Milliseconds of an iteration.
    pub alpha: f64,
    /// Milliseconds more for each token computed.
    pub beta: f64,
    /// Milliseconds more for each token in memory.
    pub gamma: f64,
    /// Measurements behind it.
    pub measurements: usize,
    /// Root of the mean squared difference between measured and fitted, in milliseconds.
    pub root_mean_square_error_ms: f64,
    /// Mean of the differences' size as a share of what was measured.
    pub mean_relative_error: f64,
    /// The worst of them.
    pub worst_relative_error: f64,
}

/// Why there is no fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// Too few measurements.
    #[error("{0} measurements do not determine three parameters; at least 4 are needed, of different batches and request sizes")]
    TooFew(usize),
    /// A measurement that is none.
    #[error("measurement {index}: {what} is {value}; it must be {range}")]
    NotAMeasurement {
        /// Which, from 0.
        index: usize,
        /// The field.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is accepted.
        range: &'static str,
    },
    /// The measurements are too much alike.
    #[error(
        "the measurements do not tell the parameters apart; measure at other batch sizes and other lengths of prompts and answers"
    )]
    Alike,
    /// Latency does not depend on the batch as the model says.
    #[error(
        "the best fit has no iteration time above 0: the measurements contradict the model, look for one that was taken otherwise"
    )]
    Contradiction,
}

impl Calibration {
    /// The parameters as the queue and the twin take them.
    pub fn service_time(&self) -> ServiceTime {
        ServiceTime::Iteration { alpha: self.alpha, beta: self.beta, gamma: self.gamma }
    }
}

/// Fits α, β, γ of [`ServiceTime::Iteration`] to measured times between tokens.
///
/// The time is linear in the parameters: α + β·(n·(in + out) ÷ (out + 1) + 1) + γ·(n + 1)·(in + out ÷ 2). The relative error is
/// what is minimised, because latencies of small and large batches differ by orders of magnitude and both count. A parameter that
/// would be negative is 0, and the others are fitted again without it (the active set of a non-negative least squares fit with
/// three unknowns, Lawson and Hanson, *Solving Least Squares Problems*, 1974, chapter 23, all sets tried).
///
/// # Errors
/// [`CalibrationError`] where the measurements do not determine the parameters.
pub fn calibrate(measurements: &[Measurement]) -> Result<Calibration, CalibrationError> {
    if measurements.len() < 4 {
        return Err(CalibrationError::TooFew(measurements.len()));
    }
    measurements.iter().enumerate().try_for_each(|(index, m)| check(index, m))?;
    let rows: Vec<[f64; 3]> = measurements.iter().map(|m| factors(m).map(|x| x / m.inter_token_latency_ms)).collect();
    if solve(&rows, [true; 3]).is_none() {
        return Err(CalibrationError::Alike);
    }
    let sets = (0..4_u8).map(|set| [true, set & 1 == 0, set & 2 == 0]);
    let fits = sets.filter_map(|set| solve(&rows, set)).filter(|fit| fit[0] > 0.0 && fit[1] >= 0.0 && fit[2] >= 0.0);
    let error = |fit: &[f64; 3]| rows.iter().map(|row| (dot(row, fit) - 1.0).powi(2)).sum::<f64>();
    let best = fits.min_by(|a, b| error(a).total_cmp(&error(b))).ok_or(CalibrationError::Contradiction)?;
    let count = measurements.len() as f64;
    let relative = rows.iter().map(|row| (dot(row, &best) - 1.0).abs());
    let squares = measurements.iter().map(|m| (dot(&factors(m), &best) - m.inter_token_latency_ms).powi(2));
    Ok(Calibration {
        alpha: best[0],
        beta: best[1],
        gamma: best[2],
        measurements: measurements.len(),
        root_mean_square_error_ms: (squares.sum::<f64>() / count).sqrt(),
        mean_relative_error: relative.clone().sum::<f64>() / count,
        worst_relative_error: relative.fold(0.0, f64::max),
    })
}

fn check(index: usize, m: &Measurement) -> Result<(), CalibrationError> {
    let fields = [
        ("batch", m.batch, m.batch > 0.0, "above 0"),
        ("input_tokens", m.input_tokens, m.input_tokens >= 0.0, "at least 0"),
        ("output_tokens", m.output_tokens, m.output_tokens >= 1.0, "at least 1"),
        ("inter_token_latency_ms", m.inter_token_latency_ms, m.inter_token_latency_ms > 0.0, "above 0"),
    ];
    fields.into_iter().try_for_each(|(what, value, ok, range)| {
        if ok && value.is_finite() { Ok(()) } else { Err(CalibrationError::NotAMeasurement { index, what, value, range }) }
    })
}

/// What α, β and γ are multiplied by in the time between tokens.
fn factors(m: &Measurement) -> [f64; 3] {
    let size = RequestSize { input_tokens: m.input_tokens, output_tokens: m.output_tokens };
    let at = |alpha, beta, gamma| ServiceTime::Iteration { alpha, beta, gamma }.decode_time(&size, m.batch);
    [at(1.0, 0.0, 0.0), at(0.0, 1.0, 0.0), at(0.0, 0.0, 1.0)]
}

fn dot(row: &[f64; 3], fit: &[f64; 3]) -> f64 {
    row.iter().zip(fit).map(|(x, parameter)| x * parameter).sum()
}

/// The least squares solution of rows · fit = 1 over the parameters in use, the others 0: by orthogonal columns (modified
/// Gram–Schmidt), which does not square the condition number. `None` where a column is a combination of those before it.
fn solve(rows: &[[f64; 3]], used: [bool; 3]) -> Option<[f64; 3]> {
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut upper: Vec<Vec<f64>> = Vec::new();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let indexes: Vec<usize> = (0..3).filter(|i| used[*i]).collect();
    for &index in &indexes {
        let mut column: Vec<f64> = rows.iter().map(|row| row[index]).collect();
        let length = product(&column, &column).sqrt();
        let mut entries = Vec::new();
        for earlier in &columns {
            let along = product(earlier, &column);
            column.iter_mut().zip(earlier).for_each(|(x, e)| *x -= along * e);
            entries.push(along);
        }
        let rest = product(&column, &column).sqrt();
        if rest.is_nan() || rest <= 1e-9 * length {
            return None;
        }
        column.iter_mut().for_each(|x| *x /= rest);
        entries.push(rest);
        columns.push(column);
        upper.push(entries);
    }
    let mut fit = [0.0; 3];
    for at in (0..indexes.len()).rev() {
        let later: f64 = (at + 1..indexes.len()).map(|j| upper[j][at] * fit[indexes[j]]).sum();
        fit[indexes[at]] = (columns[at].iter().sum::<f64>() - later) / upper[at][at];
    }
    Some(fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const TRUE: ServiceTime = ServiceTime::Iteration { alpha: 16.78, beta: 0.073, gamma: 0.00228125 };

    fn measured(noise: f64) -> Vec<Measurement> {
        let mut random = Random::new(3, 0);
        let sizes = [(128.0, 64.0), (128.0, 1024.0), (1000.0, 200.0), (4000.0, 100.0)];
        let all = sizes.into_iter().flat_map(|size| [1.0, 4.0, 8.0, 16.0, 32.0].map(|batch| (size, batch)));
        all.map(|((input_tokens, output_tokens), batch)| {
            let exact = TRUE.decode_time(&RequestSize { input_tokens, output_tokens }, batch);
            let inter_token_latency_ms = exact * (1.0 + noise * random.normal());
            Measurement { batch, input_tokens, output_tokens, inter_token_latency_ms }
        })
        .collect()
    }

    #[test]
    fn parameters_are_found_again() {
        let fit = calibrate(&measured(0.0)).unwrap();
        for (found, known) in [(fit.alpha, 16.78), (fit.beta, 0.073), (fit.gamma, 0.00228125)] {
            assert!((found / known - 1.0).abs() < 1e-9, "{fit:?}");
        }
        assert!(fit.worst_relative_error < 1e-9 && fit.root_mean_square_error_ms < 1e-8);
    }

    #[test]
    fn the_error_of_the_fit_is_that_of_the_measurements() {
        let fit = calibrate(&measured(0.03)).unwrap();
        assert!((fit.alpha / 16.78 - 1.0).abs() < 0.05 && (fit.gamma / 0.00228125 - 1.0).abs() < 0.1, "{fit:?}");
        assert!(fit.mean_relative_error > 0.01 && fit.mean_relative_error < 0.03, "{fit:?}");
        assert!(fit.worst_relative_error >= fit.mean_relative_error && fit.measurements == 20);
    }

    #[test]
    fn a_parameter_below_zero_is_none() {
        // Latency that falls a little with the tokens in memory.
        let mut all = measured(0.0);
        for m in &mut all {
            m.inter_token_latency_ms = dot(&factors(m), &[20.0, 0.5, -1e-5]);
        }
        let fit = calibrate(&all).unwrap();
        assert_eq!(fit.gamma, 0.0);
        assert!((fit.alpha - 20.0).abs() < 0.5 && (fit.beta - 0.5).abs() < 0.01, "{fit:?}");
    }

    #[test]
    fn what_does_not_determine_the_parameters_is_refused() {
        assert_eq!(calibrate(&measured(0.0)[..3]), Err(CalibrationError::TooFew(3)));
        let same = vec![measured(0.0)[0]; 6];
        assert_eq!(calibrate(&same), Err(CalibrationError::Alike));
        let mut wrong = measured(0.0);
        wrong[2].inter_token_latency_ms = f64::NAN;
        assert!(matches!(
            calibrate(&wrong),
            Err(CalibrationError::NotAMeasurement { index: 2, what: "inter_token_latency_ms", .. })
        ));
    }
}
