//! What there is, at a glance.

use chrono::{DateTime, Utc};
use farthing_types::SourceName;

use crate::{Import, Revision, RevisionFilter, Store, StoreError};

/// One source: what of it is visible, and how its last import went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// The source.
    pub name: SourceName,
    /// The active revision of each dataset and period, in that order, with rows, sums, findings and the moment of import.
    pub active: Vec<Revision>,
    /// The import that started last, whatever became of it.
    pub last_import: Option<Import>,
}

pub(crate) async fn read(store: &Store, as_of: Option<DateTime<Utc>>) -> Result<Vec<SourceStatus>, StoreError> {
    let every = RevisionFilter::default();
    let mut active = match as_of {
        None => store.revisions().active(&every).await?,
        Some(moment) => store.revisions().as_of(&every, moment).await?,
    };
    let mut status = Vec::new();
    for source in store.sources().all().await? {
        if as_of.is_some_and(|moment| source.created_at > moment) {
            continue;
        }
        let (of_source, others) = active.into_iter().partition(|revision| revision.source == source.name);
        active = others;
        let last_import = store.imports().recent(Some(&source.name), 1, as_of).await?.pop();
        status.push(SourceStatus { name: source.name, active: of_source, last_import });
    }
    Ok(status)
}
