//! **Routing**: the share of every kind of decision by model, size and person, at the least cost.
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

pub use data::{Decision, Handler, Handling, Instance, Kind, MANUAL, MAX_ROUTES};
pub use verify::{Routes, verify};

use crate::program::{Answer, Limits, Program, ProgramError, Solved, Status, in_time};
use crate::proof::Proof;

/// Name and version of the model, for the record of what made a plan.
pub const MODEL: &str = "routing/1";

/// The answer to an instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RoutingPlan)]
pub struct Outcome {
    /// Status, exact objective, bound and gap.
    #[serde(flatten)]
    pub proof: Proof,
    /// Where decisions go.
    pub routes: Vec<Route>,
    /// What binds, and what one unit more of it would change.
    pub prices: Vec<ShadowPrice>,
    /// Handlers that were considered and get nothing of a kind of decision.
    pub considered: Vec<Considered>,
    /// The least cost at other demands.
    pub demand: Vec<AtDemand>,
}

/// The least cost where all volumes are multiplied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoutingAtDemand)]
pub struct AtDemand {
    /// All volumes multiplied by this.
    pub demand: Amount,
    /// The least cost; `null` where it cannot be met.
    pub cost: Option<Amount>,
}

/// A share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoutingShare)]
pub struct Route {
    /// Kind of decision.
    pub decision: String,
    /// Who takes it.
    pub handler: String,
    /// Its size.
    pub size: Option<String>,
    /// Decisions.
    pub decisions: Amount,
    /// Share of the kind.
    pub share: Amount,
    /// What they cost.
    pub cost: Amount,
}

/// The price of a constraint that binds.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShadowPrice {
    /// The constraint.
    pub constraint: String,
    /// By how much the cost changes when one more unit is asked, or allowed: negative for what saves.
    pub price: f64,
    /// The unit.
    pub unit: String,
}

/// A route that is not taken.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = RoutingConsidered)]
pub struct Considered {
    /// Kind of decision.
    pub decision: String,
    /// The handler.
    pub handler: String,
    /// By how much the cost of a decision would have to fall before it is used.
    pub cheaper_by: f64,
}

/// The program of an instance, for other solvers.
pub fn program(instance: &Instance) -> Program {
    formulation::formulate(instance).program
}

/// Solves `instance`: the shares come back verified and priced exactly, with the prices of what binds.
///
/// # Errors
/// [`ProgramError`]; an infeasible instance is an [`Outcome`] that says what to relax.
pub fn solve(instance: &Instance, limits: &Limits) -> Result<Outcome, ProgramError> {
    let start = Instant::now();
    let formulation = formulation::formulate(instance);
    let solved = match formulation.program.solve(limits)? {
        Answer::Solved(solved) => solved,
        _ => {
            let relaxations = formulation.program.least_relaxation(limits)?.unwrap_or_default();
            let proof = Proof::none(Status::Infeasible, relaxations, start);
            return Ok(Outcome { proof, routes: Vec::new(), prices: Vec::new(), considered: Vec::new(), demand: Vec::new() });
        }
    };
    let routes = exact_routes(instance, &formulation, &solved);
    let cost = verify(instance, &routes).map_err(|broken| ProgramError::Refused(broken.join("; ")))?;
    let duals = formulation.program.prices(&solved.values, limits)?;
    let price = |p: &formulation::Priced| p.rows.iter().map(|(row, by)| by * duals.row(*row)).sum::<f64>();
    let binding = formulation.priced.iter().map(|p| (p, price(p))).filter(|(_, price)| price.abs() > 1e-9);
    let prices = binding.map(|(p, price)| ShadowPrice { constraint: p.constraint.clone(), price, unit: p.unit.to_owned() });
    let idle = formulation.routes.iter().filter(|r| !routes.contains_key(&(r.decision, r.handler)));
    let considered = idle.map(|r| Considered {
        decision: instance.decisions[r.decision].id.clone(),
        handler: instance.handlers[r.handler].id.clone(),
        cheaper_by: duals.reduced_cost(r.column),
    });
    Ok(Outcome {
        prices: prices.collect(),
        considered: considered.collect(),
        demand: demand_curve(instance, limits, start)?,
        routes: named(instance, &routes),
        proof: Proof::of_solved(cost, &solved, limits.gap, start),
    })
}

/// Decisions to a millionth, the largest share taking what rounding leaves, so that the volume is routed exactly.
fn exact_routes(instance: &Instance, formulation: &formulation::Formulation, solved: &Solved) -> Routes {
    let mut routes = Routes::new();
    for (index, decision) in instance.decisions.iter().enumerate() {
        let here = formulation.routes.iter().filter(|r| r.decision == index);
        let mut parts: Vec<(usize, f64)> = here.map(|r| (r.handler, solved.value(r.column))).filter(|(_, v)| *v > 1e-6).collect();
        parts.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (mut left, last) = (decision.volume, parts.len().saturating_sub(1));
        for (at, (handler, value)) in parts.into_iter().enumerate() {
            let rounded = format!("{value:.6}").parse().unwrap_or(Amount::ZERO);
            let part = if at == last { left } else { Amount::min(rounded, left) };
            left -= part;
            routes.insert((index, handler), part);
        }
    }
    routes
}

fn named(instance: &Instance, routes: &Routes) -> Vec<Route> {
    let name = |(&(d, h), count): (&(usize, usize), &Amount)| {
        let (of, at) = (&instance.decisions[d], &instance.handlers[h]);
        let cost = instance.route(d, h).and_then(|handling| handling.cost.checked_mul(*count)).unwrap_or_default();
        let share = count.checked_div(of.volume).unwrap_or_default();
        let (decision, handler, size) = (of.id.clone(), at.id.clone(), at.size.clone());
        Route { decision, handler, size, decisions: *count, share, cost }
    };
    routes.iter().map(name).collect()
}

/// Demand at which the least cost is shown, in per cent of what was planned for.
const DEMANDS: [i64; 6] = [70, 85, 115, 130, 200, 300];

/// The least cost at other demands, as far as time is left.
fn demand_curve(instance: &Instance, limits: &Limits, start: Instant) -> Result<Vec<AtDemand>, ProgramError> {
    let mut curve = Vec::new();
    for percent in DEMANDS {
        let demand = Amount::from_int(percent).checked_div(Amount::from_int(100)).expect("100 is not 0");
        let mut there = instance.clone();
        for decision in &mut there.decisions {
            decision.volume = decision.volume.checked_mul(demand).unwrap_or(decision.volume);
        }
        let Some(limits) = limits.rest(start) else { break };
        let formulation = formulation::formulate(&there);
        let Some(answer) = in_time(formulation.program.solve(&limits))? else { break };
        let cost = answer.solved().map(|solved| verify(&there, &exact_routes(&there, &formulation, &solved)));
        let cost = cost.transpose().map_err(|broken| ProgramError::Refused(broken.join("; ")))?;
        curve.push(AtDemand { demand, cost });
    }
    Ok(curve)
}
