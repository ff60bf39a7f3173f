//! `farthing unit-cost`

use farthing_application::{Actor, Basis, CostPerDecision, ErrorRate, UnitCost, UnitCostQuery, Volume};
use farthing_types::Amount;

use crate::cli::UnitCostArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Table, grouped};

/// Prints the cost per decision of each workflow.
pub async fn run(context: &Context, arguments: UnitCostArgs) -> anyhow::Result<Status> {
    let query = UnitCostQuery { workflow: arguments.workflow, window: arguments.window, cost: arguments.cost };
    let report = context.open_as_of(arguments.moment).await?.unit_cost(&query).await?;
    arguments.output.or(&context.output).show(&report, || tables(&report))?;
    Ok(Status::Done)
}

/// One table a workflow.
pub fn tables(report: &[UnitCost]) -> Vec<Table> {
    report.iter().map(table).collect()
}

fn table(workflow: &UnitCost) -> Table {
    let days = workflow.to - workflow.from;
    let rate = workflow
        .loaded_rate
        .as_ref()
        .map(|rate| format!(" · {} {}/h", workflow.role.as_deref().unwrap_or("people"), grouped(&rate.per_hour.to_fixed(2))));
    let title = format!(
        "{} · {} · {} days from {}{}",
        workflow.workflow,
        workflow.currency,
        days.num_days(),
        workflow.from.format("%Y-%m-%d"),
        rate.unwrap_or_default()
    );
    let mut table = Table::new(
        title,
        &["By", "Model", ">Decisions", ">Wrong", ">Per decision", ">95 % interval", ">Per sound decision", "Cheaper than people"],
    );
    for arm in &workflow.arms {
        let by = match arm.actor {
            Actor::Ai => "AI",
            Actor::AiThenPerson => "AI, then person",
            Actor::Person => "Person",
        };
        let interval = arm.interval.as_ref().map(|i| format!("{} to {}", i.low.to_fixed(4), i.high.to_fixed(4)));
        table.row(vec![
            Cell::text(by),
            Cell::text(arm.model.as_ref().map(ToString::to_string).unwrap_or_default()),
            counted(arm),
            wrong(arm),
            Cell::amount(arm.per_decision, 4),
            interval.map_or(Cell::none(), |text| Cell::figure(text.clone(), text)),
            arm.per_sound_decision.map_or(Cell::none(), |amount| Cell::amount(amount, 4)),
            Cell::text(break_even(arm)),
        ]);
    }
    for arm in workflow.arms.iter().filter(|arm| !arm.not_included.is_empty()) {
        table.note(format!("{} leaves out: {}.", arm.actor.as_str(), arm.not_included.join("; ")));
    }
    if let Some(measured) = &workflow.measured_handling {
        table.note(format!("People's handling: {} min, {}.", measured.minutes.to_fixed(2), measured.describe()));
    }
    let published = workflow.arms.iter().filter(|arm| arm.basis == Basis::Published).flat_map(|arm| arm.parts.first());
    published.for_each(|part| table.note(format!("People's cost is {}.", part.source)));
    workflow.notes.iter().for_each(|note| table.note(note));
    table
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
