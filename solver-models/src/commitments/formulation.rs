//! The program, one function a named constraint of MODEL.md.

use farthing_types::Amount;

use super::data::{Instance, Offer};
use crate::number::to_f64;
use crate::program::{Column, Program};

/// The columns of a purchase.
#[derive(Clone, Copy)]
pub(super) struct Purchase {
    pub offer: usize,
    pub month: u32,
    /// Steps (reservations), or the commitment (plans without an increment).
    pub steps: Column,
    /// Size of a step.
    pub step: f64,
}

/// x\[o,i,t,s\] of one offer, slot and scenario.
struct Cover {
    offer: usize,
    slot: usize,
    scenario: usize,
    /// (item, column, its term)
    items: Vec<(usize, Column, f64)>,
}

pub(super) struct Formulation {
    pub program: Program,
    pub purchases: Vec<Purchase>,
}

/// e_o: what a unit's hour costs, everything included.
pub(super) fn effective_hourly(instance: &Instance, offer: &Offer) -> f64 {
    if offer.product.is_plan() {
        return 1.0;
    }
    to_f64(offer.hourly) + to_f64(offer.upfront) / term_hours(instance, offer)
}

fn term_hours(instance: &Instance, offer: &Offer) -> f64 {
    f64::from(offer.term_months) * to_f64(instance.hours_per_month)
}

/// Cash paid upfront for one unit of an offer.
fn upfront_cash(instance: &Instance, offer: &Offer) -> f64 {
    if offer.product.is_plan() { to_f64(offer.upfront) * term_hours(instance, offer) } else { to_f64(offer.upfront) }
}

/// Hours of the horizon in which a purchase is active.
fn active_hours(instance: &Instance, offer: usize, month: u32) -> f64 {
    let slots = instance.slots.iter().filter(|s| instance.active(offer, month, s.month));
    slots.map(|s| to_f64(s.hours)).sum()
}

/// The program for the offers that `allowed` lets be bought.
pub(super) fn formulate(instance: &Instance, allowed: &dyn Fn(usize) -> bool) -> Formulation {
    let mut program = Program::new("commitments");
    let weight = instance.risk.map_or(0.0, |r| to_f64(r.weight));
    let purchases = add_purchases(&mut program, instance, allowed);
    let covers = add_covers(&mut program, instance, 1.0 - weight);
    add_usage(&mut program, instance, &covers);
    add_units_and_spend(&mut program, instance, &purchases, &covers);
    add_upfront_limit(&mut program, instance, &purchases);
    add_least_coverage(&mut program, instance, &covers);
    let on_demand = on_demand_by_scenario(instance);
    let mean: f64 = instance.scenarios.iter().zip(&on_demand).map(|(s, cost)| to_f64(s.probability) * cost).sum();
    // What does not depend on the scenario counts in full in the mean and in the tail alike.
    program.add_constant((1.0 - weight) * mean + existing_cost(instance));
    if weight > 0.0 {
        add_tail(&mut program, instance, &covers, &on_demand, weight);
    }
    Formulation { program, purchases }
}

fn add_purchases(program: &mut Program, instance: &Instance, allowed: &dyn Fn(usize) -> bool) -> Vec<Purchase> {
    let mut purchases = Vec::new();
    for (index, offer) in instance.offers.iter().enumerate().filter(|(i, _)| allowed(*i)) {
        for &month in &instance.purchase_months {
            let whole = !offer.increment.is_zero();
            let step = if whole { to_f64(offer.increment) } else { 1.0 };
            let beyond = f64::from(instance.months_charged_beyond(index, month)) * to_f64(instance.hours_per_month);
            let cost = step * effective_hourly(instance, offer) * (active_hours(instance, index, month) + beyond);
            let most = to_f64(offer.most) / step;
            let name = format!("buy {} month {month}", offer.id);
            let steps =
                if whole { program.integer(name, cost, 0.0, most.floor()) } else { program.column(name, cost, 0.0, most) };
            let purchase = Purchase { offer: index, month, steps, step };
            add_minimum(program, offer, &purchase, most);
            purchases.push(purchase);
        }
    }
    purchases
}

/// **minimum**: minimum·y ≤ bought ≤ most·y
fn add_minimum(program: &mut Program, offer: &Offer, purchase: &Purchase, most: f64) {
    if offer.minimum <= Amount::ZERO {
        return;
    }
    let any = program.binary(format!("any {} month {}", offer.id, purchase.month), 0.0);
    let name = format!("{} month {}", offer.id, purchase.month);
    let least = to_f64(offer.minimum) / purchase.step;
    program.at_least(format!("minimum {name}"), [(purchase.steps, 1.0), (any, -least)], 0.0);
    program.at_most(format!("most {name}"), [(purchase.steps, 1.0), (any, -most)], 0.0);
}

fn add_covers(program: &mut Program, instance: &Instance, weight: f64) -> Vec<Cover> {
    let mut covers = Vec::new();
    for (scenario, case) in instance.scenarios.iter().enumerate() {
        for (slot, when) in instance.slots.iter().enumerate() {
            let worth = weight * to_f64(case.probability) * to_f64(when.hours);
            for (index, offer) in instance.offers.iter().enumerate() {
                let items = offer.terms.iter().filter(|(item, _)| case.usage[*item][slot] > Amount::ZERO);
                let items = items.map(|&(item, term)| {
                    let name = format!("cover {} {} {slot} {}", offer.id, instance.items[item].id, case.id);
                    let cost = -worth * to_f64(instance.items[item].on_demand);
                    (item, program.column(name, cost, 0.0, to_f64(case.usage[item][slot])), to_f64(term))
                });
                covers.push(Cover { offer: index, slot, scenario, items: items.collect() });
            }
        }
    }
    covers
}

/// **usage**: Σ_o x\[o,i,t,s\] ≤ usage\[i,t,s\]   (units; a single offer is held by the bound of its column)
fn add_usage(program: &mut Program, instance: &Instance, covers: &[Cover]) {
    for together in covers.chunk_by(|a, b| (a.scenario, a.slot) == (b.scenario, b.slot)) {
        let (scenario, slot) = (&instance.scenarios[together[0].scenario], together[0].slot);
        for (item, usage) in scenario.usage.iter().enumerate() {
            let columns = together.iter().flat_map(|c| &c.items).filter(|(i, ..)| *i == item);
            let terms: Vec<(Column, f64)> = columns.map(|(_, column, _)| (*column, 1.0)).collect();
            if terms.len() > 1 {
                program.at_most(format!("usage {} {slot} {}", instance.items[item].id, scenario.id), terms, to_f64(usage[slot]));
            }
        }
    }
}

/// **units**: Σ_i x ÷ a\[i,o\] ≤ A\[o,t\] · **spend**: Σ_i r\[i,o\]·x ≤ A\[o,t\]
fn add_units_and_spend(program: &mut Program, instance: &Instance, purchases: &[Purchase], covers: &[Cover]) {
    for cover in covers.iter().filter(|c| !c.items.is_empty()) {
        let offer = &instance.offers[cover.offer];
        let month = instance.slots[cover.slot].month;
        let plan = offer.product.is_plan();
        let taken = cover.items.iter().map(|(_, column, term)| (*column, if plan { *term } else { 1.0 / term }));
        let bought = purchases.iter().filter(|p| p.offer == cover.offer && instance.active(p.offer, p.month, month));
        let terms: Vec<(Column, f64)> = taken.chain(bought.map(|p| (p.steps, -p.step))).collect();
        let name = format!("{} {} {} {}", if plan { "spend" } else { "units" }, offer.id, cover.slot, cover.scenario);
        program.at_most(name, terms, to_f64(held(instance, cover.offer, month)));
    }
}

/// E\[o,t\]: what is held already in a month.
pub(super) fn held(instance: &Instance, offer: usize, month: u32) -> Amount {
    instance.existing.iter().filter(|e| e.offer == offer && month < e.ends).map(|e| e.quantity).sum()
}

fn existing_cost(instance: &Instance) -> f64 {
    let slots = instance.slots.iter().map(|slot| {
        let offers = instance.offers.iter().enumerate();
        let held = offers.map(|(i, o)| effective_hourly(instance, o) * to_f64(held(instance, i, slot.month)));
        to_f64(slot.hours) * held.sum::<f64>()
    });
    slots.sum()
}

/// **upfront limit**: Σ upfront cash ≤ limit   (money)
fn add_upfront_limit(program: &mut Program, instance: &Instance, purchases: &[Purchase]) {
    let Some(limit) = instance.policy.upfront_limit else { return };
    let cash = purchases.iter().map(|p| (p.steps, p.step * upfront_cash(instance, &instance.offers[p.offer])));
    let row = program.at_most("upfront limit", cash.collect::<Vec<_>>(), to_f64(limit));
    program.relaxable(row, "the upfront limit", "money", 1.0);
}

/// **least coverage**: Σ π·hours·od·x ≥ share · Σ π·hours·od·usage   (money on demand)
fn add_least_coverage(program: &mut Program, instance: &Instance, covers: &[Cover]) {
    let Some(share) = instance.policy.least_coverage else { return };
    let mut terms = Vec::new();
    for cover in covers {
        let worth = to_f64(instance.scenarios[cover.scenario].probability) * to_f64(instance.slots[cover.slot].hours);
        terms.extend(cover.items.iter().map(|(item, column, _)| (*column, worth * to_f64(instance.items[*item].on_demand))));
    }
    let cases = instance.scenarios.iter().zip(on_demand_by_scenario(instance));
    let total: f64 = cases.map(|(s, cost)| to_f64(s.probability) * cost).sum();
    let row = program.at_least("least coverage", terms, to_f64(share) * total);
    program.relaxable(row, "on-demand value that commitments must cover", "money", 1e3);
}

/// What everything would cost on demand, by scenario.
fn on_demand_by_scenario(instance: &Instance) -> Vec<f64> {
    let slot = |scenario: &super::data::Scenario, t: usize| -> f64 {
        let items = instance.items.iter().zip(&scenario.usage);
        items.map(|(item, usage)| to_f64(item.on_demand) * to_f64(usage[t])).sum()
    };
    let total = |s| instance.slots.iter().enumerate().map(|(t, when)| to_f64(when.hours) * slot(s, t)).sum();
    instance.scenarios.iter().map(total).collect()
}

/// **tail**: z_s ≥ K_s − η; λ·(η + Σ π_s·z_s ÷ (1 − α)) in the objective.
///
/// What commitments cost is the same in every scenario, so η is of the on-demand cost alone.
fn add_tail(program: &mut Program, instance: &Instance, covers: &[Cover], on_demand: &[f64], weight: f64) {
    let risk = instance.risk.expect("a weight comes from a risk");
    let eta = program.column("value at risk", weight, f64::NEG_INFINITY, f64::INFINITY);
    for (index, scenario) in instance.scenarios.iter().enumerate() {
        let cost = weight * to_f64(scenario.probability) / (1.0 - to_f64(risk.level));
        let excess = program.column(format!("excess {}", scenario.id), cost, 0.0, f64::INFINITY);
        let mut terms = vec![(excess, 1.0), (eta, 1.0)];
        for cover in covers.iter().filter(|c| c.scenario == index) {
            let hours = to_f64(instance.slots[cover.slot].hours);
            terms.extend(cover.items.iter().map(|(item, column, _)| (*column, hours * to_f64(instance.items[*item].on_demand))));
        }
        program.at_least(format!("tail {}", scenario.id), terms, on_demand[index]);
    }
}
