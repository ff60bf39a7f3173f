use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use farthing_types::{Amount, BillingPeriod, Currency, ModelId, UnitId, WorkflowId};
use farthing_unit_economics::portfolio::{Change, Models, RateCounts, change};
use farthing_unit_economics::prices::{base_of, version_of};
use farthing_unit_economics::tokens::{BasisCost, HostedModel, TokenCost, TokenGroup};
use farthing_unit_economics::{Actor, Comparison, CostPerDecision, UnitCost};
use farthing_usage::UsageHour;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Error;

/// What is known of one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Scorecard {
    /// The model.
    pub model: ModelId,
    /// Its name for people.
    pub name: Option<String>,
    /// True where the models file lists it.
    pub listed: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Since when it is in use.
    pub introduced: Option<NaiveDate>,
    /// Its age in days at the end of the period.
    pub age_days: Option<i64>,
    /// The last day of its contract.
    pub contract_end: Option<NaiveDate>,
    /// Days from the end of the period to that day; below zero where it is over.
    pub contract_days_left: Option<i64>,
    /// What it depends on.
    pub depends_on: Vec<String>,
    /// Decisions that it took part in.
    pub decisions: u64,
    /// Requests to it, as usage counts them.
    pub requests: u64,
    /// Tokens sent to it.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// Its usage in the months before and in those of the period.
    pub usage_trend: Vec<ScorecardUsage>,
    /// What its usage costs, by currency: as `token-cost` says of the same days.
    pub inference: Vec<ScorecardInference>,
    /// The endpoints of one's own that served it.
    pub hosted: Vec<ScorecardHosted>,
    /// The share of these endpoints' capacity that was used; none where one hosts none, or of one nobody stated its capacity.
    pub utilisation: Option<Amount>,
    /// Where it decides.
    pub workflows: Vec<ScorecardWorkflow>,
    /// What to bear in mind.
    pub notes: Vec<String>,
}

/// A month of a model's usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScorecardUsage {
    /// The month.
    pub period: BillingPeriod,
    /// Requests.
    pub requests: u64,
    /// Tokens sent.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
}

/// What the usage of a model costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScorecardInference {
    /// The currency.
    pub currency: Currency,
    /// By the bill; none where no charge pays for it.
    pub allocation: Option<Amount>,
    /// By the prices; none where they have none of it.
    pub usage: Option<Amount>,
    /// A million tokens by the bill, else by the prices.
    pub per_million: Option<Amount>,
}

/// An endpoint of one's own that served a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScorecardHosted {
    /// Its name: the workload, or the model.
    pub name: String,
    /// The unit that pays for it.
    pub unit: UnitId,
    /// The currency of its cost.
    pub currency: Currency,
    /// What it cost.
    pub cost: Amount,
    /// Hours of accelerators on the bill.
    pub gpu_hours: Amount,
    /// The share of its capacity that was used; none where nobody stated it.
    pub utilisation: Option<Amount>,
    /// All models that it served: the share is of all of them.
    pub models: Vec<ModelId>,
}

/// A model in one workflow, with people behind it or without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScorecardWorkflow {
    /// The workflow.
    pub workflow: WorkflowId,
    /// `ai` or `ai_then_person`.
    pub actor: Actor,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Decisions.
    pub decisions: u64,
    /// What all of them cost.
    pub cost: Amount,
    /// What one costs.
    pub per_decision: Amount,
    /// The lower bound of its 95 % interval.
    pub low: Option<Amount>,
    /// The upper bound.
    pub high: Option<Amount>,
    /// Wrong decisions, against the months before.
    pub error_rate: Change,
    /// Decisions that a person overrode, against the months before.
    pub override_rate: Change,
    /// Against people.
    pub against_people: Option<Comparison>,
    /// What a decision costs others in the same workflow.
    pub alternatives: Vec<ScorecardAlternative>,
    /// The months before and those of the period.
    pub trend: Vec<ScorecardMonth>,
}

/// Who else decides, or could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScorecardAlternative {
    /// Who.
    pub actor: Actor,
    /// With which model.
    pub model: Option<ModelId>,
    /// Decisions in the period; 0 where the figure was entered, or where the models file names it and it does not decide here.
    pub decisions: u64,
    /// What one costs; none where it does not decide here.
    pub per_decision: Option<Amount>,
}

/// A month of the trend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScorecardMonth {
    /// The month.
    pub period: BillingPeriod,
    /// Decisions.
    pub decisions: u64,
    /// What they cost.
    pub cost: Amount,
    /// What one cost.
    pub per_decision: Amount,
}

/// What scorecards are made of.
pub(super) struct Material<'a> {
    pub last: BillingPeriod,
    pub costs: &'a [UnitCost],
    pub monthly: &'a [(BillingPeriod, Vec<UnitCost>)],
    pub baseline: &'a [BillingPeriod],
    /// The usage of all these months.
    pub usage: &'a [UsageHour],
    /// What tokens cost, by model and version; nothing where there is no usage.
    pub tokens: &'a [TokenCost],
    pub models: &'a Models,
}

pub(super) fn scorecards(material: &Material<'_>) -> Result<Vec<Scorecard>, Error> {
    let mut used: BTreeMap<&ModelId, UsageByMonth> = BTreeMap::new();
    for hour in material.usage {
        let (Some(model), Some(period)) = (&hour.dimensions.model, BillingPeriod::of(hour.hour)) else { continue };
        let sums = used.entry(model).or_default().entry(period).or_default();
        let counts = &hour.counts;
        for (sum, more) in sums.iter_mut().zip([counts.requests, counts.input_tokens, counts.output_tokens]) {
            *sum = sum.checked_add(more).ok_or_else(|| Error::Invalid("the tokens of the period do not fit".to_owned()))?;
        }
    }
    let mut models: BTreeSet<&ModelId> = material.models.keys().collect();
    models.extend(used.keys().copied());
    models.extend(material.costs.iter().flat_map(|cost| &cost.arms).filter_map(|arm| arm.model.as_ref()));
    models.into_iter().map(|model| scorecard(material, model, used.remove(model).unwrap_or_default())).collect()
}

/// Requests, input and output tokens of each month.
type UsageByMonth = BTreeMap<BillingPeriod, [u64; 3]>;

fn scorecard(material: &Material<'_>, model: &ModelId, used: UsageByMonth) -> Result<Scorecard, Error> {
    let mut sums = [0_u64; 3];
    for counts in used.iter().filter(|(period, _)| !material.baseline.contains(period)).map(|(_, counts)| counts) {
        for (sum, more) in sums.iter_mut().zip(counts) {
            *sum = sum.checked_add(*more).ok_or_else(|| Error::Invalid("the tokens of the period do not fit".to_owned()))?;
        }
    }
    let [requests, input_tokens, output_tokens] = sums;
    let month = |(period, [requests, input_tokens, output_tokens]): (BillingPeriod, [u64; 3])| ScorecardUsage {
        period,
        requests,
        input_tokens,
        output_tokens,
    };
    let usage_trend = used.into_iter().map(month).collect();
    let entry = material.models.get(model);
    // The period's last day.
    let end = material.last.end().date_naive().pred_opt().unwrap_or_default();
    let mut workflows = Vec::new();
    for cost in material.costs {
        let arms = cost.arms.iter().filter(|arm| arm.model.as_ref() == Some(model));
        workflows.extend(arms.map(|arm| workflow(material, cost, arm)));
    }
    let decisions = workflows.iter().map(|workflow| workflow.decisions).sum();
    let mut notes = Vec::new();
    let (introduced, contract_end) = (entry.and_then(|e| e.introduced), entry.and_then(|e| e.contract_end));
    if entry.is_none() && !material.models.is_empty() {
        notes.push("the models file does not list it: nobody is known to answer for it".to_owned());
    }
    if decisions == 0 && requests == 0 {
        notes.push("neither a decision nor a request in the period".to_owned());
    }
    for wanted in entry.iter().flat_map(|entry| &entry.workflows) {
        if !workflows.iter().any(|workflow| workflow.workflow == *wanted) {
            notes.push(format!("it is meant for {wanted} and decided nothing there"));
        }
    }
    let hosted = hosted(material, model);
    let utilisation = utilisation(&hosted);
    for (_, endpoint) in hosted.iter().filter(|(_, endpoint)| endpoint.capacity.is_none()) {
        notes.push(format!(
            "how much of {} is used is not known: the price list does not say what an instance serves",
            endpoint.name
        ));
    }
    let contract_days_left = contract_end.map(|day| (day - end).num_days());
    if contract_days_left.is_some_and(|days| days < 0) {
        notes.push("its contract was over before the period's end".to_owned());
    }
    Ok(Scorecard {
        model: model.clone(),
        name: entry.and_then(|entry| entry.name.clone()),
        listed: entry.is_some(),
        owner: entry.map(|entry| entry.owner.clone()),
        introduced,
        age_days: introduced.map(|day| (end - day).num_days()),
        contract_end,
        contract_days_left,
        depends_on: entry.map(|entry| entry.depends_on.clone()).unwrap_or_default(),
        decisions,
        requests,
        input_tokens,
        output_tokens,
        usage_trend,
        inference: inference(material, model),
        utilisation,
        hosted: hosted.iter().map(|(currency, hosted)| endpoint(*currency, hosted)).collect(),
        workflows,
        notes,
    })
}

/// What tokens of a model cost: it is told apart as usage names it, with its version.
fn inference(material: &Material<'_>, model: &ModelId) -> Vec<ScorecardInference> {
    let is_it = |group: &&TokenGroup| {
        group.model.as_deref() == Some(base_of(model.as_str())) && group.version.as_deref() == version_of(model.as_str())
    };
    let of_currency = |report: &TokenCost| {
        let group = report.groups.iter().find(is_it)?;
        let per_million = group.allocation.or(group.usage)?.per_million.blended;
        let cost = |basis: Option<BasisCost>| basis.map(|basis| basis.cost);
        Some(ScorecardInference {
            currency: report.currency,
            allocation: cost(group.allocation),
            usage: cost(group.usage),
            per_million,
        })
    };
    material.tokens.iter().filter_map(of_currency).collect()
}

/// The endpoints that served a model.
fn hosted<'a>(material: &Material<'a>, model: &ModelId) -> Vec<(Currency, &'a HostedModel)> {
    let of_report = |report: &'a TokenCost| report.hosted.iter().map(|hosted| (report.currency, hosted));
    material.tokens.iter().flat_map(of_report).filter(|(_, hosted)| hosted.models.contains(model)).collect()
}

fn endpoint(currency: Currency, hosted: &HostedModel) -> ScorecardHosted {
    ScorecardHosted {
        name: hosted.name.clone(),
        unit: hosted.unit.clone(),
        currency,
        cost: hosted.cost,
        gpu_hours: hosted.gpu_hours,
        utilisation: hosted.utilization,
        models: hosted.models.clone(),
    }
}

/// The mean of their utilisation by instance-hours; `None` where one of them is not known.
fn utilisation(hosted: &[(Currency, &HostedModel)]) -> Option<Amount> {
    let hours: Vec<Amount> = hosted.iter().map(|(_, hosted)| hosted.instance_hours).collect();
    let all = hours.iter().try_fold(Amount::ZERO, |sum, hours| sum.checked_add(*hours))?;
    let used = hosted
        .iter()
        .zip(&hours)
        .try_fold(Amount::ZERO, |sum, ((_, hosted), hours)| sum.checked_add(hosted.utilization?.checked_mul(*hours)?))?;
    used.checked_div(all)
}

fn workflow(material: &Material<'_>, cost: &UnitCost, arm: &CostPerDecision) -> ScorecardWorkflow {
    let same = |other: &CostPerDecision| other.actor == arm.actor && other.model == arm.model;
    let mut trend = Vec::new();
    let (mut wrong, mut overridden) = (RateCounts::default(), RateCounts::default());
    for (period, costs) in material.monthly {
        let of_workflow = costs.iter().filter(|other| other.workflow == cost.workflow);
        for of_month in of_workflow.flat_map(|other| &other.arms).filter(|other| same(other)) {
            let (decisions, outcomes) = (of_month.decisions, &of_month.outcomes);
            trend.push(ScorecardMonth { period: *period, decisions, cost: of_month.total, per_decision: of_month.per_decision });
            if material.baseline.contains(period) {
                wrong = RateCounts { cases: wrong.cases + outcomes.wrong, of: wrong.of + decisions };
                overridden = RateCounts { cases: overridden.cases + outcomes.overridden, of: overridden.of + decisions };
            }
        }
    }
    let now = |cases| RateCounts { cases, of: arm.decisions };
    let mut alternatives: Vec<ScorecardAlternative> = cost
        .arms
        .iter()
        .filter(|other| !same(other))
        .map(|other| ScorecardAlternative {
            actor: other.actor,
            model: other.model.clone(),
            decisions: other.decisions,
            per_decision: Some(other.per_decision),
        })
        .collect();
    let entry = arm.model.as_ref().and_then(|model| material.models.get(model));
    for named in entry.iter().flat_map(|entry| &entry.alternatives) {
        if !alternatives.iter().any(|alternative| alternative.model.as_ref() == Some(named)) {
            let model = Some(named.clone());
            alternatives.push(ScorecardAlternative { actor: arm.actor, model, decisions: 0, per_decision: None });
        }
    }
    ScorecardWorkflow {
        workflow: cost.workflow.clone(),
        actor: arm.actor,
        currency: arm.currency,
        decisions: arm.decisions,
        cost: arm.total,
        per_decision: arm.per_decision,
        low: arm.interval.as_ref().map(|interval| interval.low),
        high: arm.interval.as_ref().map(|interval| interval.high),
        error_rate: change(now(arm.outcomes.wrong), wrong),
        override_rate: change(now(arm.outcomes.overridden), overridden),
        against_people: arm.against_people.clone(),
        alternatives,
        trend,
    }
}
