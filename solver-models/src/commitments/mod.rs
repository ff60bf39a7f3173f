//! **Commitments**: which reservations, spend plans and provisioned capacity to buy, how much and when.
//!
//! `MODEL.md` beside this file states the model.

mod apply;
mod data;
mod formulation;
mod tally;
#[cfg(test)]
mod tests;
mod verify;

use std::time::Instant;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

pub use apply::{Application, Holding, Hour};
pub use data::{
    Beyond, Existing, Instance, Item, MANUAL, MAX_COVERAGE, MAX_MONTHS, Offer, Policy, Product, Risk, Scenario, Slot,
};
pub use verify::{OfferUse, Priced, Purchase, verify};

use crate::number::to_f64;
use crate::program::{Answer, Limits, Program, ProgramError, Relaxation, Solved, Status, in_time};
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
    /// What becomes of the plan where demand is other than planned.
    pub sensitivity: Vec<AtDemand>,
}

/// The plan at another demand, beside the plan that would have been right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CommitmentsAtDemand)]
pub struct AtDemand {
    /// All usage multiplied by this.
    pub demand: Amount,
    /// What this plan costs then.
    pub plan: Amount,
    /// What the plan made for that demand costs.
    pub best: Amount,
    /// The difference: what the wrong forecast costs. Zero where the choice stands.
    pub regret: Amount,
}

/// A purchase with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BoughtCommitment)]
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
#[schema(as = CommitmentBreakEven)]
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
/// What is left of the time limit goes to alternatives and sensitivity; those that do not fit in it are left out.
///
/// # Errors
/// [`ProgramError`]; an infeasible instance is an [`Outcome`] that says what to relax.
pub fn solve(instance: &Instance, limits: &Limits) -> Result<Outcome, ProgramError> {
    let start = Instant::now();
    let found = solve_for(instance, limits, &|_| true)?;
    let break_even = break_even(instance);
    let Some((plan, priced, solved)) = found else {
        let mut relaxations = formulation::formulate(instance, &|_| true).program.least_relaxation(limits)?.unwrap_or_default();
        if let Some(least) = instance.policy.least_coverage.filter(|_| relaxations.is_empty()) {
            let constraint = "the least coverage: the provider's order of application reaches less".to_owned();
            let needed = most_coverage(instance, limits, start)?;
            relaxations.push(Relaxation { constraint, limit: to_f64(least), needed: to_f64(needed), unit: "share".to_owned() });
        }
        let proof = Proof::none(Status::Infeasible, relaxations, start);
        return Ok(Outcome {
            proof,
            purchases: Vec::new(),
            priced: None,
            break_even,
            alternatives: Vec::new(),
            sensitivity: Vec::new(),
        });
    };
    let proof = Proof::of_solved(priced.objective, &solved, limits.gap, start);
    let alternatives = alternatives(instance, limits, priced.objective, start)?;
    let sensitivity = sensitivity(instance, limits, &plan, start)?;
    let purchases = plan.iter().map(|p| named(instance, p)).collect();
    Ok(Outcome { proof, purchases, priced: Some(priced), break_even, alternatives, sensitivity })
}

type Found = (Vec<Purchase>, Priced, Solved);

/// The largest share, in hundredths, that a plan covers in the provider's order of application, as far as time is left.
fn most_coverage(instance: &Instance, limits: &Limits, start: Instant) -> Result<Amount, ProgramError> {
    let share = |percent: i64| Amount::from_int(percent).checked_div(Amount::from_int(100)).expect("100 is not 0");
    let (mut reached, mut missed) = (0, 100);
    while missed - reached > 1 {
        let middle = (reached + missed) / 2;
        let policy = Policy { least_coverage: Some(share(middle)), ..instance.policy.clone() };
        let Some(limits) = limits.rest(start) else { break };
        match in_time(solve_for(&Instance { policy, ..instance.clone() }, &limits, &|_| true))? {
            Some(Some(_)) => reached = middle,
            Some(None) => missed = middle,
            None => break,
        }
    }
    Ok(share(reached))
}

/// Times that more coverage is asked of the program because the provider's order of application covers less.
const COVERAGE_ROUNDS: usize = 8;

/// The best plan of the offers that may be bought; `None` where there is none.
fn solve_for(instance: &Instance, limits: &Limits, allowed: &dyn Fn(usize) -> bool) -> Result<Option<Found>, ProgramError> {
    let Some((mut plan, solved)) = solve_program(instance, limits, allowed)? else { return Ok(None) };
    let mut asked = instance.policy.least_coverage;
    for _ in 0..COVERAGE_ROUNDS {
        let free = Instance { policy: Policy::default(), ..instance.clone() };
        let covered = verify(&free, &plan).map_err(refused)?.coverage;
        let short = instance.policy.least_coverage.and_then(|least| least.checked_sub(covered)).filter(|s| *s > Amount::ZERO);
        let (Some(short), Some(share)) = (short, asked) else { break };
        asked = Some((share + short).min(Amount::ONE));
        let stricter = Policy { least_coverage: asked, ..instance.policy.clone() };
        // The bound stays that of the first program: this one asks for more than the instance does.
        match solve_program(&Instance { policy: stricter, ..instance.clone() }, limits, allowed)? {
            Some((better, _)) => plan = better,
            None => break,
        }
    }
    let free = Instance { policy: Policy { least_coverage: None, ..instance.policy.clone() }, ..instance.clone() };
    let priced = verify(&free, &plan).map_err(refused)?;
    // The program may cover enough where the provider's order never does: then there is no plan.
    if verify(instance, &plan).is_err() {
        return Ok(None);
    }
    let (plan, priced) = without_idle(instance, plan, priced, solved.bound);
    Ok(Some((plan, priced, solved)))
}

/// Drops purchases, the one that saves most first, as long as that makes the plan cheaper: the program may have bought for coverage that
/// the provider's order gives to another commitment.
fn without_idle(instance: &Instance, mut plan: Vec<Purchase>, mut priced: Priced, bound: f64) -> (Vec<Purchase>, Priced) {
    while to_f64(priced.objective) > bound + 1e-6 {
        let fewer = (0..plan.len()).filter_map(|dropped| {
            let fewer: Vec<Purchase> = plan.iter().enumerate().filter(|(i, _)| *i != dropped).map(|(_, p)| p.clone()).collect();
            let cheaper = verify(instance, &fewer).ok().filter(|p| p.objective < priced.objective)?;
            Some((fewer, cheaper))
        });
        match fewer.min_by_key(|(_, priced)| priced.objective) {
            Some(better) => (plan, priced) = better,
            None => break,
        }
    }
    (plan, priced)
}

fn refused(broken: Vec<String>) -> ProgramError {
    ProgramError::Refused(broken.join("; "))
}

fn solve_program(
    instance: &Instance,
    limits: &Limits,
    allowed: &dyn Fn(usize) -> bool,
) -> Result<Option<(Vec<Purchase>, Solved)>, ProgramError> {
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
    Ok(Some((bought.collect(), solved)))
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
fn alternatives(instance: &Instance, limits: &Limits, plan: Amount, start: Instant) -> Result<Vec<Alternative>, ProgramError> {
    let nothing = verify(instance, &[]).ok().map(|p| p.objective);
    let mut found = vec![Alternative::new("no new commitments", nothing, Some(plan))];
    // What is held and may not be bought again is no choice.
    let offers = instance.offers.iter().enumerate().filter(|(_, offer)| instance.offers.len() > 1 && !offer.most.is_zero());
    for (index, offer) in offers {
        let Some(limits) = limits.rest(start) else { break };
        let Some(only) = in_time(solve_for(instance, &limits, &|o| o == index))? else { break };
        let objective = only.map(|(_, priced, _)| priced.objective);
        found.push(Alternative::new(format!("only {}", offer.id), objective, Some(plan)));
    }
    Ok(found)
}

/// Demand by which sensitivity is shown, in per cent of what was planned for.
const DEMANDS: [i64; 4] = [70, 85, 115, 130];

/// The plan where all usage is multiplied. A policy that does not hold at another demand is left out of it.
fn sensitivity(instance: &Instance, limits: &Limits, plan: &[Purchase], start: Instant) -> Result<Vec<AtDemand>, ProgramError> {
    let mut found = Vec::new();
    for percent in DEMANDS {
        let demand = Amount::from_int(percent).checked_div(Amount::from_int(100)).expect("100 is not 0");
        let mut there = Instance { policy: Policy::default(), ..instance.clone() };
        for usage in there.scenarios.iter_mut().flat_map(|s| &mut s.usage).flatten() {
            *usage = usage.checked_mul(demand).unwrap_or(*usage);
        }
        let Ok(kept) = verify(&there, plan) else { continue };
        let Some(limits) = limits.rest(start) else { break };
        let Some(Some((_, best, _))) = in_time(solve_for(&there, &limits, &|_| true))? else { continue };
        // Where the provider's order matters, the plan made for it may be no better.
        let (plan, best) = (kept.objective, best.objective.min(kept.objective));
        found.push(AtDemand { demand, plan, best, regret: plan - best });
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
