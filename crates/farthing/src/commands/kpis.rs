//! `farthing kpis …`

use camino::Utf8PathBuf;
use clap::Subcommand;
use farthing_application::{Better, DocumentKind, Kpi, KpiReport, Lineage};
use farthing_types::BillingPeriod;

use crate::cli::AsOfArgs;
use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with the registry of metrics.
#[derive(Debug, Subcommand)]
pub enum KpisCommand {
    /// List every metric with its owner and unit of measure
    List {
        #[command(flatten)]
        moment: AsOfArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show a metric's definition, and with a period its value and what that rests on
    Show {
        /// Its id, such as cost_per_decision
        id: String,
        /// The month, as 2026-05
        #[arg(long)]
        period: Option<BillingPeriod>,
        #[command(flatten)]
        moment: AsOfArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Say what is wrong with a file of own definitions (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a file of own definitions and make it the one in force; a metric that is defined already is refused
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
}

/// Lists, shows, checks and publishes.
pub async fn run(context: &Context, command: KpisCommand) -> anyhow::Result<Status> {
    match command {
        KpisCommand::List { moment, output } => {
            let kpis = context.open_as_of(moment).await?.kpis().await?;
            output.or(&context.output).show(&kpis, || vec![list(&kpis)])?;
        }
        KpisCommand::Show { id, period: None, moment, output } => {
            let kpi = context.open_as_of(moment).await?.kpi(&id).await?;
            output.or(&context.output).show(&kpi, || vec![definition(&kpi)])?;
        }
        KpisCommand::Show { id, period: Some(period), moment, output } => {
            let report = context.open_as_of(moment).await?.kpi_values(&id, period).await?;
            output.or(&context.output).show(&report, || vec![values(&report), lineage(&report.lineage)])?;
        }
        KpisCommand::Check { file } => return ingest::check_document(context, DocumentKind::Kpis, &file),
        KpisCommand::Publish { file } => return ingest::document(context, DocumentKind::Kpis, &file).await,
    }
    Ok(Status::Done)
}

fn list(kpis: &[Kpi]) -> Table {
    let mut table = Table::new("Metrics", &["Id", "Name", "Owner", "Unit of measure", "Better", "Rests on", "Defined by"]);
    for kpi in kpis {
        table.row(vec![
            Cell::text(&kpi.id),
            Cell::text(&kpi.name),
            Cell::text(&kpi.owner),
            Cell::text(&kpi.unit),
            Cell::text(better(kpi)),
            Cell::text(kpi.source.join(", ")),
            Cell::text(if kpi.builtin { "Farthing" } else { "the organisation" }),
        ]);
    }
    table
}

fn better(kpi: &Kpi) -> &'static str {
    match kpi.better {
        Better::Lower => "lower",
        Better::Higher => "higher",
        Better::Neither => "",
    }
}

fn definition(kpi: &Kpi) -> Table {
    let mut table = Table::new(format!("{} · {}", kpi.id, kpi.name), &["", ""]);
    let computed = kpi.computed_by.as_ref().or(kpi.sql.as_ref()).cloned().unwrap_or_default();
    for (name, value) in [
        ("Definition", kpi.definition.clone()),
        ("Formula", kpi.formula.clone()),
        ("Unit of measure", kpi.unit.clone()),
        ("Better", better(kpi).to_owned()),
        ("Owner", kpi.owner.clone()),
        ("Rests on", kpi.source.join(", ")),
        ("Computed by", computed),
    ] {
        table.row(vec![Cell::text(name), Cell::text(value)]);
    }
    table
}

fn values(report: &KpiReport) -> Table {
    let kpi = &report.kpi;
    let mut names: Vec<&str> = report.values.iter().flat_map(|value| value.of.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let heads: Vec<&str> = names.iter().copied().chain([">Value", ">From", ">To"]).collect();
    let mut table = Table::new(format!("{} · {} · {} · owner {}", kpi.name, report.period, kpi.unit, kpi.owner), &heads);
    for value in &report.values {
        let labels = names.iter().map(|name| Cell::text(value.of.get(*name).cloned().unwrap_or_default()));
        let figures = [value.value, value.low, value.high];
        let figures = figures.map(|figure| figure.map_or(Cell::none(), |figure| Cell::amount(figure, 4)));
        table.row(labels.chain(figures).collect());
    }
    table.note(format!("{} = {}.", kpi.id, kpi.formula));
    table
}

/// What figures rest on.
pub fn lineage(lineage: &Lineage) -> Table {
    let title = format!("Rests on, as of {}", lineage.as_of.format("%Y-%m-%dT%H:%M:%SZ"));
    let mut table = Table::new(title, &["What", "Source", "Period", ">Version", "Digest"]);
    for revision in &lineage.revisions {
        table.row(vec![
            Cell::text(revision.dataset),
            Cell::text(revision.source.as_str()),
            Cell::text(revision.period.to_string()),
            Cell::count(revision.sequence),
            Cell { shown: revision.digest.chars().take(12).collect(), exact: revision.digest.clone(), is_number: false },
        ]);
    }
    for document in &lineage.documents {
        table.row(vec![
            Cell::text(document.kind),
            Cell::text("published"),
            Cell::text(""),
            Cell::count(document.version),
            Cell { shown: document.digest.chars().take(12).collect(), exact: document.digest.clone(), is_number: false },
        ]);
    }
    table
}
