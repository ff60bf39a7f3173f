//! `farthing rules coverage`

use clap::Args;
use farthing_application::{CoverageLine, RuleCoverage};
use farthing_types::{Amount, BillingPeriod, Cost, Selection, Window, round_to_total};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, Format, Table};

#[derive(Debug, Args)]
pub struct CoverageArgs {
    /// The billing period, as 2026-05
    #[arg(long, required_unless_present = "window")]
    pub period: Option<BillingPeriod>,
    /// Days as 2026-05-01/2026-06-01 instead
    #[arg(long, conflicts_with = "period")]
    pub window: Option<Window>,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    #[command(flatten)]
    pub moment: AsOfArgs,
}

/// Prints what each rule sends to units, and why the rest is sent to none. Status 2 where that is not the bill.
pub async fn run(context: &Context, arguments: CoverageArgs) -> anyhow::Result<Status> {
    let selection = selection(arguments.period, arguments.window)?;
    let found = context.open_as_of(arguments.moment).await?.rule_coverage(selection, arguments.cost).await?;
    context.output.show(&found, || match context.output.form() {
        Format::Csv => vec![rows(&found)],
        _ => found.iter().map(table).collect(),
    })?;
    Ok(if found.iter().all(|coverage| coverage.difference.is_zero()) { Status::Done } else { Status::Differences })
}

/// The charges that are meant by the two options.
pub fn selection(period: Option<BillingPeriod>, window: Option<Window>) -> Result<Selection, UsageError> {
    match (period, window) {
        (_, Some(window)) => Ok(Selection::Window(window)),
        (Some(period), None) => Ok(Selection::Period(period)),
        (None, None) => Err(UsageError("name a --period or a --window".to_owned())),
    }
}

fn percent(tenths: Option<i64>) -> Cell {
    let Some(tenths) = tenths else { return Cell::none() };
    let exact = Amount::from_int(tenths).checked_div(Amount::from_int(10)).unwrap_or_default();
    Cell::figure(format!("{} %", exact.to_fixed(1)), exact.to_string())
}

fn rows(found: &[RuleCoverage]) -> Table {
    let heads = ["Currency", "Cost", "Kind", "Rule or reason", "Description", ">Amount", ">Percent of bill", ">Charges"];
    let mut table = Table::new("", &heads);
    for coverage in found {
        let mut add = |kind: &str, line: &CoverageLine| {
            let basis = [coverage.currency.to_string(), coverage.cost.to_string(), kind.to_owned(), line.name.clone()];
            let mut row = basis.map(Cell::text).to_vec();
            row.push(Cell::text(line.description.clone().unwrap_or_default()));
            row.extend([Cell::money(line.amount), percent(line.share_tenths), Cell::count(line.charges)]);
            table.row(row);
        };
        coverage.rules.iter().for_each(|line| add("rule", line));
        coverage.unattributed.iter().for_each(|line| add("reason", line));
    }
    table
}

fn table(coverage: &RuleCoverage) -> Table {
    let RuleCoverage { selection, currency, cost, .. } = coverage;
    let rules = coverage.rule_set.as_deref().map_or("no rules".to_owned(), |version| format!("rules {version}"));
    let title = format!("Coverage {selection} · {currency} · {cost} cost · {rules}");
    let mut table = Table::new(title, &["Rule", ">Amount", ">Of the bill", ">Charges"]);
    let matched = coverage.rules.iter().filter(|line| line.charges > 0);
    let lines: Vec<&CoverageLine> = matched.chain(&coverage.unattributed).collect();
    let amounts = round_to_total(&lines.iter().map(|line| line.amount).collect::<Vec<_>>(), 2);
    for (line, amount) in lines.iter().zip(amounts) {
        let name = match &line.description {
            None => line.name.clone(),
            Some(why) => format!("No unit: {why}"),
        };
        table.row(vec![Cell::text(name), Cell::money(amount), percent(line.share_tenths), Cell::count(line.charges)]);
    }
    let charges = lines.iter().map(|line| line.charges).sum();
    let all = Some(1000).filter(|_| !coverage.billed_total.is_zero());
    table.total = Some(vec![Cell::text("Billed"), Cell::money(coverage.billed_total), percent(all), Cell::count(charges)]);
    let attributed = percent(coverage.attributed_tenths).shown;
    table.note(format!("{attributed} is attributed. Rules + reasons = billed. Difference {}.", coverage.difference));
    let idle: Vec<&str> = coverage.rules.iter().filter(|line| line.charges == 0).map(|line| line.name.as_str()).collect();
    if !idle.is_empty() {
        table.note(format!("Rules that matched nothing: {}.", idle.join(", ")));
    }
    if let Some(largest) = coverage.unattributed.iter().find(|line| line.charges > 0) {
        let option = match selection {
            Selection::Period(period) => format!("--period {period}"),
            Selection::Window(window) => format!("--window {window}"),
        };
        table.note(format!(
            "The charges behind the largest reason: farthing chargeback {option} --cost {cost} --explain reason={}.",
            largest.name
        ));
    }
    table
}
