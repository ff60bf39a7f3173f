//! `farthing lineage …`: what the figures of a report rest on

use clap::Args;
use farthing_application::{LineageQuery, ReportLineage};
use farthing_types::BillingPeriod;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct LineageArgs {
    /// The report: chargeback, statement, journal, reconciliation, variance, coverage, budgets, forecast, anomalies, unit-cost, token-cost,
    /// tco, kpis, portfolio or sql
    report: String,
    /// The billing period that it is about, as 2026-05; all that there are without one
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// The question whose answer it is about (sql)
    #[arg(long, value_name = "SELECT")]
    query: Option<String>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints it.
pub async fn run(context: &Context, arguments: LineageArgs) -> anyhow::Result<Status> {
    let LineageArgs { report, period, query, moment, output } = arguments;
    let query = LineageQuery { report, period, sql: query };
    let lineage = context.open_as_of(moment).await?.report_lineage(&query).await?;
    output.or(&context.output).show(&lineage, || vec![facts(&lineage), documents(&lineage)])?;
    Ok(Status::Done)
}

fn facts(lineage: &ReportLineage) -> Table {
    let heads = ["Facts", "Source", "Month", ">Revision", ">Rows", "Imported", "From", "SHA-256 of what was imported"];
    let mut table = Table::new("Facts", &heads);
    for one in &lineage.revisions {
        table.row(vec![
            Cell::text(one.revision.dataset),
            Cell::text(one.revision.source.as_str()),
            Cell::text(one.revision.period.to_string()),
            Cell::count(one.revision.sequence),
            Cell::count(one.rows),
            Cell::text(one.imported_at.format("%Y-%m-%d %H:%MZ").to_string()),
            Cell::text(one.paths.join(", ")),
            Cell::text(one.revision.digest.clone()),
        ]);
    }
    table.note(format!("Asked again by `{}`, or {}.", lineage.command, lineage.address));
    table.note(format!("As of {}.", lineage.as_of.format("%Y-%m-%d %H:%M:%SZ")));
    table
}

fn documents(lineage: &ReportLineage) -> Table {
    let mut table = Table::new("Documents", &["Document", ">Version", "SHA-256"]);
    for one in &lineage.documents {
        table.row(vec![Cell::text(one.kind), Cell::count(one.version), Cell::text(one.digest.clone())]);
    }
    table
}
