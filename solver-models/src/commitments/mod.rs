//! **Commitments**: which reservations, spend plans and provisioned capacity to buy, how much and when.
//!
//! `MODEL.md` beside this file states the model.

mod apply;
mod data;
mod formulation;
#[cfg(test)]
mod tests;
mod verify;

use std::time::Instant;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

pub use apply::{Application, Holding, Hour};
pub use data::{Existing, Instance, Item, MANUAL, MAX_COVERAGE, MAX_MONTHS, Offer, Policy, Product, Risk, Scenario, Slot};
pub use verify::{OfferUse, Priced, Purchase, verify};

use crate::program::{Answer, Limits, Program, ProgramError, Solved, Status};
use crate::proof::{Alternative, Proof};

/// Name and version of the model, for the record of what made a plan.
pub const MODEL: &str = "commitments/1";

/// The answer to an instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CommitmentPlan)]
pub struct Outcome {
    /// Status, exact objective, bound and gap.
    #[serde(flatten)]
    pub proof: Proof,
    /// What to buy, by month and offer.
    pub purchases: Vec<Bought>,
    /// What it costs; `null` where there is no plan.
    pub priced: Option<Priced>,
    /// By offer: the share of hours it must be in use to pay for itself.
    pub break_even: Vec<BreakEven>,
    /// Other choices that were looked at.
    pub alternatives: Vec<Alternative>,
}

/// A purchase with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bought {
    /// The offer.
    pub offer: String,
    /// What it is.
    pub product: Product,
    /// Month of the horizon, from 0.
    pub month: u32,
    /// Units, or money an hour.
    pub quantity: Amount,
    /// First month in which it is gone.
    pub ends: u32,
}

/// The utilisation at which an offer pays for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BreakEven {
    /// The offer.
    pub offer: String,
    /// What it is used for.
    pub item: String,
    /// Effective price ÷ on-demand price of what a unit covers.
    pub utilisation: Amount,
}

/// The program of an instance, for other solvers.
pub fn program(instance: &Instance) -> Program {
    formulation::formulate(instance, &|_| true).program
}

/// Solves `instance`: the plan comes back verified and priced as the provider would, with a proven bound.
///
/// # Errors
/// [`ProgramError`]; an infeasible instance is an [`Outcome`] that says what to relax.
pub fn solve(instance: &Instance, limits: &Limits) -> Result<Outcome, ProgramError> {
    let start = Instant::now();
    let found = solve_for(instance, limits, &|_| true)?;
    let break_even = break_even(instance);
    let Some((plan, priced, solved)) = found else {
        let relaxations = formulation::formulate(instance, &|_| true).program.least_relaxation(limits)?.unwrap_or_default();
        let proof = Proof::none(Status::Infeasible, relaxations, start);
        return Ok(Outcome { proof, purchases: Vec::new(), priced: None, break_even, alternatives: Vec::new() });
    };
    let proof = Proof::of_solved(priced.objective, &solved, limits.gap, start);
    let alternatives = alternatives(instance, limits, priced.objective)?;
    let purchases = plan.iter().map(|p| named(instance, p)).collect();
    Ok(Outcome { proof, purchases, priced: Some(priced), break_even, alternatives })
}

type Found = (Vec<Purchase>, Priced, Solved);

/// The best plan of the offers that may be bought; `None` where there is none.
fn solve_for(instance: &Instance, limits: &Limits, allowed: &dyn Fn(usize) -> bool) -> Result<Option<Found>, ProgramError> {
    let formulation = formulation::formulate(instance, allowed);
    let solved = match formulation.program.solve(limits)? {
        Answer::Solved(solved) => solved,
        Answer::Infeasible => return Ok(None),
        Answer::Unbounded => return Err(ProgramError::Refused("the program has no bound".to_owned())),
    };
    let bought = formulation.purchases.iter().filter_map(|p| {
        let offer = &instance.offers[p.offer];
        let quantity = if offer.increment.is_zero() {
            to_amount(solved.value(p.steps))
        } else {
            offer.increment.checked_mul(Amount::from_int(i64::from(solved.whole(p.steps))))
        };
        let quantity = quantity.filter(|q| *q > Amount::ZERO)?;
        Some(Purchase { offer: p.offer, month: p.month, quantity })
    });
    let plan: Vec<Purchase> = bought.collect();
    let priced = verify(instance, &plan).map_err(|broken| ProgramError::Refused(broken.join("; ")))?;
    Ok(Some((plan, priced, solved)))
}

/// A commitment in money an hour, to a billionth: finer is the solver's noise.
fn to_amount(value: f64) -> Option<Amount> {
    format!("{value:.9}").parse().ok()
}

fn named(instance: &Instance, purchase: &Purchase) -> Bought {
    let offer = &instance.offers[purchase.offer];
    let (month, quantity) = (purchase.month, purchase.quantity);
    Bought { offer: offer.id.clone(), product: offer.product, month, quantity, ends: month + offer.term_months }
}

/// Nothing new, and each offer alone.
fn alternatives(instance: &Instance, limits: &Limits, plan: Amount) -> Result<Vec<Alternative>, ProgramError> {
    let mut found = Vec::new();
    let nothing = verify(instance, &[]).ok().map(|p| p.objective);
    found.push(Alternative::new("no new commitments", nothing, Some(plan)));
    if instance.offers.len() > 1 {
        for (index, offer) in instance.offers.iter().enumerate() {
            let only = solve_for(instance, limits, &|o| o == index)?.map(|(_, priced, _)| priced.objective);
            found.push(Alternative::new(format!("only {}", offer.id), only, Some(plan)));
        }
    }
    Ok(found)
}

fn break_even(instance: &Instance) -> Vec<BreakEven> {
    let mut found = Vec::new();
    for offer in &instance.offers {
        for &(item, term) in &offer.terms {
            let item = &instance.items[item];
            let (price, worth) = if offer.product.is_plan() {
                (Some(term), Some(item.on_demand))
            } else {
                let hours = instance.hours_per_month.checked_mul(Amount::from_int(i64::from(offer.term_months)));
                let spread = hours.and_then(|hours| offer.upfront.checked_div(hours));
                (spread.and_then(|s| s.checked_add(offer.hourly)), term.checked_mul(item.on_demand))
            };
            if let Some(utilisation) = price.zip(worth).and_then(|(price, worth)| price.checked_div(worth)) {
                found.push(BreakEven { offer: offer.id.clone(), item: item.id.clone(), utilisation });
            }
        }
    }
    found
}
