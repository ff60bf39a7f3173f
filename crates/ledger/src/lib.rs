//! Statements: what each unit owes for a period, and the proof that it adds up to the bill.
//!
//! [`statements`] takes posted lines, in plain types, and makes one [`Statement`] a currency. It trusts nobody: totals are taken
//! from the lines, held against what was billed by source, and a statement that does not close says so in
//! [`proven`](Statement::proven) and [`problems`](Statement::problems) instead of failing silently or being withheld.
//!
//! Invariants, held by property tests:
//!
//! - the units' own totals sum to `attributed_total`, and so do the rolled-up totals of the units at depth 0;
//! - `billed_total − attributed_total − unattributed_total = difference`, and a proven statement's difference is zero for every
//!   source;
//! - the statement does not depend on the order of its input.
//!
//! **Architecture invariant:** pure. No IO, no clock, no environment; of ours it depends on the types only.

mod accrual;
mod budget;
mod build;
mod cell;
mod compare;
mod coverage;
mod explain;
mod input;
mod journal;
mod rates;
mod reconcile;
mod sentence;
mod statement;
mod tree;
mod unit_statement;
mod variance;
mod variance_in;

#[cfg(test)]
mod tests;

pub use accrual::{AccrualBasis, AccrualInput, AccrualLine, Accruals, LateSource, accruals};
pub use budget::{
    Alert as BudgetAlert, Budget, BudgetInput, BudgetLine, BudgetProblem, BudgetState, BudgetStatus, BudgetsDocument, Expected,
    Measured, Thresholds, budget_status,
};
pub use build::{StatementError, statements};
pub use cell::{Cell, CellError, Part, Place};
pub use compare::change_tenths;
pub use coverage::{CoverageLine, RuleAmount, RuleCoverage, coverage};
pub use explain::{ChargesLine, Explanation, Original, PoolShare, ShareLine, Value, explain_cell};
pub use input::{Billed, Correction, Line, LineKind, Revision, StatementInput, StatementUnit, Unattributed};
pub use journal::{Accounts, Entry, Journal, JournalError, JournalLayout, JournalLine, LayoutColumn, LayoutError, journal};
pub use rates::{
    AppliedRate, Conversion, ConversionRule, Factor, MissingRate, OriginalTotal, RateLine, RatesDocument, RatesProblem,
};
pub use reconcile::{
    Charged, Document, Invoiced, OpenItem, Reconciliation, ReconciliationInput, ReconciliationLine, Standing, reconcile,
};
pub use sentence::{closing, format_amount, format_change, format_count};
pub use statement::{Adjustment, Amounts, Comparison, ProofRow, Share, Statement, UnattributedAmount, UnitAmounts};
pub use unit_statement::{Beside, ByService, PoolLine, ServiceLine, UnitBelow, UnitStatement, Whole, WholeProof, unit_statement};
pub use variance::{Item, RowTotals, Steps, Variance, VarianceCause, VarianceInput, VarianceRow, variance};
pub use variance_in::{VarianceRates, variance_in};
