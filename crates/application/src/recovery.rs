//! Imports that died: how they are told from those that run, and what is cleared up after them.

use std::collections::BTreeSet;

use farthing_lake::LeftBehind;
use farthing_store::{Import, ImportId, RevisionFilter};

use crate::home::blocking;
use crate::{Error, Farthing};

/// What there is to say of an import that died.
pub(crate) const DIED: &str = "the import ended before its work did: its process was killed, or the machine stopped. Nothing of it \
                               is visible and the earlier state stays. Run the same import again";

impl Farthing {
    /// Notes which imports died, and removes what they staged or moved to its place and never published.
    ///
    /// An import holds the lock of its staged folder from before it is noted until after it is ended, so that one without is dead.
    /// It is ended in the database first: a transaction of it that the database was still at work on has then either published or
    /// never will, and only what the catalogue does not list after that is removed.
    ///
    /// # Errors
    /// When the database or the file system fails.
    pub(crate) async fn clear_up(&self) -> Result<(), Error> {
        let lake = self.lake.clone();
        let left = blocking(move || Ok(lake.left_behind()?)).await?;
        for import in left.iter().filter_map(|left| left.name().parse::<ImportId>().ok()) {
            self.died(import).await?;
        }
        for import in self.dead_imports().await? {
            self.died(import.id).await?;
        }
        if left.is_empty() {
            return Ok(());
        }
        let all = self.store.revisions().history(&RevisionFilter::default()).await?;
        let listed: BTreeSet<String> = all.into_iter().map(|revision| revision.location).collect();
        let lake = self.lake.clone();
        let remove = move |left: LeftBehind| {
            for placed in left.placed().iter().filter(|placed| !listed.contains(placed.as_str())) {
                lake.remove(placed)?;
            }
            tracing::info!(staged.folder = left.name(), "removed what an import that died had left");
            Ok::<_, Error>(left.remove()?)
        };
        blocking(move || left.into_iter().try_for_each(remove)).await
    }

    /// The imports that died and of which that was not noted yet.
    pub(crate) async fn dead_imports(&self) -> Result<Vec<Import>, Error> {
        let mut dead = Vec::new();
        for import in self.store.imports().unfinished().await? {
            if self.lake.is_being_staged(&import.id.to_string())? {
                continue;
            }
            // One that ended between the two looks let go of its lock after its end was noted.
            let import = self.store.imports().get(import.id).await?;
            if import.ended_at.is_none() {
                dead.push(import);
            }
        }
        Ok(dead)
    }

    async fn died(&self, import: ImportId) -> Result<(), Error> {
        if self.store.imports().died(import, DIED, self.now()).await? {
            tracing::warn!(import.id = %import, "an import died; it can be run again");
        }
        Ok(())
    }
}
