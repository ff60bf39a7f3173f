//! **Contracts**: which contracts and licences to sign against a forecast, and the price at which each choice flips.
//!
//! `MODEL.md` beside this file states the model.

mod data;
mod flip;
mod formulation;
#[cfg(test)]
mod tests;
mod verify;

use std::time::Instant;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

pub use data::{Contract, Instance, MANUAL, MAX_ALLOCATIONS, MAX_PERIODS, Need, Pricing, Scenario, Tier};
pub use flip::Flip;
pub use verify::{Plan, Priced, verify};

use crate::program::{Answer, Limits, Program, ProgramError, Solved, Status, in_time};
use crate::proof::Proof;

/// Name and version of the model, for the record of what made a plan.
pub const MODEL: &str = "contracts/1";

/// The answer to an instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ContractPlan)]
pub struct Outcome {
    /// Status, exact objective, bound and gap.
    #[serde(flatten)]
    pub proof: Proof,
    /// By contract.
    pub contracts: Vec<ContractChoice>,
    /// By scenario: its cost.
    pub scenarios: Vec<Amount>,
}

/// What becomes of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContractChoice {
    /// The contract.
    pub contract: String,
    /// Whether it is signed.
    pub signed: bool,
    /// Packs or seats.
    pub count: u32,
    /// What it bills, mean over the scenarios.
    pub cost: Amount,
    /// Its units of every need, mean over the scenarios, all periods.
    pub units: Vec<NeedUnits>,
    /// Where the choice flips; `null` for a contract that cannot be left or is needed at any price, and where time was up.
    pub flip: Option<Flip>,
}

/// Units of a need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NeedUnits {
    /// The need.
    pub need: String,
    /// Mean over the scenarios.
    pub units: Amount,
}

/// The program of an instance, for other solvers.
pub fn program(instance: &Instance) -> Program {
    formulation::formulate(instance, None).program
}

/// Solves `instance`: the plan comes back verified and billed exactly, with the price at which each choice flips,
/// as far as the time limit leaves time for it.
///
/// # Errors
/// [`ProgramError`]; an infeasible instance is an [`Outcome`] that says what to relax.
pub fn solve(instance: &Instance, limits: &Limits) -> Result<Outcome, ProgramError> {
    let start = Instant::now();
    let Some((plan, priced, solved)) = solve_with(instance, limits, None)? else {
        let relaxations = program(instance).least_relaxation(limits)?.unwrap_or_default();
        let proof = Proof::none(Status::Infeasible, relaxations, start);
        return Ok(Outcome { proof, contracts: Vec::new(), scenarios: Vec::new() });
    };
    let mut contracts = Vec::with_capacity(instance.contracts.len());
    for (c, contract) in instance.contracts.iter().enumerate() {
        let rest = limits.rest(start).filter(|_| !contract.signed);
        let flip = match rest {
            Some(limits) => in_time(flip::flip(instance, &limits, c))?.flatten(),
            None => None,
        };
        contracts.push(ContractChoice {
            contract: contract.id.clone(),
            signed: plan.signed[c],
            count: plan.counts[c],
            cost: priced.contracts[c],
            units: mean_units(instance, &plan, c),
            flip,
        });
    }
    let proof = Proof::of_solved(priced.expected, &solved, limits.gap, start);
    Ok(Outcome { proof, contracts, scenarios: priced.scenarios })
}

type Found = (Plan, Priced, Solved);

/// The best plan where a contract is forced to be signed, or not; `None` where there is none.
fn solve_with(instance: &Instance, limits: &Limits, forced: Option<(usize, bool)>) -> Result<Option<Found>, ProgramError> {
    let formulation = formulation::formulate(instance, forced);
    let solved = match formulation.program.solve(limits)? {
        Answer::Solved(solved) => solved,
        _ => return Ok(None),
    };
    let mut plan = Plan {
        signed: formulation.signed.iter().map(|y| solved.chosen(*y)).collect(),
        counts: formulation.counts.iter().map(|n| n.map_or(0, |n| solved.whole(n))).collect(),
        units: exact_units(instance, &formulation, &solved),
    };
    // The program is indifferent to a signature that costs nothing and serves nothing; people are not.
    for (c, contract) in instance.contracts.iter().enumerate() {
        let idle = plan.counts[c] == 0 && plan.units.iter().all(|((by, ..), units)| *by != c || units.is_zero());
        let asked = contract.signed || forced == Some((c, true));
        plan.signed[c] &= asked || !idle;
    }
    let priced = verify(instance, &plan).map_err(|broken| ProgramError::Refused(broken.join("; ")))?;
    Ok(Some((plan, priced, solved)))
}

/// Units to nine decimals, the largest taking what rounding leaves, so that demand is served exactly.
fn exact_units(
    instance: &Instance,
    formulation: &formulation::Formulation,
    solved: &Solved,
) -> std::collections::BTreeMap<(usize, usize, usize, usize), Amount> {
    let mut units = std::collections::BTreeMap::new();
    for need in 0..instance.needs.len() {
        for (s, scenario) in instance.scenarios.iter().enumerate() {
            for (t, demand) in scenario.demand[need].iter().enumerate() {
                let of = |c: usize| formulation.units.get(&(c, need, s, t)).map(|x| (c, solved.value(*x)));
                let mut parts: Vec<(usize, f64)> =
                    (0..instance.contracts.len()).filter_map(of).filter(|(_, v)| *v > 5e-10).collect();
                parts.sort_by(|a, b| a.1.total_cmp(&b.1));
                let mut left = *demand;
                let last = parts.len().saturating_sub(1);
                for (at, (c, value)) in parts.into_iter().enumerate() {
                    let rounded = format!("{value:.9}").parse().unwrap_or(Amount::ZERO);
                    let part = if at == last { left } else { Amount::min(rounded, left) };
                    left -= part;
                    units.insert((c, need, s, t), part);
                }
            }
        }
    }
    units
}

fn mean_units(instance: &Instance, plan: &Plan, contract: usize) -> Vec<NeedUnits> {
    let mut means = Vec::new();
    for &(need, _) in &instance.contracts[contract].serves {
        let of = plan.units.iter().filter(|((c, n, ..), _)| *c == contract && *n == need);
        let weighted = of.filter_map(|((_, _, s, _), units)| units.checked_mul(instance.scenarios[*s].probability));
        means.push(NeedUnits { need: instance.needs[need].id.clone(), units: weighted.sum() });
    }
    means
}
