//! `farthing periods`, `farthing close`, `farthing reopen`

use clap::Args;
use farthing_application::{PeriodChange, PeriodLine, Permission};
use farthing_types::{BillingPeriod, SourceName};

use crate::cli::{ActorArgs, AsOfArgs};
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
    pub by: ActorArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
#[group(id = "step", required = true, args = ["reason", "approve", "refuse"])]
pub struct ReopenArgs {
    /// The billing period, as 2026-05
    pub period: BillingPeriod,
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Ask to reopen it, and why: it stays closed until somebody else approves
    #[arg(long)]
    pub reason: Option<String>,
    /// Grant what somebody else asked for
    #[arg(long)]
    pub approve: bool,
    /// Refuse what somebody else asked for
    #[arg(long)]
    pub refuse: bool,
    #[command(flatten)]
    pub by: ActorArgs,
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
    let CloseArgs { period, source, reason, by, output } = arguments;
    let farthing = context.open().await?;
    let by = by.may(context, &farthing, Permission::Close).await?;
    let change = farthing.close_period(period, source.as_ref(), &reason, &by).await?;
    show(context, output, &change, |change| {
        let what = if change.changed { "is now" } else { "was already" };
        let mut notes = vec![format!("{period} {what} closed.")];
        if let Some(digest) = &change.certificate {
            notes.push(format!("Certificate {digest}. `farthing certificate {period}` shows it and checks it."));
        }
        notes
    })
}

/// Asks to open a closed period again, or decides what somebody else asked.
pub async fn reopen(context: &Context, arguments: ReopenArgs) -> anyhow::Result<Status> {
    let ReopenArgs { period, source, reason, approve, by, output, .. } = arguments;
    let farthing = context.open().await?;
    let right = if reason.is_some() { Permission::AskToReopen } else { Permission::Approve };
    let by = by.may(context, &farthing, right).await?;
    let change = match &reason {
        Some(reason) => farthing.ask_to_reopen(period, source.as_ref(), reason, &by).await?,
        None => farthing.decide_reopening(period, source.as_ref(), approve, &by).await?,
    };
    let asked = reason.is_some();
    show(context, output, &change, |change| {
        let is_open = change.periods.iter().all(|line| !line.closed);
        let of = source.as_ref().map_or(String::new(), |source| format!(" --source {source}"));
        vec![match (asked, change.changed, is_open) {
            (_, true, _) => format!("{period} is now open: the next import replaces what is there."),
            (_, _, true) => format!("{period} was already open."),
            (true, ..) => format!(
                "{period} stays closed until somebody else decides: `farthing reopen {period}{of} --approve --by NAME` (or --refuse)."
            ),
            (false, ..) => format!("Refused. {period} stays closed."),
        }]
    })
}

fn show(
    context: &Context,
    output: OutputArgs,
    change: &PeriodChange,
    notes: impl Fn(&PeriodChange) -> Vec<String>,
) -> anyhow::Result<Status> {
    output.or(&context.output).show(change, || {
        let mut table = table(&change.periods);
        notes(change).into_iter().for_each(|note| table.note(note));
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
        let asked =
            line.reopening.as_ref().map_or(String::new(), |asked| format!(", {} asks to reopen: {}", asked.by, asked.reason));
        table.row(vec![
            Cell::text(line.period.to_string()),
            Cell::text(line.source.to_string()),
            Cell::text(format!("{}{late}{asked}", if line.closed { "closed" } else { "open" })),
            Cell::count(line.rows),
            Cell::figure(billed.collect::<Vec<_>>().join(", "), exact.collect::<Vec<_>>().join(", ")),
            Cell::text(line.since.map(|since| since.format("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default()),
            Cell::text(line.reason.clone().unwrap_or_default()),
        ]);
    }
    table
}
