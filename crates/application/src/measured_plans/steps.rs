//! What one step of the plan of plans leaves for the next.

use std::collections::BTreeMap;

use chrono::{Datelike, Timelike};
use farthing_optimizer::FleetPlan;
use farthing_optimizer::measured::{Planning, commitments, contracts, portfolio, routing};
use farthing_optimizer::{FleetProfile, routing as routing_model};
use farthing_types::{Amount, BillingPeriod};

use super::decided::Left;

/// What is rented once the fleet runs as planned: of each type the planned replicas in place of today's. Types that the bill does not
/// have come beside those of the same service, under the same commitments.
pub(super) fn with_fleet(
    facts: &commitments::Facts,
    plan: &FleetPlan,
    profile: &FleetProfile,
    planning: &Planning,
    period: BillingPeriod,
) -> Option<commitments::Facts> {
    let skus = &planning.commitments.fleet_skus;
    let known = |item: &commitments::Rented| skus.get(&item.sku);
    let like = facts.rented.iter().position(|item| known(item).is_some())?;
    let mut after = facts.clone();
    let mut planned: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut today: BTreeMap<&str, u64> = BTreeMap::new();
    for workload in &plan.workloads {
        for kind in &workload.types {
            let hours = planned.entry(&kind.type_id).or_insert_with(|| vec![0; plan.hours]);
            hours.iter_mut().zip(&kind.replicas).for_each(|(sum, replicas)| *sum += u64::from(*replicas));
        }
        for running in &workload.today {
            *today.entry(&running.type_id).or_default() += u64::from(running.replicas);
        }
    }
    for kind in today.keys() {
        planned.entry(kind).or_insert_with(|| vec![0; plan.hours]);
    }
    let start = period.start();
    // A plan's week begins on Monday.
    let first = (start.weekday().num_days_from_monday() * 24 + start.hour()) as usize;
    for (kind, week) in planned {
        let at = |hour: usize| Amount::from_int(i64::try_from(week[(first + hour) % week.len()]).unwrap_or(i64::MAX));
        let runs = Amount::from_int(i64::try_from(today.get(kind).copied().unwrap_or(0)).unwrap_or(i64::MAX));
        if let Some(index) = after.rented.iter().position(|item| known(item).is_some_and(|of| of == kind)) {
            for (hour, units) in after.rented[index].hours.iter_mut().enumerate() {
                *units = (*units - runs).max(Amount::ZERO) + at(hour);
            }
            continue;
        }
        let price = profile.instance_types.iter().find(|offer| offer.id == kind)?.price;
        let model = &facts.rented[like];
        let hours = (0..model.hours.len()).map(at).collect();
        let mut new = commitments::Rented { sku: kind.to_owned(), on_demand: price, hours, ..model.clone() };
        // In the proportion of its neighbour, as what is held.
        for listed in &mut new.listed {
            listed.price = price.mul_div(listed.price, model.on_demand).unwrap_or(price).round(9);
        }
        after.rented.push(new);
        let index = after.rented.len() - 1;
        for held in after.held.iter_mut().filter(|held| held.is_spend) {
            let rate = held.rates.iter().find(|(item, _)| *item == like).map(|(_, rate)| *rate);
            if let Some(rate) = rate.and_then(|rate| price.mul_div(rate, model.on_demand)) {
                held.rates.push((index, rate.round(9)));
            }
        }
    }
    Some(after)
}

/// On-demand value of the fleet as planned, as a share of today's.
pub(super) fn hosting_left(plan: &FleetPlan, profile: &FleetProfile) -> Option<Amount> {
    let price = |kind: &str| profile.instance_types.iter().find(|offer| offer.id == kind).map(|offer| offer.price);
    let hours = Amount::from_int(i64::try_from(plan.hours).ok()?);
    let mut today = Amount::ZERO;
    for running in plan.workloads.iter().flat_map(|workload| &workload.today) {
        let count = Amount::from_int(i64::from(running.replicas));
        today = today.checked_add(price(&running.type_id)?.checked_mul(count)?.checked_mul(hours)?)?;
    }
    let planned: Amount = plan.workloads.iter().map(|workload| workload.on_demand_value.amount).sum();
    planned.checked_div(today)
}

/// Decisions of each model after routing, as a share of today's.
fn shares(arms: &[routing::Arm], plan: &routing_model::Outcome) -> BTreeMap<String, (Amount, Amount)> {
    let mut models: BTreeMap<String, (Amount, Amount)> = BTreeMap::new();
    for arm in arms {
        let Some(model) = &arm.model else { continue };
        let after: Amount = plan.routes.iter().filter(|route| route.handler == arm.id()).map(|route| route.decisions).sum();
        let sums = models.entry(model.clone()).or_default();
        sums.0 += Amount::from_int(i64::try_from(arm.decisions).unwrap_or(i64::MAX));
        sums.1 += after;
    }
    models
}

/// Needs once decisions go where routing sends them: a model's tokens follow its decisions.
pub(super) fn needs_after(facts: &contracts::Facts, arms: &[routing::Arm], plan: &routing_model::Outcome) -> contracts::Facts {
    let models = shares(arms, plan);
    let mut after = facts.clone();
    for need in &mut after.tokens {
        if let Some((before, now)) = models.get(&need.model) {
            need.monthly = need.monthly.mul_div(*now, *before).unwrap_or(need.monthly);
        }
    }
    after
}

/// Models' costs and values once decisions are routed: both follow the decisions, and a decision costs what it costs by then.
pub(super) fn cards_after(
    cards: &[portfolio::Card],
    before: &[routing::Arm],
    arms: &[routing::Arm],
    plan: &routing_model::Outcome,
) -> Vec<portfolio::Card> {
    let models = shares(arms, plan);
    let bill = |arms: &[routing::Arm], model: &str| -> Option<Amount> {
        let mine = arms.iter().filter(|arm| arm.model.as_deref() == Some(model));
        let cost = |arm: &routing::Arm| arm.cost.checked_mul(Amount::from_int(i64::try_from(arm.decisions).ok()?));
        mine.map(cost).sum()
    };
    let after = |card: &portfolio::Card| {
        let mut card = card.clone();
        // The same decisions at the costs that earlier steps leave.
        if let Some((then, now)) = bill(before, &card.model).zip(bill(arms, &card.model)) {
            card.monthly_cost = card.monthly_cost.mul_div(now, then).unwrap_or(card.monthly_cost);
        }
        if let Some((then, now)) = models.get(&card.model) {
            let scaled = |amount: Amount| amount.mul_div(*now, *then).unwrap_or(amount);
            card.monthly_cost = scaled(card.monthly_cost);
            card.monthly_value = card.monthly_value.map(scaled);
            card.covers.iter_mut().for_each(|(_, share)| *share = scaled(*share).min(Amount::ONE));
        }
        card
    };
    cards.iter().map(after).collect()
}

/// What the fleet and storage leave of the costs of decisions.
pub(super) fn left_of(fleet: Option<(&FleetPlan, &FleetProfile)>, storage: Option<(Amount, Amount)>) -> Left {
    let hosted = fleet.map(|(plan, _)| plan.workloads.iter().map(|workload| workload.model.to_string()).collect());
    Left {
        hosting: fleet.and_then(|(plan, profile)| hosting_left(plan, profile)).unwrap_or(Amount::ONE),
        storage: storage.and_then(|(now, planned)| planned.checked_div(now)).unwrap_or(Amount::ONE),
        hosted: hosted.unwrap_or_default(),
    }
}
