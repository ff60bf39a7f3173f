//! Counts of tokens, and figures for each kind of them.

use farthing_types::{Amount, Quantity, apportion};
use serde::Serialize;
use utoipa::ToSchema;

use crate::EconomicsError;
use crate::prices::Weights;

/// What was asked and answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenCounts {
    /// Requests.
    pub requests: u64,
    /// Input tokens that were neither read from nor written to the cache.
    pub input: u64,
    /// Input tokens read from the cache.
    pub cached: u64,
    /// Input tokens written to the cache.
    pub cache_write: u64,
    /// Output tokens, reasoning included.
    pub output: u64,
    /// Seconds of compute, where the usage states them.
    pub compute_seconds: Option<Quantity>,
    /// Seconds that prompts took to their first token, of the requests that state it.
    pub prefill_seconds: Option<Quantity>,
    /// Seconds from the first token to the last, of the same requests.
    pub decode_seconds: Option<Quantity>,
    /// Of how many requests these two are.
    pub timed_requests: u64,
}

impl TokenCounts {
    /// All input, cached tokens among it.
    pub fn all_input(&self) -> u64 {
        self.input.saturating_add(self.cached).saturating_add(self.cache_write)
    }

    /// All tokens.
    pub fn all(&self) -> u64 {
        self.all_input().saturating_add(self.output)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where a count does not fit.
    pub fn checked_add(&self, other: &Self) -> Result<Self, EconomicsError> {
        let add = |a: u64, b: u64| a.checked_add(b).ok_or(EconomicsError::OutOfRange("a count of tokens"));
        let seconds = |a: Option<Quantity>, b: Option<Quantity>| match (a, b) {
            (Some(a), Some(b)) => {
                let sum = a.0.checked_add(b.0).map(Quantity);
                sum.map(Some).ok_or(EconomicsError::OutOfRange("the seconds of compute"))
            }
            (one, None) | (None, one) => Ok(one),
        };
        Ok(Self {
            requests: add(self.requests, other.requests)?,
            input: add(self.input, other.input)?,
            cached: add(self.cached, other.cached)?,
            cache_write: add(self.cache_write, other.cache_write)?,
            output: add(self.output, other.output)?,
            compute_seconds: seconds(self.compute_seconds, other.compute_seconds)?,
            prefill_seconds: seconds(self.prefill_seconds, other.prefill_seconds)?,
            decode_seconds: seconds(self.decode_seconds, other.decode_seconds)?,
            timed_requests: add(self.timed_requests, other.timed_requests)?,
        })
    }

    /// The tokens of each kind, weighted.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where a product does not fit.
    pub fn weighted(&self, weights: &Weights) -> Result<Parts<Amount>, EconomicsError> {
        let times = |count: u64, weight: Amount| {
            let count = i64::try_from(count).ok().map(Amount::from_int);
            count.and_then(|count| count.checked_mul(weight)).ok_or(EconomicsError::OutOfRange("a weighted count of tokens"))
        };
        Ok(Parts {
            input: times(self.input, weights.input)?,
            cached: times(self.cached, weights.cached)?,
            cache_write: times(self.cache_write, weights.cache_write)?,
            output: times(self.output, weights.output)?,
            other: Amount::ZERO,
        })
    }
}

/// The time of prefill and of decode by kind of token: prefill goes to the input as it is weighed, so that what was found in a cache bears
/// none where it weighs nothing; decode goes to the output; and what has no such tokens to no kind. Where only some requests state their
/// time, the others are taken to be like them. `None` where there are tokens and no request states its time.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where a figure does not fit.
pub(super) fn time_parts(counts: &TokenCounts, weights: &Weights) -> Result<Option<Parts<Amount>>, EconomicsError> {
    let (Some(prefill), Some(decode), 1..) = (counts.prefill_seconds, counts.decode_seconds, counts.timed_requests) else {
        return Ok((counts.all() == 0).then(Parts::default));
    };
    let out = || EconomicsError::OutOfRange("the time of prefill and decode");
    let number = |count: u64| i64::try_from(count).map(Amount::from_int).map_err(|_| out());
    let (all, timed) = (number(counts.requests.max(counts.timed_requests))?, number(counts.timed_requests)?);
    let of_all = |seconds: Quantity| seconds.0.mul_div(all, timed).ok_or_else(out);
    let (prefill, decode) = (of_all(prefill)?, of_all(decode)?);
    let by = counts.weighted(weights)?;
    let mut parts = Parts::default();
    match apportion(prefill, &[by.input, by.cached, by.cache_write]) {
        Ok(shares) => (parts.input, parts.cached, parts.cache_write) = (shares[0], shares[1], shares[2]),
        Err(_) => parts.other = prefill,
    }
    match counts.output {
        0 => parts.other = add(parts.other, decode)?,
        _ => parts.output = decode,
    }
    Ok(Some(parts))
}

/// A figure for each kind of token, and for what no kind of token bears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Parts<T> {
    /// Of input that is neither read from nor written to the cache.
    pub input: T,
    /// Of input read from the cache.
    pub cached: T,
    /// Of input written to the cache.
    pub cache_write: T,
    /// Of output.
    pub output: T,
    /// Of requests as such, and where a cost is shared by something else than tokens.
    pub other: T,
}

impl<T> Parts<T> {
    /// In the order of the fields.
    pub fn as_array(self) -> [T; 5] {
        [self.input, self.cached, self.cache_write, self.output, self.other]
    }

    /// From the order of the fields.
    pub fn of_array([input, cached, cache_write, output, other]: [T; 5]) -> Self {
        Self { input, cached, cache_write, output, other }
    }
}

impl Parts<Amount> {
    /// The whole.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where it does not fit.
    pub fn total(&self) -> Result<Amount, EconomicsError> {
        sum(self.as_array())
    }

    /// Part by part.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where a sum does not fit.
    pub fn checked_add(&self, other: &Self) -> Result<Self, EconomicsError> {
        let (mut parts, others) = (self.as_array(), other.as_array());
        for (part, other) in parts.iter_mut().zip(others) {
            *part = add(*part, other)?;
        }
        Ok(Self::of_array(parts))
    }
}

pub(crate) fn add(a: Amount, b: Amount) -> Result<Amount, EconomicsError> {
    a.checked_add(b).ok_or(EconomicsError::OutOfRange("a sum of costs"))
}

pub(crate) fn subtract(a: Amount, b: Amount) -> Result<Amount, EconomicsError> {
    a.checked_sub(b).ok_or(EconomicsError::OutOfRange("a difference of costs"))
}

pub(crate) fn sum(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, EconomicsError> {
    amounts.into_iter().try_fold(Amount::ZERO, add)
}
