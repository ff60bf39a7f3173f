use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use farthing_types::{Amount, ModelId, Quantity};
use serde::Serialize;
use utoipa::ToSchema;

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A model alone.
    Ai,
    /// A person alone.
    Person,
    /// A model first, then a person who checks or finishes.
    AiThenPerson,
}

impl Actor {
    /// The word in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ai => "ai",
            Self::Person => "person",
            Self::AiThenPerson => "ai_then_person",
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Actor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::Ai, Self::Person, Self::AiThenPerson].into_iter().find(|actor| actor.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no actor: write one of ai, person, ai_then_person"))
    }
}

/// How a decision ended; the place of its count in [`Totals::outcomes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Sums over decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many, by outcome: accepted, overridden, wrong, escalated.
    pub outcomes: [u64; 4],
    /// People's time stated, in seconds.
    pub handling_seconds: Quantity,
    /// Decisions on which a person worked without a time stated.
    pub handling_unstated: u64,
    /// Time of checking stated, in seconds.
    pub review_seconds: Quantity,
    /// Decisions that a person checked without a time stated.
    pub review_unstated: u64,
    /// Error costs stated, in the report's currency.
    pub error_cost: Amount,
    /// Wrong decisions without a cost stated.
    pub error_cost_unstated: u64,
    /// Inference calls stated.
    pub requests: u64,
    /// Decisions that state their inference calls.
    pub with_requests: u64,
    /// Σ xᵢ·xⱼ over decisions, upper triangle row by row, for the variables one, handling_seconds, handling_unstated,
    /// review_seconds, review_unstated, error_cost, error_cost_unstated, requests, wrong (45 values). Empty where it is not known:
    /// intervals then rest on days alone.
    pub cross: Vec<Amount>,
}

/// How many variables [`Totals::cross`] is over.
pub(crate) const VARIABLES: usize = 9;

impl Totals {
    /// How many decisions.
    pub fn decisions(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// How many ended so.
    pub fn with_outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize]
    }

    /// How many were right, as far as is known: all but the wrong ones.
    pub fn sound(&self) -> u64 {
        self.decisions() - self.with_outcome(Outcome::Wrong)
    }

    /// The sum with `other`; `None` where it does not fit. Cross products survive only where both have them.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let mut outcomes = self.outcomes;
        for (sum, more) in outcomes.iter_mut().zip(other.outcomes) {
            *sum = sum.checked_add(more)?;
        }
        let quantity = |a: Quantity, b: Quantity| a.0.checked_add(b.0).map(Quantity);
        let cross = match (self.decisions(), other.decisions()) {
            (0, _) => other.cross.clone(),
            (_, 0) => self.cross.clone(),
            _ if self.cross.len() == other.cross.len() => {
                self.cross.iter().zip(&other.cross).map(|(a, b)| a.checked_add(*b)).collect::<Option<Vec<_>>>()?
            }
            _ => Vec::new(),
        };
        Some(Self {
            outcomes,
            handling_seconds: quantity(self.handling_seconds, other.handling_seconds)?,
            handling_unstated: self.handling_unstated.checked_add(other.handling_unstated)?,
            review_seconds: quantity(self.review_seconds, other.review_seconds)?,
            review_unstated: self.review_unstated.checked_add(other.review_unstated)?,
            error_cost: self.error_cost.checked_add(other.error_cost)?,
            error_cost_unstated: self.error_cost_unstated.checked_add(other.error_cost_unstated)?,
            requests: self.requests.checked_add(other.requests)?,
            with_requests: self.with_requests.checked_add(other.with_requests)?,
            cross,
        })
    }

    /// The sums of the variables of [`Totals::cross`], for statistics.
    pub(crate) fn sums(&self) -> [f64; VARIABLES] {
        use crate::exact::float;
        [
            self.decisions() as f64,
            float(self.handling_seconds.0),
            self.handling_unstated as f64,
            float(self.review_seconds.0),
            self.review_unstated as f64,
            float(self.error_cost),
            self.error_cost_unstated as f64,
            self.requests as f64,
            self.with_outcome(Outcome::Wrong) as f64,
        ]
    }

    pub(crate) fn cross_product(&self, i: usize, j: usize) -> Option<Amount> {
        let (i, j) = (i.min(j), i.max(j));
        self.cross.get(i * VARIABLES - i * (i + 1) / 2 + j).copied()
    }
}

/// The decisions of one arm: one actor, with one model where an AI took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observations {
    /// Who decided.
    pub actor: Actor,
    /// By which model.
    pub model: Option<ModelId>,
    /// The sums of each day with decisions.
    pub days: BTreeMap<NaiveDate, Totals>,
}
