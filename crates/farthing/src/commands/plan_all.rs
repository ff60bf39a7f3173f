//! `farthing plan all`

use std::time::Duration;

use clap::Args;
use farthing_application::{AllPlans, BudgetChoice, PlanAllQuery};
use farthing_types::{Amount, BillingPeriod, Money};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct PlanAllArgs {
    /// The month whose facts the plans rest on, as 2026-05; the newest one without it
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// Choose the steps that save the most for this much spent once: work, migrations, upfront payments
    #[arg(long, value_name = "AMOUNT")]
    budget: Option<Amount>,
    /// In any case stop each solve after this many seconds with the best plan so far, which its status says
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    time_limit: u64,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Plans everything, each step for what the steps before leave.
pub async fn run(context: &Context, arguments: PlanAllArgs) -> anyhow::Result<Status> {
    let PlanAllArgs { period, budget, time_limit, moment, output } = arguments;
    if time_limit == 0 || budget.is_some_and(|budget| budget < Amount::ZERO) {
        return Err(UsageError("--time-limit is at least a second, and --budget at least 0".to_owned()).into());
    }
    let query = PlanAllQuery { period, budget, time_limit: Duration::from_secs(time_limit) };
    let bar = context.progress.line();
    bar.set_message("planning, step by step");
    let plans = context.open_as_of(moment).await?.plan_all(&query).await?;
    bar.finish_and_clear();
    output.or(&context.output).show(&plans, || tables(&plans))?;
    Ok(Status::Done)
}

fn money(money: Option<Money>) -> Cell {
    money.map_or(Cell::none(), |money| Cell::money(money.amount))
}

/// The steps, the scorecard, and what a budget chooses.
pub fn tables(plans: &AllPlans) -> Vec<Table> {
    let title = format!("Plan of plans · {} months like {} · {}", plans.months, plans.period, plans.currency);
    let heads = ["Step", "What changes", ">Cost now", ">Planned", ">Saved", ">At least", ">At most", ">Possible", ">Spent once"];
    let mut steps = Table::new(title, &heads);
    for step in &plans.steps {
        steps.row(vec![
            Cell::text(step.step),
            Cell::text(step.does.clone()),
            money(step.cost_now),
            money(step.cost_planned),
            money(step.saved),
            money(step.saved_low),
            money(step.saved_high),
            money(step.possible),
            Cell::money(step.spent_once.amount),
        ]);
    }
    for step in &plans.steps {
        if let Some(why) = &step.left_out {
            steps.note(format!("{} is left out: {why}", step.step));
        }
    }
    let mut card = Table::new("Scorecard", &["", ">"]);
    card.row(vec![Cell::text("Saved by all steps"), Cell::money(plans.saved.amount)]);
    card.row(vec![Cell::text("At least"), Cell::money(plans.saved_low.amount)]);
    card.row(vec![Cell::text("At most"), Cell::money(plans.saved_high.amount)]);
    card.row(vec![Cell::text("No plan saves more than"), money(plans.possible)]);
    let short = plans.gap.map_or(Cell::none(), |gap| Cell::figure(format!("{:.1} %", gap * 100.0), gap.to_string()));
    card.row(vec![Cell::text("Short of that by"), short]);
    card.row(vec![Cell::text("Spent once"), Cell::money(plans.spent_once.amount)]);
    card.row(vec![
        Cell::text("Months until it has paid"),
        plans.payback_months.map_or(Cell::none(), |months| Cell::amount(months, 1)),
    ]);
    let mut tables = vec![steps, card];
    if let Some(choice) = &plans.budget {
        tables.extend(budget_tables(choice));
    }
    if let Some(last) = tables.last_mut() {
        plans.assumptions.iter().for_each(|said| last.note(format!("Assumed: {said}")));
        let again = plans.expires_at.format("%Y-%m-%d");
        last.note(match &plans.id {
            Some(id) => format!("Plan {id}, to be made again from {again}."),
            None => "As of an earlier moment; it was not made then, and is not kept.".to_owned(),
        });
    }
    tables
}

fn budget_tables(choice: &BudgetChoice) -> [Table; 2] {
    let title = format!("The most for {} spent once", grouped(&choice.budget.to_fixed(2)));
    let mut chosen = Table::new(title, &["Step", "Option", ">Saved", ">Spent once"]);
    for step in &choice.steps {
        chosen.row(vec![
            Cell::text(step.step.clone()),
            Cell::text(step.option.clone()),
            Cell::money(step.saved),
            Cell::money(step.spent),
        ]);
    }
    chosen.row(vec![Cell::text("All"), Cell::text(""), Cell::money(choice.saved), Cell::money(choice.spent)]);
    let mut frontier = Table::new("Other budgets", &[">Budget", ">Saved", ">Spent once"]);
    for at in &choice.frontier {
        let amount = |amount: Option<Amount>| amount.map_or(Cell::none(), Cell::money);
        frontier.row(vec![Cell::money(at.budget), amount(at.value), amount(at.spend)]);
    }
    [chosen, frontier]
}
