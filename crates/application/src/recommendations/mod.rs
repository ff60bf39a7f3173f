//! Plans that were kept, of every kind, and what becomes of them: proposed by whoever makes them, approved by others, applied and verified.

mod applying;
mod evidence;
mod inputs;
mod limited;
mod shadow;
mod shadow_facts;
mod standing;
mod steps;
mod verifying;
mod waiting;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use farthing_approval::{Assignment, Case, Escalated, Proposal, State};
use farthing_store::{Plan, PlanId, PlanKind, PlanStatus};
use farthing_types::{Money, UnitId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use applying::Applied;
pub use shadow::{Observation, PlanInShadow, ShadowObservation};
pub(crate) use standing::approvals_of;
pub use standing::{RecommendationStanding, RecommendationUnit};

use crate::{Error, Farthing};

/// How many of the newest plans of a kind are listed.
const LISTED: u64 = 300;

/// A kept plan, in a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Recommendation {
    /// Its id.
    pub id: String,
    /// `fleet`, `commitments`, `contracts`, `storage`, `routing`, `portfolio` or `all`.
    pub kind: String,
    /// What the solver could say about it.
    pub status: String,
    /// Where it stands: proposed, approved, applied …
    pub state: State,
    /// Those who made it: none of them approves it.
    pub proposed_by: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The moment from which it should no longer be applied.
    pub expires_at: DateTime<Utc>,
    /// True from that moment on.
    pub is_expired: bool,
    /// False where it is shown and not recommended: a fleet whose replay misses a promise, or no plan at all.
    pub is_recommended: bool,
    /// What the amounts are for: `168 hours`, `12 months`.
    pub span: String,
    /// What that costs if nothing changes.
    pub cost_now: Option<Money>,
    /// What it costs as planned.
    pub cost_planned: Option<Money>,
    /// What is saved.
    pub saved: Option<Money>,
    /// SHA-256 of what it was made from.
    pub input_hash: String,
    /// Who is to deal with it.
    pub assignment: Option<Assignment>,
    /// Whom it went to last, where nobody answered for too long.
    pub escalated: Option<Escalated>,
}

/// Which kept plans.
#[derive(Clone, Debug, Default)]
pub struct RecommendationsQuery {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only those that this person is to deal with: assigned to them, or escalated to them or to a role of theirs, and not over.
    pub assigned_to: Option<String>,
}

/// A kept plan with all that it says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecommendationDetail {
    /// The line.
    #[serde(flatten)]
    pub line: Recommendation,
    /// Where it stands, what is still needed, and what was done with it.
    pub standing: RecommendationStanding,
    /// What is proven of it and what its replay found, in words.
    pub evidence: Vec<String>,
    /// What binds: the limits that keep it from costing less. Empty where the plan was not asked to be explained.
    pub binding: Vec<String>,
    /// What it rests on, in words.
    pub assumptions: Vec<String>,
    /// The plan, as it was given when it was made.
    pub plan: Value,
}

impl Recommendation {
    fn of(plan: &Plan, content: &Value, case: &Case, now: DateTime<Utc>) -> Self {
        let money = |name: &str| serde_json::from_value::<Money>(content[name].clone()).ok();
        let span = match (content["months"].as_u64(), content["hours"].as_u64()) {
            (Some(1), _) => "1 month".to_owned(),
            (Some(months), _) => format!("{months} months"),
            (None, Some(hours)) => format!("{hours} hours"),
            (None, None) => String::new(),
        };
        Self {
            id: plan.id.to_string(),
            kind: plan.kind.to_string(),
            status: plan.status.to_string(),
            state: case.state,
            proposed_by: case.proposers.clone(),
            created_at: plan.created_at,
            expires_at: plan.expires_at,
            is_expired: plan.is_expired(now),
            is_recommended: case.proposal.is_recommended,
            span,
            cost_now: money("cost_now"),
            cost_planned: money("cost_planned"),
            saved: money("saved"),
            input_hash: content["input_hash"].as_str().unwrap_or_default().to_owned(),
            assignment: case.waiting.assignment.clone(),
            escalated: case.waiting.escalated.last().cloned(),
        }
    }
}

/// A kept plan and where it stands.
struct KeptCase {
    plan: Plan,
    content: Value,
    case: Case,
}

fn content_of(plan: &Plan) -> Result<Value, Error> {
    serde_json::from_str(&plan.content).map_err(|error| Error::Panicked(format!("plan {}: {error}", plan.id)))
}

/// What of a plan its approval depends on.
fn proposal_of(plan: &Plan, content: &Value) -> Proposal {
    let units = content["workloads"].as_array().into_iter().flatten().filter_map(|workload| workload["unit"].as_str());
    Proposal {
        expires_at: plan.expires_at,
        is_recommended: plan.status != PlanStatus::Infeasible && content["recommended"].as_bool().unwrap_or(true),
        units: units.filter_map(|unit| unit.parse::<UnitId>().ok()).collect(),
    }
}

impl Farthing {
    /// The newest kept plans, of one kind or of all, the newest first. Who is limited to units gets those that are about theirs.
    ///
    /// # Errors
    /// When there is no such kind, or the database fails.
    pub async fn recommendations(&self, query: &RecommendationsQuery) -> Result<Vec<Recommendation>, Error> {
        self.recommended(query, self.kept_cases(query.kind.as_deref(), None, LISTED).await?).await
    }

    /// A page of the kept plans: at most `limit`, and only those after `after`, which is named by when it was made and its id.
    ///
    /// # Errors
    /// As [`recommendations`](Self::recommendations).
    pub async fn recommendation_page(
        &self,
        query: &RecommendationsQuery,
        after: Option<(DateTime<Utc>, String)>,
        limit: u64,
    ) -> Result<Vec<Recommendation>, Error> {
        let named = |(made, id): (DateTime<Utc>, String)| {
            let id = id.parse().map_err(|_| Error::Invalid(format!("{id:?} is no id of a plan")))?;
            Ok::<_, Error>((made, id))
        };
        let (mut after, most) = (after.map(named).transpose()?, usize::try_from(limit).unwrap_or(usize::MAX));
        let mut page = Vec::new();
        // What is left out leaves a page short: the plans after it fill it up.
        loop {
            let kept = self.kept_cases(query.kind.as_deref(), after, limit).await?;
            after = kept.last().filter(|_| kept.len() == most).map(|last| (last.plan.created_at, last.plan.id));
            page.extend(self.recommended(query, kept).await?);
            if after.is_none() || page.len() >= most {
                page.truncate(most);
                return Ok(page);
            }
        }
    }

    /// Of these plans those that are asked for and may be seen, with what of them may be.
    async fn recommended(&self, query: &RecommendationsQuery, kept: Vec<KeptCase>) -> Result<Vec<Recommendation>, Error> {
        let mine = match &query.assigned_to {
            Some(name) => Some((name, self.roles_of(name).await?)),
            None => None,
        };
        let is_wanted = |case: &Case| mine.as_ref().is_none_or(|(name, roles)| waiting::is_for(case, name, roles));
        let now = self.stated_moment();
        let units: BTreeSet<UnitId> = kept.iter().flat_map(|kept| kept.case.proposal.units.iter().cloned()).collect();
        let theirs = self.theirs(&units).await?;
        let mut found = Vec::new();
        for KeptCase { plan, content, case } in kept.into_iter().filter(|kept| is_wanted(&kept.case)) {
            let content = match &theirs {
                Some(theirs) if theirs.is_disjoint(&case.proposal.units) => continue,
                Some(theirs) => limited::content(&content, theirs),
                None => content,
            };
            found.push(Recommendation::of(&plan, &content, &case, now));
        }
        Ok(found)
    }

    /// The newest kept plans after `after`, at most `most`, each with where it stands.
    async fn kept_cases(
        &self,
        kind: Option<&str>,
        after: Option<(DateTime<Utc>, PlanId)>,
        most: u64,
    ) -> Result<Vec<KeptCase>, Error> {
        let kinds = match kind {
            Some(kind) => vec![kind.parse::<PlanKind>().map_err(|error| Error::Invalid(error.to_string()))?],
            None => PlanKind::ALL.to_vec(),
        };
        let now = self.stated_moment();
        let mut plans = Vec::new();
        for kind in kinds {
            plans.extend(self.store.plans().recent_before(kind, after, most, self.moment).await?);
        }
        plans.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.id.cmp(&a.id)));
        plans.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let ids: Vec<_> = plans.iter().map(|plan| plan.id).collect();
        let mut steps = self.store.recommendation_steps().of_all(&ids, self.moment).await?;
        let case_of = |plan: Plan| {
            let content = content_of(&plan)?;
            let steps = steps.remove(&plan.id).unwrap_or_default();
            let case = Case::of(proposal_of(&plan, &content), &steps, now);
            Ok(KeptCase { plan, content, case })
        };
        plans.into_iter().map(case_of).collect()
    }

    /// A kept plan.
    ///
    /// # Errors
    /// When there is none with this id.
    pub async fn recommendation(&self, id: &str) -> Result<RecommendationDetail, Error> {
        let mut opened = self.opened(id).await?;
        if let Some(theirs) = &opened.theirs {
            opened.content = limited::content(&opened.content, theirs);
        }
        let line = Recommendation::of(&opened.plan, &opened.content, &opened.case, opened.now.at);
        let plan = opened.content.clone();
        let assumptions =
            plan["assumptions"].as_array().into_iter().flatten().filter_map(|said| said.as_str().map(str::to_owned));
        Ok(RecommendationDetail {
            line,
            evidence: evidence::of(&opened),
            binding: evidence::binding(&plan),
            assumptions: assumptions.collect(),
            standing: self.told_standing(opened).await?,
            plan,
        })
    }

    /// Where a kept plan stands, and what was done with it.
    ///
    /// # Errors
    /// When there is none with this id.
    pub async fn recommendation_standing(&self, id: &str) -> Result<RecommendationStanding, Error> {
        self.told_standing(self.opened(id).await?).await
    }
}
