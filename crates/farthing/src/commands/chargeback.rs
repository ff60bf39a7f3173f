//! `farthing chargeback`

use camino::Utf8PathBuf;
use chrono::SecondsFormat;
use clap::{Args, ValueEnum};
use farthing_application::{
    AnswerFormat, Chargeback, ChargebackQuery, Conversion, ExplainQuery, Farthing, Statement, StatementCell, UnitAmounts,
    closing, format_change,
};
use farthing_types::{Amount, BillingPeriod, Cost, UnitId, Window, round_to_total};

use crate::cli::{AsOfArgs, ReportingArgs};
use crate::commands::statement::refuse_terminal;
use crate::commands::{Context, coverage, explain};
use crate::exit::{Status, UsageError};
use crate::output::{Cell, Format, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct ChargebackArgs {
    /// The billing period, as 2026-05: what was invoiced in it
    #[arg(long, required_unless_present = "window")]
    pub period: Option<BillingPeriod>,
    /// Days as 2026-05-01/2026-06-01 instead: what they cost, whenever it was billed, corrections included
    #[arg(long, conflicts_with = "period")]
    pub window: Option<Window>,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    /// Only this unit and those below it
    #[arg(long)]
    pub unit: Option<UnitId>,
    #[command(flatten)]
    pub reporting: ReportingArgs,
    /// Walk one figure to its charges: unit=payments,part=direct,service="Virtual Machines" or reason=no_tags. A unit comes with
    /// those below it, as in the table, or by itself with scope=own; part is direct, shared or total; also source=, currency=,
    /// rule=, pool=, account=, region=, category=, any FOCUS column and tag:NAME=
    #[arg(long, value_name = "CELL", conflicts_with = "unit")]
    pub explain: Option<StatementCell>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    /// Form of the report [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "chargeback_format")]
    pub format: Option<ChargebackFormat>,
    /// Write the report to this file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "chargeback_file")]
    pub file: Option<Utf8PathBuf>,
}

/// The form of a chargeback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChargebackFormat {
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
    /// Parquet, for other engines
    Parquet,
    /// A workbook for spreadsheets: numbers, with the exact text beside each
    Xlsx,
}

impl From<Format> for ChargebackFormat {
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

impl ChargebackFormat {
    /// The form of text that it is; none where it is none.
    pub fn text(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Ndjson => Some(Format::Ndjson),
            Self::Md => Some(Format::Md),
            Self::Parquet | Self::Xlsx => None,
        }
    }
}

/// Prints the statement of a period. Status 2 where it is not proven.
pub async fn run(context: &Context, arguments: ChargebackArgs) -> anyhow::Result<Status> {
    let selection = coverage::selection(arguments.period, arguments.window)?;
    let file = arguments.file.or_else(|| context.output.file.clone());
    let format =
        arguments.format.or_else(|| context.output.format.map(ChargebackFormat::from)).unwrap_or(ChargebackFormat::Table);
    let output = OutputArgs { format: format.text(), file };
    let reporting = arguments.reporting.wanted();
    if let Some(cell) = arguments.explain {
        if format.text().is_none() {
            return Err(UsageError("an explanation is a table, json, csv, ndjson or md: choose one of these".to_owned()).into());
        }
        let query = ExplainQuery { selection, cost: arguments.cost, cell, reporting };
        return explain::run(context, arguments.moment, output, &query).await;
    }
    if format.text().is_none() {
        refuse_terminal(&output)?;
    }
    let query = ChargebackQuery { selection, cost: arguments.cost, unit: arguments.unit, reporting };
    let chargeback = context.open_as_of(arguments.moment).await?.chargeback(&query).await?;
    match format {
        ChargebackFormat::Parquet => output.write(&Farthing::chargeback_rows(&chargeback, AnswerFormat::Parquet)?)?,
        ChargebackFormat::Xlsx => output.write(&Farthing::chargeback_workbook(&chargeback)?)?,
        _ => show(&chargeback, query.unit.is_some(), &output)?,
    }
    Ok(if chargeback.statements.iter().all(|statement| statement.proven) { Status::Done } else { Status::Differences })
}

fn show(chargeback: &Chargeback, is_part: bool, output: &OutputArgs) -> anyhow::Result<()> {
    let tables = || tables(chargeback, is_part, output.form());
    match chargeback.statements.as_slice() {
        [one] => output.show(one, tables),
        several => output.show(&several, tables),
    }
}

/// One table a currency: rolled up for people, each unit's own amounts in a file, where somebody will add them up.
pub fn tables(chargeback: &Chargeback, is_part: bool, form: Format) -> Vec<Table> {
    match form {
        Format::Csv => vec![own_amounts(&chargeback.statements)],
        _ => chargeback.statements.iter().map(|statement| rolled_up(chargeback, statement, is_part)).collect(),
    }
}

fn own_amounts(statements: &[Statement]) -> Table {
    let heads = [
        "Period",
        "Currency",
        "Cost",
        "Unit",
        "Name",
        "Parent",
        "Cost centre",
        ">Direct",
        ">Shared",
        ">Total",
        ">With units below",
    ];
    let mut table = Table::new("", &heads);
    statements.iter().for_each(|statement| add_own_amounts(&mut table, statement));
    table
}

fn add_own_amounts(table: &mut Table, statement: &Statement) {
    let basis = || [statement.selection.to_string(), statement.currency.to_string(), statement.cost.to_string()].map(Cell::text);
    for unit in &statement.units {
        let parent = unit.parent.as_ref().map(ToString::to_string).unwrap_or_default();
        let names =
            [unit.unit.to_string(), unit.name.clone(), parent, unit.cost_center.clone().unwrap_or_default()].map(Cell::text);
        let amounts = [unit.direct, unit.shared, unit.total, unit.rolled_up.total].map(Cell::money);
        table.row(basis().into_iter().chain(names).chain(amounts).collect());
    }
    for reason in &statement.unattributed {
        let names = [String::new(), format!("Unattributed: {}", reason.reason), String::new(), String::new()].map(Cell::text);
        let amounts = [reason.amount, Amount::ZERO, reason.amount, reason.amount].map(Cell::money);
        table.row(basis().into_iter().chain(names).chain(amounts).collect());
    }
}

/// A unit's amounts as they are shown: rounded so that what stands below each other adds up.
#[derive(Clone, Copy)]
struct Shown {
    direct: Amount,
    shared: Amount,
}

fn rolled_up(chargeback: &Chargeback, statement: &Statement, is_part: bool) -> Table {
    let rules = statement.rule_set.as_deref().map_or("no rules".to_owned(), |version| format!("rules {version}"));
    let as_of = chargeback.as_of.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let (period, currency, cost) = (statement.selection, statement.currency, statement.cost);
    let title = format!("Chargeback {period} · {currency} · {cost} cost · {rules} · as of {as_of}");
    let before = statement.previous.map(|previous| format!(">vs {}", previous.period));
    let mut heads = vec!["Unit", ">Direct", ">Shared", ">Total"];
    heads.extend(before.as_deref());
    let mut table = Table::new(title, &heads);
    let change = |tenths: Option<Option<i64>>| before.as_ref().map(|_| change(tenths));

    // Direct and shared money are rounded each to its own rounded total, so that rows and columns add up in view.
    let direct = statement.units.iter().map(|unit| unit.direct).chain(statement.unattributed.iter().map(|reason| reason.amount));
    let mut direct = round_to_total(&direct.collect::<Vec<_>>(), 2);
    let reasons = direct.split_off(statement.units.len());
    let shared = round_to_total(&statement.units.iter().map(|unit| unit.shared).collect::<Vec<_>>(), 2);
    let own: Vec<Shown> = direct.into_iter().zip(shared).map(|(direct, shared)| Shown { direct, shared }).collect();

    for (at, unit) in statement.units.iter().enumerate() {
        let below = below(&statement.units, at);
        let own_and_below = &own[at..=at + below];
        let direct = own_and_below.iter().map(|shown| shown.direct).sum();
        let sum = Shown { direct, shared: own_and_below.iter().map(|shown| shown.shared).sum() };
        let mut row = figures(&unit.name, unit.depth, sum);
        row.extend(change(unit.previous.map(|previous| previous.change_tenths)));
        table.row(row);
        if below > 0 && !(own[at].direct.is_zero() && own[at].shared.is_zero()) {
            let mut row = figures(&format!("{}, of its own", unit.name), unit.depth + 1, own[at]);
            row.extend(change(None));
            table.row(row);
        }
    }
    if is_part {
        table.note("A part of the statement; the proof below is that of the whole.");
    } else {
        for (reason, direct) in statement.unattributed.iter().zip(reasons) {
            let name = format!("Unattributed: {}", reason.reason.replace('_', " "));
            let mut row = figures(&name, 0, Shown { direct, shared: Amount::ZERO });
            row.extend(change(reason.previous.map(|previous| previous.change_tenths)));
            table.row(row);
        }
        let mut total = vec![Cell::text("Billed"), Cell::default(), Cell::default(), Cell::money(statement.billed_total)];
        total.extend(change(statement.previous.map(|previous| previous.change_tenths)));
        table.total = Some(total);
    }
    statement.conversion.iter().flat_map(Conversion::sentences).for_each(|sentence| table.note(sentence));
    table.note(closing(statement));
    statement.notes.iter().for_each(|note| table.note(format!("{note}.")));
    if chargeback.rows_set_aside > 0 {
        table.note(format!(
            "{} rows were set aside when the bill was imported: their money is in no figure here. `farthing status --findings` lists them.",
            chargeback.rows_set_aside
        ));
    }
    table
}

/// How many units stand below the one at this position.
fn below(units: &[UnitAmounts], at: usize) -> usize {
    units[at + 1..].iter().take_while(|unit| unit.depth > units[at].depth).count()
}

fn figures(name: &str, depth: u32, shown: Shown) -> Vec<Cell> {
    let money = |amount: Amount| if amount.is_zero() { Cell::none() } else { Cell::money(amount) };
    let name = Cell::text(format!("{}{name}", "  ".repeat(depth as usize)));
    vec![name, money(shown.direct), money(shown.shared), Cell::money(shown.direct + shown.shared)]
}

fn change(tenths: Option<Option<i64>>) -> Cell {
    match tenths {
        None => Cell::none(),
        Some(tenths) => {
            let percent = tenths.and_then(|t| Amount::from_int(t).checked_div(Amount::from_int(10)));
            Cell::figure(format_change(tenths), percent.map(|p| p.to_string()).unwrap_or_default())
        }
    }
}
