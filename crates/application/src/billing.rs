//! Import of billing files.

use std::sync::Arc;

use camino::Utf8PathBuf;
use farthing_collectors::billing_export::{ENDINGS, FileReport};
use farthing_collectors::decode::{Content, Decoded, Job};
use farthing_collectors::{InputFile, Reading, find_files};
use farthing_lake::{Totals, WrittenPeriod, reread_charges};
use farthing_store::{Dataset, Residue, RevisionTotal};
use farthing_types::{Cost, SourceName};

use crate::decoding::mistaken;
use crate::deliveries::{DeliveryPolicy, billed};
use crate::home::blocking;
use crate::import_report::FileLine;
use crate::publishing::{Running, StagedPeriod};
use crate::{Error, Farthing, Finding, ImportReport, ImportedPeriod, Severity};

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportBilling {
    /// Files and folders.
    pub paths: Vec<Utf8PathBuf>,
    /// The source they are an export of.
    pub source: SourceName,
    /// What to do with what does not simply replace months.
    pub policy: DeliveryPolicy,
}

impl Farthing {
    /// The files that an import of these paths would read, for a progress bar's length.
    ///
    /// # Errors
    /// When a path does not exist or holds no billing files.
    pub fn billing_files(&self, paths: &[Utf8PathBuf]) -> Result<Vec<InputFile>, Error> {
        Ok(find_files(paths, &ENDINGS, "billing")?)
    }

    /// Imports billing files as a new revision of each billing period in them. The same rows again change nothing, whatever files
    /// they are in.
    ///
    /// # Errors
    /// When a file cannot be read, a period is closed, another source has the rows, or somebody else imported the same periods at
    /// the same time. The periods then stay as they were.
    pub async fn import_billing(&self, request: &ImportBilling, reading: Arc<Reading>) -> Result<ImportReport, Error> {
        let files = self.billing_files(&request.paths)?;
        let running = match self.begin_import(&request.source, Dataset::Charges, &files, &request.policy).await? {
            Ok(running) => running,
            Err(report) => return Ok(report),
        };
        match self.import_charges(&running, files, &request.policy, reading).await {
            Ok(report) => Ok(report),
            Err(error) => self.not_published(&running, error).await,
        }
    }

    async fn import_charges(
        &self,
        running: &Running,
        files: Vec<InputFile>,
        policy: &DeliveryPolicy,
        reading: Arc<Reading>,
    ) -> Result<ImportReport, Error> {
        let each_row_once = policy.allow_overlap.is_none();
        let staging = self.staging(running)?;
        let job = Job { files, staging: staging.path().to_owned(), content: Content::Charges { each_row_once } };
        let Decoded::Charges(imported) = self.decode(job, reading).await? else { return Err(mistaken()) };
        let repeated: Vec<Finding> = imported.periods.iter().filter_map(repeated_rows).collect();
        let (claimed, folder) = (imported.periods, staging.path().to_owned());
        let reread = move || Ok(claimed.iter().map(|period| reread_charges(&folder, period)).collect::<Result<Vec<_>, _>>()?);
        let staged = blocking(reread).await?.into_iter().map(staged_period).collect::<Result<Vec<_>, Error>>()?;
        let mut delivery = self.delivery(running, staged, policy).await?;
        if delivery.placements.is_empty() && delivery.set_aside == 0 {
            let notes = delivery.notes.join(" ");
            return self
                .nothing_new(running, format!("The same rows are there already. Nothing changed. {notes}").trim_end().into())
                .await;
        }
        delivery.findings.splice(0..0, repeated);
        let rows = imported.files.iter().map(|file| file.rows).sum();
        let set_aside = imported.files.iter().map(|file| file.set_aside).sum::<u64>() + delivery.set_aside;
        let mut lines: Vec<FileLine> = imported.files.iter().map(file_line).collect();
        if !delivery.findings.is_empty() {
            let (file, format) = ("(all files)".to_owned(), String::new());
            lines.push(FileLine { file, format, rows: 0, set_aside: delivery.set_aside, findings: delivery.findings });
        }
        let message = [vec![message(rows, set_aside)], delivery.notes].concat().join(" ");
        let format = format_of(&imported.files);
        let revisions = match delivery.placements.is_empty() {
            // All that came was set aside; the import and its findings are kept all the same.
            true => return self.all_set_aside(running, message, rows, set_aside, lines).await,
            false => {
                let findings = lines.iter().flat_map(FileLine::stored_findings).collect();
                self.publish(running, delivery.placements, &format, &message, findings).await?
            }
        };
        drop((staging, delivery.stagings));
        Ok(ImportReport {
            source: running.source.clone(),
            dataset: running.dataset.as_str(),
            changed: true,
            message,
            rows,
            set_aside,
            files: lines,
            periods: revisions.iter().map(ImportedPeriod::from).collect(),
        })
    }

    /// Ends an import of which no row was used.
    async fn all_set_aside(
        &self,
        running: &Running,
        message: String,
        rows: u64,
        set_aside: u64,
        files: Vec<FileLine>,
    ) -> Result<ImportReport, Error> {
        let report = self.nothing_new(running, message).await?;
        Ok(ImportReport { rows, set_aside, files, ..report })
    }
}

/// What to say of rows that several files of the import have.
fn repeated_rows(period: &WrittenPeriod) -> Option<Finding> {
    let count = period.repeated.charges();
    (count > 0).then(|| Finding {
        rule: "in-several-files".to_owned(),
        severity: Severity::Warning,
        column: String::new(),
        count,
        rows: Vec::new(),
        value: period.period.to_string(),
        message: format!(
            "rows that several files of the import have ({}): each was counted once, as the exports overlap. If every one of them \
             is a charge of its own, import again with --allow-overlap REASON",
            billed(&period.repeated)
        ),
    })
}

fn message(rows: u64, set_aside: u64) -> String {
    match set_aside {
        0 => format!("{rows} rows imported, none set aside."),
        _ => format!(
            "{} rows imported, {set_aside} set aside: their money is in no total. The findings say why.",
            rows - set_aside
        ),
    }
}

fn format_of(files: &[FileReport]) -> String {
    let mut versions: Vec<_> = files.iter().filter_map(|file| file.focus_version).collect();
    versions.sort_unstable();
    versions.dedup();
    let versions: Vec<&str> = versions.iter().map(|version| version.as_str()).collect();
    format!("FOCUS {}", versions.join(", "))
}

pub(crate) fn staged_period(period: WrittenPeriod) -> Result<StagedPeriod, Error> {
    let totals = revision_totals(&period.totals)?;
    let rows_digest = period.rows_digest.parse().map_err(|_| Error::Panicked("the digest of rows was none".into()))?;
    let (rows, rows_digest) = (period.totals.charges(), Some(rows_digest));
    Ok(StagedPeriod { period: period.period, folder: period.folder, rows, files: period.files, totals, rows_digest })
}

fn revision_totals(totals: &Totals) -> Result<Vec<RevisionTotal>, Error> {
    let mut lines = Vec::new();
    for (currency, total) in &totals.0 {
        for (index, cost) in Cost::ALL.into_iter().enumerate() {
            let residue = Residue::from_count(total.residues[index]);
            lines.push(RevisionTotal {
                currency: *currency,
                cost,
                amount: total.sums[cost],
                magnitude: total.magnitudes[cost],
                residue,
                charges: total.charges,
            });
        }
    }
    Ok(lines)
}

fn file_line(file: &FileReport) -> FileLine {
    let format = match (&file.focus_version, &file.passed_over) {
        (Some(version), _) => format!("FOCUS {version}"),
        (None, Some(reason)) => format!("passed over: {reason}"),
        (None, None) => "unknown".to_owned(),
    };
    FileLine { file: file.file.to_string(), format, rows: file.rows, set_aside: file.set_aside, findings: file.findings.clone() }
}
