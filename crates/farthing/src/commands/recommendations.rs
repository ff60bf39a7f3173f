//! `farthing recommendations …`

use clap::{Args, Subcommand};
use farthing_application::Recommendation;
use farthing_types::Money;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with kept plans.
#[derive(Debug, Subcommand)]
pub enum RecommendationsCommand {
    /// List the plans that were kept, the newest first
    List(ListArgs),
    /// Show a kept plan; with --format json all of it, as it was made
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this kind: fleet, commitments, contracts, storage, routing, portfolio or all
    #[arg(long)]
    kind: Option<String>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The id that `plan` printed
    id: String,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists or shows.
pub async fn run(context: &Context, command: RecommendationsCommand) -> anyhow::Result<Status> {
    match command {
        RecommendationsCommand::List(ListArgs { kind, moment, output }) => {
            let found = context.open_as_of(moment).await?.recommendations(kind.as_deref()).await?;
            output.or(&context.output).show(&found, || vec![list(&found)])?;
        }
        RecommendationsCommand::Show(ShowArgs { id, moment, output }) => {
            let found = context.open_as_of(moment).await?.recommendation(&id).await?;
            output.or(&context.output).show(&found, || {
                let mut table = list(std::slice::from_ref(&found.line));
                table.note(format!("Made from {}.", found.line.input_hash));
                found.assumptions.iter().for_each(|said| table.note(format!("Assumed: {said}")));
                vec![table]
            })?;
        }
    }
    Ok(Status::Done)
}

fn list(found: &[Recommendation]) -> Table {
    let heads = ["Id", "Kind", "Made", "Status", "For", ">Cost now", ">Planned", ">Saved", "Until"];
    let mut table = Table::new("Recommendations", &heads);
    let money = |money: Option<Money>| money.map_or(Cell::none(), |money| Cell::money(money.amount));
    for plan in found {
        let day = |moment: chrono::DateTime<chrono::Utc>| moment.format("%Y-%m-%d").to_string();
        let until = if plan.is_expired { format!("{}, expired", day(plan.expires_at)) } else { day(plan.expires_at) };
        let status = if plan.is_recommended { plan.status.clone() } else { format!("{}, not recommended", plan.status) };
        table.row(vec![
            Cell::text(plan.id.clone()),
            Cell::text(plan.kind.clone()),
            Cell::text(day(plan.created_at)),
            Cell::text(status),
            Cell::text(plan.span.clone()),
            money(plan.cost_now),
            money(plan.cost_planned),
            money(plan.saved),
            Cell::text(until),
        ]);
    }
    if found.is_empty() {
        table.note("Nothing is kept yet: `farthing plan fleet` or `farthing plan all` makes a plan.");
    }
    table
}
