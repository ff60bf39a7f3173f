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
}

/// A text that is no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no step of a recommendation; the steps are {known}", known = Action::ALL.map(Action::as_str).join(", "))]
pub struct UnknownAction(String);

impl Action {
    /// All of them.
    pub const ALL: [Self; 10] = [
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
        }
    }

    /// True where it needs a reason in writing.
    pub const fn needs_reason(self) -> bool {
        !matches!(self, Self::Propose | Self::Approve | Self::Apply | Self::Verify)
    }

    /// True where who proposed must not do it: the database refuses it as well.
    pub const fn is_for_others(self) -> bool {
        matches!(self, Self::Approve | Self::Override | Self::Verify)
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
