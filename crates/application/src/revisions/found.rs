//! What the import of a revision found.

use farthing_store::Severity;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Error, Farthing, StoredFinding};

/// The most kinds of findings that are told at once.
const MOST: u64 = 1_000;

/// One kind of thing that an import found in one column of one file
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingLine {
    /// The file, as it was named to the import.
    pub file: String,
    /// The file's column, where one is meant.
    pub column: Option<String>,
    /// The first rows, 1-based and counting the header; none where the file as a whole is meant.
    pub rows: Vec<u64>,
    /// How many rows.
    pub count: u64,
    /// `error`: a rule that must hold is broken, and where it is one of the import the rows were set aside; `warning` or `note`: they were kept.
    pub severity: &'static str,
    /// The rule's id, such as `not-a-decimal`.
    pub rule: String,
    /// The value in the first row.
    pub value: Option<String>,
    /// Cause and next step.
    pub message: String,
}

impl From<StoredFinding> for FindingLine {
    fn from(found: StoredFinding) -> Self {
        let severity = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let StoredFinding { file, rows, column, rule, value, message, count, .. } = found;
        Self { file, column, rows, count, severity, rule, value, message }
    }
}

impl Farthing {
    /// What the import of a revision found: what was set aside, and what is odd about what was kept.
    ///
    /// # Errors
    /// When there is no such revision.
    pub async fn revision_findings(&self, id: &str) -> Result<Vec<FindingLine>, Error> {
        let revision = self.revision(id).await?;
        let mut found: Vec<FindingLine> =
            self.store.findings().of_revision(revision.id, MOST).await?.into_iter().map(Into::into).collect();
        let weight = |line: &FindingLine| ["error", "warning", "note"].iter().position(|word| *word == line.severity);
        found.sort_by_key(|line| (weight(line), std::cmp::Reverse(line.count)));
        Ok(found)
    }
}
