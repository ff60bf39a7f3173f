use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Currency, ModelId, Quantity, SourceName, UnitId};
use serde::{Deserialize, Serialize};

use crate::Measured;

/// How fine the source's time is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// The hour is the hour in which the usage was.
    #[default]
    Hour,
    /// The source gives days. The figures stand at the day's first hour and are not spread over the others: no profile of the
    /// day may be read from them.
    Day,
}

/// What usage is told apart by, besides its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dimensions {
    /// Where the fact comes from.
    pub source: SourceName,
    /// The model that answered.
    pub model: Option<ModelId>,
    /// Who asked, as the source names it: a team, a key's alias, an endpoint. Rules map it to units elsewhere.
    pub workload: Option<String>,
    /// The operational unit, where the source states one outright.
    pub unit: Option<UnitId>,
    /// The caller: the hash of a key, or a user. Never a key itself.
    pub principal: Option<String>,
    /// What was asked for: `chat`, `embeddings`.
    pub operation: Option<String>,
    /// Who serves the model: `openai`, `aws.bedrock`.
    pub provider: Option<String>,
    /// Free labels, by key.
    pub tags: BTreeMap<String, String>,
    /// The currency of [`Counts::spend`]; none where the source states no spend.
    pub currency: Option<Currency>,
}

impl Dimensions {
    /// Nothing known but the source.
    pub fn of(source: SourceName) -> Self {
        Self {
            source,
            model: None,
            workload: None,
            unit: None,
            principal: None,
            operation: None,
            provider: None,
            tags: BTreeMap::new(),
            currency: None,
        }
    }
}

/// How much was used.
///
/// Invariant of the decoders: `cached_input_tokens + cache_write_tokens ≤ input_tokens`, so billable tokens are never negative
/// and stay the same when records are added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Calls, those that failed among them.
    pub requests: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Tokens sent, those read from and written to the provider's prompt cache among them.
    pub input_tokens: u64,
    /// Tokens of the input that were read from the cache.
    pub cached_input_tokens: u64,
    /// Tokens of the input that were written to the cache.
    pub cache_write_tokens: u64,
    /// Tokens received, reasoning among them.
    pub output_tokens: u64,
    /// Seconds of compute, where the source measures it. Not the time a caller waited.
    pub compute_seconds: Option<Quantity>,
    /// Seconds that prompts took to their first token, of the requests that state it.
    pub prefill_seconds: Option<Quantity>,
    /// Seconds from the first token to the last, of the same requests.
    pub decode_seconds: Option<Quantity>,
    /// Of how many requests these two are.
    pub timed_requests: u64,
    /// Seconds that callers waited, from the call to the end of its answer, of the requests that state both.
    pub latency_seconds: Option<Quantity>,
    /// Of how many requests that is.
    pub latency_requests: u64,
    /// What the gateway says it cost, in [`Dimensions::currency`]. An estimate by a price list: never part of the bill.
    pub spend: Option<Amount>,
    /// What does not add up: latency and utilisation.
    #[serde(default)]
    pub measured: Measured,
}

impl Counts {
    /// Input tokens that are billed at the full input price: input − cache read − cache write.
    pub fn uncached_input_tokens(&self) -> u64 {
        self.input_tokens.saturating_sub(self.cached_input_tokens).saturating_sub(self.cache_write_tokens)
    }

    /// The sum; on overflow the name of the count that does not fit.
    ///
    /// # Errors
    /// The name of the count whose sum does not fit 64 bits (or ±1e20 for seconds and spend).
    pub fn checked_add(&self, other: &Self) -> Result<Self, &'static str> {
        let add = |a: u64, b: u64, name| a.checked_add(b).ok_or(name);
        let seconds = |a: Option<Quantity>, b: Option<Quantity>, name| {
            add_known(a.map(|q| q.0), b.map(|q| q.0)).map(|sum| sum.map(Quantity)).map_err(|()| name)
        };
        Ok(Self {
            requests: add(self.requests, other.requests, "requests")?,
            errors: add(self.errors, other.errors, "errors")?,
            input_tokens: add(self.input_tokens, other.input_tokens, "input_tokens")?,
            cached_input_tokens: add(self.cached_input_tokens, other.cached_input_tokens, "cached_input_tokens")?,
            cache_write_tokens: add(self.cache_write_tokens, other.cache_write_tokens, "cache_write_tokens")?,
            output_tokens: add(self.output_tokens, other.output_tokens, "output_tokens")?,
            compute_seconds: seconds(self.compute_seconds, other.compute_seconds, "compute_seconds")?,
            prefill_seconds: seconds(self.prefill_seconds, other.prefill_seconds, "prefill_seconds")?,
            decode_seconds: seconds(self.decode_seconds, other.decode_seconds, "decode_seconds")?,
            timed_requests: add(self.timed_requests, other.timed_requests, "timed_requests")?,
            latency_seconds: seconds(self.latency_seconds, other.latency_seconds, "latency_seconds")?,
            latency_requests: add(self.latency_requests, other.latency_requests, "latency_requests")?,
            spend: add_known(self.spend, other.spend).map_err(|()| "spend")?,
            measured: self.measured.larger(&other.measured),
        })
    }
}

fn add_known(a: Option<Amount>, b: Option<Amount>) -> Result<Option<Amount>, ()> {
    match (a, b) {
        (Some(a), Some(b)) => a.checked_add(b).map(Some).ok_or(()),
        (one, None) | (None, one) => Ok(one),
    }
}

/// One row of a source: a call, or calls already summed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRecord {
    /// When the call began; for summed rows, when their span begins.
    pub at: DateTime<Utc>,
    /// How fine that time is.
    pub grain: Grain,
    /// Whose usage.
    pub dimensions: Dimensions,
    /// How much.
    pub counts: Counts,
}

/// One hour of usage: what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageHour {
    /// The hour's first moment.
    pub hour: DateTime<Utc>,
    /// Whether the source knew the hour.
    pub grain: Grain,
    /// Whose usage.
    pub dimensions: Dimensions,
    /// How much.
    pub counts: Counts,
}
