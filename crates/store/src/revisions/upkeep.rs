//! What may change about a published revision: where its files are, how they are cut, and whether they are still there. What they
//! say never changes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::{RevisionFile, Revisions};
use crate::entity::{revision, revision_retirement};
use crate::error::{is_unique_violation, while_doing};
use crate::session::{self, from_column, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{RevisionId, RevisionState, StoreError};

/// That a revision's files are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// Since when.
    pub retired_at: DateTime<Utc>,
    /// By which policy.
    pub reason: String,
    /// How many bytes they were.
    pub bytes: u64,
}

impl Revisions<'_> {
    /// Notes that the same facts lie elsewhere, in other files. Whoever asks from then on is sent there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the revision is no longer at `from`, [`StoreError::Invalid`] where the files do not add up to
    /// its rows, or what the database says. Nothing is then changed.
    pub async fn relocate(&self, id: RevisionId, from: &str, to: &str, files: &[RevisionFile]) -> Result<(), StoreError> {
        let known = self.get(id).await?;
        let invalid = |why: String| StoreError::Invalid { what: "revision", id: id.to_string(), why };
        let rows = known.files.iter().map(|file| file.rows).sum::<u64>();
        if files.iter().map(|file| file.rows).sum::<u64>() != rows {
            return Err(invalid(format!("it has {rows} rows and its new files do not add up to them")));
        }
        self.point_to(id, from, to, files).await
    }

    /// Says where a revision lies from now on, if it is still at `from`.
    pub(super) async fn point_to(&self, id: RevisionId, from: &str, to: &str, files: &[RevisionFile]) -> Result<(), StoreError> {
        let invalid = |why: String| StoreError::Invalid { what: "revision", id: id.to_string(), why };
        let files = serde_json::to_string(files).map_err(|error| invalid(error.to_string()))?;
        let change = revision::ActiveModel { location: Set(to.to_owned()), files: Set(files), ..Default::default() };
        // The guard on the place: of two that move the same revision, one does.
        let update = revision::Entity::update_many()
            .set(change)
            .filter(revision::Column::Id.eq(Stored(id)))
            .filter(revision::Column::Location.eq(from))
            .exec(&self.0);
        match update.await.map_err(while_doing("moving a revision"))?.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Conflict { doing: "moving a revision" }),
        }
    }

    /// Notes that a superseded revision's files go. Once it is noted nobody reads them.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where reports of today read it, [`StoreError::Conflict`] where its files are gone already, or what
    /// the database says.
    pub async fn retire(&self, id: RevisionId, reason: &str, bytes: u64, at: DateTime<Utc>) -> Result<(), StoreError> {
        let transaction = session::begin(&self.0).await?;
        let result = async {
            let known = Revisions::on(session::Session::Transaction(&transaction)).get(id).await?;
            if known.state != RevisionState::Superseded {
                let why = "it is the one that reports of today read".to_owned();
                return Err(StoreError::Invalid { what: "revision", id: id.to_string(), why });
            }
            let row = revision_retirement::ActiveModel {
                revision_id: Set(Stored(id)),
                retired_at: Set(microseconds(at)),
                reason: Set(text(reason)),
                bytes: Set(to_column(bytes, "revision", id)?),
            };
            match revision_retirement::Entity::insert(row).exec_without_returning(&transaction).await {
                Ok(_) => Ok(()),
                Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict { doing: "retiring a revision" }),
                Err(error) => Err(while_doing("retiring a revision")(error)),
            }
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// The revisions whose files are gone.
    ///
    /// # Errors
    /// What the database says.
    pub async fn retired(&self) -> Result<BTreeMap<RevisionId, Retirement>, StoreError> {
        let rows = revision_retirement::Entity::find().all(&self.0).await.map_err(while_doing("reading what was retired"))?;
        let one = |row: revision_retirement::Model| {
            let bytes = from_column(row.bytes, "revision", row.revision_id.0)?;
            Ok((row.revision_id.0, Retirement { retired_at: row.retired_at, reason: row.reason, bytes }))
        };
        rows.into_iter().map(one).collect()
    }
}
