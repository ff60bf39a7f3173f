//! What was done with recommendations. Steps are only added; the database refuses anything else.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_approval::Step;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};

use crate::entity::recommendation_step;
use crate::error::while_doing;
use crate::session::{Session, from_column, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{PlanId, StoreError};

/// The steps.
#[derive(Debug)]
pub struct RecommendationSteps<'a>(Session<'a>);

impl<'a> RecommendationSteps<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// The steps of one recommendation in their order: all of them, or those up to a moment.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a row is none that was written here, or what the database says.
    pub async fn of(&self, plan: PlanId, as_of: Option<DateTime<Utc>>) -> Result<Vec<Step>, StoreError> {
        Ok(self.of_all(&[plan], as_of).await?.remove(&plan).unwrap_or_default())
    }

    /// The steps of several recommendations, each in their order; those without any are left out.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn of_all(
        &self,
        plans: &[PlanId],
        as_of: Option<DateTime<Utc>>,
    ) -> Result<BTreeMap<PlanId, Vec<Step>>, StoreError> {
        use recommendation_step::Column;
        let select = recommendation_step::Entity::find()
            .filter(Column::Plan.is_in(plans.iter().map(|plan| Stored(*plan))))
            .apply_if(as_of, |select, moment| select.filter(Column::DoneAt.lte(microseconds(moment))))
            .order_by_asc(Column::Plan)
            .order_by_asc(Column::Sequence);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the steps of recommendations"))?;
        let mut found: BTreeMap<PlanId, Vec<Step>> = BTreeMap::new();
        for row in rows {
            found.entry(row.plan.0).or_default().push(step_of(row)?);
        }
        Ok(found)
    }

    /// Adds the step that follows the last one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where its number is not the next one: somebody else was first. What the database says where it refuses the
    /// step: an approval by who proposed, a second one by the same person, a reason that is missing.
    pub async fn add(&self, plan: PlanId, step: &Step) -> Result<(), StoreError> {
        let doing = "deciding on a recommendation";
        let last = self.of(plan, None).await?.last().map_or(0, |last| last.sequence);
        if step.sequence != last + 1 {
            return Err(StoreError::Conflict { doing });
        }
        let id = || format!("{plan}, step {}", step.sequence);
        let details = serde_json::to_string(&step.details).map_err(|error| StoreError::Invalid {
            what: "recommendation",
            id: id(),
            why: error.to_string(),
        })?;
        let row = recommendation_step::ActiveModel {
            plan: Set(Stored(plan)),
            sequence: Set(to_column(step.sequence, "recommendation", plan)?),
            done_by: Set(text(&step.by)),
            action: Set(Stored(step.action)),
            reason: Set(text(&step.reason)),
            plan_hash: Set(step.plan_hash.clone()),
            input_hash: Set(step.input_hash.clone()),
            done_at: Set(microseconds(step.at)),
            details: Set(details),
        };
        // Two at once take the same number: the key lets one of them in.
        let insert = recommendation_step::Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing(doing))
    }
}

fn step_of(row: recommendation_step::Model) -> Result<Step, StoreError> {
    let details = serde_json::from_str(&row.details).map_err(|error| StoreError::Damaged {
        what: "recommendation",
        id: format!("{}, step {}", row.plan.0, row.sequence),
        why: error.to_string(),
    })?;
    Ok(Step {
        sequence: from_column(row.sequence, "recommendation", row.plan.0)?,
        by: row.done_by,
        action: row.action.0,
        reason: row.reason,
        plan_hash: row.plan_hash,
        input_hash: row.input_hash,
        at: row.done_at,
        details,
    })
}
