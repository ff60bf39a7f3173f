//! What one decision costs, by an AI and by people.

use std::collections::BTreeMap;

use farthing_attribution::{Figure, FigureOn, explain};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection, UnitId, Window, WorkflowId};
use farthing_unit_economics::people::WorkflowPeople;
use farthing_unit_economics::{
    Actor, CostLine, Input, LineKind, Observations, Slice, SliceBy, Totals, UnitCost, unit_cost, unit_costs,
};
use farthing_usage::decision::{self, Decision, DecisionCounts, DecisionGroup, DecisionTotals};

use crate::chargeback::{Attributed, sum};
use crate::home::blocking;
use crate::{Error, Farthing};

/// More groups × days than this in one window are a mistake of the decisions' models or units.
const MOST_GROUP_DAYS: usize = 1_000_000;
/// A tag with more values than this tells single decisions apart, not segments.
const MOST_SLICES: usize = 200;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct UnitCostQuery {
    /// Only this workflow; every one that decisions or the people file name without it.
    pub workflow: Option<WorkflowId>,
    /// Whole months. The last month with charges without it.
    pub window: Option<Window>,
    /// Which of the four costs of the bill counts.
    pub cost: Cost,
    /// What a workflow's decisions are told apart by; all together without it.
    pub by: Option<SliceBy>,
    /// Whether, and how far, each figure without an interval is moved to see what the comparisons rest on: 0.1 is ± 10 %.
    pub sensitivity: Option<Amount>,
}

impl Default for UnitCostQuery {
    /// Every workflow in the last month with charges, by effective cost.
    fn default() -> Self {
        Self { workflow: None, window: None, cost: Cost::Effective, by: None, sensitivity: None }
    }
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
        for month in &months {
            attributed.push(self.attributed(Selection::Period(*month), &["ServiceCategory", "PricingUnit"]).await?);
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
        if query.sensitivity.is_some_and(|share| share <= Amount::ZERO || share >= Amount::ONE) {
            return Err(Error::Invalid("the share that figures are moved by lies between 0 and 1: 0.1 is ± 10 %".into()));
        }
        let query = query.clone();
        let work = move || {
            let reports = |id: &WorkflowId| {
                let people = people.iter().find(|p| p.workflow == *id);
                let mine: Vec<&Decision> = decisions.iter().filter(|d| d.workflow == *id).collect();
                let (shadows, decisions): (Vec<&Decision>, Vec<&Decision>) = mine.into_iter().partition(|d| d.is_shadow());
                let shadows = shadows.len();
                let workflow = Workflow { id, people, decisions, shadows, attributed: &attributed, query: &query };
                let mut reports = workflow.reports(&months)?;
                reports.iter_mut().for_each(|report| report.notes.extend(unmeasured.get(id).cloned()));
                Ok(reports)
            };
            let reports: Result<Vec<Vec<UnitCost>>, Error> = workflows.iter().map(reports).collect();
            Ok(reports?.into_iter().flatten().collect())
        };
        blocking(work).await
    }

    /// The whole months of a window; the last one with charges where none is given.
    pub(crate) async fn months(&self, window: Option<Window>) -> Result<Vec<BillingPeriod>, Error> {
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

/// What the reports of one workflow are made of.
struct Workflow<'a> {
    id: &'a WorkflowId,
    people: Option<&'a WorkflowPeople>,
    /// Those that took effect.
    decisions: Vec<&'a Decision>,
    /// How many ran in shadow.
    shadows: usize,
    attributed: &'a [Attributed],
    query: &'a UnitCostQuery,
}

impl Workflow<'_> {
    /// One report, or one a slice of its decisions.
    fn reports(&self, months: &[BillingPeriod]) -> Result<Vec<UnitCost>, Error> {
        let window = |months: &[BillingPeriod]| Window { from: months[0].start(), to: months[months.len() - 1].end() };
        let units = self.people.map(|people| people.units.clone()).unwrap_or_default();
        let everything = self.decisions.as_slice();
        match &self.query.by {
            None => Ok(vec![self.report(window(months), everything, &units, self.attributed)?]),
            Some(SliceBy::Period) => {
                let month = |(month, attributed): (&BillingPeriod, &Attributed)| {
                    let of_month = month.window();
                    let mine: Vec<&Decision> = everything.iter().filter(|d| of_month.contains(d.decided_at)).copied().collect();
                    let report = self.report(of_month, &mine, &units, std::slice::from_ref(attributed))?;
                    Ok(sliced(report, SliceBy::Period, Some(month.to_string())))
                };
                months.iter().zip(self.attributed).map(month).collect()
            }
            Some(SliceBy::Unit) => {
                let mut groups = groups(everything, |decision| decision.unit.as_ref().map(ToString::to_string))?;
                for unit in &units {
                    groups.entry(Some(unit.to_string())).or_default();
                }
                let of_unit = |(value, mine): (Option<String>, Vec<&Decision>)| {
                    let unit: Vec<UnitId> =
                        units.iter().filter(|unit| Some(unit.as_str()) == value.as_deref()).cloned().collect();
                    Ok(sliced(self.report(window(months), &mine, &unit, self.attributed)?, SliceBy::Unit, value))
                };
                groups.into_iter().map(of_unit).collect()
            }
            Some(SliceBy::Segment(tag)) => {
                let groups = groups(everything, |decision| decision.tags.get(tag).cloned())?;
                self.segments(window(months), &SliceBy::Segment(tag.clone()), groups, &units)
            }
        }
    }

    fn report(
        &self,
        window: Window,
        decisions: &[&Decision],
        units: &[UnitId],
        attributed: &[Attributed],
    ) -> Result<UnitCost, Error> {
        let observations = self.observations(window, decisions)?;
        let lines = self.lines(units, attributed)?;
        let mut report = unit_cost(&self.input(window, &observations, &lines))?;
        self.note(&mut report, units);
        Ok(report)
    }

    /// Segments share the workflow's lines.
    fn segments(
        &self,
        window: Window,
        by: &SliceBy,
        groups: BTreeMap<Option<String>, Vec<&Decision>>,
        units: &[UnitId],
    ) -> Result<Vec<UnitCost>, Error> {
        let observed = groups.values().map(|mine| self.observations(window, mine)).collect::<Result<Vec<_>, _>>()?;
        let lines = self.lines(units, self.attributed)?;
        let arms: Vec<&[Observations]> = observed.iter().map(Vec::as_slice).collect();
        let reports = unit_costs(&self.input(window, &[], &lines), &arms)?;
        let slice = |(mut report, value): (UnitCost, Option<String>)| {
            self.note(&mut report, units);
            sliced(report, by.clone(), value)
        };
        Ok(reports.into_iter().zip(groups.into_keys()).map(slice).collect())
    }

    fn input<'a>(&'a self, window: Window, observations: &'a [Observations], lines: &'a [CostLine]) -> Input<'a> {
        let (workflow, people, currency) = (self.id, self.people, self.currency());
        Input { workflow, window, currency, observations, people, lines, sensitivity: self.query.sensitivity }
    }

    fn currency(&self) -> Currency {
        self.people.map_or(Currency::USD, |people| people.currency)
    }

    fn observations(&self, window: Window, decisions: &[&Decision]) -> Result<Vec<Observations>, Error> {
        let mut counts = DecisionCounts::new(window, self.currency(), MOST_GROUP_DAYS);
        for decision in decisions {
            counts.add(decision).map_err(|error| Error::Invalid(error.to_string()))?;
        }
        observations(&counts)
    }

    fn lines(&self, units: &[UnitId], attributed: &[Attributed]) -> Result<Vec<CostLine>, Error> {
        let of_units = units.iter().map(|unit| cost_lines(unit, attributed, self.query.cost, self.currency()));
        Ok(of_units.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn note(&self, report: &mut UnitCost, units: &[UnitId]) {
        if units.is_empty() {
            report.notes.push(format!("no unit of the people file is {}'s, so no money of the bill is in its cost", self.id));
        }
        if self.shadows > 0 {
            report.notes.push(format!(
                "{} decisions ran in shadow and took no effect: they are not counted, but what they cost on the bill is in its lines",
                self.shadows
            ));
        }
    }
}

/// Decisions by what they are told apart by.
fn groups<'a>(
    decisions: &[&'a Decision],
    value: impl Fn(&Decision) -> Option<String>,
) -> Result<BTreeMap<Option<String>, Vec<&'a Decision>>, Error> {
    let mut groups: BTreeMap<Option<String>, Vec<&Decision>> = BTreeMap::new();
    for &decision in decisions {
        groups.entry(value(decision)).or_default().push(decision);
        if groups.len() > MOST_SLICES {
            return Err(Error::Invalid(format!(
                "more than {MOST_SLICES} values tell these decisions apart: take a tag with fewer, such as a channel or a product"
            )));
        }
    }
    Ok(groups)
}

fn sliced(mut report: UnitCost, by: SliceBy, value: Option<String>) -> UnitCost {
    report.slice = Some(Slice { by, value });
    report
}

/// A unit's attributed money, by what it pays for.
pub(crate) fn cost_lines(
    unit: &UnitId,
    attributed: &[Attributed],
    cost: Cost,
    currency: Currency,
) -> Result<Vec<CostLine>, Error> {
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
