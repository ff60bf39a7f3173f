//! The way to HiGHS and back, and the one reading of its status.

use std::time::{Duration, Instant};

use highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, Sense, SolvedModel};
use serde::Serialize;
use utoipa::ToSchema;

use super::Program;

/// Nodes of a search tree that a program may have unless it is said otherwise.
pub const USUAL_NODES: u32 = 20_000;

/// When to stop. Gap and nodes stop every machine at the same answer; the time is there so that none waits for ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Wall time; the best answer by then is returned.
    pub time_limit: Duration,
    /// Relative gap that is good enough; 0 asks for the optimum.
    pub gap: f64,
    /// Most nodes of the search tree of one program; 0 for as many as the time allows.
    pub nodes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time_limit: Duration::from_secs(60), gap: 0.0, nodes: USUAL_NODES }
    }
}

impl Limits {
    /// Refuses limits that make no sense.
    ///
    /// # Errors
    /// [`ProgramError::Limits`]
    pub fn check(&self) -> Result<(), ProgramError> {
        if !(0.0..1.0).contains(&self.gap) {
            return Err(ProgramError::Limits("the gap must be from 0 to below 1 (0.001 is a tenth of a percent)"));
        }
        if self.time_limit.is_zero() {
            return Err(ProgramError::Limits("the time limit must be above 0"));
        }
        Ok(())
    }

    /// The same limits for what is left of the time since `start`; `None` where nothing is.
    pub fn rest(&self, start: Instant) -> Option<Self> {
        let left = self.time_limit.checked_sub(start.elapsed()).filter(|left| !left.is_zero())?;
        Some(Self { time_limit: left, ..*self })
    }
}

/// What is proven about an answer. A limit that was reached is never called optimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ModelStatus)]
pub enum Status {
    /// Nothing is better (gap at most 1e-9).
    Optimal,
    /// Proven to be within the gap that was asked for.
    GapLimit,
    /// Stopped by the time limit with a larger gap: another machine may come to another answer.
    TimeLimit,
    /// All the work that was allowed is done, with a larger gap: every machine comes to this answer.
    WorkLimit,
    /// Feasible and priced as the provider would, which the bound's model can only approach from below; the gap says how near.
    Feasible,
    /// Nothing satisfies every constraint; the relaxations say what would help.
    Infeasible,
    /// The objective falls without end: a limit is missing.
    Unbounded,
}

/// The gap below which an answer counts as optimal: the noise of the solver's own arithmetic.
pub const OPTIMAL_GAP: f64 = 1e-9;

/// The relative distance between an objective and its bound: (objective − bound) ÷ |objective|, 0 where they are equal.
pub fn relative_gap(objective: f64, bound: f64) -> f64 {
    let distance = (objective - bound).max(0.0);
    if distance == 0.0 { 0.0 } else { distance / objective.abs().max(f64::MIN_POSITIVE) }
}

impl Status {
    /// The status of a feasible answer with a proven `gap`, where `asked` was asked for.
    pub fn of_gap(gap: f64, asked: f64) -> Self {
        match gap {
            g if g <= OPTIMAL_GAP => Self::Optimal,
            g if g <= asked => Self::GapLimit,
            _ => Self::TimeLimit,
        }
    }
}

/// Why there is no answer. Infeasible and unbounded programs are answers, not errors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// The limits make no sense.
    #[error("limits: {0}")]
    Limits(&'static str),
    /// The solver failed.
    #[error("the solver failed on {program}: {why}; this is a defect, please report it with the instance")]
    Solver {
        /// Name of the program.
        program: String,
        /// What it said.
        why: String,
    },
    /// Nothing was found in time.
    #[error("no answer was found within {0:?}; give it more time")]
    OutOfTime(Duration),
    /// The verifier refused the solver's answer.
    #[error("the answer did not pass verification: {0}; this is a defect, please report it with the instance")]
    Refused(String),
}

/// A point and what is proven about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Solved {
    /// Optimal, gap limit or time limit.
    pub status: Status,
    /// By column.
    pub values: Vec<f64>,
    /// The objective at the point, its constant included.
    pub objective: f64,
    /// Proven lower bound on the objective, −∞ where nothing is known.
    pub bound: f64,
}

impl Solved {
    /// The value of a column.
    pub fn value(&self, column: super::Column) -> f64 {
        self.values[column.0]
    }

    /// The value of a column of whole numbers that are not negative.
    pub fn whole(&self, column: super::Column) -> u32 {
        // A value of the solver is within its tolerance of a whole number.
        self.values[column.0].round().max(0.0) as u32
    }

    /// Whether a column of 0 and 1 is 1.
    pub fn chosen(&self, column: super::Column) -> bool {
        self.values[column.0] > 0.5
    }
}

/// What a program has for an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A feasible point.
    Solved(Solved),
    /// There is none.
    Infeasible,
    /// The objective falls without end.
    Unbounded,
}

impl Answer {
    /// The status.
    pub fn status(&self) -> Status {
        match self {
            Self::Solved(solved) => solved.status,
            Self::Infeasible => Status::Infeasible,
            Self::Unbounded => Status::Unbounded,
        }
    }

    /// The feasible point, where there is one.
    pub fn solved(self) -> Option<Solved> {
        match self {
            Self::Solved(solved) => Some(solved),
            Self::Infeasible | Self::Unbounded => None,
        }
    }
}

/// The answer of a solve that may be left out: `None` where its time did not suffice.
pub(crate) fn in_time<T>(result: Result<T, ProgramError>) -> Result<Option<T>, ProgramError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(ProgramError::OutOfTime(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Program {
    /// Solves the program in HiGHS with one thread and a fixed seed, so that two runs are equal as long as the time limit does not bite.
    ///
    /// "Unbounded or infeasible", which presolve may say, is told apart by asking for any feasible point.
    ///
    /// # Errors
    /// [`ProgramError`]: nothing found in time, or a failure of the solver.
    pub fn solve(&self, limits: &Limits) -> Result<Answer, ProgramError> {
        limits.check()?;
        let solved = self.run(limits, true)?;
        match read_status(&solved) {
            Found::Point => Ok(Answer::Solved(self.read_point(&solved, limits))),
            Found::Infeasible => Ok(Answer::Infeasible),
            Found::NoBound => match read_status(&self.run(limits, false)?) {
                Found::Point => Ok(Answer::Unbounded),
                Found::Infeasible => Ok(Answer::Infeasible),
                _ => Err(ProgramError::OutOfTime(limits.time_limit)),
            },
            // So many nodes were not enough for any point: then as many as the time allows.
            Found::Nothing if limits.nodes > 0 => self.solve(&Limits { nodes: 0, ..*limits }),
            Found::Nothing => Err(ProgramError::OutOfTime(limits.time_limit)),
            Found::Failed(status) => Err(self.failed(format!("it ended with the status {status:?}"))),
        }
    }

    pub(super) fn failed(&self, why: String) -> ProgramError {
        ProgramError::Solver { program: self.name.clone(), why }
    }

    pub(super) fn run(&self, limits: &Limits, costs: bool) -> Result<SolvedModel, ProgramError> {
        let mut problem = RowProblem::default();
        let columns: Vec<highs::Col> = self
            .columns
            .iter()
            .map(|c| problem.add_column_with_integrality(if costs { c.cost } else { 0.0 }, c.lower..=c.upper, c.integer))
            .collect();
        for row in &self.rows {
            problem.add_row(row.lower..=row.upper, row.terms.iter().map(|(c, a)| (columns[c.0], *a)));
        }
        let model = problem.try_optimise(Sense::Minimise).map_err(|s| self.failed(format!("it was refused: {s:?}")))?;
        settle(model, limits).map_err(|why| self.failed(why))
    }

    fn read_point(&self, solved: &SolvedModel, limits: &Limits) -> Solved {
        let mut values = solved.get_solution().columns().to_vec();
        for (value, column) in values.iter_mut().zip(&self.columns) {
            if column.integer {
                *value = value.round();
            }
        }
        let objective = self.objective_at(&values);
        let complete = solved.status() == HighsModelStatus::Optimal;
        let bound = if self.has_integers() {
            let bound = solved.double_info_value(c"mip_dual_bound").ok().filter(|b| b.is_finite());
            bound.map_or(f64::NEG_INFINITY, |b| b + self.constant)
        } else if complete {
            objective
        } else {
            f64::NEG_INFINITY
        };
        // A bound a hair above the objective is arithmetic, not knowledge.
        let bound = bound.min(objective);
        let gap = relative_gap(objective, bound);
        // HiGHS ends with "optimal" at the gap it was given, and its absolute tolerances leave noise on small objectives.
        let noise = complete && limits.gap == 0.0 && (objective - bound) <= 1e-6 * objective.abs().max(1.0);
        let status = match Status::of_gap(gap, limits.gap) {
            _ if noise => Status::Optimal,
            Status::TimeLimit if solved.status() == HighsModelStatus::ReachedSolutionLimit => Status::WorkLimit,
            status => status,
        };
        Solved { status, values, objective, bound }
    }
}

/// Runs HiGHS with everything that makes two runs equal: one thread, a fixed seed, and the limits always set. The error is its reason.
pub(crate) fn settle(mut model: highs::Model, limits: &Limits) -> Result<SolvedModel, String> {
    model.make_quiet();
    let options = |model: &mut highs::Model| {
        model.try_set_option("threads", 1)?;
        model.try_set_option("parallel", "off")?;
        model.try_set_option("random_seed", 1)?;
        model.try_set_option("time_limit", limits.time_limit.as_secs_f64())?;
        model.try_set_option("mip_rel_gap", limits.gap)?;
        model.try_set_option("mip_abs_gap", 0.0)?;
        if limits.nodes > 0 { model.try_set_option("mip_max_nodes", limits.nodes.min(i32::MAX as u32) as i32) } else { Ok(()) }
    };
    options(&mut model).map_err(|_| "an option was refused".to_owned())?;
    model.try_solve().map_err(|status| format!("the program was refused: {status:?}"))
}

/// What a run of HiGHS established.
pub(crate) enum Found {
    /// A feasible point; how good it is the bound says.
    Point,
    /// There is none.
    Infeasible,
    /// Unbounded, or unbounded or infeasible.
    NoBound,
    /// A limit came first.
    Nothing,
    /// It gave up.
    Failed(HighsModelStatus),
}

/// Reads the status before anything else. Every status has its own answer; an unknown one is an error, never an answer.
pub(crate) fn read_status(solved: &SolvedModel) -> Found {
    use HighsModelStatus as S;
    let feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    match solved.status() {
        S::Infeasible => Found::Infeasible,
        S::Unbounded | S::UnboundedOrInfeasible => Found::NoBound,
        // A program without rows is "empty": its columns are at their best bounds.
        S::Optimal | S::ModelEmpty | S::ObjectiveBound | S::ObjectiveTarget if feasible => Found::Point,
        S::ModelEmpty => Found::Point,
        S::ReachedTimeLimit
        | S::ReachedIterationLimit
        | S::ReachedSolutionLimit
        | S::ReachedInterrupt
        | S::ReachedMemoryLimit => {
            if feasible {
                Found::Point
            } else {
                Found::Nothing
            }
        }
        status => Found::Failed(status),
    }
}
