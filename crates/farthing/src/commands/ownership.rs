//! `farthing tco`, `farthing systems …`

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use farthing_application::{DocumentKind, Fallback, LineCost, Ownership, OwnershipQuery, SystemCost};
use farthing_types::{Amount, BillingPeriod, Cost, round_to_total};

use crate::cli::AsOfArgs;
use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct OwnershipArgs {
    /// Only this system; claims are settled among all of them
    system: Option<String>,
    /// The billing period, as 2026-05; the newest one without it
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// Which of the bill's four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    cost: Cost,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What to do with the systems document.
#[derive(Debug, Subcommand)]
pub enum SystemsCommand {
    /// Say all that is wrong with a systems document (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a systems document and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the document in force
    Show,
}

/// Checks, publishes or prints the systems document.
pub async fn systems(context: &Context, command: SystemsCommand) -> anyhow::Result<Status> {
    match command {
        SystemsCommand::Check { file } => ingest::check_document(context, DocumentKind::Systems, &file),
        SystemsCommand::Publish { file } => ingest::document(context, DocumentKind::Systems, &file).await,
        SystemsCommand::Show => ingest::show_document(context, DocumentKind::Systems).await,
    }
}

/// Prints what systems cost. Status 2 where the proof does not hold.
pub async fn run(context: &Context, arguments: OwnershipArgs) -> anyhow::Result<Status> {
    let OwnershipArgs { system, period, cost, moment, output } = arguments;
    let report = context.open_as_of(moment).await?.ownership(&OwnershipQuery { period, system, cost }).await?;
    output.or(&context.output).show(&report, || tables(&report, cost))?;
    Ok(if report.difference.is_zero() { Status::Done } else { Status::Differences })
}

/// One table a system, the proof below the last.
pub fn tables(report: &Ownership, cost: Cost) -> Vec<Table> {
    let mut tables: Vec<Table> = report.systems.iter().map(|system| table(report, system, cost)).collect();
    if let Some(last) = tables.last_mut() {
        tie_out(last, report);
    }
    tables
}

fn table(report: &Ownership, system: &SystemCost, cost: Cost) -> Table {
    let owner = system.owner.as_ref().map(|owner| format!(" · {owner}")).unwrap_or_default();
    let title = format!("{} · {} · {} · {cost} cost{owner}", system.name, report.period, report.currency);
    let mut table = Table::new(title, &["Line", "For", ">Cost", ">On the bill", ">Later months", ">Earlier months", "Source"]);
    // What is printed adds up, column by column.
    let rounded = |of: fn(&LineCost) -> Amount| {
        let exact: Vec<Amount> = system.lines.iter().map(of).collect();
        round_to_total(&exact, 2)
            .into_iter()
            .zip(exact)
            .map(|(shown, exact)| Cell::figure(grouped(&shown.to_fixed(2)), exact.to_string()))
    };
    let (mut costs, mut billed) = (rounded(|line| line.cost), rounded(|line| line.billed));
    let money = |amount: Amount| if amount.is_zero() { Cell::none() } else { Cell::money(amount) };
    for line in &system.lines {
        let source = match line.over_months {
            1 => line.source.clone(),
            months => format!("{} · over {months} months", line.source),
        };
        let (cost, on_bill) = (costs.next().unwrap_or_default(), billed.next().unwrap_or_default());
        table.row(vec![
            Cell::text(line.id.clone()),
            Cell::text(line.kind.as_str()),
            cost,
            if line.billed.is_zero() { Cell::none() } else { on_bill },
            money(-line.deferred),
            money(line.earlier),
            Cell::text(source),
        ]);
    }
    let deferred: Amount = system.lines.iter().map(|line| line.deferred).sum();
    let earlier: Amount = system.lines.iter().map(|line| line.earlier).sum();
    table.total = Some(vec![
        Cell::text("Total"),
        Cell::text(""),
        Cell::money(system.total),
        Cell::money(system.billed),
        money(-deferred),
        money(earlier),
        Cell::text(""),
    ]);
    if let Some(fallback) = &system.fallback {
        fallback_notes(&mut table, fallback, &report.currency.to_string());
    }
    table
}

fn fallback_notes(table: &mut Table, fallback: &Fallback, currency: &str) {
    let one = |amount: Amount| grouped(&amount.to_fixed(1));
    let two = |amount: Amount| grouped(&amount.to_fixed(2));
    table.note(format!(
        "An hour without it: {} {currency} of people: {} decisions × {} minutes take {} of them ({} {currency}/h as {}).",
        two(fallback.cost_per_hour),
        one(fallback.decisions_per_hour),
        one(fallback.handling_minutes),
        one(fallback.people_per_hour),
        two(fallback.rate_per_hour),
        fallback.role,
    ));
    table.note(format!(
        "The busiest hour, {}: {} {currency}, {} decisions, {} people.",
        fallback.busiest_hour.format("%Y-%m-%d %H:%MZ"),
        two(fallback.busiest_cost),
        grouped(&fallback.busiest_decisions.to_string()),
        one(fallback.busiest_people),
    ));
    if let (Some(people), Some(mean), Some(busiest)) = (fallback.people_on_hand, fallback.left_per_hour, fallback.left_in_busiest)
    {
        table.note(format!(
            "With the {people} people on hand, {} decisions of a mean hour and {} of the busiest are left undone.",
            one(mean),
            one(busiest)
        ));
    }
}

/// The proof in words: claimed + unclaimed = the statements.
fn tie_out(table: &mut Table, report: &Ownership) {
    let two = |amount: Amount| grouped(&amount.to_fixed(2));
    table.note(format!(
        "Of the bill, all systems claim {} and none {} = what the statements of their {} units say: {}. Difference {}.",
        two(report.claimed),
        two(report.unclaimed_total),
        report.units.len(),
        two(report.statement_total),
        report.difference
    ));
    let mut largest: Vec<_> = report.unclaimed.iter().collect();
    largest.sort_by_key(|line| std::cmp::Reverse(line.amount.abs()));
    let said: Vec<String> =
        largest.iter().take(5).map(|line| format!("{} of {} {}", line.name, line.unit, two(line.amount))).collect();
    if !said.is_empty() {
        let more = if report.unclaimed.len() > 5 { format!(" · {} more", report.unclaimed.len() - 5) } else { String::new() };
        table.note(format!("No line claims: {}{more}.", said.join(" · ")));
    }
    report.notes.iter().for_each(|note| table.note(format!("{note}.")));
}
