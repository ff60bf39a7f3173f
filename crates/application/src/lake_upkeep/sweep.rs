//! Folders that no revision names, removed once nobody can be using them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_lake::{Location, Orphan, unlisted_folders};
use farthing_store::RevisionFilter;
use serde::Serialize;

use crate::home::blocking;
use crate::{Error, Farthing};

/// What a sweep found.
#[derive(Clone, Debug, Serialize)]
pub struct LakeSweep {
    /// When it looked.
    pub as_of: DateTime<Utc>,
    /// False where it is only said what would be removed.
    pub applied: bool,
    /// Folders that go: nobody lists them, and nothing was written to them for long enough.
    pub removed: Vec<Orphan>,
    /// Folders that nobody lists and that were written to lately: an import may be at work there, or a reader.
    pub recent: Vec<Orphan>,
    /// Bytes that go.
    pub bytes_removed: u64,
}

impl Farthing {
    /// The folders that the catalogue does not list, retired revisions among them, in order of path.
    pub(super) async fn orphans(&self) -> Result<Vec<Orphan>, Error> {
        // Folders first: what is published between the two looks is then listed.
        let lake = self.lake.clone();
        let candidates = blocking(move || Ok(unlisted_folders(&lake)?)).await?;
        let retired = self.store.revisions().retired().await?;
        let all = self.store.revisions().history(&RevisionFilter::default()).await?;
        let listed: BTreeSet<&str> = all
            .iter()
            .filter(|revision| !retired.contains_key(&revision.id))
            .map(|revision| revision.location.as_str())
            .collect();
        Ok(candidates.not_in(&listed))
    }

    /// Removes the folders that the catalogue does not list and that nobody has written to for `older_than`.
    ///
    /// # Errors
    /// When the database or the file system fails.
    pub async fn sweep_lake(&self, older_than: TimeDelta, apply: bool) -> Result<LakeSweep, Error> {
        let as_of = self.now();
        let (removed, recent): (Vec<Orphan>, Vec<Orphan>) =
            self.orphans().await?.into_iter().partition(|orphan| orphan.changed_at <= as_of - older_than);
        if apply {
            for orphan in &removed {
                self.lake.remove(&Location::from_stored(&orphan.folder))?;
            }
        }
        let bytes_removed = removed.iter().map(|orphan| orphan.bytes).sum();
        Ok(LakeSweep { as_of, applied: apply, removed, recent, bytes_removed })
    }
}
