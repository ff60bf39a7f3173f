//! What a statement is made from.

use farthing_types::{Amount, BillingPeriod, Cost, Currency, Quantity, Selection, SourceName, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that a period's statements are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementInput {
    /// The charges that it is about.
    pub selection: Selection,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The version of the rule set that posted the lines; `None` where there is none.
    pub rule_set: Option<String>,
    /// The revisions of facts that were read.
    pub revisions: Vec<Revision>,
    /// The unit tree of the period. A unit that has lines and is not listed stands at the top under its id.
    pub units: Vec<StatementUnit>,
    /// What was posted to units.
    pub lines: Vec<Line>,
    /// What belongs to no unit.
    pub unattributed: Vec<Unattributed>,
    /// What was billed: one entry or more for every source and currency.
    pub billed: Vec<Billed>,
    /// What of it corrects charges of earlier months.
    pub corrections: Vec<Correction>,
    /// What was done otherwise than the rules ask for, in words, by currency: a pool without its driver.
    pub notes: Vec<(Currency, String)>,
}

/// Charges of the class `Correction` whose days lie before the period that they were billed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The month of the corrected charges.
    pub period: BillingPeriod,
    /// The currency.
    pub currency: Currency,
    /// How much.
    pub amount: Amount,
    /// How many charges.
    pub charges: u64,
}

/// A revision of facts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = StatementRevision)]
pub struct Revision {
    /// Its source.
    pub source: SourceName,
    /// Its id.
    pub id: String,
    /// How many charges it holds.
    pub charges: u64,
}

/// A unit, as a statement shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementUnit {
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// The unit above it; one that is not listed counts as none.
    pub parent: Option<UnitId>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
}

/// An amount posted to a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The unit.
    pub unit: UnitId,
    /// The source of the charges.
    pub source: SourceName,
    /// The currency.
    pub currency: Currency,
    /// By rule or by pool.
    pub kind: LineKind,
    /// How much.
    pub amount: Amount,
}

/// How an amount came to a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A rule sent it.
    Direct,
    /// A pool gave it, or took it from its own unit.
    Shared {
        /// The pool.
        pool: String,
        /// The part of its charges that was split by itself; `None` where it was split as a whole.
        part: Option<String>,
        /// What it was split by.
        driver: String,
        /// The driver's quantity for this unit.
        quantity: Quantity,
        /// The driver's quantity over all recipients.
        total_quantity: Quantity,
    },
}

/// An amount that belongs to no unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unattributed {
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub description: String,
    /// The source of the charges.
    pub source: SourceName,
    /// The currency.
    pub currency: Currency,
    /// How much.
    pub amount: Amount,
    /// How many charges.
    pub charges: u64,
}

/// What a source billed in a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    /// The source.
    pub source: SourceName,
    /// The currency.
    pub currency: Currency,
    /// The sum of the chosen cost over all charges, taken independently of the lines.
    pub amount: Amount,
    /// How many charges.
    pub charges: u64,
}
