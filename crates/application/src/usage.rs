//! Import of inference usage.

use std::sync::Arc;

use camino::Utf8PathBuf;
use farthing_collectors::usage_files::{self, EventError, Format, StagedMonth};
use farthing_collectors::{InputFile, Reading, find_files};
use farthing_lake::Staging;
use farthing_store::Dataset;
use farthing_types::{ModelId, SourceName};
use farthing_usage::{DecodeReport, Effect};

use crate::deliveries::DeliveryPolicy;
use crate::home::blocking;
use crate::import_report::FileLine;
use crate::publishing::StagedPeriod;
use crate::{Error, Farthing, Finding, ImportReport, ImportedPeriod, Severity};

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportUsage {
    /// Files and folders.
    pub paths: Vec<Utf8PathBuf>,
    /// The gateway or service they come from.
    pub source: SourceName,
    /// How they are written.
    pub format: UsageFormat,
}

/// How usage files are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageFormat {
    /// A request trace in CSV. Model and workload of rows that name none may be given.
    RequestTrace {
        /// The model.
        model: Option<ModelId>,
        /// The workload.
        workload: Option<String>,
    },
    /// A LiteLLM proxy's spend log.
    Litellm,
}

impl UsageFormat {
    fn as_str(&self) -> &'static str {
        match self {
            Self::RequestTrace { .. } => "request-trace",
            Self::Litellm => "litellm",
        }
    }
}

impl Farthing {
    /// Imports inference usage, added up by hour. The same content again changes nothing.
    ///
    /// # Errors
    /// When a file cannot be read. The months then stay as they were.
    pub async fn import_usage(&self, request: &ImportUsage, reading: Arc<Reading>) -> Result<ImportReport, Error> {
        let files = find_files(&request.paths, &usage_files::ENDINGS, "usage")?;
        let format = match request.format.clone() {
            UsageFormat::RequestTrace { model, workload } => Format::RequestTrace { model, workload },
            UsageFormat::Litellm => Format::Litellm,
        };
        let source = request.source.clone();
        let read = move |files: &[InputFile], staging: &Staging| usage_files::import(files, &format, &source, staging, &reading);
        self.import_events(&request.source, Dataset::Usage, request.format.as_str(), files, read).await
    }

    /// Imports files of events, whatever they are: the part that usage and decisions share.
    pub(crate) async fn import_events(
        &self,
        source: &SourceName,
        dataset: Dataset,
        format: &str,
        files: Vec<InputFile>,
        read: impl FnOnce(&[InputFile], &Staging) -> Result<(Vec<StagedMonth>, Vec<DecodeReport>), EventError> + Send + 'static,
    ) -> Result<ImportReport, Error> {
        let running = match self.begin_import(source, dataset, &files, &DeliveryPolicy::default()).await? {
            Ok(running) => running,
            Err(report) => return Ok(report),
        };
        let staging = self.staging(&running)?;
        let named = files.clone();
        let work = blocking(move || {
            let (months, reports) = read(&files, &staging)?;
            Ok((months, reports, staging))
        });
        let (months, reports, staging) = match work.await {
            Ok(done) => done,
            Err(error) => return Err(self.fail(&running, error).await),
        };
        if months.is_empty() {
            let nothing = Error::Invalid(format!(
                "{}: no row could be used; nothing was imported. The format may be another one",
                named[0].path
            ));
            return Err(self.fail(&running, nothing).await);
        }
        let lines: Vec<FileLine> = named.iter().zip(&reports).map(|(file, report)| line(file, format, report)).collect();
        let findings = lines.iter().flat_map(FileLine::stored_findings).collect();
        let (rows, set_aside) = (reports.iter().map(|r| r.rows).sum(), reports.iter().map(|r| r.findings.rows_set_aside()).sum());
        let repeated: u64 = reports.iter().map(|report| report.duplicates).sum();
        let message = format!("{rows} rows read, {set_aside} set aside, {repeated} repetitions left out.");
        let placements = match self.standing(&running).await {
            Ok(standing) => self.placements(&running, &standing, months.into_iter().map(staged).collect()),
            Err(error) => Err(error),
        };
        let published = match placements {
            Ok(none) if none.is_empty() => {
                return self.nothing_new(&running, "The same rows are there already. Nothing changed.".to_owned()).await;
            }
            Ok(placements) => self.publish(&running, placements, format, &message, findings).await,
            Err(error) => Err(error),
        };
        drop(staging);
        let revisions = match published {
            Ok(revisions) => revisions,
            Err(error) => return self.not_published(&running, error).await,
        };
        let periods = revisions.iter().map(ImportedPeriod::from).collect();
        Ok(ImportReport {
            source: source.clone(),
            dataset: dataset.as_str(),
            changed: true,
            message,
            rows,
            set_aside,
            files: lines,
            periods,
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
    }
}

/// The decoder's findings row by row, put together by rule and column.
fn line(file: &InputFile, format: &str, report: &DecodeReport) -> FileLine {
    let mut findings: Vec<Finding> = Vec::new();
    for found in report.findings.first() {
        match findings.iter_mut().find(|f| f.rule == found.rule && f.column == found.column) {
            Some(same) => {
                same.count += 1;
                if same.rows.len() < 5 {
                    same.rows.push(found.row);
                }
            }
            None => findings.push(Finding {
                rule: found.rule.to_owned(),
                severity: if found.effect == Effect::SetAside { Severity::Error } else { Severity::Warning },
                column: found.column.clone(),
                count: 1,
                rows: vec![found.row],
                value: String::new(),
                message: found.message.clone(),
            }),
        }
    }
    FileLine {
        file: file.path.to_string(),
        format: format.to_owned(),
        rows: report.rows,
        set_aside: report.findings.rows_set_aside(),
        findings,
    }
}
