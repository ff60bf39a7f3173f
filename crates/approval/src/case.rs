//! Where a recommendation stands, from its steps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use farthing_types::UnitId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Action, Proposal, Shadow, State, Step, Waiting};

/// Somebody's approval that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecommendationApproval)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// True where it was given in spite of a challenge.
    pub in_spite: bool,
    /// Why.
    pub reason: String,
    /// The units that it is for, where who gave it is limited to units; none for the whole.
    pub units: BTreeSet<UnitId>,
}

/// A challenge that nobody has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecommendationChallenge)]
pub struct Challenge {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// A recommendation with all that became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Where it stands.
    pub state: State,
    /// Those who made the plan: none of them approves it. Empty where it was made before it was recorded who does.
    pub proposers: Vec<String>,
    /// The approvals that count, at most one of a person.
    pub approvals: Vec<Approval>,
    /// The challenge that it waits for.
    pub challenge: Option<Challenge>,
    /// Until when it may be applied, once it is approved.
    pub good_until: Option<DateTime<Utc>>,
    /// The units that have it, and since when.
    pub applied: BTreeMap<UnitId, DateTime<Utc>>,
    /// When it was applied first and last.
    pub applied_at: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whom it waits for.
    pub waiting: Waiting,
    /// Whether it runs, or ran, in shadow.
    pub shadow: Option<Shadow>,
    /// Where it stood before its time was over, while nobody has recorded that.
    pub lapsed: Option<State>,
    /// What of the plan it depends on.
    pub proposal: Proposal,
}

/// True where two names are one person's: capitals make nobody else.
pub fn same_person(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

impl Case {
    /// Where a recommendation stands at a moment. Steps that should not be there (two approvals by one person, an approval by who
    /// proposed) count for nothing.
    pub fn of(proposal: Proposal, steps: &[Step], now: DateTime<Utc>) -> Self {
        let mut case = Self {
            state: State::Proposed,
            proposers: Vec::new(),
            approvals: Vec::new(),
            challenge: None,
            good_until: None,
            applied: BTreeMap::new(),
            applied_at: None,
            waiting: Waiting::default(),
            shadow: None,
            lapsed: None,
            proposal,
        };
        steps.iter().for_each(|step| case.take(step));
        if case.deadline().is_some_and(|deadline| deadline <= now) {
            case.lapsed = Some(std::mem::replace(&mut case.state, State::Expired));
        }
        case
    }

    /// From when on it is expired where nothing happens: undecided at the plan's end, approved when the approval ends.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Proposed | State::Challenged => Some(self.proposal.expires_at),
            State::Approved | State::Overridden => self.good_until,
            _ => None,
        }
    }

    /// True where somebody made the plan.
    pub fn is_proposer(&self, name: &str) -> bool {
        self.proposers.iter().any(|proposer| same_person(proposer, name))
    }

    /// True where somebody's approval counts.
    pub fn has_approved(&self, name: &str) -> bool {
        self.approvals.iter().any(|approval| same_person(&approval.by, name))
    }

    /// How many approvals a unit has; of all of it for a plan without units.
    pub fn approvals_of(&self, unit: &UnitId) -> usize {
        self.approvals.iter().filter(|approval| approval.units.is_empty() || approval.units.contains(unit)).count()
    }

    /// How many approvals the unit has that has the fewest: who is limited to units approves for these alone.
    pub fn approved_by(&self) -> usize {
        let fewest = self.proposal.units.iter().map(|unit| self.approvals_of(unit)).min();
        fewest.unwrap_or_else(|| self.approvals.iter().filter(|approval| approval.units.is_empty()).count())
    }

    fn take(&mut self, step: &Step) {
        self.waiting.take(step);
        match (step.action, self.state) {
            (Action::Propose, _) => {
                if !self.is_proposer(&step.by) {
                    self.proposers.push(step.by.clone());
                }
                // Who makes the same plan stands behind it from then on, and does not check it.
                self.approvals.retain(|approval| !same_person(&approval.by, &step.by));
            }
            (Action::Challenge, State::Proposed | State::Challenged) => {
                self.state = State::Challenged;
                self.challenge = Some(Challenge { by: step.by.clone(), at: step.at, reason: step.reason.clone() });
                self.approvals.clear();
            }
            (Action::Answer, State::Challenged) => {
                self.state = State::Proposed;
                self.challenge = None;
            }
            (Action::Approve, State::Proposed) | (Action::Override, State::Challenged) => self.approve(step),
            (Action::Reject, state) if state.is_open() || state.is_approved() || state == State::Shadowed => {
                self.state = State::Rejected;
            }
            (Action::Expire, state) if state.is_open() || state.is_approved() => self.state = State::Expired,
            (Action::Shadow, state) if state.is_open() || state.is_approved() => {
                self.state = State::Shadowed;
                // It waits for nobody now, and for other approvals when it comes back: these were given before it was tried.
                (self.challenge, self.good_until) = (None, None);
                self.approvals.clear();
                self.shadow = Some(Shadow { by: step.by.clone(), since: step.at, until: step.details.until, ended: None });
            }
            (Action::Resume, State::Shadowed) => {
                self.state = State::Proposed;
                self.shadow = self.shadow.take().map(|shadow| Shadow { ended: Some(step.at), ..shadow });
            }
            (Action::Apply, State::Approved | State::Overridden | State::PartlyApplied) => self.apply(step),
            (Action::Verify, State::Applied | State::Verified) => self.state = State::Verified,
            (Action::Rollback, State::PartlyApplied | State::Applied | State::Verified) => self.state = State::RolledBack,
            _ => {}
        }
    }

    fn approve(&mut self, step: &Step) {
        if self.is_proposer(&step.by) || self.has_approved(&step.by) {
            return;
        }
        let in_spite = step.action == Action::Override;
        let (by, reason, units) = (step.by.clone(), step.reason.clone(), step.details.units.clone());
        self.approvals.push(Approval { by, at: step.at, in_spite, reason, units });
        // How many were asked for is what the document said then: another one published later takes no approval back.
        if self.approved_by() >= step.details.approvers.unwrap_or(1) as usize {
            self.state = if in_spite { State::Overridden } else { State::Approved };
            self.good_until = Some(step.details.good_until.unwrap_or(self.proposal.expires_at));
        }
    }

    fn apply(&mut self, step: &Step) {
        for unit in step.details.units.intersection(&self.proposal.units) {
            self.applied.entry(unit.clone()).or_insert(step.at);
        }
        self.applied_at = Some((self.applied_at.map_or(step.at, |(first, _)| first), step.at));
        let is_whole = self.proposal.units.iter().all(|unit| self.applied.contains_key(unit));
        self.state = if is_whole { State::Applied } else { State::PartlyApplied };
    }
}
