//! `farthing recommendations …`

use clap::{Args, Subcommand};
use farthing_application::{Recommendation, RecommendationAction as Action};
use farthing_types::Money;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::commands::plan_export::{self, PlanExportArgs};
use crate::commands::recommendation_steps::{self, ApplyArgs, ApproveArgs, RollbackArgs, SayArgs, VerifyArgs, say};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with kept plans.
#[derive(Debug, Subcommand)]
pub enum RecommendationsCommand {
    /// List the plans that were kept, the newest first
    List(ListArgs),
    /// Show a kept plan: what speaks for it, what is still needed, what was done; with --format json all of it, as it was made
    Show(ShowArgs),
    /// Approve what somebody else proposed
    Approve(ApproveArgs),
    /// Refuse it for good
    Reject(SayArgs),
    /// Doubt it: what was approved before counts no more, and it waits for an answer
    Challenge(SayArgs),
    /// Answer a challenge, so that it can be approved again
    Answer(SayArgs),
    /// Approve it in spite of a challenge that nobody answered
    Override(SayArgs),
    /// Say something about it
    Comment(SayArgs),
    /// Mark an approved plan as applied, unit by unit, and write its files for whoever carries it out
    Apply(ApplyArgs),
    /// Say what it brought: from later bills, or as you know it
    Verify(VerifyArgs),
    /// Take back what was applied, and write the files of the plan of before
    Rollback(RollbackArgs),
    /// The same as `plan export`: a plan as files, whatever it stands at
    Export(PlanExportArgs),
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

/// Lists, shows, or takes a step.
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
                found.evidence.iter().for_each(|said| table.note(said));
                found.binding.iter().for_each(|said| table.note(format!("Binds: {said}")));
                table.note(format!("Made from {}.", found.line.input_hash));
                found.assumptions.iter().for_each(|said| table.note(format!("Assumed: {said}")));
                [vec![table], recommendation_steps::tables(&id, &found.standing)].concat()
            })?;
        }
        RecommendationsCommand::Approve(arguments) => return say(context, Action::Approve, arguments.into()).await,
        RecommendationsCommand::Reject(arguments) => return say(context, Action::Reject, arguments).await,
        RecommendationsCommand::Challenge(arguments) => return say(context, Action::Challenge, arguments).await,
        RecommendationsCommand::Answer(arguments) => return say(context, Action::Answer, arguments).await,
        RecommendationsCommand::Override(arguments) => return say(context, Action::Override, arguments).await,
        RecommendationsCommand::Comment(arguments) => return say(context, Action::Comment, arguments).await,
        RecommendationsCommand::Apply(arguments) => return recommendation_steps::apply(context, arguments).await,
        RecommendationsCommand::Verify(arguments) => return recommendation_steps::verify(context, arguments).await,
        RecommendationsCommand::Rollback(arguments) => return recommendation_steps::roll_back(context, arguments).await,
        RecommendationsCommand::Export(arguments) => return plan_export::run(context, arguments).await,
    }
    Ok(Status::Done)
}

fn list(found: &[Recommendation]) -> Table {
    let heads = ["Id", "Kind", "Made", "By", "Standing", "Status", "For", ">Cost now", ">Planned", ">Saved", "Until"];
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
            Cell::text(plan.proposed_by.join(", ")),
            Cell::text(plan.state.as_str()),
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
