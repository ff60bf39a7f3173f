//! Plans beside the fleet's, from what was imported and from the planning document.

mod all;
mod bill;
mod bounds;
mod budget;
mod costs;
mod decided;
mod making;
mod steps;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_approval::Inputs;
use farthing_optimizer::measured::{Derived, MeasuredError, Planning, commitments, contracts, portfolio, routing, storage};
use farthing_optimizer::program::Limits;
use farthing_store::{Dataset, Digest, DocumentKind as StoredKind, Plan, PlanId, PlanKind, PlanStatus};
use farthing_types::{Amount, BillingPeriod, Currency, Money};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::home::blocking;
use crate::model_plans::{Model, ModelInstance, ModelPlan};
use crate::{Error, Farthing};

pub use all::{AllPlans, PlanAllQuery, PlanStep};
pub use budget::BudgetChoice;
pub(crate) use costs::Costs;
pub(crate) use decided::{Left, arms_of};

/// The gap that plans from imported data are proven to: finer would be finer than what they rest on.
pub const MEASURED_GAP: f64 = 0.001;
/// A plan rests on facts that go stale.
const VALID_DAYS: i64 = 30;

/// A plan from imported data, and where it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasuredPlan {
    /// Its id; none where it was not kept, because it was asked as of an earlier moment at which nobody had made it.
    pub id: Option<String>,
    /// The moment from which it should no longer be applied.
    pub expires_at: DateTime<Utc>,
    /// The month whose facts it rests on.
    #[schema(value_type = String)]
    pub period: BillingPeriod,
    /// Months that the costs are for.
    pub months: u32,
    /// Currency of every amount.
    pub currency: Currency,
    /// What these months cost if nothing changes. For a portfolio: cost less value.
    pub cost_now: Option<Money>,
    /// What they cost as planned; none where there is no plan.
    pub cost_planned: Option<Money>,
    /// Now less planned.
    pub saved: Option<Money>,
    /// The lower bound of what is saved.
    pub saved_low: Option<Money>,
    /// The upper bound.
    pub saved_high: Option<Money>,
    /// What the bounds are of; empty where there are none.
    pub interval: String,
    /// What it rests on, in words.
    pub assumptions: Vec<String>,
    /// SHA-256 of the instance and the limits: the same hash and model give the same plan.
    pub input_hash: String,
    /// What was solved, in the format of the model's MODEL.md.
    #[schema(value_type = BTreeMap<String, Value>)]
    pub instance: Value,
    /// The plan of the model.
    #[serde(flatten)]
    pub plan: ModelPlan,
}

/// Facts of a model beside its instance, which its costs are told by.
pub(crate) enum Facts {
    /// Nothing more.
    None,
    /// Who sells tokens today.
    Contracts(contracts::Facts),
    /// Who decides today.
    Routing(Vec<routing::Arm>),
    /// What the costs of models may be off.
    Portfolio(BTreeMap<String, Amount>),
}

/// An instance of imported data, with what its costs are told by.
pub(crate) struct Measured {
    pub model: Model,
    pub currency: Currency,
    pub derived: Derived,
    pub facts: Facts,
}

impl Measured {
    /// Solves it, and tells what it costs beside today.
    pub(crate) fn solve(&self, limits: &Limits) -> Result<(ModelPlan, Costs), Error> {
        let name = "the instance from imported data";
        let text = self.derived.text();
        let instance = ModelInstance::read(self.model, &text, name)?;
        let plan = instance.solve(limits, name)?;
        let costs = Costs::of(&instance, &plan.plan, self, limits)?;
        Ok((plan, costs))
    }
}

/// Reads a planning document, or says what is wrong with it.
pub(crate) fn planning_of(text: &str, name: &str) -> Result<Planning, Error> {
    Planning::from_toml(text).map_err(|error| Error::Document { file: name.to_owned(), problems: vec![error.to_string()] })
}

pub(crate) fn unmade(error: MeasuredError) -> Error {
    match error {
        MeasuredError::Missing { .. } | MeasuredError::Nothing(_) => Error::Nothing(error.to_string()),
        MeasuredError::Document(why) => Error::Document { file: "the planning document".to_owned(), problems: vec![why] },
        MeasuredError::TooLarge(_) => Error::Invalid(error.to_string()),
    }
}

impl Farthing {
    /// The planning document in force; an empty one where there is none, whose parts are asked for when they are needed.
    pub(crate) async fn planning(&self) -> Result<Planning, Error> {
        match self.in_force(StoredKind::Planning).await? {
            Some(document) => planning_of(&document.content, &format!("planning v{}", document.version)),
            None => Ok(Planning { version: 1, ..Planning::default() }),
        }
    }

    /// The instance of a model from the facts of a month.
    pub(crate) async fn measured(&self, model: Model, period: BillingPeriod, planning: &Planning) -> Result<Measured, Error> {
        let (currency, derived, facts) = match model {
            Model::Commitments => {
                let (currency, facts) = self.rented(period).await?;
                (currency, commitments::derive(&facts, planning), Facts::None)
            }
            Model::Storage => {
                let (currency, stored) = self.stored(period).await?;
                (currency, storage::derive(&stored, planning), Facts::None)
            }
            Model::Contracts => {
                let (currency, facts) = self.needs(period).await?;
                (currency, contracts::derive(&facts, planning), Facts::Contracts(facts))
            }
            Model::Routing => {
                let (currency, arms) = self.arms(period, &Left::default()).await?;
                (currency, routing::derive(&arms, 1, planning), Facts::Routing(arms))
            }
            Model::Portfolio => {
                let (currency, cards, widths) = self.cards(period).await?;
                (currency, portfolio::derive(&cards, planning), Facts::Portfolio(widths))
            }
        };
        Ok(Measured { model, currency, derived: derived.map_err(unmade)?, facts })
    }

    /// The month that plans rest on: the newest that has charges.
    pub(crate) async fn planning_period(&self, period: Option<BillingPeriod>) -> Result<BillingPeriod, Error> {
        match period {
            Some(period) => Ok(period),
            None => self.newest_month(Dataset::Charges).await,
        }
    }

    /// Plans from the facts of a month (the newest one without it) and the planning document, and keeps the plan. A plan as of an
    /// earlier moment rests on the facts and documents of then, and is not kept.
    ///
    /// # Errors
    /// When facts or parts of the planning document are missing, with the next step, or the solver fails.
    pub async fn plan_model(&self, model: Model, period: Option<BillingPeriod>, limits: Limits) -> Result<MeasuredPlan, Error> {
        let period = self.planning_period(period).await?;
        // Taken first: what is published from here on makes the plan stale, whether it is in it or not.
        let inputs = self.plan_inputs(model.kind(), Some(period)).await?;
        let planning = self.planning().await?;
        let measured = self.measured(model, period, &planning).await?;
        let plan = blocking(move || {
            let (plan, costs) = measured.solve(&limits)?;
            Ok(costs.told(period, &measured, plan, &limits))
        })
        .await?;
        self.keep_model_plan(model.kind(), plan, inputs).await
    }

    async fn keep_model_plan(&self, kind: PlanKind, mut plan: MeasuredPlan, inputs: Inputs) -> Result<MeasuredPlan, Error> {
        let status = status_of(plan.plan.plan.proof().status);
        let content = serde_json::to_string(&plan).map_err(|error| Error::Panicked(error.to_string()))?;
        let (id, expires_at) = self.keep_plan(kind, &plan.input_hash, content, status, inputs).await?;
        (plan.id, plan.expires_at) = (id, expires_at);
        Ok(plan)
    }

    /// Keeps a plan. The same input is kept once, until it expires.
    pub(crate) async fn keep_plan(
        &self,
        kind: PlanKind,
        input_hash: &str,
        content: String,
        status: PlanStatus,
        inputs: Inputs,
    ) -> Result<(Option<String>, DateTime<Utc>), Error> {
        let now = self.stated_moment();
        let input_digest = Digest::of(input_hash.as_bytes());
        let recent = self.store.plans().recent(kind, 20, self.moment).await?;
        let is_same = |known: &&Plan| known.input_digest == input_digest && known.status == status && !known.is_expired(now);
        if let Some(known) = recent.iter().find(is_same)
            && self.stands_for(known, &inputs).await?
        {
            return Ok((Some(known.id.to_string()), known.expires_at));
        }
        let (id, expires_at) = (PlanId::new(now), now + TimeDelta::days(VALID_DAYS));
        if self.moment.is_some() {
            return Ok((None, expires_at));
        }
        let work = self.store.begin().await?;
        let plan = Plan { id, kind, input_digest, content, status, created_at: now, expires_at };
        self.add_plan(&work, &plan, inputs).await?;
        work.commit().await?;
        Ok((Some(id.to_string()), expires_at))
    }
}

pub(crate) fn status_of(status: farthing_optimizer::program::Status) -> PlanStatus {
    use farthing_optimizer::program::Status as S;
    match status {
        S::Optimal => PlanStatus::Optimal,
        S::GapLimit | S::Feasible => PlanStatus::GapLimit,
        S::TimeLimit | S::WorkLimit => PlanStatus::TimeLimit,
        S::Infeasible | S::Unbounded => PlanStatus::Infeasible,
    }
}

/// SHA-256 over the parts of an input, each with its length.
pub(crate) fn hash_of(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
