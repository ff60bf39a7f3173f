//! What people do with a recommendation: `farthing recommendations approve …` and the others

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use clap::Args;
use farthing_application::{
    Applied, Permission, RecommendationAction, RecommendationStanding, RecommendationState, RecommendationStep,
};
use farthing_types::{Amount, Money, UnitId};

use crate::cli::ActorArgs;
use crate::commands::Context;
use crate::commands::plan_export::{self, PlanForm};
use crate::commands::recommendation_shadow;
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The id that `plan` printed
    id: String,
    /// Why, for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    by: ActorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// A step that needs a reason.
#[derive(Debug, Args)]
pub struct SayArgs {
    /// The id that `plan` printed
    pub(super) id: String,
    /// Why, in writing
    #[arg(long)]
    pub(super) reason: String,
    #[command(flatten)]
    pub(super) by: ActorArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The id that `plan` printed
    id: String,
    /// Only this unit, once for each; all that are left without it
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<UnitId>,
    /// The form of the files; without it the one that is usual for the kind of plan
    #[arg(long = "as", value_enum, value_name = "FORM")]
    form: Option<PlanForm>,
    /// The folder to write them into; it is made where it is missing
    #[arg(short = 'o', long = "output", value_name = "DIR", id = "output_folder")]
    folder: Utf8PathBuf,
    /// Why, for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    by: ActorArgs,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORM", id = "output_format")]
    format: Option<Format>,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The id that `plan` printed
    id: String,
    /// What was saved in a month, in the plan's currency; without it bills say what the plan's units cost before and after
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    saved: Option<Amount>,
    /// What it rests on, for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    by: ActorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The id that `plan` printed
    id: String,
    /// Why, in writing
    #[arg(long)]
    reason: String,
    /// The folder to write the files of the plan of before into, where there is one
    #[arg(short = 'o', long = "output", value_name = "DIR", id = "output_folder")]
    folder: Utf8PathBuf,
    #[command(flatten)]
    by: ActorArgs,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORM", id = "output_format")]
    format: Option<Format>,
}

impl From<ApproveArgs> for SayArgs {
    fn from(ApproveArgs { id, reason, by, output }: ApproveArgs) -> Self {
        Self { id, reason, by, output }
    }
}

/// Takes a step that is nothing but said.
pub async fn say(context: &Context, action: RecommendationAction, arguments: SayArgs) -> anyhow::Result<Status> {
    let SayArgs { id, reason, by, output } = arguments;
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, needed_for(action)).await?;
    let standing = farthing.decide_recommendation(&id, action, &reason, &by).await?;
    show(context, output, &id, &standing)
}

/// What whoever says it has to be allowed, as for the same step over the network.
fn needed_for(action: RecommendationAction) -> Permission {
    use RecommendationAction as A;
    match action {
        A::Comment | A::Challenge => Permission::Comment,
        A::Answer => Permission::Propose,
        _ => Permission::Approve,
    }
}

/// Applies a phase and writes its files.
pub async fn apply(context: &Context, arguments: ApplyArgs) -> anyhow::Result<Status> {
    let ApplyArgs { id, units, form, folder, reason, by, format } = arguments;
    let units: BTreeSet<UnitId> = units.into_iter().collect();
    let form = form.map(Into::into);
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, Permission::Propose).await?;
    let applied = farthing.apply_recommendation(&id, &units, form, &reason, &by).await?;
    plan_export::write(&folder, &applied.files)?;
    let output = OutputArgs { format, file: None }.or(&OutputArgs { file: None, ..context.output.clone() });
    output.show(&applied, || {
        let what = if applied.changed { "is applied" } else { "was applied before: these are its files again" };
        let mut all = vec![files(&applied, &folder, &format!("{} {what}.", phase(&applied)))];
        all.extend(tables(&id, &applied.standing));
        all
    })?;
    Ok(Status::Done)
}

/// Takes back what was applied and writes the files of before.
pub async fn roll_back(context: &Context, arguments: RollbackArgs) -> anyhow::Result<Status> {
    let RollbackArgs { id, reason, folder, by, format } = arguments;
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, Permission::Propose).await?;
    let taken = farthing.roll_back_recommendation(&id, &reason, &by).await?;
    plan_export::write(&folder, &taken.files)?;
    let output = OutputArgs { format, file: None }.or(&OutputArgs { file: None, ..context.output.clone() });
    output.show(&taken, || {
        let said = match &taken.restored {
            Some(before) => format!("{} is rolled back to recommendation {before}.", phase(&taken)),
            None => format!(
                "{} is rolled back. No recommendation was applied before it, so there are no files: what ran then is in the plan's `today`.",
                phase(&taken)
            ),
        };
        let mut all = vec![files(&taken, &folder, &said)];
        all.extend(tables(&id, &taken.standing));
        all
    })?;
    Ok(Status::Done)
}

/// Says what it brought.
pub async fn verify(context: &Context, arguments: VerifyArgs) -> anyhow::Result<Status> {
    let VerifyArgs { id, saved, reason, by, output } = arguments;
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, Permission::Approve).await?;
    let standing = farthing.verify_recommendation(&id, saved, &reason, &by).await?;
    show(context, output, &id, &standing)
}

/// Shows where it stands after a step.
pub(super) fn show(context: &Context, output: OutputArgs, id: &str, standing: &RecommendationStanding) -> anyhow::Result<Status> {
    output.or(&context.output).show(standing, || tables(id, standing))?;
    Ok(Status::Done)
}

fn phase(applied: &Applied) -> String {
    match applied.units.is_empty() {
        true => "The plan as a whole".to_owned(),
        false => applied.units.iter().map(UnitId::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn files(applied: &Applied, folder: &camino::Utf8Path, said: &str) -> Table {
    let mut table = Table::new("Files", &["File", ">Bytes"]);
    for file in &applied.files {
        table.row(vec![Cell::text(&file.name), Cell::count(file.text.len() as u64)]);
    }
    table.note(said);
    if !applied.files.is_empty() {
        table.note(format!("Written to {folder}, for whoever carries it out: nothing else was changed."));
    }
    table
}

/// Where a recommendation stands, and its history.
pub fn tables(id: &str, standing: &RecommendationStanding) -> Vec<Table> {
    let mut history = Table::new("History", &[">Step", "When", "Who", "What", "Why"]);
    for step in &standing.steps {
        history.row(vec![
            Cell::count(step.sequence),
            Cell::text(step.at.format("%Y-%m-%d %H:%MZ").to_string()),
            Cell::text(&step.by),
            Cell::text(told(step)),
            Cell::text(&step.reason),
        ]);
    }
    notes(id, standing).into_iter().for_each(|note| history.note(note));
    let mut all = vec![history];
    if !standing.units.is_empty() {
        all.insert(0, units(standing));
    }
    all
}

fn told(step: &RecommendationStep) -> String {
    let mut told = step.action.done().to_owned();
    let (details, until) = (&step.details, step.details.until);
    match (step.action, &details.assignee, &details.role) {
        (_, Some(person), _) => told += &format!(" to {person}"),
        (_, None, Some(role)) => told += &format!(" to the role {role}"),
        (RecommendationAction::Assign, None, None) => told += " to nobody any more",
        _ => {}
    }
    told += &until.map_or(String::new(), |until| format!(" until {}", until.format("%Y-%m-%d %H:%MZ")));
    if let Some(agreement) = &details.agreement {
        told += &format!(": {}", recommendation_shadow::outcome(agreement));
    }
    if !step.details.units.is_empty() {
        let units: Vec<&str> = step.details.units.iter().map(UnitId::as_str).collect();
        told += &format!(" for {}", units.join(", "));
    }
    if let Some(realised) = &step.details.realised {
        let shown = |of: Money| grouped(&of.amount.to_fixed(2));
        let promised = realised.promised.map_or(String::new(), |of| format!(" of {} promised", shown(of)));
        let between =
            realised.low.zip(realised.high).map(|(low, high)| format!(", between {} and {} (95 %)", shown(low), shown(high)));
        let (saved, between) = (shown(realised.saved), between.unwrap_or_default());
        told += &format!(
            ": {saved} {} a month saved{between}{promised} ({}: {})",
            realised.saved.currency, realised.basis, realised.compared
        );
    }
    told
}

fn units(standing: &RecommendationStanding) -> Table {
    let mut table = Table::new("Units", &["Unit", ">Approvals", "Applied", "Why not now"]);
    for unit in &standing.units {
        let since = unit.applied_at.map_or(Cell::none(), |at| Cell::text(at.format("%Y-%m-%d %H:%MZ").to_string()));
        let approvals = Cell::count(unit.approvals as u64);
        table.row(vec![Cell::text(unit.unit.as_str()), approvals, since, unit.closed.as_ref().map_or(Cell::none(), Cell::text)]);
    }
    table
}

/// Where it stands and what is next, a sentence each.
fn notes(id: &str, standing: &RecommendationStanding) -> Vec<String> {
    let mut notes = vec![format!("It is {}.", standing.state)];
    let until = standing.expires_at.map_or(String::new(), |at| format!(" until {}", at.format("%Y-%m-%d %H:%MZ")));
    if !standing.stale.is_empty() {
        notes.push(format!("Plan again: {}.", standing.stale.join("; ")));
    }
    if let Some(challenge) = &standing.challenge {
        notes.push(format!("{} challenged it: {}", challenge.by, challenge.reason));
    }
    notes.extend(standing.closed.clone());
    let is_over =
        matches!(standing.state, RecommendationState::Rejected | RecommendationState::RolledBack | RecommendationState::Expired);
    if let Some(given) = standing.assignment.as_ref().filter(|_| !is_over) {
        let until = given.until.map_or(String::new(), |at| format!(" until {}", at.format("%Y-%m-%d %H:%MZ")));
        notes.push(format!("{} is to deal with it{until}, as {} said.", given.to, given.by));
    }
    if let Some(next) = &standing.escalates {
        notes.push(format!("It goes to {} at {} where nobody answers.", next.to, next.at.format("%Y-%m-%d %H:%MZ")));
    }
    match standing.state {
        RecommendationState::Proposed | RecommendationState::Challenged => notes.push(needed(id, standing, &until)),
        RecommendationState::Approved | RecommendationState::Overridden => {
            notes.push(format!("It may be applied{until}: `farthing recommendations apply {id} -o DIR`."));
        }
        RecommendationState::Shadowed => notes.push(format!(
            "Nothing of it is applied. `farthing recommendations agreement {id}` says what it would have done, `resume` takes it out of shadow."
        )),
        RecommendationState::PartlyApplied => notes.push("The other units can have it, or it can be rolled back.".to_owned()),
        RecommendationState::Applied => notes.push("When the bill is there: `farthing recommendations verify`.".to_owned()),
        _ => {}
    }
    notes
}

fn needed(id: &str, standing: &RecommendationStanding, until: &str) -> String {
    let because = match standing.need.because.is_empty() {
        true => String::new(),
        false => format!(" ({})", standing.need.because.join(", ")),
    };
    let who = match (standing.may_approve.is_empty(), standing.proposed_by.is_empty()) {
        (false, _) => standing.may_approve.join(", "),
        (true, false) => format!("anybody with the right but {}", standing.proposed_by.join(", ")),
        (true, true) => "nobody, since it is not on record who made it".to_owned(),
    };
    let given = standing.approvals.iter().map(|approval| approval.by.as_str()).collect::<Vec<_>>().join(", ");
    let given = if given.is_empty() { String::new() } else { format!(", {given} approved") };
    format!(
        "{} of {} still to approve{until}{because}{given}. Who may: {who}. `farthing recommendations approve {id} --by NAME`",
        standing.still_needed, standing.need.approvers
    )
}
