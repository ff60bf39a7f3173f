//! `farthing ingest …`

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use farthing_application::{
    BillFormat, ClosedPeriods, DeliveryPolicy, DocumentKind, Farthing, Finding, ImportBilling, ImportDecisions, ImportReport,
    ImportUsage, InputFile, Reading, Severity, UsageFormat,
};

use crate::commands::ingest_args::{IngestCommand, UsageFileFormat};
use crate::commands::revisions::sentence;
use crate::commands::{Context, read_document};
use crate::exit::{Status, UsageError};
use crate::output::{Cell, Table};
use crate::progress::Following;

pub const PEOPLE: DocumentKind = DocumentKind::People;
pub const METRICS: DocumentKind = DocumentKind::Metrics;
pub const FLEET: DocumentKind = DocumentKind::Fleet;

/// What to do with a bill that does not simply replace months.
#[derive(Debug, Args)]
pub struct DeliveryArgs {
    /// Add the rows to the months that are there, instead of replacing these; rows that are there already are left out
    #[arg(long)]
    pub partial: bool,
    /// Leave alone files that were imported before, also where a later delivery replaced them
    #[arg(long)]
    pub only_new: bool,
    /// What to do with other content for a closed month
    #[arg(long, value_enum, default_value_t = ClosedArg::Refuse)]
    pub closed: ClosedArg,
    /// Why rows that another source or another of the files has as well are charges of their own
    #[arg(long, value_name = "REASON")]
    pub allow_overlap: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClosedArg {
    /// Import nothing
    Refuse,
    /// Keep it aside, and post the difference to the next open month
    Adjust,
}

impl DeliveryArgs {
    fn policy(self) -> DeliveryPolicy {
        let closed = match self.closed {
            ClosedArg::Refuse => ClosedPeriods::Refuse,
            ClosedArg::Adjust => ClosedPeriods::Adjust,
        };
        DeliveryPolicy { partial: self.partial, closed, only_new: self.only_new, allow_overlap: self.allow_overlap }
    }
}

/// Imports files.
pub async fn run(context: &Context, command: IngestCommand) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    let reading = Arc::new(Reading::default());
    let report = match command {
        IngestCommand::Billing { paths, source, format, mapping, delivery } => {
            let (format, policy) = (bill_format(&format, mapping.as_deref())?, delivery.policy());
            billing(context, &farthing, &paths, &ImportBilling { source, format, policy }).await?
        }
        IngestCommand::Usage { paths, source, format, model, workload } => {
            let format = match format {
                UsageFileFormat::RequestTrace | UsageFileFormat::Csv => UsageFormat::RequestTrace { model, workload },
                UsageFileFormat::Litellm => UsageFormat::Litellm,
                UsageFileFormat::Otlp => UsageFormat::Otlp,
                UsageFileFormat::OpenaiUsage => UsageFormat::OpenaiUsage,
                UsageFileFormat::AnthropicUsage => UsageFormat::AnthropicUsage,
                UsageFileFormat::BedrockLog => UsageFormat::BedrockLog,
                UsageFileFormat::Langfuse => UsageFormat::Langfuse,
                UsageFileFormat::Helicone => UsageFormat::Helicone,
                UsageFileFormat::Prometheus => UsageFormat::Prometheus,
            };
            let fetching = Arc::new(Reading::default());
            let following = is_remote(&paths).then(|| context.progress.fetching(fetching.clone()));
            let gathered = farthing.gather_usage(&paths, fetching).await;
            drop(following);
            let gathered = gathered?;
            let following = follow(context, gathered.files(), &reading);
            let report = farthing.import_usage(&ImportUsage { source, format }, gathered, reading).await;
            drop(following);
            report?
        }
        IngestCommand::Decisions { paths, source } => {
            let following = follow(context, &farthing.event_files(&paths, "decision")?, &reading);
            let report = farthing.import_decisions(&ImportDecisions { paths, source }, reading).await;
            drop(following);
            report?
        }
        IngestCommand::EventLog(arguments) => {
            let following = follow(context, &farthing.event_log_files(&arguments.paths)?, &reading);
            let report = farthing.import_event_log(&arguments.into_request()?, reading).await;
            drop(following);
            report?
        }
        IngestCommand::People { .. } | IngestCommand::Metrics { .. } | IngestCommand::Fleet { .. } => {
            unreachable!("documents are published, not imported")
        }
    };
    context.output.show(&report, || tables(&report))?;
    Ok(if report.set_aside > 0 { Status::Partial } else { Status::Done })
}

/// What the files are taken for: a format by its name, or a mapping of the person's own.
fn bill_format(name: &str, mapping: Option<&Utf8Path>) -> anyhow::Result<BillFormat> {
    let Some(file) = mapping else {
        return BillFormat::named(name).map_err(|error| UsageError(error.to_string()).into());
    };
    let text = std::fs::read_to_string(file).map_err(|error| anyhow::anyhow!("{file}: {error}; nothing was imported"))?;
    Ok(BillFormat::Own { file: file.to_string(), text })
}

/// Imports bills behind progress bars: one while they are fetched, where they are, and one while they are read.
pub async fn billing(
    context: &Context,
    farthing: &Farthing,
    paths: &[Utf8PathBuf],
    request: &ImportBilling,
) -> anyhow::Result<ImportReport> {
    let fetching = Arc::new(Reading::default());
    let following = is_remote(paths).then(|| context.progress.fetching(fetching.clone()));
    let gathered = farthing.gather_bills(paths, fetching).await;
    drop(following);
    let gathered = gathered?;
    let reading = Arc::new(Reading::default());
    let following = follow(context, gathered.files(), &reading);
    let report = farthing.import_billing(request, gathered, reading).await;
    drop(following);
    Ok(report?)
}

fn is_remote(paths: &[Utf8PathBuf]) -> bool {
    paths.iter().any(|path| path.as_str().contains("://"))
}

fn follow(context: &Context, files: &[InputFile], reading: &Arc<Reading>) -> Following {
    context.progress.reading("importing", files.iter().map(|file| file.bytes).sum(), reading.clone())
}

/// Publishes a document.
pub async fn document(context: &Context, kind: DocumentKind, file: &Utf8Path) -> anyhow::Result<Status> {
    let text = read_document(file).map_err(|error| anyhow::anyhow!("{error}; nothing was published"))?;
    let farthing = context.open().await?;
    let published = farthing.publish_document(kind, &text, file.as_str(), context.actor()).await?;
    context.output.show(&published, || {
        let mut table = Table::new("", &[]);
        let version = published.version.unwrap_or_default();
        let what = if published.changed { "published as" } else { "unchanged, already" };
        table.note(format!("{file}: {} · {what} version {version}.", published.summary));
        published.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
        vec![table]
    })?;
    Ok(Status::Done)
}

/// Checks a document and publishes nothing.
pub fn check_document(context: &Context, kind: DocumentKind, file: &Utf8Path) -> anyhow::Result<Status> {
    let checked = Farthing::check_document(kind, &read_document(file)?, file.as_str())?;
    context.output.show(&checked, || {
        let mut table = Table::new("", &[]);
        table.note(format!("{file} is good: {}.", checked.summary));
        checked.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
        vec![table]
    })?;
    Ok(Status::Done)
}

/// Prints the document in force, as it was written.
pub async fn show_document(context: &Context, kind: DocumentKind) -> anyhow::Result<Status> {
    let document = context.open().await?.document(kind).await?;
    context.output.write(document.content.as_bytes())?;
    Ok(Status::Done)
}

/// The report of an import.
pub fn tables(report: &ImportReport) -> Vec<Table> {
    let mut tables = Vec::new();
    if !report.periods.is_empty() {
        let title = format!("{} of {}", report.dataset, report.source);
        let mut table =
            Table::new(title, &["Period", ">Revision", ">Rows", "Currency", ">Billed", ">Effective", ">Contracted", ">List"]);
        let (money, others): (Vec<_>, Vec<_>) =
            report.periods.iter().partition(|period| period.dataset == report.dataset || !period.totals.is_empty());
        for period in money {
            let first = |cells: Vec<Cell>| {
                let head = vec![Cell::text(period.period.to_string()), Cell::count(period.sequence), Cell::count(period.rows)];
                head.into_iter().chain(cells).collect::<Vec<_>>()
            };
            if period.totals.is_empty() {
                table.row(first(vec![Cell::none(); 5]));
            }
            for total in &period.totals {
                let sums = [total.billed, total.effective, total.contracted, total.list].map(exactly);
                table.row(first([Cell::text(total.currency.to_string())].into_iter().chain(sums).collect()));
            }
            if period.source != report.source {
                table.note(format!(
                    "{}, revision {}: adjustments of closed months, kept as {}.",
                    period.period, period.sequence, period.source
                ));
            } else if period.dataset != report.dataset {
                table.note(format!("{}: delivered late, kept aside; it is in no report.", period.period));
            } else if period.replaces.is_some() {
                let what = period.restates.map(|what| {
                    let (source, period) = (&period.source, period.period);
                    format!(" {} `farthing revisions diff --source {source} --period {period}` shows it.", sentence(what))
                });
                table.note(format!(
                    "{}: replaces revision {}, which stays readable.{}",
                    period.period,
                    period.sequence - 1,
                    what.unwrap_or_default()
                ));
            }
        }
        for other in others {
            let (dataset, period, rows) = (other.dataset, other.period, other.rows);
            table.note(format!("{dataset} of {period}: revision {}, {rows} rows.", other.sequence));
        }
        tables.push(table);
    }
    let mut found = Table::new("Findings", &["Severity", "Rule", "Column", ">Rows", "First", "What and what to do"]);
    for file in &report.files {
        condensed(&file.findings).iter().for_each(|finding| found.row(finding_row(&file.file, finding)));
    }
    let passed_over = report.files.iter().filter(|file| file.format.starts_with("passed over"));
    let passed_over: Vec<String> = passed_over.map(|file| format!("{}: {}", file.file, file.format)).collect();
    if !found.rows.is_empty() {
        tables.push(found);
    }
    let mut closing = Table::new("", &[]);
    passed_over.into_iter().for_each(|line| closing.note(line));
    closing.note(&report.message);
    tables.push(closing);
    tables
}

/// Notes of one rule in several columns as one line: they say the same.
fn condensed(findings: &[Finding]) -> Vec<Finding> {
    let mut lines: Vec<(Finding, usize)> = Vec::new();
    for finding in findings {
        match lines.iter_mut().find(|(line, _)| line.severity == Severity::Note && line.rule == finding.rule) {
            Some((line, columns)) => {
                *columns += 1;
                line.count = line.count.max(finding.count);
                line.column = format!("{columns} columns");
            }
            None => lines.push((finding.clone(), 1)),
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

fn finding_row(file: &str, finding: &Finding) -> Vec<Cell> {
    let rows = finding.rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let value = if finding.value.is_empty() { String::new() } else { format!(" ({})", finding.value) };
    vec![
        Cell::text(severity),
        Cell::text(&finding.rule),
        Cell::text(&finding.column),
        Cell::count(finding.count),
        Cell::text(if rows.is_empty() { file.to_owned() } else { format!("{file} row {rows}{value}") }),
        Cell::text(&finding.message),
    ]
}

/// A sum of an import is shown to its last digit: it is what ties out.
fn exactly(amount: farthing_types::Amount) -> Cell {
    Cell::figure(crate::output::grouped(&amount.to_string()), amount.to_string())
}
