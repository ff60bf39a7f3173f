//! Instances of the models from what was measured, and from what the planning document adds.
//!
//! Each module takes facts in plain types and its part of the document, and makes an instance in the format of the model's `MODEL.md`:
//! what was solved can be kept, sent to somebody else, and solved again. What had to be assumed is said.

pub mod commitments;
pub mod contracts;
mod document;
pub mod portfolio;
pub mod routing;
mod scenarios;
pub mod storage;
#[cfg(test)]
mod tests;

pub use document::{
    ChargeMatch, CommitmentTerms, ContractTerms, DatasetTerms, HeldTerms, NeedTerms, OfferTerms, OneOrMore, Planning,
    PortfolioTerms, RoutingTerms, ScenarioTerms, StorageTerms,
};
pub use scenarios::{DemandScenario, scenarios};

use farthing_types::Amount;
use serde_json::Value;

/// An instance made of measured facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// In the format of the model's MODEL.md.
    pub instance: Value,
    /// Months that the model's costs are for.
    pub months: u32,
    /// What it rests on, in words.
    pub assumptions: Vec<String>,
}

impl Derived {
    /// The instance as text, the same bytes for the same facts and document.
    pub fn text(&self) -> String {
        self.instance.to_string()
    }
}

/// Why no instance can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasuredError {
    /// The document cannot be read.
    #[error("{0}")]
    Document(String),
    /// A part of the document is needed.
    #[error(
        "the planning document has no {section}, and no fact says {what}; add it and publish the document again: `farthing planning publish planning.toml`"
    )]
    Missing {
        /// The part: `[[storage.class]]`.
        section: &'static str,
        /// What it says.
        what: &'static str,
    },
    /// Nothing that is measured belongs to the model.
    #[error("{0}")]
    Nothing(String),
    /// A figure does not fit.
    #[error("{0} is too large for exact arithmetic; look for a wrong unit in the facts or in the planning document")]
    TooLarge(&'static str),
}

/// Quotient, where the divisor is known not to be zero.
fn over(value: Amount, divisor: Amount, what: &'static str) -> Result<Amount, MeasuredError> {
    value.checked_div(divisor).ok_or(MeasuredError::TooLarge(what))
}

fn times(value: Amount, factor: Amount, what: &'static str) -> Result<Amount, MeasuredError> {
    value.checked_mul(factor).ok_or(MeasuredError::TooLarge(what))
}

fn count(value: usize) -> Amount {
    Amount::from_int(i64::try_from(value).unwrap_or(i64::MAX))
}
