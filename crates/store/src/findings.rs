use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};

use crate::entity::finding;
use crate::error::while_doing;
use crate::session::{Session, from_column, text, to_column};
use crate::stored::Stored;
use crate::{ImportId, RevisionId, Severity, StoreError};

/// One kind of thing that an import found in one column of one file, with how often and where first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The file, as it was named to the import.
    pub file: String,
    /// The first rows, 1-based and counting the header; none where the file as a whole is meant.
    pub rows: Vec<u64>,
    /// The file's column, where one is meant.
    pub column: Option<String>,
    /// The rule's id: `not-a-decimal`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The value in the first row, where there is one.
    pub value: Option<String>,
    /// Cause and next step.
    pub message: String,
    /// How many rows.
    pub count: u64,
}

/// The most kinds of findings that one import may leave behind. Findings are kinds with a count, so more means that a caller
/// stores single rows.
pub(crate) const MAX_FINDINGS: usize = 100_000;

/// Rows of one statement: 11 columns each stay below the 32,766 parameters of SQLite.
const CHUNK: usize = 1_000;

/// What imports had to say about their files.
#[derive(Debug)]
pub struct Findings<'a>(Session<'a>);

impl<'a> Findings<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// The first `limit` findings of a revision, in the order in which they were given.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of_revision(&self, revision: RevisionId, limit: u64) -> Result<Vec<Finding>, StoreError> {
        self.read(finding::Entity::find().filter(finding::Column::RevisionId.eq(Stored(revision))), limit).await
    }

    /// The first `limit` findings of an import: those of its revisions, and those of files that led to none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of_import(&self, import: ImportId, limit: u64) -> Result<Vec<Finding>, StoreError> {
        self.read(finding::Entity::find().filter(finding::Column::ImportId.eq(Stored(import))), limit).await
    }

    async fn read(&self, select: Select<finding::Entity>, limit: u64) -> Result<Vec<Finding>, StoreError> {
        let rows = select.order_by_asc(finding::Column::Id).limit(limit).all(&self.0).await;
        rows.map_err(while_doing("reading findings"))?.into_iter().map(Finding::from_row).collect()
    }

    pub(crate) async fn insert(
        &self,
        import: ImportId,
        revision: Option<RevisionId>,
        findings: &[Finding],
    ) -> Result<(), StoreError> {
        for chunk in findings.chunks(CHUNK) {
            let rows: Vec<_> = chunk.iter().map(|finding| finding.row(import, revision)).collect::<Result<_, _>>()?;
            finding::Entity::insert_many(rows).exec_without_returning(&self.0).await.map_err(while_doing("storing findings"))?;
        }
        Ok(())
    }
}

impl Finding {
    fn row(&self, import: ImportId, revision: Option<RevisionId>) -> Result<finding::ActiveModel, StoreError> {
        Ok(finding::ActiveModel {
            id: NotSet,
            import_id: Set(Stored(import)),
            revision_id: Set(revision.map(Stored)),
            file: Set(text(&self.file)),
            first_rows: Set(serde_json::json!(self.rows).to_string()),
            column_name: Set(self.column.as_deref().map(text)),
            rule: Set(text(&self.rule)),
            severity: Set(Stored(self.severity)),
            value: Set(self.value.as_deref().map(text)),
            message: Set(text(&self.message)),
            count: Set(to_column(self.count, "finding", &self.rule)?),
        })
    }

    fn from_row(row: finding::Model) -> Result<Self, StoreError> {
        let damaged = |error: serde_json::Error| StoreError::Damaged {
            what: "finding",
            id: row.id.to_string(),
            why: format!("its rows are no list: {error}"),
        };
        Ok(Self {
            rows: serde_json::from_str(&row.first_rows).map_err(damaged)?,
            count: from_column(row.count, "finding", row.id)?,
            file: row.file,
            column: row.column_name,
            rule: row.rule,
            severity: row.severity.0,
            value: row.value,
            message: row.message,
        })
    }
}
