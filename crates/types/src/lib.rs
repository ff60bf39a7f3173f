//! The vocabulary every other crate speaks: exact amounts, currencies, quantities, billing periods, ids and time.
//!
//! **Architecture invariant:** this crate depends on nothing of ours, does no IO, has no async code and holds no floating
//! point number.

mod amount;
mod apportion;
mod clock;
mod cost;
mod currency;
mod id;
mod money;
mod period;
mod quantity;
mod schema;

pub use amount::{Amount, AmountError, Rounded, SCALE};
pub use apportion::{ApportionError, apportion, round_to_total};
pub use clock::{Clock, FixedClock};
pub use cost::{Cost, FourCosts};
pub use currency::{Currency, CurrencyError};
pub use id::{IdError, ModelId, SourceName, UnitId, WorkflowId, WorkloadId};
pub use money::{Money, MoneyError};
pub use period::{BillingPeriod, PeriodError, Selection, Window, parse_moment};
pub use quantity::Quantity;
