//! Prices: what vendors sell tokens for, what is reserved of their capacity, how models that one hosts serve, and what machines,
//! commitments and storage are sold for.
//!
//! One dated document, [`PriceList`]: [`PriceList::parse`] reads it, [`litellm`] makes one of LiteLLM's
//! model prices, and [`sku_files`] of the files of others. Prices of tokens are for one, exact; a document states them per million.

mod charge;
mod file;
pub mod litellm;
mod name;
mod sku;
pub mod sku_files;
mod write;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{Amount, Currency};
use serde::Serialize;
use utoipa::ToSchema;

use crate::charge_filter::ChargeFilter;
use crate::document::FigureSource;

pub use charge::{Charged, NoPrice};
pub use name::{base_of, provider_key, version_of};
pub use sku::{Payment, SkuKind, SkuPrice, SkuQuery};

/// The way of asking that is sold at its own prices: `standard`, `batch`, `priority`, `flex`.
pub const STANDARD: &str = "standard";

/// Lengths of an input, in tokens, from which price lists know other prices: requests are told apart by them when usage is imported, since
/// an hour of usage no longer knows how long each request was.
pub const TIER_BOUNDS: [u64; 6] = [100_000, 128_000, 200_000, 256_000, 272_000, 512_000];

/// Prices of tokens, reserved capacity and hosted models, without problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    /// The currency of every amount.
    pub currency: Currency,
    /// What a model's tokens are sold for, in the order of the document: where two are for the same model, vendor and day, the first holds.
    pub prices: Vec<ModelPrice>,
    /// Capacity paid by the hour.
    pub reserved: Vec<Reserved>,
    /// Models that one hosts.
    pub hosted: Vec<Hosted>,
    /// Pools whose shares are cost of inference: a vendor's account that all units use, say.
    pub inference_pools: Vec<String>,
    /// What machines, commitments and storage are sold for.
    pub skus: Vec<SkuPrice>,
}

/// What each token costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rates {
    /// Of input that is neither read from nor written to the cache.
    pub input: Amount,
    /// Of output, reasoning included.
    pub output: Amount,
    /// Of input read from the cache.
    pub cache_read: Amount,
    /// Of input written to the cache.
    pub cache_write: Amount,
    /// Of a request, whatever its tokens.
    pub request: Amount,
}

/// The prices of one way of asking: those of short inputs, and those of longer ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Where no tier holds.
    pub rates: Rates,
    /// By the length of a request's input, ascending: the last that lies below it holds for the whole request.
    pub tiers: Vec<Tier>,
}

/// Prices of requests with a longer input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Input tokens of a request beyond which it holds.
    pub above: u64,
    /// The prices of all of the request's tokens.
    pub rates: Rates,
}

/// What a model's tokens are sold for on some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPrice {
    /// The model, as usage names it, with or without its version.
    pub model: String,
    /// Who sells it; anybody where none is stated.
    pub provider: Option<String>,
    /// The first day; since ever without it.
    pub from: Option<NaiveDate>,
    /// The first day on which it no longer holds. Without it, it holds until another of the same model and vendor begins.
    pub until: Option<NaiveDate>,
    /// By the way of asking; `standard` is always there.
    pub schedules: BTreeMap<String, Schedule>,
    /// Where it comes from.
    pub source: Option<FigureSource>,
}

/// Provisioned throughput: capacity of a vendor that is paid by the hour, used or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Its name on reports.
    pub id: String,
    /// The model.
    pub model: String,
    /// Who sells it; anybody where none is stated.
    pub provider: Option<String>,
    /// Only usage of this workload; all of the model's without it.
    pub workload: Option<String>,
    /// How many units are reserved.
    pub units: u64,
    /// What a unit costs an hour.
    pub price_per_unit_hour: Amount,
    /// Input tokens that a unit processes in a minute.
    pub tokens_per_minute_per_unit: u64,
    /// How many input tokens an output token weighs.
    pub output_weight: Amount,
    /// How many input tokens a cached one weighs.
    pub cached_weight: Amount,
    /// The first day.
    pub from: NaiveDate,
    /// The first day on which it no longer holds.
    pub until: Option<NaiveDate>,
}

/// How much of the cost of serving each token bears beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Weights {
    /// An input token that was computed.
    pub input: Amount,
    /// An output token.
    pub output: Amount,
    /// An input token read from the cache.
    pub cached: Amount,
    /// An input token written to the cache.
    pub cache_write: Amount,
}

impl PriceList {
    /// No price at all.
    pub fn empty(currency: Currency) -> Self {
        Self {
            currency,
            prices: Vec::new(),
            reserved: Vec::new(),
            hosted: Vec::new(),
            inference_pools: Vec::new(),
            skus: Vec::new(),
        }
    }
}

impl Weights {
    /// Where nothing is stated: an output token keeps an accelerator about as busy as four input tokens, as vendors price it; one read
    /// from the cache a tenth, one written to it a quarter more than a plain one.
    pub fn usual() -> Self {
        let tenths = |count: i64| Amount::from_int(count).checked_div(Amount::from_int(100)).expect("100 is not zero");
        Self { input: Amount::ONE, output: Amount::from_int(4), cached: tenths(10), cache_write: tenths(125) }
    }
}

/// What the cost of a hosted model is shared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareBy {
    /// Tokens, each with its weight.
    Tokens,
    /// The time of prefill and decode, from the tokens and the measured speed of each.
    PrefillAndDecode,
    /// Requests.
    Requests,
    /// Seconds of compute, as the usage states them.
    ComputeSeconds,
}

/// A model that one hosts: which charges pay for it, and what it serves at full use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The workload, as usage names it; any without it.
    pub workload: Option<String>,
    /// The model, as usage names it; any without it.
    pub model: Option<String>,
    /// The charges that pay for it.
    pub charges: ChargeFilter,
    /// What its cost is shared by.
    pub share_by: ShareBy,
    /// How tokens weigh beside each other.
    pub weights: Weights,
    /// Weighted tokens that an hour of one instance serves at full use; `None` where nobody measured it.
    pub capacity_per_hour: Option<Amount>,
    /// Accelerators of an instance.
    pub gpus_per_instance: Amount,
    /// A model of the price list that could do the same work: for build or buy.
    pub compare_with: Option<String>,
    /// Where the figures come from.
    pub source: Option<FigureSource>,
}

impl Hosted {
    /// True for usage that it serves.
    pub fn serves(&self, workload: Option<&str>, model: Option<&str>) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|wanted| Some(wanted) == found);
        is(&self.workload, workload) && is(&self.model, model)
    }

    /// Its name on reports.
    pub fn name(&self) -> String {
        match (&self.workload, &self.model) {
            (Some(workload), _) => workload.clone(),
            (None, Some(model)) => model.clone(),
            (None, None) => self.charges.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod sku_tests;
