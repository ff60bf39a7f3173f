//! What plans are made from: the facts and documents whose change makes one stale.

use chrono::{DateTime, Utc};
use farthing_approval::{Action as Taken, Case, Details, DocumentInput, FactInput, Inputs, Step};
use farthing_audit::Action;
use farthing_store::{Dataset as D, Digest, DocumentKind as K, Plan, PlanKind, RevisionFilter, UnitOfWork};
use farthing_types::BillingPeriod;
use serde_json::json;

use super::{content_of, proposal_of};
use crate::{Error, Farthing};

/// Which months of facts a plan reads.
#[derive(Clone, Copy)]
enum Span {
    All,
    Month,
    UpToMonth,
}

/// What plans of a kind read. It is rather too much than too little: a plan that stands needs no second look, one that does not is made anew.
fn reads(kind: PlanKind) -> (&'static [D], &'static [K], Span) {
    const DECIDED: &[D] = &[D::Charges, D::LateCharges, D::Usage, D::Decisions, D::EventLogs];
    const KNOWN: &[K] = &[K::Planning, K::Rules, K::Units, K::Metrics, K::People, K::Prices, K::Models, K::Systems];
    const ALL: &[K] = &[K::Planning, K::Rules, K::Units, K::Metrics, K::People, K::Prices, K::Models, K::Systems, K::Fleet];
    match kind {
        PlanKind::Fleet => (&[D::Usage], &[K::Fleet, K::Rules, K::Units], Span::All),
        PlanKind::Commitments | PlanKind::Storage => (&[D::Charges], &[K::Planning], Span::Month),
        PlanKind::Contracts | PlanKind::Routing | PlanKind::Portfolio => (DECIDED, KNOWN, Span::UpToMonth),
        PlanKind::All => (DECIDED, ALL, Span::UpToMonth),
    }
}

impl Farthing {
    /// What a plan of a kind, from the facts of a month, is made from at the moment that is asked about.
    pub(crate) async fn plan_inputs(&self, kind: PlanKind, period: Option<BillingPeriod>) -> Result<Inputs, Error> {
        let (datasets, kinds, span) = reads(kind);
        let mut inputs = Inputs::default();
        for &dataset in datasets {
            // The fleet's demand is that of all usage there is, in the plan of plans too.
            let span = if kind == PlanKind::All && dataset == D::Usage { Span::All } else { span };
            let filter = RevisionFilter { dataset: Some(dataset), source: None, period: None };
            let revisions = match self.moment {
                None => self.store.revisions().active(&filter).await?,
                Some(moment) => self.store.revisions().as_of(&filter, moment).await?,
            };
            let is_read = |month: BillingPeriod| match (span, period) {
                (Span::Month, Some(period)) => month == period,
                (Span::UpToMonth, Some(period)) => month <= period,
                _ => true,
            };
            inputs.facts.extend(revisions.into_iter().filter(|revision| is_read(revision.period)).map(|revision| FactInput {
                dataset: dataset.as_str().to_owned(),
                source: revision.source.to_string(),
                period: revision.period.to_string(),
                digest: revision.digest.to_string(),
            }));
        }
        for &kind in kinds {
            inputs.documents.extend(self.in_force(kind).await?.map(|document| DocumentInput {
                kind: kind.as_str().to_owned(),
                version: document.version,
                digest: document.digest.to_string(),
            }));
        }
        Ok(inputs.sorted())
    }

    /// When a kept plan was made, and from what.
    ///
    /// # Errors
    /// When there is none with this id.
    pub(crate) async fn inputs_of_plan(&self, id: &str) -> Result<(DateTime<Utc>, Inputs), Error> {
        let plan = self.plan_of(id).await?;
        let steps = self.store.recommendation_steps().of(plan.id, self.moment).await?;
        let inputs = steps.into_iter().find_map(|step| step.details.inputs).unwrap_or_default();
        Ok((plan.created_at, inputs))
    }

    /// Keeps a plan, which proposes it, and records that.
    pub(crate) async fn add_plan(&self, work: &UnitOfWork, plan: &Plan, inputs: Inputs) -> Result<(), Error> {
        work.plans().add(plan).await?;
        let step = self.proposing(plan, 1, inputs);
        work.recommendation_steps().add(plan.id, &step).await?;
        let details = json!({
            "kind": plan.kind.as_str(), "status": plan.status.as_str(), "input_sha256": plan.input_digest.to_string(),
            "content_sha256": step.plan_hash, "made_from_sha256": step.input_hash,
        });
        self.record(work, &self.actor, Action::PlanKept, format!("plan {}", plan.id), details).await
    }

    /// True where a kept plan is that of these inputs and nothing came of it yet that would ask for a new one. Who makes it again stands
    /// behind it too.
    pub(crate) async fn stands_for(&self, known: &Plan, inputs: &Inputs) -> Result<bool, Error> {
        let steps = self.store.recommendation_steps().of(known.id, self.moment).await?;
        let case = Case::of(proposal_of(known, &content_of(known)?), &steps, self.stated_moment());
        if case.state.is_over() || steps.first().is_none_or(|first| first.input_hash != inputs.hash()) {
            return Ok(false);
        }
        if self.moment.is_none() && case.state.is_open() && !case.is_proposer(&self.actor) {
            let step = self.proposing(known, steps.len() as u64 + 1, inputs.clone());
            let work = self.store.begin().await?;
            work.recommendation_steps().add(known.id, &step).await?;
            let details = json!({"content_sha256": step.plan_hash, "made_from_sha256": step.input_hash});
            let subject = format!("plan {}", known.id);
            self.record(&work, &self.actor, Action::RecommendationProposed, subject, details).await?;
            work.commit().await?;
        }
        Ok(true)
    }

    fn proposing(&self, plan: &Plan, sequence: u64, inputs: Inputs) -> Step {
        Step {
            sequence,
            by: self.actor.trim().to_owned(),
            action: Taken::Propose,
            reason: String::new(),
            plan_hash: Digest::of(plan.content.as_bytes()).to_string(),
            input_hash: inputs.hash(),
            at: if sequence == 1 { plan.created_at } else { self.now() },
            details: Details { inputs: Some(inputs), ..Details::default() },
        }
    }
}
