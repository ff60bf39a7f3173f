//! Checks a plan and bills it from the contracts' words, exactly. It knows nothing of the formulation.

use std::collections::BTreeMap;
use std::ops::Range;

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde::Serialize;
use utoipa::ToSchema;

use super::data::{Contract, Instance, Pricing, Tier};
use crate::number::{from_rational, to_rational};

/// What is signed and what runs under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// By contract.
    pub signed: Vec<bool>,
    /// By contract: packs or seats.
    pub counts: Vec<u32>,
    /// (contract, need, scenario, period) → units of the need.
    pub units: BTreeMap<(usize, usize, usize, usize), Amount>,
}

/// What a plan costs; amounts are rounded half to even at 1e-18 once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PricedContracts)]
pub struct Priced {
    /// Mean over the scenarios.
    pub expected: Amount,
    /// By scenario.
    pub scenarios: Vec<Amount>,
    /// By contract: mean over the scenarios.
    pub contracts: Vec<Amount>,
}

/// A millionth of a unit: the solver's tolerance on seats.
const TOLERANCE: Amount = match Amount::from_atto(1_000_000_000_000) {
    Some(amount) => amount,
    None => Amount::ZERO,
};

/// Checks every constraint and prices the plan exactly.
///
/// # Errors
/// Every constraint that is broken, in words.
pub fn verify(instance: &Instance, plan: &Plan) -> Result<Priced, Vec<String>> {
    let mut broken = check_signatures(instance, plan);
    broken.extend(check_demand(instance, plan));
    broken.extend(check_sources(instance, plan));
    if !broken.is_empty() {
        return Err(broken);
    }
    let mut contracts = vec![BigRational::zero(); instance.contracts.len()];
    let mut scenarios = vec![BigRational::zero(); instance.scenarios.len()];
    for (c, contract) in instance.contracts.iter().enumerate().filter(|(c, _)| plan.signed[*c]) {
        for (s, scenario) in instance.scenarios.iter().enumerate() {
            let bill = bill(instance, plan, c, contract, s);
            contracts[c] += &bill * to_rational(scenario.probability);
            scenarios[s] += bill;
        }
    }
    let expected = contracts.iter().fold(BigRational::zero(), |a, b| a + b);
    let amounts = |values: &[BigRational]| values.iter().map(from_rational).collect::<Option<Vec<_>>>();
    let priced = from_rational(&expected).zip(amounts(&scenarios)).zip(amounts(&contracts));
    let ((expected, scenarios), contracts) =
        priced.ok_or_else(|| vec!["the plan costs more than an amount can hold".to_owned()])?;
    Ok(Priced { expected, scenarios, contracts })
}

fn check_signatures(instance: &Instance, plan: &Plan) -> Vec<String> {
    let mut broken = Vec::new();
    let mut groups: BTreeMap<&str, u32> = BTreeMap::new();
    for (c, contract) in instance.contracts.iter().enumerate() {
        let (signed, count) = (plan.signed[c], plan.counts[c]);
        if contract.signed && !signed {
            broken.push(format!("contract {} is signed already and cannot be left", contract.id));
        }
        if let Some(group) = contract.group.as_deref().filter(|_| signed) {
            *groups.entry(group).or_default() += 1;
        }
        let (least, most) = match contract.pricing {
            Pricing::Seats { minimum, most, .. } if signed => (minimum, most),
            Pricing::Prepaid { most, .. } if signed => (0, most),
            _ => (0, 0),
        };
        if !(least..=most).contains(&count) {
            broken.push(format!("contract {}: {count} packs or seats are not from {least} to {most}", contract.id));
        }
    }
    broken.extend(
        groups.iter().filter(|(_, n)| **n > 1).map(|(group, n)| format!("{n} contracts of the group {group} are signed")),
    );
    broken
}

fn check_demand(instance: &Instance, plan: &Plan) -> Vec<String> {
    let mut broken = Vec::new();
    for (&(c, need, s, t), units) in &plan.units {
        let contract = &instance.contracts[c];
        let serves = contract.serves.iter().any(|(n, _)| *n == need);
        if units.is_negative() || (!units.is_zero() && (!plan.signed[c] || !serves)) {
            broken.push(format!("{units} units of need {need} run under {} in scenario {s}, period {t}", contract.id));
        }
    }
    for (need, of) in instance.needs.iter().enumerate() {
        for (s, scenario) in instance.scenarios.iter().enumerate() {
            for (t, demand) in scenario.demand[need].iter().enumerate() {
                let served = (0..instance.contracts.len()).filter_map(|c| plan.units.get(&(c, need, s, t)));
                let served: Amount = served.copied().sum();
                if served != *demand {
                    broken.push(format!(
                        "{}: {served} of {demand} units are served in scenario {}, period {t}",
                        of.id, scenario.id
                    ));
                }
            }
        }
    }
    for (c, contract) in instance.contracts.iter().enumerate() {
        let Pricing::Seats { units_per_seat, .. } = contract.pricing else { continue };
        let most = to_rational(units_per_seat) * BigRational::from_integer(plan.counts[c].into()) + to_rational(TOLERANCE);
        for s in 0..instance.scenarios.len() {
            for t in 0..instance.periods as usize {
                if usage(plan, c, contract, s, t..t + 1) > most {
                    broken.push(format!("contract {}: seats are too few in scenario {s}, period {t}", contract.id));
                }
            }
        }
    }
    broken
}

fn check_sources(instance: &Instance, plan: &Plan) -> Vec<String> {
    let single = instance.needs.iter().enumerate().filter(|(_, n)| n.single_source);
    let sources = single.map(|(need, of)| {
        let used = plan.units.iter().filter(|((_, n, ..), units)| *n == need && !units.is_zero()).map(|((c, ..), _)| *c);
        (of, used.collect::<std::collections::BTreeSet<_>>().len())
    });
    sources.filter(|(_, n)| *n > 1).map(|(of, n)| format!("{} runs under {n} contracts and may under one", of.id)).collect()
}

/// U: units of the contract in some periods.
fn usage(plan: &Plan, contract: usize, of: &Contract, scenario: usize, periods: Range<usize>) -> BigRational {
    let mut sum = BigRational::zero();
    for (need, weight) in &of.serves {
        for t in periods.clone() {
            if let Some(units) = plan.units.get(&(contract, *need, scenario, t)) {
                sum += to_rational(*units) * to_rational(*weight);
            }
        }
    }
    sum
}

/// What a signed contract bills over all periods in one scenario.
fn bill(instance: &Instance, plan: &Plan, c: usize, of: &Contract, s: usize) -> BigRational {
    let periods = BigRational::from_integer(instance.periods.into());
    let count = BigRational::from_integer(plan.counts[c].into());
    let windows = |price: &dyn Fn(&BigRational) -> BigRational| {
        instance.windows(of).map(|window| price(&usage(plan, c, of, s, window))).fold(BigRational::zero(), |a, b| a + b)
    };
    let variable = match &of.pricing {
        Pricing::Graduated(tiers) => windows(&|units| graduated(tiers, units)),
        Pricing::Volume(tiers) => windows(&|units| volume(tiers, units)),
        Pricing::Commit { minimum, price } => windows(&|units| (to_rational(*price) * units).max(to_rational(*minimum))),
        Pricing::Prepaid { pack_units, pack_price, overage, .. } => {
            let over = usage(plan, c, of, s, 0..instance.periods as usize) - to_rational(*pack_units) * &count;
            let over = if over.is_positive() { over } else { BigRational::zero() };
            to_rational(*pack_price) * count + to_rational(*overage) * over
        }
        Pricing::Seats { seat_price, .. } => to_rational(*seat_price) * count * &periods,
    };
    to_rational(of.fee) * periods + variable
}

/// Each unit at the price of its tier.
pub(super) fn graduated(tiers: &[Tier], units: &BigRational) -> BigRational {
    let mut cost = BigRational::zero();
    for (j, tier) in tiers.iter().enumerate() {
        let upper = tiers.get(j + 1).map_or(units.clone(), |next| units.clone().min(to_rational(next.from)));
        let within = upper - to_rational(tier.from);
        if within.is_positive() {
            cost += within * to_rational(tier.price);
        }
    }
    cost
}

/// All units at the price of the tier that is reached.
pub(super) fn volume(tiers: &[Tier], units: &BigRational) -> BigRational {
    let reached = tiers.iter().rev().find(|tier| to_rational(tier.from) <= *units);
    reached.map_or_else(BigRational::zero, |tier| to_rational(tier.price) * units)
}
