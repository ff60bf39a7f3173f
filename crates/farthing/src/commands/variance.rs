//! `farthing variance`

use chrono::{DateTime, Utc};
use clap::Args;
use farthing_application::{Variance, VarianceBy, VarianceQuery, VarianceRow};
use farthing_types::{Amount, BillingPeriod, Cost, parse_moment, round_to_total};

use crate::cli::{AsOfArgs, ReportingArgs};
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table, grouped};

/// How many causes a table has; files have fifty.
const CAUSES: usize = 10;

#[derive(Debug, Args)]
pub struct VarianceArgs {
    /// The earlier billing period, as 2026-04
    pub from: BillingPeriod,
    /// The later billing period, as 2026-05
    pub to: BillingPeriod,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    /// The rows: units, or services
    #[arg(long, default_value = "unit", value_name = "unit|service")]
    pub by: VarianceBy,
    /// The earlier period as it was stated at this moment, such as when it was closed: facts and rules of then
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    pub from_as_of: Option<DateTime<Utc>>,
    #[command(flatten)]
    pub reporting: ReportingArgs,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Prints the bridge between two periods. Status 2 where its steps do not sum to the difference.
pub async fn run(context: &Context, arguments: VarianceArgs) -> anyhow::Result<Status> {
    let VarianceArgs { from, to, cost, by, from_as_of, reporting, moment, output } = arguments;
    let query = VarianceQuery { from, to, cost, by, from_as_of, reporting: reporting.wanted() };
    let found = context.open_as_of(moment).await?.variance(&query).await?;
    let output = output.or(&context.output);
    let tables = || match output.form() {
        Format::Csv => vec![lines(&found, by)],
        _ => found.iter().flat_map(|variance| tables(variance, by)).collect(),
    };
    match found.as_slice() {
        [one] => output.show(one, tables)?,
        several => output.show(&several, tables)?,
    }
    let closes = |variance: &Variance| variance.rows.iter().chain([&variance.total]).all(|row| row.difference.is_zero());
    Ok(if found.iter().all(closes) { Status::Done } else { Status::Differences })
}

fn heads(by: VarianceBy) -> [&'static str; 11] {
    let row = match by {
        VarianceBy::Unit => "Unit",
        VarianceBy::Service => "Service",
    };
    [row, ">Before", ">Price", ">Volume", ">Mix", ">Fees", ">Correction", ">Rules", ">Shared", ">FX", ">After"]
}

fn lines(found: &[Variance], by: VarianceBy) -> Table {
    let heads: Vec<&str> = ["From", "To", "Currency", "Cost"].into_iter().chain(heads(by)).collect();
    let mut table = Table::new("", &heads);
    for variance in found {
        let basis =
            [variance.from.to_string(), variance.to.to_string(), variance.currency.to_string(), variance.cost.to_string()];
        for row in &variance.rows {
            let steps = row.steps.named().map(|(_, step)| step);
            let amounts = [row.before].into_iter().chain(steps).chain([row.after]).map(Cell::money);
            let texts = basis.iter().cloned().chain([row.row.clone()]).map(Cell::text);
            table.row(texts.chain(amounts).collect());
        }
    }
    table
}

/// The amounts of a row, rounded so that what is before and the steps make what is after. Rates of currencies are a step where they did
/// anything.
fn shown(row: &VarianceRow, with_fx: bool) -> Vec<Cell> {
    let steps = row.steps.named().into_iter().filter(|(name, _)| with_fx || *name != "fx").map(|(_, step)| step);
    let parts: Vec<Amount> = [row.before].into_iter().chain(steps).collect();
    let cell = |amount: Amount| if amount.is_zero() { Cell::none() } else { Cell::money(amount) };
    round_to_total(&parts, 2).into_iter().chain([row.after]).map(cell).collect()
}

fn tables(variance: &Variance, by: VarianceBy) -> Vec<Table> {
    let Variance { from, to, currency, cost, total, .. } = variance;
    let with_fx = variance.rows.iter().any(|row| !row.steps.fx.is_zero());
    let heads: Vec<&str> = heads(by).into_iter().filter(|head| with_fx || *head != ">FX").collect();
    let mut table = Table::new(format!("Variance {from} to {to} · {currency} · {cost} cost"), &heads);
    let is_nothing = |row: &VarianceRow| {
        row.before.is_zero() && row.after.is_zero() && row.steps.named().iter().all(|(_, step)| step.is_zero())
    };
    for row in variance.rows.iter().filter(|row| !is_nothing(row)) {
        table.row([Cell::text(&row.row)].into_iter().chain(shown(row, with_fx)).collect());
    }
    table.total = Some([Cell::text("All")].into_iter().chain(shown(total, with_fx)).collect());
    if with_fx {
        table.note("All steps but FX are at the mean rates of the earlier period.");
    }
    table.note(format!("Before + steps = after, for each row. Change {}. Difference {}.", total.change, total.difference));
    if variance.causes.is_empty() {
        return vec![table];
    }
    let heads = ["Row", "Step", "Service", "SKU", ">Change", ">Quantity then", ">Now", ">Price then", ">Now", "Per"];
    let mut causes = Table::new("Largest causes of price and volume", &heads);
    for cause in variance.causes.iter().take(CAUSES) {
        let quantity = |quantity: Amount| Cell::figure(grouped(&quantity.to_fixed(2)), quantity.to_string());
        let price = |price: Option<Amount>| price.map_or_else(Cell::none, |price| Cell::amount(price, 6));
        causes.row(vec![
            Cell::text(&cause.row),
            Cell::text(cause.step),
            Cell::text(format!("{} ({})", cause.service, cause.source)),
            Cell::text(cause.sku.as_deref().unwrap_or("(all)")),
            Cell::money(cause.amount),
            quantity(cause.quantity_before),
            quantity(cause.quantity_after),
            price(cause.price_before),
            price(cause.price_after),
            Cell::text(&cause.pricing_unit),
        ]);
    }
    vec![table, causes]
}
