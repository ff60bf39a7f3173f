//! The typed answer: a plan, its status, and what was proven about it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use farthing_types::Amount;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::data::Instance;
use super::explain::Explanation;
use super::shortage::Shortage;
use crate::number::Decimal;
use crate::program::Relaxation;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanStatus)]
pub enum Status {
    /// No plan is cheaper (gap below 1e-9).
    Optimal,
    /// Proven to be within the gap that was asked for.
    GapLimit,
    /// Stopped by the time limit or by the caller with a larger gap: another machine may come to another plan.
    TimeLimit,
    /// All the work that was allowed is done, with a larger gap: every machine comes to this plan.
    WorkLimit,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SolveMethod)]
pub enum Method {
    /// One mixed-integer program in HiGHS.
    Monolithic,
    /// Lagrangian bound, patterns and local search.
    Decomposition,
    /// The same prices with every term of a workload in its own program, one workload at a time.
    ByWorkload,
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
    /// Where its terms cannot be met: the least that has to give way.
    pub relaxations: Vec<Relaxation>,
    /// What the figures mean, asked for with [`super::explain`].
    pub explanation: Option<Box<Explanation>>,
    names: Names,
}

#[derive(Clone, Debug)]
struct Names {
    types: Vec<String>,
    workloads: Vec<String>,
    scenarios: Vec<(String, f64)>,
    hours: u32,
}

impl Names {
    fn of(instance: &Instance) -> Self {
        let (types, slots) = (instance.types().iter().map(|t| t.id.clone()).collect(), instance.slots());
        let workloads = instance.workloads().iter().map(|w| w.id.clone()).collect();
        let scenarios = slots.scenarios().iter().map(|(name, p)| (name.clone(), crate::to_f64(*p))).collect();
        Self { types, workloads, scenarios, hours: slots.paid_hours() }
    }
}

impl Names {
    fn scenarios(&self) -> Vec<PlannedScenario<'_>> {
        (0_u32..)
            .zip(&self.scenarios)
            .map(|(k, (name, probability))| {
                let (from, to) = (k * self.hours, (k + 1) * self.hours);
                PlannedScenario { name, probability: *probability, from, to }
            })
            .collect()
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
        let (objective, bound, gap, plan) = (Some(cost), Some(bound), Some(gap), Some(plan));
        let (shortages, relaxations) = (Vec::new(), Vec::new());
        Self { status, method, objective, bound, gap, seconds: 0.0, plan, shortages, relaxations, explanation: None, names }
    }

    /// No plan exists.
    pub(super) fn infeasible(instance: &Instance, method: Method, shortages: Vec<Shortage>) -> Self {
        let (objective, bound, gap, names) = (None, None, None, Names::of(instance));
        let (status, relaxations) = (Status::Infeasible, Vec::new());
        Self { status, method, objective, bound, gap, seconds: 0.0, plan: None, shortages, relaxations, explanation: None, names }
    }

    /// The same with what has to give way where no plan keeps every term.
    pub(super) fn with_relaxations(self, relaxations: Vec<Relaxation>) -> Self {
        Self { relaxations, ..self }
    }

    /// The same after all the work that was allowed, where neither the clock nor the caller ended the search.
    pub(super) fn after_all_work(self) -> Self {
        let status = if self.status == Status::TimeLimit { Status::WorkLimit } else { self.status };
        Self { status, ..self }
    }

    /// Why there is no plan, in the user's words: one sentence for every hour, or for every limit that has to give way.
    pub fn reasons(&self) -> Vec<String> {
        let relaxations = self.relaxations.iter().map(ToString::to_string);
        self.shortages.iter().map(ToString::to_string).chain(relaxations).collect()
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
    /// The least that has to give way where the terms cannot be met; left out for a feasible instance.
    #[serde(skip_serializing_if = "<[Relaxation]>::is_empty")]
    #[schema(value_type = Vec<Relaxation>, required = false)]
    relaxations: &'a [Relaxation],
    /// The scenarios whose hours stand in `n` one after the other; left out where there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    scenarios: Vec<PlannedScenario<'a>>,
    /// What binds, what other choices cost and how far this one stands; left out where it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Explanation>, required = false)]
    explanation: Option<&'a Explanation>,
}

/// The hours of a scenario in the plan.
#[derive(Serialize, ToSchema)]
#[schema(as = PlannedScenario)]
struct PlannedScenario<'a> {
    /// Its name.
    name: &'a str,
    /// How likely it is.
    probability: f64,
    /// Its first hour in the lists of `n`.
    from: u32,
    /// The hour after its last.
    to: u32,
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
            relaxations: &self.relaxations,
            scenarios: self.names.scenarios(),
            explanation: self.explanation.as_deref(),
        };
        file.serialize(serializer)
    }
}
