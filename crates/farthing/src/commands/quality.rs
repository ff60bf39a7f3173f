//! `farthing status --quality`, `farthing sla …`

use camino::Utf8PathBuf;
use clap::Subcommand;
use farthing_application::{DocumentKind, Measure, Quality, QualityQuery, QualityReport, Ratio};

use crate::commands::status::StatusArgs;
use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, Format, Table};

/// What to do with the SLA.
#[derive(Debug, Subcommand)]
pub enum SlaCommand {
    /// Say what is wrong with an SLA (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check an SLA and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the SLA in force
    Show,
}

/// Checks, publishes or prints the SLA.
pub async fn sla(context: &Context, command: SlaCommand) -> anyhow::Result<Status> {
    match command {
        SlaCommand::Check { file } => ingest::check_document(context, DocumentKind::Sla, &file),
        SlaCommand::Publish { file } => ingest::document(context, DocumentKind::Sla, &file).await,
        SlaCommand::Show => ingest::show_document(context, DocumentKind::Sla).await,
    }
}

/// Shows the quality of the charges. Status 2 where any of it is below the SLA.
pub async fn run(context: &Context, arguments: StatusArgs) -> anyhow::Result<Status> {
    let farthing = context.open_as_of(arguments.moment).await?;
    let query = QualityQuery { source: arguments.source, period: arguments.period, newest: false };
    let report = farthing.quality(&query).await?;
    let output = arguments.output.or(&context.output);
    output.show(&report, || tables(&report, output.form()))?;
    Ok(if report.breached { Status::Differences } else { Status::Done })
}

fn tables(report: &QualityReport, form: Format) -> Vec<Table> {
    let mut tables = vec![figures(report)];
    if report.breached {
        // Sentences have no place in the columns of a terminal, and no other place in a file.
        tables.push(if form == Format::Table { alerts(report) } else { below(report) });
    }
    tables
}

fn figures(report: &QualityReport) -> Table {
    let sla = report.sla.map_or("no SLA".to_owned(), |version| format!("SLA v{version}"));
    let title = format!("Quality · {sla} · as of {}", report.as_of.format("%Y-%m-%dT%H:%MZ"));
    let heads = [">Overall", ">Complete", ">Timely", ">Conforms"].map(str::to_owned);
    let measures = Measure::ALL.map(|measure| format!(">{}", measure.as_str()));
    let heads: Vec<String> = ["Source", "Period"].map(str::to_owned).into_iter().chain(heads).chain(measures).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new(title, if report.periods.is_empty() { &[] } else { &heads });
    for quality in &report.periods {
        let dimensions = [&quality.overall, &quality.completeness, &quality.timeliness, &quality.conformance];
        let figures = dimensions.into_iter().chain(quality.measures.iter().map(|measured| &measured.value));
        let head = [Cell::text(quality.source.to_string()), Cell::text(quality.period.to_string())];
        table.row(head.into_iter().chain(figures.map(share)).collect());
    }
    if report.periods.is_empty() {
        table.note("There are no charges to look at. Begin with `farthing ingest billing PATH --source NAME`.");
    }
    details(report, &mut table);
    if report.sla.is_none() {
        table.note("No SLA is published, so nothing can be below it: `farthing sla publish sla.toml`.");
    }
    table
}

/// What is not whole, or not known, of the last periods that are shown.
fn details(report: &QualityReport, table: &mut Table) {
    let last =
        |quality: &&Quality| !report.periods.iter().any(|other| other.source == quality.source && other.period > quality.period);
    let whole = Ratio::whole();
    // What is the same of several sources is said once.
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for quality in report.periods.iter().filter(last) {
        for measured in quality.measures.iter().filter(|measured| measured.value.as_ref() != Some(&whole)) {
            let unknown = if measured.value.is_none() { "unknown: " } else { "" };
            let said = format!("{}: {unknown}{}.", measured.measure.as_str(), measured.detail);
            let of = format!("{} {}", quality.source, quality.period);
            match lines.iter_mut().find(|(line, _)| *line == said) {
                Some((_, several)) => several.push(of),
                None => lines.push((said, vec![of])),
            }
        }
    }
    lines.into_iter().for_each(|(said, of)| table.note(format!("{} · {said}", of.join(", "))));
    for quality in report.periods.iter().filter(last) {
        let unchecked: Vec<&str> = quality.unchecked.iter().map(|bound| bound.as_str()).collect();
        if !unchecked.is_empty() {
            let bounds = unchecked.join(", ");
            table.note(format!(
                "{} {}: {bounds} cannot be checked, since the figure is not known.",
                quality.source, quality.period
            ));
        }
    }
}

fn share(ratio: &Option<Ratio>) -> Cell {
    match ratio {
        Some(ratio) => Cell::figure(ratio.percent(), ratio.to_string()),
        None => Cell { shown: "unknown".to_owned(), ..Cell::none() },
    }
}

/// A line for each breach: source, period, what, by how much, and the next step.
fn alerts(report: &QualityReport) -> Table {
    let mut table = Table::new("Below the SLA", &[]);
    for breach in report.breaches() {
        let by = if breach.by.is_empty() { String::new() } else { format!(" (by {})", breach.by) };
        table.note(format!(
            "{} {} · {} is {}, {} demanded{by}: {}. {}.",
            breach.source,
            breach.period,
            breach.bound.as_str(),
            breach.found,
            breach.demanded,
            breach.detail,
            breach.next_step
        ));
    }
    table
}

fn below(report: &QualityReport) -> Table {
    let mut table = Table::new(
        "Below the SLA",
        &["Source", "Period", "Bound", ">Demanded", ">Found", ">By", "What was counted", "Next step"],
    );
    for breach in report.breaches() {
        table.row(vec![
            Cell::text(breach.source.to_string()),
            Cell::text(breach.period.to_string()),
            Cell::text(breach.bound.as_str()),
            Cell::figure(&breach.demanded, &breach.demanded),
            Cell::figure(&breach.found, &breach.found),
            Cell::figure(&breach.by, &breach.by),
            Cell::text(&breach.detail),
            Cell::text(&breach.next_step),
        ]);
    }
    table
}
