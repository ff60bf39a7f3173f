//! The small case: the whole program at once in HiGHS, and the reading of its status.

use std::collections::BTreeMap;

use highs::{HighsModelStatus, SolvedModel};

use super::data::Instance;
use super::formulation::{Variables, formulate};
use super::solution::{Method, Outcome, Plan};
use super::{Limits, SolveError, finish, shortage};
use crate::program;

/// Solves `instance` as one program.
///
/// `Ok(None)` says that HiGHS found no plan in that time and proved nothing either.
pub(super) fn solve(instance: &Instance, limits: &Limits) -> Result<Option<Outcome>, SolveError> {
    let (model, variables) = formulate(instance);
    let solved = run(model, &limits.of_program())?;
    match read_status(&solved)? {
        Found::Infeasible => shortage::explain(instance).map(|s| Some(Outcome::infeasible(instance, Method::Monolithic, s))),
        Found::Nothing => Ok(None),
        Found::Plan { bound } => {
            let plan = extract(instance, &variables, solved.get_solution().columns());
            let outcome = finish(instance, Method::Monolithic, plan, bound, limits.gap)?;
            let all_nodes = solved.status() == HighsModelStatus::ReachedSolutionLimit;
            Ok(Some(if all_nodes { outcome.after_all_work() } else { outcome }))
        }
    }
}

/// Solves `instance` with every term as one program; where it cannot be met, says what has to give way.
pub(super) fn solve_with_terms(instance: &Instance, limits: &Limits) -> Result<Option<Outcome>, SolveError> {
    let failed = |error: program::ProgramError| SolveError::Solver(error.to_string());
    let limits = limits.of_program();
    let formulated = super::program::whole(instance);
    let solved = match program::in_time(formulated.program.solve(&limits)).map_err(failed)? {
        None => return Ok(None),
        Some(program::Answer::Solved(solved)) => solved,
        Some(_) => {
            let shortages = shortage::explain(instance)?;
            let outcome = Outcome::infeasible(instance, Method::Monolithic, shortages);
            // What is missing without the terms is said by the hour; else the terms have to give way.
            let relaxations =
                if outcome.shortages.is_empty() { formulated.program.least_relaxation(&limits).map_err(failed)? } else { None };
            return Ok(Some(outcome.with_relaxations(relaxations.unwrap_or_default())));
        }
    };
    let scope = super::program::Scope {
        workloads: (0..instance.workloads().len()).collect(),
        hours: 0..instance.hours(),
        payment: super::program::Payment::Buy,
    };
    let mut plan = Plan::empty(instance);
    formulated.read_replicas(&scope, &solved.values, &mut plan, instance.hours());
    plan.commit = formulated.commit.iter().map(|column| column.map_or(0, |c| solved.whole(c))).collect();
    let outcome = finish(instance, Method::Monolithic, plan, solved.bound.max(0.0), limits.gap)?;
    Ok(Some(if solved.status == program::Status::WorkLimit { outcome.after_all_work() } else { outcome }))
}

/// Runs HiGHS within these limits.
pub(super) fn run(model: highs::Model, limits: &program::Limits) -> Result<SolvedModel, SolveError> {
    program::settle(model, limits).map_err(SolveError::Solver)
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
