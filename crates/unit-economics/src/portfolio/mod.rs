//! The portfolio of models: a scorecard each, from facts and from what only people know.
//!
//! What no fact says (owner, since when, until when, what it depends on, what could take its place) stands in the models file.

mod drift;
mod file;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{ModelId, WorkflowId};

pub use drift::{Change, RateCounts, change};
pub use file::parse;

/// What the models file says of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelEntry {
    /// The model, as decisions and usage name it.
    pub model: ModelId,
    /// Its name for people.
    pub name: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Since when it is in use.
    pub introduced: Option<NaiveDate>,
    /// The last day of its contract.
    pub contract_end: Option<NaiveDate>,
    /// What it depends on: a base model, a data pipeline, a vendor.
    pub depends_on: Vec<String>,
    /// Models that could take its place.
    pub alternatives: Vec<ModelId>,
    /// Workflows it is meant for.
    pub workflows: Vec<WorkflowId>,
}

/// The models file, by model.
pub type Models = BTreeMap<ModelId, ModelEntry>;
