//! Budgets by unit and month, and how a month stands against them.
//!
//! A budget is what a unit may cost in a month, those below it included, so it stands beside the unit's rolled-up figure on the
//! statement. What the units below were given is held against it too: more than the unit's own budget is over-allocated.

mod document;
mod status;

#[cfg(test)]
mod tests;

pub use document::{Budget, BudgetLine, BudgetProblem, BudgetsDocument, Thresholds};
pub use status::{Alert, BudgetInput, BudgetState, BudgetStatus, Expected, Measured, budget_status};
