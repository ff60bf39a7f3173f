//! `farthing statement`

use std::io::IsTerminal;

use camino::Utf8PathBuf;
use chrono::SecondsFormat;
use clap::{Args, ValueEnum};
use farthing_application::{
    Beside, Conversion, Farthing, PaperSize, PoolLine, UnitStatement, UnitStatementQuery, UnitStatements, format_change,
};
use farthing_types::{Amount, BillingPeriod, Cost, UnitId, round_to_total};

use crate::cli::{AsOfArgs, ReportingArgs};
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, Format, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct StatementArgs {
    /// The unit; those below it are part of the statement
    pub unit: UnitId,
    /// The billing period, as 2026-05
    #[arg(long)]
    pub period: BillingPeriod,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    #[command(flatten)]
    pub reporting: ReportingArgs,
    /// The paper of a PDF
    #[arg(long, value_enum, default_value_t = Paper::A4)]
    pub paper: Paper,
    #[command(flatten)]
    pub moment: AsOfArgs,
    /// Form of the statement [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "statement_format")]
    pub format: Option<StatementFormat>,
    /// Write the statement to this file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "statement_file")]
    pub file: Option<Utf8PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Paper {
    A4,
    Letter,
}

/// The form of a unit's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatementFormat {
    /// For people, on a terminal
    Table,
    /// One JSON document, exact
    Json,
    /// Comma-separated values, exact
    Csv,
    /// One JSON object a line
    Ndjson,
    /// A Markdown table
    Md,
    /// For print
    Pdf,
}

impl From<Format> for StatementFormat {
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

impl StatementFormat {
    /// The form of text that it is; none where it is none.
    pub fn text(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Ndjson => Some(Format::Ndjson),
            Self::Md => Some(Format::Md),
            Self::Pdf => None,
        }
    }
}

/// Prints the statement of a unit. Status 2 where it is not proven.
pub async fn run(context: &Context, arguments: StatementArgs) -> anyhow::Result<Status> {
    let StatementArgs { unit, period, cost, reporting, paper, moment, format, file } = arguments;
    let query = UnitStatementQuery { unit, period, cost, reporting: reporting.wanted() };
    let file = file.or_else(|| context.output.file.clone());
    let format = format.or_else(|| context.output.format.map(StatementFormat::from)).unwrap_or(StatementFormat::Table);
    let output = OutputArgs { format: format.text(), file };
    if format == StatementFormat::Pdf {
        refuse_terminal(&output)?;
    }
    let found = context.open_as_of(moment).await?.unit_statement(&query).await?;
    if format == StatementFormat::Pdf {
        let size = match paper {
            Paper::A4 => PaperSize::A4,
            Paper::Letter => PaperSize::Letter,
        };
        output.write(&Farthing::print_unit_statement(&found, size)?)?;
    } else {
        let tables = || match output.form() {
            Format::Csv => vec![lines(&found)],
            _ => found.statements.iter().flat_map(|statement| tables(&found, statement)).collect(),
        };
        output.show(&found, tables)?;
    }
    Ok(if found.statements.iter().all(|statement| statement.proven) { Status::Done } else { Status::Differences })
}

/// Bytes that would only disturb a terminal go to a file or a program.
pub fn refuse_terminal(output: &OutputArgs) -> anyhow::Result<()> {
    if output.file.is_none() && std::io::stdout().is_terminal() {
        let what = "this form is not for terminals: name a file with -o, or send it to a program with |";
        return Err(UsageError(what.to_owned()).into());
    }
    Ok(())
}

/// All lines of all currencies, exact.
fn lines(found: &UnitStatements) -> Table {
    let heads =
        ["Period", "Currency", "Cost", "Unit", "Kind", "Name", "Driver", ">Quantity", ">Of", ">Amount", ">A month before"];
    let mut table = Table::new("", &heads);
    for one in &found.statements {
        let basis = [one.selection.to_string(), one.currency.to_string(), one.cost.to_string(), one.unit.to_string()];
        let amounts = |figures: Beside| [Cell::money(figures.amount), figures.previous.map_or_else(Cell::default, Cell::money)];
        for line in &one.direct {
            let mut row = basis.clone().map(Cell::text).to_vec();
            row.extend([Cell::text("direct"), Cell::text(line.service.clone().unwrap_or_default()), Cell::text("")]);
            row.extend([Cell::default(), Cell::default()]);
            row.extend(amounts(line.figures));
            table.row(row);
        }
        for line in &one.shared {
            let mut row = basis.clone().map(Cell::text).to_vec();
            row.extend([Cell::text("shared"), Cell::text(&line.pool), Cell::text(&line.driver)]);
            row.extend([line.quantity.0, line.total_quantity.0].map(Cell::money));
            row.extend(amounts(line.figures));
            table.row(row);
        }
    }
    table
}

fn tables(found: &UnitStatements, one: &UnitStatement) -> Vec<Table> {
    let as_of = found.as_of.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let rules = one.rule_set.as_deref().map_or("no rules".to_owned(), |version| format!("rules {version}"));
    let (period, currency, cost) = (one.selection, one.currency, one.cost);
    let title = format!("Statement of {} · {period} · {currency} · {cost} cost · {rules} · as of {as_of}", one.name);
    let before = one.previous_period.map(|period| format!(">vs {period}"));
    let mut heads = vec!["", "Driver", ">Quantity", ">Of", ">Amount"];
    heads.extend(before.as_deref());
    let mut table = Table::new(title, &heads);
    let change = |figures: Beside| before.as_ref().map(|_| changed(figures));
    let amounts = one.direct.iter().map(|line| line.figures.amount).chain(one.shared.iter().map(|line| line.figures.amount));
    let mut direct = round_to_total(&amounts.collect::<Vec<_>>(), 2);
    let shared = direct.split_off(one.direct.len());
    for (line, amount) in one.direct.iter().zip(direct) {
        let service = line.service.clone().unwrap_or_else(|| "(no service named)".to_owned());
        let mut row = vec![Cell::text(service), Cell::text(""), Cell::none(), Cell::none(), Cell::money(amount)];
        row.extend(change(line.figures));
        table.row(row);
    }
    for (line, amount) in one.shared.iter().zip(shared) {
        let exactly = |amount: Amount| Cell::figure(grouped(&amount.to_string()), amount.to_string());
        let mut row = vec![Cell::text(pool(line)), Cell::text(&line.driver)];
        row.extend([exactly(line.quantity.0), exactly(line.total_quantity.0), Cell::money(amount)]);
        row.extend(change(line.figures));
        table.row(row);
    }
    let mut total = vec![Cell::text(format!("Charged to {}", one.name)), Cell::default(), Cell::default(), Cell::default()];
    total.push(Cell::money(one.total.amount));
    total.extend(change(one.total));
    table.total = Some(total);
    table.note(format!(
        "Direct {} + shared {} = {} {currency}.",
        one.direct_total.amount, one.shared_total.amount, one.total.amount
    ));
    table.note(match one.proven {
        true => "Of the whole: attributed + unattributed = billed. Difference 0.".to_owned(),
        false => format!("NOT PROVEN: {}. Do not charge anyone by this statement.", one.problems.join("; ")),
    });
    one.conversion.iter().flat_map(Conversion::sentences).for_each(|sentence| table.note(sentence));
    one.notes.iter().for_each(|note| table.note(format!("{note}.")));
    table.note(match &found.closed {
        Some(closed) => format!("Closed by {}; certificate {}.", closed.by, closed.certificate),
        None => "The period is open: the next delivery may change these figures.".to_owned(),
    });
    let mut tables = vec![table];
    tables.extend(below(one, before.as_deref()));
    tables
}

fn pool(line: &PoolLine) -> String {
    if line.gives { format!("{}, passed on", line.pool) } else { line.pool.clone() }
}

fn below(one: &UnitStatement, before: Option<&str>) -> Option<Table> {
    let mut heads = vec!["Unit", ">Direct", ">Shared", ">Total"];
    heads.extend(before);
    let mut table = Table::new("Of it, units below", &heads);
    for unit in &one.below {
        let name = format!("{}{}", "  ".repeat(unit.depth as usize - 1), unit.name);
        let mut row = vec![Cell::text(name)];
        row.extend([unit.direct, unit.shared, unit.figures.amount].map(Cell::money));
        row.extend(before.map(|_| changed(unit.figures)));
        table.row(row);
    }
    (!one.below.is_empty()).then_some(table)
}

fn changed(figures: Beside) -> Cell {
    match figures.previous {
        Some(previous) if previous == figures.amount => Cell::none(),
        Some(_) => Cell::figure(format_change(figures.change_tenths), figures.change.map(|c| c.to_string()).unwrap_or_default()),
        None => Cell::none(),
    }
}
