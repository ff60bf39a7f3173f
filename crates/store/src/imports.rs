use chrono::{DateTime, Utc};
use farthing_types::SourceName;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::entity::{import, import_file};
use crate::error::while_doing;
use crate::session::{self, Session, from_column, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{Dataset, Digest, Finding, Findings, ImportId, ImportOutcome, Sources, StoreError};

/// One attempt to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where the facts come from.
    pub source: SourceName,
    /// What kind of facts.
    pub dataset: Dataset,
    /// The files and folders that were named.
    pub paths: Vec<String>,
    /// The digest of all that was read, once it is known.
    pub digest: Option<Digest>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it runs, and where it was killed until somebody notes that.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: Option<ImportOutcome>,
    /// What it said at its end.
    pub message: Option<String>,
}

/// What is known of an import at its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImport {
    /// Its id, made by the caller with [`ImportId::new`].
    pub id: ImportId,
    /// Where the facts come from; a new source is made known.
    pub source: SourceName,
    /// What kind of facts.
    pub dataset: Dataset,
    /// The files that are read, in order: none where facts come in no file.
    pub files: Vec<ImportedFile>,
}

/// A file that an import read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedFile {
    /// Its number within the import, from 1, in the order in which the files were read.
    pub number: u64,
    /// Its path or address, as it was named.
    pub path: String,
    /// Its size in bytes, as it lay there.
    pub bytes: u64,
    /// The SHA-256 of these bytes.
    pub digest: Digest,
}

/// The attempts to import.
#[derive(Debug)]
pub struct Imports<'a>(Session<'a>);

impl<'a> Imports<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Notes that an import begins.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where its id is taken, or what the database says.
    pub async fn begin(&self, new: &NewImport, at: DateTime<Utc>) -> Result<(), StoreError> {
        let transaction = session::begin(&self.0).await?;
        let result = async {
            Sources::on(Session::Transaction(&transaction)).ensure(&new.source, at).await?;
            let row = import::ActiveModel {
                id: Set(Stored(new.id)),
                source: Set(Stored(new.source.clone())),
                dataset: Set(Stored(new.dataset)),
                paths: Set(serde_json::json!(new.files.iter().map(|file| text(&file.path)).collect::<Vec<_>>()).to_string()),
                started_at: Set(microseconds(at)),
                digest: NotSet,
                ended_at: NotSet,
                outcome: NotSet,
                message: NotSet,
            };
            let insert = import::Entity::insert(row).exec_without_returning(&transaction).await;
            insert.map_err(while_doing("beginning an import"))?;
            for files in new.files.chunks(FILES_A_STATEMENT) {
                let rows = files.iter().map(|file| file_row(new.id, file)).collect::<Result<Vec<_>, _>>()?;
                let insert = import_file::Entity::insert_many(rows).exec_without_returning(&transaction).await;
                insert.map_err(while_doing("noting the files of an import"))?;
            }
            Ok(())
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// Notes that everything was there already.
    ///
    /// # Errors
    /// [`StoreError::ImportEnded`] or [`StoreError::NotFound`], or what the database says.
    pub async fn nothing_new(&self, id: ImportId, digest: Digest, message: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.end(id, ImportOutcome::NothingNew, Some(digest), message, at).await
    }

    /// Notes that nothing was published, why, and what was found in the files.
    ///
    /// # Errors
    /// [`StoreError::ImportEnded`] or [`StoreError::NotFound`], or what the database says.
    pub async fn fail(&self, id: ImportId, message: &str, findings: &[Finding], at: DateTime<Utc>) -> Result<(), StoreError> {
        let transaction = session::begin(&self.0).await?;
        let result = async {
            let session = || Session::Transaction(&transaction);
            Imports::on(session()).end(id, ImportOutcome::Failed, None, message, at).await?;
            Findings::on(session()).insert(id, None, findings).await
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// Notes that an import died, whose process can no longer say so itself; false where it had ended, or was never noted.
    ///
    /// # Errors
    /// What the database says.
    pub async fn died(&self, id: ImportId, message: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        match self.end(id, ImportOutcome::Died, None, message, at).await {
            Ok(()) => Ok(true),
            Err(StoreError::ImportEnded { .. } | StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// One import.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn get(&self, id: ImportId) -> Result<Import, StoreError> {
        let row = import::Entity::find_by_id(Stored(id)).one(&self.0).await.map_err(while_doing("reading an import"))?;
        Import::from_row(row.ok_or_else(|| StoreError::NotFound { what: "import", id: id.to_string() })?)
    }

    /// The files that an import read, in order; none where it read none, or began before they were noted one by one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn files(&self, id: ImportId) -> Result<Vec<ImportedFile>, StoreError> {
        let of_import = import_file::Entity::find().filter(import_file::Column::ImportId.eq(Stored(id)));
        let rows = of_import.order_by_asc(import_file::Column::Number).all(&self.0).await;
        let file = |row: import_file::Model| {
            Ok(ImportedFile {
                number: from_column(row.number, "import", id)?,
                path: row.path,
                bytes: from_column(row.bytes, "import", id)?,
                digest: row.digest.0,
            })
        };
        rows.map_err(while_doing("reading the files of an import"))?.into_iter().map(file).collect()
    }

    /// The last `limit` imports, newest first, of one source or of all: as they are, or as they stood at a moment.
    ///
    /// # Errors
    /// What the database says.
    pub async fn recent(
        &self,
        source: Option<&SourceName>,
        limit: u64,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Vec<Import>, StoreError> {
        let mut select = import::Entity::find();
        if let Some(moment) = as_of {
            select = select.filter(import::Column::StartedAt.lte(microseconds(moment)));
        }
        if let Some(source) = source {
            select = select.filter(import::Column::Source.eq(Stored(source.clone())));
        }
        // Ids sort by the moment they were made, and settle imports that began in the same microsecond.
        let select = select.order_by_desc(import::Column::StartedAt).order_by_desc(import::Column::Id).limit(limit);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the last imports"))?;
        let imports = rows.into_iter().map(Import::from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(match as_of {
            None => imports,
            Some(moment) => imports.into_iter().map(|import| import.at(moment)).collect(),
        })
    }

    /// The imports without an end, oldest first: they are running, or died. Only who can look at their locks knows which.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unfinished(&self) -> Result<Vec<Import>, StoreError> {
        let select = import::Entity::find().filter(import::Column::EndedAt.is_null()).order_by_asc(import::Column::Id);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the unfinished imports"))?;
        rows.into_iter().map(Import::from_row).collect()
    }

    /// Ends an import once: the guard on the missing end keeps an import that was declared lost from publishing after all.
    pub(crate) async fn end(
        &self,
        id: ImportId,
        outcome: ImportOutcome,
        digest: Option<Digest>,
        message: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let end = import::ActiveModel {
            outcome: Set(Some(Stored(outcome))),
            digest: Set(digest.map(Stored)),
            ended_at: Set(Some(microseconds(at))),
            message: Set(Some(text(message))),
            ..Default::default()
        };
        let update = import::Entity::update_many()
            .set(end)
            .filter(import::Column::Id.eq(Stored(id)))
            .filter(import::Column::EndedAt.is_null())
            .exec(&self.0);
        if update.await.map_err(while_doing("ending an import"))?.rows_affected == 1 {
            return Ok(());
        }
        match self.get(id).await?.outcome {
            Some(outcome) => Err(StoreError::ImportEnded { import: id, outcome }),
            None => Err(StoreError::Conflict { doing: "ending an import" }),
        }
    }
}

impl Import {
    /// The import as it stood at a moment: one that ended later was running then.
    fn at(self, moment: DateTime<Utc>) -> Self {
        if self.ended_at.is_some_and(|end| end > microseconds(moment)) {
            return Self { digest: None, ended_at: None, outcome: None, message: None, ..self };
        }
        self
    }

    fn from_row(row: import::Model) -> Result<Self, StoreError> {
        let damaged = |error: serde_json::Error| StoreError::Damaged {
            what: "import",
            id: row.id.0.to_string(),
            why: format!("its paths are no list: {error}"),
        };
        Ok(Self {
            paths: serde_json::from_str(&row.paths).map_err(damaged)?,
            id: row.id.0,
            source: row.source.0,
            dataset: row.dataset.0,
            digest: row.digest.map(|digest| digest.0),
            started_at: row.started_at,
            ended_at: row.ended_at,
            outcome: row.outcome.map(|outcome| outcome.0),
            message: row.message,
        })
    }
}

/// Both databases limit the parameters of one statement.
const FILES_A_STATEMENT: usize = 200;

fn file_row(import: ImportId, file: &ImportedFile) -> Result<import_file::ActiveModel, StoreError> {
    Ok(import_file::ActiveModel {
        import_id: Set(Stored(import)),
        number: Set(to_column(file.number, "import", import)?),
        path: Set(text(&file.path)),
        bytes: Set(to_column(file.bytes, "import", import)?),
        digest: Set(Stored(file.digest)),
    })
}
