//! The usage basis: what tokens come to by the price list, by reserved capacity, or at full use of what one hosts.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::{Amount, Window, apportion};
use serde::Serialize;
use utoipa::ToSchema;

use super::allocate::Allocation;
use super::allocate::{Cell, Payer};
use super::counts::{Parts, add, subtract, sum};
use super::{Context, UsageLine};
use crate::EconomicsError;
use crate::prices::{ModelPrice, Reserved, Weights, base_of, provider_key};

/// Why usage has no amount on this basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unpriced {
    /// The usage names no model.
    NoModel,
    /// The list has no price of the model on that day.
    NotListed,
    /// A hosted model whose capacity nobody stated.
    NoCapacity,
    /// The price list is in another currency than the bill.
    OtherCurrency,
}

/// What one line of usage comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinePrice {
    /// By kind of token; or why there is none.
    pub parts: Result<Parts<Amount>, Unpriced>,
    /// It is what a hosted model's tokens cost at full use.
    pub at_full_use: bool,
    /// The list has no prices for the way of asking, and the standard ones were taken.
    pub by_standard: bool,
    /// The tier was told by the mean length of several requests.
    pub by_mean: bool,
}

/// What became of reserved capacity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReservedUse {
    /// Its name.
    pub id: String,
    /// What it costs in the window, used or not.
    pub cost: Amount,
    /// What the used part of it cost.
    pub used: Amount,
    /// What the rest cost.
    pub unused: Amount,
    /// Used ÷ all of it.
    pub utilization: Amount,
}

/// The price of each line of usage, and the use of what is reserved.
///
/// - A line of a hosted model comes to what its tokens cost at full use: its allocated cost × the utilisation of the endpoint.
/// - A line that reserved capacity serves comes to its part of the hour's reserved cost, as far as the capacity reaches; what is beyond
///   it is charged by the list.
/// - Any other line is charged by the list.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where an amount does not fit.
pub(super) fn price(input: &Context<'_>, allocation: &Allocation) -> Result<(Vec<LinePrice>, Vec<ReservedUse>), EconomicsError> {
    let mut prices: Vec<LinePrice> = Vec::with_capacity(input.usage.len());
    for (line, listed) in input.usage.iter().zip(&input.listed) {
        prices.push(by_list(input, line, *listed)?);
    }
    for cell in &allocation.cells {
        at_full_use(input, allocation, cell, &mut prices)?;
    }
    let reserved = if input.prices.currency == input.currency { by_reserved(input, &mut prices)? } else { Vec::new() };
    Ok((prices, reserved))
}

fn by_list(input: &Context<'_>, line: &UsageLine, listed: Option<&ModelPrice>) -> Result<LinePrice, EconomicsError> {
    let none = |why| LinePrice { parts: Err(why), at_full_use: false, by_standard: false, by_mean: false };
    if line.model.is_none() {
        return Ok(none(Unpriced::NoModel));
    }
    if input.prices.currency != input.currency {
        return Ok(none(Unpriced::OtherCurrency));
    }
    let Some(price) = listed else { return Ok(none(Unpriced::NotListed)) };
    let charged = price.charge(&line.counts, &line.mode, line.longer_than)?;
    Ok(LinePrice { parts: Ok(charged.parts), at_full_use: false, by_standard: charged.by_standard, by_mean: charged.by_mean })
}

impl Cell {
    /// What a hosted model served: its tokens with their weight, and of another payer nothing.
    pub(super) fn served(&self, input: &Context<'_>) -> Result<Amount, EconomicsError> {
        let Payer::Hosted(at) = self.payer else { return Ok(Amount::ZERO) };
        let weights = &input.prices.hosted[at].weights;
        let weighted = self.lines.iter().map(|&line| input.usage[line].counts.weighted(weights)?.total());
        sum(weighted.collect::<Result<Vec<_>, _>>()?)
    }

    /// What the instances of a hosted model could have served; `None` where that is not known.
    pub(super) fn capacity(&self, input: &Context<'_>) -> Result<Option<Amount>, EconomicsError> {
        let Payer::Hosted(at) = self.payer else { return Ok(None) };
        let of_an_hour = input.prices.hosted[at].capacity_per_hour.filter(|_| self.hours.0 > Amount::ZERO);
        let out = || EconomicsError::OutOfRange("the capacity of a hosted model");
        of_an_hour.map(|of_an_hour| of_an_hour.checked_mul(self.hours.0).ok_or_else(out)).transpose()
    }

    /// The share of a hosted model's capacity that was used; `None` where it is not known.
    pub(super) fn utilization(&self, input: &Context<'_>) -> Result<Option<Amount>, EconomicsError> {
        let Some(capacity) = self.capacity(input)? else { return Ok(None) };
        let out = || EconomicsError::OutOfRange("the use of a hosted model");
        Ok(Some(self.served(input)?.checked_div(capacity).ok_or_else(out)?))
    }
}

fn at_full_use(
    input: &Context<'_>,
    allocation: &Allocation,
    cell: &Cell,
    prices: &mut [LinePrice],
) -> Result<(), EconomicsError> {
    if !matches!(cell.payer, Payer::Hosted(_)) {
        return Ok(());
    }
    // A price of one's own for a hosted model, as for a showback, goes before its cost at full use.
    let utilization = cell.utilization(input)?;
    for &at in &cell.lines {
        if prices[at].parts.is_ok() {
            continue;
        }
        let (Some(used), Some(allocated)) = (utilization, allocation.lines[at]) else {
            prices[at].parts = Err(Unpriced::NoCapacity);
            continue;
        };
        // More than the stated capacity is full use.
        let used = used.min(Amount::ONE);
        let out = || EconomicsError::OutOfRange("the cost at full use");
        let mut parts = allocated.as_array();
        for part in &mut parts {
            *part = part.checked_mul(used).ok_or_else(out)?;
        }
        prices[at] = LinePrice { parts: Ok(Parts::of_array(parts)), at_full_use: true, ..prices[at] };
    }
    Ok(())
}

fn by_reserved(input: &Context<'_>, prices: &mut [LinePrice]) -> Result<Vec<ReservedUse>, EconomicsError> {
    let mut taken = vec![false; input.usage.len()];
    let mut uses = Vec::with_capacity(input.prices.reserved.len());
    for reserved in &input.prices.reserved {
        let cost = reserved.cost_in(input.window)?;
        let mut used = Amount::ZERO;
        for (from, lines) in reserved.lines(input, &mut taken) {
            used = add(used, reserve_hour(input, reserved, from, &lines, prices)?)?;
        }
        if cost.is_zero() && used.is_zero() {
            continue;
        }
        let utilization = used.checked_div(cost).unwrap_or_default();
        uses.push(ReservedUse { id: reserved.id.clone(), cost, used, unused: subtract(cost, used)?, utilization });
    }
    Ok(uses)
}

/// Gives the lines of one hour their part of its reserved cost; returns what of it was used.
fn reserve_hour(
    input: &Context<'_>,
    reserved: &Reserved,
    from: DateTime<Utc>,
    lines: &[usize],
    prices: &mut [LinePrice],
) -> Result<Amount, EconomicsError> {
    let hours = i64::from(input.usage[lines[0]].hours);
    let out = || EconomicsError::OutOfRange("the use of reserved capacity");
    let end = from + TimeDelta::hours(hours);
    let hour_cost = reserved.cost_in(Window { from, to: end })?;
    let capacity = reserved.capacity(hours).ok_or_else(out)?;
    let weights = reserved.weights();
    let mut weighted = Vec::with_capacity(lines.len());
    for &line in lines {
        weighted.push(input.usage[line].counts.weighted(&weights)?);
    }
    let served = sum(weighted.iter().map(Parts::total).collect::<Result<Vec<_>, _>>()?)?;
    if served.is_zero() {
        return Ok(Amount::ZERO);
    }
    let covered = served.min(capacity);
    let used = apportion(hour_cost, &[covered, subtract(capacity, covered)?]).map_err(|_| out())?[0];
    let flat: Vec<Amount> = weighted.iter().flat_map(|parts| parts.as_array()).collect();
    let shares = apportion(used, &flat).map_err(|_| out())?;
    let beyond = subtract(served, covered)?;
    for (&line, share) in lines.iter().zip(shares.chunks_exact(5)) {
        let mut parts = [share[0], share[1], share[2], share[3], share[4]];
        // What the capacity does not reach is paid by the list, in proportion.
        if !beyond.is_zero() {
            let Ok(listed) = prices[line].parts else {
                prices[line].parts = Err(Unpriced::NotListed);
                continue;
            };
            for (part, listed) in parts.iter_mut().zip(listed.as_array()) {
                *part = add(*part, listed.mul_div(beyond, served).ok_or_else(out)?)?;
            }
        }
        prices[line].parts = Ok(Parts::of_array(parts));
    }
    Ok(used)
}

impl Reserved {
    fn holds(&self, from: DateTime<Utc>) -> bool {
        let day = from.date_naive();
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    fn serves(&self, line: &UsageLine) -> bool {
        let model = line.model.as_ref().map(|model| model.as_str());
        let same_provider = match (&self.provider, &line.provider) {
            (Some(own), Some(used)) => provider_key(own) == provider_key(used),
            _ => true,
        };
        same_provider
            && model.is_some_and(|model| self.model == model || self.model == base_of(model))
            && self.workload.as_ref().is_none_or(|own| Some(own) == line.deployment.as_ref())
            && self.holds(line.from)
    }

    /// The lines that it serves and no other does before it, by hour or day.
    fn lines(&self, input: &Context<'_>, taken: &mut [bool]) -> BTreeMap<DateTime<Utc>, Vec<usize>> {
        let mut hours: BTreeMap<DateTime<Utc>, Vec<usize>> = BTreeMap::new();
        for (at, line) in input.usage.iter().enumerate() {
            if !taken[at] && self.serves(line) {
                taken[at] = true;
                hours.entry(line.from).or_default().push(at);
            }
        }
        hours
    }

    /// What it costs in a window.
    fn cost_in(&self, window: Window) -> Result<Amount, EconomicsError> {
        let midnight = |day: chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
        let from = window.from.max(midnight(self.from));
        let to = self.until.map_or(window.to, |until| window.to.min(midnight(until)));
        let hours = (to - from).num_hours().max(0);
        let units = i64::try_from(self.units).ok().and_then(|units| units.checked_mul(hours)).map(Amount::from_int);
        let cost = units.and_then(|units| units.checked_mul(self.price_per_unit_hour));
        cost.ok_or(EconomicsError::OutOfRange("the cost of reserved capacity"))
    }

    /// Weighted tokens that it processes in some hours.
    fn capacity(&self, hours: i64) -> Option<Amount> {
        let minutes = i64::try_from(self.units).ok()?.checked_mul(hours)?.checked_mul(60)?;
        let tokens = i64::try_from(self.tokens_per_minute_per_unit).ok()?;
        Amount::from_int(minutes).checked_mul(Amount::from_int(tokens))
    }

    fn weights(&self) -> Weights {
        Weights { input: Amount::ONE, output: self.output_weight, cached: self.cached_weight, cache_write: Amount::ONE }
    }
}
