//! `farthing status`, `farthing doctor`, `farthing migrate`

use clap::Args;
use farthing_types::{BillingPeriod, SourceName};

use crate::cli::AsOfArgs;
use crate::commands::{Context, schedules};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// List what the imports found
    #[arg(long)]
    pub findings: bool,
    /// Show how complete, timely and conforming the charges are; status 2 where they are below the SLA
    #[arg(long, conflicts_with = "findings")]
    pub quality: bool,
    /// Only this source (--quality)
    #[arg(long, requires = "quality")]
    pub source: Option<SourceName>,
    /// Only this billing period, as 2026-05 (--quality)
    #[arg(long, requires = "quality")]
    pub period: Option<BillingPeriod>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What there is by source and period, or what the imports found.
pub async fn run(context: &Context, arguments: StatusArgs) -> anyhow::Result<Status> {
    let farthing = context.open_as_of(arguments.moment).await?;
    let output = arguments.output.or(&context.output);
    if arguments.findings {
        let found = farthing.findings().await?;
        let lines: Vec<_> = found.iter().map(|(source, finding)| Finding { source: source.to_string(), finding }).collect();
        output.show(&lines, || vec![findings(&lines)])?;
        return Ok(Status::Done);
    }
    let status = farthing.status().await?;
    output.show(&status, || {
        let mut table = Table::new("", &["Source", "Facts", "Period", ">Rows", ">Billed", "Read as", ">Findings", "Imported"]);
        for period in &status.periods {
            let billed = period
                .totals
                .iter()
                .map(|total| format!("{} {}", crate::output::grouped(&total.billed.to_fixed(2)), total.currency));
            let exact = period.totals.iter().map(|total| format!("{} {}", total.billed, total.currency));
            table.row(vec![
                Cell::text(period.source.to_string()),
                Cell::text(period.dataset),
                Cell::text(period.period.to_string()),
                Cell::count(period.rows),
                Cell::figure(billed.collect::<Vec<_>>().join(", "), exact.collect::<Vec<_>>().join(", ")),
                Cell::text(match period.missing.is_empty() {
                    true => period.format.clone(),
                    false => format!("{}, partial", period.format),
                }),
                Cell::count(period.findings),
                Cell::text(period.imported_at.format("%Y-%m-%d %H:%MZ").to_string()),
            ]);
        }
        if status.periods.is_empty() {
            table.note("Nothing is imported yet. Begin with `farthing demo`, or `farthing ingest billing PATH --source NAME`.");
        }
        let mut tables = vec![table];
        tables.extend(super::collect::standing(&status.collections));
        let table = &mut tables[0];
        status.failures.iter().for_each(|failure| table.note(format!("Last import failed: {failure}")));
        if !status.schedules.is_empty() {
            tables.push(schedules::table(&status.schedules));
        }
        tables
    })?;
    Ok(Status::Done)
}

#[derive(serde::Serialize)]
struct Finding<'a> {
    source: String,
    #[serde(flatten)]
    finding: &'a farthing_application::StoredFinding,
}

fn findings(lines: &[Finding<'_>]) -> Table {
    let mut table = Table::new("", &["Source", "Severity", "Rule", "Column", ">Rows", "First", "What and what to do"]);
    for line in lines {
        let finding = line.finding;
        let rows = finding.rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        table.row(vec![
            Cell::text(&line.source),
            Cell::text(finding.severity.as_str()),
            Cell::text(&finding.rule),
            Cell::text(finding.column.clone().unwrap_or_default()),
            Cell::count(finding.count),
            Cell::text(if rows.is_empty() { finding.file.clone() } else { format!("{} row {rows}", finding.file) }),
            Cell::text(&finding.message),
        ]);
    }
    if lines.is_empty() {
        table.note("The imports found nothing to say.");
    }
    table
}

/// Checks the installation. Status 1 where something is amiss.
pub async fn doctor(context: &Context, output: OutputArgs) -> anyhow::Result<Status> {
    let checks = context.open().await?.doctor().await;
    output.or(&context.output).show(&checks, || {
        let mut table = Table::new("", &["", "What", "Found"]);
        for check in &checks {
            table.row(vec![Cell::text(if check.ok { "✓" } else { "–" }), Cell::text(&check.what), Cell::text(&check.found)]);
        }
        vec![table]
    })?;
    let broken = checks.iter().any(|check| !check.ok && matches!(check.what.as_str(), "home" | "database" | "lake" | "facts"));
    Ok(if broken { Status::Failed } else { Status::Done })
}

/// Opening a home brings its database up to date.
pub async fn migrate(context: &Context) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    eprintln!("The database of {} is up to date.", farthing.home());
    Ok(Status::Done)
}
