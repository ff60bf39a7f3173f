//! Whether the files of the lake are what the catalogue says.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use farthing_lake::{CurrencyTotals, Difference, Listed, Orphan, Totals, Verifying, WrittenFile, verify_revision};
use farthing_store::{Revision, RevisionFilter};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;

use crate::home::blocking;
use crate::{Error, Farthing};

/// Which revisions to verify, and how thoroughly.
#[derive(Clone, Debug, Default)]
pub struct VerifyLake {
    /// Only those of this source.
    pub source: Option<SourceName>,
    /// Only those of this period.
    pub period: Option<BillingPeriod>,
    /// Decode every value, and make keys and roll-ups again from the charges.
    pub deep: bool,
}

/// What a verification found.
#[derive(Clone, Debug, Serialize)]
pub struct LakeVerification {
    /// When the catalogue was read.
    pub as_of: DateTime<Utc>,
    /// Whether every value was decoded and every roll-up made again.
    pub deep: bool,
    /// Revisions that were looked at, those that were replaced among them.
    pub revisions: u64,
    /// Their files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their facts.
    pub rows: u64,
    /// What is not as the catalogue says.
    pub differences: Vec<RevisionDifference>,
    /// Folders that the catalogue does not list. No report reads them.
    pub orphans: Vec<Orphan>,
}

/// A difference, and the revision it is in.
#[derive(Clone, Debug, Serialize)]
pub struct RevisionDifference {
    /// The revision.
    pub revision: String,
    /// Its source.
    pub source: SourceName,
    /// `charges`, `usage` or `decisions`.
    pub dataset: &'static str,
    /// Its period.
    pub period: BillingPeriod,
    /// The difference.
    #[serde(flatten)]
    pub difference: Difference,
}

impl LakeVerification {
    /// True where everything is as the catalogue says.
    pub fn sound(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Farthing {
    /// The bytes that [`Farthing::verify_lake`] will read, for a progress bar's length.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lake_bytes(&self, query: &VerifyLake) -> Result<u64, Error> {
        let revisions = self.revisions_to_verify(query).await?;
        Ok(revisions.iter().flat_map(|revision| &revision.files).map(|file| file.bytes).sum())
    }

    /// Compares every file of the lake with the catalogue: of current revisions and of those that were replaced.
    ///
    /// # Errors
    /// [`Error::Nothing`] where there is no such revision, or when the database or the listing of folders fails. A file that cannot
    /// be read is a difference, not an error.
    pub async fn verify_lake(&self, query: &VerifyLake, verifying: Arc<Verifying>) -> Result<LakeVerification, Error> {
        let orphans = self.orphans().await?;
        let revisions = self.revisions_to_verify(query).await?;
        if revisions.is_empty() && (query.source.is_some() || query.period.is_some()) {
            return Err(Error::Nothing(
                "the lake has no revision of this source and period. `farthing status` lists what there is".to_owned(),
            ));
        }
        let mut result = LakeVerification {
            as_of: self.now(),
            deep: query.deep,
            revisions: revisions.len() as u64,
            files: revisions.iter().map(|revision| revision.files.len() as u64).sum(),
            bytes: revisions.iter().flat_map(|revision| &revision.files).map(|file| file.bytes).sum(),
            rows: revisions.iter().map(|revision| revision.rows).sum(),
            differences: Vec::new(),
            orphans,
        };
        let listed: Vec<Listed> = revisions.iter().map(|revision| self.listed(revision)).collect();
        let (deep, stop) = (query.deep, verifying.clone());
        let found =
            blocking(move || Ok(listed.iter().map(|one| verify_revision(one, deep, &verifying)).collect::<Vec<_>>())).await?;
        if stop.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Invalid(
                "the verification was stopped on request; nothing is said of what was not looked at".into(),
            ));
        }
        for (revision, differences) in revisions.iter().zip(found) {
            result.differences.extend(differences.into_iter().map(|difference| RevisionDifference {
                revision: revision.id.to_string(),
                source: revision.source.clone(),
                dataset: revision.dataset.as_str(),
                period: revision.period,
                difference,
            }));
        }
        Ok(result)
    }

    async fn revisions_to_verify(&self, query: &VerifyLake) -> Result<Vec<Revision>, Error> {
        let filter = RevisionFilter { dataset: None, source: query.source.clone(), period: query.period };
        let retired = self.store.revisions().retired().await?;
        let mut revisions = self.store.revisions().history(&filter).await?;
        revisions.retain(|revision| !retired.contains_key(&revision.id));
        Ok(revisions)
    }

    /// What the catalogue says of a revision, in the words of the lake.
    pub(crate) fn listed(&self, revision: &Revision) -> Listed {
        let file = |file: &farthing_store::RevisionFile| WrittenFile {
            name: file.path.clone(),
            bytes: file.bytes,
            rows: file.rows,
            sha256: file.digest.to_string(),
        };
        let mut totals = Totals::default();
        for total in &revision.totals {
            let of_currency: &mut CurrencyTotals = totals.0.entry(total.currency).or_default();
            of_currency.charges = total.charges;
            of_currency.sums[total.cost] = total.amount;
            of_currency.magnitudes[total.cost] = total.magnitude;
            of_currency.residues[total.cost as usize] = total.residue.count();
        }
        Listed {
            folder: self.folder(revision),
            period: revision.period,
            files: revision.files.iter().map(file).collect(),
            totals,
            rows_digest: revision.rows_digest.map(|digest| digest.to_string()),
        }
    }
}
