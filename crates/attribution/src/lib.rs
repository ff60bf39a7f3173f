//! Who pays for what: operational units, rules, shared pools and exact splits.
//!
//! A [`RuleSet`] is read from a rule file ([`file::RuleFile`] is the format's reference) and checked as a whole; every problem is
//! reported with its line. [`attribute`] applies it to groups of charges: rules are linear, so they run on the distinct
//! attribution keys of a [`KeyTable`] and not on charges. [`explain`] walks a figure back to its keys, rules and shares, and
//! [`trace`] to the values that the rules went by.
//!
//! Invariants, held by property tests:
//!
//! - **attributed + unattributed = billed**, exactly, for every source, currency and each of the four costs;
//! - the lines of a pool sum to zero for every source and currency, so that a split only moves money;
//! - the answer does not depend on the order of the groups, nor on how charges are cut into groups;
//! - a sum that does not fit is an error, never a wrapped number.
//!
//! **Architecture invariant:** pure. No IO, no clock, no environment; of ours it depends on the types only.

mod assign;
mod attribute;
mod build;
mod check;
mod column;
mod condition;
mod destinations;
mod drivers;
mod effective;
mod error;
mod explain;
pub mod file;
mod input;
mod keys;
mod lines;
mod matcher;
mod metrics;
mod name;
mod pools;
mod preview;
mod reason;
mod reciprocal;
mod rules;
mod slices;
mod sums;
mod trace;
mod tree;
pub mod units;

#[cfg(test)]
mod tests;

pub use assign::{Assigner, Assignment};
pub use attribute::attribute;
pub use column::{ALWAYS_READ, CHARGE_HOUR};
pub use destinations::{Destination, Destinations};
pub use drivers::{Drivers, Span};
pub use effective::Effective;
pub use error::{Caution, Entry, Problem, RuleError, RuleWarning, Section, Site};
pub use explain::{Evidence, Explanation, Figure, explain};
pub use input::{AttributionError, ChargeGroup, Charges};
pub use keys::{ABSENT, KeyTable};
pub use lines::{Attribution, Coverage, DirectLine, FigureOn, PoolLine, PoolNote, Proof, UnattributedLine};
pub use metrics::{Metrics, MetricsError};
pub use name::{PoolId, RuleId};
pub use preview::{Move, Preview, UnitChange, preview};
pub use reason::Reason;
pub use rules::{Driver, Pool, Rule, RuleSet, UsageFields, Workload};
pub use trace::{FieldValue, Traced, trace};
pub use tree::{Unit, UnitTree};
