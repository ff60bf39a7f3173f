//! The difference between what the bill says and what the prices say, taken apart.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::{Amount, SCALE};
use serde::Serialize;
use utoipa::ToSchema;

use super::allocate::Allocation;
use super::counts::{add, subtract, sum};
use super::price::{LinePrice, ReservedUse};
use super::{Context, UsageLine};
use crate::EconomicsError;
use crate::prices::base_of;

/// Why the two bases differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceCause {
    /// Hosted capacity that ran without serving.
    IdleCapacity,
    /// Reserved capacity that nobody used.
    UnusedReserved,
    /// Commitments that were paid and not used, as far as they stand on the charges.
    UnusedCommitment,
    /// What the bill takes off its own list prices.
    Discounts,
    /// Usage that the price list has no price for: the bill's whole cost of it.
    NoPrice,
    /// Usage that no charge pays for: its whole price, taken off.
    NotBilled,
    /// The bill's list prices are others than those of the price list, or the bill counts other tokens than the usage.
    PriceDifference,
    /// No more than the bill's rounding of its charges explains.
    Rounding,
}

impl DifferenceCause {
    /// In words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::IdleCapacity => "hosted capacity that ran without serving",
            Self::UnusedReserved => "reserved capacity that nobody used",
            Self::UnusedCommitment => "commitments paid and not used",
            Self::Discounts => "discounts from the bill's list prices",
            Self::NoPrice => "usage without a price",
            Self::NotBilled => "usage that no charge pays for",
            Self::PriceDifference => "other prices or quantities than the price list and the usage have",
            Self::Rounding => "rounding of the bill's charges",
        }
    }
}

/// A part of the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DifferencePart {
    /// Why.
    pub cause: DifferenceCause,
    /// How much; above zero where the bill has more.
    pub amount: Amount,
}

/// Both bases beside each other: `allocation − usage = difference = Σ parts`, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BasisReconciliation)]
pub struct Reconciliation {
    /// The model without its version; `null` for usage that names none, and in the total.
    pub model: Option<String>,
    /// What the bill says.
    pub allocation: Amount,
    /// What the prices say.
    pub usage: Amount,
    /// The first less the second.
    pub difference: Amount,
    /// Its parts, those that are zero left out.
    pub parts: Vec<DifferencePart>,
}

#[derive(Default)]
struct Sums {
    allocation: Amount,
    usage: Amount,
    parts: BTreeMap<DifferenceCause, Amount>,
    /// What lines of the list leave open, and how much of it rounding can be.
    open: Amount,
    rounding: Amount,
}

impl Sums {
    fn part(&mut self, cause: DifferenceCause, amount: Amount) -> Result<(), EconomicsError> {
        let part = self.parts.entry(cause).or_default();
        *part = add(*part, amount)?;
        Ok(())
    }

    fn close(mut self, model: Option<String>) -> Result<Reconciliation, EconomicsError> {
        let cause = if self.open.abs() <= self.rounding { DifferenceCause::Rounding } else { DifferenceCause::PriceDifference };
        self.part(cause, self.open)?;
        let difference = subtract(self.allocation, self.usage)?;
        let parts = self.parts.into_iter().filter(|(_, amount)| !amount.is_zero());
        let parts = parts.map(|(cause, amount)| DifferencePart { cause, amount }).collect();
        Ok(Reconciliation { model, allocation: self.allocation, usage: self.usage, difference, parts })
    }
}

/// The model of a line, without its version.
pub(super) fn model_of(line: &UsageLine) -> Option<&str> {
    line.model.as_ref().map(|model| base_of(model.as_str()))
}

/// Each model's difference, and that of all; `wanted` says which lines are reported.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where an amount does not fit.
pub(super) fn reconcile(
    input: &Context<'_>,
    allocation: &Allocation,
    prices: &[LinePrice],
    reserved: &[ReservedUse],
    wanted: &[bool],
) -> Result<(Vec<Reconciliation>, Reconciliation), EconomicsError> {
    let mut models: BTreeMap<Option<&str>, Sums> = BTreeMap::new();
    let mut cells_of: BTreeSet<(usize, Option<&str>)> = BTreeSet::new();
    for (at, line) in input.usage.iter().enumerate().filter(|(at, _)| wanted[*at]) {
        let sums = models.entry(model_of(line)).or_default();
        add_line(sums, allocation, prices, at)?;
        if let Some(cell) = allocation.cell_of[at].filter(|_| !prices[at].at_full_use) {
            cells_of.insert((cell, model_of(line)));
        }
    }
    for (cell, model) in cells_of {
        let sums = models.entry(model).or_default();
        sums.rounding = add(sums.rounding, rounding_of(&allocation.cells[cell])?)?;
    }
    for (used, terms) in reserved.iter().filter_map(|used| Some((used, input.prices.reserved.iter().find(|r| r.id == used.id)?)))
    {
        if let Some(sums) = models.get_mut(&Some(base_of(&terms.model))) {
            sums.part(DifferenceCause::UnusedReserved, used.unused)?;
            sums.open = subtract(sums.open, used.unused)?;
        }
    }
    let closed = models.into_iter().map(|(model, sums)| sums.close(model.map(str::to_owned)));
    let closed = closed.collect::<Result<Vec<_>, _>>()?;
    let mut total = Sums::default();
    for model in &closed {
        total.allocation = add(total.allocation, model.allocation)?;
        total.usage = add(total.usage, model.usage)?;
        for part in &model.parts {
            total.part(part.cause, part.amount)?;
        }
    }
    let total = total.close(None)?;
    Ok((closed, total))
}

fn add_line(sums: &mut Sums, allocation: &Allocation, prices: &[LinePrice], at: usize) -> Result<(), EconomicsError> {
    let billed = match &allocation.lines[at] {
        Some(parts) => Some(parts.total()?),
        None => None,
    };
    let priced = match &prices[at].parts {
        Ok(parts) => Some(parts.total()?),
        Err(_) => None,
    };
    sums.allocation = add(sums.allocation, billed.unwrap_or_default())?;
    sums.usage = add(sums.usage, priced.unwrap_or_default())?;
    let (billed, priced) = match (billed, priced) {
        (None, None) => return Ok(()),
        (Some(billed), None) => return sums.part(DifferenceCause::NoPrice, billed),
        (None, Some(priced)) => return sums.part(DifferenceCause::NotBilled, -priced),
        (Some(billed), Some(priced)) => (billed, priced),
    };
    let mut open = subtract(billed, priced)?;
    if prices[at].at_full_use {
        return sums.part(DifferenceCause::IdleCapacity, open);
    }
    if let Some(cell) =
        allocation.cell_of[at].map(|cell| &allocation.cells[cell]).filter(|cell| !cell.unused_commitment.is_zero())
    {
        let unused = cell.unused_commitment.mul_div(billed, cell.cost).unwrap_or_default();
        sums.part(DifferenceCause::UnusedCommitment, unused)?;
        open = subtract(open, unused)?;
    }
    if let Some(list) = allocation.list[at] {
        let discount = subtract(billed, list)?;
        sums.part(DifferenceCause::Discounts, discount)?;
        open = subtract(open, discount)?;
    }
    sums.open = add(sums.open, open)?;
    // Shares are rounded at the last place: the cost's and the list cost's, each of five kinds of token.
    let last_places = Amount::from_atto(10).ok_or(EconomicsError::OutOfRange("rounding"))?;
    sums.rounding = add(sums.rounding, last_places)?;
    Ok(())
}

/// How far rounding can carry the charges of a cell: half of the last place that the bill has, for each of them.
fn rounding_of(cell: &super::allocate::Cell) -> Result<Amount, EconomicsError> {
    let half = Amount::from_atto((10_i128.pow(SCALE - cell.places.min(SCALE)) + 1) / 2);
    let charges = i64::try_from(cell.charges).map(Amount::from_int).ok();
    let rounding = half.zip(charges).and_then(|(half, charges)| half.checked_mul(charges));
    rounding.ok_or(EconomicsError::OutOfRange("rounding"))
}

/// True where the parts are the difference.
pub(super) fn holds(reconciliation: &Reconciliation) -> Result<bool, EconomicsError> {
    Ok(sum(reconciliation.parts.iter().map(|part| part.amount))? == reconciliation.difference)
}
