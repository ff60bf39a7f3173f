//! Two arms of a workflow side by side, and models in shadow beside what took effect.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use farthing_types::{Amount, Cost, Currency, Selection, Window, WorkflowId};
use farthing_unit_economics::experiment::{
    Calls, Cluster, Experiment, ExperimentInput, OwnCalls, ShadowPair, ShadowReport, Trial, experiment, own_model_costs, shadow,
};
use farthing_unit_economics::people::WorkflowPeople;
use farthing_usage::decision::{Actor, Decision, Outcome};

use crate::home::blocking;
use crate::unit_cost::cost_lines;
use crate::{Error, Farthing};

/// Clusters that a confidence sequence is tuned for where nobody says how many are planned.
const PLANNED_DECISIONS: u64 = 10_000;
const PLANNED_DAYS: u64 = 60;
const PLANNED_PAIRS: u64 = 1_000;

/// What arms are told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArmsBy {
    /// The model.
    Model,
    /// The model's version.
    Version,
    /// The actor.
    Actor,
    /// The value of a tag.
    Tag(String),
}

impl FromStr for ArmsBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("tag:")) {
            ("model", _) => Ok(Self::Model),
            ("version", _) => Ok(Self::Version),
            ("actor", _) => Ok(Self::Actor),
            (_, Some(tag)) if !tag.is_empty() => Ok(Self::Tag(tag.to_owned())),
            _ => Err(format!("{text:?} tells no arms apart: write one of model, version, actor, tag:NAME")),
        }
    }
}

impl fmt::Display for ArmsBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model => f.write_str("model"),
            Self::Version => f.write_str("version"),
            Self::Actor => f.write_str("actor"),
            Self::Tag(tag) => write!(f, "tag:{tag}"),
        }
    }
}

impl ArmsBy {
    fn value(&self, decision: &Decision) -> Option<String> {
        match self {
            Self::Model => decision.model.as_ref().map(ToString::to_string),
            Self::Version => decision.model_version.clone(),
            Self::Actor => Some(decision.actor.to_string()),
            Self::Tag(tag) => decision.tags.get(tag).cloned(),
        }
    }
}

/// Which arms are compared.
#[derive(Clone, Debug)]
pub struct ExperimentQuery {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Whole months; the last month with charges without it.
    pub window: Option<Window>,
    /// Which of the four costs of the bill counts.
    pub cost: Cost,
    /// What arms are told apart by.
    pub by: ArmsBy,
    /// Their values; where there are just two, they need not be named.
    pub arms: Option<[String; 2]>,
    /// What is taken as independent.
    pub cluster: Cluster,
    /// How many decisions (or days) are planned: chosen before the experiment.
    pub planned: Option<u64>,
}

/// Which shadow is held against what took effect.
#[derive(Clone, Debug)]
pub struct ShadowQuery {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Any window.
    pub window: Window,
    /// How many pairs are planned.
    pub planned: Option<u64>,
}

impl Farthing {
    /// Compares two arms of a workflow: cost per decision and error rate, with an interval that holds at every look.
    ///
    /// # Errors
    /// When the window is not of whole months, a month has no charges, or the arms are not there.
    pub async fn experiment(&self, query: &ExperimentQuery) -> Result<Experiment, Error> {
        let people = self.people().await?.into_iter().find(|people| people.workflow == query.workflow);
        let months = self.months(query.window).await?;
        let window = Window { from: months[0].start(), to: months[months.len() - 1].end() };
        let mut decisions = self.decisions_in(window).await?;
        decisions.retain(|decision| decision.workflow == query.workflow && !decision.is_shadow());
        let mut attributed = Vec::with_capacity(months.len());
        for month in months {
            attributed.push(self.attributed(Selection::Period(month), &["ServiceCategory", "PricingUnit"]).await?);
        }
        let currency = people.as_ref().map_or(Currency::USD, |people| people.currency);
        let usage = self.costed_usage(Selection::Window(window), query.cost, currency).await?;
        let query = query.clone();
        blocking(move || {
            let mut ai_cost = Amount::ZERO;
            for unit in people.iter().flat_map(|people| &people.units) {
                for line in cost_lines(unit, &attributed, query.cost, currency)? {
                    let sum = ai_cost.checked_add(line.amount);
                    ai_cost = sum.ok_or_else(|| Error::Invalid("the cost of the workflow's AI does not fit".into()))?;
                }
            }
            let own_costs = own_model_costs(&decisions.iter().map(own_calls).collect::<Vec<_>>(), &usage)?;
            let decisions: Vec<(&Decision, Option<Amount>)> = decisions.iter().zip(own_costs).collect();
            compared(&query, window, currency, people.as_ref(), &decisions, ai_cost)
        })
        .await
    }

    /// How models in shadow agree with what took effect: one report a model and version.
    ///
    /// # Errors
    /// When no decision of the workflow ran in shadow then.
    pub async fn shadows(&self, query: &ShadowQuery) -> Result<Vec<ShadowReport>, Error> {
        let mut decisions = self.decisions_in(query.window).await?;
        decisions.retain(|decision| decision.workflow == query.workflow);
        let real: HashMap<&str, &Decision> = decisions.iter().filter(|d| !d.is_shadow()).map(|d| (d.id.as_str(), d)).collect();
        let mut by_shadow: BTreeMap<String, (Vec<ShadowPair>, u64)> = BTreeMap::new();
        for decision in &decisions {
            let Some(of) = &decision.shadow_of else { continue };
            let (pairs, not_found) = by_shadow.entry(name_of(decision)).or_default();
            match real.get(of.as_str()) {
                Some(real) => pairs.push(ShadowPair {
                    shadow: decision.answer.clone(),
                    real: real.answer.clone(),
                    real_was_wrong: real.outcome == Outcome::Wrong,
                }),
                None => *not_found += 1,
            }
        }
        if by_shadow.is_empty() {
            return Err(Error::Nothing(format!(
                "no decision of {} ran in shadow in {}: such a decision names, in shadow_of, the one that took effect",
                query.workflow, query.window
            )));
        }
        let planned = query.planned.unwrap_or(PLANNED_PAIRS);
        let report = |(name, (pairs, not_found)): (String, (Vec<ShadowPair>, u64))| {
            shadow(&query.workflow, query.window, name, &pairs, not_found, planned)
        };
        Ok(by_shadow.into_iter().map(report).collect())
    }
}

fn name_of(decision: &Decision) -> String {
    let model = decision.model.as_ref().map_or("(no model stated)".to_owned(), ToString::to_string);
    decision.model_version.as_ref().map_or(model.clone(), |version| format!("{model} {version}"))
}

/// What ties a decision to usage of its model: a person's is tied to none.
fn own_calls(decision: &Decision) -> OwnCalls<'_> {
    OwnCalls {
        day: decision.decided_at.date_naive(),
        unit: decision.unit.as_ref(),
        model: decision.model.as_ref().filter(|_| decision.actor != Actor::Person),
        version: decision.model_version.as_deref(),
        requests: decision.requests,
    }
}

fn compared(
    query: &ExperimentQuery,
    window: Window,
    currency: Currency,
    people: Option<&WorkflowPeople>,
    decisions: &[(&Decision, Option<Amount>)],
    ai_cost: Amount,
) -> Result<Experiment, Error> {
    let arms = arms_of(query, decisions.iter().map(|(decision, _)| *decision))?;
    let (mut trials, mut others) = (Vec::new(), Calls::default());
    for (decision, own_cost) in decisions {
        let value = query.by.value(decision);
        match arms.iter().position(|arm| value.as_ref() == Some(arm)) {
            Some(arm) => trials.push(Trial { ai_cost: *own_cost, ..trial(decision, arm, currency)? }),
            None if decision.actor != Actor::Person => {
                let sum = others.ai_cost.checked_add(own_cost.unwrap_or_default());
                others.ai_cost = sum.ok_or_else(|| Error::Invalid("the cost of the workflow's AI does not fit".into()))?;
                others.decisions += 1;
                others.with_requests += u64::from(decision.requests.is_some());
                others.requests += decision.requests.unwrap_or(0);
            }
            None => {}
        }
    }
    let planned = match query.cluster {
        Cluster::Decision => PLANNED_DECISIONS,
        Cluster::Day => PLANNED_DAYS,
    };
    let rate = people.map(WorkflowPeople::loaded_rate).transpose()?;
    let input = ExperimentInput {
        workflow: &query.workflow,
        window,
        currency,
        arms,
        rate_per_hour: rate.map(|rate| rate.per_hour),
        handling_minutes: people.and_then(|people| people.handling_minutes),
        review_minutes: people.and_then(|people| people.review_minutes),
        error_cost: people.and_then(|people| people.error_cost),
        ai_cost,
        others,
        cluster: query.cluster,
        tuned_for: query.planned.unwrap_or(planned),
    };
    Ok(experiment(&input, &query.by.to_string(), &trials)?)
}

/// The values of the two arms, which must be there.
fn arms_of<'a>(query: &ExperimentQuery, decisions: impl Iterator<Item = &'a Decision>) -> Result<[String; 2], Error> {
    let mut values: BTreeMap<String, u64> = BTreeMap::new();
    for value in decisions.filter_map(|decision| query.by.value(decision)) {
        *values.entry(value).or_default() += 1;
    }
    let there = values.iter().map(|(value, count)| format!("{value} ({count})")).collect::<Vec<_>>().join(", ");
    let there = if there.is_empty() { "no decision states one".to_owned() } else { format!("there are {there}") };
    let Some(arms) = &query.arms else {
        let mut two = values.into_keys();
        return match (two.next(), two.next(), two.next()) {
            (Some(first), Some(second), None) => Ok([first, second]),
            _ => Err(Error::Invalid(format!(
                "by {} there are not just two arms in {}: {there}. Name two of them",
                query.by, query.workflow
            ))),
        };
    };
    if arms[0] == arms[1] {
        return Err(Error::Invalid(format!("the arms are the same: {}. Name two", arms[0])));
    }
    match arms.iter().find(|arm| !values.contains_key(*arm)) {
        Some(missing) => {
            Err(Error::Nothing(format!("{} has no decision with the {} {missing}: {there}", query.workflow, query.by)))
        }
        None => Ok(arms.clone()),
    }
}

fn trial(decision: &Decision, arm: usize, currency: Currency) -> Result<Trial, Error> {
    let error_cost = match decision.error_cost {
        Some(cost) if cost.currency != currency => {
            return Err(Error::Invalid(format!(
                "decision {:?}: its error cost is in {}, the report in {currency}. Convert it with a dated rate first",
                decision.id, cost.currency
            )));
        }
        Some(cost) => cost.amount,
        None => Amount::ZERO,
    };
    let wrong = decision.outcome == Outcome::Wrong;
    Ok(Trial {
        at: decision.decided_at,
        id: decision.id.clone(),
        arm,
        by_ai: decision.actor != Actor::Person,
        handling_seconds: decision.handling_seconds.unwrap_or_default(),
        handling_unstated: decision.handling_seconds.is_none() && decision.takes_handling(),
        review_seconds: decision.review_seconds.unwrap_or_default(),
        review_unstated: decision.review_seconds.is_none() && decision.takes_review(),
        error_cost,
        error_cost_unstated: wrong && decision.error_cost.is_none(),
        wrong,
        requests: decision.requests,
        ai_cost: None,
    })
}
