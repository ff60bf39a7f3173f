//! Import of billing files.

use std::sync::Arc;

use camino::Utf8PathBuf;
use farthing_collectors::Reading;
use farthing_collectors::billing_export::{BillFormat, Bills, FileReport, ImportError, find_bills};
use farthing_collectors::decode::{Content, Decoded, Job};
use farthing_lake::{Totals, WrittenPeriod, reread_charges};
use farthing_store::{Dataset, Residue, RevisionTotal};
use farthing_types::{Cost, SourceName};

use crate::decoding::mistaken;
use crate::home::blocking;
use crate::import_report::FileLine;
use crate::publishing::{Running, StagedPeriod};
use crate::{Error, Farthing, ImportReport, ImportedPeriod};

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportBilling {
    /// Files and folders.
    pub paths: Vec<Utf8PathBuf>,
    /// The source they are an export of.
    pub source: SourceName,
    /// What the files are taken for.
    pub format: BillFormat,
}

impl Farthing {
    /// The files that an import of these paths would read, for a progress bar's length.
    ///
    /// # Errors
    /// When a path does not exist or holds no billing files, or a delivery is not whole.
    pub fn billing_files(&self, paths: &[Utf8PathBuf]) -> Result<Bills, Error> {
        Ok(find_bills(paths)?)
    }

    /// Imports billing files as a new revision of each billing period in them. The same content again changes nothing.
    ///
    /// # Errors
    /// When a file cannot be read or somebody else imported the same periods at the same time. The periods then stay as they were.
    pub async fn import_billing(&self, request: &ImportBilling, reading: Arc<Reading>) -> Result<ImportReport, Error> {
        // A format that cannot be used is said before anything is read.
        request.format.read().map_err(ImportError::from)?;
        let bills = self.billing_files(&request.paths)?;
        let read_by = request.format.digested();
        let running = match self.begin_import(&request.source, Dataset::Charges, &bills.files, read_by).await? {
            Ok(running) => running,
            Err(report) => return Ok(report),
        };
        match self.import_charges(&running, bills, request.format.clone(), reading).await {
            Ok(report) => Ok(report),
            Err(error) => self.not_published(&running, error).await,
        }
    }

    async fn import_charges(
        &self,
        running: &Running,
        bills: Bills,
        format: BillFormat,
        reading: Arc<Reading>,
    ) -> Result<ImportReport, Error> {
        let staging = self.staging(running)?;
        let job = Job { files: bills.files, staging: staging.path().to_owned(), content: Content::Charges { format } };
        let Decoded::Charges(mut imported) = self.decode(job, reading).await? else { return Err(mistaken()) };
        imported.files.extend(bills.unlisted.into_iter().map(|file| FileReport::passed_over(file, UNLISTED.to_owned())));
        let (claimed, folder) = (imported.periods, staging.path().to_owned());
        let reread = move || Ok(claimed.iter().map(|period| reread_charges(&folder, period)).collect::<Result<Vec<_>, _>>()?);
        let staged = blocking(reread).await?.into_iter().map(staged_period).collect::<Result<Vec<_>, Error>>()?;
        let rows = imported.files.iter().map(|file| file.rows).sum();
        let set_aside = imported.files.iter().map(|file| file.set_aside).sum();
        let lines: Vec<FileLine> = imported.files.iter().map(file_line).collect();
        let findings = lines.iter().flat_map(FileLine::stored_findings).collect();
        let message = message(rows, set_aside);
        let format = format_of(&imported.files);
        let revisions = self.publish(running, staged, &format, &message, findings).await?;
        drop(staging);
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
}

/// Why a file beside a manifest was not read.
const UNLISTED: &str = "the manifest does not list it";

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
    let mut formats: Vec<&str> = files.iter().map(|file| file.format.as_str()).filter(|format| !format.is_empty()).collect();
    formats.sort_unstable();
    formats.dedup();
    // Several releases of FOCUS say their name once.
    let short =
        |(at, format): (usize, &&str)| if at > 0 { format.trim_start_matches("FOCUS ").to_owned() } else { (*format).to_owned() };
    formats.iter().enumerate().map(short).collect::<Vec<_>>().join(", ")
}

fn staged_period(period: WrittenPeriod) -> Result<StagedPeriod, Error> {
    let totals = revision_totals(&period.totals)?;
    Ok(StagedPeriod { period: period.period, folder: period.folder, rows: period.totals.charges(), files: period.files, totals })
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
    let format = file.passed_over.as_ref().map_or_else(|| file.format.clone(), |reason| format!("passed over: {reason}"));
    FileLine { file: file.file.to_string(), format, rows: file.rows, set_aside: file.set_aside, findings: file.findings.clone() }
}
