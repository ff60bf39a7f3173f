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
    /// Folders that go: nobody lists them, and their process died, or nothing was written to them for long enough.
    pub removed: Vec<Orphan>,
    /// Folders that nobody lists and that stay: an import is at work there, or they were written to lately and may have a reader.
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

    /// Removes the folders that the catalogue does not list and that nobody has written to for `older_than`, and whatever imports
    /// left that died. What an import is at work on stays, however long that takes.
    ///
    /// # Errors
    /// When the database or the file system fails.
    pub async fn sweep_lake(&self, older_than: TimeDelta, apply: bool) -> Result<LakeSweep, Error> {
        let as_of = self.now();
        let abandoned = self.abandoned().await?;
        let (mut removed, mut recent) = (Vec::new(), Vec::new());
        for orphan in self.orphans().await? {
            let staged = orphan.folder.strip_prefix("staging/");
            let runs = staged.map(|name| self.lake.is_being_staged(name)).transpose()?.unwrap_or_default();
            let is_old = orphan.changed_at <= as_of - older_than;
            if abandoned.contains(&orphan.folder) || (is_old && !runs) { &mut removed } else { &mut recent }.push(orphan);
        }
        if apply {
            self.clear_up().await?;
            for orphan in &removed {
                self.lake.remove(&Location::from_stored(&orphan.folder))?;
            }
        }
        let bytes_removed = removed.iter().map(|orphan| orphan.bytes).sum();
        Ok(LakeSweep { as_of, applied: apply, removed, recent, bytes_removed })
    }

    /// What imports that died staged, and where they moved it to: as the lake names its folders.
    async fn abandoned(&self) -> Result<BTreeSet<String>, Error> {
        let lake = self.lake.clone();
        let left = blocking(move || Ok(lake.left_behind()?)).await?;
        let staged = left.iter().map(|left| format!("staging/{}", left.name()));
        let placed = left.iter().flat_map(|left| left.placed()).map(|placed| placed.as_str().to_owned());
        Ok(staged.chain(placed).collect())
    }
}
