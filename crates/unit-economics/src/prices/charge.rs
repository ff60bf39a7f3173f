//! Which price holds, and what counts of tokens come to by it.

use chrono::NaiveDate;
use farthing_types::Amount;
use serde::Serialize;

use super::{ModelPrice, PriceList, Rates, STANDARD, Schedule, TIER_BOUNDS, base_of, provider_key};
use crate::EconomicsError;
use crate::tokens::{Parts, TokenCounts};

/// Why usage has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoPrice {
    /// The usage names no model.
    NoModel,
    /// The list has no price of the model on that day.
    NotListed,
}

/// What counts come to by a price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// By kind of token.
    pub parts: Parts<Amount>,
    /// The list has no prices for the way of asking, and the standard ones were taken.
    pub by_standard: bool,
    /// Which tier holds was told by the mean length of the requests, for the usage does not say it of each.
    pub by_mean: bool,
}

impl PriceList {
    /// The price of a model on a day: that of its full name before that of its name without the version; of the entries of one name and
    /// vendor the one that began last.
    pub fn price_of(&self, model: &str, provider: Option<&str>, day: NaiveDate) -> Option<&ModelPrice> {
        let sold_by = |price: &&ModelPrice| match (&price.provider, provider) {
            (Some(listed), Some(used)) => provider_key(listed) == provider_key(used),
            _ => true,
        };
        let of = |name: &str| {
            let named = self.prices.iter().filter(|price| price.model == name).filter(sold_by);
            let mut best: Option<&ModelPrice> = None;
            for price in named.filter(|price| price.holds_on(day)) {
                // The first of the document, unless a later one began later.
                if best.is_none_or(|best| price.from > best.from) {
                    best = Some(price);
                }
            }
            best
        };
        of(model).or_else(|| of(base_of(model)))
    }

    /// True where capacity is reserved for a model: its usage must be looked at hour by hour.
    pub fn reserves(&self, model: Option<&str>) -> bool {
        self.reserved
            .iter()
            .any(|reserved| model.is_some_and(|model| reserved.model == model || reserved.model == base_of(model)))
    }
}

impl ModelPrice {
    /// True on its days, whatever others of the model say.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// What counts come to.
    ///
    /// `longer_than` is the bound of [`TIER_BOUNDS`] that each of the requests was longer than, where that is known.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where an amount does not fit.
    pub fn charge(&self, counts: &TokenCounts, mode: &str, longer_than: Option<u64>) -> Result<Charged, EconomicsError> {
        let standard = &self.schedules[STANDARD];
        let found = self.schedules.get(mode);
        let schedule = found.unwrap_or(standard);
        let (rates, by_mean) = schedule.rates_of(counts, longer_than);
        Ok(Charged { parts: rates.charge(counts)?, by_standard: found.is_none(), by_mean })
    }
}

impl Schedule {
    /// The rates of requests whose input is longer than `longer_than`, else of their mean length; and whether that mean decided.
    fn rates_of(&self, counts: &TokenCounts, longer_than: Option<u64>) -> (&Rates, bool) {
        let mean = counts.all_input().checked_div(counts.requests).unwrap_or(0);
        let (mut rates, mut by_mean) = (&self.rates, false);
        for tier in &self.tiers {
            let is_told = longer_than.is_some() && TIER_BOUNDS.contains(&tier.above);
            let beyond = if is_told { longer_than >= Some(tier.above) } else { mean > tier.above };
            // One request is its own mean.
            by_mean |= !is_told && counts.requests > 1;
            if beyond {
                rates = &tier.rates;
            }
        }
        (rates, by_mean)
    }
}

impl Rates {
    /// What counts come to at these rates.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where an amount does not fit.
    pub fn charge(&self, counts: &TokenCounts) -> Result<Parts<Amount>, EconomicsError> {
        let times = |count: u64, rate: Amount| {
            let count = i64::try_from(count).ok().map(Amount::from_int);
            count.and_then(|count| count.checked_mul(rate)).ok_or(EconomicsError::OutOfRange("the price of tokens"))
        };
        Ok(Parts {
            input: times(counts.input, self.input)?,
            cached: times(counts.cached, self.cache_read)?,
            cache_write: times(counts.cache_write, self.cache_write)?,
            output: times(counts.output, self.output)?,
            other: times(counts.requests, self.request)?,
        })
    }
}
