//! The statement, as JSON has it.

use farthing_types::{Amount, BillingPeriod, Cost, Currency, Quantity, Selection, SourceName, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::Revision;
use crate::rates::Conversion;

/// What every unit owes for a period, in one currency. Amounts are decimal texts in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// The charges that it is about: `period` or `window`.
    #[serde(flatten)]
    pub selection: Selection,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// What was billed.
    pub billed_total: Amount,
    /// What belongs to units: the sum of `total` over `units`.
    pub attributed_total: Amount,
    /// What belongs to none: the sum over `unattributed`.
    pub unattributed_total: Amount,
    /// `billed_total − attributed_total − unattributed_total`.
    pub difference: Amount,
    /// True where attributed + unattributed = billed for every source.
    pub proven: bool,
    /// Why it is not proven; empty where it is.
    pub problems: Vec<String>,
    /// How many charges were billed.
    pub charges: u64,
    /// The units, depth first, siblings by name.
    pub units: Vec<UnitAmounts>,
    /// What belongs to no unit, by reason, the largest amount first.
    pub unattributed: Vec<UnattributedAmount>,
    /// What of the billed total adjusts earlier months, by month; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// The proof by source.
    pub proof: Vec<ProofRow>,
    /// What was done otherwise than the rules ask for: pools whose driver was missing. Left out where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The revisions of facts that were read.
    pub revisions: Vec<Revision>,
    /// The version of the rule set; `null` where there is none.
    pub rule_set: Option<String>,
    /// How it was converted, where the figures are in another currency than that of the bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// The billed total a period before, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Comparison>,
    /// The unattributed total a period before, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unattributed_previous: Option<Comparison>,
}

/// What one unit owes. `direct`, `shared` and `total` are its own, so that they can be added up over the list; `rolled_up` has
/// all units below it added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitAmounts {
    /// The unit's id.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// The unit above it.
    pub parent: Option<UnitId>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
    /// How many units stand above it.
    pub depth: u32,
    /// What rules sent to it.
    pub direct: Amount,
    /// What pools gave to it, less what they took from it.
    pub shared: Amount,
    /// `direct + shared`.
    pub total: Amount,
    /// Its own amounts and those of all units below it.
    pub rolled_up: Amounts,
    /// The shares that make up `shared`, by pool.
    pub shares: Vec<Share>,
    /// The roll-up a period before, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Comparison>,
}

/// Direct, shared and total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Amounts {
    /// What rules sent.
    pub direct: Amount,
    /// What pools gave, less what they took.
    pub shared: Amount,
    /// `direct + shared`.
    pub total: Amount,
}

/// What a pool gave to a unit, or with a negative amount took from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PoolShare)]
pub struct Share {
    /// The pool.
    pub pool: String,
    /// What it was split by.
    pub driver: String,
    /// The driver's quantity for this unit; where the pool took the money, the total.
    pub quantity: Quantity,
    /// The driver's quantity over all recipients.
    pub total_quantity: Quantity,
    /// In how many parts of the pool's charges this unit took part, where they were split part by part, each by its own quantities:
    /// `quantity` and `total_quantity` are then their sums. Left out where the pool was split as a whole.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub parts: u64,
    /// How much.
    pub amount: Amount,
}

/// What belongs to no unit for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnattributedAmount {
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub description: String,
    /// How much.
    pub amount: Amount,
    /// How many charges.
    pub charges: u64,
    /// The amount a period before, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Comparison>,
}

/// What corrections of an earlier month come to, all units together. It is part of the amounts of units and reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Adjustment {
    /// The month of the corrected charges.
    pub period: BillingPeriod,
    /// The sum.
    pub amount: Amount,
    /// How many charges.
    pub charges: u64,
}

/// The invariant for one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProofRow {
    /// The source.
    pub source: SourceName,
    /// What it billed.
    pub billed: Amount,
    /// What of it belongs to units.
    pub attributed: Amount,
    /// What of it belongs to none.
    pub unattributed: Amount,
    /// `billed − attributed − unattributed`.
    pub difference: Amount,
}

/// An amount beside that of an earlier period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PeriodComparison)]
pub struct Comparison {
    /// The earlier period.
    pub period: BillingPeriod,
    /// The amount then.
    pub amount: Amount,
    /// The change since, in tenths of a percent of the earlier amount; `null` where that was zero.
    pub change_tenths: Option<i64>,
}

impl Statement {
    /// A unit and all units below it, as they stand on the statement; empty where it is not there.
    pub fn subtree(&self, unit: &UnitId) -> &[UnitAmounts] {
        let Some(start) = self.units.iter().position(|line| line.unit == *unit) else { return &[] };
        let depth = self.units[start].depth;
        let below = self.units[start + 1..].iter().take_while(|line| line.depth > depth).count();
        &self.units[start..=start + below]
    }
}

/// Serde asks by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
