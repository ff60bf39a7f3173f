use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, SourceName};
use serde::{Deserialize, Serialize};

use crate::entity::{revision, revision_total};
use crate::findings::MAX_FINDINGS;
use crate::session::from_column;
use crate::{
    Dataset, Delivery, Digest, Finding, ImportId, PartOfRun, Residue, Restatement, RevisionId, RevisionState, StoreError,
};

/// One immutable set of facts of a source and period, as the catalogue has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// The import that made it.
    pub import: ImportId,
    /// What kind of facts.
    pub dataset: Dataset,
    /// Where they come from.
    pub source: SourceName,
    /// The billing period they belong to.
    pub period: BillingPeriod,
    /// 1, 2, 3 … within its dataset, source and period.
    pub sequence: u64,
    /// The digest of the imported files.
    pub digest: Digest,
    /// The digest of its rows, whatever files they came in; `None` where it was not taken.
    pub rows_digest: Option<Digest>,
    /// What its facts were masked by; `None` where nothing was.
    pub masking: Option<Masking>,
    /// What it was read as: `focus-1.2-csv`.
    pub format: String,
    /// The version of the program that read it.
    pub code_version: String,
    /// Whether reports of today read it.
    pub state: RevisionState,
    /// The revision it replaced.
    pub supersedes: Option<RevisionId>,
    /// What it restates of that one; `None` where it replaced none, is no bill, or was imported before this was told.
    pub restates: Option<Restatement>,
    /// How many rows it has.
    pub rows: u64,
    /// How many times something was found in its rows and files: the sum of the findings' counts.
    pub findings: u64,
    /// The folder of its files, relative to the lake.
    pub location: String,
    /// Its files.
    pub files: Vec<RevisionFile>,
    /// Since when reports read it.
    pub imported_at: DateTime<Utc>,
    /// Until when reports read it.
    pub superseded_at: Option<DateTime<Utc>>,
    /// What it adds up to, by currency and cost.
    pub totals: Vec<RevisionTotal>,
}

/// The policy that facts were masked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masking {
    /// Its version.
    pub version: u64,
    /// What tells it, with its key, from others: facts with the same one fit together.
    pub digest: Digest,
}

/// A file of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionFile {
    /// Its path, relative to the revision's location.
    pub path: String,
    /// How many rows it has.
    pub rows: u64,
    /// How long it is.
    pub bytes: u64,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// Rows of a revision that came from one file of its import and lie together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionInput {
    /// The number of the file within the import, from 1.
    pub file: u64,
    /// Its first row among those of the revision, from 1, in the order of the revision's files.
    pub first_row: u64,
    /// How many.
    pub rows: u64,
}

/// What one cost of a revision adds up to in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionTotal {
    /// The currency.
    pub currency: Currency,
    /// Which of the four costs.
    pub cost: Cost,
    /// The sum.
    pub amount: Amount,
    /// The sum of the absolute values: bounds every partial sum.
    pub magnitude: Amount,
    /// What is finer than 1e-18 in the sum.
    pub residue: Residue,
    /// How many charges it is the sum of.
    pub charges: u64,
}

/// Which revisions; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevisionFilter {
    /// Of this dataset.
    pub dataset: Option<Dataset>,
    /// Of this source.
    pub source: Option<SourceName>,
    /// Of this period.
    pub period: Option<BillingPeriod>,
}

/// A revision whose files stand in the lake and are not visible yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevision {
    /// Its id, made by the caller with [`RevisionId::new`], since the files are written under it first.
    pub id: RevisionId,
    /// What kind of facts.
    pub dataset: Dataset,
    /// Where they come from: the import's source, or that of its adjustments.
    pub source: SourceName,
    /// The billing period of its facts.
    pub period: BillingPeriod,
    /// The digest of the imported files.
    pub digest: Digest,
    /// The digest of its rows.
    pub rows_digest: Option<Digest>,
    /// What its facts were masked by.
    pub masking: Option<Masking>,
    /// What it was read as.
    pub format: String,
    /// The version of the program that read it.
    pub code_version: String,
    /// The revision that was active when the import began; `None` where there was none.
    pub replaces: Option<RevisionId>,
    /// What it restates of that one.
    pub restates: Option<Restatement>,
    /// How many rows it has: the sum of its files' rows.
    pub rows: u64,
    /// The folder of its files, relative to the lake, without `..`.
    pub location: String,
    /// Its files, with paths relative to the location, without `..`.
    pub files: Vec<RevisionFile>,
    /// Which of its rows came from which file of the import, where that is known.
    pub inputs: Vec<RevisionInput>,
    /// What it adds up to: at most one total for a currency and cost, none larger than its magnitude.
    pub totals: Vec<RevisionTotal>,
    /// What was found in its rows.
    pub findings: Vec<Finding>,
}

/// All that an import makes visible at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The import, which ends with it.
    pub import: ImportId,
    /// The digest of all that the import read.
    pub digest: Digest,
    /// What the import says at its end.
    pub message: String,
    /// What was counted when its files were read, where that was done.
    pub counted: Option<Delivery>,
    /// The new revisions, at least one, of different datasets, sources or periods.
    pub revisions: Vec<NewRevision>,
    /// What was found in files that led to no revision.
    pub findings: Vec<Finding>,
    /// What it is of the run of a job, where one imports; nothing is published where another worker has the run by now.
    pub run: Option<PartOfRun>,
    /// The present moment.
    pub at: DateTime<Utc>,
}

impl Publication {
    /// Checks what every stored revision keeps to.
    pub(super) fn validate(&self) -> Result<(), StoreError> {
        let invalid = |why: &str| StoreError::Invalid { what: "import", id: self.import.to_string(), why: why.to_owned() };
        if self.revisions.is_empty() {
            return Err(invalid("it publishes no revision: end it as nothing new or as failed"));
        }
        let periods: BTreeSet<_> = self.revisions.iter().map(|new| (new.dataset, &new.source, new.period)).collect();
        if periods.len() < self.revisions.len() {
            return Err(invalid("it publishes two revisions of one period: merge them"));
        }
        let findings = self.revisions.iter().map(|revision| revision.findings.len()).sum::<usize>() + self.findings.len();
        if findings > MAX_FINDINGS {
            return Err(invalid(&format!(
                "{findings} findings are more than {MAX_FINDINGS}: give one for each kind, with a count"
            )));
        }
        self.revisions.iter().try_for_each(NewRevision::validate)
    }
}

impl Revision {
    /// True where `new` holds what this one holds: the same files, or the same rows in other files.
    fn content_is(&self, files: Digest, rows: Option<Digest>) -> bool {
        match (self.rows_digest, rows) {
            (Some(mine), Some(others)) => mine == others,
            _ => self.digest == files,
        }
    }

    pub(super) fn has_content_of(&self, new: &NewRevision) -> bool {
        self.content_is(new.digest, new.rows_digest)
    }
}

impl NewRevision {
    fn validate(&self) -> Result<(), StoreError> {
        let invalid = |why: String| Err(StoreError::Invalid { what: "revision", id: self.id.to_string(), why });
        if !stays_inside(&self.location) {
            return invalid(format!("its location {:?} leads out of the lake", self.location));
        }
        if let Some(file) = self.files.iter().find(|file| !stays_inside(&file.path)) {
            return invalid(format!("its file {:?} leads out of its folder", file.path));
        }
        let rows = self.files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.rows));
        if rows != Some(self.rows) {
            return invalid(format!("it has {} rows and its files do not add up to them", self.rows));
        }
        let mut seen = BTreeSet::new();
        for total in &self.totals {
            let name = format!("{} cost in {}", total.cost, total.currency);
            if !seen.insert((total.currency, total.cost)) {
                return invalid(format!("it has two totals of {name}"));
            }
            if total.amount.abs() > total.magnitude {
                return invalid(format!("its {name} is {}, beyond its magnitude {}", total.amount, total.magnitude));
            }
        }
        Ok(())
    }
}

/// True for a relative path with forward slashes and no step upwards.
fn stays_inside(path: &str) -> bool {
    let plain = |step: &str| !matches!(step, "" | "." | "..") && !step.contains(['\\', ':', '\0']);
    path.split('/').all(plain)
}

/// Puts totals to their revisions, in the order of dataset, source, period and sequence.
///
/// The order is made here, since the databases sort text by rules of their own.
pub(super) fn from_rows(rows: Vec<revision::Model>, totals: Vec<revision_total::Model>) -> Result<Vec<Revision>, StoreError> {
    let mut of_revision: BTreeMap<RevisionId, Vec<RevisionTotal>> = BTreeMap::new();
    for row in totals {
        let charges = from_column(row.charges, "revision", row.revision_id.0)?;
        of_revision.entry(row.revision_id.0).or_default().push(RevisionTotal {
            currency: row.currency.0,
            cost: row.cost.0,
            amount: row.amount.0,
            magnitude: row.magnitude.0,
            residue: row.residue.0,
            charges,
        });
    }
    let revision = |row: revision::Model| {
        let mut totals = of_revision.remove(&row.id.0).unwrap_or_default();
        totals.sort_by_key(|total| (total.currency, total.cost));
        from_row(row, totals)
    };
    let mut revisions: Vec<Revision> = rows.into_iter().map(revision).collect::<Result<_, _>>()?;
    revisions.sort_by(|a, b| {
        let key = |revision: &Revision| (revision.dataset, revision.source.clone(), revision.period, revision.sequence);
        key(a).cmp(&key(b))
    });
    Ok(revisions)
}

fn from_row(row: revision::Model, totals: Vec<RevisionTotal>) -> Result<Revision, StoreError> {
    let id = row.id.0;
    let damaged = |error: serde_json::Error| {
        let why = format!("its list of files cannot be read: {error}");
        StoreError::Damaged { what: "revision", id: id.to_string(), why }
    };
    let masking = match (row.masking_version, row.masking_digest) {
        (Some(version), Some(digest)) => Some(Masking { version: from_column(version, "revision", id)?, digest: digest.0 }),
        _ => None,
    };
    Ok(Revision {
        id,
        masking,
        import: row.import_id.0,
        dataset: row.dataset.0,
        source: row.source.0,
        period: row.period.0,
        sequence: from_column(row.sequence, "revision", id)?,
        digest: row.digest.0,
        rows_digest: row.rows_digest.map(|digest| digest.0),
        format: row.format,
        code_version: row.code_version,
        state: row.state.0,
        supersedes: row.supersedes.map(|id| id.0),
        restates: row.restates.map(|word| word.0),
        rows: from_column(row.rows, "revision", id)?,
        findings: from_column(row.findings, "revision", id)?,
        location: row.location,
        files: serde_json::from_str(&row.files).map_err(damaged)?,
        imported_at: row.imported_at,
        superseded_at: row.superseded_at,
        totals,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_do_not_leave_the_lake() {
        for path in ["charges/acme/2026-05/1", "a b/part-0.parquet"] {
            assert!(stays_inside(path), "{path:?}");
        }
        for path in ["", "/etc", "a//b", "a/../../b", "..", "./a", "a\\b", "C:/x", "a\0b", "a/"] {
            assert!(!stays_inside(path), "{path:?}");
        }
    }
}
