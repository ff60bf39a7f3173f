//! FOCUS out: the facts of a period as the datasets of one release, as anybody else may read them.

mod allocated;
mod derived;
mod files;

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use farthing_focus::{Dataset as FocusDataset, Gap, Version};
use farthing_lake::TableForm;
use farthing_store::{Dataset, Revision};
use farthing_types::{BillingPeriod, Selection, SourceName};
use serde::Serialize;

use crate::billing::stored_dataset;
use crate::home::blocking;
use crate::import_report::PeriodTotal;
use crate::{Error, Farthing};

/// What to export.
#[derive(Clone, Debug)]
pub struct ExportFocus {
    /// The release to write: 1.2, 1.3 or 1.4.
    pub version: Version,
    /// The billing period.
    pub period: BillingPeriod,
    /// Only this source; all of them without it.
    pub source: Option<SourceName>,
    /// The folder to write into. It is made where it is missing; files of an earlier export of the same form are replaced.
    pub folder: Utf8PathBuf,
    /// How the files are written.
    pub form: TableForm,
    /// True to replace the charges of pools' units by those of the units that pay for them.
    pub allocated: bool,
}

/// What an export wrote, and what it could not.
#[derive(Clone, Debug, Serialize)]
pub struct FocusExport {
    /// The release.
    pub focus_version: Version,
    /// The billing period.
    pub period: BillingPeriod,
    /// The sources in it.
    pub sources: Vec<SourceName>,
    /// The revisions that it was made of.
    pub revisions: Vec<String>,
    /// The files, without the manifest, which says the same as this report.
    pub files: Vec<ExportedFile>,
    /// What the charges written add up to: the same as was billed, or there is no export.
    pub totals: Vec<PeriodTotal>,
    /// Values that the release requires and that were derived.
    pub derived: Vec<Gap>,
    /// Values that the release requires and that the sources do not have.
    pub missing: Vec<Gap>,
}

/// One file of an export.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedFile {
    /// Its name in the folder.
    pub name: String,
    /// The dataset.
    pub dataset: &'static str,
    /// `imported`, or `derived` where it was made of the charges.
    pub origin: &'static str,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: usize,
    /// Bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// A source's facts of the period, with what else is known of it.
pub(super) struct SourceFacts {
    pub source: SourceName,
    pub charges: Revision,
    pub charge_files: Vec<Utf8PathBuf>,
    /// When the source's first revision of the period was imported.
    pub first_seen: DateTime<Utc>,
    /// Files of the other datasets that were imported.
    pub others: Vec<(FocusDataset, Vec<Utf8PathBuf>)>,
    /// The folder of keys and roll-ups.
    pub folder: Utf8PathBuf,
}

impl Farthing {
    /// Writes the facts of a period as the datasets of a release of FOCUS.
    ///
    /// The charges are streamed; those of pools' units are split among the units that pay for them where that is asked for. What was
    /// written adds up to what was billed, or nothing is left in the folder.
    ///
    /// # Errors
    /// When the period has no charges, the folder cannot be written, or the sums differ.
    pub async fn export_focus(&self, request: &ExportFocus) -> Result<FocusExport, Error> {
        if request.version < Version::V1_2 {
            return Err(Error::Invalid(format!("FOCUS {} is not written any more; ask for 1.2, 1.3 or 1.4", request.version)));
        }
        let charges = self.revisions(Dataset::Charges, Some(request.period)).await?;
        let wanted = |revision: &Revision| request.source.as_ref().is_none_or(|source| *source == revision.source);
        let mut facts = Vec::new();
        for revision in charges.into_iter().filter(wanted) {
            facts.push(self.source_facts(revision).await?);
        }
        if facts.is_empty() {
            return Err(match &request.source {
                None => self.no_charges(Selection::Period(request.period)).await?,
                Some(source) => {
                    let period = request.period;
                    Error::Nothing(format!("{source} has no charges for {period}. `farthing status` shows what there is"))
                }
            });
        }
        let attributed = match request.allocated {
            false => None,
            true if request.version < Version::V1_3 => {
                return Err(Error::Invalid(format!(
                    "FOCUS {} has no columns for allocated charges; ask for 1.3 or 1.4",
                    request.version
                )));
            }
            true => Some(self.attributed(Selection::Period(request.period), &[]).await?),
        };
        let request = request.clone();
        blocking(move || files::write(&request, &facts, attributed.as_ref())).await
    }

    async fn source_facts(&self, charges: Revision) -> Result<SourceFacts, Error> {
        let source = charges.source.clone();
        let filter = farthing_store::RevisionFilter {
            dataset: Some(Dataset::Charges),
            source: Some(source.clone()),
            period: Some(charges.period),
        };
        let history = self.store.revisions().history(&filter).await?;
        let first_seen = history.iter().map(|revision| revision.imported_at).min().unwrap_or(charges.imported_at);
        let mut others = Vec::new();
        for dataset in FocusDataset::ALL.into_iter().filter(|dataset| *dataset != FocusDataset::CostAndUsage) {
            let revisions = self.revisions(stored_dataset(dataset), None).await?;
            let mine: Vec<&Revision> = revisions.iter().filter(|revision| revision.source == source).collect();
            let of_period = mine.iter().find(|revision| revision.period == charges.period).copied();
            // Commitments outlive a period: those last heard of before its end are those that were known in it.
            let found = match dataset {
                FocusDataset::ContractCommitment => {
                    let earlier = mine.iter().rev().find(|revision| revision.period <= charges.period).copied();
                    of_period.or(earlier).or_else(|| mine.first().copied())
                }
                _ => of_period,
            };
            others.extend(found.map(|revision| (dataset, self.fact_files(revision))));
        }
        let (charge_files, folder) = (self.fact_files(&charges), self.folder(&charges));
        Ok(SourceFacts { source, charges, charge_files, first_seen, others, folder })
    }
}
