//! The program, one function a named constraint of MODEL.md.

use super::data::{Handling, Instance, Kind};
use crate::number::to_f64;
use crate::program::{Column, Program, Row};

/// x\[d,h\]
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub decision: usize,
    pub handler: usize,
    pub column: Column,
    handling: Handling,
}

/// A constraint whose price is reported: rows that one unit of it moves together, and how far.
pub(super) struct Priced {
    pub rows: Vec<(Row, f64)>,
    pub constraint: String,
    pub unit: &'static str,
}

pub(super) struct Formulation {
    pub program: Program,
    pub routes: Vec<Route>,
    pub priced: Vec<Priced>,
}

pub(super) fn formulate(instance: &Instance) -> Formulation {
    let mut program = Program::new("routing");
    let mut routes = Vec::new();
    for decision in 0..instance.decisions.len() {
        for handler in 0..instance.handlers.len() {
            let Some(handling) = instance.route(decision, handler) else { continue };
            let name = format!("{} {}", instance.decisions[decision].id, instance.handlers[handler].id);
            let column = program.column(name, to_f64(handling.cost), 0.0, f64::INFINITY);
            routes.push(Route { decision, handler, column, handling });
        }
    }
    let mut formulation = Formulation { program, routes, priced: Vec::new() };
    for (decision, of) in instance.decisions.iter().enumerate() {
        let volume = formulation.priced.len();
        add_volume(&mut formulation, instance, decision);
        let with = [
            (add_quality(&mut formulation, instance, decision), of.least_quality),
            (add_latency(&mut formulation, instance, decision), of.most_latency),
            (add_people(&mut formulation, instance, decision), Some(of.least_human)),
        ];
        // One more decision asks for its part of quality, latency and people as well.
        let moved = with.into_iter().filter_map(|(row, per_decision)| Some((row?, to_f64(per_decision?))));
        formulation.priced[volume].rows.extend(moved);
    }
    add_capacity(&mut formulation, instance);
    add_budget(&mut formulation, instance);
    formulation
}

impl Formulation {
    fn of(&self, decision: usize, value: impl Fn(&Route) -> f64) -> Vec<(Column, f64)> {
        self.routes.iter().filter(|r| r.decision == decision).map(|r| (r.column, value(r))).collect()
    }

    fn keep(&mut self, row: Row, constraint: String, unit: &'static str, weight: f64) {
        self.program.relaxable(row, constraint.clone(), unit, weight);
        self.priced.push(Priced { rows: vec![(row, 1.0)], constraint, unit });
    }
}

/// **volume**: Σ_h x\[d,h\] = V\[d\]   (decisions)
fn add_volume(f: &mut Formulation, instance: &Instance, decision: usize) {
    let of = &instance.decisions[decision];
    let terms = f.of(decision, |_| 1.0);
    let row = f.program.equal(format!("volume {}", of.id), terms, to_f64(of.volume));
    f.keep(row, format!("the volume of {}", of.id), "decisions", 1e3);
}

/// **quality**: Σ_h q\[d,h\]·x\[d,h\] ≥ Q\[d\]·V\[d\]   (right answers)
fn add_quality(f: &mut Formulation, instance: &Instance, decision: usize) -> Option<Row> {
    let of = &instance.decisions[decision];
    let least = of.least_quality?;
    let terms = f.of(decision, |r| to_f64(r.handling.quality));
    let row = f.program.at_least(format!("quality {}", of.id), terms, to_f64(least) * to_f64(of.volume));
    f.keep(row, format!("the quality of {}", of.id), "right answers", 1.0);
    Some(row)
}

/// **latency**: Σ_h l\[d,h\]·x\[d,h\] ≤ L\[d\]·V\[d\]   (seconds)
fn add_latency(f: &mut Formulation, instance: &Instance, decision: usize) -> Option<Row> {
    let of = &instance.decisions[decision];
    let most = of.most_latency?;
    let terms = f.of(decision, |r| to_f64(r.handling.latency));
    let row = f.program.at_most(format!("latency {}", of.id), terms, to_f64(most) * to_f64(of.volume));
    f.keep(row, format!("the latency of all {}", of.id), "seconds", 1.0);
    Some(row)
}

/// **people**: Σ_{h person} x\[d,h\] ≥ H\[d\]·V\[d\]   (decisions)
fn add_people(f: &mut Formulation, instance: &Instance, decision: usize) -> Option<Row> {
    let of = &instance.decisions[decision];
    if of.least_human.is_zero() {
        return None;
    }
    let terms = f.of(decision, |r| f64::from(u8::from(instance.handlers[r.handler].kind == Kind::Person)));
    let row = f.program.at_least(format!("people {}", of.id), terms, to_f64(of.least_human) * to_f64(of.volume));
    f.keep(row, format!("what people decide of {}", of.id), "decisions", 1.0);
    Some(row)
}

/// **capacity**: Σ_d a\[d,h\]·x\[d,h\] ≤ C\[h\]   (units of the handler)
fn add_capacity(f: &mut Formulation, instance: &Instance) {
    for (index, handler) in instance.handlers.iter().enumerate() {
        let Some(capacity) = handler.capacity else { continue };
        let here = f.routes.iter().filter(|r| r.handler == index);
        let terms: Vec<_> = here.map(|r| (r.column, to_f64(r.handling.load))).collect();
        let row = f.program.at_most(format!("capacity {}", handler.id), terms, to_f64(capacity));
        f.keep(row, format!("the capacity of {}", handler.id), "units", 1.0);
    }
}

/// **budget**: Σ c\[d,h\]·x\[d,h\] ≤ B   (money)
fn add_budget(f: &mut Formulation, instance: &Instance) {
    let Some(budget) = instance.budget else { return };
    let terms: Vec<_> = f.routes.iter().map(|r| (r.column, to_f64(r.handling.cost))).collect();
    let row = f.program.at_most("budget", terms, to_f64(budget));
    f.keep(row, "the budget".to_owned(), "money", 1.0);
}
