//! The allocation basis: what the bill says that serving cost a unit, shared by what was served.

use std::collections::BTreeMap;

use farthing_types::{Amount, Quantity, UnitId, apportion};

use super::counts::{Parts, add, subtract, sum, time_parts};
use super::{BilledCost, Context, TokenCounts, UsageLine};
use crate::EconomicsError;
use crate::prices::{ModelPrice, ShareBy, Weights, provider_key};

/// What pays for usage of a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Payer {
    /// The charges of a hosted model, by its place in the price list.
    Hosted(usize),
    /// A vendor's charges for AI, by the vendor's word.
    Vendor(String),
    /// Shares of the pools that the price list names.
    Pools,
}

/// Cost and usage that belong together.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub unit: UnitId,
    pub payer: Payer,
    pub cost: Amount,
    /// At list prices; `None` where the bill does not state it of every charge.
    pub list: Option<Amount>,
    /// Paid for commitments that nobody used.
    pub unused_commitment: Amount,
    pub hours: Quantity,
    pub charges: u64,
    /// Decimal places of the finest amount: what the bill is rounded at.
    pub places: u32,
    /// The usage, by its place in the input.
    pub lines: Vec<usize>,
}

/// What usage costs by the bill.
#[derive(Clone, Debug)]
pub(super) struct Allocation {
    /// For each line of usage: its cost by kind of token, or none where no charge pays for it.
    pub lines: Vec<Option<Parts<Amount>>>,
    /// For each line of usage its share of what the same charges cost at list prices, where the bill states that.
    pub list: Vec<Option<Amount>>,
    /// For each line of usage its hours of accelerators: as the usage states them, else its share of those that the bill states.
    pub gpu_hours: Vec<Option<Amount>>,
    /// Attributed cost that has no usage, by unit and what it is for.
    pub without_usage: WithoutUsage,
    pub(super) cells: Vec<Cell>,
    /// The cell of each line.
    pub(super) cell_of: Vec<Option<usize>>,
}

/// Shares the cost of serving by what was served; what has no usage is named.
///
/// Charges that a hosted model of the price list names are shared among its usage; charges of a vendor for AI among the unit's usage of
/// that vendor; shares of the pools that the list names among the rest of the unit's usage. Every share is exact: costs of lines and what
/// is without usage sum to what was attributed.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where an amount does not fit.
pub(super) fn allocate(input: &Context<'_>) -> Result<Allocation, EconomicsError> {
    let (mut cells, mut without_usage) = cells(input)?;
    let mut allocation = Allocation {
        lines: vec![None; input.usage.len()],
        list: vec![None; input.usage.len()],
        gpu_hours: input.usage.iter().map(|line| stated_hours(&line.counts)).collect(),
        without_usage: BTreeMap::new(),
        cells: Vec::new(),
        cell_of: vec![None; input.usage.len()],
    };
    place_usage(input, &mut cells);
    for ((unit, payer), mut cell) in cells {
        let shared = share(input, &cell, cell.cost)?;
        let Some(shared) = shared else {
            let name = match &payer {
                Payer::Hosted(at) => format!("{}: no usage", input.prices.hosted[*at].name()),
                Payer::Vendor(vendor) => format!("AI of {vendor}: no usage"),
                Payer::Pools => "shares of pools for inference: no usage".to_owned(),
            };
            let entry = without_usage.entry((unit, name)).or_default();
            *entry = add(*entry, cell.cost)?;
            continue;
        };
        let list = match cell.list {
            Some(list) => share(input, &cell, list)?,
            None => None,
        };
        let hours = billed_hours(input, &cell, &shared)?;
        for (at, &line) in cell.lines.iter().enumerate() {
            allocation.gpu_hours[line] = allocation.gpu_hours[line].or(hours.as_ref().map(|hours| hours[at]));
            allocation.lines[line] = Some(shared[at]);
            allocation.list[line] = match &list {
                Some(list) => Some(list[at].total()?),
                None => None,
            };
            allocation.cell_of[line] = Some(allocation.cells.len());
        }
        cell.lines.shrink_to_fit();
        allocation.cells.push(cell);
    }
    without_usage.retain(|_, amount| !amount.is_zero());
    allocation.without_usage = without_usage;
    Ok(allocation)
}

/// Cost by unit and what it is for.
type WithoutUsage = BTreeMap<(UnitId, String), Amount>;
type Cells = BTreeMap<(UnitId, Payer), Cell>;

fn cells(input: &Context<'_>) -> Result<(Cells, WithoutUsage), EconomicsError> {
    let mut cells = Cells::new();
    let mut without_usage = WithoutUsage::new();
    for billed in input.billed {
        let payer = match (billed.hosted, billed.is_inference, &billed.provider) {
            (Some(hosted), _, _) => Payer::Hosted(hosted),
            (None, true, Some(provider)) => Payer::Vendor(provider_key(provider).to_owned()),
            _ => {
                let entry = without_usage.entry((billed.unit.clone(), billed.category.clone())).or_default();
                *entry = add(*entry, billed.cost)?;
                continue;
            }
        };
        add_to_cell(&mut cells, payer, billed)?;
    }
    for share in input.shares {
        if !input.prices.inference_pools.contains(&share.pool) {
            let name = if share.cost.is_negative() { "given on by pool" } else { "share of pool" };
            let entry = without_usage.entry((share.unit.clone(), format!("{name} {}", share.pool))).or_default();
            *entry = add(*entry, share.cost)?;
            continue;
        }
        let billed = BilledCost {
            unit: share.unit.clone(),
            provider: None,
            category: String::new(),
            hosted: None,
            is_inference: true,
            is_unused_commitment: false,
            cost: share.cost,
            list: None,
            hours: Quantity::default(),
            charges: 0,
        };
        add_to_cell(&mut cells, Payer::Pools, &billed)?;
    }
    Ok((cells, without_usage))
}

fn add_to_cell(cells: &mut Cells, payer: Payer, billed: &BilledCost) -> Result<(), EconomicsError> {
    let cell = cells.entry((billed.unit.clone(), payer.clone())).or_insert_with(|| Cell {
        unit: billed.unit.clone(),
        payer,
        cost: Amount::ZERO,
        list: Some(Amount::ZERO),
        unused_commitment: Amount::ZERO,
        hours: Quantity::default(),
        charges: 0,
        places: 0,
        lines: Vec::new(),
    });
    cell.cost = add(cell.cost, billed.cost)?;
    cell.list = match (cell.list, billed.list) {
        (Some(a), Some(b)) => Some(add(a, b)?),
        _ => None,
    };
    if billed.is_unused_commitment {
        cell.unused_commitment = add(cell.unused_commitment, billed.cost)?;
    }
    cell.hours = Quantity(add(cell.hours.0, billed.hours.0)?);
    cell.charges = cell.charges.saturating_add(billed.charges);
    cell.places = cell.places.max(places(billed.cost)).max(billed.list.map_or(0, places));
    Ok(())
}

/// Decimal places that an amount needs.
fn places(amount: Amount) -> u32 {
    let mut atto = amount.atto();
    let mut places = farthing_types::SCALE;
    while places > 0 && atto % 10 == 0 {
        atto /= 10;
        places -= 1;
    }
    places
}

/// Puts each line of usage into the cell that pays for it.
fn place_usage(input: &Context<'_>, cells: &mut Cells) {
    for (at, line) in input.usage.iter().enumerate() {
        let Some(unit) = &line.unit else { continue };
        let payers = payers_of(input, line);
        let found = payers.into_iter().map(|payer| (unit.clone(), payer)).find(|key| cells.contains_key(key));
        if let Some(cell) = found.and_then(|key| cells.get_mut(&key)) {
            cell.lines.push(at);
        }
    }
}

/// What may pay for a line, the best first.
fn payers_of(input: &Context<'_>, line: &UsageLine) -> Vec<Payer> {
    let model = line.model.as_ref().map(|model| model.as_str());
    let hosted = input.prices.hosted.iter().position(|hosted| hosted.serves(line.deployment.as_deref(), model));
    let mut payers: Vec<Payer> = hosted.map(Payer::Hosted).into_iter().collect();
    // Where the list says what pays for a hosted model, the vendor's other charges do not.
    if hosted.is_none() {
        payers.extend(line.provider.as_deref().map(|provider| Payer::Vendor(provider_key(provider).to_owned())));
    }
    payers.push(Payer::Pools);
    payers
}

/// Shares `amount` among a cell's lines and kinds of token; `None` where there is nothing to share by.
fn share(input: &Context<'_>, cell: &Cell, amount: Amount) -> Result<Option<Vec<Parts<Amount>>>, EconomicsError> {
    let lines = || cell.lines.iter().map(|&at| &input.usage[at]);
    // A vendor bills by its prices, so tokens weigh as they are sold; where one of the cell has no price none is used.
    let is_priced = cell.lines.iter().all(|&at| input.listed[at].is_some());
    let weigh = |&at: &usize| weights_of(input, cell, &input.usage[at], input.listed[at].filter(|_| is_priced));
    let mut weights: Vec<Parts<Amount>> = match times(input, cell)? {
        Some(times) => times,
        None => cell.lines.iter().map(weigh).collect::<Result<_, _>>()?,
    };
    if sum(weights.iter().flat_map(|parts| parts.as_array()))?.is_zero() {
        // Nothing of what it should be shared by: requests are there where anything was asked.
        weights = lines().map(|line| only_other(requests(&line.counts))).collect::<Result<_, _>>()?;
    }
    let flat: Vec<Amount> = weights.iter().flat_map(|parts| parts.as_array()).collect();
    let Ok(shares) = apportion(amount, &flat) else { return Ok(None) };
    let parts = shares.chunks_exact(5).map(|five| Parts::of_array([five[0], five[1], five[2], five[3], five[4]]));
    Ok(Some(parts.collect()))
}

/// The time of prefill and decode of each line of a hosted model that is shared by it; `None` where it is shared otherwise, and where one
/// of its lines does not state the time: then the speeds of the price list say what prefill and decode take.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where a time does not fit.
pub(super) fn times(input: &Context<'_>, cell: &Cell) -> Result<Option<Vec<Parts<Amount>>>, EconomicsError> {
    let Payer::Hosted(at) = cell.payer else { return Ok(None) };
    let hosted = &input.prices.hosted[at];
    if hosted.share_by != ShareBy::PrefillAndDecode {
        return Ok(None);
    }
    cell.lines.iter().map(|&line| time_parts(&input.usage[line].counts, &hosted.weights)).collect()
}

fn weights_of(
    input: &Context<'_>,
    cell: &Cell,
    line: &UsageLine,
    listed: Option<&ModelPrice>,
) -> Result<Parts<Amount>, EconomicsError> {
    let Payer::Hosted(at) = cell.payer else {
        return match listed {
            Some(price) => Ok(price.charge(&line.counts, &line.mode, line.longer_than)?.parts),
            None => line.counts.weighted(&Weights::usual()),
        };
    };
    let hosted = &input.prices.hosted[at];
    match hosted.share_by {
        ShareBy::Tokens | ShareBy::PrefillAndDecode => line.counts.weighted(&hosted.weights),
        ShareBy::Requests => only_other(requests(&line.counts)),
        ShareBy::ComputeSeconds => only_other(Ok(line.counts.compute_seconds.unwrap_or_default().0)),
    }
}

fn requests(counts: &TokenCounts) -> Result<Amount, EconomicsError> {
    i64::try_from(counts.requests).map(Amount::from_int).map_err(|_| EconomicsError::OutOfRange("a count of requests"))
}

fn only_other(other: Result<Amount, EconomicsError>) -> Result<Parts<Amount>, EconomicsError> {
    Ok(Parts { other: other?, ..Parts::default() })
}

/// The hours of accelerators that the usage states.
fn stated_hours(counts: &TokenCounts) -> Option<Amount> {
    counts.compute_seconds.and_then(|seconds| seconds.0.checked_div(Amount::from_int(3_600)))
}

/// The hours of accelerators that the bill states of a hosted model, shared as its cost is.
fn billed_hours(input: &Context<'_>, cell: &Cell, shared: &[Parts<Amount>]) -> Result<Option<Vec<Amount>>, EconomicsError> {
    let Payer::Hosted(at) = cell.payer else { return Ok(None) };
    let hours = cell.hours.0.checked_mul(input.prices.hosted[at].gpus_per_instance);
    let hours = hours.ok_or(EconomicsError::OutOfRange("the hours of accelerators"))?;
    if hours <= Amount::ZERO {
        return Ok(None);
    }
    let costs = shared.iter().map(|parts| Ok(parts.total()?.abs())).collect::<Result<Vec<_>, EconomicsError>>()?;
    Ok(apportion(hours, &costs).ok())
}

impl Allocation {
    /// All that was shared.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where it does not fit.
    pub fn allocated(&self) -> Result<Amount, EconomicsError> {
        sum(self.lines.iter().flatten().map(Parts::total).collect::<Result<Vec<_>, _>>()?)
    }

    /// What no usage accounts for.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where it does not fit.
    pub fn unallocated(&self) -> Result<Amount, EconomicsError> {
        sum(self.without_usage.values().copied())
    }

    /// What the statements say less what was shared and what has no usage: zero.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where it does not fit.
    pub fn difference(&self, statement_total: Amount) -> Result<Amount, EconomicsError> {
        subtract(statement_total, add(self.allocated()?, self.unallocated()?)?)
    }
}
