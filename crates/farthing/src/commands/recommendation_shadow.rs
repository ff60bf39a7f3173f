//! Who is to deal with a recommendation, and recommendations that run in shadow: `farthing recommendations assign …`, `shadow …`

use chrono::{DateTime, Utc};
use clap::Args;
use farthing_application::{Observation, Permission, PlanInShadow, ShadowAgreement};
use farthing_types::{Amount, Money, parse_moment};

use crate::cli::ActorArgs;
use crate::commands::Context;
use crate::commands::recommendation_steps::{SayArgs, show};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct AssignArgs {
    /// The id that `plan` printed
    id: String,
    /// Who is to deal with it
    #[arg(long, value_name = "NAME", required_unless_present = "nobody")]
    to: Option<String>,
    /// Nobody any more
    #[arg(long, conflicts_with_all = ["to", "until"])]
    nobody: bool,
    /// Until when, such as 2026-06-03T04:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    until: Option<DateTime<Utc>>,
    /// Why, for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    by: ActorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ShadowArgs {
    /// The id that `plan` printed
    id: String,
    /// Until when, such as 2026-06-03T04:00:00Z; until it is taken out of it without it
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    until: Option<DateTime<Utc>>,
    /// Why, for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    by: ActorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ObserveArgs {
    /// The id that `plan` printed
    id: String,
    /// How many hours, or decisions, were looked at; without any figure bills and decisions say
    #[arg(long, value_name = "NUMBER", requires = "agreed")]
    of: Option<Amount>,
    /// In how many of them it was as planned
    #[arg(long, value_name = "NUMBER", requires = "of")]
    agreed: Option<Amount>,
    /// What is counted; hours without it
    #[arg(long, value_name = "WORD", requires = "of")]
    counted: Option<String>,
    /// What was paid in that time, in the plan's currency
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    cost: Option<Amount>,
    /// From when on; since it runs in shadow without it
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    from: Option<DateTime<Utc>>,
    /// The first moment after it; as long as it ran in shadow without it
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    until: Option<DateTime<Utc>>,
    /// What it rests on, for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    by: ActorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Gives it to somebody.
pub async fn assign(context: &Context, arguments: AssignArgs) -> anyhow::Result<Status> {
    let AssignArgs { id, to, nobody: _, until, reason, by, output } = arguments;
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, Permission::Comment).await?;
    let standing = farthing.assign_recommendation(&id, to.as_deref(), until, &reason, &by).await?;
    show(context, output, &id, &standing)
}

/// Puts it in shadow.
pub async fn shadow(context: &Context, arguments: ShadowArgs) -> anyhow::Result<Status> {
    let ShadowArgs { id, until, reason, by, output } = arguments;
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, Permission::Propose).await?;
    let standing = farthing.shadow_recommendation(&id, until, &reason, &by).await?;
    show(context, output, &id, &standing)
}

/// Takes it out of shadow.
pub async fn resume(context: &Context, SayArgs { id, reason, by, output }: SayArgs) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, Permission::Propose).await?;
    let standing = farthing.resume_recommendation(&id, &reason, &by).await?;
    show(context, output, &id, &standing)
}

/// Puts on record what was done.
pub async fn observe(context: &Context, arguments: ObserveArgs) -> anyhow::Result<Status> {
    let ObserveArgs { id, of, agreed, counted, cost, from, until, reason, by, output } = arguments;
    let is_given = of.is_some() || cost.is_some();
    let given = is_given.then_some(Observation { from, until, counted, of, agreed, cost });
    let farthing = context.open().await?;
    let by = by.may_of_units(context, &farthing, Permission::Approve).await?;
    let standing = farthing.observe_recommendation(&id, given.as_ref(), &reason, &by).await?;
    show(context, output, &id, &standing)
}

/// What it would have done beside what was done, and what was put on record.
pub fn tables(report: &PlanInShadow) -> Vec<Table> {
    let found = &report.found;
    let heads = ["What", ">Compared", ">The same", ">Done", ">Planned", ">Both"];
    let mut table = Table::new("Planned in shadow, and done", &heads);
    for line in &found.lines {
        table.row(vec![
            Cell::text(line.name.clone()),
            Cell::count(line.compared),
            Cell::count(line.same),
            Cell::money(line.done),
            Cell::money(line.planned),
            Cell::money(line.agreed),
        ]);
    }
    table.note(format!("{}.", summary(found)));
    table.note(format!("Compared: {}.", found.compared));
    found.untold.iter().for_each(|said| table.note(format!("Not told: {said}")));
    let mut all = vec![table];
    if !report.recorded.is_empty() {
        let mut recorded = Table::new("On record", &["When", "Who", "What was found", "Why"]);
        for one in &report.recorded {
            recorded.row(vec![
                Cell::text(one.at.format("%Y-%m-%d %H:%MZ").to_string()),
                Cell::text(&one.by),
                Cell::text(summary(&one.agreement)),
                Cell::text(&one.reason),
            ]);
        }
        all.push(recorded);
    }
    all
}

fn percent(share: Amount) -> String {
    share.checked_mul(Amount::from_int(100)).unwrap_or_default().to_fixed(2)
}

/// What came out, for a line of the history; all of it is in the report.
pub fn outcome(found: &ShadowAgreement) -> String {
    let share = found.share.map_or("nothing can be told".to_owned(), |share| format!("{} % as planned", percent(share)));
    let difference = found.difference.map_or(String::new(), |money| {
        format!(", {} {} between paid and planned", grouped(&money.amount.to_fixed(2)), money.currency)
    });
    format!("{share}{difference} ({})", found.basis)
}

/// In a sentence.
pub fn summary(found: &ShadowAgreement) -> String {
    let day = |moment: DateTime<Utc>| moment.format("%Y-%m-%d %H:%MZ");
    let mut said = format!("{} to {}, {}", day(found.from), day(found.until), found.basis);
    if let (Some(share), Some(agreed), Some(of)) = (found.share, found.agreed, found.of) {
        let (agreed, of) = (grouped(&agreed.to_fixed(2)), grouped(&of.to_fixed(2)));
        said += &format!(": {} % as planned, {agreed} of {of} {}", percent(share), found.counted);
    }
    let money = |money: Option<Money>| money.map(|money| format!("{} {}", grouped(&money.amount.to_fixed(2)), money.currency));
    match (money(found.cost_done), money(found.cost_planned), money(found.difference)) {
        (Some(done), Some(planned), Some(difference)) => {
            said += &format!("; {done} was paid, {planned} planned, difference {difference}");
        }
        (Some(done), _, _) => said += &format!("; {done} was paid, what the plan would have cost is not known"),
        _ => {}
    }
    said
}
