//! `farthing experiment …`

use clap::{Args, Subcommand};
use farthing_application::{
    AiBasis, ArmDifference, ArmsBy, Cluster, Experiment, ExperimentQuery, ShadowQuery, ShadowReport, Shown,
};
use farthing_types::{Amount, Cost, Window, WorkflowId};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table, grouped};

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// Two arms side by side: the difference in cost per decision and in errors, and whether it is shown
    Compare(CompareArgs),
    /// Models in shadow: how often they agree with what took effect
    Shadow(ShadowArgs),
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The workflow
    #[arg(long)]
    workflow: WorkflowId,
    /// Whole months as 2026-04-01/2026-06-01; the last month with charges without it
    #[arg(long)]
    window: Option<Window>,
    /// What tells the arms apart
    #[arg(long, default_value = "model", value_name = "model|version|actor|tag:NAME")]
    by: ArmsBy,
    /// The two values of it; not needed where there are just two
    #[arg(long, num_args = 2, value_names = ["FIRST", "SECOND"])]
    arms: Option<Vec<String>>,
    /// What is independent: single decisions, or days where decisions of a day share what makes them dear
    #[arg(long, default_value = "decision", value_name = "decision|day")]
    cluster: Cluster,
    /// How many decisions (or days) the experiment is planned for, chosen before it [default: 10000 decisions, 60 days]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    planned: Option<u64>,
    /// Which of the bill's four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    cost: Cost,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ShadowArgs {
    /// The workflow
    #[arg(long)]
    workflow: WorkflowId,
    /// Days as 2026-05-01/2026-06-01
    #[arg(long)]
    window: Window,
    /// How many pairs are planned, chosen before [default: 1000]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    planned: Option<u64>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Compares.
pub async fn run(context: &Context, command: ExperimentCommand) -> anyhow::Result<Status> {
    match command {
        ExperimentCommand::Compare(arguments) => {
            let CompareArgs { workflow, window, by, arms, cluster, planned, cost, moment, output } = arguments;
            let arms = arms.and_then(|arms| <[String; 2]>::try_from(arms).ok());
            let query = ExperimentQuery { workflow, window, cost, by, arms, cluster, planned };
            let found = context.open_as_of(moment).await?.experiment(&query).await?;
            output.or(&context.output).show(&found, || vec![arms_table(&found), difference_table(&found)])?;
        }
        ExperimentCommand::Shadow(arguments) => {
            let ShadowArgs { workflow, window, planned, moment, output } = arguments;
            let found = context.open_as_of(moment).await?.shadows(&ShadowQuery { workflow, window, planned }).await?;
            output.or(&context.output).show(&found, || vec![shadows_table(&found)])?;
        }
    }
    Ok(Status::Done)
}

fn percent(share: Amount) -> Cell {
    let percent = share.checked_mul(Amount::from_int(100)).unwrap_or_default();
    Cell::figure(format!("{} %", percent.to_fixed(2)), share.to_string())
}

fn arms_table(found: &Experiment) -> Table {
    let title = format!(
        "{} · {} · arms by {} · {} to {}",
        found.workflow,
        found.currency,
        found.by,
        found.from.format("%Y-%m-%d"),
        found.to.format("%Y-%m-%d")
    );
    let heads = ["Arm", ">Decisions", ">Wrong", ">AI", ">Beyond", ">Handling", ">Review", ">Errors", ">Total", ">Per decision"];
    let mut table = Table::new(title, &heads);
    for arm in &found.arms {
        table.row(vec![
            Cell::text(&arm.name),
            Cell::count(arm.decisions),
            percent(arm.error_rate),
            Cell::money(arm.ai),
            Cell::money(arm.ai_difference),
            Cell::money(arm.handling),
            Cell::money(arm.review),
            Cell::money(arm.errors),
            Cell::money(arm.total),
            Cell::amount(arm.per_decision, 4),
        ]);
    }
    let ai = &found.ai;
    let two = |amount: Amount| grouped(&amount.to_fixed(2));
    let by = match ai.basis {
        AiBasis::OwnModel => "each decision by the usage of its own model",
        AiBasis::Calls => "the bill shared by inference calls",
        AiBasis::Decisions => "the bill shared by decisions",
    };
    table.note(format!(
        "AI: {by}. Arms {} + others {} + beyond, shared by decisions, {} = billed {}.",
        two(ai.arms),
        two(ai.others),
        two(ai.difference),
        two(ai.billed)
    ));
    table
}

fn difference_table(found: &Experiment) -> Table {
    let names: Vec<&str> = found.arms.iter().map(|arm| arm.name.as_str()).collect();
    let heads = ["Difference", ">Is", ">From", ">To", "Verdict", ">First shown after"];
    let mut table = Table::new(names.join(" less "), &heads);
    let mut row = |name: &str, difference: &ArmDifference, cell: &dyn Fn(Amount) -> Cell| {
        let bound = |bound: Option<Amount>| bound.map_or(Cell::none(), cell);
        table.row(vec![
            Cell::text(name),
            cell(difference.difference),
            bound(difference.low),
            bound(difference.high),
            Cell::text(if difference.verdict == Shown::Shown { "shown" } else { "not shown" }),
            difference.first_shown_after.map_or(Cell::none(), Cell::count),
        ]);
    };
    row("cost per decision", &found.cost, &|amount| Cell::amount(amount, 4));
    row("error rate", &found.error_rate, &percent);
    let unit = if found.cluster == Cluster::Day { "days" } else { "decisions" };
    table.note(format!("{} {unit}, planned {}. {}.", found.clusters, found.tuned_for, found.method));
    found.notes.iter().for_each(|note| table.note(format!("{note}.")));
    table
}

fn shadows_table(found: &[ShadowReport]) -> Table {
    let title = found.first().map_or(String::new(), |first| format!("{} · decisions in shadow", first.workflow));
    let heads = [
        "In shadow",
        ">Pairs",
        ">Agree",
        ">From",
        ">To",
        ">Wrong in effect",
        ">of these decided otherwise",
        ">Sound and decided otherwise",
        ">Not compared",
    ];
    let mut table = Table::new(title, &heads);
    for shadow in found {
        let share = |share: Option<Amount>| share.map_or(Cell::none(), percent);
        table.row(vec![
            Cell::text(&shadow.shadow),
            Cell::count(shadow.pairs),
            share(shadow.agreement),
            share(shadow.low),
            share(shadow.high),
            Cell::count(shadow.real_wrong),
            Cell::count(shadow.real_wrong_and_shadow_differs),
            Cell::count(shadow.real_sound_and_shadow_differs),
            Cell::count(shadow.not_compared),
        ]);
        for way in shadow.differences.iter().take(5) {
            table.note(format!("{}: {} where {} took effect, {} times.", shadow.shadow, way.shadow, way.real, way.pairs));
        }
    }
    if let Some(first) = found.first() {
        table.note(format!("{}.", first.method));
    }
    table
}
