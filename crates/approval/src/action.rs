//! What somebody does with a recommendation, a closed list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RecommendationAction)]
pub enum Action {
    /// Puts the plan to others: whoever makes it does.
    Propose,
    /// Says something, and changes nothing.
    Comment,
    /// Doubts it: what was approved before counts no more, and it waits for an answer.
    Challenge,
    /// Answers a challenge, so that it can be approved again.
    Answer,
    /// Agrees.
    Approve,
    /// Agrees in spite of a challenge that nobody answered.
    Override,
    /// Refuses it for good.
    Reject,
    /// Carries out a phase.
    Apply,
    /// Says what it brought.
    Verify,
    /// Takes back what was applied.
    Rollback,
    /// Gives it to a person to deal with, or to nobody any more.
    Assign,
    /// Nobody answered for too long: it goes to somebody else. A job does it.
    Escalate,
    /// Nobody decided on it in time, or applied it in time. A job does it.
    Expire,
    /// Lets it run in shadow: nothing is applied, and what it would have done is held beside what was done.
    Shadow,
    /// Says what was done while it ran in shadow.
    Observe,
    /// Takes it out of shadow: it waits for approval again.
    Resume,
}

/// A text that is no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no step of a recommendation; the steps are {known}", known = Action::ALL.map(Action::as_str).join(", "))]
pub struct UnknownAction(String);

impl Action {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Propose,
        Self::Comment,
        Self::Challenge,
        Self::Answer,
        Self::Approve,
        Self::Override,
        Self::Reject,
        Self::Apply,
        Self::Verify,
        Self::Rollback,
        Self::Assign,
        Self::Escalate,
        Self::Expire,
        Self::Shadow,
        Self::Observe,
        Self::Resume,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Comment => "comment",
            Self::Challenge => "challenge",
            Self::Answer => "answer",
            Self::Approve => "approve",
            Self::Override => "override",
            Self::Reject => "reject",
            Self::Apply => "apply",
            Self::Verify => "verify",
            Self::Rollback => "rollback",
            Self::Assign => "assign",
            Self::Escalate => "escalate",
            Self::Expire => "expire",
            Self::Shadow => "shadow",
            Self::Observe => "observe",
            Self::Resume => "resume",
        }
    }

    /// What was done, for sentences.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Propose => "proposed",
            Self::Comment => "commented on",
            Self::Challenge => "challenged",
            Self::Answer => "answered",
            Self::Approve => "approved",
            Self::Override => "overridden",
            Self::Reject => "rejected",
            Self::Apply => "applied",
            Self::Verify => "verified",
            Self::Rollback => "rolled back",
            Self::Assign => "assigned",
            Self::Escalate => "escalated",
            Self::Expire => "found expired",
            Self::Shadow => "put in shadow",
            Self::Observe => "observed in shadow",
            Self::Resume => "taken out of shadow",
        }
    }

    /// What somebody does, for sentences.
    pub const fn does(self) -> &'static str {
        match self {
            Self::Propose => "proposes",
            Self::Comment => "comments on",
            Self::Challenge => "challenges",
            Self::Answer => "answers",
            Self::Approve => "approves",
            Self::Override => "overrides",
            Self::Reject => "rejects",
            Self::Apply => "applies",
            Self::Verify => "verifies",
            Self::Rollback => "rolls back",
            Self::Assign => "assigns",
            Self::Escalate => "escalates",
            Self::Expire => "ends",
            Self::Shadow => "puts in shadow",
            Self::Observe => "observes in shadow",
            Self::Resume => "takes out of shadow",
        }
    }

    /// True where it needs a reason in writing.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Comment | Self::Challenge | Self::Answer | Self::Override | Self::Reject | Self::Rollback)
    }

    /// True where it answers whoever waits: what is said, and whom it is given to, do not.
    pub const fn answers(self) -> bool {
        matches!(self, Self::Propose | Self::Challenge | Self::Answer | Self::Approve | Self::Override | Self::Resume)
    }

    /// True where who proposed must not do it: the database refuses it as well.
    pub const fn is_for_others(self) -> bool {
        matches!(self, Self::Approve | Self::Override | Self::Verify | Self::Observe)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, UnknownAction> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == word);
        found.ok_or_else(|| UnknownAction(word.chars().take(64).collect()))
    }
}
