//! What one decision costs, by an AI and by people.

use std::collections::BTreeMap;

use farthing_attribution::{Figure, FigureOn, explain};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection, UnitId, Window, WorkflowId};
use farthing_unit_economics::people::WorkflowPeople;
use farthing_unit_economics::{Actor, CostLine, Input, LineKind, Observations, Totals, UnitCost, unit_cost};
use farthing_usage::decision::{self, Decision, DecisionCounts, DecisionGroup, DecisionTotals};

use crate::chargeback::{Attributed, sum};
use crate::home::blocking;
use crate::{Error, Farthing};

/// More groups × days than this in one window are a mistake of the decisions' models or units.
const MOST_GROUP_DAYS: usize = 1_000_000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct UnitCostQuery {
    /// Only this workflow; every one that decisions or the people file name without it.
    pub workflow: Option<WorkflowId>,
    /// Whole months. The last month with charges without it.
    pub window: Option<Window>,
    /// Which of the four costs of the bill counts.
    pub cost: Cost,
}

impl Farthing {
    /// The cost per decision of each workflow, by arm, with break-even.
    ///
    /// # Errors
    /// When the window is not of whole months, a month has no charges, or there is no such workflow.
    pub async fn unit_cost(&self, query: &UnitCostQuery) -> Result<Vec<UnitCost>, Error> {
        let (people, unmeasured) = self.measured_people(query.workflow.as_ref()).await?;
        let months = self.months(query.window).await?;
        let window = Window { from: months[0].start(), to: months[months.len() - 1].end() };
        let decisions = self.decisions_in(window).await?;
        let mut attributed = Vec::with_capacity(months.len());
        for month in months {
            attributed.push(self.attributed(Selection::Period(month), &["ServiceCategory", "PricingUnit"]).await?);
        }
        let mut workflows: Vec<WorkflowId> = people.iter().map(|p| p.workflow.clone()).collect();
        workflows.extend(decisions.iter().map(|d| d.workflow.clone()));
        workflows.sort();
        workflows.dedup();
        if let Some(wanted) = &query.workflow {
            if !workflows.contains(wanted) {
                let known: Vec<&str> = workflows.iter().map(|w| w.as_str()).collect();
                return Err(Error::Nothing(format!("there is no workflow {wanted}. There are {}", known.join(", "))));
            }
            workflows.retain(|workflow| workflow == wanted);
        }
        let cost = query.cost;
        let work = move || {
            let report = |workflow: &WorkflowId| {
                let people = people.iter().find(|p| p.workflow == *workflow);
                let mine: Vec<&Decision> = decisions.iter().filter(|d| d.workflow == *workflow).collect();
                let mut report = one(workflow, window, people, &mine, &attributed, cost)?;
                report.notes.extend(unmeasured.get(workflow).cloned());
                Ok(report)
            };
            workflows.iter().map(report).collect()
        };
        blocking(work).await
    }

    /// The whole months of a window; the last one with charges where none is given.
    async fn months(&self, window: Option<Window>) -> Result<Vec<BillingPeriod>, Error> {
        let Some(window) = window else {
            let revisions = self.revisions(farthing_store::Dataset::Charges, None).await?;
            let newest = revisions.iter().map(|revision| revision.period).max();
            let nothing =
                || Error::Nothing("there are no charges yet. Import a bill: `farthing ingest billing PATH --source NAME`".into());
            return Ok(vec![newest.ok_or_else(nothing)?]);
        };
        let mut months = Vec::new();
        let mut month = BillingPeriod::of(window.from);
        while let Some(m) = month.filter(|m| m.start() < window.to) {
            months.push(m);
            month = Some(m.next());
        }
        let whole = months.first().map(|m| m.start()) == Some(window.from) && months.last().map(|m| m.end()) == Some(window.to);
        if whole {
            Ok(months)
        } else {
            Err(Error::Invalid(format!(
                "{window} is not made of whole months, and a bill cannot be cut finer: write for example 2026-05-01/2026-06-01"
            )))
        }
    }
}

fn one(
    workflow: &WorkflowId,
    window: Window,
    people: Option<&WorkflowPeople>,
    decisions: &[&Decision],
    attributed: &[Attributed],
    cost: Cost,
) -> Result<UnitCost, Error> {
    let units: Vec<UnitId> = people.map(|p| p.units.clone()).unwrap_or_default();
    let currency = people.map_or(Currency::USD, |p| p.currency);
    let mut counts = DecisionCounts::new(window, currency, MOST_GROUP_DAYS);
    for decision in decisions {
        counts.add(decision).map_err(|error| Error::Invalid(error.to_string()))?;
    }
    let observations = observations(&counts)?;
    let mut lines = Vec::new();
    for unit in &units {
        lines.extend(cost_lines(unit, attributed, cost, currency)?);
    }
    let input = Input { workflow, window, currency, observations: &observations, people, lines: &lines };
    let mut report = unit_cost(&input)?;
    if units.is_empty() {
        report.notes.push(format!("no unit of the people file is {workflow}'s, so no money of the bill is in its cost"));
    }
    Ok(report)
}

/// A unit's attributed money, by what it pays for.
fn cost_lines(unit: &UnitId, attributed: &[Attributed], cost: Cost, currency: Currency) -> Result<Vec<CostLine>, Error> {
    let mut by_kind: BTreeMap<(LineKind, bool, String), Vec<Amount>> = BTreeMap::new();
    for month in attributed {
        let figure = Figure { on: FigureOn::Unit(unit.clone()), source: None, currency: Some(currency), rule: None };
        let found = explain(&month.rules, &month.charges.as_input(), &month.attribution, &figure)?;
        let keys = &month.charges.keys;
        let value = |key: u32, field: &str| keys.column(field).and_then(|column| keys.value(key, column)).unwrap_or_default();
        for evidence in &found.evidence {
            let (kind, name) = kind_of(value(evidence.key, "ServiceCategory"));
            let is_fixed = is_paid_by_time(value(evidence.key, "PricingUnit"));
            by_kind.entry((kind, is_fixed, name.to_owned())).or_default().push(evidence.costs[cost]);
        }
        for share in &found.shares {
            let name =
                if share.gives() { format!("given on by pool {}", share.pool) } else { format!("share of pool {}", share.pool) };
            by_kind.entry((LineKind::Platform, true, name)).or_default().push(share.costs[cost]);
        }
    }
    let line = |((kind, fixed, name), amounts): ((LineKind, bool, String), Vec<Amount>)| {
        let source = format!("chargeback of unit {unit}, {cost} cost");
        Ok(CostLine { name, kind, amount: sum(amounts.into_iter())?, source, fixed, model: None })
    };
    by_kind.into_iter().map(line).collect()
}

/// What a FOCUS service category pays for in the cost of a decision.
fn kind_of(service_category: &str) -> (LineKind, &'static str) {
    match service_category {
        "AI and Machine Learning" => (LineKind::Inference, "models"),
        "Compute" => (LineKind::Inference, "compute"),
        "Storage" => (LineKind::Storage, "storage"),
        "Management and Governance" => (LineKind::Monitoring, "monitoring"),
        "Analytics" | "Databases" | "Integration" => (LineKind::Pipelines, "data pipelines"),
        _ => (LineKind::Other, "other services"),
    }
}

/// What is paid by the hour or month is there whether decisions are made or not.
fn is_paid_by_time(pricing_unit: &str) -> bool {
    let unit = pricing_unit.to_ascii_lowercase();
    ["hour", "hrs", "month", "day"].iter().any(|time| unit.contains(time))
}

/// The counts by actor and model: units of one workflow are put together.
fn observations(counts: &DecisionCounts) -> Result<Vec<Observations>, Error> {
    let mut arms: BTreeMap<(decision::Actor, Option<String>), Observations> = BTreeMap::new();
    for (group, days) in counts.groups() {
        let key = (group.actor, group.model.as_ref().map(ToString::to_string));
        let arm = arms.entry(key).or_insert_with(|| empty(group));
        for (day, totals) in days {
            let totals = convert(totals);
            let sum = match arm.days.get(day) {
                Some(known) => known.checked_add(&totals),
                None => Some(totals),
            };
            arm.days.insert(*day, sum.ok_or_else(|| Error::Invalid("a sum over decisions does not fit".into()))?);
        }
    }
    Ok(arms.into_values().collect())
}

fn empty(group: &DecisionGroup) -> Observations {
    let actor = match group.actor {
        decision::Actor::Ai => Actor::Ai,
        decision::Actor::Person => Actor::Person,
        decision::Actor::AiThenPerson => Actor::AiThenPerson,
    };
    Observations { actor, model: group.model.clone(), days: BTreeMap::new() }
}

fn convert(totals: &DecisionTotals) -> Totals {
    Totals {
        outcomes: totals.outcomes,
        handling_seconds: totals.handling_seconds,
        handling_unstated: totals.handling_unstated,
        review_seconds: totals.review_seconds,
        review_unstated: totals.review_unstated,
        error_cost: totals.error_cost,
        error_cost_unstated: totals.error_cost_unstated,
        requests: totals.requests,
        with_requests: totals.with_requests,
        cross: totals.cross.clone(),
    }
}
