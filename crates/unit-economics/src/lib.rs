//! What a decision costs: by an AI, by people, or by both, on the same ledger.
//!
//! - [`people`]: the people file and the loaded rate for an hour.
//! - [`Observations`]: decisions of a window, counted by day.
//! - [`unit_cost`]: cost per decision of each arm, with its parts, interval and break-even against people.
//! - [`experiment`]: two arms side by side, and decisions in shadow, with answers that may be looked at at any time.
//! - [`kpi`]: the registry of metrics. [`portfolio`]: what people know of their models, and drift.
//! - [`prices`]: what tokens are sold for, reserved capacity, hosted models.
//! - [`tokens`]: usage to cost on two bases, their difference by its parts, cost per million tokens, build or buy.
//! - [`ownership`]: the total cost of ownership of AI systems, and what an hour without them costs.
//!
//! Money is exact: totals, parts and point estimates are decimals that sum without remainder. Floating point numbers occur in the
//! statistics of intervals alone ([`statistics`]), never in a figure that is added up, and as the TOML reader's way of handing over
//! a number of at most 15 digits, which survives it unchanged.
//!
//! **Architecture invariant:** this crate depends on `farthing-types` alone of ours, does no IO, has no async code, reads no clock
//! and no environment.

mod break_even;
mod charge_filter;
mod cost;
mod document;
mod error;
mod exact;
pub mod experiment;
pub mod kpi;
mod observation;
pub mod ownership;
pub mod people;
pub mod portfolio;
pub mod prices;
pub mod statistics;
pub mod tokens;

pub use break_even::{BreakEven, ErrorRate, Volume};
pub use charge_filter::ChargeFilter;
pub use cost::{
    Basis, BootstrapCheck, Capacity, Comparison, CostLine, CostPart, CostPerDecision, Input, Interval, LineKind, Outcomes,
    Sensitivity, SensitivityInput, Slice, SliceBy, UnassignedLine, UnitCost, Verdict, unit_cost, unit_costs,
};
pub use document::{DocumentProblem, FigureSource};
pub use error::EconomicsError;
pub use observation::{Actor, Observations, Outcome, Totals};
