//! What Farthing can do, one use case a file. The command line and the API call these and add nothing but their own form.
//!
//! **Architecture invariant:** this is the only crate that joins the pure crates with the lake, the store and the engine. It
//! holds no arithmetic of its own on money: that is `farthing-attribution`'s, `farthing-ledger`'s and `farthing-unit-economics`'.

mod billing;
mod chargeback;
mod charges;
mod decisions;
mod documents;
mod error;
mod facts;
mod fleet_plan;
mod home;
mod import_report;
mod publishing;
mod sql;
mod status;
mod unit_cost;
mod usage;

pub use billing::ImportBilling;
pub use chargeback::{Chargeback, ChargebackQuery};
pub use decisions::ImportDecisions;
pub use documents::{DocumentKind, Published};
pub use error::{Error, Kind};
pub use farthing_collectors::Reading;
pub use farthing_focus::{Finding, Severity};
pub use farthing_optimizer::{FleetPlan, Limits as SolveLimits, Progress, fleet};
pub use farthing_query::Answer;
pub use fleet_plan::PlannedFleet;
pub use home::{Farthing, Settings};
pub use import_report::{ImportReport, ImportedPeriod, PeriodTotal};
pub use status::{Check, PeriodStatus, Status};
pub use unit_cost::UnitCostQuery;
pub use usage::{ImportUsage, UsageFormat};
