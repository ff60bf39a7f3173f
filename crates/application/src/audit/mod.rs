//! The record of changes: written with every change, signed at times, read and verified.

mod checkpoints;
mod people;
mod verify;

use chrono::{DateTime, Utc};
use farthing_audit::{Action, Entry};
use farthing_store::{AuditFilter, NewEntry, UnitOfWork};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use checkpoints::AuditSettings;
pub(crate) use checkpoints::text_of as checkpoint_text;
pub(crate) use people::PeopleReads;
pub use verify::{AuditReport, VerifyAudit};

use crate::{Error, Farthing};

/// The most entries of one page.
const MOST_LISTED: u64 = 1_000;

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only those of this person or service.
    pub actor: Option<String>,
    /// Only this action, or with a point at its end all that begin so: `period.`.
    pub action: Option<String>,
    /// Only those about this.
    pub subject: Option<String>,
    /// Only those from this moment on.
    pub since: Option<DateTime<Utc>>,
    /// Only those before this moment.
    pub until: Option<DateTime<Utc>>,
    /// Only those before this entry: the cursor of the page before.
    pub before: Option<u64>,
    /// At most so many; 100 without it.
    pub limit: Option<u64>,
}

/// An entry of the record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// 1, 2, 3 … without a gap.
    pub sequence: u64,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who.
    pub actor: String,
    /// What was done: `period.closed`.
    pub action: String,
    /// To what: `period 2026-05`.
    pub subject: String,
    /// What else is to be known of it.
    #[schema(value_type = Object)]
    pub details: Value,
    /// The hash of the entry before.
    pub previous: String,
    /// SHA-256 over the canonical JSON of all that stands before.
    pub hash: String,
}

/// A page of entries.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins; none where this is the last.
    pub next: Option<u64>,
}

impl Farthing {
    /// Records a change in the transaction that makes it. It comes last in it: on PostgreSQL one transaction at a time records.
    pub(crate) async fn record(
        &self,
        work: &UnitOfWork,
        actor: &str,
        action: Action,
        subject: String,
        details: Value,
    ) -> Result<(), Error> {
        work.audit().append(&NewEntry { actor, action, subject, details, at: self.now() }).await?;
        Ok(())
    }

    /// A page of the record, the newest first.
    ///
    /// # Errors
    /// When the action is none, or the database fails.
    pub async fn audit(&self, query: AuditQuery) -> Result<AuditPage, Error> {
        let AuditQuery { actor, action, subject, since, until, before, limit } = query;
        if let Some(word) = &action {
            let known = |known: &&Action| known.as_str() == word || word.ends_with('.') && known.as_str().starts_with(word);
            if !Action::ALL.iter().any(|action| known(&action)) {
                let known = Action::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>().join(", ");
                return Err(Error::Invalid(format!(
                    "there is no action {word:?}; the actions are {known}, and `period.` is all of period"
                )));
            }
        }
        let until = [until, self.moment].into_iter().flatten().min();
        let limit = limit.unwrap_or(100).clamp(1, MOST_LISTED);
        let filter = AuditFilter { actor, action, subject, since, until };
        let mut entries = self.store.audit().before(&filter, before, limit + 1).await?;
        let more = entries.len() as u64 > limit;
        entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = entries.last().map(|entry| entry.sequence).filter(|_| more);
        Ok(AuditPage { entries: entries.into_iter().map(AuditEntry::from).collect(), next })
    }
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let Entry { sequence, at, actor, action, subject, details, previous, hash } = entry;
        Self { sequence, at, actor, action, subject, details, previous, hash }
    }
}
