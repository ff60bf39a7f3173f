//! Folders that no revision names: left by processes that were killed, or no longer wanted.

use std::collections::BTreeSet;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Lake, LakeError};

/// A folder of the lake that the catalogue does not list. No report reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Orphan {
    /// The folder, relative to the lake.
    pub folder: String,
    /// The bytes of its files.
    pub bytes: u64,
    /// When it was last written to.
    pub changed_at: DateTime<Utc>,
}

/// The folders of revisions and of staged imports that are not among `listed` locations, in order of path.
///
/// Look at the folders before the catalogue is read: what is published in between is then listed and no orphan.
///
/// # Errors
/// When a folder cannot be listed.
pub fn unlisted_folders(lake: &Lake) -> Result<Candidates, LakeError> {
    let mut found = Vec::new();
    gather(lake, lake.root(), &mut found)?;
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(Candidates(found))
}

/// `staging/IMPORT`, `DATASET/source=…/period=…/REVISION`, and the same below a link to another tier.
fn gather(lake: &Lake, base: &Utf8Path, found: &mut Vec<Orphan>) -> Result<(), LakeError> {
    for dataset in folders(base)? {
        match dataset.file_name().unwrap_or_default() {
            "staging" => {
                for import in folders(&dataset)? {
                    found.push(describe(lake, &import)?);
                }
            }
            tier if tier.starts_with("tier=") => gather(lake, &dataset, found)?,
            _ => {
                for source in folders(&dataset)? {
                    for period in folders(&source)? {
                        for revision in folders(&period)? {
                            found.push(describe(lake, &revision)?);
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

/// All folders of revisions and staged imports.
#[derive(Clone, Debug)]
pub struct Candidates(Vec<Orphan>);

impl Candidates {
    /// Those whose location the catalogue does not list.
    pub fn not_in(self, listed: &BTreeSet<&str>) -> Vec<Orphan> {
        self.0.into_iter().filter(|orphan| !listed.contains(orphan.folder.as_str())).collect()
    }
}

fn folders(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, LakeError> {
    let mut found = Vec::new();
    for entry in folder.read_dir_utf8().map_err(LakeError::io(folder))? {
        let entry = entry.map_err(LakeError::io(folder))?;
        // Of links only those to another tier are followed.
        let is_tier = entry.file_name().starts_with("tier=");
        if entry.file_type().map_err(LakeError::io(entry.path()))?.is_dir() || (is_tier && entry.path().is_dir()) {
            found.push(entry.path().to_owned());
        }
    }
    Ok(found)
}

fn describe(lake: &Lake, folder: &Utf8Path) -> Result<Orphan, LakeError> {
    let relative = folder.strip_prefix(lake.root()).map_or_else(|_| folder.to_string(), |path| path.as_str().replace('\\', "/"));
    let (bytes, changed) = size_and_age(folder)?;
    Ok(Orphan { folder: relative, bytes, changed_at: changed.into() })
}

/// The bytes below a folder, and when anything in it was last written to.
fn size_and_age(folder: &Utf8Path) -> Result<(u64, SystemTime), LakeError> {
    let modified = |path: &Utf8Path| std::fs::metadata(path).and_then(|m| m.modified()).map_err(LakeError::io(path));
    let (mut bytes, mut changed) = (0, modified(folder)?);
    for entry in folder.read_dir_utf8().map_err(LakeError::io(folder))? {
        let entry = entry.map_err(LakeError::io(folder))?;
        let metadata = entry.metadata().map_err(LakeError::io(entry.path()))?;
        let (size, at) = if metadata.is_dir() { size_and_age(entry.path())? } else { (metadata.len(), modified(entry.path())?) };
        bytes += size;
        changed = changed.max(at);
    }
    Ok((bytes, changed))
}
