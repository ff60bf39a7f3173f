//! Checks a plan against the instance and prices it as the provider would, in exact fractions. It knows nothing of the formulation.

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use serde::Serialize;
use utoipa::ToSchema;

use super::apply::{Application, Holding};
use super::data::{Instance, Offer};
use super::tally::Tally;
use crate::number::{from_rational, to_rational};

/// Something that is bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Index of the offer.
    pub offer: usize,
    /// Month of the purchase.
    pub month: u32,
    /// Units, or money an hour.
    pub quantity: Amount,
}

/// What a plan costs, exactly; every amount is rounded half to even at 1e-18 once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PricedCommitments)]
pub struct Priced {
    /// (1 − weight)·expected + weight·tail: what the plan is chosen by.
    pub objective: Amount,
    /// Mean cost over the scenarios, upfront spread over the terms.
    pub expected: Amount,
    /// Mean cost of the worst scenarios (CVaR) where a risk is given.
    pub tail: Option<Amount>,
    /// Commitments, new and existing, in the horizon.
    pub commitments: Amount,
    /// Of it: the part of new terms beyond the horizon, where it is charged.
    pub beyond_horizon: Amount,
    /// Mean on-demand cost.
    pub on_demand: Amount,
    /// What everything would cost on demand, existing commitments aside.
    pub all_on_demand: Amount,
    /// Share of on-demand value that commitments cover.
    pub coverage: Amount,
    /// By scenario: its cost.
    pub scenarios: Vec<Amount>,
    /// By month: cash, upfront when it is paid, at the mean of the scenarios.
    pub cash: Vec<Amount>,
    /// Cash paid upfront.
    pub upfront: Amount,
    /// By offer: what was paid and what of it was used.
    pub offers: Vec<OfferUse>,
}

/// How well an offer is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CommitmentUse)]
pub struct OfferUse {
    /// The offer.
    pub offer: String,
    /// Its cost in the horizon.
    pub cost: Amount,
    /// Mean share of what was paid that usage took.
    pub utilisation: Amount,
}

/// e_o exactly.
fn effective_hourly(instance: &Instance, offer: &Offer) -> BigRational {
    if offer.product.is_plan() {
        return BigRational::one();
    }
    to_rational(offer.hourly) + to_rational(offer.upfront) / term_hours(instance, offer)
}

fn term_hours(instance: &Instance, offer: &Offer) -> BigRational {
    BigRational::from_integer(offer.term_months.into()) * to_rational(instance.hours_per_month)
}

/// (cash at purchase, cash an hour) of one unit.
fn cash_of(instance: &Instance, offer: &Offer) -> (BigRational, BigRational) {
    if offer.product.is_plan() {
        let share = to_rational(offer.upfront);
        return (&share * term_hours(instance, offer), BigRational::one() - share);
    }
    (to_rational(offer.upfront), to_rational(offer.hourly))
}

/// Checks every constraint of the model and prices the plan exactly.
///
/// # Errors
/// Every constraint that is broken, in words.
pub fn verify(instance: &Instance, plan: &[Purchase]) -> Result<Priced, Vec<String>> {
    let mut broken = check_purchases(instance, plan);
    if !broken.is_empty() {
        return Err(broken);
    }
    let priced = price(instance, plan).ok_or_else(|| vec!["the plan costs more than an amount can hold".to_owned()])?;
    if let Some(limit) = instance.policy.upfront_limit.filter(|limit| priced.upfront > *limit) {
        broken.push(format!("upfront {} is above the limit {limit}", priced.upfront));
    }
    // A millionth is the solver's tolerance.
    if let Some(least) = instance.policy.least_coverage {
        let slack = Amount::from_atto(1_000_000_000_000).expect("a millionth fits");
        if priced.coverage + slack < least {
            broken.push(format!("coverage {} is below the least {least}", priced.coverage));
        }
    }
    if broken.is_empty() { Ok(priced) } else { Err(broken) }
}

fn check_purchases(instance: &Instance, plan: &[Purchase]) -> Vec<String> {
    let mut broken = Vec::new();
    for purchase in plan {
        let Some(offer) = instance.offers.get(purchase.offer) else {
            broken.push(format!("offer {} is not in the instance", purchase.offer));
            continue;
        };
        let of = format!("{} in month {}: {}", offer.id, purchase.month, purchase.quantity);
        if !instance.purchase_months.contains(&purchase.month) {
            broken.push(format!("{of} is bought in a month that is not open"));
        }
        if purchase.quantity < offer.minimum || purchase.quantity > offer.most || purchase.quantity <= Amount::ZERO {
            broken.push(format!("{of} is not from {} to {}", offer.minimum, offer.most));
        }
        if !offer.increment.is_zero() && purchase.quantity.atto() % offer.increment.atto() != 0 {
            broken.push(format!("{of} is not in steps of {}", offer.increment));
        }
    }
    broken
}

/// What is active in a month: (offer, quantity).
fn active(instance: &Instance, plan: &[Purchase], month: u32) -> Vec<(usize, Amount)> {
    let held = instance.existing.iter().filter(|e| month < e.ends).map(|e| (e.offer, e.quantity));
    let bought = plan.iter().filter(|p| instance.active(p.offer, p.month, month)).map(|p| (p.offer, p.quantity));
    held.chain(bought).collect()
}

#[derive(Clone)]
struct Sums {
    commitments: BigRational,
    /// By scenario.
    on_demand: Vec<BigRational>,
    all_on_demand: BigRational,
    cash: Vec<BigRational>,
    /// By offer: (paid, used), in units × hours at the mean of the scenarios.
    offers: Vec<(BigRational, BigRational)>,
}

fn price(instance: &Instance, plan: &[Purchase]) -> Option<Priced> {
    let zero = BigRational::zero;
    let mut sums = Sums {
        commitments: zero(),
        on_demand: vec![zero(); instance.scenarios.len()],
        all_on_demand: zero(),
        cash: vec![zero(); instance.months as usize],
        offers: vec![(zero(), zero()); instance.offers.len()],
    };
    for month in 0..instance.months {
        add_month(instance, plan, month, &mut sums);
    }
    let (mut upfront, mut beyond) = (zero(), zero());
    for purchase in plan {
        let months = instance.months_charged_beyond(purchase.offer, purchase.month);
        let hours = to_rational(instance.hours_per_month) * BigRational::from_integer(months.into());
        beyond += hours * to_rational(purchase.quantity) * effective_hourly(instance, &instance.offers[purchase.offer]);
        let (cash, _) = cash_of(instance, &instance.offers[purchase.offer]);
        let cash = cash * to_rational(purchase.quantity);
        sums.cash[purchase.month as usize] += &cash;
        upfront += cash;
    }
    sums.commitments += &beyond;
    summarise(instance, &sums, &upfront, &beyond)
}

/// Adds the hours of a month, in all of which the same commitments are active.
fn add_month(instance: &Instance, plan: &[Purchase], month: u32, sums: &mut Sums) {
    let slots: Vec<(usize, Amount)> =
        instance.slots.iter().enumerate().filter(|(_, slot)| slot.month == month).map(|(at, slot)| (at, slot.hours)).collect();
    let (active, at) = (active(instance, plan, month), month as usize);
    let hours = slots.iter().fold(BigRational::zero(), |sum, (_, hours)| sum + to_rational(*hours));
    for &(offer, quantity) in &active {
        let paid = &hours * to_rational(quantity);
        sums.commitments += &paid * effective_hourly(instance, &instance.offers[offer]);
        sums.cash[at] += &paid * cash_of(instance, &instance.offers[offer]).1;
        sums.offers[offer].0 += paid;
    }
    let holdings: Vec<Holding<'_>> =
        active.iter().map(|&(offer, quantity)| Holding { offer: &instance.offers[offer], quantity }).collect();
    let application = Application::new(&instance.items, &holdings);
    for (scenario, on_demand) in instance.scenarios.iter().zip(&mut sums.on_demand) {
        let usage = |slot: usize| scenario.usage.iter().map(move |slots| slots[slot]);
        let mut tally = Tally::new(&application, slots.iter().flat_map(|(slot, _)| usage(*slot)));
        slots.iter().for_each(|(slot, hours)| tally.add(*hours, &usage(*slot).collect::<Vec<_>>()));
        let (total, probability) = (tally.total(), to_rational(scenario.probability));
        for (used, &(offer, _)) in total.used.iter().zip(&active) {
            sums.offers[offer].1 += used * &probability;
        }
        sums.all_on_demand += total.all_on_demand * &probability;
        sums.cash[at] += &total.on_demand_cost * &probability;
        *on_demand += total.on_demand_cost;
    }
}

fn summarise(instance: &Instance, sums: &Sums, upfront: &BigRational, beyond: &BigRational) -> Option<Priced> {
    let costs: Vec<BigRational> = sums.on_demand.iter().map(|c| c + &sums.commitments).collect();
    let probabilities: Vec<BigRational> = instance.scenarios.iter().map(|s| to_rational(s.probability)).collect();
    let mean = |values: &[BigRational]| values.iter().zip(&probabilities).fold(BigRational::zero(), |sum, (v, p)| sum + v * p);
    let (expected, on_demand) = (mean(&costs), mean(&sums.on_demand));
    let tail = instance.risk.map(|risk| conditional_value_at_risk(&costs, &probabilities, &to_rational(risk.level)));
    let objective = match (&tail, instance.risk) {
        (Some(tail), Some(risk)) => {
            let weight = to_rational(risk.weight);
            (BigRational::one() - &weight) * &expected + weight * tail
        }
        _ => expected.clone(),
    };
    let share = |part: BigRational, whole: &BigRational| {
        if whole.is_positive() { from_rational(&(part / whole)) } else { Some(Amount::ZERO) }
    };
    let offers = instance.offers.iter().zip(&sums.offers).map(|(offer, (paid, used))| {
        let cost = from_rational(&(paid * effective_hourly(instance, offer)))?;
        Some(OfferUse { offer: offer.id.clone(), cost, utilisation: share(used.clone(), paid)? })
    });
    Some(Priced {
        objective: from_rational(&objective)?,
        expected: from_rational(&expected)?,
        tail: match tail {
            Some(tail) => Some(from_rational(&tail)?),
            None => None,
        },
        commitments: from_rational(&sums.commitments)?,
        beyond_horizon: from_rational(beyond)?,
        on_demand: from_rational(&on_demand)?,
        all_on_demand: from_rational(&sums.all_on_demand)?,
        coverage: share(&sums.all_on_demand - &on_demand, &sums.all_on_demand)?,
        scenarios: costs.iter().map(from_rational).collect::<Option<_>>()?,
        cash: sums.cash.iter().map(from_rational).collect::<Option<_>>()?,
        upfront: from_rational(upfront)?,
        offers: offers.collect::<Option<_>>()?,
    })
}

/// The mean of the worst 1 − level of cases: the least over η of η + Σ π·max(0, K − η) ÷ (1 − level), taken at η among the costs.
fn conditional_value_at_risk(costs: &[BigRational], probabilities: &[BigRational], level: &BigRational) -> BigRational {
    let beyond = BigRational::one() - level;
    let at = |eta: &BigRational| {
        let excess = costs.iter().zip(probabilities).fold(BigRational::zero(), |sum, (cost, p)| {
            let over = cost - eta;
            if over.is_positive() { sum + over * p } else { sum }
        });
        eta + excess / &beyond
    };
    costs.iter().map(at).min().unwrap_or_else(BigRational::zero)
}
