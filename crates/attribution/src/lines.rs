//! What attribution answers.

use std::fmt;

use farthing_types::{Amount, Cost, Currency, FourCosts, Quantity, SourceName, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::name::{PoolId, RuleId};
use crate::reason::Reason;

/// Where the money of a statement went. Every list is sorted and complete, so that two runs can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// What rules sent to units; by unit, source, currency, then rule in the order of the file.
    pub direct: Vec<DirectLine>,
    /// What pools gave and received; by stage, pool, source, currency, part, giver first, unit.
    pub pools: Vec<PoolLine>,
    /// What belongs to no unit; by reason, source, currency.
    pub unattributed: Vec<UnattributedLine>,
    /// What each rule sent to units, in the order of the file, by currency.
    pub coverage: Vec<Coverage>,
    /// The rules that sent no charge to any unit.
    pub idle_rules: Vec<RuleId>,
    /// For each source, currency and cost: billed = attributed + unattributed.
    pub proof: Vec<Proof>,
    /// Pools that were not split by their own driver.
    pub notes: Vec<PoolNote>,
}

/// Where money stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureOn {
    /// On a unit.
    Unit(UnitId),
    /// On none, and why.
    #[schema(value_type = String)]
    Reason(Reason),
}

/// Charges that one rule sent to one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DirectLine {
    /// The unit.
    pub unit: UnitId,
    /// Where the charges come from.
    pub source: SourceName,
    /// Their currency.
    pub currency: Currency,
    /// The rule.
    pub rule: RuleId,
    /// Their sums.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
}

/// A share of a pool (received by a unit), or all of it (given by the pool's unit, negative). The lines of a pool, source,
/// currency and part sum to zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolLine {
    /// The pool.
    pub pool: PoolId,
    /// Its stage.
    pub stage: u32,
    /// The unit that receives, or on the negating line gives.
    pub unit: UnitId,
    /// The source of the split charges.
    pub source: SourceName,
    /// Their currency.
    pub currency: Currency,
    /// The part of the pool's charges that is split by itself, such as `tag:cluster=c1, 2026-05-10T13`; `None` where the pool is
    /// split as a whole, and for what it received from other pools.
    pub part: Option<String>,
    /// What it was split by in the end, a fallback included.
    pub driver: String,
    /// The driver's quantity for this unit; on the negating line the total.
    pub quantity: Quantity,
    /// The driver's quantity over all recipients.
    pub total_quantity: Quantity,
    /// `quantity ÷ total_quantity`, rounded half to even at 1e-18 for display; −1 on the negating line.
    pub share: Amount,
    /// What is received, or negative what is given.
    pub costs: FourCosts,
}

impl PoolLine {
    /// True on the line that takes the pool's money from its unit.
    pub fn gives(&self) -> bool {
        self.share.is_negative()
    }
}

/// Charges that belong to no unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnattributedLine {
    /// Why.
    pub reason: Reason,
    /// Where the charges come from.
    pub source: SourceName,
    /// Their currency.
    pub currency: Currency,
    /// Their sums.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
}

/// What a rule attributed in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The rule.
    pub rule: RuleId,
    /// The currency.
    pub currency: Currency,
    /// Sums of the charges that it sent to units.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
}

/// The invariant for one source, currency and cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The source.
    pub source: SourceName,
    /// The currency.
    pub currency: Currency,
    /// Which of the four costs.
    pub cost: Cost,
    /// The sum over the charges, taken on a path of its own.
    pub billed: Amount,
    /// The sum over the lines of units, direct and shared.
    pub attributed: Amount,
    /// The sum over the lines without a unit.
    pub unattributed: Amount,
    /// `billed − attributed − unattributed`: zero, always.
    pub difference: Amount,
}

/// A pool whose driver was missing in a currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PoolNote {
    /// The pool.
    pub pool: PoolId,
    /// The currency.
    pub currency: Currency,
    /// The driver that was asked for.
    pub driver: String,
    /// What it was split by instead; `None` where it was kept on its unit.
    pub used: Option<String>,
    /// In how many parts of its charges that was; 0 where the pool is split as a whole.
    pub parts: u64,
}

impl fmt::Display for PoolNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pool, currency, driver, used, parts } = self;
        write!(f, "pool {:?} ({currency}): no recipient has any {driver}", pool.as_str())?;
        match parts {
            0 => f.write_str(", so it was ")?,
            1 => f.write_str(" in 1 part of its charges, which was ")?,
            parts => write!(f, " in {parts} parts of its charges, which were ")?,
        }
        match used {
            Some(used) => write!(f, "split by {used}"),
            None => f.write_str("kept on its own unit"),
        }
    }
}

impl Attribution {
    /// True where every difference is zero.
    pub fn is_proven(&self) -> bool {
        self.proof.iter().all(|proof| proof.difference.is_zero())
    }
}
