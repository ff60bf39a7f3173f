//! The whole model of MODEL.md as a named program, with every term: for small instances, for other solvers, and for one workload at a
//! time while the others stay. One function a named constraint.

use std::ops::Range;

use super::data::{Instance, InstanceType, Workload};
use super::solution::Plan;
use crate::number::to_f64;
use crate::program::{Column, Program, Row};

/// How what runs is paid.
pub(super) enum Payment<'a> {
    /// Commitments are chosen, and hours are bought.
    Buy,
    /// Commitments are given, and the other workloads run what they run: usage by type and hour.
    Beside { others: &'a [Vec<u32>], commit: &'a [u32], spend: f64 },
    /// An instance costs so much: by hour, by type.
    Prices(&'a [Vec<f64>]),
}

/// What is put into a program.
pub(super) struct Scope<'a> {
    /// Indices of the workloads.
    pub workloads: Vec<usize>,
    /// The hours.
    pub hours: Range<usize>,
    pub payment: Payment<'a>,
}

/// A program and where its decisions stand.
pub(super) struct Formulated {
    pub program: Program,
    /// By position of the workload in the scope, by type, by position of the hour.
    pub replicas: Vec<Vec<Option<Vec<Column>>>>,
    /// By type: committed instances.
    pub commit: Vec<Option<Column>>,
}

/// The program of the whole instance.
pub(super) fn whole(instance: &Instance) -> Formulated {
    let workloads = (0..instance.workloads().len()).collect();
    formulate(instance, &Scope { workloads, hours: 0..instance.hours(), payment: Payment::Buy })
}

/// Builds the program of a scope.
pub(super) fn formulate(instance: &Instance, scope: &Scope<'_>) -> Formulated {
    let mut builder = Builder {
        instance,
        scope,
        weight: scope.hours.clone().map(|hour| to_f64(instance.slots().weight(hour))).collect(),
        program: Program::new("fleet"),
        replicas: Vec::new(),
    };
    builder.declare_replicas();
    for (position, &w) in scope.workloads.iter().enumerate() {
        let workload = &instance.workloads()[w];
        builder.add_demand(position, workload);
        builder.add_min_replicas(position, workload);
        builder.add_losses(position, workload);
        builder.add_ramp(position, workload);
        builder.add_change_hours(position);
        builder.add_today(position, workload);
    }
    let commit = match &scope.payment {
        Payment::Prices(_) => Vec::new(),
        Payment::Buy | Payment::Beside { .. } => {
            builder.add_quota();
            builder.add_purchase()
        }
    };
    Formulated { program: builder.program, replicas: builder.replicas, commit }
}

struct Builder<'a> {
    instance: &'a Instance,
    scope: &'a Scope<'a>,
    /// By position of the hour.
    weight: Vec<f64>,
    program: Program,
    replicas: Vec<Vec<Option<Vec<Column>>>>,
}

/// What a constraint is called to the user.
fn words(workload: &Workload, hour: usize, what: &str) -> String {
    format!("{what} of workload {}, hour {hour}", workload.id)
}

impl Builder<'_> {
    fn types(&self) -> &[InstanceType] {
        self.instance.types()
    }

    /// Positions of the hours in the scope, with the hours.
    fn hours(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        self.scope.hours.clone().enumerate()
    }

    /// Position of the hour before, where both are in the scope.
    fn before(&self, at: usize, hour: usize) -> Option<usize> {
        self.instance.slots().before(hour).filter(|before| self.scope.hours.contains(before)).map(|_| at - 1)
    }

    /// **n\[w,i,t\]**: replicas, whole; at given prices they are paid here.
    fn declare_replicas(&mut self) {
        for &w in &self.scope.workloads {
            let workload = &self.instance.workloads()[w];
            let mut types: Vec<Option<Vec<Column>>> = vec![None; self.types().len()];
            for (i, _) in workload.usable() {
                let (name, most) = (format!("n {} {}", workload.id, self.types()[i].id), f64::from(self.types()[i].limit()));
                let cost = |at: usize, hour: usize| match &self.scope.payment {
                    Payment::Prices(prices) => self.weight[at] * prices[hour][i],
                    _ => 0.0,
                };
                let costs: Vec<(usize, f64)> = self.hours().map(|(at, hour)| (hour, cost(at, hour))).collect();
                let column = |(hour, cost): (usize, f64)| self.program.integer(format!("{name} {hour}"), cost, 0.0, most);
                types[i] = Some(costs.into_iter().map(column).collect());
            }
            self.replicas.push(types);
        }
    }

    /// Replicas of all types but `lost` in an hour, each times what `of` says of its type.
    fn running(&self, position: usize, at: usize, lost: &[usize], of: impl Fn(usize) -> f64) -> Vec<(Column, f64)> {
        let types = self.replicas[position].iter().enumerate().filter(|(i, _)| !lost.contains(i));
        types.filter_map(|(i, hours)| hours.as_ref().map(|hours| (hours[at], of(i)))).collect()
    }

    /// **demand**: Σ_i cap\[w,i\]·a\[w,i,t\] + u\[w,t\] ≥ demand\[w,t\], where a = n without a warm-up, else a ≤ n in this hour and in
    /// those of the warm-up before it; u, demand not served, costs its price   (requests per second)
    fn add_demand(&mut self, position: usize, workload: &Workload) {
        let largest = workload.usable().map(|(_, c)| to_f64(c)).fold(1e-9, f64::max);
        for (at, hour) in self.hours() {
            let demand = to_f64(workload.demand[hour]);
            let mut terms = if workload.terms.warm_up == 0 {
                self.running(position, at, &[], |i| workload.capacity[i].map_or(0.0, to_f64))
            } else {
                self.serving(position, workload, at, hour)
            };
            if let Some(price) = workload.terms.unserved_price {
                let name = format!("unserved {} {hour}", workload.id);
                terms.push((self.program.column(name, self.weight[at] * to_f64(price), 0.0, demand), 1.0));
            }
            let row = self.program.at_least(format!("demand {} {hour}", workload.id), terms, demand);
            // To serve less is worse than to raise a quota by what one replica needs.
            self.program.relaxable(row, words(workload, hour, "demand"), "requests per second", 100.0 / largest);
        }
    }

    fn serving(&mut self, position: usize, workload: &Workload, at: usize, hour: usize) -> Vec<(Column, f64)> {
        let mut terms = Vec::new();
        for (i, capacity) in workload.usable() {
            let Some(hours) = self.replicas[position][i].clone() else { continue };
            let name = format!("serving {} {} {hour}", workload.id, self.types()[i].id);
            let serving = self.program.column(name, 0.0, 0.0, f64::INFINITY);
            let (mut earlier, mut hour) = (at, hour);
            for step in 0..=workload.terms.warm_up {
                let name = format!("warm {} {} {hour} {step}", workload.id, self.types()[i].id);
                self.program.at_most(name, [(serving, 1.0), (hours[earlier], -1.0)], 0.0);
                match self.before(earlier, hour) {
                    Some(before) => (earlier, hour) = (before, hour - 1),
                    None => break,
                }
            }
            terms.push((serving, to_f64(capacity)));
        }
        terms
    }

    /// **minimum replicas**: Σ_i n\[w,i,t\] ≥ min_replicas\[w\]   (replicas)
    fn add_min_replicas(&mut self, position: usize, workload: &Workload) {
        for (at, hour) in self.hours().filter(|_| workload.min_replicas > 0) {
            let terms = self.running(position, at, &[], |_| 1.0);
            let least = f64::from(workload.min_replicas);
            let row = self.program.at_least(format!("replicas {} {hour}", workload.id), terms, least);
            self.program.relaxable(row, words(workload, hour, "fewest replicas"), "replicas", 100.0);
        }
    }

    /// **losses**: without the types of a loss, Σ cap\[w,i\]·n\[w,i,t\] ≥ share·demand\[w,t\] and Σ n\[w,i,t\] ≥ replicas
    fn add_losses(&mut self, position: usize, workload: &Workload) {
        for survive in &workload.terms.survive {
            for (lost, types) in survive.loss.cases(self.types()) {
                for (at, hour) in self.hours() {
                    let kept = to_f64(workload.kept_demand(survive, hour));
                    let terms = self.running(position, at, &types, |i| workload.capacity[i].map_or(0.0, to_f64));
                    let name = format!("without {lost} {} {hour}", workload.id);
                    let largest = terms.iter().map(|(_, c)| *c).fold(1e-9, f64::max);
                    let row = self.program.at_least(name, terms, kept);
                    let what = format!("capacity without {lost}");
                    self.program.relaxable(row, words(workload, hour, &what), "requests per second", 50.0 / largest);
                    if survive.replicas > 0 {
                        let terms = self.running(position, at, &types, |_| 1.0);
                        let name = format!("replicas without {lost} {} {hour}", workload.id);
                        let row = self.program.at_least(name, terms, f64::from(survive.replicas));
                        let what = format!("replicas without {lost}");
                        self.program.relaxable(row, words(workload, hour, &what), "replicas", 50.0);
                    }
                }
            }
        }
    }

    /// **ramp**: −ramp ≤ Σ_i n\[w,i,t\] − Σ_i n\[w,i,t−1\] ≤ ramp   (replicas)
    fn add_ramp(&mut self, position: usize, workload: &Workload) {
        let Some(ramp) = workload.terms.ramp.map(f64::from) else { return };
        for (at, hour) in self.hours() {
            let Some(before) = self.before(at, hour) else { continue };
            let now = self.running(position, at, &[], |_| 1.0);
            let terms = now.into_iter().chain(self.running(position, before, &[], |_| -1.0));
            let row = self.program.row(format!("ramp {} {hour}", workload.id), -ramp, ramp, terms);
            self.program.relaxable(row, words(workload, hour, "ramp"), "replicas", 10.0);
        }
    }

    /// **change hours**: n\[w,i,t\] = n\[w,i,t−1\] where nothing may change
    fn add_change_hours(&mut self, position: usize) {
        for (at, hour) in self.hours().filter(|(_, hour)| !self.instance.slots().may_change(*hour)) {
            let Some(before) = self.before(at, hour) else { continue };
            for hours in self.replicas[position].iter().flatten() {
                let terms = [(hours[at], 1.0), (hours[before], -1.0)];
                self.program.equal(format!("unchanged {position} {hour}"), terms, 0.0);
            }
        }
    }

    /// **today**: d\[w,i,t\] ≥ n − today and ≥ today − n; d costs the price of a change   (replicas)
    fn add_today(&mut self, position: usize, workload: &Workload) {
        let Some(price) = workload.terms.change_price.map(to_f64) else { return };
        for (i, today) in workload.terms.today.iter().enumerate() {
            for (at, hour) in self.hours() {
                let (cost, today) = (self.weight[at] * price, f64::from(*today));
                let Some(replicas) = self.replicas[position][i].as_ref().map(|hours| hours[at]) else {
                    self.program.add_constant(cost * today);
                    continue;
                };
                let name = format!("{} {} {hour}", workload.id, self.types()[i].id);
                let changed = self.program.column(format!("changed {name}"), cost, 0.0, f64::INFINITY);
                self.program.at_least(format!("more {name}"), [(changed, 1.0), (replicas, -1.0)], -today);
                self.program.at_least(format!("fewer {name}"), [(changed, 1.0), (replicas, 1.0)], today);
            }
        }
    }

    fn usage(&self, i: usize, at: usize) -> Vec<(Column, f64)> {
        self.replicas.iter().filter_map(|types| types[i].as_ref()).map(|hours| (hours[at], 1.0)).collect()
    }

    /// What the other workloads use.
    fn others(&self, i: usize, hour: usize) -> f64 {
        match &self.scope.payment {
            Payment::Beside { others, .. } => f64::from(others[i][hour]),
            _ => 0.0,
        }
    }

    /// **quota**: Σ_w n\[w,i,t\] − e\[i,t\] ≤ quota_i; e costs its price where more can be had   (instances)
    fn add_quota(&mut self) {
        let dear = 100.0 * self.types().iter().map(|t| to_f64(t.on_demand_price)).fold(1.0, f64::max);
        for i in 0..self.types().len() {
            let kind = &self.instance.types()[i];
            let Some(quota) = kind.quota else { continue };
            for (at, hour) in self.hours() {
                let mut terms = self.usage(i, at);
                if terms.is_empty() {
                    continue;
                }
                let name = format!("{} {hour}", kind.id);
                let beside = matches!(self.scope.payment, Payment::Beside { .. });
                if let Some(price) = kind.terms.excess_price {
                    let cost = self.weight[at] * to_f64(price);
                    terms.push((self.program.column(format!("excess {name}"), cost, 0.0, f64::INFINITY), -1.0));
                } else if beside {
                    // One workload alone may find the quota used up by the others: they give way in a later pass.
                    let beyond = self.program.column(format!("beyond {name}"), dear, 0.0, f64::INFINITY);
                    terms.push((beyond, -1.0));
                }
                let left = f64::from(quota) - self.others(i, hour);
                let row: Row = self.program.at_most(format!("quota {name}"), terms, left);
                self.program.relaxable(row, format!("quota of {}, hour {hour}", kind.id), "instances", 1.0);
            }
        }
    }

    /// **purchase**: Σ_w n\[w,i,t\] ≤ c\[i\] + s\[i,t\] + o\[i,t\], and **spend**: Σ_i plan_rate_i·s\[i,t\] ≤ C   (instances; money an hour)
    fn add_purchase(&mut self) -> Vec<Option<Column>> {
        let paid = f64::from(self.instance.slots().paid_hours());
        let types = self.instance.types();
        let (commit, given): (Vec<Option<Column>>, Vec<f64>) = match &self.scope.payment {
            Payment::Beside { commit, .. } => (vec![None; types.len()], commit.iter().map(|c| f64::from(*c)).collect()),
            _ => {
                let column = |t: &InstanceType| {
                    let price = t.commit_price.map(to_f64)?;
                    let (least, most) = (f64::from(t.terms.committed), f64::from(t.limit()));
                    Some(self.program.integer(format!("commit {}", t.id), paid * price, least, most))
                };
                (types.iter().map(column).collect(), vec![0.0; types.len()])
            }
        };
        let (spend, signed) = match &self.scope.payment {
            Payment::Beside { spend, .. } => (None, *spend),
            _ => {
                let least = to_f64(self.instance.committed_spend());
                (Some(self.program.column("spend", paid, least, f64::INFINITY)), 0.0)
            }
        };
        for (at, hour) in self.hours() {
            let mut spent: Vec<(Column, f64)> = spend.map(|column| (column, -1.0)).into_iter().collect();
            for (i, kind) in types.iter().enumerate() {
                let mut terms = self.usage(i, at);
                let name = format!("{} {hour}", kind.id);
                let price = self.weight[at] * to_f64(kind.on_demand_price);
                terms.push((self.program.column(format!("on demand {name}"), price, 0.0, f64::INFINITY), -1.0));
                terms.extend(commit[i].map(|column| (column, -1.0)));
                if let Some(rate) = kind.plan_rate.map(to_f64) {
                    let covered = self.program.column(format!("covered {name}"), 0.0, 0.0, f64::INFINITY);
                    terms.push((covered, -1.0));
                    spent.push((covered, rate));
                }
                self.program.at_most(format!("purchase {name}"), terms, given[i] - self.others(i, hour));
            }
            self.program.at_most(format!("spend {hour}"), spent, signed);
        }
        commit
    }
}

impl Formulated {
    /// Reads the replicas of the scope's workloads out of a point, into `plan`.
    pub fn read_replicas(&self, scope: &Scope<'_>, values: &[f64], plan: &mut Plan, hours: usize) {
        for (&w, types) in scope.workloads.iter().zip(&self.replicas) {
            for (i, columns) in types.iter().enumerate() {
                let Some(columns) = columns else { continue };
                let counts = plan.replicas[w].entry(i).or_insert_with(|| vec![0; hours]);
                for (hour, column) in scope.hours.clone().zip(columns) {
                    counts[hour] = values[column.index()].round().max(0.0) as u32;
                }
            }
            plan.replicas[w].retain(|_, counts| counts.iter().any(|n| *n > 0));
        }
    }
}
