//! One charge: what it is of, when, and how much, as small numbers that refer to the organisation's tables.

use crate::calendar::Slot;
use crate::decimal;

/// FOCUS `CommitmentDiscountStatus`, or the purchase of the commitment itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Purchased,
    Used,
    Unused,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Purchased => "",
            Self::Used => "Used",
            Self::Unused => "Unused",
        }
    }
}

/// A charge's link to a commitment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Committed {
    pub commitment: u8,
    pub status: Status,
    /// `CommitmentDiscountQuantity`, in 1e-6.
    pub quantity: i64,
}

/// What a charge's resource is called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ResourceName {
    /// The charge has no resource.
    None,
    /// By the stem of its kind and some digits.
    Numbered,
    /// By name.
    Given(&'static str),
}

/// A FOCUS cost and usage row. Costs are counted in 1e-16, quantities in 1e-6.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub account: u16,
    pub sku: u16,
    /// Where, in `REGIONS`; none for what has no place.
    pub region: Option<u8>,
    /// 0 for none, else the zone plus one.
    pub zone: u8,
    pub slot: Slot,
    pub correction: bool,
    pub resource: ResourceName,
    /// Identifies the resource.
    pub bits: u64,
    pub committed: Option<Committed>,
    pub tags: u32,
    /// None for what has no price.
    pub quantity: Option<i64>,
    pub list_price: i64,
    pub contracted_price: i64,
    pub billed: i128,
    pub effective: i128,
    pub contracted: i128,
    pub list: i128,
}

impl Charge {
    /// A charge that bears no price or place: a tax, a credit.
    pub(crate) fn lump(account: usize, sku: usize, slot: Slot, amount: i128) -> Self {
        Self {
            account: account as u16,
            sku: sku as u16,
            region: None,
            zone: 0,
            slot,
            correction: false,
            resource: ResourceName::None,
            bits: 0,
            committed: None,
            tags: 0,
            quantity: None,
            list_price: 0,
            contracted_price: 0,
            billed: amount,
            effective: amount,
            contracted: amount,
            list: amount,
        }
    }

    /// One month of something that costs so much a month, in whole cents.
    pub(crate) fn fee(account: usize, sku: usize, slot: Slot, amount: i128) -> Self {
        let one = 10_i64.pow(decimal::QUANTITY_PLACES);
        let price = i64::try_from(amount / i128::from(one)).expect("a fee is far below the largest price");
        Self { billed: amount, ..Self::usage(account, sku, slot, one, price, price) }
    }

    /// Usage at two unit prices, billed as contracted.
    pub(crate) fn usage(account: usize, sku: usize, slot: Slot, quantity: i64, list_price: i64, contracted_price: i64) -> Self {
        let contracted = decimal::cost(contracted_price, quantity);
        Self {
            quantity: Some(quantity),
            list_price,
            contracted_price,
            list: decimal::cost(list_price, quantity),
            ..Self::lump(account, sku, slot, contracted)
        }
    }
}
