//! What a decision costs: by an AI, by people, or by both, on the same ledger.
//!
//! - [`people`]: the people file and the loaded rate for an hour.
//! - [`Observations`]: decisions of a window, counted by day.
//! - [`unit_cost`]: cost per decision of each arm, with its parts, interval and break-even against people.
//! - [`experiment`]: two arms side by side, and decisions in shadow, with answers that may be looked at at any time.
//! - [`kpi`]: the registry of metrics. [`portfolio`]: what people know of their models, and drift.
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
pub mod experiment;
pub mod kpi;
mod observation;
pub mod people;
pub mod portfolio;
pub mod statistics;
pub mod tokens;

pub use break_even::{BreakEven, ErrorRate, Volume};
pub use cost::{
    Basis, BootstrapCheck, Capacity, Comparison, CostLine, CostPart, CostPerDecision, Input, Interval, LineKind, Outcomes,
    Sensitivity, SensitivityInput, Slice, SliceBy, UnassignedLine, UnitCost, Verdict, unit_cost, unit_costs,
};
pub use error::EconomicsError;
pub use observation::{Actor, Observations, Outcome, Totals};
