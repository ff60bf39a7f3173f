//! `farthing provider …`

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use farthing_application::{
    CommitmentFigures, CommitmentUse, Farthing, ForecastBeside, ProviderAnomalies, ProviderForecasts, ProviderQuery,
};
use farthing_types::{Amount, BillingPeriod, SourceName};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What providers say beside their bills.
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// How savings plans and reservations were used, and what they covered
    Commitments(CommitmentArgs),
    /// What the provider expects the rest of the month to cost, beside our own forecast of the same days
    Forecast(ProviderArgs),
    /// What the provider takes for unusual
    Anomalies(ProviderArgs),
}

#[derive(Debug, Args)]
pub struct CommitmentArgs {
    /// Each day, and not the month alone
    #[arg(long)]
    by_day: bool,
    #[command(flatten)]
    which: ProviderArgs,
}

#[derive(Debug, Args)]
pub struct ProviderArgs {
    /// The month, as 2026-05; without it the newest of each source, and for anomalies all months
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// Only this source, or part of one
    #[arg(long)]
    source: Option<SourceName>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints what providers say beside their bills.
pub async fn run(context: &Context, command: ProviderCommand) -> anyhow::Result<Status> {
    match command {
        ProviderCommand::Commitments(CommitmentArgs { by_day, which }) => {
            let (farthing, query, output) = which.open(context).await?;
            let found = farthing.provider_commitments(&query).await?;
            output.show(&found, || vec![commitments(&found, by_day)])?;
        }
        ProviderCommand::Forecast(which) => {
            let (farthing, query, output) = which.open(context).await?;
            let found = farthing.provider_forecasts(&query).await?;
            output.show(&found, || vec![forecasts(&found)])?;
        }
        ProviderCommand::Anomalies(which) => {
            let (farthing, query, output) = which.open(context).await?;
            let found = farthing.provider_anomalies(&query).await?;
            output.show(&found, || vec![anomalies(&found)])?;
        }
    }
    Ok(Status::Done)
}

impl ProviderArgs {
    async fn open(self, context: &Context) -> anyhow::Result<(Farthing, ProviderQuery, OutputArgs)> {
        let query = ProviderQuery { period: self.period, source: self.source };
        Ok((context.open_as_of(self.moment).await?, query, self.output.or(&context.output)))
    }
}

fn money(amount: Option<Amount>) -> Cell {
    amount.map_or_else(Cell::none, Cell::money)
}

fn day(day: Option<NaiveDate>) -> Cell {
    day.map_or_else(Cell::none, |day| Cell::text(day.to_string()))
}

fn commitments(found: &CommitmentUse, by_day: bool) -> Table {
    let heads = [
        "Source",
        if by_day { "Day" } else { "Month" },
        "Commitment",
        "In",
        ">Committed",
        ">Used",
        ">Unused",
        ">Use %",
        ">Covered",
        ">On demand",
        ">Coverage %",
        ">Saved USD",
    ];
    let mut table = Table::new("What commitments did, by the provider's reckoning", &heads);
    for month in &found.months {
        let mut row = |when: String, figures: &CommitmentFigures| {
            let mut cells = vec![
                Cell::text(month.source.to_string()),
                Cell::text(when),
                Cell::text(month.kind),
                Cell::text(month.unit.clone()),
            ];
            let CommitmentFigures {
                committed,
                used,
                unused,
                utilisation_percent,
                covered,
                on_demand,
                coverage_percent,
                net_savings,
            } = figures;
            let figures = [committed, used, unused, utilisation_percent, covered, on_demand, coverage_percent, net_savings];
            cells.extend(figures.map(|figure| money(*figure)));
            table.row(cells);
        };
        match by_day {
            true => month.days.iter().for_each(|day| row(day.day.to_string(), &day.figures)),
            false => row(month.period.to_string(), &month.figures),
        }
    }
    for month in &found.months {
        let stated = month.stated_at.format("%Y-%m-%d %H:%MZ");
        table.note(format!("{} {} {}: {} days, stated {stated}.", month.source, month.period, month.kind, month.days.len()));
    }
    table.note("Used and unused are what was committed to. None of these figures is part of a statement.");
    table
}

fn forecasts(found: &ProviderForecasts) -> Table {
    let heads = ["Source", "Days", "In", "Who", ">Expected", ">From", ">To", ">Interval %"];
    let mut table = Table::new("What the rest of the month is expected to cost, as the invoice has it", &heads);
    for one in &found.forecasts {
        let ForecastBeside { source, from, to, currency, ours, .. } = one;
        let days = format!("{from} to {}", to.pred_opt().unwrap_or(*to));
        let mut row = |who: &str, figures: [Option<Amount>; 3], percent: Option<u8>| {
            let mut cells =
                vec![Cell::text(source.to_string()), Cell::text(days.clone()), Cell::text(currency.to_string()), Cell::text(who)];
            cells.extend(figures.map(money));
            cells.push(percent.map_or_else(Cell::none, |percent| Cell::count(percent.into())));
            table.row(cells);
        };
        let provider = [Some(one.provider), Some(one.provider_low), Some(one.provider_high)];
        row("provider", provider, Some(one.provider_interval_percent));
        if let Some(ours) = ours {
            row("ours", [Some(ours.total), ours.low, ours.high], ours.low.map(|_| ours.interval_percent));
        }
        if let Some(came) = one.came {
            row("it came to", [Some(came), None, None], None);
        }
    }
    for one in &found.forecasts {
        let stated = one.stated_at.format("%Y-%m-%d %H:%MZ");
        let learned = match &one.ours {
            Some(ours) => {
                let off = ours.mape_percent.map(|off| format!(", off by {off} % on average at earlier days")).unwrap_or_default();
                format!("; ours is from the {} days of this source before{off}", ours.days_of_history)
            }
            None => String::new(),
        };
        table.note(format!("{} {}: the provider said so {stated}{learned}.", one.source, one.period));
        one.notes.iter().for_each(|note| table.note(format!("{} {}: {note}.", one.source, one.period)));
    }
    table.note("Each is a forecast by itself, of the same days from what was known on the same morning.");
    table
}

fn anomalies(found: &ProviderAnomalies) -> Table {
    let heads = ["Source", "From", "To", "About", ">Impact USD", ">Actual", ">Expected", "Causes", "Feedback"];
    let mut table = Table::new("What the provider takes for unusual", &heads);
    for one in &found.anomalies {
        table.row(vec![
            Cell::text(one.source.to_string()),
            day(one.from),
            day(one.to),
            Cell::text(one.about.clone()),
            Cell::money(one.impact),
            money(one.actual),
            money(one.expected),
            Cell::text(one.causes.join("; ")),
            Cell::text(one.feedback.clone().unwrap_or_default()),
        ]);
    }
    if found.anomalies.is_empty() {
        table.note("It takes nothing for unusual.");
    }
    table.note(format!("Looked at: {}.", found.looked_at.join(", ")));
    table.note("Impacts are the provider's estimates, and part of no statement.");
    table
}
