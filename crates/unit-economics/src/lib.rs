//! What a decision costs: by an AI, by people, or by both, on the same ledger.
//!
//! - [`people`]: the people file and the loaded rate for an hour.
//! - [`Observations`]: decisions of a window, counted by day.
//! - [`unit_cost`]: cost per decision of each arm, with its parts, interval and break-even against people.
//! - [`tokens`]: cost per million tokens of a self-hosted model, and build or buy.
//!
//! Money is exact: totals, parts and point estimates are decimals that sum without remainder. Floating point numbers occur in the
//! statistics of intervals alone ([`statistics`]), never in a figure that is added up, and as the TOML reader's way of handing over
//! a number of at most 15 digits, which survives it unchanged.
//!
//! **Architecture invariant:** this crate depends on `farthing-types` alone of ours, does no IO, has no async code, reads no clock
//! and no environment.

mod break_even;
mod cost;
mod error;
mod exact;
mod observation;
pub mod people;
pub mod statistics;
pub mod tokens;

pub use break_even::{BreakEven, ErrorRate, Volume};
pub use cost::{
    Basis, BootstrapCheck, Comparison, CostLine, CostPart, CostPerDecision, Input, Interval, LineKind, Outcomes, UnassignedLine,
    UnitCost, Verdict, unit_cost,
};
pub use error::EconomicsError;
pub use observation::{Actor, Observations, Outcome, Totals};
