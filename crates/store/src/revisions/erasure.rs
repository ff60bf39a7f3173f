//! What retention removed from revisions. The rows of a revision that are left lie in other files, and what is gone is noted with it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{RevisionFile, Revisions};
use crate::entity::erasure;
use crate::error::{is_unique_violation, while_doing};
use crate::session::{from_column, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{RevisionId, StoreError};

/// That something was removed from a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// The version of the retention policy.
    pub policy: u64,
    /// `erase-people` or `delete`.
    pub measure: String,
    /// The columns and tags that were emptied.
    pub columns: Vec<String>,
    /// How many rows were changed or removed.
    pub rows: u64,
    /// How many rows stayed as they were because somebody holds them.
    pub held: u64,
    /// What the removed rows added up to.
    pub totals: Option<Value>,
    /// The rule of the policy in words.
    pub reason: String,
}

impl Revisions<'_> {
    /// Points a revision to files from which something was removed, and notes what. The revision keeps the number of rows that were imported.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the revision is no longer at `from`, [`StoreError::Invalid`] where the files do not have the rows that
    /// are left, or what the database says. The caller rolls back.
    pub async fn erase(
        &self,
        id: RevisionId,
        from: &str,
        to: &str,
        files: &[RevisionFile],
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        let known = self.get(id).await?;
        let invalid = |why: String| StoreError::Invalid { what: "revision", id: id.to_string(), why };
        let rows = |files: &[RevisionFile]| files.iter().map(|file| file.rows).sum::<u64>();
        let gone = if erasure.measure == "delete" { erasure.rows } else { 0 };
        if rows(files) + gone != rows(&known.files) {
            return Err(invalid(format!(
                "it has {} rows, and its new files do not have those that are left",
                rows(&known.files)
            )));
        }
        self.point_to(id, from, to, files).await?;
        let of_revision = erasure::Entity::find().filter(erasure::Column::RevisionId.eq(Stored(id)));
        let before = of_revision.count(&self.0).await.map_err(while_doing("counting what was removed"))?;
        let row = erasure::ActiveModel {
            revision_id: Set(Stored(id)),
            number: Set(to_column(before + 1, "revision", id)?),
            erased_at: Set(microseconds(erasure.at)),
            erased_by: Set(text(&erasure.by)),
            policy: Set(to_column(erasure.policy, "revision", id)?),
            measure: Set(text(&erasure.measure)),
            columns: Set(serde_json::json!(erasure.columns).to_string()),
            rows: Set(to_column(erasure.rows, "revision", id)?),
            held: Set(to_column(erasure.held, "revision", id)?),
            totals: Set(erasure.totals.as_ref().map(Value::to_string)),
            reason: Set(text(&erasure.reason)),
        };
        match erasure::Entity::insert(row).exec_without_returning(&self.0).await {
            Ok(_) => Ok(()),
            Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict { doing: "noting what was removed" }),
            Err(error) => Err(while_doing("noting what was removed")(error)),
        }
    }

    /// What was removed from revisions, each in the order in which it was.
    ///
    /// # Errors
    /// What the database says.
    pub async fn erasures(&self) -> Result<BTreeMap<RevisionId, Vec<Erasure>>, StoreError> {
        let rows = erasure::Entity::find().order_by_asc(erasure::Column::Number).all(&self.0).await;
        let mut found: BTreeMap<RevisionId, Vec<Erasure>> = BTreeMap::new();
        for row in rows.map_err(while_doing("reading what was removed"))? {
            let id = row.revision_id.0;
            found.entry(id).or_default().push(from_row(row)?);
        }
        Ok(found)
    }
}

fn from_row(row: erasure::Model) -> Result<Erasure, StoreError> {
    let id = row.revision_id.0;
    let damaged = |error: serde_json::Error| StoreError::Damaged { what: "erasure", id: id.to_string(), why: error.to_string() };
    Ok(Erasure {
        at: row.erased_at,
        by: row.erased_by,
        policy: from_column(row.policy, "revision", id)?,
        measure: row.measure,
        columns: serde_json::from_str(&row.columns).map_err(damaged)?,
        rows: from_column(row.rows, "revision", id)?,
        held: from_column(row.held, "revision", id)?,
        totals: row.totals.map(|text| serde_json::from_str(&text)).transpose().map_err(damaged)?,
        reason: row.reason,
    })
}
