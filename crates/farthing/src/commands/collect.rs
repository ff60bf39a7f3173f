//! `farthing collect …`, `farthing sources …`

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use farthing_application::{CollectReport, CollectionStatus, DocumentKind, MonthOutcome, MonthReport};
use farthing_types::{Amount, SourceName, Window};

use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to collect.
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// The sources; without any, all that are configured
    pub sources: Vec<SourceName>,
    /// Every month that this window touches, such as 2026-05-01..2026-08-01, instead of what is new or may have been restated
    #[arg(long)]
    pub window: Option<Window>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What to do with the document of sources.
#[derive(Debug, Subcommand)]
pub enum SourcesCommand {
    /// Say what is wrong with a document of sources (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a document of sources and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the document in force
    Show,
}

/// Checks, publishes or prints the document of sources.
pub async fn sources(context: &Context, command: SourcesCommand) -> anyhow::Result<Status> {
    match command {
        SourcesCommand::Check { file } => ingest::check_document(context, DocumentKind::Sources, &file),
        SourcesCommand::Publish { file } => ingest::document(context, DocumentKind::Sources, &file).await,
        SourcesCommand::Show => ingest::show_document(context, DocumentKind::Sources).await,
    }
}

/// Collects. Status 3 where some of it could not be collected, 1 where nothing could.
pub async fn run(context: &Context, arguments: CollectArgs) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    let names = match arguments.sources.is_empty() {
        true => farthing.source_names().await?,
        false => arguments.sources,
    };
    let (mut reports, mut unopened) = (Vec::new(), Vec::new());
    for name in &names {
        match farthing.collect(name, arguments.window).await {
            Ok(report) => reports.push(report),
            // One that is misconfigured keeps none of the others from being collected.
            Err(error) if names.len() > 1 => unopened.push(Unopened { source: name.to_string(), problem: error.to_string() }),
            Err(error) => return Err(error.into()),
        }
    }
    let done = Done { sources: &reports, unopened: &unopened };
    arguments.output.or(&context.output).show(&done, || tables(&reports, &unopened))?;
    Ok(match reports.iter().all(CollectReport::failed) && !names.is_empty() {
        true => Status::Failed,
        false if !unopened.is_empty() || reports.iter().any(CollectReport::is_partial) => Status::Partial,
        false => Status::Done,
    })
}

#[derive(serde::Serialize)]
struct Done<'a> {
    sources: &'a [CollectReport],
    unopened: &'a [Unopened],
}

#[derive(serde::Serialize)]
struct Unopened {
    source: String,
    problem: String,
}

fn tables(reports: &[CollectReport], unopened: &[Unopened]) -> Vec<Table> {
    let mut table = Table::new("", &["Source", "Month", "What", ">Rows", ">Billed", ">Calls", ">Cost USD"]);
    let mut total = Amount::ZERO;
    let mut notes: Vec<String> = Vec::new();
    for part in reports.iter().flat_map(|report| &report.parts) {
        for (number, month) in part.months.iter().enumerate() {
            // Calls are counted by part: they stand on its first line.
            let (calls, cost) = match number {
                0 => (Cell::count(part.calls), Cell::money(part.cost)),
                _ => (Cell::text(""), Cell::text("")),
            };
            let mut row = vec![
                Cell::text(part.source.to_string()),
                Cell::text(month.period.to_string()),
                Cell::text(match month.missing.is_empty() {
                    true => month.outcome.as_str().to_owned(),
                    false => format!("{}, partial", month.outcome.as_str()),
                }),
            ];
            row.extend([rows(month), billed(month), calls, cost]);
            table.row(row);
            notes.extend(month.notes.iter().map(|note| format!("{}: {note}.", part.source)));
            if !month.reports.is_empty() {
                let said = month.reports.join(", ");
                notes.push(format!(
                    "{} {}: new from the provider: {said}; `farthing provider` shows it.",
                    part.source, month.period
                ));
            }
            for gap in &month.missing {
                notes.push(format!("{} {}: {}.", part.source, month.period, missing(gap.from, gap.to)));
            }
            notes.extend(month.problem.iter().map(|problem| format!("{} {}: {problem}.", part.source, month.period)));
            notes.extend(
                month
                    .imports
                    .iter()
                    .filter(|import| import.set_aside > 0)
                    .map(|import| format!("{}: {}", part.source, import.message)),
            );
        }
        if part.months.is_empty() {
            notes.push(format!("{}: there was nothing to collect.", part.source));
        }
        total = total.checked_add(part.cost).unwrap_or(total);
        if part.cost_of_month != Amount::ZERO {
            notes.push(format!("{}: the calls of this month cost USD {} so far.", part.source, part.cost_of_month));
        }
    }
    notes.extend(unopened.iter().map(|one| format!("{}: {}", one.source, one.problem)));
    notes.into_iter().for_each(|note| table.note(note));
    let calls: u64 = reports.iter().flat_map(|report| &report.parts).map(|part| part.calls).sum();
    table.note(format!("{calls} calls, USD {total}."));
    vec![table]
}

fn rows(month: &MonthReport) -> Cell {
    match month.outcome {
        MonthOutcome::Failed | MonthOutcome::Empty => Cell::none(),
        _ => Cell::count(month.imports.iter().map(|import| import.rows).sum()),
    }
}

fn billed(month: &MonthReport) -> Cell {
    let totals = month.imports.iter().flat_map(|import| &import.periods).flat_map(|period| &period.totals);
    let (mut shown, mut exact) = (Vec::new(), Vec::new());
    for total in totals {
        shown.push(format!("{} {}", crate::output::grouped(&total.billed.to_fixed(2)), total.currency));
        exact.push(format!("{} {}", total.billed, total.currency));
    }
    if shown.is_empty() { Cell::none() } else { Cell::figure(shown.join(", "), exact.join(", ")) }
}

fn missing(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let form = "%Y-%m-%d %H:%MZ";
    format!(
        "partial, the source no longer had the hours from {} to {}, and no earlier run collected them",
        from.format(form),
        to.format(form)
    )
}

/// How collecting stands, where anything is collected.
pub fn standing(collections: &[CollectionStatus]) -> Option<Table> {
    if collections.is_empty() {
        return None;
    }
    let mut table = Table::new("Collected", &["Source", "Last success", "Up to", ">Calls", ">Cost USD", "Stands"]);
    let moment = |moment: Option<DateTime<Utc>>| match moment {
        Some(moment) => Cell::text(moment.format("%Y-%m-%d %H:%MZ").to_string()),
        None => Cell::text("never"),
    };
    for one in collections {
        let stands = match (&one.problem, one.attempted_at) {
            (Some(_), _) => format!("failed: {}", one.reason.as_deref().unwrap_or("unknown")),
            (None, Some(_)) if !one.missing.is_empty() => "good, partial".to_owned(),
            (None, Some(_)) => "good".to_owned(),
            (None, None) => "never tried".to_owned(),
        };
        table.row(vec![
            Cell::text(one.source.to_string()),
            moment(one.succeeded_at),
            moment(one.collected_to),
            Cell::count(one.calls),
            Cell::money(one.cost),
            Cell::text(stands),
        ]);
        one.problem.iter().for_each(|problem| table.note(format!("{}: {problem}.", one.source)));
        one.missing.iter().for_each(|gap| table.note(format!("{} {}: {}.", one.source, gap.period, missing(gap.from, gap.to))));
        if !one.notes.is_empty() {
            table.note(format!("{}: {}.", one.source, one.notes));
        }
    }
    table.note("Calls and their cost are those of this calendar month.");
    Some(table)
}
