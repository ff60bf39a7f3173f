//! The program, one function a named constraint of MODEL.md.

use farthing_types::Amount;

use super::data::{Choice, Instance, Objective};
use crate::number::to_f64;
use crate::program::{Column, Program};

pub(super) struct Formulation {
    pub program: Program,
    /// y\[a,o\]
    pub chosen: Vec<Vec<Column>>,
}

/// The program for a budget; with `least_value` the cheapest plan of at least that value.
pub(super) fn formulate(instance: &Instance, budget: Option<Amount>, least_value: Option<Amount>) -> Formulation {
    let mut program = Program::new("portfolio");
    let cost = |choice: &Choice| match (instance.objective, least_value) {
        (Objective::Net, _) => to_f64(choice.spend()) - to_f64(choice.value),
        (Objective::Value, None) => -to_f64(choice.value),
        (Objective::Value, Some(_)) => to_f64(choice.spend()),
    };
    let chosen: Vec<Vec<Column>> = instance
        .assets
        .iter()
        .map(|asset| asset.options.iter().map(|c| program.binary(format!("{} {}", asset.id, c.id), cost(c))).collect())
        .collect();
    let mut formulation = Formulation { program, chosen };
    add_one_option(&mut formulation, instance);
    add_budget(&mut formulation, instance, budget);
    add_teams(&mut formulation, instance);
    add_coverage(&mut formulation, instance);
    add_requires(&mut formulation, instance);
    if let Some(least) = least_value {
        let terms = formulation.sum(instance, |c| Some(to_f64(c.value)));
        formulation.program.at_least("value", terms, to_f64(least));
    }
    formulation
}

impl Formulation {
    fn sum(&self, instance: &Instance, value: impl Fn(&Choice) -> Option<f64>) -> Vec<(Column, f64)> {
        let pairs = instance.assets.iter().zip(&self.chosen).flat_map(|(asset, columns)| asset.options.iter().zip(columns));
        pairs.filter_map(|(choice, column)| Some((*column, value(choice)?))).collect()
    }
}

/// The weight that makes a relaxation cost its share of the limit.
fn share(limit: Amount) -> f64 {
    1.0 / to_f64(limit).max(1e-6)
}

/// **one option**: Σ_o y\[a,o\] = 1
fn add_one_option(f: &mut Formulation, instance: &Instance) {
    for (asset, columns) in instance.assets.iter().zip(&f.chosen) {
        f.program.equal(format!("one option {}", asset.id), columns.iter().map(|y| (*y, 1.0)).collect::<Vec<_>>(), 1.0);
    }
}

/// **budget**: Σ (r + f)·y ≤ B   (money)
fn add_budget(f: &mut Formulation, instance: &Instance, budget: Option<Amount>) {
    let Some(budget) = budget else { return };
    let terms = f.sum(instance, |c| Some(to_f64(c.spend())));
    let row = f.program.at_most("budget", terms, to_f64(budget));
    f.program.relaxable(row, "the budget", "money", share(budget));
}

/// **team**: Σ e\[a,o,k\]·y\[a,o\] ≤ E\[k\]   (days)
fn add_teams(f: &mut Formulation, instance: &Instance) {
    for (index, team) in instance.teams.iter().enumerate() {
        let days = |c: &Choice| c.effort.iter().find(|(k, _)| *k == index).map(|(_, days)| to_f64(*days));
        let terms = f.sum(instance, days);
        let row = f.program.at_most(format!("team {}", team.id), terms, to_f64(team.amount));
        f.program.relaxable(row, format!("the capacity of {}", team.id), "days", share(team.amount));
    }
}

/// **coverage**: Σ g\[a,o,w\]·y\[a,o\] ≥ G\[w\]   (share)
fn add_coverage(f: &mut Formulation, instance: &Instance) {
    for (index, workflow) in instance.workflows.iter().enumerate() {
        let part = |c: &Choice| c.covers.iter().find(|(w, _)| *w == index).map(|(_, part)| to_f64(*part));
        let terms = f.sum(instance, part);
        let row = f.program.at_least(format!("coverage {}", workflow.id), terms, to_f64(workflow.amount));
        f.program.relaxable(row, format!("the coverage of {}", workflow.id), "share", share(workflow.amount));
    }
}

/// **requires**: y\[a,o\] ≤ Σ_{o' in options} y\[a',o'\]
fn add_requires(f: &mut Formulation, instance: &Instance) {
    for (asset, columns) in instance.assets.iter().zip(&f.chosen) {
        for (choice, column) in asset.options.iter().zip(columns) {
            for requirement in &choice.requires {
                let others = requirement.options.iter().map(|o| (f.chosen[requirement.asset][*o], 1.0));
                let terms: Vec<_> = others.chain([(*column, -1.0)]).collect();
                f.program.at_least(format!("requires {} {}", asset.id, choice.id), terms, 0.0);
            }
        }
    }
}
