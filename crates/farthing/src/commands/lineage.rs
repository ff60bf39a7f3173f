//! `farthing lineage …`: what the figures of a report rest on

use chrono::SecondsFormat;
use clap::Args;
use farthing_application::{FigureLineage, GivenTotal, LineageQuery, ReportLineage, ReportOptions};
use farthing_types::{BillingPeriod, Cost, SourceName, UnitId, Window, WorkflowId};

use crate::cli::{AsOfArgs, ReportingArgs};
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct LineageArgs {
    /// The report: chargeback, statement, journal, accruals, certificate, reconciliation, variance, coverage, budgets, forecast, anomalies,
    /// quality, changes, token-cost, unit-cost, tco, kpis, portfolio, process, owners, experiment, shadow, sql, plan or review
    report: String,
    /// One figure of it, by its path in the report's JSON: units/unit=payments/total
    #[arg(long, value_name = "PATH")]
    figure: Option<String>,
    /// The billing period that it is about, as 2026-05, the later one of a bridge; all that there are without one
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// Days as 2026-05-01/2026-06-01 instead
    #[arg(long, conflicts_with = "period")]
    window: Option<Window>,
    /// The earlier period of a bridge (variance)
    #[arg(long, value_name = "PERIOD")]
    from: Option<BillingPeriod>,
    /// Which of the four costs [default: that of the report]
    #[arg(long, value_name = "billed|effective|contracted|list")]
    cost: Option<Cost>,
    /// The unit, of its statement, or only this one
    #[arg(long)]
    unit: Option<UnitId>,
    /// The workflow (unit-cost, process, experiment, shadow)
    #[arg(long)]
    workflow: Option<WorkflowId>,
    /// The source (quality, changes, sql)
    #[arg(long)]
    source: Option<SourceName>,
    /// The metric (kpis), plan, quarter of a review, model (token-cost) or system (tco)
    #[arg(long)]
    id: Option<String>,
    /// What it is told apart by, as the report takes it: model, unit, service …
    #[arg(long, value_name = "WORD")]
    by: Option<String>,
    /// The two arms of an experiment
    #[arg(long, num_args = 2, value_names = ["FIRST", "SECOND"])]
    arms: Option<Vec<String>>,
    /// An invoice's total, as INV-7=18554.86 [repeatable] (reconciliation)
    #[arg(long = "invoice", value_name = "ID=AMOUNT")]
    invoices: Vec<GivenTotal>,
    /// What a source invoiced altogether, as aws=18554.86 [repeatable] (reconciliation)
    #[arg(long = "total", value_name = "SOURCE=AMOUNT")]
    totals: Vec<GivenTotal>,
    /// The question whose answer it is about (sql)
    #[arg(long, value_name = "SELECT")]
    query: Option<String>,
    #[command(flatten)]
    reporting: ReportingArgs,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints it.
pub async fn run(context: &Context, arguments: LineageArgs) -> anyhow::Result<Status> {
    let LineageArgs { report, figure, period, window, from, cost, unit, workflow, source, id, .. } = arguments;
    let (reporting, sql, by) = (arguments.reporting.wanted(), arguments.query, arguments.by);
    let arms = arguments.arms.and_then(|arms| <[String; 2]>::try_from(arms).ok());
    let (invoices, totals) = (arguments.invoices, arguments.totals);
    let options =
        ReportOptions { period, window, from, cost, unit, reporting, workflow, source, id, by, arms, invoices, totals, sql };
    let query = LineageQuery { report, options, figure };
    let lineage = context.open_as_of(arguments.moment).await?.report_lineage(&query).await?;
    let tables =
        || lineage.figure.iter().map(figure_of).chain([facts(&lineage), sources(&lineage), documents(&lineage)]).collect();
    arguments.output.or(&context.output).show(&lineage, tables)?;
    Ok(Status::Done)
}

fn figure_of(figure: &FigureLineage) -> Table {
    let mut table = Table::new("Figure", &["Path", ">Value", "Currency", "Unit", "Formula"]);
    let text = |text: &Option<String>| Cell::text(text.clone().unwrap_or_default());
    table.row(vec![
        Cell::text(&figure.path),
        Cell::text(figure.value.as_str().map_or_else(|| figure.value.to_string(), str::to_owned)),
        text(&figure.currency),
        text(&figure.unit),
        Cell::text(&figure.formula),
    ]);
    if let Some(charges) = &figure.charges {
        table.note(format!("Its charges and shares, with their rules: `{}`.", charges.explained_by));
        table.note(format!("The charges, row by row: `{}`, or {}.", charges.rows_by, charges.address));
    }
    table
}

fn facts(lineage: &ReportLineage) -> Table {
    let heads = ["Facts", "Source", "Month", ">Revision", ">Rows", "Imported", "SHA-256 of all that was imported"];
    let mut table = Table::new("Facts", &heads);
    for one in &lineage.revisions {
        table.row(vec![
            Cell::text(one.revision.dataset),
            Cell::text(one.revision.source.as_str()),
            Cell::text(one.revision.period.to_string()),
            Cell::count(one.revision.sequence),
            Cell::count(one.rows),
            Cell::text(one.imported_at.format("%Y-%m-%d %H:%MZ").to_string()),
            Cell::text(one.revision.digest.clone()),
        ]);
    }
    for one in &lineage.revisions {
        for erased in &one.erased {
            let (revision, at) = (&one.revision, erased.at.format("%Y-%m-%d"));
            table.note(format!(
                "Out of the {} of {} for {}, {} rows were {} on {at} by {} (retention policy v{}: {}).",
                revision.dataset,
                revision.source,
                revision.period,
                erased.rows,
                if erased.measure == "delete" { "deleted" } else { "cleared of people" },
                erased.by,
                erased.policy,
                erased.reason
            ));
        }
    }
    table.note(format!("Asked again by `{}`, or {}.", lineage.command, lineage.address));
    table.note(format!("As of {}.", lineage.as_of.to_rfc3339_opts(SecondsFormat::Micros, true)));
    table
}

/// One row a file that facts came in.
fn sources(lineage: &ReportLineage) -> Table {
    let mut table = Table::new("Source files", &["Facts", "Source", "Month", "File", ">Bytes", "Rows there", "SHA-256"]);
    for one in &lineage.revisions {
        let place = || {
            let revision = &one.revision;
            [revision.dataset.to_owned(), revision.source.to_string(), revision.period.to_string()].map(Cell::text).to_vec()
        };
        for file in &one.sources {
            let rows = match (file.first_row, file.rows) {
                (Some(first), Some(rows)) => format!("{first} to {}", first + rows - 1),
                _ => "among others".to_owned(),
            };
            let cells = [Cell::text(&file.path), Cell::count(file.bytes), Cell::text(rows), Cell::text(&file.sha256)];
            table.row(place().into_iter().chain(cells).collect());
        }
        if let Some(why) = one.without_sources {
            let named = if one.paths.is_empty() { String::new() } else { format!("{}: ", one.paths.join(", ")) };
            table.row(
                place()
                    .into_iter()
                    .chain([Cell::text(format!("{named}{why}")), Cell::none(), Cell::none(), Cell::none()])
                    .collect(),
            );
        }
    }
    table
}

fn documents(lineage: &ReportLineage) -> Table {
    let mut table = Table::new("Documents", &["Document", ">Version", "SHA-256"]);
    for one in &lineage.documents {
        table.row(vec![Cell::text(one.kind), Cell::count(one.version), Cell::text(one.digest.clone())]);
    }
    table
}
