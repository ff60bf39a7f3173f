//! Cost per decision of each arm of a workflow, with parts that sum to it exactly.

mod arm;
mod capacity;
mod comparison;
mod drivers;
mod interval;
mod sensitivity;
mod share;
mod slice;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Currency, ModelId, Window, WorkflowId};
use serde::Serialize;
use utoipa::ToSchema;

pub use capacity::Capacity;
pub use comparison::{Comparison, Verdict};
pub use interval::{BootstrapCheck, Interval};
pub use sensitivity::{Sensitivity, SensitivityInput};
pub use slice::{Slice, SliceBy};

pub(crate) use self::interval::rounded;

use self::comparison::{Quality, compare};
use self::drivers::Drivers;
use crate::break_even::{BreakEven, Sides, break_even};
use crate::exact::{Fraction, count, fraction, months_in};
use crate::people::{LoadedRate, MeasuredHandling, WorkflowPeople};
use crate::{Actor, EconomicsError, Observations};

/// What a cost line pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CostPartKind)]
pub enum LineKind {
    /// Tokens, endpoints, GPUs.
    Inference,
    /// The share of what all workloads stand on.
    Platform,
    /// Data pipelines.
    Pipelines,
    /// Storage.
    Storage,
    /// Monitoring and evaluation.
    Monitoring,
    /// Training and retraining, amortised.
    Training,
    /// Licences and vendor contracts.
    Licences,
    /// Any other attributed cost.
    Other,
    /// People's time on the decision itself.
    Handling,
    /// People's time on checking it.
    Review,
    /// What wrong decisions cost.
    Errors,
}

/// A cost of the workflow's AI in the window, as the caller attributed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// Its name in the report.
    pub name: String,
    /// What it pays for.
    pub kind: LineKind,
    /// How much in the window, in the report's currency.
    pub amount: Amount,
    /// Where the figure comes from: a statement, a price list.
    pub source: String,
    /// True where it does not depend on the number of decisions: a reserved endpoint, the platform, monitoring.
    pub fixed: bool,
    /// The model it belongs to; none where all of the workflow's AI shares it.
    pub model: Option<ModelId>,
}

/// One part of a cost per decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostPart {
    /// Its name.
    pub name: String,
    /// What it pays for.
    pub kind: LineKind,
    /// How much in the window; the parts sum to the total exactly. Zero on an entered basis, which has no decisions.
    pub amount: Amount,
    /// How much for each decision; the parts sum to the cost per decision exactly.
    pub per_decision: Amount,
    /// True where it does not depend on the number of decisions.
    pub fixed: bool,
    /// Where the figure comes from.
    pub source: String,
}

/// What a figure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Decisions that were counted.
    Measured,
    /// Figures from the people file; no decision was counted.
    Entered,
    /// People's time in the cases of an event log; no decision was counted.
    EventLog,
    /// A published figure, cited; nothing was measured here.
    Published,
}

/// Decisions by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Outcomes {
    /// Stood.
    pub accepted: u64,
    /// Overridden by a person.
    pub overridden: u64,
    /// Found wrong.
    pub wrong: u64,
    /// Handed to a person.
    pub escalated: u64,
}

/// What a decision costs in one arm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostPerDecision {
    /// Who decides.
    pub actor: Actor,
    /// With which model.
    pub model: Option<ModelId>,
    /// What the figure rests on.
    pub basis: Basis,
    /// The currency of every amount here.
    pub currency: Currency,
    /// How many decisions (0 on an entered basis).
    pub decisions: u64,
    /// By how they ended.
    pub outcomes: Outcomes,
    /// The cost of all of them.
    pub total: Amount,
    /// Total ÷ decisions, rounded once.
    pub per_decision: Amount,
    /// Total ÷ decisions that were not wrong: the figure to compare at equal quality. None where there are none.
    pub per_sound_decision: Option<Amount>,
    /// The parts of both.
    pub parts: Vec<CostPart>,
    /// The interval of the cost per decision; none on an entered basis or for fewer than two decisions.
    pub interval: Option<Interval>,
    /// The interval of the cost per sound decision.
    pub sound_interval: Option<Interval>,
    /// Where this arm and people cost the same; none for people themselves or where no cost of people is known.
    pub break_even: Option<BreakEven>,
    /// What this arm saves against people, as the decisions are.
    pub against_people: Option<Comparison>,
    /// The same for each decision that was not wrong: at equal quality.
    pub against_people_sound: Option<Comparison>,
    /// The same without the cost of errors on either side: as if both erred alike.
    pub against_people_levelled: Option<Comparison>,
    /// What the figure leaves out because the input does not state it: it is a lower bound where this is not empty.
    pub not_included: Vec<String>,
    /// What to bear in mind: too few decisions, how lines were shared.
    pub notes: Vec<String>,
    #[serde(skip)]
    without_errors: Option<Interval>,
    #[serde(skip)]
    drivers: Drivers,
    #[serde(skip)]
    exact: Fraction,
    #[serde(skip)]
    exact_sound: Option<Fraction>,
    #[serde(skip)]
    error_cost_each: Option<Fraction>,
}

/// What a unit cost is taken of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The workflow.
    pub workflow: &'a WorkflowId,
    /// The window that decisions and lines are from.
    pub window: Window,
    /// The currency of the lines and of the report.
    pub currency: Currency,
    /// The decisions, one entry an arm.
    pub observations: &'a [Observations],
    /// The people, where a file speaks of this workflow.
    pub people: Option<&'a WorkflowPeople>,
    /// The cost of the AI in the window.
    pub lines: &'a [CostLine],
    /// How far each figure without an interval is moved to see what the comparison rests on: 0.1 is ± 10 %. None where nobody asks.
    pub sensitivity: Option<Amount>,
}

/// Cost per decision of a workflow: what `unit-cost --format json` prints for it. Amounts are decimal strings in `currency`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitCost {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Which of its decisions; all of them without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<Slice>,
    /// The first moment of the window.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
    /// The currency of every amount here.
    pub currency: Currency,
    /// Who the people are.
    pub role: Option<String>,
    /// What an hour of theirs costs.
    pub loaded_rate: Option<LoadedRate>,
    /// People's time for a decision as an event log measured it, where the people file names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_handling: Option<MeasuredHandling>,
    /// The arms: AI, AI then person, person; each by model.
    pub arms: Vec<CostPerDecision>,
    /// Who decides, and the capacity of people that is freed; none without decisions.
    pub capacity: Option<Capacity>,
    /// What the comparisons with people rest on, one an arm: where it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensitivity: Vec<Sensitivity>,
    /// Cost lines that no arm bears, because no decision was made with their model: arms and these sum to the lines given.
    pub unassigned: Vec<UnassignedLine>,
    /// What to bear in mind.
    pub notes: Vec<String>,
}

/// A cost line that no arm bears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UnassignedCost)]
pub struct UnassignedLine {
    /// Its name.
    pub name: String,
    /// The model it belongs to.
    pub model: Option<ModelId>,
    /// How much.
    pub amount: Amount,
    /// Where the figure comes from.
    pub source: String,
}

/// Below this many decisions an interval says so.
pub(crate) const FEW: u64 = 30;

/// The cost per decision of each arm: `(cost lines + handling + review + errors) ÷ decisions`.
///
/// Cost lines are shared among the AI's arms by inference calls where every decision states them, else by decisions (largest
/// remainder, exactly). People's time is valued at the loaded rate, each part rounded once. Where no decision of a person was
/// counted, the people file's handling time and error rate stand in, on an entered basis.
///
/// # Errors
/// [`EconomicsError`] where a figure does not fit, the people's currency is another, or the window holds no time.
pub fn unit_cost(input: &Input<'_>) -> Result<UnitCost, EconomicsError> {
    let mut whole = unit_costs(input, &[input.observations])?;
    Ok(whole.pop().expect("one group gives one report"))
}

/// The same for each group of decisions by itself: segments of the workflow. The lines are shared among the arms of all groups, so
/// that what the groups bear sums to the lines; those that no arm bears stand in the first group. The input's own observations are
/// not read.
///
/// # Errors
/// As [`unit_cost`].
pub fn unit_costs(input: &Input<'_>, groups: &[&[Observations]]) -> Result<Vec<UnitCost>, EconomicsError> {
    let people = input.people;
    if let Some(people) = people
        && people.currency != input.currency
    {
        let what = format!("the people file's entry for {}", people.workflow);
        return Err(EconomicsError::Currency { what, found: people.currency, wanted: input.currency });
    }
    let months = months_in(input.window).ok_or_else(|| EconomicsError::Window(input.window.to_string()))?;
    let loaded_rate = people.map(WorkflowPeople::loaded_rate).transpose()?;
    let mut observations: Vec<(usize, &Observations)> =
        groups.iter().enumerate().flat_map(|(group, arms)| arms.iter().map(move |arm| (group, arm))).collect();
    observations.sort_by(|(group_a, a), (group_b, b)| (group_a, a.actor, &a.model).cmp(&(group_b, b.actor, &b.model)));
    let all: Vec<&Observations> = observations.iter().map(|(_, observed)| *observed).collect();

    let mut shared = share::among_arms(input.lines, &all)?;
    let mut reports = Vec::with_capacity(groups.len());
    for group in 0..groups.len() {
        let mine = observations.iter().zip(&shared.by_arm).filter(|((of, _), _)| *of == group);
        let mine = mine.map(|((_, observed), lines)| (*observed, lines.as_slice()));
        let unassigned = std::mem::take(&mut shared.unassigned);
        let notes = shared.notes.clone();
        reports.push(report(input, &months, loaded_rate.as_ref(), mine, unassigned, notes)?);
    }
    Ok(reports)
}

fn report<'a>(
    input: &Input<'_>,
    months: &Fraction,
    loaded_rate: Option<&LoadedRate>,
    observations: impl Iterator<Item = (&'a Observations, &'a [share::LineShare<'a>])>,
    unassigned: Vec<UnassignedLine>,
    mut notes: Vec<String>,
) -> Result<UnitCost, EconomicsError> {
    let people = input.people;
    let mut arms = Vec::new();
    for (observed, lines) in observations {
        let context = arm::Context { currency: input.currency, people, rate: loaded_rate };
        arms.extend(arm::measured(&context, observed, lines)?);
    }
    if !arms.iter().any(|arm| arm.actor == Actor::Person)
        && let (Some(people), Some(rate)) = (people, loaded_rate)
    {
        arms.extend(arm::entered(people, rate)?);
    }
    compare_with_people(&mut arms, months)?;
    let sensitivity = match input.sensitivity {
        Some(share) => sensitivity::of_arms(&arms, share)?,
        None => Vec::new(),
    };
    if people.is_none() {
        notes.push("no people file speaks of this workflow: people's time is not valued and nothing is compared".to_owned());
    }
    Ok(UnitCost {
        workflow: input.workflow.clone(),
        slice: None,
        from: input.window.from,
        to: input.window.to,
        currency: input.currency,
        role: people.map(|p| p.role.clone()),
        loaded_rate: loaded_rate.cloned(),
        measured_handling: people.and_then(|p| p.measured.clone()),
        capacity: capacity::capacity(&arms, people, months)?,
        sensitivity,
        arms,
        unassigned,
        notes,
    })
}

fn compare_with_people(arms: &mut [CostPerDecision], months: &Fraction) -> Result<(), EconomicsError> {
    let Some(person) = arms.iter().find(|arm| arm.actor == Actor::Person).cloned() else { return Ok(()) };
    for arm in arms.iter_mut().filter(|arm| arm.actor != Actor::Person && arm.decisions > 0) {
        let sum_of = |wanted: &dyn Fn(&CostPart) -> bool| {
            arm.parts.iter().filter(|part| wanted(part)).fold(count(0), |sum, part| sum + fraction(part.amount))
        };
        let sides = Sides {
            fixed_total: sum_of(&|part| part.fixed),
            total: fraction(arm.total),
            error_total: sum_of(&|part| part.kind == LineKind::Errors),
            decisions: arm.decisions,
            months: months.clone(),
            person: person.exact.clone(),
            error_cost: arm.error_cost_each.clone(),
        };
        arm.break_even = Some(break_even(&sides)?);
        arm.against_people = compare(arm, &person, Quality::AsItIs)?;
        arm.against_people_sound = compare(arm, &person, Quality::Sound)?;
        arm.against_people_levelled = compare(arm, &person, Quality::Levelled)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
