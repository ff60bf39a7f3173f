//! What the flow lets pass and what it does not.

mod calendar;
mod flow;
mod generated;
mod policy;
mod shadow;
mod waiting;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::UnitId;

use crate::{Action, Asked, Case, Changes, Details, Now, Phase, Proposal, Refusal, Step};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn unit(name: &str) -> UnitId {
    name.parse().unwrap()
}

pub(super) fn units(names: &[&str]) -> BTreeSet<UnitId> {
    names.iter().map(|name| unit(name)).collect()
}

/// A recommendation that people work on.
pub(super) struct Flow {
    pub proposal: Proposal,
    pub steps: Vec<Step>,
    pub now: DateTime<Utc>,
    pub approvers: u32,
    pub changes: Changes,
}

impl Flow {
    /// Proposed by ada, for two units, good for two weeks; so many have to approve, for a week.
    pub fn new(approvers: u32) -> Self {
        let now = at("2026-06-01T08:00:00Z");
        let expires_at = now + TimeDelta::days(14);
        let proposal = Proposal { expires_at, is_recommended: true, units: units(&["payments", "risk"]) };
        let mut flow = Self { proposal, steps: Vec::new(), now, approvers, changes: Changes::default() };
        flow.does("ada", Action::Propose).unwrap();
        flow
    }

    pub fn case(&self) -> Case {
        Case::of(self.proposal.clone(), &self.steps, self.now)
    }

    pub fn does(&mut self, by: &str, action: Action) -> Result<Case, Refusal> {
        self.does_for(by, action, &[])
    }

    /// Takes a step where it may be taken.
    pub fn does_for(&mut self, by: &str, action: Action, of: &[&str]) -> Result<Case, Refusal> {
        let (case, asked) = (self.case(), units(of));
        let mut details = Details::default();
        if action == Action::Apply {
            match case.phase(&asked)? {
                Phase::Done => return Ok(case),
                Phase::Whole => {}
                Phase::Units(left) => details.units = left,
            }
        }
        let now = Now { at: self.now, is_altered: false, changes: self.changes.clone(), lets_facts_pass: false };
        case.check(Asked { by, action, reason: "since it is so" }, &now)?;
        if matches!(action, Action::Approve | Action::Override) {
            details.approvers = Some(self.approvers);
            details.good_until = Some(self.proposal.expires_at.min(self.now + TimeDelta::days(7)));
        }
        self.push(by, action, details);
        Ok(self.case())
    }

    /// Adds a step that nobody checked.
    pub fn push(&mut self, by: &str, action: Action, details: Details) {
        self.steps.push(Step {
            sequence: self.steps.len() as u64 + 1,
            by: by.to_owned(),
            action,
            reason: "since it is so".to_owned(),
            plan_hash: "1".to_owned(),
            input_hash: "2".to_owned(),
            at: self.now,
            details,
        });
    }
}
