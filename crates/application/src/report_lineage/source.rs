//! A revision with where it came from: the files that its import read, each with its own digest, and what retention took out of it since.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_store::{Dataset, Erasure, Revision, RevisionFile, RevisionFilter, RevisionId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Error, Farthing, LineageRevision};

/// A revision with where it came from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceRevision {
    /// The revision.
    #[serde(flatten)]
    pub revision: LineageRevision,
    /// How many facts were imported.
    pub rows: u64,
    /// What it was read as.
    pub format: String,
    /// The version of the program that read it.
    pub code_version: String,
    /// Since when reports read it.
    pub imported_at: DateTime<Utc>,
    /// The import that made it: `farthing audit list --subject "source NAME"` says who ran it.
    pub import: String,
    /// The files and addresses that were named to it.
    pub paths: Vec<String>,
    /// The files that it was read from, each with its own digest.
    pub sources: Vec<SourceFile>,
    /// Why `sources` has none; none where it has.
    pub without_sources: Option<&'static str>,
    /// Its own files in the lake, each with the SHA-256 of its bytes.
    pub files: Vec<LakePart>,
    /// What retention took out of it, and by which version of the policy.
    pub erased: Vec<ErasedPart>,
}

/// A file that facts came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceFile {
    /// Its path or address, as it was named to the import.
    pub path: String,
    /// How long it was.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The import that read it: an earlier one where a month was completed by a later one.
    pub import: String,
    /// The first of its rows among those of the revision, from 1, in the order of `files`; none where they were sorted or put together.
    pub first_row: Option<u64>,
    /// How many of them follow each other from there.
    pub rows: Option<u64>,
}

/// A file of a revision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LakePart {
    /// Its path below the lake.
    pub path: String,
    /// How many rows it has.
    pub rows: u64,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// Something that retention took out of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasedPart {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// The version of the retention policy.
    pub policy: u64,
    /// Its rule, in words.
    pub reason: String,
    /// `erase-people` or `delete`.
    pub measure: String,
    /// The columns and tags that were emptied.
    pub columns: Vec<String>,
    /// How many rows were changed or deleted.
    pub rows: u64,
    /// How many stayed as they were because they are held.
    pub held: u64,
    /// What the deleted rows added up to.
    #[schema(value_type = Option<Object>)]
    pub totals: Option<serde_json::Value>,
}

/// Imports that read no file, and those from before files were noted one by one.
const NO_FILE: &str = "these facts came in no file: they were sent to the program";
const BEFORE: &str = "imported before files were digested one by one: the digest of the revision is over all of them together";

impl Farthing {
    /// Revisions with their sources.
    pub(super) async fn source_revisions(&self, revisions: Vec<Revision>) -> Result<Vec<SourceRevision>, Error> {
        let mut erased = self.store.revisions().erasures().await?;
        let mut found = Vec::with_capacity(revisions.len());
        for revision in revisions {
            let erased = erased.remove(&revision.id).unwrap_or_default();
            found.push(self.source_revision(revision, erased).await?);
        }
        Ok(found)
    }

    async fn source_revision(&self, revision: Revision, erased: Vec<Erasure>) -> Result<SourceRevision, Error> {
        let import = self.store.imports().get(revision.import).await?;
        let sources = self.sources_of(&revision).await?;
        let without = if import.paths.is_empty() { NO_FILE } else { BEFORE };
        let part = |file: &RevisionFile| LakePart {
            path: format!("{}/{}", revision.location, file.path),
            rows: file.rows,
            bytes: file.bytes,
            sha256: file.digest.to_string(),
        };
        Ok(SourceRevision {
            rows: revision.rows,
            format: revision.format.clone(),
            code_version: revision.code_version.clone(),
            imported_at: revision.imported_at,
            import: revision.import.to_string(),
            paths: import.paths,
            without_sources: sources.is_empty().then_some(without),
            sources,
            files: revision.files.iter().map(part).collect(),
            erased: erased.into_iter().map(ErasedPart::from).collect(),
            revision: LineageRevision {
                dataset: revision.dataset.as_str(),
                source: revision.source.clone(),
                period: revision.period,
                revision: revision.id.to_string(),
                sequence: revision.sequence,
                digest: revision.digest.to_string(),
            },
        })
    }

    /// The files of a revision's import; of events also those of the earlier imports of the month, whose rows it may carry on.
    async fn sources_of(&self, revision: &Revision) -> Result<Vec<SourceFile>, Error> {
        let inputs = self.store.revisions().inputs(revision.id).await?;
        let mut sources = Vec::new();
        for import in self.imports_of(revision).await? {
            for file in self.store.imports().files(import).await? {
                let input = inputs.iter().find(|input| import == revision.import && input.file == file.number);
                sources.push(SourceFile {
                    path: file.path,
                    bytes: file.bytes,
                    sha256: file.digest.to_string(),
                    import: import.to_string(),
                    first_row: input.map(|input| input.first_row),
                    rows: input.map(|input| input.rows),
                });
            }
        }
        Ok(sources)
    }

    async fn imports_of(&self, revision: &Revision) -> Result<Vec<farthing_store::ImportId>, Error> {
        let mut imports = vec![revision.import];
        if !matches!(revision.dataset, Dataset::Usage | Dataset::Decisions | Dataset::EventLogs) {
            return Ok(imports);
        }
        let filter = RevisionFilter {
            dataset: Some(revision.dataset),
            source: Some(revision.source.clone()),
            period: Some(revision.period),
        };
        let history: BTreeMap<RevisionId, Revision> =
            self.store.revisions().history(&filter).await?.into_iter().map(|one| (one.id, one)).collect();
        let before = std::iter::successors(Some(revision), |one| history.get(&one.supersedes?));
        imports.extend(before.skip(1).map(|one| one.import));
        Ok(imports)
    }
}

impl From<Erasure> for ErasedPart {
    fn from(erasure: Erasure) -> Self {
        let Erasure { at, by, policy, measure, columns, rows, held, totals, reason } = erasure;
        Self { at, by, policy, reason, measure, columns, rows, held, totals }
    }
}
