//! Inference usage as files: request traces, logs of gateways and observers, reports of vendors, traces, samples of serving engines.
//!
//! - **Checkpoint**: none; a file is read whole.
//! - **Idempotence key**: the SHA-256 over the files' contents; within them a call's own id, where it has one.
//! - **Late and restated data**: an import gives each month in it a new revision that replaces the source's earlier one.
//! - **Partial data**: a file that breaks off gives nothing; rows that make no sense are set aside and reported.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use camino::Utf8PathBuf;
use farthing_focus::{Finding, Severity};
use farthing_lake::{LakeError, Staging, WrittenFile, describe_file, usage_batch, write_rows_on};
use farthing_types::{BillingPeriod, ModelId, SourceName};
use farthing_usage::{
    DecodeError, DecodeReport, Effect, ReportOptions, Rollup, RollupError, SeenIds, UsageHour, UsageRecord, anthropic, bedrock,
    helicone, langfuse, litellm, openai, otlp, prometheus, request_trace,
};
use serde::{Deserialize, Serialize};

use crate::masking::Mask;
use crate::{FileError, InputFile, Reading};

/// How the names of files that may be usage end.
pub const ENDINGS: [&str; 8] = [".csv", ".csv.gz", ".json", ".json.gz", ".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"];

/// How usage files are written, and what they do not say themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// One request, or the requests of a span, a row.
    RequestTrace {
        /// The model of rows that name none.
        model: Option<ModelId>,
        /// The workload of rows that name none.
        workload: Option<String>,
    },
    /// A LiteLLM proxy's spend log or daily table.
    Litellm,
    /// OpenTelemetry traces of calls of models, in JSON.
    Otlp,
    /// Pages of OpenAI's usage.
    OpenaiUsage,
    /// Pages of Anthropic's usage report.
    AnthropicUsage,
    /// Bedrock's logs of model invocations.
    BedrockLog,
    /// Langfuse's observations.
    Langfuse,
    /// Helicone's requests.
    Helicone,
    /// Answers of Prometheus about serving engines and GPUs.
    Prometheus,
}

impl Format {
    /// Its name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::RequestTrace { .. } => "request-trace",
            Self::Litellm => "litellm",
            Self::Otlp => "otlp",
            Self::OpenaiUsage => "openai-usage",
            Self::AnthropicUsage => "anthropic-usage",
            Self::BedrockLog => "bedrock-log",
            Self::Langfuse => "langfuse",
            Self::Helicone => "helicone",
            Self::Prometheus => "prometheus",
        }
    }
}

/// Why usage or decisions could not be imported. Nothing is then staged.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A path cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file cannot be read as a whole.
    #[error("{file}: {source}; nothing was imported")]
    Decode {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong.
        source: DecodeError,
    },
    /// An event log cannot be read as a whole.
    #[error("{file}: {source}; nothing was imported")]
    Log {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong.
        source: farthing_event_logs::DecodeError,
    },
    /// Too many distinct keys, or a sum that does not fit.
    #[error("{file}: {source}; nothing was imported")]
    Rollup {
        /// The file.
        file: Utf8PathBuf,
        /// What does not fit.
        source: RollupError,
    },
    /// A moment beyond the calendar.
    #[error("{0}: a time lies outside the years 1970 to 9998; nothing was imported. Correct it and import again")]
    Calendar(Utf8PathBuf),
    /// The lake could not be written.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

/// What a decoder or a roll-up says, before the file is named.
pub(crate) enum Stop {
    Decode(DecodeError),
    Rollup(RollupError),
    Calendar,
}

impl From<DecodeError> for Stop {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl Stop {
    pub(crate) fn at(self, file: &InputFile) -> EventError {
        let file = file.path.clone();
        match self {
            Self::Decode(source) => EventError::Decode { file, source },
            Self::Rollup(source) => EventError::Rollup { file, source },
            Self::Calendar => EventError::Calendar(file),
        }
    }
}

/// A month's facts, staged.
#[derive(Debug, Serialize, Deserialize)]
pub struct StagedMonth {
    /// The month.
    pub period: BillingPeriod,
    /// Its folder.
    pub folder: Utf8PathBuf,
    /// Its one file.
    pub file: WrittenFile,
}

/// What one file of usage or decisions gave.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventReport {
    /// Rows read.
    pub rows: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// Rows left out because they were there already.
    pub repeated: u64,
    /// What there is to say, put together by rule and column.
    pub findings: Vec<Finding>,
}

/// What an import of usage or decisions staged.
#[derive(Debug, Serialize, Deserialize)]
pub struct Events {
    /// The months in it.
    pub months: Vec<StagedMonth>,
    /// Its files.
    pub files: Vec<EventReport>,
}

impl From<DecodeReport> for EventReport {
    fn from(report: DecodeReport) -> Self {
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
        Self { rows: report.rows, set_aside: report.findings.rows_set_aside(), repeated: report.duplicates, findings }
    }
}

impl EventReport {
    /// What is said of rows may quote them.
    pub(crate) fn masked(mut self, mask: Option<&Mask>) -> Self {
        if let Some(mask) = mask {
            self.findings.iter_mut().for_each(|finding| finding.message = mask.message(&finding.message));
        }
        self
    }
}

/// Reads files of usage, masks them, adds them up by hour, and stages the hours of each month.
///
/// # Errors
/// When a file cannot be read to its end or the lake cannot be written.
pub fn import(
    files: &[InputFile],
    format: &Format,
    source: &SourceName,
    mask: Option<&Mask>,
    staging: &Staging,
    reading: &Reading,
) -> Result<Events, EventError> {
    let mut rollup = Rollup::with_limit(20_000_000);
    let mut seen = SeenIds::default();
    let mut reports = Vec::with_capacity(files.len());
    for file in files {
        reading.begin(file);
        let text = file.open_text(reading)?;
        let add = |mut record: UsageRecord| {
            record.tag_length();
            let record = match mask {
                Some(mask) => mask.usage(record),
                None => record,
            };
            rollup.add(&record).map_err(Stop::Rollup)
        };
        let report = match format {
            Format::RequestTrace { model, workload } => {
                let mut options = request_trace::Options::of(source.clone());
                (options.model, options.workload) = (model.clone(), workload.clone());
                request_trace::decode(text, &options, add)
            }
            Format::Litellm => litellm::decode(text, &litellm::Options::of(source.clone()), &mut seen, add),
            Format::Otlp => otlp::decode(text, &otlp::Options::of(source.clone()), &mut seen, add),
            Format::OpenaiUsage => openai::decode(text, &ReportOptions::of(source.clone()), &mut seen, add),
            Format::AnthropicUsage => anthropic::decode(text, &ReportOptions::of(source.clone()), &mut seen, add),
            Format::BedrockLog => bedrock::decode(text, &ReportOptions::of(source.clone()), &mut seen, add),
            Format::Langfuse => langfuse::decode(text, &ReportOptions::of(source.clone()), &mut seen, add),
            Format::Helicone => helicone::decode(text, &ReportOptions::of(source.clone()), &mut seen, add),
            Format::Prometheus => prometheus::decode(text, &ReportOptions::of(source.clone()), add),
        };
        let report = report.map_err(|stop| stop.at(file))?;
        reading.rows.fetch_add(report.rows, Ordering::Relaxed);
        reports.push(EventReport::from(report).masked(mask));
    }
    let mut months: BTreeMap<BillingPeriod, Vec<UsageHour>> = BTreeMap::new();
    for hour in rollup.into_hours() {
        let path = || EventError::Calendar(files.first().map(|file| file.path.clone()).unwrap_or_default());
        months.entry(BillingPeriod::of(hour.hour).ok_or_else(path)?).or_default().push(hour);
    }
    let stage = |(period, hours): (BillingPeriod, Vec<UsageHour>)| stage(staging, period, "usage.parquet", &usage_batch(&hours)?);
    Ok(Events { months: months.into_iter().map(stage).collect::<Result<_, _>>()?, files: reports })
}

pub(crate) fn stage(
    staging: &Staging,
    period: BillingPeriod,
    name: &str,
    rows: &arrow::record_batch::RecordBatch,
) -> Result<StagedMonth, EventError> {
    let folder = staging.path().join(period.to_string());
    std::fs::create_dir_all(&folder).map_err(FileError::io(&folder))?;
    let path = folder.join(name);
    write_rows_on(&**staging.disk(), &path, rows)?;
    let file = describe_file(&path, rows.num_rows() as u64)?;
    Ok(StagedMonth { period, folder, file })
}
