//! `farthing forecast`, `farthing anomalies`

use chrono::SecondsFormat;
use clap::Args;
use farthing_application::{Anomalies, AnomaliesQuery, CostAnomaly, CostForecast, ForecastLine, ForecastQuery, SeriesBy};
use farthing_types::{Amount, BillingPeriod, Cost};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, OutputArgs, Table, grouped};

/// What costs are told apart by, in the words of the help.
const BY: &str = "unit|service|account|region|provider|COLUMN";

#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// The last month with charges that is looked at, as 2026-05; the newest without it
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// How many months after it
    #[arg(long, default_value_t = 3, value_name = "N")]
    months: u32,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    cost: Cost,
    /// Each unit, or each value of a column, beside all together
    #[arg(long, value_name = BY)]
    by: Option<SeriesBy>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct AnomaliesArgs {
    /// The billing period, as 2026-05; the newest that has charges without it
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    cost: Cost,
    /// What costs are told apart by
    #[arg(long, default_value = "unit", value_name = BY)]
    by: SeriesBy,
    /// From how many deviations on a day stands out
    #[arg(long, default_value_t = 4.0, value_name = "N")]
    deviations: f64,
    /// From how much money on, more or less than expected
    #[arg(long, default_value = "10", value_name = "AMOUNT")]
    least: Amount,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What the months to come will cost.
pub async fn forecast(context: &Context, arguments: ForecastArgs) -> anyhow::Result<Status> {
    let ForecastArgs { period, months, cost, by, moment, output } = arguments;
    let query = ForecastQuery { period, months, cost, by };
    let found = context.open_as_of(moment).await?.cost_forecast(&query).await?;
    output.or(&context.output).show(&found, || vec![forecast_table(&found)])?;
    Ok(Status::Done)
}

/// What stood out; status 2 where anything did.
pub async fn anomalies(context: &Context, arguments: AnomaliesArgs) -> anyhow::Result<Status> {
    let AnomaliesArgs { period, cost, by, deviations, least, moment, output } = arguments;
    if !(deviations.is_finite() && deviations > 0.0) || least.is_negative() {
        return Err(UsageError("--deviations is above 0, and --least is not below".to_owned()).into());
    }
    let query = AnomaliesQuery { period, cost, by, deviations, least };
    let found = context.open_as_of(moment).await?.anomalies(&query).await?;
    output.or(&context.output).show(&found, || vec![anomalies_table(&found)])?;
    Ok(if found.anomalies.is_empty() { Status::Done } else { Status::Differences })
}

fn forecast_table(found: &CostForecast) -> Table {
    let as_of = found.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    let title = format!("Forecast · {} cost · from charges through {} · as of {as_of}", found.cost, found.through);
    let name = found.by.as_ref().map_or("What".to_owned(), ToString::to_string);
    let mut table =
        Table::new(title, &[&name, "Month", "Currency", ">So far", ">Expected", ">Low", ">High", ">Days to come", ">MAPE"]);
    let money = |amount: Option<Amount>| amount.map_or_else(Cell::none, Cell::money);
    for line in &found.lines {
        for month in &line.months {
            table.row(vec![
                Cell::text(line.name.as_deref().unwrap_or("All together")),
                Cell::text(month.period.to_string()),
                Cell::text(line.currency.to_string()),
                Cell::money(month.actual),
                Cell::money(month.expected),
                money(month.low),
                money(month.high),
                Cell::count(month.days_to_come.into()),
                percent(line.mape_percent),
            ]);
        }
    }
    table.note("Low and high are to hold 95 % of outcomes of each month. Parts are forecast by themselves: they need not add up to the whole.");
    if let Some(line) = found.lines.first() {
        table.note(basis(line));
    }
    table
}

fn percent(share: Option<Amount>) -> Cell {
    share.map_or_else(Cell::none, |share| Cell::figure(format!("{} %", share.to_fixed(1)), share.to_string()))
}

/// How it was made, and how good it would have been.
fn basis(line: &ForecastLine) -> String {
    let season = if line.method == "weekly_smoothing" { " with a season of a week" } else { "" };
    let tested = match (line.mape_percent, line.naive_mape_percent) {
        (Some(own), Some(naive)) => format!(
            "asked at earlier days it missed the days to come by {} % in the mean, where repeating the last week missed them by {} %",
            own.to_fixed(1),
            naive.to_fixed(1)
        ),
        _ => "history is too short to test it on earlier days".to_owned(),
    };
    format!("Exponential smoothing{season}, from {} days; {tested}.", line.days_of_history)
}

fn anomalies_table(found: &Anomalies) -> Table {
    let as_of = found.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    let through = found.through.map_or(String::new(), |day| format!(" · through {day}"));
    let title = format!("Anomalies {}{through} · {} cost · as of {as_of}", found.period, found.cost);
    let by = found.by.to_string();
    let mut table = Table::new(title, &[&by, "Days", "Currency", ">Cost", ">Expected", ">Beyond", ">Deviations", "Most of it"]);
    for one in &found.anomalies {
        table.row(vec![
            Cell::text(&one.name),
            Cell::text(days(one)),
            Cell::text(one.currency.to_string()),
            Cell::money(one.actual),
            Cell::money(one.expected),
            Cell::money(one.impact),
            Cell::figure(one.deviations.clone(), one.deviations.clone()),
            Cell::text(causes(one)),
        ]);
    }
    let judged = format!("{} series were looked at, each day beside what the days before it let expect", found.judged);
    match found.anomalies.len() {
        0 => table.note(format!("Nothing stood out: {judged}.")),
        _ => table.note(format!("{judged}.")),
    }
    if !found.too_short.is_empty() {
        table.note(format!("Fewer than three weeks of history, so nothing can be said of: {}.", found.too_short.join(", ")));
    }
    table
}

fn days(one: &CostAnomaly) -> String {
    if one.first == one.last { one.first.to_string() } else { format!("{} to {}", one.first, one.last) }
}

fn causes(one: &CostAnomaly) -> String {
    let cause = |cause: &farthing_application::AnomalyCause| format!("{} {}", cause.name, grouped(&cause.impact.to_fixed(2)));
    one.causes.iter().map(cause).collect::<Vec<_>>().join(", ")
}
