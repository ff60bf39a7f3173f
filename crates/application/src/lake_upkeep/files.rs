//! Which files of the lake are in force, for tools that read them as they are.

use farthing_store::{Dataset, RevisionFile};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;

use crate::{Error, Farthing};

/// A file of a revision in force.
#[derive(Clone, Debug, Serialize)]
pub struct LakeFile {
    /// `charges`, `usage` or `decisions`.
    pub dataset: &'static str,
    /// Its source.
    pub source: SourceName,
    /// Its period.
    pub period: BillingPeriod,
    /// Its revision.
    pub revision: String,
    /// `facts`, or what is made from them: `keys` and `rollup`.
    pub kind: &'static str,
    /// Where it is.
    pub path: String,
    /// Its facts; 0 for keys and roll-ups.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

impl Farthing {
    /// The files of the revisions in force, of all periods or one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lake_files(&self, period: Option<BillingPeriod>) -> Result<Vec<LakeFile>, Error> {
        let mut files = Vec::new();
        for dataset in Dataset::ALL {
            for revision in self.revisions(*dataset, period).await? {
                let folder = self.folder(&revision);
                files.extend(revision.files.iter().map(|file| LakeFile {
                    dataset: dataset.as_str(),
                    source: revision.source.clone(),
                    period: revision.period,
                    revision: revision.id.to_string(),
                    kind: kind(file),
                    path: folder.join(&file.path).into_string(),
                    rows: file.rows,
                    bytes: file.bytes,
                    sha256: file.digest.to_string(),
                }));
            }
        }
        Ok(files)
    }
}

fn kind(file: &RevisionFile) -> &'static str {
    match file.path.as_str() {
        "keys.parquet" => "keys",
        "rollup.parquet" => "rollup",
        _ => "facts",
    }
}
