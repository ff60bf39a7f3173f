//! A sample organisation: an insurer and lender that runs part of its operations on AI, with its bills, usage, decisions and an
//! event log.
//!
//! Everything is a function of (rows, seed): the bytes are the same on every machine and for every number of threads, since
//! every draw is made from a counter and no floating point number is involved.
//!
//! **Architecture invariant:** this crate knows the files that others read, and no other crate of ours but the types.

mod accounts;
mod bill;
mod budgets;
mod calendar;
mod catalogue;
mod charge;
mod core_rows;
mod decimal;
mod decisions;
mod dice;
mod error;
mod event_log;
mod fleet_profile;
mod fleets;
mod layout;
mod manifest;
mod organisation;
mod people;
mod planning;
mod prices;
mod regions;
mod rules;
mod sku;
mod specials;
mod systems;
mod tags;
mod texts;
mod units;
mod usage;
mod workflows;
mod workloads;

#[cfg(test)]
mod tests;

pub use accounts::Provider;
pub use bill::{BillFile, BillOptions, Format, write_bill};
pub use decisions::{DecisionFile, write_decisions};
pub use error::SampleError;
pub use event_log::write_event_log;
pub use manifest::{DecisionImport, EventLogImport, MANIFEST, Manifest, UsageImport, write_organisation};
pub use organisation::{DEFAULT_ROWS, MAX_ROWS, MIN_ROWS, Organisation};
pub use units::Unit;
pub use usage::{UsageFile, write_usage};
pub use workflows::Workflow;
pub use workloads::{Demand, Serving, Workload};
