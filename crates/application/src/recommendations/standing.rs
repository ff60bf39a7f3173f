//! Where a recommendation stands, and what is still needed.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_approval::{
    Approval, Assignment, Case, Challenge, Changes, Escalated, Escalation, Need, Now, Policy, Shadow, State, Step, Subject,
};
use farthing_identity::{Grant, Permission, Role};
use farthing_store::{Digest, DocumentKind as StoredKind, Plan, PlanId, PlanKind, StoreError};
use farthing_types::{Amount, BillingPeriod, Money, UnitId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{content_of, limited, proposal_of};
use crate::{Error, Farthing};

/// Hours of a month on the average, times ten, so that it is a whole number.
const TENTHS_OF_HOURS: i64 = 7305;

/// Where a recommendation stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecommendationStanding {
    /// Where it stands.
    pub state: State,
    /// Those who made the plan: none of them approves it.
    pub proposed_by: Vec<String>,
    /// The approvals that count.
    pub approvals: Vec<Approval>,
    /// The challenge that it waits for.
    pub challenge: Option<Challenge>,
    /// How many have to approve it, and why so many.
    pub need: Need,
    /// How many more have to.
    pub still_needed: u32,
    /// Who of those known here could: people and services with the right who neither made nor approved it. As of an earlier moment nobody.
    pub may_approve: Vec<String>,
    /// The version of the approvals document that says so; none where nobody published one.
    pub policy: Option<u64>,
    /// Who is to deal with it.
    pub assignment: Option<Assignment>,
    /// Since when nobody answered, while it waits for a decision.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Whom it went to since then.
    pub escalated: Vec<Escalated>,
    /// When it goes to whom next where nobody answers.
    pub escalates: Option<Escalating>,
    /// Whether it runs, or ran, in shadow.
    pub shadow: Option<Shadow>,
    /// When it expires where nothing happens.
    pub expires_at: Option<DateTime<Utc>>,
    /// What of that which it was made from is otherwise now; where anything is, it is to be planned again.
    pub stale: Vec<String>,
    /// The units that it is applied to one after the other; none where it is applied as a whole.
    pub units: Vec<RecommendationUnit>,
    /// Why it cannot be applied as a whole at this moment; none where it can, or it has units.
    pub closed: Option<String>,
    /// What was done with it.
    pub steps: Vec<Step>,
}

/// Where it goes where nobody answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RecommendationEscalating)]
pub struct Escalating {
    /// When.
    pub at: DateTime<Utc>,
    /// Whom it goes to, in words.
    pub to: String,
}

/// A unit of a recommendation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecommendationUnit {
    /// The unit.
    pub unit: UnitId,
    /// How many approvals it has: those of people who are limited to units count for these alone.
    pub approvals: usize,
    /// Since when it has the plan.
    pub applied_at: Option<DateTime<Utc>>,
    /// Why it cannot have it at this moment: a freeze, or no change window, with the next one.
    pub closed: Option<String>,
}

/// A recommendation, read with all that a step depends on.
pub(super) struct Opened {
    pub plan: Plan,
    pub content: Value,
    pub steps: Vec<Step>,
    pub case: Case,
    pub policy: Policy,
    pub version: Option<u64>,
    pub need: Need,
    pub now: Now,
    /// Each unit with those above it.
    pub paths: Vec<Vec<UnitId>>,
    pub subject: Subject,
    /// The units of the plan that whoever looks at it is limited to; none for all of it.
    pub theirs: Option<BTreeSet<UnitId>>,
}

impl Opened {
    /// What was proposed: the hashes that every step is bound to.
    pub fn hashes(&self) -> (String, String) {
        let first = self.steps.first();
        let plan = Digest::of(self.plan.content.as_bytes()).to_string();
        (first.map_or(plan, |first| first.plan_hash.clone()), first.map(|first| first.input_hash.clone()).unwrap_or_default())
    }

    /// The unit with those above it; nothing for a plan that is applied as a whole.
    pub fn path(&self, unit: &UnitId) -> &[UnitId] {
        self.paths.iter().find(|path| path.first() == Some(unit)).map_or(&[], Vec::as_slice)
    }
}

/// Reads an approvals document, or says all that is wrong with it.
pub(crate) fn approvals_of(text: &str, name: &str) -> Result<Policy, Error> {
    let wrong = |problems: Vec<String>| Error::Document { file: name.to_owned(), problems };
    let policy = Policy::parse(text).map_err(|problems| wrong(problems.iter().map(ToString::to_string).collect()))?;
    let problems: Vec<String> = policy.escalations.iter().filter_map(role_problem).collect();
    if problems.is_empty() { Ok(policy) } else { Err(wrong(problems)) }
}

/// What is wrong with the role that an escalation goes to: whom it goes to has to be able to decide.
fn role_problem(rule: &Escalation) -> Option<String> {
    let why = match rule.to_role.as_ref()?.parse::<Role>() {
        Err(error) => error.to_string(),
        Ok(role) if !role.may(Permission::Approve) => format!("who is {role} approves nothing: name one who may"),
        Ok(_) => return None,
    };
    Some(format!("escalation {:?}: {why}", rule.name))
}

impl Farthing {
    /// The plan of an id, as it is asked for.
    pub(super) async fn plan_of(&self, id: &str) -> Result<Plan, Error> {
        let unknown = || Error::Nothing(format!("no plan {id} is kept; `farthing recommendations list` lists them"));
        let parsed: PlanId = id.parse().map_err(|_| unknown())?;
        let plan = self.store.plans().get(parsed).await.map_err(|error| match error {
            StoreError::NotFound { .. } => unknown(),
            other => Error::Store(other),
        })?;
        match self.moment.is_some_and(|moment| plan.created_at > moment) {
            true => Err(unknown()),
            false => Ok(plan),
        }
    }

    /// Reads a recommendation with all that a step depends on.
    pub(super) async fn opened(&self, id: &str) -> Result<Opened, Error> {
        let plan = self.plan_of(id).await?;
        let content = content_of(&plan)?;
        let document = self.in_force(StoredKind::Approvals).await?;
        let version = document.as_ref().map(|document| document.version);
        let policy = match &document {
            Some(document) => approvals_of(&document.content, &format!("approvals v{}", document.version))?,
            None => Policy::default(),
        };
        let steps = self.store.recommendation_steps().of(plan.id, self.moment).await?;
        let (proposal, at) = (proposal_of(&plan, &content), self.stated_moment());
        let paths = self.paths_of(&proposal.units).await?;
        let theirs = self.theirs(&proposal.units).await?;
        let subject = subject_of(&plan, &content, paths.clone());
        let now = Now {
            at,
            is_altered: steps.first().is_some_and(|first| first.plan_hash != Digest::of(plan.content.as_bytes()).to_string()),
            changes: self.changes_since(&plan, &content, &steps).await?,
            lets_facts_pass: policy.lets_facts_pass(plan.created_at, at),
        };
        let (case, need) = (Case::of(proposal, &steps, at), policy.need(&subject));
        Ok(Opened { plan, content, steps, case, policy, version, need, now, paths, subject, theirs })
    }

    /// What is otherwise than when a plan was made.
    async fn changes_since(&self, plan: &Plan, content: &Value, steps: &[Step]) -> Result<Changes, Error> {
        let Some(inputs) = steps.first().and_then(|first| first.details.inputs.as_ref()) else { return Ok(Changes::default()) };
        let period: Option<BillingPeriod> = content["period"].as_str().and_then(|text| text.parse().ok());
        Ok(inputs.changes(&self.plan_inputs(plan.kind, period).await?))
    }

    /// Each of these units with those above it.
    pub(super) async fn paths_of(&self, units: &BTreeSet<UnitId>) -> Result<Vec<Vec<UnitId>>, Error> {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let lines = self.listed_units().await?.lines;
        let path = |unit: &UnitId| {
            let mut path = vec![unit.clone()];
            while let Some(parent) = crate::identity::parent_of(&lines, &path) {
                path.push(parent);
            }
            path
        };
        Ok(units.iter().map(path).collect())
    }

    pub(super) async fn told_standing(&self, opened: Opened) -> Result<RecommendationStanding, Error> {
        let (case, now) = (&opened.case, &opened.now);
        let is_waiting = case.state.is_open();
        let may_come = is_waiting || matches!(case.state, State::Approved | State::Overridden | State::PartlyApplied);
        let facts = now.changes.facts.iter().filter(|_| !now.lets_facts_pass && case.applied_at.is_none());
        let stale = now.changes.documents.iter().chain(facts).filter(|_| may_come).cloned().collect();
        let closed = |path: &[UnitId]| opened.policy.calendar.closed(path, now.at).map(|closed| closed.to_string());
        let unit = |unit: &UnitId| {
            let applied_at = case.applied.get(unit).copied();
            let closed = if applied_at.is_none() && may_come { closed(opened.path(unit)) } else { None };
            RecommendationUnit { unit: unit.clone(), approvals: case.approvals_of(unit), applied_at, closed }
        };
        let is_shown = |unit: &&UnitId| opened.theirs.as_ref().is_none_or(|theirs| theirs.contains(*unit));
        let units: Vec<RecommendationUnit> = case.proposal.units.iter().filter(is_shown).map(unit).collect();
        let given = u32::try_from(case.approved_by()).unwrap_or(u32::MAX);
        Ok(RecommendationStanding {
            state: case.state,
            still_needed: if is_waiting { opened.need.approvers.saturating_sub(given).max(1) } else { 0 },
            may_approve: if is_waiting && self.moment.is_none() {
                self.who_may_approve(case, &opened.paths).await?
            } else {
                Vec::new()
            },
            closed: if units.is_empty() && may_come { closed(&[]) } else { None },
            proposed_by: case.proposers.clone(),
            approvals: case.approvals.clone(),
            challenge: case.challenge.clone(),
            assignment: case.waiting.assignment.clone(),
            waiting_since: case.waiting.since.filter(|_| is_waiting),
            escalated: if is_waiting { case.waiting.escalated.clone() } else { Vec::new() },
            escalates: escalating(&opened),
            shadow: case.shadow.clone(),
            policy: opened.version,
            expires_at: case.deadline(),
            steps: limited::steps(&opened),
            need: opened.need,
            stale,
            units,
        })
    }

    /// Those known here who could approve it: who is limited to units, where it is about one of these.
    async fn who_may_approve(&self, case: &Case, paths: &[Vec<UnitId>]) -> Result<Vec<String>, Error> {
        let known = self.known_grants().await?.into_iter();
        let reaches = |grant: &Grant| grant.is_whole() || paths.iter().any(|path| grant.covers(path.iter()));
        let can = known.filter(|(name, grant)| {
            grant.may(Permission::Approve) && reaches(grant) && !case.is_proposer(name) && !case.has_approved(name)
        });
        let mut names: Vec<String> = can.map(|(name, _)| name).collect();
        names.sort();
        Ok(names)
    }
}

/// When it goes to whom next: the escalation that comes first of those that are to come.
fn escalating(opened: &Opened) -> Option<Escalating> {
    let (case, since) = (&opened.case, opened.case.waiting.since.filter(|_| opened.case.state.is_open())?);
    let moments = opened.policy.escalations.iter().map(|rule| since + TimeDelta::hours(i64::from(rule.after_hours)));
    let mut moments: Vec<DateTime<Utc>> = moments.map(|moment| moment.max(opened.now.at)).collect();
    moments.sort();
    moments.into_iter().find_map(|at| {
        let rule = opened.policy.escalation(&opened.subject, case, at)?;
        let to = rule.to.clone().or_else(|| rule.to_role.as_ref().map(|role| format!("the role {role}")));
        Some(Escalating { at, to: to.unwrap_or_default() })
    })
}

/// What a plan is, as far as approvals ask: amounts brought to a month.
fn subject_of(plan: &Plan, content: &Value, units: Vec<Vec<UnitId>>) -> Subject {
    let money = |name: &str| serde_json::from_value::<Money>(content[name].clone()).ok();
    let monthly = |name: &str| money(name).and_then(|money| a_month(content, money.amount));
    let once = match plan.kind {
        // A fleet is scaled, which costs nothing by itself.
        PlanKind::Fleet => Some(Amount::ZERO),
        PlanKind::Commitments => content["priced"]["upfront"].as_str().and_then(|text| text.parse().ok()),
        _ => money("spent_once").map(|money| money.amount),
    };
    Subject {
        kind: plan.kind.to_string(),
        units,
        currency: content["currency"].as_str().and_then(|text| text.parse().ok()),
        saved: monthly("saved"),
        planned: monthly("cost_planned"),
        once,
        is_simulated: content["replay"]["keeps_promises"] == true,
        gap: content["gap"].as_f64(),
    }
}

/// An amount of the plan's months or hours, brought to one month.
fn a_month(content: &Value, amount: Amount) -> Option<Amount> {
    match (content["months"].as_i64(), content["hours"].as_i64()) {
        (Some(months), _) => amount.checked_div(Amount::from_int(months)),
        (None, Some(hours)) => amount.mul_div(Amount::from_int(TENTHS_OF_HOURS), Amount::from_int(10 * hours)),
        (None, None) => None,
    }
}
