//! The program, one function a kind of pricing and a named constraint of MODEL.md.

use std::collections::BTreeMap;
use std::ops::Range;

use super::data::{Contract, Instance, Pricing, Tier};
use crate::number::to_f64;
use crate::program::{Column, Program};

pub(super) struct Formulation {
    pub program: Program,
    /// y\[c\]
    pub signed: Vec<Column>,
    /// n\[c\]: packs or seats.
    pub counts: Vec<Option<Column>>,
    /// x\[c,g,s,t\] by (contract, need, scenario, period).
    pub units: BTreeMap<(usize, usize, usize, usize), Column>,
}

/// The program; `forced` contracts are signed, or not.
pub(super) fn formulate(instance: &Instance, forced: Option<(usize, bool)>) -> Formulation {
    let mut program = Program::new("contracts");
    let periods = f64::from(instance.periods);
    let signed: Vec<Column> =
        instance.contracts.iter().map(|c| program.binary(format!("sign {}", c.id), periods * to_f64(c.fee))).collect();
    for (index, contract) in instance.contracts.iter().enumerate().filter(|(_, c)| c.signed) {
        debug_assert!(contract.signed);
        program.set_bounds(signed[index], 1.0, 1.0);
    }
    if let Some((index, wanted)) = forced {
        let value = f64::from(u8::from(wanted));
        program.set_bounds(signed[index], value, value);
    }
    let counts = instance.contracts.iter().map(|c| add_count(&mut program, instance, c)).collect();
    let mut formulation = Formulation { program, signed, counts, units: BTreeMap::new() };
    add_units(&mut formulation, instance);
    add_demand(&mut formulation, instance);
    add_sources(&mut formulation, instance);
    add_groups(&mut formulation, instance);
    for (index, contract) in instance.contracts.iter().enumerate() {
        for scenario in 0..instance.scenarios.len() {
            add_pricing(&mut formulation, instance, index, contract, scenario);
        }
        add_seat_limits(&mut formulation, index, contract);
    }
    formulation
}

fn add_count(program: &mut Program, instance: &Instance, contract: &Contract) -> Option<Column> {
    match &contract.pricing {
        Pricing::Prepaid { pack_price, most, .. } => {
            Some(program.integer(format!("packs {}", contract.id), to_f64(*pack_price), 0.0, f64::from(*most)))
        }
        Pricing::Seats { seat_price, .. } => {
            let cost = f64::from(instance.periods) * to_f64(*seat_price);
            Some(program.integer(format!("seats {}", contract.id), cost, 0.0, f64::INFINITY))
        }
        _ => None,
    }
}

fn add_units(f: &mut Formulation, instance: &Instance) {
    for (c, contract) in instance.contracts.iter().enumerate() {
        for &(need, _) in &contract.serves {
            for (s, scenario) in instance.scenarios.iter().enumerate() {
                for (t, demand) in scenario.demand[need].iter().enumerate() {
                    let name = format!("{} {} {} {t}", contract.id, instance.needs[need].id, scenario.id);
                    f.units.insert((c, need, s, t), f.program.column(name, 0.0, 0.0, to_f64(*demand)));
                }
            }
        }
    }
}

/// **demand**: Σ_c x\[c,g,s,t\] = D\[g,s,t\]   (units)
fn add_demand(f: &mut Formulation, instance: &Instance) {
    for (need, of) in instance.needs.iter().enumerate() {
        for (s, scenario) in instance.scenarios.iter().enumerate() {
            for (t, demand) in scenario.demand[need].iter().enumerate() {
                let terms = (0..instance.contracts.len()).filter_map(|c| f.units.get(&(c, need, s, t))).map(|x| (*x, 1.0));
                let row =
                    f.program.equal(format!("demand {} {} {t}", of.id, scenario.id), terms.collect::<Vec<_>>(), to_f64(*demand));
                let words = format!("{} in period {} ({})", of.id, t + 1, scenario.id);
                f.program.relaxable(row, words, "units", 1e3);
            }
        }
    }
}

/// **signed**: x\[c,g,s,t\] ≤ D\[g,s,t\]·y\[c\]; for a single source ≤ D·z\[c,g\], Σ_c z\[c,g\] = 1, z ≤ y
fn add_sources(f: &mut Formulation, instance: &Instance) {
    for (need, of) in instance.needs.iter().enumerate() {
        let mut sources = Vec::new();
        for (c, contract) in instance.contracts.iter().enumerate().filter(|(_, c)| c.serves.iter().any(|(n, _)| *n == need)) {
            let gate = if of.single_source {
                let source = f.program.binary(format!("source {} {}", of.id, contract.id), 0.0);
                f.program.at_most(format!("source {} {}", of.id, contract.id), [(source, 1.0), (f.signed[c], -1.0)], 0.0);
                sources.push((source, 1.0));
                source
            } else {
                f.signed[c]
            };
            for (s, scenario) in instance.scenarios.iter().enumerate() {
                for (t, demand) in scenario.demand[need].iter().enumerate() {
                    let x = f.units[&(c, need, s, t)];
                    let name = format!("signed {} {} {} {t}", contract.id, of.id, scenario.id);
                    f.program.at_most(name, [(x, 1.0), (gate, -to_f64(*demand))], 0.0);
                }
            }
        }
        if of.single_source {
            f.program.equal(format!("one source {}", of.id), sources, 1.0);
        }
    }
}

/// **group**: Σ y\[c\] ≤ 1
fn add_groups(f: &mut Formulation, instance: &Instance) {
    let mut groups: BTreeMap<&str, Vec<(Column, f64)>> = BTreeMap::new();
    for (contract, signed) in instance.contracts.iter().zip(&f.signed) {
        if let Some(group) = &contract.group {
            groups.entry(group).or_default().push((*signed, 1.0));
        }
    }
    for (group, terms) in groups {
        f.program.at_most(format!("group {group}"), terms, 1.0);
    }
}

/// U of some periods: the units of the contract, as terms.
fn usage(f: &Formulation, contract: usize, of: &Contract, scenario: usize, periods: Range<usize>) -> Vec<(Column, f64)> {
    let of = of.serves.iter().flat_map(|(need, weight)| periods.clone().map(move |t| (*need, *weight, t)));
    of.map(|(need, weight, t)| (f.units[&(contract, need, scenario, t)], to_f64(weight))).collect()
}

/// The most that U can be.
fn most_usage(instance: &Instance, of: &Contract, scenario: usize, periods: Range<usize>) -> f64 {
    let demand = &instance.scenarios[scenario].demand;
    let need = |(need, weight): &(usize, farthing_types::Amount)| {
        to_f64(*weight) * periods.clone().map(|t| to_f64(demand[*need][t])).sum::<f64>()
    };
    of.serves.iter().map(need).sum()
}

fn add_pricing(f: &mut Formulation, instance: &Instance, index: usize, of: &Contract, s: usize) {
    let probability = to_f64(instance.scenarios[s].probability);
    let all = 0..instance.periods as usize;
    match &of.pricing {
        Pricing::Graduated(tiers) => {
            for window in instance.windows(of) {
                let most = most_usage(instance, of, s, window.clone());
                let usage = usage(f, index, of, s, window);
                add_graduated(&mut f.program, &of.id, tiers, probability, usage, most);
            }
        }
        Pricing::Volume(tiers) => {
            for window in instance.windows(of) {
                let most = most_usage(instance, of, s, window.clone());
                let usage = usage(f, index, of, s, window);
                add_volume(&mut f.program, &of.id, tiers, probability, usage, most);
            }
        }
        Pricing::Commit { minimum, price } => {
            for window in instance.windows(of) {
                let usage = usage(f, index, of, s, window);
                add_commit(f, index, of, probability, (to_f64(*minimum), to_f64(*price)), usage);
            }
        }
        Pricing::Prepaid { pack_units, overage, .. } => {
            let mut terms = usage(f, index, of, s, all);
            let over = f.program.column(format!("over {} {s}", of.id), probability * to_f64(*overage), 0.0, f64::INFINITY);
            terms.push((over, -1.0));
            terms.push((f.counts[index].expect("prepaid has packs"), -to_f64(*pack_units)));
            f.program.at_most(format!("prepaid {} {s}", of.id), terms, 0.0);
        }
        Pricing::Seats { units_per_seat, .. } => {
            for t in all {
                let mut terms = usage(f, index, of, s, t..t + 1);
                terms.push((f.counts[index].expect("seats are counted"), -to_f64(*units_per_seat)));
                f.program.at_most(format!("seats {} {s} {t}", of.id), terms, 0.0);
            }
        }
    }
}

/// **graduated**: U = Σ_j u\[j\], width\[j\]·b\[j+1\] ≤ u\[j\] ≤ width\[j\]·b\[j\]
fn add_graduated(program: &mut Program, id: &str, tiers: &[Tier], probability: f64, mut usage: Vec<(Column, f64)>, most: f64) {
    let mut full_before: Option<Column> = None;
    for (j, tier) in tiers.iter().enumerate() {
        let from = to_f64(tier.from);
        if j > 0 && from >= most {
            break;
        }
        let width = tiers.get(j + 1).map_or(most, |next| to_f64(next.from).min(most)) - from;
        let units = program.column(format!("{id} tier {j}"), probability * to_f64(tier.price), 0.0, width);
        usage.push((units, -1.0));
        if let Some(open) = full_before {
            program.at_most(format!("{id} open {j}"), [(units, 1.0), (open, -width)], 0.0);
        }
        if tiers.get(j + 1).is_some_and(|next| to_f64(next.from) < most) {
            let full = program.binary(format!("{id} full {j}"), 0.0);
            program.at_least(format!("{id} fill {j}"), [(units, 1.0), (full, -width)], 0.0);
            full_before = Some(full);
        }
    }
    program.equal(format!("{id} graduated"), usage, 0.0);
}

/// **volume**: U = Σ_j u\[j\], from\[j\]·b\[j\] ≤ u\[j\] ≤ from\[j+1\]·b\[j\], Σ_j b\[j\] ≤ 1
fn add_volume(program: &mut Program, id: &str, tiers: &[Tier], probability: f64, mut usage: Vec<(Column, f64)>, most: f64) {
    let mut reached = Vec::new();
    for (j, tier) in tiers.iter().enumerate() {
        let from = to_f64(tier.from);
        let below = tiers.get(j + 1).map_or(most, |next| to_f64(next.from).min(most)).max(from);
        let units = program.column(format!("{id} volume {j}"), probability * to_f64(tier.price), 0.0, below);
        let here = program.binary(format!("{id} reached {j}"), 0.0);
        program.at_least(format!("{id} from {j}"), [(units, 1.0), (here, -from)], 0.0);
        program.at_most(format!("{id} below {j}"), [(units, 1.0), (here, -below)], 0.0);
        usage.push((units, -1.0));
        reached.push((here, 1.0));
    }
    program.at_most(format!("{id} one tier"), reached, 1.0);
    program.equal(format!("{id} volume"), usage, 0.0);
}

/// **commit**: k ≥ price·U, k ≥ minimum·y
fn add_commit(f: &mut Formulation, index: usize, of: &Contract, probability: f64, terms: (f64, f64), usage: Vec<(Column, f64)>) {
    let (minimum, price) = terms;
    let bill = f.program.column(format!("bill {}", of.id), probability, 0.0, f64::INFINITY);
    let usage = usage.into_iter().map(|(x, weight)| (x, -price * weight));
    f.program.at_least(format!("usage {}", of.id), usage.chain([(bill, 1.0)]).collect::<Vec<_>>(), 0.0);
    f.program.at_least(format!("minimum {}", of.id), [(bill, 1.0), (f.signed[index], -minimum)], 0.0);
}

/// **seats**: minimum·y ≤ n ≤ most·y; packs only of what is signed
fn add_seat_limits(f: &mut Formulation, index: usize, of: &Contract) {
    let Some(count) = f.counts[index] else { return };
    let (minimum, most, what) = match of.pricing {
        Pricing::Seats { minimum, most, .. } => (minimum, most, "seats"),
        Pricing::Prepaid { most, .. } => (0, most, "packs"),
        _ => return,
    };
    f.program.at_least(format!("fewest {}", of.id), [(count, 1.0), (f.signed[index], -f64::from(minimum))], 0.0);
    let row = f.program.at_most(format!("most {}", of.id), [(count, 1.0)], f64::from(most));
    if what == "seats" {
        f.program.relaxable(row, format!("the most {what} of {}", of.id), what, 1.0);
    }
    f.program.at_most(format!("only signed {}", of.id), [(count, 1.0), (f.signed[index], -1e6)], 0.0);
}
