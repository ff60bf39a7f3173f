//! The record of what was changed: entries that are chained, and the signed checkpoints of the chain. Both are only added to; the
//! database refuses anything else.

use chrono::{DateTime, SecondsFormat, Utc};
use farthing_audit::{Action, Checkpoint, Entry, canonical};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::Value;

use crate::StoreError;
use crate::entity::{audit_checkpoint, audit_entry};
use crate::error::while_doing;
use crate::session::{self, Session, from_column, microseconds, text, to_column};
use crate::stored::Stored;

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// Who did it.
    pub actor: &'a str,
    /// What was done.
    pub action: Action,
    /// To what.
    pub subject: String,
    /// What else is to be known: an object, with amounts as text.
    pub details: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only those of this person or service.
    pub actor: Option<String>,
    /// Only those of this action, such as `period.closed`; `period.` is all that begin so.
    pub action: Option<String>,
    /// Only those about this.
    pub subject: Option<String>,
    /// Only those from this moment on.
    pub since: Option<DateTime<Utc>>,
    /// Only those before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// The record.
#[derive(Debug)]
pub struct Audit<'a>(Session<'a>);

/// A number of its own for the lock on the chain: the bytes of `audi`.
const AUDIT_LOCK: i32 = 0x6175_6469;

/// The moment as entries have it: one form, so that texts sort as moments do.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    microseconds(at).to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl<'a> Audit<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Adds an entry after the newest one.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the details hold a number that readers of JSON round, or what the database says.
    pub async fn append(&self, new: &NewEntry<'_>) -> Result<Entry, StoreError> {
        let transaction = session::begin(&self.0).await?;
        let result = async {
            lock(&transaction).await?;
            let newest = Audit::on(Session::Transaction(&transaction)).newest().await?;
            let invalid = |error: farthing_audit::CanonicalError| StoreError::Invalid {
                what: "audit entry",
                id: new.subject.clone(),
                why: error.to_string(),
            };
            let entry = Entry {
                sequence: 0,
                at: moment(new.at),
                actor: text(new.actor),
                action: new.action.as_str().to_owned(),
                subject: text(&new.subject),
                details: without_nul(new.details.clone()),
                previous: String::new(),
                hash: String::new(),
            };
            let entry = entry.chained(newest.as_ref()).map_err(invalid)?;
            let row = audit_entry::ActiveModel {
                sequence: Set(to_column(entry.sequence, "audit entry", entry.sequence)?),
                at: Set(entry.at.clone()),
                actor: Set(entry.actor.clone()),
                action: Set(entry.action.clone()),
                subject: Set(entry.subject.clone()),
                details: Set(canonical(&entry.details).map_err(invalid)?),
                previous: Set(entry.previous.clone()),
                hash: Set(entry.hash.clone()),
            };
            let insert = audit_entry::Entity::insert(row).exec_without_returning(&transaction).await;
            insert.map_err(while_doing("recording a change"))?;
            Ok(entry)
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// The newest entry.
    ///
    /// # Errors
    /// What the database says.
    pub async fn newest(&self) -> Result<Option<Entry>, StoreError> {
        Ok(self.before(&AuditFilter::default(), None, 1).await?.pop())
    }

    /// Up to `limit` entries that fit, the newest first: from the newest, or those before an entry.
    ///
    /// # Errors
    /// What the database says.
    pub async fn before(&self, filter: &AuditFilter, before: Option<u64>, limit: u64) -> Result<Vec<Entry>, StoreError> {
        let before = before.map(|sequence| to_column(sequence, "audit entry", sequence)).transpose()?;
        let select = filter
            .apply(audit_entry::Entity::find())
            .apply_if(before, |select, before| select.filter(audit_entry::Column::Sequence.lt(before)))
            .order_by_desc(audit_entry::Column::Sequence)
            .limit(limit);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the audit record"))?;
        Ok(rows.into_iter().map(entry_of).collect())
    }

    /// Up to `limit` entries after one, in their order: 0 for the first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn after(&self, after: i64, limit: u64) -> Result<Vec<Entry>, StoreError> {
        let select = audit_entry::Entity::find()
            .filter(audit_entry::Column::Sequence.gt(after))
            .order_by_asc(audit_entry::Column::Sequence)
            .limit(limit);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the audit record"))?;
        Ok(rows.into_iter().map(entry_of).collect())
    }

    /// Adds a checkpoint; false where there is one of this entry already.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<bool, StoreError> {
        let row = audit_checkpoint::ActiveModel {
            sequence: Set(to_column(checkpoint.sequence, "checkpoint", checkpoint.sequence)?),
            head: Set(checkpoint.head.clone()),
            at: Set(checkpoint.at.clone()),
            reason: Set(text(&checkpoint.reason)),
            public_key: Set(Stored(checkpoint.public_key)),
            signature: Set(checkpoint.signature.clone()),
        };
        let transaction = session::begin(&self.0).await?;
        let result = async {
            lock(&transaction).await?;
            let there = Audit::on(Session::Transaction(&transaction)).checkpoints().await?;
            if there.last().is_some_and(|last| last.sequence >= checkpoint.sequence) {
                return Ok(false);
            }
            let insert = audit_checkpoint::Entity::insert(row).exec_without_returning(&transaction).await;
            insert.map(|_| true).map_err(while_doing("keeping a checkpoint"))
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// All checkpoints, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        let select = audit_checkpoint::Entity::find().order_by_asc(audit_checkpoint::Column::Sequence);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the checkpoints"))?;
        rows.into_iter()
            .map(|row| {
                Ok(Checkpoint {
                    sequence: from_column(row.sequence, "checkpoint", row.sequence)?,
                    head: row.head,
                    at: row.at,
                    reason: row.reason,
                    public_key: row.public_key.0,
                    signature: row.signature,
                })
            })
            .collect()
    }
}

impl AuditFilter {
    fn apply(&self, select: sea_orm::Select<audit_entry::Entity>) -> sea_orm::Select<audit_entry::Entity> {
        use audit_entry::Column;
        let Self { actor, action, subject, since, until } = self;
        select
            .apply_if(actor.as_ref(), |select, actor| select.filter(Column::Actor.eq(actor)))
            .apply_if(action.as_ref(), |select, action| match action.ends_with('.') {
                true => select.filter(Column::Action.starts_with(action)),
                false => select.filter(Column::Action.eq(action)),
            })
            .apply_if(subject.as_ref(), |select, subject| select.filter(Column::Subject.eq(subject)))
            .apply_if(*since, |select, since| select.filter(Column::At.gte(moment(since))))
            .apply_if(*until, |select, until| select.filter(Column::At.lt(moment(until))))
    }
}

/// SQLite has one writer at a time; PostgreSQL gets a lock until the end of the transaction, so that entries have one order.
async fn lock(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let statement = format!("SELECT pg_advisory_xact_lock({AUDIT_LOCK}, 0)");
    transaction.execute_unprepared(&statement).await.map_err(while_doing("locking the audit record"))?;
    Ok(())
}

/// Text within details as both databases take it.
fn without_nul(details: Value) -> Value {
    match details {
        Value::String(free) => Value::String(text(&free)),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(members) => members.into_iter().map(|(name, member)| (name, without_nul(member))).collect(),
        plain => plain,
    }
}

/// A row as it is: what is wrong with its content is for a verification to say.
fn entry_of(row: audit_entry::Model) -> Entry {
    // Text that is no canonical JSON was not written here: kept as text it cannot have the hash of an object.
    let read = serde_json::from_str(&row.details).ok();
    let is_canonical = |details: &Value| canonical(details).is_ok_and(|text| text == row.details);
    let details = read.filter(is_canonical).unwrap_or(Value::String(row.details));
    Entry {
        // A negative number was not written here either, and stands before the first entry.
        sequence: u64::try_from(row.sequence).unwrap_or(0),
        at: row.at,
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        details,
        previous: row.previous,
        hash: row.hash,
    }
}
