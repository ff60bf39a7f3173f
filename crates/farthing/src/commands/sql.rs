//! `farthing sql`

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use farthing_application::{Answer, AnswerFormat, AnswerWriter, Parameters, SqlQuery, column_values, is_number};
use farthing_types::{BillingPeriod, SourceName};
use serde_json::Value;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, Format, OutputArgs, Table, Visible, grouped, visible_json, visible_lines};

#[derive(Debug, Args)]
pub struct SqlArgs {
    /// One SELECT over the tables focus (a row a charge), focus_daily (the same, added up by day), usage, decisions, event_logs,
    /// contract_commitment, invoice_detail, billing_period, attributed (charges with their units) and statements; names in any case
    pub query: String,
    /// A value for a parameter: NAME=VALUE for :NAME, VALUE for the next ? [repeatable]
    #[arg(long = "param", value_name = "VALUE")]
    pub parameters: Vec<String>,
    /// Only the facts of this billing period
    #[arg(long)]
    pub period: Option<BillingPeriod>,
    /// Only the facts of this source
    #[arg(long)]
    pub source: Option<SourceName>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    /// Form of the answer [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "sql_format")]
    pub format: Option<SqlFormat>,
    /// Write the answer to this file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "sql_file")]
    pub file: Option<Utf8PathBuf>,
}

/// The form of a SQL answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SqlFormat {
    /// For people, on a terminal
    Table,
    /// An array of objects, one a row, exact
    Json,
    /// Comma-separated values, exact
    Csv,
    /// One JSON object a line
    Ndjson,
    /// A Markdown table
    Md,
    /// Parquet, for other engines
    Parquet,
    /// Arrow's IPC stream, for other programs
    Arrow,
}

impl From<Format> for SqlFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
            Format::Ndjson => Self::Ndjson,
            Format::Md => Self::Md,
        }
    }
}

/// What people are shown on a terminal; files have all rows.
const ROWS_SHOWN: usize = 10_000;

/// Runs one SELECT. Ctrl-C stops the query and leaves nothing behind.
pub async fn run(context: &Context, arguments: SqlArgs) -> anyhow::Result<Status> {
    tokio::select! {
        done = answer(context, arguments) => done,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("the query was stopped; it has changed nothing")),
    }
}

async fn answer(context: &Context, arguments: SqlArgs) -> anyhow::Result<Status> {
    let parameters =
        Parameters::from_texts(&arguments.query, &arguments.parameters).map_err(farthing_application::Error::from)?;
    let (period, source) = (arguments.period, arguments.source);
    let query = SqlQuery { query: arguments.query, parameters, period, source };
    let format = arguments.format.or_else(|| context.output.format.map(SqlFormat::from)).unwrap_or(SqlFormat::Table);
    let file = arguments.file.or_else(|| context.output.file.clone());
    let Some(form) = form_of(format) else {
        let mut answer = context.open_as_of(arguments.moment).await?.sql(&query).await?;
        let output = OutputArgs { format: (format == SqlFormat::Md).then_some(Format::Md), file };
        let table = table(&mut answer).await?;
        output.show(&Value::Null, || vec![table])?;
        return Ok(Status::Done);
    };
    let is_binary = matches!(form, AnswerFormat::Arrow | AnswerFormat::Parquet);
    if is_binary && file.is_none() && io::stdout().is_terminal() {
        return Err(
            UsageError("this form is not for terminals: name a file with -o, or send it to a program with |".to_owned()).into()
        );
    }
    let mut answer = context.open_as_of(arguments.moment).await?.sql(&query).await?;
    match file {
        None => write_out(form, &mut answer).await?,
        Some(path) => write_file(form, &mut answer, &path).await?,
    }
    Ok(Status::Done)
}

/// Stdout's lock does not go from thread to thread, and rows come from several.
async fn write_out(form: AnswerFormat, answer: &mut Answer) -> anyhow::Result<()> {
    let out = BufWriter::new(io::stdout());
    // JSON means the same with escapes; comma-separated values are left as they are for every reader but a terminal.
    let show = match form {
        AnswerFormat::Json | AnswerFormat::PrettyJson | AnswerFormat::Ndjson => Some(visible_json as fn(&str) -> String),
        AnswerFormat::Csv if io::stdout().is_terminal() => Some(visible_lines as fn(&str) -> String),
        AnswerFormat::Csv | AnswerFormat::Arrow | AnswerFormat::Parquet => None,
    };
    let written = match show {
        Some(show) => AnswerWriter::write_all(form, answer, Visible::of(out, show)).await,
        None => AnswerWriter::write_all(form, answer, out).await,
    };
    written.map(drop).map_err(closed)
}

/// A pipe that was closed is known by its own kind of error.
fn closed(error: farthing_application::Error) -> anyhow::Error {
    match error {
        farthing_application::Error::Unwritten(error) => error.into(),
        other => other.into(),
    }
}

/// The whole answer in a file, or no file: an answer that breaks off leaves what was there before.
async fn write_file(form: AnswerFormat, answer: &mut Answer, path: &Utf8Path) -> anyhow::Result<()> {
    let part = Utf8PathBuf::from(format!("{path}.part"));
    let failed = |error: io::Error| anyhow::anyhow!("{path}: {error}");
    let part_file = Part { path: part.clone() };
    let file = File::create(&part).map_err(failed)?;
    AnswerWriter::write_all(form, answer, BufWriter::new(file)).await?;
    std::fs::rename(&part, path).map_err(failed)?;
    drop(part_file);
    Ok(())
}

/// A file that goes when the work on it ends, also where it ends in between.
struct Part {
    path: Utf8PathBuf,
}

impl Drop for Part {
    fn drop(&mut self) {
        // It was renamed where all went well, and where it did not there is an error to show already.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn form_of(format: SqlFormat) -> Option<AnswerFormat> {
    match format {
        SqlFormat::Table | SqlFormat::Md => None,
        SqlFormat::Json => Some(AnswerFormat::PrettyJson),
        SqlFormat::Csv => Some(AnswerFormat::Csv),
        SqlFormat::Ndjson => Some(AnswerFormat::Ndjson),
        SqlFormat::Arrow => Some(AnswerFormat::Arrow),
        SqlFormat::Parquet => Some(AnswerFormat::Parquet),
    }
}

async fn table(answer: &mut Answer) -> anyhow::Result<Table> {
    let schema = answer.schema().clone();
    let numbers: Vec<bool> = schema.fields().iter().map(|field| is_number(field.data_type())).collect();
    let head = |(field, number): (&str, &bool)| if *number { format!(">{field}") } else { field.to_owned() };
    let heads: Vec<String> = schema.fields().iter().map(|field| field.name().as_str()).zip(&numbers).map(head).collect();
    let mut table = Table::new("", &heads.iter().map(String::as_str).collect::<Vec<_>>());
    while let Some(batch) = answer.next().await {
        let batch = batch.map_err(farthing_application::Error::from)?;
        let columns = batch.columns().iter().map(column_values).collect::<Result<Vec<_>, _>>()?;
        for at in 0..batch.num_rows() {
            if table.rows.len() == ROWS_SHOWN {
                table.note(format!(
                    "The first {} rows. Write all of them to a file: --format csv -o FILE.",
                    grouped(&ROWS_SHOWN.to_string())
                ));
                return Ok(table);
            }
            table.row(columns.iter().zip(&numbers).map(|(column, number)| cell(&column[at], *number)).collect());
        }
    }
    let rows = table.rows.len();
    table.note(format!("{} row{}.", grouped(&rows.to_string()), if rows == 1 { "" } else { "s" }));
    Ok(table)
}

fn cell(value: &Value, number: bool) -> Cell {
    match value {
        Value::Null => Cell::none(),
        Value::String(text) if number => Cell::figure(grouped(text), text),
        Value::String(text) => Cell::text(text),
        other => Cell::figure(other.to_string(), other.to_string()),
    }
}
