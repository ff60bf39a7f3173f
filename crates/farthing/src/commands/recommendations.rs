//! `farthing recommendations …`

use clap::{Args, Subcommand};
use farthing_application::{Recommendation, RecommendationAction as Action, RecommendationsQuery};
use farthing_types::Money;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::commands::plan_export::{self, PlanExportArgs};
use crate::commands::recommendation_shadow::{self, AssignArgs, ObserveArgs, ShadowArgs};
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
    /// Give it to somebody to deal with, or to nobody any more
    Assign(AssignArgs),
    /// Let it run in shadow: nothing is applied, and what it would have done is held beside what is done
    Shadow(ShadowArgs),
    /// Say what it would have done beside what was done: how far both agree, what each costs, what cannot be told
    Agreement(ShowArgs),
    /// Put on record what was done while it ran in shadow: as bills and decisions say, or as you know it
    Observe(ObserveArgs),
    /// Take it out of shadow: it waits for approval again
    Resume(ApproveArgs),
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
    /// Only those that you are to deal with: assigned to you, or gone to you or to a role of yours when nobody answered
    #[arg(long)]
    mine: bool,
    /// The same for somebody else
    #[arg(long, value_name = "NAME", conflicts_with = "mine")]
    assigned_to: Option<String>,
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
        RecommendationsCommand::List(ListArgs { kind, mine, assigned_to, moment, output }) => {
            let assigned_to = assigned_to.or_else(|| mine.then(|| context.actor().to_owned()));
            let query = RecommendationsQuery { kind, assigned_to };
            let found = context.open_as_of(moment).await?.recommendations(&query).await?;
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
        RecommendationsCommand::Assign(arguments) => return recommendation_shadow::assign(context, arguments).await,
        RecommendationsCommand::Shadow(arguments) => return recommendation_shadow::shadow(context, arguments).await,
        RecommendationsCommand::Agreement(ShowArgs { id, moment, output }) => {
            let report = context.open_as_of(moment).await?.shadow_report(&id).await?;
            output.or(&context.output).show(&report, || recommendation_shadow::tables(&report))?;
        }
        RecommendationsCommand::Observe(arguments) => return recommendation_shadow::observe(context, arguments).await,
        RecommendationsCommand::Resume(arguments) => return recommendation_shadow::resume(context, arguments.into()).await,
        RecommendationsCommand::Apply(arguments) => return recommendation_steps::apply(context, arguments).await,
        RecommendationsCommand::Verify(arguments) => return recommendation_steps::verify(context, arguments).await,
        RecommendationsCommand::Rollback(arguments) => return recommendation_steps::roll_back(context, arguments).await,
        RecommendationsCommand::Export(arguments) => return plan_export::run(context, arguments).await,
    }
    Ok(Status::Done)
}

/// Who is to deal with it: a person before a role.
fn with_whom(plan: &Recommendation) -> Option<String> {
    let person = plan.assignment.as_ref().map(|assignment| assignment.to.clone());
    person.or_else(|| plan.escalated.as_ref().map(|gone| gone.whom()))
}

fn list(found: &[Recommendation]) -> Table {
    let heads = ["Id", "Kind", "Made", "By", "Standing", "With", "Status", "For", ">Cost now", ">Planned", ">Saved", "Until"];
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
            with_whom(plan).map_or(Cell::none(), Cell::text),
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
