use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

use crate::entity::plan;
use crate::error::while_doing;
use crate::session::{Session, microseconds};
use crate::stored::Stored;
use crate::{Digest, PlanId, PlanKind, PlanStatus, StoreError};

/// A recommendation as computed. It never changes; approvals refer to its id and to the digest of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// What was planned.
    pub kind: PlanKind,
    /// The digest of everything it was computed from: where it differs today, the plan is stale.
    pub input_digest: Digest,
    /// The answer as JSON, as it was given.
    pub content: String,
    /// What the solver could say about it.
    pub status: PlanStatus,
    /// When it was computed.
    pub created_at: DateTime<Utc>,
    /// From when on it must not be followed.
    pub expires_at: DateTime<Utc>,
}

impl Plan {
    /// True from the moment at which it must not be followed any more.
    pub fn is_expired(&self, at: DateTime<Utc>) -> bool {
        self.expires_at <= at
    }
}

/// The plans.
#[derive(Debug)]
pub struct Plans<'a>(Session<'a>);

impl<'a> Plans<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Stores a plan.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the content is no JSON or it expires before it is made, [`StoreError::Conflict`] where its
    /// id is taken, or what the database says.
    pub async fn add(&self, plan: &Plan) -> Result<(), StoreError> {
        let invalid = |why| StoreError::Invalid { what: "plan", id: plan.id.to_string(), why };
        serde_json::from_str::<serde::de::IgnoredAny>(&plan.content)
            .map_err(|error| invalid(format!("its content is no JSON: {error}")))?;
        if plan.expires_at <= plan.created_at {
            return Err(invalid(format!("it expires at {}, before it is made at {}", plan.expires_at, plan.created_at)));
        }
        let row = plan::ActiveModel {
            id: Set(Stored(plan.id)),
            kind: Set(Stored(plan.kind)),
            input_digest: Set(Stored(plan.input_digest)),
            content: Set(plan.content.clone()),
            status: Set(Stored(plan.status)),
            created_at: Set(microseconds(plan.created_at)),
            expires_at: Set(microseconds(plan.expires_at)),
        };
        let insert = plan::Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("storing a plan"))
    }

    /// One plan.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn get(&self, id: PlanId) -> Result<Plan, StoreError> {
        let row = plan::Entity::find_by_id(Stored(id)).one(&self.0).await.map_err(while_doing("reading a plan"))?;
        row.map(Plan::from_row).ok_or_else(|| StoreError::NotFound { what: "plan", id: id.to_string() })
    }

    /// The last `limit` plans of a kind, newest first: all that there are, or those made up to a moment.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recent(&self, kind: PlanKind, limit: u64, as_of: Option<DateTime<Utc>>) -> Result<Vec<Plan>, StoreError> {
        self.recent_before(kind, None, limit, as_of).await
    }

    /// The same of those that come after a plan in that order: it is named by when it was made, and its id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recent_before(
        &self,
        kind: PlanKind,
        before: Option<(DateTime<Utc>, PlanId)>,
        limit: u64,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Vec<Plan>, StoreError> {
        let select = plan::Entity::find()
            .filter(plan::Column::Kind.eq(Stored(kind)))
            .apply_if(as_of, |select, moment| select.filter(plan::Column::CreatedAt.lte(microseconds(moment))))
            .apply_if(before, |select, (made, id)| {
                let made = microseconds(made);
                let same = Condition::all().add(plan::Column::CreatedAt.eq(made)).add(plan::Column::Id.lt(Stored(id)));
                select.filter(Condition::any().add(plan::Column::CreatedAt.lt(made)).add(same))
            })
            .order_by_desc(plan::Column::CreatedAt)
            .order_by_desc(plan::Column::Id)
            .limit(limit);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the last plans"))?;
        Ok(rows.into_iter().map(Plan::from_row).collect())
    }
}

impl Plan {
    fn from_row(row: plan::Model) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind.0,
            input_digest: row.input_digest.0,
            content: row.content,
            status: row.status.0,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}
