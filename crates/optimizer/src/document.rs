//! A plan read back from its JSON: what `plan fleet --format json` printed, from data or from an instance file.

use std::collections::BTreeMap;

use farthing_types::{Amount, Currency, ModelId, Money, UnitId};
use serde::Deserialize;

use crate::profile::{Deployment, ServicePromise};
use crate::replay::ceiling;

/// Why a text is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not the JSON of a plan.
    #[error("the plan is not readable: {0}; give the file that `farthing plan fleet --format json` wrote")]
    Json(String),
    /// Lists of replicas of different lengths.
    #[error("workload {workload}, type {type_id}: {found} hours of replicas where the plan has {expected}")]
    Hours {
        /// The workload.
        workload: String,
        /// The type.
        type_id: String,
        /// Hours given.
        found: usize,
        /// Hours of the plan.
        expected: usize,
    },
    /// Nothing runs.
    #[error("the plan has no replicas ({0}): there is nothing to replay or to export")]
    Empty(String),
}

/// A fleet plan as others need it: replicas by workload, type and hour.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanDocument {
    /// Its id, where it was kept.
    pub id: Option<String>,
    /// What is proven about it.
    pub status: String,
    /// Hours planned.
    pub hours: usize,
    /// Currency of the amounts; none in the neutral format.
    pub currency: Option<Currency>,
    /// Today's cost over the same hours.
    pub cost_now: Option<Money>,
    /// The plan's cost over its hours.
    pub cost_planned: Option<Money>,
    /// Now less planned.
    pub saved: Option<Money>,
    /// Its cost in a currency that the neutral format does not name.
    pub objective: Option<Amount>,
    /// Proven lower bound and gap.
    pub bound: Option<f64>,
    /// (objective − bound) ÷ objective.
    pub gap: Option<f64>,
    /// What runs.
    pub workloads: Vec<PlannedWorkload>,
    /// Committed instances by type.
    pub commit: BTreeMap<String, u32>,
    /// The spend commitment of an hour.
    pub spend: Option<f64>,
    /// What the figures rest on.
    pub assumptions: Vec<String>,
    /// Digest of everything that it was made from.
    pub input_hash: Option<String>,
    /// False where its replay missed a promise.
    pub recommended: Option<bool>,
}

/// A workload of a plan.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PlannedWorkload {
    /// Its name.
    #[serde(rename = "workload")]
    pub id: String,
    /// The model that it serves.
    #[serde(default)]
    pub model: Option<ModelId>,
    /// The unit that owns it.
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// What is promised.
    #[serde(default)]
    pub slo: ServicePromise,
    /// Requests a second by hour.
    #[serde(default)]
    pub demand: Vec<f64>,
    /// Mean tokens of a prompt.
    #[serde(default)]
    pub input_tokens: Option<f64>,
    /// Mean tokens of an answer.
    #[serde(default)]
    pub output_tokens: Option<f64>,
    /// What it runs on.
    pub types: Vec<PlannedType>,
    /// What runs today.
    #[serde(default)]
    pub today: Vec<Deployment>,
}

/// The replicas of a workload on one type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PlannedType {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Requests a second that a replica serves within the promise.
    #[serde(default)]
    pub capacity: Option<Amount>,
    /// Replicas in every hour.
    pub replicas: Vec<u32>,
    /// Most replicas for an autoscaler on top of these: what quotas leave, see [`ceiling`].
    #[serde(skip)]
    pub ceiling: u32,
}

impl PlannedType {
    /// Fewest replicas in an hour.
    pub fn fewest(&self) -> u32 {
        self.replicas.iter().copied().min().unwrap_or(0)
    }

    /// Most replicas in an hour.
    pub fn most(&self) -> u32 {
        self.replicas.iter().copied().max().unwrap_or(0)
    }

    /// The capacity as a number.
    pub fn rate(&self) -> Option<f64> {
        self.capacity.map(farthing_solver_models::to_f64).filter(|rate| *rate > 0.0)
    }
}

#[derive(Deserialize)]
struct FromData {
    #[serde(default)]
    id: Option<String>,
    status: String,
    hours: usize,
    currency: Currency,
    cost_now: Option<Money>,
    cost_planned: Option<Money>,
    saved: Option<Money>,
    bound: Option<f64>,
    gap: Option<f64>,
    workloads: Vec<PlannedWorkload>,
    #[serde(default)]
    assumptions: Vec<String>,
    #[serde(default)]
    input_hash: Option<String>,
    #[serde(default)]
    recommended: Option<bool>,
    plan: Neutral,
}

#[derive(Deserialize)]
struct Neutral {
    status: String,
    #[serde(default)]
    bound: Option<f64>,
    #[serde(default)]
    gap: Option<f64>,
    n: BTreeMap<String, BTreeMap<String, Vec<u32>>>,
    #[serde(default)]
    commit: BTreeMap<String, u32>,
    #[serde(default)]
    plan: Option<f64>,
}

impl PlanDocument {
    /// Reads either form.
    ///
    /// # Errors
    /// [`DocumentError`], naming what is wrong.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        let unreadable = |error: serde_json::Error| DocumentError::Json(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(unreadable)?;
        let of_type = |kind: &serde_json::Value| {
            let quota = u32::try_from(kind["quota"].as_u64()?).ok()?;
            Some((kind["type"].as_str()?.to_owned(), quota))
        };
        let quotas = value["types"].as_array().into_iter().flatten().filter_map(of_type).collect();
        let objective =
            value["objective"].as_number().and_then(|n| Amount::parse(n.to_string().as_bytes()).ok()).map(|r| r.amount);
        let mut document = if value.get("n").is_some() {
            Self::of_neutral(serde_json::from_value(value).map_err(unreadable)?, objective)
        } else {
            Self::of_data(serde_json::from_value(value).map_err(unreadable)?)
        };
        document.check()?;
        document.add_ceilings(&quotas);
        Ok(document)
    }

    fn add_ceilings(&mut self, quotas: &BTreeMap<String, u32>) {
        let mut usage: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for kind in self.workloads.iter().flat_map(|workload| &workload.types) {
            let hours = usage.entry(kind.type_id.clone()).or_insert_with(|| vec![0; self.hours]);
            hours.iter_mut().zip(&kind.replicas).for_each(|(sum, replicas)| *sum += u64::from(*replicas));
        }
        for kind in self.workloads.iter_mut().flat_map(|workload| &mut workload.types) {
            let peak = usage[&kind.type_id].iter().copied().max().unwrap_or(0);
            kind.ceiling = ceiling(kind.most(), peak, quotas.get(&kind.type_id).copied());
        }
    }

    fn of_data(plan: FromData) -> Self {
        Self {
            id: plan.id,
            status: plan.status,
            hours: plan.hours,
            currency: Some(plan.currency),
            objective: plan.cost_planned.map(|money| money.amount),
            cost_now: plan.cost_now,
            cost_planned: plan.cost_planned,
            saved: plan.saved,
            bound: plan.bound,
            gap: plan.gap,
            workloads: plan.workloads,
            commit: plan.plan.commit,
            spend: plan.plan.plan,
            assumptions: plan.assumptions,
            input_hash: plan.input_hash,
            recommended: plan.recommended,
        }
    }

    fn of_neutral(plan: Neutral, objective: Option<Amount>) -> Self {
        let hours = plan.n.values().flat_map(BTreeMap::values).map(Vec::len).next().unwrap_or(0);
        let workload = |(id, types): (String, BTreeMap<String, Vec<u32>>)| PlannedWorkload {
            id,
            model: None,
            unit: None,
            slo: ServicePromise::default(),
            demand: Vec::new(),
            input_tokens: None,
            output_tokens: None,
            types: types
                .into_iter()
                .map(|(type_id, replicas)| PlannedType { type_id, capacity: None, replicas, ceiling: 0 })
                .collect(),
            today: Vec::new(),
        };
        Self {
            id: None,
            status: plan.status,
            hours,
            currency: None,
            cost_now: None,
            cost_planned: None,
            saved: None,
            objective,
            bound: plan.bound,
            gap: plan.gap,
            workloads: plan.n.into_iter().map(workload).collect(),
            commit: plan.commit,
            spend: plan.plan,
            assumptions: Vec::new(),
            input_hash: None,
            recommended: None,
        }
    }

    fn check(&self) -> Result<(), DocumentError> {
        for workload in &self.workloads {
            for kind in &workload.types {
                if kind.replicas.len() != self.hours {
                    let (workload, type_id) = (workload.id.clone(), kind.type_id.clone());
                    return Err(DocumentError::Hours { workload, type_id, found: kind.replicas.len(), expected: self.hours });
                }
            }
        }
        if self.hours == 0 || self.workloads.iter().all(|workload| workload.types.is_empty()) {
            return Err(DocumentError::Empty(self.status.clone()));
        }
        Ok(())
    }
}
