//! The typed answer: a plan, its status, and what was proven about it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::data::Instance;
use super::shortage::Shortage;
use crate::number::Decimal;

/// What to run and what to commit to. Which usage the spend plan covers follows from it (MODEL.md, "Purchase").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By workload: type → replicas in every hour. Types that are never used are left out.
    pub replicas: Vec<BTreeMap<usize, Vec<u32>>>,
    /// By type: committed instances, paid in every hour.
    pub commit: Vec<u32>,
    /// The spend commitment of an hour.
    pub spend: Amount,
}

impl Plan {
    /// The plan that runs nothing.
    pub fn empty(instance: &Instance) -> Self {
        let replicas = vec![BTreeMap::new(); instance.workloads().len()];
        Self { replicas, commit: vec![0; instance.types().len()], spend: Amount::ZERO }
    }

    /// Instances in use, by type and hour.
    pub fn usage(&self, instance: &Instance) -> Vec<Vec<u32>> {
        let mut usage = vec![vec![0; instance.hours()]; instance.types().len()];
        for (index, hours) in self.replicas.iter().flatten() {
            for (total, count) in usage[*index].iter_mut().zip(hours) {
                *total = u32::saturating_add(*total, *count);
            }
        }
        usage
    }
}

/// What the solver can say about a plan. A limit that was reached is never called optimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanStatus)]
pub enum Status {
    /// No plan is cheaper (gap below 1e-9).
    Optimal,
    /// Proven to be within the gap that was asked for.
    GapLimit,
    /// Stopped by the time limit or by the caller with a larger gap.
    TimeLimit,
    /// No plan exists; the shortages say why.
    Infeasible,
}

/// The gap below which a plan counts as optimal: the noise of the solver's own arithmetic.
pub const OPTIMAL_GAP: f64 = 1e-9;

impl Status {
    /// The status of a feasible plan with a proven `gap`, where `asked` was asked for.
    pub fn of_gap(gap: f64, asked: f64) -> Self {
        match gap {
            g if g <= OPTIMAL_GAP => Self::Optimal,
            g if g <= asked => Self::GapLimit,
            _ => Self::TimeLimit,
        }
    }
}

/// The relative gap between a plan's cost and a lower bound: (objective − bound) ÷ objective.
pub fn relative_gap(objective: f64, bound: f64) -> f64 {
    if objective <= 0.0 { 0.0 } else { ((objective - bound) / objective).max(0.0) }
}

/// How the answer was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SolveMethod)]
pub enum Method {
    /// One mixed-integer program in HiGHS.
    Monolithic,
    /// Lagrangian bound, patterns and local search.
    Decomposition,
}

/// The answer to an instance. It serialises to the plan file of the contract.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What is proven.
    pub status: Status,
    /// How it was found.
    pub method: Method,
    /// The plan's exact cost over all hours, rounded half to even at 1e-18; `None` when infeasible.
    pub objective: Option<Amount>,
    /// A lower bound on the cost of any plan, in floating point; `None` when infeasible.
    pub bound: Option<f64>,
    /// [`relative_gap`] of the two.
    pub gap: Option<f64>,
    /// Wall time of the solve.
    pub seconds: f64,
    /// The plan; `None` when infeasible.
    pub plan: Option<Plan>,
    /// Where the instance cannot be met; empty for a feasible one.
    pub shortages: Vec<Shortage>,
    names: Names,
}

#[derive(Clone, Debug)]
struct Names {
    types: Vec<String>,
    workloads: Vec<String>,
}

impl Names {
    fn of(instance: &Instance) -> Self {
        let types = instance.types().iter().map(|t| t.id.clone()).collect();
        Self { types, workloads: instance.workloads().iter().map(|w| w.id.clone()).collect() }
    }
}

impl Outcome {
    /// A verified plan with its exact cost and the bound.
    pub(super) fn feasible(instance: &Instance, method: Method, plan: Plan, cost: Amount, bound: f64, asked: f64) -> Self {
        let objective = crate::to_f64(cost);
        // Both are floats: a bound a hair above the exact cost is arithmetic, not knowledge.
        let bound = bound.min(objective);
        let gap = relative_gap(objective, bound);
        let (status, names) = (Status::of_gap(gap, asked), Names::of(instance));
        let (objective, bound, gap) = (Some(cost), Some(bound), Some(gap));
        Self { status, method, objective, bound, gap, seconds: 0.0, plan: Some(plan), shortages: Vec::new(), names }
    }

    /// No plan exists.
    pub(super) fn infeasible(instance: &Instance, method: Method, shortages: Vec<Shortage>) -> Self {
        let (objective, bound, gap, names) = (None, None, None, Names::of(instance));
        Self { status: Status::Infeasible, method, objective, bound, gap, seconds: 0.0, plan: None, shortages, names }
    }
}

/// The plan file of the contract.
#[derive(Serialize, ToSchema)]
#[schema(as = FleetPlanFile)]
struct PlanFile<'a> {
    /// What is proven.
    status: Status,
    /// The plan's exact cost over all hours; `null` when infeasible.
    #[schema(value_type = Option<f64>)]
    objective: Option<Decimal>,
    /// A lower bound on the cost of any plan.
    bound: Option<f64>,
    /// (objective − bound) ÷ objective.
    gap: Option<f64>,
    /// Wall time of the solve.
    seconds: f64,
    /// Replicas in every hour, by workload and type.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, Vec<u32>>>)]
    n: BTreeMap<&'a str, BTreeMap<&'a str, &'a [u32]>>,
    /// Committed instances by type.
    #[schema(value_type = BTreeMap<String, u32>)]
    commit: BTreeMap<&'a str, u32>,
    /// The spend commitment of an hour.
    #[schema(value_type = Option<f64>)]
    plan: Option<Decimal>,
    /// How it was found.
    method: Method,
    /// Where the instance cannot be met; left out for a feasible one.
    #[serde(skip_serializing_if = "<[Shortage]>::is_empty")]
    #[schema(value_type = Vec<Shortage>, required = false)]
    infeasible: &'a [Shortage],
}

impl PartialSchema for Outcome {
    fn schema() -> RefOr<Schema> {
        PlanFile::schema()
    }
}

impl ToSchema for Outcome {
    fn name() -> Cow<'static, str> {
        PlanFile::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        PlanFile::schemas(schemas);
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut n, mut commit) = (BTreeMap::new(), BTreeMap::new());
        if let Some(plan) = &self.plan {
            for (name, types) in self.names.workloads.iter().zip(&plan.replicas) {
                let hours = types.iter().map(|(i, hours)| (self.names.types[*i].as_str(), hours.as_slice()));
                n.insert(name.as_str(), hours.collect());
            }
            commit = self.names.types.iter().map(String::as_str).zip(plan.commit.iter().copied()).collect();
        }
        let file = PlanFile {
            status: self.status,
            objective: self.objective.map(Decimal),
            bound: self.bound,
            gap: self.gap,
            seconds: self.seconds,
            n,
            commit,
            plan: self.plan.as_ref().map(|p| Decimal(p.spend)),
            method: self.method,
            infeasible: &self.shortages,
        };
        file.serialize(serializer)
    }
}
