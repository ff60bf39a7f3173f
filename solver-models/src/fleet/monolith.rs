//! The small case: the whole program at once in HiGHS, and the reading of its status.

use std::collections::BTreeMap;
use std::time::Duration;

use highs::SolvedModel;

use super::data::Instance;
use super::formulation::{Variables, formulate};
use super::solution::{Method, Outcome, Plan};
use super::{SolveError, finish, shortage};
use crate::program;

/// Solves `instance` as one program within `seconds`.
///
/// `Ok(None)` says that HiGHS found no plan in that time and proved nothing either.
pub(super) fn solve(instance: &Instance, time: Duration, gap: f64) -> Result<Option<Outcome>, SolveError> {
    let (model, variables) = formulate(instance);
    let solved = run(model, time, gap)?;
    match read_status(&solved)? {
        Found::Infeasible => shortage::explain(instance).map(|s| Some(Outcome::infeasible(instance, Method::Monolithic, s))),
        Found::Nothing => Ok(None),
        Found::Plan { bound } => {
            let plan = extract(instance, &variables, solved.get_solution().columns());
            finish(instance, Method::Monolithic, plan, bound, gap).map(Some)
        }
    }
}

/// Runs HiGHS within these limits.
pub(super) fn run(model: highs::Model, time: Duration, gap: f64) -> Result<SolvedModel, SolveError> {
    program::settle(model, &program::Limits { time_limit: time, gap }).map_err(SolveError::Solver)
}

/// What a run of HiGHS established.
pub(super) enum Found {
    /// A feasible point and a proven lower bound.
    Plan { bound: f64 },
    /// There is no feasible point.
    Infeasible,
    /// The limit came first.
    Nothing,
}

/// Reads the status before anything else. An unknown one is an error, never a plan.
pub(super) fn read_status(solved: &SolvedModel) -> Result<Found, SolveError> {
    match program::read_status(solved) {
        // The objective cannot fall below zero, so what may be unbounded is infeasible.
        program::Found::Infeasible | program::Found::NoBound => Ok(Found::Infeasible),
        program::Found::Point => Ok(Found::Plan { bound: proven_bound(solved) }),
        program::Found::Nothing => Ok(Found::Nothing),
        program::Found::Failed(status) => Err(SolveError::Solver(format!("it ended with the status {status:?}"))),
    }
}

fn proven_bound(solved: &SolvedModel) -> f64 {
    // Costs are never negative, so zero is a bound where the solver has none.
    solved.double_info_value(c"mip_dual_bound").ok().filter(|b| b.is_finite()).unwrap_or(0.0).max(0.0)
}

/// Rounds the integer columns. The spend commitment is left to the exact purchase that follows.
fn extract(instance: &Instance, variables: &Variables, values: &[f64]) -> Plan {
    let whole = |index: usize| values[index].round().max(0.0) as u32;
    let mut plan = Plan::empty(instance);
    for (replicas, types) in plan.replicas.iter_mut().zip(&variables.replicas) {
        let used = types.iter().enumerate().filter_map(|(i, hours)| hours.as_ref().map(|h| (i, h)));
        let used = used.map(|(i, hours)| (i, hours.iter().map(|column| whole(column.index)).collect::<Vec<u32>>()));
        *replicas = used.filter(|(_, hours)| hours.iter().any(|n| *n > 0)).collect::<BTreeMap<_, _>>();
    }
    plan.commit = variables.commit.iter().map(|column| column.map_or(0, |c| whole(c.index))).collect();
    plan
}
