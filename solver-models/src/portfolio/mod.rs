//! **Portfolio**: keep, retrain, repurpose, merge or retire every automation, within budget and what teams can do.
//!
//! `MODEL.md` beside this file states the model.

mod data;
mod formulation;
#[cfg(test)]
mod tests;
mod verify;

use std::time::Instant;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

pub use data::{Asset, Choice, Instance, Kind, Limit, MANUAL, MAX_OPTIONS, Objective, Requirement};
pub use verify::{KindScore, Scorecard, Used, verify};

use crate::program::{Answer, Limits, Program, ProgramError, Solved, Status, in_time};
use crate::proof::{Alternative, Proof};

/// Name and version of the model, for the record of what made a plan.
pub const MODEL: &str = "portfolio/1";
/// Assets up to which every option that was not taken is priced.
const MAX_ALTERNATIVES: usize = 40;

/// The answer to an instance. Its objective is minimised: cost − value, or −value in budget mode.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PortfolioPlan)]
pub struct Outcome {
    /// Status, exact objective, bound and gap.
    #[serde(flatten)]
    pub proof: Proof,
    /// What becomes of every asset.
    pub assets: Vec<Decision>,
    /// The plan's scorecard; `null` where there is no plan.
    pub scorecard: Option<Scorecard>,
    /// The scorecard of the options in force today, whether or not they keep the limits.
    pub today: Option<Scorecard>,
    /// The most for other budgets.
    pub frontier: Vec<FrontierPoint>,
    /// Options that were not taken, and what the portfolio would lose with them.
    pub alternatives: Vec<Alternative>,
}

/// What becomes of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PortfolioDecision)]
pub struct Decision {
    /// The asset.
    pub asset: String,
    /// The option.
    pub option: String,
    /// What it is.
    pub kind: Kind,
    /// The option in force today.
    pub today: String,
    /// Its value.
    pub value: Amount,
    /// What is spent on it.
    pub spend: Amount,
}

/// The most for one budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FrontierPoint {
    /// The budget.
    pub budget: Amount,
    /// Value; `null` where the budget is too small for any plan.
    pub value: Option<Amount>,
    /// Value − cost.
    pub net: Option<Amount>,
    /// What is spent.
    pub spend: Option<Amount>,
}

/// The program of an instance, for other solvers.
pub fn program(instance: &Instance) -> Program {
    formulation::formulate(instance, instance.budget, None).program
}

/// Solves `instance`: the plan comes back verified and added up exactly, with its scorecard.
///
/// # Errors
/// [`ProgramError`]; an infeasible instance is an [`Outcome`] that says what to relax.
pub fn solve(instance: &Instance, limits: &Limits) -> Result<Outcome, ProgramError> {
    let start = Instant::now();
    let in_force: Vec<usize> = instance.assets.iter().map(|a| a.today).collect();
    let today = verify::add_up(instance, instance.budget, &in_force);
    let Some((choices, scorecard, solved)) = solve_for(instance, instance.budget, limits)? else {
        let relaxations = program(instance).least_relaxation(limits)?.unwrap_or_default();
        let proof = Proof::none(Status::Infeasible, relaxations, start);
        return Ok(Outcome { proof, assets: Vec::new(), scorecard: None, today, frontier: Vec::new(), alternatives: Vec::new() });
    };
    let objective = objective(instance, &scorecard);
    let proof = Proof::of_solved(objective, &solved, limits.gap, start);
    let assets = instance.assets.iter().zip(&choices).map(|(asset, &choice)| {
        let taken = &asset.options[choice];
        let (option, kind, today) = (taken.id.clone(), taken.kind, asset.options[asset.today].id.clone());
        Decision { asset: asset.id.clone(), option, kind, today, value: taken.value, spend: taken.spend() }
    });
    Ok(Outcome {
        assets: assets.collect(),
        frontier: frontier(instance, limits, start)?,
        alternatives: alternatives(instance, &choices, objective, limits, start)?,
        scorecard: Some(scorecard),
        today,
        proof,
    })
}

/// What is minimised.
fn objective(instance: &Instance, score: &Scorecard) -> Amount {
    match instance.objective {
        Objective::Net => -score.net,
        Objective::Value => -score.value,
    }
}

type Found = (Vec<usize>, Scorecard, Solved);

/// The best plan for a budget; in budget mode, of those of most value the cheapest. `None` where there is none.
fn solve_for(instance: &Instance, budget: Option<Amount>, limits: &Limits) -> Result<Option<Found>, ProgramError> {
    let first = formulation::formulate(instance, budget, None);
    let Answer::Solved(solved) = first.program.solve(limits)? else { return Ok(None) };
    let (mut choices, mut score) = read(instance, budget, &first, &solved)?;
    if instance.objective == Objective::Value {
        let second = formulation::formulate(instance, budget, Some(score.value));
        if let Answer::Solved(cheaper) = second.program.solve(limits)? {
            let found = read(instance, budget, &second, &cheaper)?;
            if found.1.value >= score.value {
                (choices, score) = found;
            }
        }
    }
    Ok(Some((choices, score, solved)))
}

fn read(
    instance: &Instance,
    budget: Option<Amount>,
    formulation: &formulation::Formulation,
    solved: &Solved,
) -> Result<(Vec<usize>, Scorecard), ProgramError> {
    let of = |columns: &Vec<crate::program::Column>| columns.iter().position(|y| solved.chosen(*y)).unwrap_or(usize::MAX);
    let choices: Vec<usize> = formulation.chosen.iter().map(of).collect();
    let score = verify(instance, budget, &choices).map_err(|broken| ProgramError::Refused(broken.join("; ")))?;
    Ok((choices, score))
}

/// The most for each of the other budgets, as far as time is left.
fn frontier(instance: &Instance, limits: &Limits, start: Instant) -> Result<Vec<FrontierPoint>, ProgramError> {
    let mut points = Vec::new();
    for &budget in &instance.frontier {
        let Some(limits) = limits.rest(start) else { break };
        let Some(found) = in_time(solve_for(instance, Some(budget), &limits))? else { break };
        let score = found.map(|(_, score, _)| score);
        let of = |value: &dyn Fn(&Scorecard) -> Amount| score.as_ref().map(value);
        points.push(FrontierPoint {
            budget,
            value: of(&|s| s.value),
            net: of(&|s| s.net),
            spend: of(&|s| s.run_cost + s.one_off),
        });
    }
    Ok(points)
}

/// Each option that was not taken, forced: what is then the best objective, as far as time is left.
fn alternatives(
    instance: &Instance,
    choices: &[usize],
    plan: Amount,
    limits: &Limits,
    start: Instant,
) -> Result<Vec<Alternative>, ProgramError> {
    let mut found = Vec::new();
    let assets = instance.assets.iter().enumerate().filter(|_| instance.assets.len() <= MAX_ALTERNATIVES);
    for (index, asset) in assets {
        for (option, choice) in asset.options.iter().enumerate().filter(|(o, _)| *o != choices[index]) {
            let Some(limits) = limits.rest(start) else { return Ok(found) };
            let mut forced = formulation::formulate(instance, instance.budget, None);
            forced.program.set_bounds(forced.chosen[index][option], 1.0, 1.0);
            let Some(answer) = in_time(forced.program.solve(&limits))? else { return Ok(found) };
            let objective = match answer {
                Answer::Solved(solved) => Some(objective(instance, &read(instance, instance.budget, &forced, &solved)?.1)),
                _ => None,
            };
            found.push(Alternative::new(format!("{}: {}", asset.id, choice.id), objective, Some(plan)));
        }
    }
    Ok(found)
}
