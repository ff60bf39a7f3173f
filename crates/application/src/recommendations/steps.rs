//! What people do with a recommendation: each is a step, checked, added and recorded.

use chrono::{DateTime, TimeDelta, Utc};
use farthing_approval::{Action, Asked, Details, Refusal, Step};
use farthing_audit::Action as Recorded;
use farthing_store::{PartOfRun, StoreError};
use serde_json::{Value, json};

use super::standing::{Opened, RecommendationStanding};
use crate::{Error, Farthing};

/// How often a step is tried anew where somebody else was first: each time on what they left.
const TRIES: u32 = 8;

/// What is recorded of a step.
fn recorded(action: Action) -> Recorded {
    match action {
        Action::Propose => Recorded::RecommendationProposed,
        Action::Comment => Recorded::RecommendationCommented,
        Action::Challenge => Recorded::RecommendationChallenged,
        Action::Answer => Recorded::RecommendationAnswered,
        Action::Approve => Recorded::RecommendationApproved,
        Action::Override => Recorded::RecommendationOverridden,
        Action::Reject => Recorded::RecommendationRejected,
        Action::Apply => Recorded::RecommendationApplied,
        Action::Verify => Recorded::RecommendationVerified,
        Action::Rollback => Recorded::RecommendationRolledBack,
        Action::Assign => Recorded::RecommendationAssigned,
        Action::Escalate => Recorded::RecommendationEscalated,
        Action::Expire => Recorded::RecommendationExpired,
        Action::Shadow => Recorded::RecommendationShadowed,
        Action::Observe => Recorded::RecommendationObserved,
        Action::Resume => Recorded::RecommendationResumed,
    }
}

/// A refusal as an error: what is stale is another kind than what makes no sense.
pub(super) fn refused(id: &str, refusal: Refusal) -> Error {
    let said = format!("recommendation {id}: {refusal}. Nothing was changed");
    match refusal {
        Refusal::NotTheirs { .. } => Error::Forbidden(said),
        refusal if refusal.is_stale() => Error::Changed(said),
        _ => Error::Invalid(said),
    }
}

impl Farthing {
    /// Says something about a recommendation, doubts it, answers a doubt, approves, overrides or rejects it.
    ///
    /// # Errors
    /// When there is no such recommendation; [`Error::Changed`] where it is to be planned again; why this person may not do this now.
    pub async fn decide_recommendation(
        &self,
        id: &str,
        action: Action,
        reason: &str,
        by: &str,
    ) -> Result<RecommendationStanding, Error> {
        let asked = Asked { by, action, reason };
        let (opened, _) = self.take_step(id, asked, |opened| Ok(Some(opened.details_of(action)))).await?;
        self.told_standing(opened).await
    }

    /// Takes a step where it may be taken: gives the recommendation as it is then, and the step. `details` may find that it was done before:
    /// then there is none.
    pub(super) async fn take_step(
        &self,
        id: &str,
        asked: Asked<'_>,
        details: impl Fn(&Opened) -> Result<Option<Details>, Error>,
    ) -> Result<(Opened, Option<Step>), Error> {
        for _ in 0..TRIES {
            let opened = self.opened_by(id, asked).await?;
            let Some(details) = details(&opened)? else { return Ok((opened, None)) };
            opened.case.check(asked, &opened.now).map_err(|refusal| refused(id, refusal))?;
            match self.add_step(&opened, asked, details).await {
                // Somebody else was first: what they did may let this through no more.
                Err(Error::Store(StoreError::Conflict { .. })) => {}
                added => {
                    let step = added?;
                    return Ok((self.opened_by(id, asked).await?, Some(step)));
                }
            }
        }
        Err(Error::Store(StoreError::Conflict { doing: "deciding on a recommendation" }))
    }

    /// A recommendation, read for somebody who does something with it: what they are limited to of it has to be theirs.
    async fn opened_by(&self, id: &str, asked: Asked<'_>) -> Result<Opened, Error> {
        let farthing = match self.limits {
            Some(_) => self.clone(),
            None => self.limited_to(self.limits_of(asked.by).await?),
        };
        let mut opened = farthing.opened(id).await?;
        if let Some(theirs) = &opened.theirs {
            opened.theirs = Some(opened.case.for_theirs(asked, theirs).map_err(|refusal| refused(id, refusal))?);
        }
        Ok(opened)
    }

    async fn add_step(&self, opened: &Opened, asked: Asked<'_>, details: Details) -> Result<Step, Error> {
        let (plan_hash, input_hash) = opened.hashes();
        let step = Step {
            sequence: opened.steps.len() as u64 + 1,
            by: asked.by.trim().to_owned(),
            action: asked.action,
            reason: asked.reason.trim().to_owned(),
            plan_hash,
            input_hash,
            at: self.now(),
            details,
        };
        let work = self.store.begin().await?;
        if let Some(PartOfRun::Step(run)) = self.run {
            work.job_runs().hold(run, &format!("Plan {} is {}.", opened.plan.id, step.action.done())).await?;
        }
        work.recommendation_steps().add(opened.plan.id, &step).await?;
        let subject = format!("plan {}", opened.plan.id);
        self.record(&work, &step.by, recorded(step.action), subject, told(&step)).await?;
        work.commit().await?;
        Ok(step)
    }
}

/// What is recorded of a step: all but what a plan was made from, whose hash says it.
fn told(step: &Step) -> Value {
    let Step { sequence, reason, plan_hash, input_hash, details, .. } = step;
    let details = Details { inputs: None, ..details.clone() };
    json!({
        "sequence": sequence, "reason": reason, "content_sha256": plan_hash, "made_from_sha256": input_hash, "details": details,
    })
}

impl Opened {
    /// What belongs to a step: how many the document asks for at this moment, and how long that holds.
    fn details_of(&self, action: Action) -> Details {
        if !matches!(action, Action::Approve | Action::Override) {
            return Details::default();
        }
        Details {
            policy: self.version,
            approvers: Some(self.need.approvers),
            good_until: Some(self.good_until()),
            units: self.theirs.clone().unwrap_or_default(),
            ..Details::default()
        }
    }

    /// Until when an approval of this moment holds: never longer than the plan.
    fn good_until(&self) -> DateTime<Utc> {
        self.plan.expires_at.min(self.now.at + TimeDelta::days(i64::from(self.need.valid_days)))
    }
}
