//! Import of inference usage.

use std::sync::Arc;

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use farthing_collectors::decode::{Content, Decoded, Job};
use farthing_collectors::usage_files::{self, EventReport, StagedMonth};
use farthing_collectors::{InputFile, Reading, find_files};
use farthing_lake::reread_rows;
use farthing_store::Dataset;
use farthing_types::SourceName;

use crate::decoding::mistaken;
use crate::deliveries::DeliveryPolicy;
use crate::home::blocking;
use crate::import_report::FileLine;
use crate::publishing::{Running, StagedPeriod};
use crate::receiving;
use crate::uploads::is_upload;
use crate::{Error, Farthing, GatheredBills, ImportReport, ImportedPeriod, UsageFormat};

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportUsage {
    /// The gateway or service that the files come from.
    pub source: SourceName,
    /// How they are written.
    pub format: UsageFormat,
}

/// Files of events, and what they are.
pub(crate) struct EventImport<'a> {
    pub source: &'a SourceName,
    pub dataset: Dataset,
    /// The name of the form that they are written in.
    pub format: &'a str,
    pub content: Content,
    /// From where on they are a month of usage: what is there of earlier hours stays. A whole month without it.
    pub known_from: Option<DateTime<Utc>>,
}

impl Farthing {
    /// The files of events (`wanted` says of which, for a message) that an import of these paths would read.
    ///
    /// # Errors
    /// When a path does not exist or holds no such files.
    pub fn event_files(&self, paths: &[Utf8PathBuf], wanted: &'static str) -> Result<Vec<InputFile>, Error> {
        let (uploads, paths): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| is_upload(path));
        let mut files = uploads.iter().map(|path| self.uploaded(path)).collect::<Result<Vec<_>, _>>()?;
        files.extend(find_files(&paths, &usage_files::ENDINGS, wanted)?);
        Ok(files)
    }

    /// Imports inference usage, added up by hour. The same content again changes nothing.
    ///
    /// # Errors
    /// When a file cannot be read. The months then stay as they were.
    pub async fn import_usage(
        &self,
        request: &ImportUsage,
        gathered: GatheredBills,
        reading: Arc<Reading>,
    ) -> Result<ImportReport, Error> {
        let files = gathered.files().to_vec();
        let content = Content::Usage { format: request.format.clone(), source: request.source.clone() };
        let (source, format) = (&request.source, request.format.as_str());
        self.import_events(EventImport { source, dataset: Dataset::Usage, format, content, known_from: None }, files, reading)
            .await
    }

    /// Imports files of events, whatever they are: the part that usage and decisions share.
    pub(crate) async fn import_events(
        &self,
        import: EventImport<'_>,
        files: Vec<InputFile>,
        reading: Arc<Reading>,
    ) -> Result<ImportReport, Error> {
        let EventImport { source, dataset, .. } = import;
        self.refuse_receiver_s(source, dataset).await?;
        // What an event log has to be told decides what its events are; so does from where on files are a month.
        let read_by = match (&import.content, import.known_from) {
            (Content::EventLogs { form }, _) => serde_json::to_string(form).unwrap_or_default(),
            (_, Some(known_from)) => format!("from {known_from}"),
            _ => String::new(),
        };
        let running = match self.begin_import(source, dataset, &files, &read_by, &DeliveryPolicy::default(), reading).await? {
            Ok(running) => running,
            Err(report) => return Ok(report),
        };
        match self.import_rows(&running, import, files).await {
            Ok(report) => Ok(report),
            Err(error) => self.not_published(&running, error).await,
        }
    }

    /// Refuses files for a source whose months are added up from received spans: the next span of such a month would put them aside.
    async fn refuse_receiver_s(&self, source: &SourceName, dataset: Dataset) -> Result<(), Error> {
        if dataset != Dataset::Usage {
            return Ok(());
        }
        let standing = self.standing_of(source, dataset).await?;
        if standing.active.iter().any(|revision| revision.format == receiving::FORMAT) {
            return Err(Error::Invalid(format!(
                "{source} is where received spans are added up: nothing is imported into it. Name another source"
            )));
        }
        Ok(())
    }

    async fn import_rows(
        &self,
        running: &Running,
        import: EventImport<'_>,
        files: Vec<InputFile>,
    ) -> Result<ImportReport, Error> {
        let EventImport { format, content, known_from, .. } = import;
        let job = Job { files: files.clone(), staging: running.staging.path().to_owned(), content, mask: running.mask() };
        let Decoded::Events(events) = self.decode(job, running.reading.clone()).await? else { return Err(mistaken()) };
        if events.months.is_empty() {
            let first = &files[0].path;
            return Err(Error::Invalid(format!(
                "{first}: no row could be used; nothing was imported. The format may be another one"
            )));
        }
        let (claimed, folder) = (events.months, running.staging.path().to_owned());
        let reread = move || {
            let month = |month: StagedMonth| reread_rows(&folder, month.period, &month.file).map(|()| staged(month));
            Ok(claimed.into_iter().map(month).collect::<Result<Vec<_>, _>>()?)
        };
        let months = blocking(reread).await?;
        let reports = &events.files;
        let standing = self.standing(running).await?;
        let months = match known_from {
            Some(known_from) => self.with_earlier_hours(running, &standing, known_from, months).await?,
            None => months,
        };
        let sorted = self.sort_events(running, &standing, months).await?;
        let rows = reports.iter().map(|report| report.rows).sum();
        let set_aside = reports.iter().map(|report| report.set_aside).sum::<u64>() + sorted.set_aside;
        let repeated: u64 = reports.iter().map(|report| report.repeated).sum();
        let mut lines: Vec<FileLine> = files.iter().zip(events.files).map(|(file, report)| line(file, format, report)).collect();
        if !sorted.findings.is_empty() {
            let (file, findings) = ("(all files)".to_owned(), sorted.findings);
            lines.push(FileLine { file, format: String::new(), rows: 0, set_aside: sorted.set_aside, findings });
        }
        let findings = lines.iter().flat_map(FileLine::stored_findings).collect();
        let message =
            format!("{rows} rows read, {set_aside} set aside, {repeated} repetitions left out.{}", running.masking_note());
        let placements = self.placements(running, &standing, sorted.months)?;
        if placements.is_empty() {
            let report = self.nothing_new(running, "The same rows are there already. Nothing changed.".to_owned()).await?;
            return Ok(ImportReport { rows, set_aside, files: lines, ..report });
        }
        let revisions = self.publish(running, placements, format, &message, findings, None).await?;
        drop(sorted.stagings);
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

fn staged(month: StagedMonth) -> StagedPeriod {
    StagedPeriod {
        period: month.period,
        folder: month.folder,
        rows: month.file.rows,
        files: vec![month.file],
        totals: Vec::new(),
        rows_digest: None,
        inputs: Vec::new(),
    }
}

pub(crate) fn line(file: &InputFile, format: &str, report: EventReport) -> FileLine {
    FileLine {
        file: file.path.to_string(),
        format: format.to_owned(),
        rows: report.rows,
        set_aside: report.set_aside,
        findings: report.findings,
    }
}
