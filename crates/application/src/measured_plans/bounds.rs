//! What the steps of the plan of plans could save at most. Each step's own bound holds for what the steps before it leave; where steps act
//! on one another the bound is of what couples them relaxed, in their favour.

use farthing_optimizer::measured::{commitments as terms, routing};
use farthing_optimizer::{FleetPlan, FleetProfile, commitments};
use farthing_types::{Amount, BillingPeriod};

use super::all::YEAR;
use super::decided::Left;
use super::making::Making;
use super::steps::hosting_left;
use super::{Costs, Facts, Measured, unmade};
use crate::home::blocking;
use crate::model_plans::{Model, ModelInstance, ModelPlan};
use crate::{Error, Farthing};

/// What every amount of so many months is in a year.
fn in_a_year(amount: Amount, months: u32) -> Option<Amount> {
    amount.mul_div(Amount::from_int(i64::from(YEAR)), Amount::from_int(i64::from(months.max(1))))
}

/// A bound in floating point as an amount that is not above it.
pub(super) fn rounded_down(bound: f64) -> Option<Amount> {
    format!("{:.6}", bound - 1e-6).parse().ok()
}

/// What a step by itself could save in a year: its cost now less the bound of its own model.
pub(super) fn of_step(costs: &Costs, plan: &ModelPlan, months: u32) -> Option<Amount> {
    let bound = rounded_down(plan.plan.proof().bound?)?;
    in_a_year(costs.now?.checked_sub(bound)?, months)
}

/// The least that a unit of each item costs an hour, whatever is bought: on demand, or under the cheapest offer that covers it, used in full.
fn least_prices(instance: &commitments::Instance) -> Option<Vec<Amount>> {
    let mut least: Vec<Amount> = instance.items.iter().map(|item| item.on_demand).collect();
    for offer in &instance.offers {
        for &(item, term) in &offer.terms {
            let price = if offer.product.is_plan() {
                term
            } else {
                let hours = instance.hours_per_month.checked_mul(Amount::from_int(i64::from(offer.term_months)))?;
                offer.hourly.checked_add(offer.upfront.checked_div(hours)?)?.checked_div(term)?
            };
            least[item] = least[item].min(price);
        }
    }
    Some(least)
}

/// What usage costs at these prices, at the mean of the scenarios, of the items that `of` asks for.
fn usage_at(instance: &commitments::Instance, prices: &[Amount], of: &dyn Fn(usize) -> bool) -> Option<Amount> {
    let mut sum = Amount::ZERO;
    for scenario in &instance.scenarios {
        for (item, usage) in scenario.usage.iter().enumerate().filter(|(item, _)| of(*item)) {
            for (units, slot) in usage.iter().zip(&instance.slots) {
                let hours = units.checked_mul(slot.hours)?.checked_mul(scenario.probability)?;
                sum = sum.checked_add(hours.checked_mul(prices[item])?)?;
            }
        }
    }
    Some(sum)
}

/// What fleet and commitments could save together in a year, however both are chosen: what is rented today, less the least use of the fleet
/// (the bound of its plan) and today's use of the rest, both at the least prices that any offer has.
pub(super) fn of_rented(
    making: &Making,
    alone: &Measured,
    now: &Costs,
    fleet: Option<(&FleetPlan, &FleetProfile)>,
    facts: &terms::Facts,
) -> Option<Amount> {
    let ModelInstance::Commitments(instance) =
        ModelInstance::read(Model::Commitments, &alone.derived.text(), "what is rented").ok()?
    else {
        return None;
    };
    let least = least_prices(&instance)?;
    let skus = &making.planning.commitments.fleet_skus;
    // The type of the fleet that an item is.
    let kind = |item: usize| {
        let rented = facts.rented.iter().find(|rented| rented.id() == instance.items[item].id)?;
        fleet.and_then(|_| skus.get(&rented.sku))
    };
    let rest = usage_at(&instance, &least, &|item| kind(item).is_none())?;
    let fleet = match fleet {
        None => Amount::ZERO,
        Some((plan, profile)) => {
            // The cheapest that any of its types can become, in parts of the price that its plan was made with. Types that the bill does
            // not have come under the commitments of those that it has.
            let mut share = Amount::ONE;
            for (item, kind) in (0..instance.items.len()).filter_map(|item| Some((item, kind(item)?))) {
                let planned = profile.instance_types.iter().find(|offer| offer.id == *kind).map(|offer| offer.price);
                for price in planned.into_iter().chain([instance.items[item].on_demand]).filter(|price| !price.is_zero()) {
                    share = share.min(least[item].checked_div(price)?);
                }
            }
            let hours = instance.hours_per_month.checked_mul(Amount::from_int(i64::from(alone.derived.months)))?;
            let week = rounded_down(plan.bound?)?.checked_mul(share)?;
            week.mul_div(hours, Amount::from_int(i64::try_from(plan.hours).ok()?))?
        }
    };
    in_a_year(now.now?.checked_sub(rest)?.checked_sub(fleet)?, alone.derived.months)
}

impl Farthing {
    /// What routing could save in a year whatever fleet and storage leave of the costs of decisions. What it saves is convex in these two
    /// shares (today's cost is linear, the least cost concave), so that it is most at one of the corners between nothing done and
    /// the most that their bounds allow.
    pub(super) async fn most_of_routing(
        &self,
        making: &Making,
        period: BillingPeriod,
        left: &Left,
        fleet: Option<(&FleetPlan, &FleetProfile)>,
        storage: Option<Amount>,
    ) -> Result<Option<Amount>, Error> {
        let hosting = fleet.and_then(|(plan, profile)| {
            // The planned share, brought down to the bound of the plan.
            let planned: Amount = plan.workloads.iter().map(|workload| workload.on_demand_value.amount).sum();
            hosting_left(plan, profile)?.mul_div(rounded_down(plan.bound?)?.min(planned), planned)
        });
        let mut most: Option<Amount> = None;
        for hosting in corners(hosting.filter(|_| !left.hosted.is_empty())) {
            for storage in corners(storage) {
                let at = Left { hosting, storage, hosted: left.hosted.clone() };
                let (currency, arms) = self.arms(period, &at).await?;
                let derived = routing::derive(&arms, 1, &making.planning).map_err(unmade)?;
                let measured = Measured { model: Model::Routing, currency, derived, facts: Facts::Routing(arms) };
                let limits = making.limits;
                let found = blocking(move || {
                    let (plan, costs) = measured.solve(&limits)?;
                    Ok(of_step(&costs, &plan, measured.derived.months))
                })
                .await?;
                let Some(found) = found else { return Ok(None) };
                most = most.max(Some(found));
            }
        }
        Ok(most)
    }
}

fn corners(least: Option<Amount>) -> Vec<Amount> {
    std::iter::once(Amount::ONE).chain(least.map(|least| least.max(Amount::ZERO)).filter(|least| *least != Amount::ONE)).collect()
}
