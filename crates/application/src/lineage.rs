//! What a figure rests on: the revisions of facts and the versions of documents that it was computed from, with their digests.

use chrono::{DateTime, Utc};
use farthing_store::{Dataset, DocumentKind as StoredKind};
use farthing_types::{BillingPeriod, SourceName, Window};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Error, Farthing};

/// What a figure rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lineage {
    /// The moment whose facts and documents these are.
    pub as_of: DateTime<Utc>,
    /// The revisions of facts.
    pub revisions: Vec<LineageRevision>,
    /// The versions of documents.
    pub documents: Vec<LineageDocument>,
}

/// A revision of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineageRevision {
    /// `charges`, `usage` or `decisions`.
    pub dataset: &'static str,
    /// Where they come from.
    pub source: SourceName,
    /// The month.
    pub period: BillingPeriod,
    /// Its id.
    pub revision: String,
    /// Its number within source and period.
    pub sequence: u64,
    /// The digest of what was imported.
    pub digest: String,
}

/// A version of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineageDocument {
    /// `rules`, `people` …
    pub kind: &'static str,
    /// Its version.
    pub version: u64,
    /// The digest of its text.
    pub digest: String,
}

/// The names of what a metric rests on, as facts and documents.
pub(crate) fn named(source: &[String]) -> (Vec<Dataset>, Vec<StoredKind>) {
    let datasets = source.iter().filter_map(|name| name.parse::<Dataset>().ok()).collect();
    let kinds = source.iter().filter_map(|name| name.parse::<StoredKind>().ok()).collect();
    (datasets, kinds)
}

impl Farthing {
    /// The revisions of these datasets in the months of a window, and the documents in force.
    pub(crate) async fn lineage(&self, datasets: &[Dataset], kinds: &[StoredKind], window: Window) -> Result<Lineage, Error> {
        let as_of = self.stated_moment();
        let mut revisions = Vec::new();
        for &dataset in datasets {
            let of_window = self.revisions(dataset, None).await?.into_iter();
            let of_window = of_window.filter(|r| window.from < r.period.end() && r.period.start() < window.to);
            revisions.extend(of_window.map(|revision| LineageRevision {
                dataset: dataset.as_str(),
                source: revision.source,
                period: revision.period,
                revision: revision.id.to_string(),
                sequence: revision.sequence,
                digest: revision.digest.to_string(),
            }));
        }
        revisions.sort_by(|a, b| (a.dataset, a.period, &a.source).cmp(&(b.dataset, b.period, &b.source)));
        let mut documents = Vec::new();
        for &kind in kinds {
            documents.extend(self.in_force(kind).await?.map(|document| LineageDocument {
                kind: kind.as_str(),
                version: document.version,
                digest: document.digest.to_string(),
            }));
        }
        Ok(Lineage { as_of, revisions, documents })
    }
}
