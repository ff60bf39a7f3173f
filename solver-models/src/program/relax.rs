//! What to relax where a program cannot be met: the least, in the words of who wrote the constraint.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, Limits, Program, ProgramError, Row};

/// How a row may give way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Relaxable {
    words: String,
    unit: String,
    weight: f64,
}

/// One constraint that must give way, and by how much.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = PlanRelaxation)]
pub struct Relaxation {
    /// The constraint in the user's words: `budget`, `team data science, quarter 2`.
    pub constraint: String,
    /// What it is now.
    pub limit: f64,
    /// What it would have to be.
    pub needed: f64,
    /// Unit of both.
    pub unit: String,
}

impl std::fmt::Display for Relaxation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = if self.needed > self.limit { "raise" } else { "lower" };
        write!(f, "{verb} {} from {} to {} {}", self.constraint, self.limit, self.needed, self.unit)
    }
}

impl Program {
    /// Says that a row may give way when the program cannot be met: `words` name it to the user, `weight` is the price of one unit.
    pub fn relaxable(&mut self, row: Row, words: impl Into<String>, unit: impl Into<String>, weight: f64) {
        self.rows[row.0].relaxable = Some(Relaxable { words: words.into(), unit: unit.into(), weight });
    }

    /// The relaxations that, together, cost least by their weights and make the program feasible; empty where it is feasible already.
    /// `None`: no relaxation of these rows helps.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub fn least_relaxation(&self, limits: &Limits) -> Result<Option<Vec<Relaxation>>, ProgramError> {
        let mut elastic = self.clone();
        elastic.constant = 0.0;
        elastic.columns.iter_mut().for_each(|c| c.cost = 0.0);
        let mut slacks = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let Some(relaxable) = &row.relaxable else { continue };
            for (bound, sign) in [(row.lower, 1.0), (row.upper, -1.0)] {
                if bound.is_finite() {
                    let slack = elastic.column(format!("slack {at}"), relaxable.weight, 0.0, f64::INFINITY);
                    elastic.rows[at].terms.push((slack, sign));
                    slacks.push((relaxable, slack, bound, sign));
                }
            }
        }
        let Answer::Solved(solved) = elastic.solve(limits)? else { return Ok(None) };
        let needed = |(relaxable, slack, limit, sign): (&Relaxable, super::Column, f64, f64)| {
            let by = solved.value(slack);
            // Below the solver's tolerance is noise.
            (by > 1e-6 * limit.abs().max(1.0)).then(|| Relaxation {
                constraint: relaxable.words.clone(),
                limit,
                needed: tidy(limit - sign * by),
                unit: relaxable.unit.clone(),
            })
        };
        Ok(Some(slacks.into_iter().filter_map(needed).collect()))
    }
}

/// Six decimals are what the solver's tolerance leaves.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
