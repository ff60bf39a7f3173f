//! What a report of token cost is made from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Currency, ModelId, Quantity, UnitId, Window};

use super::TokenCounts;
use crate::prices::{ModelPrice, PriceList};

/// Usage of one hour or day that is alike in everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageLine {
    /// The hour's first moment, or the day's.
    pub from: DateTime<Utc>,
    /// How many hours it is of: 1 or 24.
    pub hours: u32,
    /// The model, as the source names it, its version included.
    pub model: Option<ModelId>,
    /// Who serves it.
    pub provider: Option<String>,
    /// The deployment, endpoint or team.
    pub deployment: Option<String>,
    /// What was asked for.
    pub operation: Option<String>,
    /// Who asked.
    pub principal: Option<String>,
    /// Whose usage it is.
    pub unit: Option<UnitId>,
    /// The way of asking: `standard`, `batch`, `priority`, `flex`.
    pub mode: String,
    /// The bound that the input of each of its requests was longer than, where that is known.
    pub longer_than: Option<u64>,
    /// How much.
    pub counts: TokenCounts,
}

/// What the bill says about charges of one unit that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BilledCost {
    /// The unit that they were attributed to.
    pub unit: UnitId,
    /// Who sells them, as the bill names it.
    pub provider: Option<String>,
    /// What they are called where they have no usage: the service category.
    pub category: String,
    /// The hosted model of the price list that they pay for, by its place there.
    pub hosted: Option<usize>,
    /// True where they pay for tokens of a vendor: the vendor's own category is AI.
    pub is_inference: bool,
    /// True where a commitment was paid and not used.
    pub is_unused_commitment: bool,
    /// The cost that is reported.
    pub cost: Amount,
    /// What they cost at list prices; none where the bill states no list cost.
    pub list: Option<Amount>,
    /// Hours of instances, where they are priced by the hour.
    pub hours: Quantity,
    /// How many charges they are.
    pub charges: u64,
}

/// A unit's share of a pool, or what it gave to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolShare {
    /// The unit.
    pub unit: UnitId,
    /// The pool.
    pub pool: String,
    /// The share; below zero where the unit gave it.
    pub cost: Amount,
}

/// Everything that a report rests on. Amounts are of one currency.
#[derive(Clone, Copy, Debug)]
pub struct TokenCostInput<'a> {
    /// The time.
    pub window: Window,
    /// The currency of the bill's amounts.
    pub currency: Currency,
    /// The usage of that time.
    pub usage: &'a [UsageLine],
    /// What was attributed to the units that have usage.
    pub billed: &'a [BilledCost],
    /// What pools gave them.
    pub shares: &'a [PoolShare],
    /// What the statements say that these units cost together: made by other code than `billed`.
    pub statement_total: Amount,
    /// The prices in force.
    pub prices: &'a PriceList,
}

/// The input with the price of each line looked up once.
pub(super) struct Context<'a> {
    input: &'a TokenCostInput<'a>,
    /// For each line of usage what the list has of its model on its day, in the currency of the report.
    pub listed: Vec<Option<&'a ModelPrice>>,
}

impl<'a> Context<'a> {
    pub fn new(input: &'a TokenCostInput<'a>) -> Self {
        let mut known: BTreeMap<_, Option<&'a ModelPrice>> = BTreeMap::new();
        let listed = input.usage.iter().map(|line| {
            let model = line.model.as_ref().filter(|_| input.prices.currency == input.currency)?;
            let (provider, day) = (line.provider.as_deref(), line.from.date_naive());
            *known.entry((model, provider, day)).or_insert_with(|| input.prices.price_of(model.as_str(), provider, day))
        });
        let listed = listed.collect();
        Self { input, listed }
    }
}

impl<'a> std::ops::Deref for Context<'a> {
    type Target = TokenCostInput<'a>;

    fn deref(&self) -> &Self::Target {
        self.input
    }
}
