//! The monolithic program of an instance without further terms, one function a named constraint of MODEL.md. Prices and capacities become floats here and nowhere else.

use good_lp::{Expression, ProblemVariables, SolverModel, Variable, variable};

use super::data::Instance;
use crate::number::to_f64;

/// A variable and its column in the program.
#[derive(Clone, Copy)]
pub(super) struct Column {
    variable: Variable,
    /// Its place in the solver's solution vector.
    pub index: usize,
}

/// The variables of the program; `None` where the instance rules one out.
pub(super) struct Variables {
    /// n[w][i][t]: replicas (integer).
    pub replicas: Vec<Vec<Option<Vec<Column>>>>,
    /// c[i]: committed instances (integer).
    pub commit: Vec<Option<Column>>,
    /// s[i][t]: instances covered by the spend commitment.
    covered: Vec<Option<Vec<Column>>>,
    /// o[i][t]: instances bought on demand.
    on_demand: Vec<Vec<Column>>,
    /// C: spend commitment of an hour.
    spend: Column,
}

/// Builds the whole program for HiGHS.
pub(super) fn formulate(instance: &Instance) -> (highs::Model, Variables) {
    let (problem, variables) = declare(instance);
    let objective = total_cost(instance, &variables);
    let mut model = problem.minimise(objective).using(good_lp::highs);
    add_demand(&mut model, instance, &variables);
    add_min_replicas(&mut model, instance, &variables);
    add_quota(&mut model, instance, &variables);
    add_purchase(&mut model, instance, &variables);
    add_spend(&mut model, instance, &variables);
    (model.into_inner(), variables)
}

fn declare(instance: &Instance) -> (ProblemVariables, Variables) {
    let mut problem = ProblemVariables::new();
    let mut next = 0;
    let mut bounded = |least: f64, upper: f64, integer: bool| {
        let definition = variable().min(least).max(upper);
        let variable = problem.add(if integer { definition.integer() } else { definition });
        next += 1;
        Column { variable, index: next - 1 }
    };
    let (hours, types) = (instance.hours(), instance.types());
    let mut replicas = Vec::with_capacity(instance.workloads().len());
    for workload in instance.workloads() {
        let by_type = workload.capacity.iter().zip(types);
        let by_type =
            by_type.map(|(c, kind)| c.map(|_| (0..hours).map(|_| bounded(0.0, f64::from(kind.limit()), true)).collect()));
        replicas.push(by_type.collect());
    }
    let commit =
        types.iter().map(|t| t.commit_price.map(|_| bounded(f64::from(t.terms.committed), f64::from(t.limit()), true))).collect();
    let covered =
        types.iter().map(|t| t.plan_rate.map(|_| (0..hours).map(|_| bounded(0.0, f64::INFINITY, false)).collect())).collect();
    let on_demand = types.iter().map(|_| (0..hours).map(|_| bounded(0.0, f64::INFINITY, false)).collect()).collect();
    let spend = bounded(to_f64(instance.committed_spend()), f64::INFINITY, false);
    (problem, Variables { replicas, commit, covered, on_demand, spend })
}

/// **total cost**: Σ_{i,t} weight_t·od_i·o\[i,t\] + T·Σ_i commit_i·c\[i\] + T·C   (money over all hours)
fn total_cost(instance: &Instance, vars: &Variables) -> Expression {
    let hours = f64::from(instance.slots().paid_hours());
    let weight: Vec<f64> = (0..instance.hours()).map(|hour| to_f64(instance.slots().weight(hour))).collect();
    let mut cost = Expression::with_capacity(instance.types().len() * (instance.hours() + 1));
    for (i, kind) in instance.types().iter().enumerate() {
        for (column, weight) in vars.on_demand[i].iter().zip(&weight) {
            cost.add_mul(weight * to_f64(kind.on_demand_price), column.variable);
        }
        if let (Some(column), Some(price)) = (vars.commit[i], kind.commit_price) {
            cost.add_mul(hours * to_f64(price), column.variable);
        }
    }
    cost.add_mul(hours, vars.spend.variable);
    cost
}

/// **demand**: Σ_i cap\[w,i\]·n\[w,i,t\] ≥ demand\[w,t\]   for every workload and hour   (requests per second)
fn add_demand(model: &mut impl SolverModel, instance: &Instance, vars: &Variables) {
    for (workload, columns) in instance.workloads().iter().zip(&vars.replicas) {
        let capacity: Vec<(usize, f64)> = workload.usable().map(|(i, c)| (i, to_f64(c))).collect();
        for hour in 0..instance.hours() {
            let mut served = Expression::with_capacity(capacity.len());
            for &(i, capacity) in &capacity {
                columns[i].iter().for_each(|hours| served.add_mul(capacity, hours[hour].variable));
            }
            model.add_constraint(served.geq(to_f64(workload.demand[hour])));
        }
    }
}

/// **minimum replicas**: Σ_i n\[w,i,t\] ≥ min_replicas\[w\]   for every workload and hour   (replicas)
fn add_min_replicas(model: &mut impl SolverModel, instance: &Instance, vars: &Variables) {
    for (workload, columns) in instance.workloads().iter().zip(&vars.replicas).filter(|(w, _)| w.min_replicas > 0) {
        for hour in 0..instance.hours() {
            let running: Expression = columns.iter().flatten().map(|hours| hours[hour].variable).sum();
            model.add_constraint(running.geq(f64::from(workload.min_replicas)));
        }
    }
}

/// **quota**: Σ_w n\[w,i,t\] ≤ quota_i   for every type with a quota and every hour   (instances)
fn add_quota(model: &mut impl SolverModel, instance: &Instance, vars: &Variables) {
    for (i, kind) in instance.types().iter().enumerate() {
        let Some(quota) = kind.quota else { continue };
        for hour in 0..instance.hours() {
            model.add_constraint(usage(vars, i, hour).leq(f64::from(quota)));
        }
    }
}

/// **purchase**: Σ_w n\[w,i,t\] ≤ c\[i\] + s\[i,t\] + o\[i,t\]   for every type and hour   (instances)
fn add_purchase(model: &mut impl SolverModel, instance: &Instance, vars: &Variables) {
    for i in 0..instance.types().len() {
        for hour in 0..instance.hours() {
            let mut bought: Expression = vars.on_demand[i][hour].variable.into();
            vars.commit[i].iter().for_each(|column| bought += column.variable);
            vars.covered[i].iter().for_each(|hours| bought += hours[hour].variable);
            model.add_constraint(usage(vars, i, hour).leq(bought));
        }
    }
}

/// **spend**: Σ_i plan_rate_i·s\[i,t\] ≤ C   for every hour   (money an hour)
fn add_spend(model: &mut impl SolverModel, instance: &Instance, vars: &Variables) {
    for hour in 0..instance.hours() {
        let mut spent = Expression::with_capacity(instance.types().len());
        for (kind, covered) in instance.types().iter().zip(&vars.covered) {
            if let (Some(rate), Some(hours)) = (kind.plan_rate, covered) {
                spent.add_mul(to_f64(rate), hours[hour].variable);
            }
        }
        model.add_constraint(spent.leq(vars.spend.variable));
    }
}

/// Σ_w n\[w,i,t\]
fn usage(vars: &Variables, i: usize, hour: usize) -> Expression {
    vars.replicas.iter().filter_map(|types| types[i].as_ref()).map(|hours| hours[hour].variable).sum()
}
