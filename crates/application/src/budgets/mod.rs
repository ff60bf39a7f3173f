//! Budgets by unit: published, listed, and how a month stands against them.

mod history;
mod publish;
mod status;

pub(crate) use publish::refuse_unknown;
pub use publish::{BudgetEntry, PublishedBudgets};
pub use status::{BudgetQuery, BudgetReport};
