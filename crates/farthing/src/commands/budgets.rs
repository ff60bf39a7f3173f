//! `farthing budgets …`

use camino::Utf8PathBuf;
use chrono::{NaiveDate, SecondsFormat};
use clap::{Args, Subcommand};
use farthing_application::{BudgetAlert, BudgetEntry, BudgetQuery, BudgetReport, BudgetState};
use farthing_types::{Amount, BillingPeriod, Cost, UnitId};

use crate::cli::{AsOfArgs, ReportingArgs};
use crate::commands::{Context, read_document};
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table, grouped};

/// What to do with budgets.
#[derive(Debug, Subcommand)]
pub enum BudgetsCommand {
    /// Publish a file of budgets in place of the one before: unit,month,amount,currency
    Import {
        /// The file (CSV); alert_actual and alert_forecast are shares in percent
        file: Utf8PathBuf,
        /// Check it and publish nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// List the budgets in force: those of the file, and those that units have themselves
    List(ListArgs),
    /// How a month stands against its budgets, so far and at its end; status 2 where a threshold is breached
    Status(StatusArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only those of this month, as 2026-05
    #[arg(long)]
    period: Option<BillingPeriod>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The month, as 2026-05; the newest that has charges without it
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    cost: Cost,
    /// Only this unit and those below it
    #[arg(long)]
    unit: Option<UnitId>,
    /// Only what the month cost up to this day, and from there a forecast: what would have been said then
    #[arg(long, value_name = "DAY", requires = "period")]
    through: Option<NaiveDate>,
    #[command(flatten)]
    reporting: ReportingArgs,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Publishes, lists, and holds a month against them.
pub async fn run(context: &Context, command: BudgetsCommand) -> anyhow::Result<Status> {
    match command {
        BudgetsCommand::Import { file, dry_run } => {
            let text = read_document(&file).map_err(|error| anyhow::anyhow!("{error}; nothing was published"))?;
            let published = context.open().await?.import_budgets(&text, file.as_str(), "command line", dry_run, None).await?;
            context.output.show(&published, || {
                let mut table = Table::new("", &[]);
                let what = match (published.version, published.changed) {
                    (Some(version), true) => format!("published as version {version}"),
                    (Some(version), false) => format!("unchanged, already version {version}"),
                    (None, _) => "nothing was published (--dry-run)".to_owned(),
                };
                table.note(format!("{file}: {} budgets of {} units · {what}.", published.rows, published.units));
                vec![table]
            })?;
            Ok(Status::Done)
        }
        BudgetsCommand::List(arguments) => {
            let entries = context.open_as_of(arguments.moment).await?.budgets(arguments.period).await?;
            arguments.output.or(&context.output).show(&entries, || vec![listed(&entries)])?;
            Ok(Status::Done)
        }
        BudgetsCommand::Status(arguments) => status(context, arguments).await,
    }
}

async fn status(context: &Context, arguments: StatusArgs) -> anyhow::Result<Status> {
    let StatusArgs { period, cost, unit, through, reporting, moment, output } = arguments;
    let query = BudgetQuery { period, cost, unit, through, reporting: reporting.wanted() };
    let report = context.open_as_of(moment).await?.budget_status(&query).await?;
    let output = output.or(&context.output);
    output.show(&report, || match output.form() {
        Format::Csv => vec![figures(&report, true)],
        _ => vec![figures(&report, false)],
    })?;
    Ok(if report.status.breached { Status::Differences } else { Status::Done })
}

fn listed(entries: &[BudgetEntry]) -> Table {
    let mut table =
        Table::new("", &["Unit", "From", "To", ">Budget a month", "Currency", "Alert so far", "Alert forecast", "Says"]);
    let month = |month: Option<BillingPeriod>| Cell::text(month.map(|month| month.to_string()).unwrap_or_default());
    for entry in entries {
        table.row(vec![
            Cell::text(entry.unit.to_string()),
            month(entry.first),
            month(entry.last),
            Cell::money(entry.budget.amount),
            Cell::text(entry.budget.currency.to_string()),
            Cell::text(shares(&entry.budget.thresholds.actual)),
            Cell::text(shares(&entry.budget.thresholds.forecast)),
            Cell::text(&entry.from),
        ]);
    }
    if entries.is_empty() {
        table.note("No budgets: `farthing budgets import budgets.csv`, or give units a budget in the units document.");
    }
    table
}

fn shares(shares: &[Amount]) -> String {
    if shares.is_empty() {
        "none".to_owned()
    } else {
        shares.iter().map(|share| format!("{share} %")).collect::<Vec<_>>().join(", ")
    }
}

fn percent(share: Option<Amount>) -> Cell {
    share.map_or_else(Cell::none, |share| Cell::figure(format!("{} %", share.to_fixed(1)), share.to_string()))
}

fn figures(report: &BudgetReport, for_files: bool) -> Table {
    let status = &report.status;
    let rules = report.rule_set.as_deref().map_or("no rules".to_owned(), |version| format!("rules {version}"));
    let budgets = report.budgets.map_or("budgets of the units".to_owned(), |version| format!("budgets v{version}"));
    let as_of = report.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut heads = vec![
        "Unit",
        "Currency",
        ">Budget",
        ">Given below",
        ">So far",
        ">Used",
        ">Left",
        ">Month end",
        ">Low",
        ">High",
        ">Of budget",
        ">MAPE",
        ">Held",
    ];
    if for_files {
        heads.insert(1, "Name");
    }
    let mut table =
        Table::new(format!("Budgets {} · {} cost · {budgets} · {rules} · as of {as_of}", report.charges, status.cost), &heads);
    for state in &status.units {
        table.row(row(state, for_files));
    }
    status.alerts.iter().for_each(|alert| table.note(said(alert)));
    if status.alerts.is_empty() {
        table.note("Nothing is beyond its thresholds.");
    }
    report.notes.iter().for_each(|note| table.note(format!("{note}.")));
    table.note(basis(report));
    table
}

fn row(state: &BudgetState, for_files: bool) -> Vec<Cell> {
    let money = |amount: Option<Amount>| amount.map_or_else(Cell::none, Cell::money);
    let forecast = state.forecast.as_ref();
    let tested = forecast.and_then(|forecast| forecast.back_test.as_ref());
    let mut row = match for_files {
        true => vec![Cell::text(state.unit.to_string()), Cell::text(&state.name)],
        false => vec![Cell::text(format!("{}{}", "  ".repeat(state.depth as usize), state.name))],
    };
    row.extend([
        Cell::text(state.currency.to_string()),
        Cell::money(state.budget),
        money(state.allocated),
        Cell::money(state.actual),
        percent(state.actual_percent),
        Cell::money(state.remaining),
        money(forecast.map(|forecast| forecast.total)),
        money(forecast.and_then(|forecast| forecast.low)),
        money(forecast.and_then(|forecast| forecast.high)),
        percent(state.forecast_percent),
        percent(tested.and_then(|tested| tested.mape_percent)),
        percent(tested.map(|tested| tested.coverage_percent)),
    ]);
    row
}

fn said(alert: &BudgetAlert) -> String {
    let money = |amount: Amount| format!("{} {}", grouped(&amount.to_fixed(2)), alert.currency);
    let what = if alert.of == "actual" { "has cost" } else { "is expected to cost" };
    let (unit, beyond, amount) = (&alert.unit, money(alert.beyond), money(alert.amount));
    let threshold = format!("{} % of its budget, {}", alert.threshold_percent, money(alert.threshold));
    format!("ALERT: {unit} {what} {amount}, {beyond} more than {threshold}.")
}

/// What the figures rest on, and how good the forecast has been.
fn basis(report: &BudgetReport) -> String {
    let so_far = format!("So far is the total with units below of `farthing chargeback` for {}.", report.charges);
    let forecasts: Vec<_> = report.status.units.iter().filter_map(|state| state.forecast.as_ref()).collect();
    let Some(first) = forecasts.iter().max_by_key(|forecast| forecast.days_of_history) else {
        return format!("{so_far} There is no history to forecast from.");
    };
    if first.days_to_come == 0 {
        return format!("{so_far} No day is to come.");
    }
    let tested = forecasts.iter().filter_map(|forecast| forecast.back_test.as_ref()).max_by_key(|tested| tested.origins);
    let tested = match tested {
        None => "History is too short to test it on earlier days.".to_owned(),
        Some(tested) => format!(
            "MAPE and how often the interval held are those of the same question, {} days ahead, at up to {} earlier days.",
            tested.horizon_days, tested.origins
        ),
    };
    let (days, history) = (first.days_to_come, first.days_of_history);
    format!("{so_far} {days} days to come are forecast from {history} days; low and high are to hold 95 % of outcomes. {tested}")
}
