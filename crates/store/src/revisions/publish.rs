//! The atomic flip: a month becomes visible as a whole, in place of the revision its importer had seen.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{NewRevision, Publication, Revision, RevisionFilter, Revisions};
use crate::entity::{revision, revision_input, revision_total};
use crate::error::{is_unique_violation, while_doing};
use crate::session::{Session, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{
    Dataset, Deliveries, Findings, Import, ImportOutcome, Imports, JobRuns, PartOfRun, RevisionId, RevisionState, Sources,
    StoreError, periods,
};

/// Publishes within `transaction`, which the caller rolls back on an error.
pub(super) async fn publish(transaction: &DatabaseTransaction, publication: &Publication) -> Result<Vec<RevisionId>, StoreError> {
    let session = || Session::Transaction(transaction);
    let Publication { import, digest, message, counted, revisions, findings, run, at } = publication;
    match run {
        Some(PartOfRun::Whole(run)) => JobRuns::on(session()).end(*run, message, None).await?,
        Some(PartOfRun::Step(run)) => JobRuns::on(session()).hold(*run, message).await?,
        None => {}
    }
    let imports = Imports::on(session());
    // The end comes first: its guard stops an import that was declared lost before anything else is looked at.
    imports.end(*import, ImportOutcome::Done, Some(*digest), message, *at).await?;
    let import = imports.get(*import).await?;
    for new in revisions {
        Sources::on(session()).ensure(&new.source, *at).await?;
        publish_one(transaction, &import, new, *at).await?;
    }
    Findings::on(session()).insert(import.id, None, findings).await?;
    if let Some(counted) = counted {
        Deliveries::on(session()).insert(import.id, counted).await?;
    }
    Ok(revisions.iter().map(|new| new.id).collect())
}

async fn publish_one(
    transaction: &DatabaseTransaction,
    import: &Import,
    new: &NewRevision,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let repository = Revisions::on(Session::Transaction(transaction));
    let filter = RevisionFilter { dataset: Some(new.dataset), source: Some(new.source.clone()), period: Some(new.period) };
    let active = repository.active(&filter).await?.pop();
    if let Some(known) = active.as_ref().filter(|active| active.has_content_of(new)) {
        return Err(StoreError::AlreadyPublished {
            dataset: new.dataset,
            source_name: new.source.clone(),
            period: new.period,
            digest: new.digest,
            revision: known.id,
        });
    }
    // A late delivery is kept because its period is closed, and what invoices and contracts say of a period comes after its end;
    // what reports add up needs an open one.
    if matches!(new.dataset, Dataset::Charges | Dataset::Usage | Dataset::Decisions | Dataset::EventLogs) {
        periods::guard(transaction, new.period, &new.source).await?;
    }
    let imported_at = match &active {
        Some(active) => microseconds(at).max(active.imported_at + TimeDelta::microseconds(1)),
        None => microseconds(at),
    };
    if active.as_ref().map(|revision| revision.id) != new.replaces || !supersede(transaction, new.replaces, imported_at).await? {
        return Err(conflict(new, active.map(|revision| revision.id).filter(|id| Some(*id) != new.replaces)));
    }
    insert(transaction, import, new, active.as_ref(), imported_at).await?;
    insert_totals(transaction, new).await?;
    insert_inputs(transaction, new).await?;
    Findings::on(Session::Transaction(transaction)).insert(import.id, Some(new.id), &new.findings).await
}

fn conflict(new: &NewRevision, found: Option<RevisionId>) -> StoreError {
    StoreError::RevisionConflict {
        dataset: new.dataset,
        source_name: new.source.clone(),
        period: new.period,
        expected: new.replaces,
        found,
    }
}

/// Supersedes `active`, which must be active still; false where another publisher was first.
async fn supersede(transaction: &DatabaseTransaction, active: Option<RevisionId>, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let Some(active) = active else { return Ok(true) };
    let superseded = revision::ActiveModel {
        state: Set(Stored(RevisionState::Superseded)),
        superseded_at: Set(Some(at)),
        ..Default::default()
    };
    // On PostgreSQL this waits for the other publisher, and then finds the revision no longer active.
    let update = revision::Entity::update_many()
        .set(superseded)
        .filter(revision::Column::Id.eq(Stored(active)))
        .filter(revision::Column::State.eq(Stored(RevisionState::Active)))
        .exec(transaction);
    Ok(update.await.map_err(while_doing("superseding a revision"))?.rows_affected == 1)
}

async fn insert(
    transaction: &DatabaseTransaction,
    import: &Import,
    new: &NewRevision,
    replaced: Option<&Revision>,
    imported_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let files = serde_json::to_string(&new.files).map_err(|error| StoreError::Invalid {
        what: "revision",
        id: new.id.to_string(),
        why: error.to_string(),
    })?;
    let findings = new.findings.iter().map(|finding| finding.count).fold(0, u64::saturating_add);
    let row = revision::ActiveModel {
        id: Set(Stored(new.id)),
        import_id: Set(Stored(import.id)),
        dataset: Set(Stored(new.dataset)),
        source: Set(Stored(new.source.clone())),
        period: Set(Stored(new.period)),
        sequence: Set(to_column(replaced.map_or(1, |revision| revision.sequence + 1), "revision", new.id)?),
        digest: Set(Stored(new.digest)),
        format: Set(text(&new.format)),
        code_version: Set(text(&new.code_version)),
        state: Set(Stored(RevisionState::Active)),
        supersedes: Set(new.replaces.map(Stored)),
        rows: Set(to_column(new.rows, "revision", new.id)?),
        findings: Set(to_column(findings, "revision", new.id)?),
        location: Set(new.location.clone()),
        files: Set(files),
        imported_at: Set(imported_at),
        superseded_at: Set(None),
        rows_digest: Set(new.rows_digest.map(Stored)),
        masking_version: Set(new.masking.map(|masking| to_column(masking.version, "revision", new.id)).transpose()?),
        masking_digest: Set(new.masking.map(|masking| Stored(masking.digest))),
        restates: Set(new.restates.map(Stored)),
    };
    match revision::Entity::insert(row).exec_without_returning(transaction).await {
        Ok(_) => Ok(()),
        // The unique indexes on the active revision and the sequence say the same: somebody else was first.
        Err(error) if is_unique_violation(&error) => Err(conflict(new, None)),
        Err(error) => Err(while_doing("adding a revision")(error)),
    }
}

async fn insert_totals(transaction: &DatabaseTransaction, new: &NewRevision) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(new.totals.len());
    for total in &new.totals {
        rows.push(revision_total::ActiveModel {
            revision_id: Set(Stored(new.id)),
            currency: Set(Stored(total.currency)),
            cost: Set(Stored(total.cost)),
            amount: Set(Stored(total.amount)),
            magnitude: Set(Stored(total.magnitude)),
            residue: Set(Stored(total.residue)),
            charges: Set(to_column(total.charges, "revision", new.id)?),
        });
    }
    if rows.is_empty() {
        return Ok(());
    }
    let insert = revision_total::Entity::insert_many(rows).exec_without_returning(transaction).await;
    insert.map(|_| ()).map_err(while_doing("adding the totals of a revision"))
}

async fn insert_inputs(transaction: &DatabaseTransaction, new: &NewRevision) -> Result<(), StoreError> {
    for inputs in new.inputs.chunks(INPUTS_A_STATEMENT) {
        let mut rows = Vec::with_capacity(inputs.len());
        for input in inputs {
            rows.push(revision_input::ActiveModel {
                revision_id: Set(Stored(new.id)),
                file: Set(to_column(input.file, "revision", new.id)?),
                first_row: Set(to_column(input.first_row, "revision", new.id)?),
                rows: Set(to_column(input.rows, "revision", new.id)?),
            });
        }
        let insert = revision_input::Entity::insert_many(rows).exec_without_returning(transaction).await;
        insert.map_err(while_doing("noting which rows of a revision came from which file"))?;
    }
    Ok(())
}

/// Both databases limit the parameters of one statement.
const INPUTS_A_STATEMENT: usize = 200;
