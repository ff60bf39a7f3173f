//! `farthing unit-cost`

use clap::Args;
use farthing_application::{
    Actor, Basis, Capacity, CostPerDecision, ErrorRate, Sensitivity, SliceBy, UnitCost, UnitCostQuery, Verdict, Volume,
};
use farthing_types::{Amount, Cost, Window, WorkflowId};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct UnitCostArgs {
    /// Only this workflow
    #[arg(long)]
    pub workflow: Option<WorkflowId>,
    /// Whole months as 2026-04-01/2026-06-01; the last month with charges without it
    #[arg(long)]
    pub window: Option<Window>,
    /// Which of the bill's four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    /// Tell decisions apart by their unit, the month, or the value of a tag
    #[arg(long, value_name = "unit|period|segment:TAG")]
    pub by: Option<SliceBy>,
    /// Show what the comparison with people rests on: each input moved by its interval, or by ± SHARE where it has none
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "0.1")]
    pub tornado: Option<Amount>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Prints the cost per decision of each workflow.
pub async fn run(context: &Context, arguments: UnitCostArgs) -> anyhow::Result<Status> {
    let UnitCostArgs { workflow, window, cost, by, tornado: sensitivity, moment, output } = arguments;
    let query = UnitCostQuery { workflow, window, cost, by, sensitivity };
    let report = context.open_as_of(moment).await?.unit_cost(&query).await?;
    output.or(&context.output).show(&report, || tables(&report))?;
    Ok(Status::Done)
}

/// One table a workflow, its slices below each other; and one an arm for what the comparison rests on.
pub fn tables(report: &[UnitCost]) -> Vec<Table> {
    let of_workflow = report.chunk_by(|a, b| a.workflow == b.workflow);
    let comparisons = of_workflow.map(table);
    let tornados = report.iter().flat_map(|one| one.sensitivity.iter().map(move |arm| tornado(one, arm)));
    comparisons.chain(tornados).collect()
}

const HEADS: [&str; 10] = [
    "By",
    "Model",
    ">Decisions",
    ">Wrong",
    ">Per decision",
    ">95 % interval",
    ">Per sound decision",
    ">Saves",
    "Shown",
    "Cheaper than people",
];

fn table(slices: &[UnitCost]) -> Table {
    let workflow = &slices[0];
    let (from, to) = (workflow.from, slices.iter().map(|slice| slice.to).max().unwrap_or(workflow.to));
    let rate = workflow
        .loaded_rate
        .as_ref()
        .map(|rate| format!(" · {} {}/h", workflow.role.as_deref().unwrap_or("people"), grouped(&rate.per_hour.to_fixed(2))));
    let title = format!(
        "{} · {} · {} days from {}{}",
        workflow.workflow,
        workflow.currency,
        (to - from).num_days(),
        from.format("%Y-%m-%d"),
        rate.unwrap_or_default()
    );
    let by = workflow.slice.as_ref().map(|slice| slice.by.to_string());
    let heads: Vec<&str> = by.as_deref().into_iter().chain(HEADS).collect();
    let mut table = Table::new(title, &heads);
    for slice in slices {
        let name = slice.slice.as_ref().map(|slice| slice.value.clone().unwrap_or_else(|| "(not stated)".to_owned()));
        for arm in &slice.arms {
            let mut row: Vec<Cell> = name.iter().map(Cell::text).collect();
            row.extend(cells(arm));
            table.row(row);
        }
    }
    for slice in slices {
        let of = slice.slice.as_ref().map(|slice| format!("{slice}: ")).unwrap_or_default();
        for arm in slice.arms.iter().filter(|arm| !arm.not_included.is_empty()) {
            table.note(format!("{of}{} leaves out: {}.", arm.actor.as_str(), arm.not_included.join("; ")));
        }
        if let Some(capacity) = &slice.capacity {
            table.note(format!("{of}{}", decided_by(capacity)));
        }
    }
    if let Some(measured) = &workflow.measured_handling {
        table.note(format!("People's handling: {} min, {}.", measured.minutes.to_fixed(2), measured.describe()));
    }
    let published = workflow.arms.iter().filter(|arm| arm.basis == Basis::Published).flat_map(|arm| arm.parts.first());
    published.for_each(|part| table.note(format!("People's cost is {}.", part.source)));
    let mut notes: Vec<&String> = slices.iter().flat_map(|slice| &slice.notes).collect();
    notes.dedup();
    notes.into_iter().for_each(|note| table.note(note));
    table
}

fn cells(arm: &CostPerDecision) -> Vec<Cell> {
    let by = match arm.actor {
        Actor::Ai => "AI",
        Actor::AiThenPerson => "AI, then person",
        Actor::Person => "Person",
    };
    let interval = arm.interval.as_ref().map(|i| format!("{} to {}", i.low.to_fixed(4), i.high.to_fixed(4)));
    let saving = arm.against_people.as_ref();
    let shown = saving.map_or("", |saving| match saving.verdict {
        Verdict::Cheaper => "cheaper",
        Verdict::Dearer => "dearer",
        Verdict::NotShown => "not shown",
    });
    vec![
        Cell::text(by),
        Cell::text(arm.model.as_ref().map(ToString::to_string).unwrap_or_default()),
        counted(arm),
        wrong(arm),
        Cell::amount(arm.per_decision, 4),
        interval.map_or(Cell::none(), |text| Cell::figure(text.clone(), text)),
        arm.per_sound_decision.map_or(Cell::none(), |amount| Cell::amount(amount, 4)),
        saving.map_or(Cell::none(), |saving| Cell::amount(saving.saving_per_decision, 4)),
        Cell::text(shown),
        Cell::text(break_even(arm)),
    ]
}

/// Who decides, and the hours that frees.
fn decided_by(capacity: &Capacity) -> String {
    let percent = |share: Amount| format!("{} %", share.checked_mul(Amount::from_int(100)).unwrap_or_default().to_fixed(1));
    let mut text = format!(
        "Automation {}, augmentation {}, people alone {}",
        percent(capacity.automated_share),
        percent(capacity.augmented_share),
        percent(capacity.person_share)
    );
    if let (Some(hours), Some(minutes)) = (capacity.hours_freed, capacity.minutes_of_a_person) {
        let full_time = capacity.full_time_freed.map(|people| format!(", {} full-time people", people.to_fixed(2)));
        text += &format!(
            "; {} hours of people freed{} at their {} min a decision",
            grouped(&hours.to_fixed(1)),
            full_time.unwrap_or_default(),
            minutes.to_fixed(2)
        );
    }
    text + "."
}

/// What a saving rests on, the widest first.
fn tornado(of: &UnitCost, arm: &Sensitivity) -> Table {
    let slice = of.slice.as_ref().map(|slice| format!(" · {slice}")).unwrap_or_default();
    let model = arm.model.as_ref().map(|model| format!(" {model}")).unwrap_or_default();
    let title = format!(
        "{}{slice} · {}{model} saves {} {} a decision against people; one input moved at a time",
        of.workflow,
        arm.actor,
        arm.saving_per_decision.to_fixed(4),
        of.currency
    );
    let heads =
        ["Input", "Unit", ">Is", ">From", ">To", "Range", ">Saving from", ">Saving to", ">Swing", "Changes sign", "Swing, drawn"];
    let mut table = Table::new(title, &heads);
    let widest = arm.inputs.first().map_or(Amount::ZERO, |input| input.swing);
    for input in &arm.inputs {
        table.row(vec![
            Cell::text(&input.input),
            Cell::text(input.unit),
            Cell::amount(input.base, 4),
            Cell::amount(input.low, 4),
            Cell::amount(input.high, 4),
            Cell::text(&input.range),
            Cell::amount(input.saving_at_low, 4),
            Cell::amount(input.saving_at_high, 4),
            Cell::amount(input.swing, 4),
            Cell::text(if input.decides { "yes" } else { "" }),
            Cell::text(bar(input.swing, widest)),
        ]);
    }
    table
}

/// A bar of up to 20 characters.
fn bar(value: Amount, widest: Amount) -> String {
    let length = value.mul_div(Amount::from_int(20), widest).map_or(0, |length| length.atto() / Amount::ONE.atto());
    "█".repeat(usize::try_from(length.max(1)).unwrap_or(1))
}

/// How many decisions, or what else the figure rests on.
fn counted(arm: &CostPerDecision) -> Cell {
    match arm.basis {
        Basis::Measured => Cell::count(arm.decisions),
        Basis::Entered => Cell::figure("entered", "0"),
        Basis::EventLog => Cell::figure("event log", "0"),
        Basis::Published => Cell::figure("published", "0"),
    }
}

fn wrong(arm: &CostPerDecision) -> Cell {
    if arm.decisions == 0 {
        return Cell::none();
    }
    let count = |n: u64| Amount::from_int(i64::try_from(n).unwrap_or(i64::MAX));
    let share = count(arm.outcomes.wrong).mul_div(Amount::from_int(100), count(arm.decisions)).unwrap_or_default();
    Cell::figure(format!("{} %", share.to_fixed(1)), share.to_string())
}

/// The break-even volume, and the error rate it would bear.
fn break_even(arm: &CostPerDecision) -> String {
    let Some(found) = &arm.break_even else { return String::new() };
    let count = |n: u64| grouped(&n.to_string());
    let volume = match found.volume {
        Volume::Always => "at any volume".to_owned(),
        Volume::Never => "at no volume".to_owned(),
        Volume::AtLeast { decisions_per_month } => format!("from {} a month", count(decisions_per_month)),
        Volume::AtMost { decisions_per_month } => format!("up to {} a month", count(decisions_per_month)),
    };
    let errors = match found.error_rate {
        Some(ErrorRate::AtMost { rate }) => {
            let percent = rate.checked_mul(Amount::from_int(100)).unwrap_or_default();
            format!(", up to {} % wrong", percent.to_fixed(1))
        }
        _ => String::new(),
    };
    format!("{volume}{errors}")
}
