//! `farthing export …`

use camino::Utf8PathBuf;
use clap::{Args, Subcommand, ValueEnum};
use farthing_application::{ExportFocus, FocusExport, FocusVersion, Gap, TableForm};
use farthing_types::{BillingPeriod, SourceName};

use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table};

#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// The facts of a billing period as the datasets of one release of FOCUS, with a manifest
    Focus(ExportFocusArgs),
}

#[derive(Debug, Args)]
pub struct ExportFocusArgs {
    /// The release to write
    #[arg(long, value_enum, default_value = "1.4")]
    pub focus_version: ExportedVersion,
    /// The billing period, as 2026-05
    #[arg(long)]
    pub period: BillingPeriod,
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Replace the charges of pools by those of the units that pay for them (1.3 and 1.4)
    #[arg(long)]
    pub allocated: bool,
    /// The folder to write into
    #[arg(short = 'o', long = "output", value_name = "DIR", id = "output_folder")]
    pub folder: Utf8PathBuf,
    /// How the files are written
    #[arg(long = "as", value_enum, default_value_t = ExportForm::Csv, value_name = "FORM")]
    pub form: ExportForm,
    /// Form of the report [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "output_format")]
    pub format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportedVersion {
    /// 2025, 57 columns of cost and usage
    #[value(name = "1.2")]
    V1_2,
    /// 2025, with contract commitments
    #[value(name = "1.3")]
    V1_3,
    /// 2026, with lines of invoices and billing periods
    #[value(name = "1.4")]
    V1_4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    Csv,
    Parquet,
}

/// Writes facts in the formats of others.
pub async fn run(context: &Context, command: ExportCommand) -> anyhow::Result<Status> {
    let ExportCommand::Focus(arguments) = command;
    let ExportFocusArgs { focus_version, period, source, allocated, folder, form, format } = arguments;
    let request = ExportFocus {
        version: match focus_version {
            ExportedVersion::V1_2 => FocusVersion::V1_2,
            ExportedVersion::V1_3 => FocusVersion::V1_3,
            ExportedVersion::V1_4 => FocusVersion::V1_4,
        },
        period,
        source,
        folder,
        form: match form {
            ExportForm::Csv => TableForm::Csv,
            ExportForm::Parquet => TableForm::Parquet,
        },
        allocated,
    };
    let export = context.open().await?.export_focus(&request).await?;
    let output = OutputArgs { format, file: None }.or(&context.output);
    output.show(&export, || tables(&export, request.folder.as_str()))?;
    Ok(Status::Done)
}

fn tables(export: &FocusExport, folder: &str) -> Vec<Table> {
    let sources: Vec<&str> = export.sources.iter().map(|source| source.as_str()).collect();
    let title = format!("FOCUS {} · {} · {}", export.focus_version, export.period, sources.join(", "));
    let mut files = Table::new(title, &["File", "Dataset", "Origin", ">Rows", ">Columns", ">Bytes"]);
    for file in &export.files {
        files.row(vec![
            Cell::text(&file.name),
            Cell::text(file.dataset),
            Cell::text(file.origin),
            Cell::count(file.rows),
            Cell::count(file.columns as u64),
            Cell::count(file.bytes),
        ]);
    }
    for total in &export.totals {
        let billed = crate::output::grouped(&total.billed.to_string());
        files.note(format!("Billed {billed} {}: the same as was imported, as are the other three costs.", total.currency));
    }
    files.note(format!("Written to {folder}, with manifest.json."));
    let mut tables = vec![files];
    tables.extend(gaps("Derived", "From", &export.derived));
    tables.extend(gaps("Required and missing", "Why", &export.missing));
    tables
}

fn gaps(title: &str, why: &str, gaps: &[Gap]) -> Option<Table> {
    let mut table = Table::new(title, &["Dataset", "Column", ">Rows", why]);
    for gap in gaps {
        table.row(vec![Cell::text(gap.dataset), Cell::text(gap.column), Cell::count(gap.rows), Cell::text(gap.note)]);
    }
    (!gaps.is_empty()).then_some(table)
}
