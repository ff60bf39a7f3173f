//! Many small files and row groups into few large ones.

use std::time::SystemTime;

use farthing_audit::Action;
use farthing_lake::{Cut, Location, compact_charges, cut_of};
use farthing_store::{Dataset, Revision, RevisionFile, RevisionFilter};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;
use serde_json::json;

use crate::home::blocking;
use crate::publishing::revision_file;
use crate::{Error, Farthing};

/// A revision whose charges were cut anew, or would be.
#[derive(Clone, Debug, Serialize)]
pub struct Compacted {
    /// The revision.
    pub revision: String,
    /// Its source.
    pub source: SourceName,
    /// Its period.
    pub period: BillingPeriod,
    /// Its charges.
    pub rows: u64,
    /// Files and row groups before.
    pub before: Pieces,
    /// Files and row groups after; `None` where it was only asked what would be done.
    pub after: Option<Pieces>,
}

/// How a revision is cut.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Pieces {
    /// Files of charges.
    pub files: u64,
    /// Row groups in them.
    pub row_groups: u64,
    /// Bytes of all files of the revision.
    pub bytes: u64,
}

impl Farthing {
    /// Writes charges anew where they are cut small, in fewer files and larger row groups. The revision stays the same: rows, sums,
    /// keys, roll-ups, id and moments. What others are reading stays until `sweep_lake` takes it.
    ///
    /// # Errors
    /// When a file cannot be read or written, or what was written is not the same revision. What was done until then stays done.
    pub async fn compact_lake(
        &self,
        source: Option<SourceName>,
        period: Option<BillingPeriod>,
        apply: bool,
    ) -> Result<Vec<Compacted>, Error> {
        let filter = RevisionFilter { dataset: Some(Dataset::Charges), source, period };
        let retired = self.store.revisions().retired().await?;
        let mut done = Vec::new();
        for revision in self.store.revisions().history(&filter).await? {
            if retired.contains_key(&revision.id) {
                continue;
            }
            let listed = self.listed(&revision);
            let cut = blocking(move || Ok(cut_of(&listed)?)).await?;
            if !cut.is_small() {
                continue;
            }
            done.push(Compacted {
                revision: revision.id.to_string(),
                source: revision.source.clone(),
                period: revision.period,
                rows: revision.rows,
                before: pieces(&revision, cut),
                after: if apply { Some(self.compact(&revision).await?) } else { None },
            });
        }
        Ok(done)
    }

    async fn compact(&self, revision: &Revision) -> Result<Pieces, Error> {
        let from = Location::from_stored(&revision.location);
        let to = from.next_cut();
        let (lake, listed) = (self.lake.clone(), self.listed(revision));
        let (name, target) = (format!("compact-{}", revision.id), to.clone());
        let files = blocking(move || {
            let staging = lake.stage(&name)?;
            let files = compact_charges(&listed, staging.path())?;
            // What a killed process left half way is no revision yet.
            lake.remove(&target)?;
            lake.place(staging.path(), &target)?;
            Ok(files)
        })
        .await?;
        let files = files.iter().map(revision_file).collect::<Result<Vec<_>, _>>()?;
        if let Err(error) = self.relocate(revision, &from, &to, &files).await {
            self.lake.withdraw(&to);
            return Err(error);
        }
        self.lake.leave(&from, SystemTime::from(self.now()))?;
        let moved = Revision { location: to.as_str().to_owned(), files, ..revision.clone() };
        let listed = self.listed(&moved);
        let cut = blocking(move || Ok(cut_of(&listed)?)).await?;
        Ok(pieces(&moved, cut))
    }
}

impl Farthing {
    /// Points the catalogue to files that say the same, and records it.
    async fn relocate(&self, revision: &Revision, from: &Location, to: &Location, files: &[RevisionFile]) -> Result<(), Error> {
        let work = self.store.begin().await?;
        work.revisions().relocate(revision.id, from.as_str(), to.as_str(), files).await?;
        let details = json!({"from": from.as_str(), "to": to.as_str()});
        self.record(&work, &self.actor, Action::RevisionMoved, format!("revision {}", revision.id), details).await?;
        Ok(work.commit().await?)
    }
}

fn pieces(revision: &Revision, cut: Cut) -> Pieces {
    Pieces { files: cut.files, row_groups: cut.groups, bytes: revision.files.iter().map(|file| file.bytes).sum() }
}
