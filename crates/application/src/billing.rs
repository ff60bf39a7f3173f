//! Import of billing files.

use std::sync::Arc;

use camino::Utf8Path;
use farthing_collectors::Reading;
use farthing_collectors::billing_export::{BillFormat, Bills, FileReport, ImportError, StagedDataset};
use farthing_collectors::decode::{Content, Decoded, Job};
use farthing_focus::Dataset as FocusDataset;
use farthing_lake::{ClaimedPeriod, Totals, WrittenPeriod, reread_charges, reread_files};
use farthing_store::{Dataset, Delivery as Counted, Residue, RevisionFilter, RevisionId, RevisionInput, RevisionTotal};
use farthing_types::{Cost, SourceName};

use crate::decoding::mistaken;
use crate::deliveries::{Delivery, DeliveryPolicy, billed};
use crate::home::blocking;
use crate::import_report::FileLine;
use crate::publishing::{Placement, Running, StagedPeriod};
use crate::{Error, Farthing, Finding, GatheredBills, ImportReport, ImportedPeriod, Severity};

/// What to import bills as.
#[derive(Clone, Debug)]
pub struct ImportBilling {
    /// The source they are an export of.
    pub source: SourceName,
    /// What the files are taken for.
    pub format: BillFormat,
    /// What to do with what does not simply replace months.
    pub policy: DeliveryPolicy,
}

impl Farthing {
    /// Imports the bills that were [gathered](Self::gather_bills) as a new revision of each billing period in them. The same rows again change nothing, whatever files
    /// they are in.
    ///
    /// # Errors
    /// When a file cannot be read, a period is closed, another source has the rows, or somebody else imported the same periods at
    /// the same time. The periods then stay as they were.
    pub async fn import_billing(
        &self,
        request: &ImportBilling,
        gathered: GatheredBills,
        reading: Arc<Reading>,
    ) -> Result<ImportReport, Error> {
        request.format.read().map_err(ImportError::from)?;
        let bills = &gathered.bills;
        let read_by = request.format.digested();
        let running =
            match self.begin_import(&request.source, Dataset::Charges, &bills.files, read_by, &request.policy, reading).await? {
                Ok(running) => running,
                Err(report) => return Ok(report),
            };
        match self.import_charges(&running, bills.clone(), request).await {
            Ok(report) => Ok(report),
            Err(error) => self.not_published(&running, error).await,
        }
    }

    async fn import_charges(&self, running: &Running, bills: Bills, request: &ImportBilling) -> Result<ImportReport, Error> {
        let policy = &request.policy;
        let each_row_once = policy.allow_overlap.is_none();
        let content = Content::Charges { format: request.format.clone(), each_row_once };
        let job = Job { files: bills.files, staging: running.staging.path().to_owned(), content, mask: running.mask() };
        let Decoded::Charges(mut imported) = self.decode(job, running.reading.clone()).await? else { return Err(mistaken()) };
        imported.files.extend(bills.unlisted.into_iter().map(|file| FileReport::passed_over(file, UNLISTED.to_owned())));
        let repeated: Vec<Finding> = imported.periods.iter().filter_map(repeated_rows).collect();
        let (claimed, others, folder) = (imported.periods, imported.datasets, running.staging.path().to_owned());
        let reread = move || {
            let charges = reread_charges(&folder, &claimed)?;
            let others = others.into_iter().map(|other| reread_dataset(&folder, other)).collect::<Result<Vec<_>, Error>>()?;
            Ok((charges, others))
        };
        let (charges, others) = blocking(reread).await?;
        let staged = charges.into_iter().map(staged_period).collect::<Result<Vec<_>, Error>>()?;
        let changed_columns = self.changed_columns(running, &staged).await?;
        let mut delivery = self.delivery(running, staged, policy).await?;
        self.place_datasets(running, others, &mut delivery).await?;
        if delivery.placements.is_empty() && delivery.set_aside == 0 {
            let notes = delivery.notes.join(" ");
            return self
                .nothing_new(running, format!("The same rows are there already. Nothing changed. {notes}").trim_end().into())
                .await;
        }
        delivery.findings.splice(0..0, repeated);
        let counted = counted(&imported.files, delivery.set_aside);
        let rows = imported.files.iter().map(|file| file.rows).sum();
        let set_aside = imported.files.iter().map(|file| file.set_aside).sum::<u64>() + delivery.set_aside;
        let mut lines: Vec<FileLine> = imported.files.iter().map(file_line).collect();
        if let Some(line) = lines.iter_mut().find(|line| line.rows > 0) {
            line.findings.extend(changed_columns);
        }
        if !delivery.findings.is_empty() {
            let (file, format) = ("(all files)".to_owned(), String::new());
            lines.push(FileLine { file, format, rows: 0, set_aside: delivery.set_aside, findings: delivery.findings });
        }
        let message = [vec![message(rows, set_aside)], delivery.notes].concat().join(" ") + &running.masking_note();
        let format = format_of(&imported.files);
        let revisions = match delivery.placements.is_empty() {
            // All that came was set aside; the import and its findings are kept all the same.
            true => return self.all_set_aside(running, message, rows, set_aside, lines).await,
            false => {
                self.tell_restatements(running, &mut delivery.placements).await?;
                let findings = lines.iter().flat_map(FileLine::stored_findings).collect();
                self.publish(running, delivery.placements, &format, &message, findings, Some(counted)).await?
            }
        };
        drop(delivery.stagings);
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

    /// The other datasets of FOCUS replace what the source had of them for the same period.
    async fn place_datasets(
        &self,
        running: &Running,
        others: Vec<(Dataset, StagedPeriod)>,
        delivery: &mut Delivery,
    ) -> Result<(), Error> {
        for (dataset, staged) in others {
            let source = running.source.clone();
            let filter = RevisionFilter { dataset: Some(dataset), source: Some(source.clone()), period: Some(staged.period) };
            let active = self.store.revisions().active(&filter).await?.pop();
            if active.as_ref().is_some_and(|active| active.digest == running.digest) {
                continue;
            }
            let (id, replaces) = (RevisionId::new(self.now()), active.map(|active| active.id));
            delivery.placements.push(Placement { id, dataset, source, staged, replaces, restates: None });
        }
        Ok(())
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
fn repeated_rows(period: &ClaimedPeriod) -> Option<Finding> {
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

/// What was counted of the charges; `stray` rows were set aside after they were read.
fn counted(files: &[FileReport], stray: u64) -> Counted {
    let charges = files.iter().filter(|file| file.dataset == FocusDataset::CostAndUsage);
    let mut counted = Counted { rows_set_aside: stray, ..Counted::default() };
    for file in charges {
        counted.rows_read += file.rows;
        counted.rows_set_aside += file.set_aside;
        counted.rows_held += file.conformity.held;
        counted.rows_broke_must += file.conformity.broke_must;
        counted.rows_broke_should += file.conformity.broke_should;
    }
    counted
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

pub(crate) fn staged_period(period: WrittenPeriod) -> Result<StagedPeriod, Error> {
    let totals = revision_totals(&period.totals)?;
    let rows_digest = period.rows_digest.parse().map_err(|_| Error::Panicked("the digest of rows was none".into()))?;
    let (rows, rows_digest, inputs) = (period.totals.charges(), Some(rows_digest), inputs_of(&period.inputs));
    Ok(StagedPeriod { period: period.period, folder: period.folder, rows, files: period.files, totals, rows_digest, inputs })
}

/// Counts of rows by file, as they follow each other, as places. What a writer made of rows that were charges already is of no file.
fn inputs_of(counts: &[(u32, u64)]) -> Vec<RevisionInput> {
    let mut first_row = 1;
    let input = |(file, rows): &(u32, u64)| {
        let input = RevisionInput { file: u64::from(*file), first_row, rows: *rows };
        first_row += rows;
        input
    };
    let inputs: Vec<RevisionInput> = counts.iter().map(input).collect();
    if inputs.iter().any(|input| input.file == 0) { Vec::new() } else { inputs }
}

/// A dataset as it is found in its own folder below the staged one, which must hold what was claimed.
fn reread_dataset(staging: &Utf8Path, claimed: StagedDataset) -> Result<(Dataset, StagedPeriod), Error> {
    let folder = staging.join(claimed.dataset.as_str()).join(claimed.period.to_string());
    reread_files(&folder, &claimed.files)?;
    let rows = claimed.files.iter().map(|file| file.rows).sum();
    let (period, files) = (claimed.period, claimed.files);
    let staged = StagedPeriod { period, folder, rows, files, totals: Vec::new(), rows_digest: None, inputs: Vec::new() };
    Ok((stored_dataset(claimed.dataset), staged))
}

/// The catalogue's word for a FOCUS dataset.
pub(crate) fn stored_dataset(dataset: FocusDataset) -> Dataset {
    match dataset {
        FocusDataset::CostAndUsage => Dataset::Charges,
        FocusDataset::ContractCommitment => Dataset::ContractCommitment,
        FocusDataset::InvoiceDetail => Dataset::InvoiceDetail,
        FocusDataset::BillingPeriod => Dataset::BillingPeriod,
    }
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

pub(crate) fn file_line(file: &FileReport) -> FileLine {
    let format = file.passed_over.as_ref().map_or_else(|| file.format.clone(), |reason| format!("passed over: {reason}"));
    FileLine { file: file.file.to_string(), format, rows: file.rows, set_aside: file.set_aside, findings: file.findings.clone() }
}
