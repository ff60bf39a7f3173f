//! The catalogue of the lake: which immutable sets of facts there are, and which of them reports read.

mod erasure;
mod model;
mod publish;
mod upkeep;

pub use erasure::Erasure;
pub use model::{Masking, NewRevision, Publication, Revision, RevisionFile, RevisionFilter, RevisionInput, RevisionTotal};
pub use upkeep::Retirement;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use crate::entity::{revision, revision_input, revision_total};
use crate::error::while_doing;
use crate::session::{self, Session, from_column, microseconds};
use crate::stored::Stored;
use crate::{RevisionId, RevisionState, StoreError};

/// The revisions.
#[derive(Debug)]
pub struct Revisions<'a>(Session<'a>);

impl<'a> Revisions<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Makes the revisions of an import visible and ends the import, in one transaction.
    ///
    /// Each revision replaces the one named in [`NewRevision::replaces`], which must be the active one still: of two imports
    /// that began from the same state, one wins. The moment of a revision is `publication.at`, or one microsecond after its
    /// predecessor's where the clock went back, so that at any moment exactly one revision was active.
    ///
    /// # Errors
    /// [`StoreError::AlreadyPublished`], [`StoreError::RevisionConflict`], [`StoreError::ImportEnded`],
    /// [`StoreError::Invalid`] for a value that breaks a rule of [`NewRevision`], or what the database says. In each case
    /// nothing is changed.
    pub async fn publish(&self, publication: &Publication) -> Result<Vec<Revision>, StoreError> {
        publication.validate()?;
        let transaction = session::begin(&self.0).await?;
        let result = publish::publish(&transaction, publication).await;
        let ids = session::finish(transaction, result).await?;
        let ids = ids.into_iter().map(Stored);
        self.read(revision::Entity::find().filter(revision::Column::Id.is_in(ids))).await
    }

    /// One revision.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn get(&self, id: RevisionId) -> Result<Revision, StoreError> {
        let mut found = self.read(revision::Entity::find_by_id(Stored(id))).await?;
        found.pop().ok_or_else(|| StoreError::NotFound { what: "revision", id: id.to_string() })
    }

    /// What reports read today: at most one revision for each dataset, source and period, in that order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn active(&self, filter: &RevisionFilter) -> Result<Vec<Revision>, StoreError> {
        self.read(filtered(filter).filter(revision::Column::State.eq(Stored(RevisionState::Active)))).await
    }

    /// What reports read at `moment`: at most one revision for each dataset, source and period, in that order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn as_of(&self, filter: &RevisionFilter, moment: DateTime<Utc>) -> Result<Vec<Revision>, StoreError> {
        let moment = microseconds(moment);
        let superseded = revision::Column::SupersededAt;
        let not_yet_superseded = Condition::any().add(superseded.is_null()).add(superseded.gt(moment));
        self.read(filtered(filter).filter(revision::Column::ImportedAt.lte(moment)).filter(not_yet_superseded)).await
    }

    /// Which rows of a revision came from which file of its import; none where that is not known.
    ///
    /// # Errors
    /// What the database says.
    pub async fn inputs(&self, id: RevisionId) -> Result<Vec<RevisionInput>, StoreError> {
        let of_revision = revision_input::Entity::find().filter(revision_input::Column::RevisionId.eq(Stored(id)));
        let rows = of_revision.order_by_asc(revision_input::Column::FirstRow).all(&self.0).await;
        let input = |row: revision_input::Model| {
            let count = |count| from_column(count, "revision", id);
            Ok(RevisionInput { file: count(row.file)?, first_row: count(row.first_row)?, rows: count(row.rows)? })
        };
        rows.map_err(while_doing("reading the inputs of a revision"))?.into_iter().map(input).collect()
    }

    /// Every revision there ever was, by dataset, source, period and sequence.
    ///
    /// # Errors
    /// What the database says.
    pub async fn history(&self, filter: &RevisionFilter) -> Result<Vec<Revision>, StoreError> {
        self.read(filtered(filter)).await
    }

    async fn read(&self, select: Select<revision::Entity>) -> Result<Vec<Revision>, StoreError> {
        let failed = while_doing("reading revisions");
        let ids = select.clone().select_only().column(revision::Column::Id).into_query();
        let rows = select.all(&self.0).await.map_err(&failed)?;
        let totals = revision_total::Entity::find()
            .filter(revision_total::Column::RevisionId.in_subquery(ids))
            .order_by_asc(revision_total::Column::RevisionId)
            .all(&self.0)
            .await
            .map_err(&failed)?;
        model::from_rows(rows, totals)
    }
}

fn filtered(filter: &RevisionFilter) -> Select<revision::Entity> {
    revision::Entity::find()
        .apply_if(filter.dataset, |select, dataset| select.filter(revision::Column::Dataset.eq(Stored(dataset))))
        .apply_if(filter.source.clone(), |select, source| select.filter(revision::Column::Source.eq(Stored(source))))
        .apply_if(filter.period, |select, period| select.filter(revision::Column::Period.eq(Stored(period))))
}
