//! `farthing periods`, `farthing close`, `farthing reopen`

use clap::Args;
use farthing_application::{PeriodChange, PeriodLine};
use farthing_types::{BillingPeriod, SourceName};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct PeriodsArgs {
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The billing period, as 2026-05
    pub period: BillingPeriod,
    /// Only this source; all of them without it, those too that have nothing in the period yet
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Why, for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ReopenArgs {
    /// The billing period, as 2026-05
    pub period: BillingPeriod,
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Why, for the record
    #[arg(long)]
    pub reason: String,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Lists the periods with their state.
pub async fn list(context: &Context, arguments: PeriodsArgs) -> anyhow::Result<Status> {
    let lines = context.open_as_of(arguments.moment).await?.periods().await?;
    arguments.output.or(&context.output).show(&lines, || {
        let mut table = table(&lines);
        if lines.is_empty() {
            table.note("Nothing is imported yet.");
        }
        vec![table]
    })?;
    Ok(Status::Done)
}

/// Closes a period.
pub async fn close(context: &Context, arguments: CloseArgs) -> anyhow::Result<Status> {
    let CloseArgs { period, source, reason, output } = arguments;
    let change = context.open().await?.close_period(period, source.as_ref(), &reason, "command line").await?;
    show(context, output, &change, period, "closed")
}

/// Opens a closed period again.
pub async fn reopen(context: &Context, arguments: ReopenArgs) -> anyhow::Result<Status> {
    let ReopenArgs { period, source, reason, output } = arguments;
    let change = context.open().await?.reopen_period(period, source.as_ref(), &reason, "command line").await?;
    show(context, output, &change, period, "open")
}

fn show(
    context: &Context,
    output: OutputArgs,
    change: &PeriodChange,
    period: BillingPeriod,
    state: &str,
) -> anyhow::Result<Status> {
    output.or(&context.output).show(change, || {
        let mut table = table(&change.periods);
        let what = if change.changed { "is now" } else { "was already" };
        table.note(format!("{period} {what} {state}."));
        if let Some(digest) = &change.certificate {
            table.note(format!("Certificate {digest}. `farthing certificate {period}` shows it and checks it."));
        }
        vec![table]
    })?;
    Ok(Status::Done)
}

fn table(lines: &[PeriodLine]) -> Table {
    let mut table = Table::new("", &["Period", "Source", "State", ">Rows", ">Billed", "Since", "Why"]);
    for line in lines {
        let billed = line.totals.iter().map(|total| format!("{} {}", grouped(&total.billed.to_fixed(2)), total.currency));
        let exact = line.totals.iter().map(|total| format!("{} {}", total.billed, total.currency));
        let late = if line.late_revision.is_some() { ", late delivery adjusted" } else { "" };
        table.row(vec![
            Cell::text(line.period.to_string()),
            Cell::text(line.source.to_string()),
            Cell::text(format!("{}{late}", if line.closed { "closed" } else { "open" })),
            Cell::count(line.rows),
            Cell::figure(billed.collect::<Vec<_>>().join(", "), exact.collect::<Vec<_>>().join(", ")),
            Cell::text(line.since.map(|since| since.format("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default()),
            Cell::text(line.reason.clone().unwrap_or_default()),
        ]);
    }
    table
}
