//! From inference usage to cost, on two bases that reconcile.
//!
//! - **Allocation**: what the bill says an endpoint, or a vendor's account, cost a unit, shared by what it served (`allocate`).
//! - **Usage**: what the tokens come to by a price list (`price`); of a model that one hosts, what they cost at full use.
//!
//! [`token_cost`] puts both beside each other: per model and in all, with the difference taken apart, and with the proof that the
//! allocated cost and what has no usage are what the units' statements say.

mod allocate;
mod build_or_buy;
mod counts;
mod input;
mod price;
mod reconcile;
mod report;
mod served;

pub use build_or_buy::{BuildOrBuy, Cheaper, build_or_buy};
pub use counts::{Parts, TokenCounts};
pub(crate) use counts::{add, subtract};
use input::Context;
pub use input::{BilledCost, PoolShare, TokenCostInput, UsageLine};
pub use price::{ReservedUse, Unpriced};
pub use reconcile::{DifferenceCause, DifferencePart, Reconciliation};
pub use report::{
    BasisCost, By, HostedModel, NamedAmount, PerMillion, ServedTime, TieOut, TokenCost, TokenGroup, cost_of_lines, token_cost,
};
pub use served::{CostPerMillion, ServedTokens, cached_tokens, per_million};

#[cfg(test)]
mod tests;
