//! Plans that were kept, of every kind.

use chrono::{DateTime, Utc};
use farthing_audit::Action;
use farthing_store::{Digest, Plan, PlanId, PlanKind, UnitOfWork};
use farthing_types::Money;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{Error, Farthing};

/// How many of the newest plans of a kind are listed.
const LISTED: u64 = 50;

/// A kept plan, in a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Recommendation {
    /// Its id.
    pub id: String,
    /// `fleet`, `commitments`, `contracts`, `storage`, `routing`, `portfolio` or `all`.
    pub kind: String,
    /// What the solver could say about it.
    pub status: String,
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
}

/// A kept plan with all that it says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecommendationDetail {
    /// The line.
    #[serde(flatten)]
    pub line: Recommendation,
    /// What it rests on, in words.
    pub assumptions: Vec<String>,
    /// The plan, as it was given when it was made.
    pub plan: Value,
}

impl Recommendation {
    fn of(plan: &Plan, content: &Value, now: DateTime<Utc>) -> Self {
        let money = |name: &str| serde_json::from_value::<Money>(content[name].clone()).ok();
        let span = match (content["months"].as_u64(), content["hours"].as_u64()) {
            (Some(1), _) => "1 month".to_owned(),
            (Some(months), _) => format!("{months} months"),
            (None, Some(hours)) => format!("{hours} hours"),
            (None, None) => String::new(),
        };
        let is_plan = plan.status != farthing_store::PlanStatus::Infeasible;
        Self {
            id: plan.id.to_string(),
            kind: plan.kind.to_string(),
            status: plan.status.to_string(),
            created_at: plan.created_at,
            expires_at: plan.expires_at,
            is_expired: plan.is_expired(now),
            is_recommended: is_plan && content["recommended"].as_bool().unwrap_or(true),
            span,
            cost_now: money("cost_now"),
            cost_planned: money("cost_planned"),
            saved: money("saved"),
            input_hash: content["input_hash"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

fn content_of(plan: &Plan) -> Result<Value, Error> {
    serde_json::from_str(&plan.content).map_err(|error| Error::Panicked(format!("plan {}: {error}", plan.id)))
}

impl Farthing {
    /// Keeps a plan and records it.
    pub(crate) async fn add_plan(&self, work: &UnitOfWork, plan: &Plan) -> Result<(), Error> {
        work.plans().add(plan).await?;
        let details = json!({
            "kind": plan.kind.as_str(), "status": plan.status.as_str(), "input_sha256": plan.input_digest.to_string(),
            "content_sha256": Digest::of(plan.content.as_bytes()).to_string(),
        });
        self.record(work, &self.actor, Action::PlanKept, format!("plan {}", plan.id), details).await
    }

    /// The newest kept plans, of one kind or of all, the newest first.
    ///
    /// # Errors
    /// When there is no such kind, or the database fails.
    pub async fn recommendations(&self, kind: Option<&str>) -> Result<Vec<Recommendation>, Error> {
        let kinds = match kind {
            Some(kind) => vec![kind.parse::<PlanKind>().map_err(|error| Error::Invalid(error.to_string()))?],
            None => PlanKind::ALL.to_vec(),
        };
        let now = self.stated_moment();
        let mut found = Vec::new();
        for kind in kinds {
            for plan in self.store.plans().recent(kind, LISTED, self.moment).await? {
                found.push(Recommendation::of(&plan, &content_of(&plan)?, now));
            }
        }
        found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.id.cmp(&a.id)));
        Ok(found)
    }

    /// A kept plan.
    ///
    /// # Errors
    /// When there is none with this id.
    pub async fn recommendation(&self, id: &str) -> Result<RecommendationDetail, Error> {
        let unknown = || Error::Nothing(format!("no plan {id} is kept; `farthing recommendations list` lists them"));
        let parsed: PlanId = id.parse().map_err(|_| unknown())?;
        let plan = self.store.plans().get(parsed).await.map_err(|error| match error {
            farthing_store::StoreError::NotFound { .. } => unknown(),
            other => Error::Store(other),
        })?;
        if self.moment.is_some_and(|moment| plan.created_at > moment) {
            return Err(unknown());
        }
        let content = content_of(&plan)?;
        let assumptions =
            content["assumptions"].as_array().into_iter().flatten().filter_map(|said| said.as_str().map(str::to_owned));
        let assumptions = assumptions.collect();
        Ok(RecommendationDetail { line: Recommendation::of(&plan, &content, self.stated_moment()), assumptions, plan: content })
    }
}
