use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use crate::entity::document;
use crate::error::while_doing;
use crate::session::{self, Session, from_column, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{Digest, DocumentKind, StoreError};

/// One version of what people wrote. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What it is about.
    pub kind: DocumentKind,
    /// 1, 2, 3 … within its kind.
    pub version: u64,
    /// The text as it was published, byte for byte.
    pub content: String,
    /// The digest of the text.
    pub digest: Digest,
    /// Since when it is the newest.
    pub published_at: DateTime<Utc>,
    /// By whom.
    pub published_by: String,
}

/// What became of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedDocument {
    /// The newest version, which has the published content.
    pub document: Document,
    /// False where the newest version had that content already: then nothing was changed.
    pub is_new: bool,
}

/// The documents.
#[derive(Debug)]
pub struct Documents<'a>(Session<'a>);

impl<'a> Documents<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Publishes `content` as the next version; where the newest has it already, nothing changes.
    ///
    /// A version is never older than the one before it: where the clock went back, it gets the moment of that one and one
    /// microsecond, so that [`Documents::as_of`] stays a function of the moment.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody else publishes the same kind at the same moment, [`StoreError::Invalid`] for a
    /// text with a NUL character, or what the database says.
    pub async fn publish(
        &self,
        kind: DocumentKind,
        content: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<PublishedDocument, StoreError> {
        self.publish_beside(kind, content, by, at, &[]).await
    }

    /// Publishes `content` only where the newest versions of other documents are still those that it was checked against.
    ///
    /// Who publishes documents that stand for each other does it one after the other, so that of two only the first can pass a check
    /// that the other would have to make again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where one of `seen` is another by now, and as [`publish`](Self::publish).
    pub async fn publish_beside(
        &self,
        kind: DocumentKind,
        content: &str,
        by: &str,
        at: DateTime<Utc>,
        seen: &[(DocumentKind, Option<u64>)],
    ) -> Result<PublishedDocument, StoreError> {
        if content.contains('\0') {
            let why = "its text holds a NUL character".to_owned();
            return Err(StoreError::Invalid { what: "document", id: kind.to_string(), why });
        }
        let transaction = session::begin(&self.0).await?;
        let result = async {
            if !seen.is_empty() {
                lock(&transaction).await?;
            }
            let documents = Documents::on(Session::Transaction(&transaction));
            let mut at = at;
            for &(other, version) in seen {
                let newest = documents.newest(other).await?;
                if newest.as_ref().map(|document| document.version) != version {
                    return Err(StoreError::Conflict { doing: "publishing a document beside another" });
                }
                // No moment has this one without what it was checked against.
                at = newest.map_or(at, |newest| at.max(newest.published_at));
            }
            publish_in(Session::Transaction(&transaction), kind, content, by, at).await
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// The newest version.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the content does not fit its digest, or what the database says.
    pub async fn newest(&self, kind: DocumentKind) -> Result<Option<Document>, StoreError> {
        let select = of_kind(kind).order_by_desc(document::Column::Version);
        let row = select.one(&self.0).await.map_err(while_doing("reading the newest document"))?;
        row.map(Document::from_row).transpose()
    }

    /// The version that was the newest at `moment`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the content does not fit its digest, or what the database says.
    pub async fn as_of(&self, kind: DocumentKind, moment: DateTime<Utc>) -> Result<Option<Document>, StoreError> {
        let select = of_kind(kind)
            .filter(document::Column::PublishedAt.lte(microseconds(moment)))
            .order_by_desc(document::Column::Version);
        let row = select.one(&self.0).await.map_err(while_doing("reading a document as of a moment"))?;
        row.map(Document::from_row).transpose()
    }

    /// One version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Damaged`] where the content does not fit its digest, or what the database says.
    pub async fn get(&self, kind: DocumentKind, version: u64) -> Result<Document, StoreError> {
        let not_found = || StoreError::NotFound { what: "document", id: format!("{kind} v{version}") };
        let key = (Stored(kind), i64::try_from(version).map_err(|_| not_found())?);
        let row = document::Entity::find_by_id(key).one(&self.0).await.map_err(while_doing("reading a document"))?;
        Document::from_row(row.ok_or_else(not_found)?)
    }

    /// All versions, newest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a content does not fit its digest, or what the database says.
    pub async fn all(&self, kind: DocumentKind) -> Result<Vec<Document>, StoreError> {
        let select = of_kind(kind).order_by_desc(document::Column::Version);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the documents"))?;
        rows.into_iter().map(Document::from_row).collect()
    }
}

/// A number of its own for the lock on documents that stand for each other: the bytes of `docu`.
const DOCUMENTS_LOCK: i32 = 0x646f_6375;

/// SQLite has one writer at a time; PostgreSQL gets a lock until the end of the transaction.
async fn lock(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let statement = format!("SELECT pg_advisory_xact_lock({DOCUMENTS_LOCK}, 0)");
    transaction.execute_unprepared(&statement).await.map_err(while_doing("locking the documents"))?;
    Ok(())
}

fn of_kind(kind: DocumentKind) -> sea_orm::Select<document::Entity> {
    document::Entity::find().filter(document::Column::Kind.eq(Stored(kind)))
}

async fn publish_in(
    session: Session<'_>,
    kind: DocumentKind,
    content: &str,
    by: &str,
    at: DateTime<Utc>,
) -> Result<PublishedDocument, StoreError> {
    let documents = Documents::on(session);
    let digest = Digest::of(content.as_bytes());
    let newest = documents.newest(kind).await?;
    let (version, published_at) = match newest {
        Some(document) if document.digest == digest => return Ok(PublishedDocument { document, is_new: false }),
        Some(newest) => (newest.version + 1, microseconds(at).max(newest.published_at + chrono::TimeDelta::microseconds(1))),
        None => (1, microseconds(at)),
    };
    let document = Document { kind, version, content: content.to_owned(), digest, published_at, published_by: text(by) };
    let row = document::ActiveModel {
        kind: Set(Stored(kind)),
        version: Set(to_column(version, "document", kind)?),
        content: Set(document.content.clone()),
        digest: Set(Stored(digest)),
        published_at: Set(published_at),
        published_by: Set(document.published_by.clone()),
    };
    let insert = document::Entity::insert(row).exec_without_returning(&documents.0).await;
    insert.map_err(while_doing("publishing a document"))?;
    Ok(PublishedDocument { document, is_new: true })
}

impl Document {
    fn from_row(row: document::Model) -> Result<Self, StoreError> {
        let id = format!("{} v{}", row.kind.0, row.version);
        if Digest::of(row.content.as_bytes()) != row.digest.0 {
            let why = format!("its text does not have the digest {} it was published with", row.digest.0);
            return Err(StoreError::Damaged { what: "document", id, why });
        }
        Ok(Self {
            kind: row.kind.0,
            version: from_column(row.version, "document", id)?,
            content: row.content,
            digest: row.digest.0,
            published_at: row.published_at,
            published_by: row.published_by,
        })
    }
}
