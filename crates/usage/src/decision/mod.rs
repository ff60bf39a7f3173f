//! Decisions and their outcomes: what was decided, by whom, how it ended and how long people worked on it.
//!
//! [`decode`] reads CSV with a header, JSON lines or a JSON array, with these columns:
//!
//! | column | meaning |
//! |---|---|
//! | `id` (`decision_id`) | unique; the same row again is a repetition, one that was stated later takes its place, any other is a conflict |
//! | `decided_at` (`timestamp`, `time`) | when; RFC 3339, `YYYY-MM-DD HH:MM:SS` in UTC, or Unix time |
//! | `workflow` | which workflow |
//! | `unit` | operational unit; may be empty |
//! | `actor` | `ai`, `person` or `ai_then_person` |
//! | `model` | the AI's model; may be empty for people |
//! | `model_version` (`version`) | which version of it; may be empty |
//! | `outcome` | `accepted`, `overridden`, `wrong` or `escalated` |
//! | `handling_seconds` | people's time on the decision itself; may be empty |
//! | `review_seconds` | people's time on checking it; may be empty |
//! | `error_cost`, `currency` | what a wrong decision cost; empty where the workflow's figure applies |
//! | `requests` (`inference_requests`) | inference calls it took; may be empty |
//! | `confidence` | the model's, 0 to 1; may be empty |
//! | `answer` (`decision`) | what was decided: `approve`, `refer`; may be empty |
//! | `override_reason` | why a person decided otherwise; may be empty |
//! | `error_found_at` | when an error was found, later than the decision; may be empty |
//! | `updated_at` | when the row was stated, where it corrects an earlier one of the same id ([`Latest`] has the rule); may be empty |
//! | `shadow_of` | the id of the decision that took effect, where this one ran beside it and did not; may be empty |
//! | `tag:NAME` (JSON also: an object `tags`) | an attribute of the decision, to tell segments apart: `tag:channel`; may be empty |

mod counts;
mod decode;
mod versions;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, ModelId, Money, Quantity, UnitId, WorkflowId};
use serde::{Deserialize, Serialize};

pub use crate::row::Format;
pub use counts::{CountsError, DecisionCounts, DecisionGroup, DecisionTotals, VARIABLES};
pub use decode::{Options, decode, decode_numbered};
pub use versions::{Latest, Statement, StatementConflict};

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A model alone.
    Ai,
    /// A person alone.
    Person,
    /// A model first, then a person who checks or finishes.
    AiThenPerson,
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It stood.
    Accepted,
    /// A person decided otherwise before it took effect.
    Overridden,
    /// It took effect and was found to be an error.
    Wrong,
    /// It was handed to a person to decide.
    Escalated,
}

macro_rules! words {
    ($name:ident, $what:literal, $($variant:ident = $word:literal),+) => {
        impl $name {
            /// Every value, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in files and reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(text));
                found.ok_or_else(|| format!("{} is no {}: write one of {}", crate::finding::shown(text), $what, [$($word),+].join(", ")))
            }
        }
    };
}

words!(Actor, "actor", Ai = "ai", Person = "person", AiThenPerson = "ai_then_person");
words!(Outcome, "outcome", Accepted = "accepted", Overridden = "overridden", Wrong = "wrong", Escalated = "escalated");

/// One outcome of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Unique within a source.
    pub id: String,
    /// When it was made.
    pub decided_at: DateTime<Utc>,
    /// In which workflow.
    pub workflow: WorkflowId,
    /// For which operational unit, where stated.
    pub unit: Option<UnitId>,
    /// By whom.
    pub actor: Actor,
    /// By which model, where one took part.
    pub model: Option<ModelId>,
    /// By which version of it, where stated.
    pub model_version: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// People's time on the decision itself, in seconds.
    pub handling_seconds: Option<Quantity>,
    /// People's time on checking it, in seconds.
    pub review_seconds: Option<Quantity>,
    /// What the error cost, where the decision was wrong and the cost is known.
    pub error_cost: Option<Money>,
    /// Inference calls it took.
    pub requests: Option<u64>,
    /// The model's confidence, 0 to 1.
    pub confidence: Option<Amount>,
    /// What was decided, in the workflow's own words.
    pub answer: Option<String>,
    /// Why a person decided otherwise.
    pub override_reason: Option<String>,
    /// When the error was found.
    pub error_found_at: Option<DateTime<Utc>>,
    /// When this row was stated, where it is not the first of the decision.
    pub updated_at: Option<DateTime<Utc>>,
    /// The decision that took effect, where this one ran beside it (in shadow) and did not.
    pub shadow_of: Option<String>,
    /// Attributes, to tell segments apart.
    pub tags: BTreeMap<String, String>,
}

impl Decision {
    /// True where it ran beside another and took no effect: it is compared, and counts in no cost per decision.
    pub fn is_shadow(&self) -> bool {
        self.shadow_of.is_some()
    }

    /// True where a person worked on the decision itself: by the actor, or because the AI's answer was overridden or handed on.
    pub fn takes_handling(&self) -> bool {
        match self.actor {
            Actor::Person => true,
            Actor::Ai | Actor::AiThenPerson => matches!(self.outcome, Outcome::Overridden | Outcome::Escalated),
        }
    }

    /// True where a person checked it as a matter of course.
    pub fn takes_review(&self) -> bool {
        self.actor == Actor::AiThenPerson
    }
}
