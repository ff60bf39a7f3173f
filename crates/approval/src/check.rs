//! Whether a step may be taken.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use farthing_types::UnitId;

use crate::{Action, Case, Challenge, Changes, Closed, State, same_person};

/// The longest reason, in bytes.
const LONGEST_REASON: usize = 10_000;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who.
    pub by: &'a str,
    /// What.
    pub action: Action,
    /// Why.
    pub reason: &'a str,
}

/// What else decides: the moment, and whether the plan is still that of its inputs.
#[derive(Clone, Debug)]
pub struct Now {
    /// The moment.
    pub at: DateTime<Utc>,
    /// True where the plan is not byte for byte the one that was proposed.
    pub is_altered: bool,
    /// What is otherwise than when it was made.
    pub changes: Changes,
    /// True where newer facts are let pass.
    pub lets_facts_pass: bool,
}

/// What there is to apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing: it was applied before.
    Done,
    /// The plan as a whole.
    Whole,
    /// These units.
    Units(BTreeSet<UnitId>),
}

/// Why a step is refused. Nothing is changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody.
    #[error("say who does this: every step has somebody's name")]
    Nobody,
    /// No reason.
    #[error("to {0} needs a reason in writing")]
    NoReason(Action),
    /// Too much of one.
    #[error("a reason has up to {LONGEST_REASON} bytes")]
    LongReason,
    /// Nobody knows who made it.
    #[error("it was made before it was recorded who proposes, so nobody can be sure to be another: plan again")]
    Unproposed,
    /// The plan in the database is another.
    #[error(
        "the plan is not the one that was proposed: its hash is another. Somebody changed it outside the program; plan again"
    )]
    Altered,
    /// What it was made from is another.
    #[error("what it was made from has changed, so it is to be planned again: {}", .0.join("; "))]
    Stale(Vec<String>),
    /// Too late.
    #[error("it expired at {}: plan again", .0.format("%Y-%m-%d %H:%MZ"))]
    Expired(DateTime<Utc>),
    /// It is shown and not recommended.
    #[error(
        "it is shown and not recommended, since no plan was found or its replay misses a promise: there is nothing to approve"
    )]
    NotRecommended,
    /// Who proposed.
    #[error("{by} proposed it, and nobody {} what they proposed: somebody else has to", .action.does())]
    Own {
        /// Who.
        by: String,
        /// What they wanted.
        action: Action,
    },
    /// Who approved.
    #[error("{0} has approved it already; a second approval is a second person's")]
    Twice(String),
    /// Who challenged.
    #[error("{0} challenged it and cannot override that: answer the challenge instead, which takes it back")]
    OwnChallenge(String),
    /// It waits for an answer.
    #[error(
        "{by} challenged it ({reason}): it is approved again after an answer, or in spite of it by an override with a reason"
    )]
    Challenged {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// It is not there yet, or past it.
    #[error("it is {state}, so it cannot be {} now: {next}", .action.done())]
    NotNow {
        /// Where it stands.
        state: State,
        /// What was wanted.
        action: Action,
        /// What can be done.
        next: &'static str,
    },
    /// A unit that it is not about.
    #[error("it is not about the unit {unit}; {}", known(.units))]
    OtherUnit {
        /// The unit.
        unit: UnitId,
        /// The units that it is about.
        units: BTreeSet<UnitId>,
    },
    /// A freeze, or no change window.
    #[error("{0}")]
    Closed(Closed),
    /// Somebody who is limited to units, and what is not theirs alone.
    #[error("{by} is limited to units, and it is about others: {}; somebody who is not limited to units {} it", listed(.others), .action.does())]
    NotTheirs {
        /// Who.
        by: String,
        /// What they wanted.
        action: Action,
        /// The units that are not theirs.
        others: BTreeSet<UnitId>,
    },
}

fn listed(units: &BTreeSet<UnitId>) -> String {
    match units.is_empty() {
        true => "the whole organisation".to_owned(),
        false => units.iter().map(UnitId::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn known(units: &BTreeSet<UnitId>) -> String {
    match units.is_empty() {
        true => "it is applied as a whole".to_owned(),
        false => format!("its units are {}", listed(units)),
    }
}

impl Refusal {
    /// True where the plan has to be made again.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Unproposed | Self::Altered | Self::Stale(_) | Self::Expired(_))
    }
}

impl Case {
    /// Says whether a step may be taken. Whether an [`Action::Apply`] finds a window is the [`Calendar`](crate::Calendar)'s to say, and
    /// what is left to apply [`Case::phase`]'s.
    ///
    /// # Errors
    /// [`Refusal`], with what can be done instead.
    pub fn check(&self, asked: Asked<'_>, now: &Now) -> Result<(), Refusal> {
        let Asked { by, action, reason } = asked;
        if by.trim().is_empty() {
            return Err(Refusal::Nobody);
        }
        if action.needs_reason() && reason.trim().is_empty() {
            return Err(Refusal::NoReason(action));
        }
        if reason.len() > LONGEST_REASON {
            return Err(Refusal::LongReason);
        }
        self.is_time_for(action)?;
        if action.is_for_others() {
            self.is_another(by, action)?;
        }
        match action {
            Action::Approve | Action::Override => {
                if !self.proposal.is_recommended {
                    return Err(Refusal::NotRecommended);
                }
                if let Some(challenge) = self.challenge.as_ref().filter(|challenge| same_person(&challenge.by, by)) {
                    return Err(Refusal::OwnChallenge(challenge.by.clone()));
                }
                self.stands(now, true)
            }
            // What is half done changes the facts by itself: then the documents alone count.
            Action::Apply => self.stands(now, self.applied_at.is_none()),
            _ => Ok(()),
        }
    }

    /// What there is to apply of the units that are asked for; all that is left where none are named.
    ///
    /// # Errors
    /// [`Refusal::OtherUnit`] where it is not about one of them, or why it is not the time to apply it.
    pub fn phase(&self, asked: &BTreeSet<UnitId>) -> Result<Phase, Refusal> {
        self.is_time_for(Action::Apply)?;
        let units = &self.proposal.units;
        if let Some(unit) = asked.difference(units).next() {
            return Err(Refusal::OtherUnit { unit: unit.clone(), units: units.clone() });
        }
        if units.is_empty() {
            return Ok(if self.applied_at.is_some() { Phase::Done } else { Phase::Whole });
        }
        let wanted = if asked.is_empty() { units } else { asked };
        let left: BTreeSet<UnitId> = wanted.iter().filter(|unit| !self.applied.contains_key(*unit)).cloned().collect();
        Ok(if left.is_empty() { Phase::Done } else { Phase::Units(left) })
    }

    /// The units that somebody decides for who is limited to `theirs`, as far as the plan is about them: all that a step is about has to be
    /// theirs, but that an approval may be for theirs alone, and a comment for any.
    ///
    /// # Errors
    /// [`Refusal::NotTheirs`].
    pub fn for_theirs(&self, asked: Asked<'_>, theirs: &BTreeSet<UnitId>) -> Result<BTreeSet<UnitId>, Refusal> {
        let units = &self.proposal.units;
        let others: BTreeSet<UnitId> = units.difference(theirs).cloned().collect();
        let own: BTreeSet<UnitId> = units.intersection(theirs).cloned().collect();
        let for_all = [Action::Reject, Action::Verify, Action::Rollback, Action::Shadow, Action::Observe, Action::Resume];
        let for_some = !for_all.contains(&asked.action);
        match !own.is_empty() && (for_some || others.is_empty()) {
            true => Ok(own),
            false => Err(Refusal::NotTheirs { by: asked.by.trim().to_owned(), action: asked.action, others }),
        }
    }

    fn is_another(&self, by: &str, action: Action) -> Result<(), Refusal> {
        if self.proposers.is_empty() {
            return Err(Refusal::Unproposed);
        }
        if self.is_proposer(by) {
            return Err(Refusal::Own { by: by.trim().to_owned(), action });
        }
        match matches!(action, Action::Approve | Action::Override) && self.has_approved(by) {
            true => Err(Refusal::Twice(by.trim().to_owned())),
            false => Ok(()),
        }
    }

    /// Refuses a plan that is not of its inputs any more.
    fn stands(&self, now: &Now, with_facts: bool) -> Result<(), Refusal> {
        if now.is_altered {
            return Err(Refusal::Altered);
        }
        let facts = now.changes.facts.iter().filter(|_| with_facts && !now.lets_facts_pass);
        let changed: Vec<String> = now.changes.documents.iter().chain(facts).cloned().collect();
        if !changed.is_empty() {
            return Err(Refusal::Stale(changed));
        }
        // Later phases come to an end with the approval too.
        let end = if self.state == State::PartlyApplied { self.good_until } else { self.deadline() };
        match end.filter(|end| *end <= now.at) {
            Some(end) => Err(Refusal::Expired(end)),
            None => Ok(()),
        }
    }

    fn is_time_for(&self, action: Action) -> Result<(), Refusal> {
        use State as S;
        let is_time = match action {
            Action::Comment => true,
            Action::Assign => !self.state.is_over(),
            Action::Escalate => self.state.is_open(),
            Action::Expire => self.lapsed.is_some(),
            Action::Shadow => self.state.is_open() || self.state.is_approved(),
            Action::Observe => self.shadow.is_some(),
            Action::Resume => self.state == S::Shadowed,
            Action::Propose | Action::Challenge => self.state.is_open(),
            Action::Answer | Action::Override => self.state == S::Challenged,
            Action::Approve => self.state == S::Proposed,
            Action::Reject => self.state.is_open() || self.state.is_approved() || self.state == S::Shadowed,
            Action::Apply => matches!(self.state, S::Approved | S::Overridden | S::PartlyApplied | S::Applied | S::Verified),
            Action::Verify => matches!(self.state, S::Applied | S::Verified),
            Action::Rollback => matches!(self.state, S::PartlyApplied | S::Applied | S::Verified),
        };
        if is_time {
            return Ok(());
        }
        if let (S::Expired, Some(end)) = (self.state, self.good_until.or(Some(self.proposal.expires_at))) {
            return Err(Refusal::Expired(end));
        }
        if let (Action::Approve, S::Challenged, Some(Challenge { by, reason, .. })) = (action, self.state, self.challenge.clone())
        {
            return Err(Refusal::Challenged { by, reason });
        }
        Err(Refusal::NotNow { state: self.state, action, next: self.next() })
    }

    /// What can be done where it stands.
    fn next(&self) -> &'static str {
        match self.state {
            State::Proposed => "it can be approved, challenged, put in shadow or rejected",
            State::Challenged => "it can be answered, overridden or rejected",
            State::Approved | State::Overridden => "it can be applied, put in shadow or rejected",
            State::PartlyApplied => "the other units can have it, or it can be rolled back",
            State::Applied | State::Verified => "it can be verified or rolled back",
            State::Shadowed => "it runs in shadow and is not applied: it can be taken out of it, or rejected",
            State::Rejected | State::RolledBack | State::Expired => "plan again",
        }
    }
}
