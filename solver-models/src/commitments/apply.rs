//! One hour under commitments, as the provider bills it: the order of application in exact fractions.

use std::cmp::Ordering;

use ethnum::I256;
use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::data::{Item, Offer};
use crate::number::to_rational;

/// A commitment that is active in the hour.
#[derive(Clone, Copy, Debug)]
pub struct Holding<'a> {
    /// Its terms.
    pub offer: &'a Offer,
    /// Units, or money an hour.
    pub quantity: Amount,
}

/// How one hour is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// By item: units that no commitment covers.
    pub on_demand: Vec<BigRational>,
    /// By holding: units, or money, that usage took.
    pub used: Vec<BigRational>,
    /// What the units on demand cost.
    pub on_demand_cost: BigRational,
}

impl Hour {
    /// Units, or money, of a holding that were paid and not used.
    pub fn unused(&self, holding: usize, quantity: Amount) -> BigRational {
        to_rational(quantity) - &self.used[holding]
    }
}

/// One thing that a holding may cover, with what its place in the order depends on.
pub(super) struct Claim<'a> {
    pub holding: usize,
    pub item: usize,
    rank: u8,
    elsewhere: bool,
    /// Quantity a unit covers, or price against the plan.
    pub term: Amount,
    on_demand: Amount,
    pub offer: &'a Offer,
}

/// The order of application of MODEL.md over everything that `holdings` may cover.
fn order<'a>(items: &[Item], holdings: &[Holding<'a>]) -> Vec<Claim<'a>> {
    let mut claims = Vec::new();
    for (holding, held) in holdings.iter().enumerate() {
        for &(item, term) in &held.offer.terms {
            let elsewhere = held.offer.account.is_some() && held.offer.account != items[item].account;
            let (rank, on_demand) = (held.offer.product.rank(), items[item].on_demand);
            claims.push(Claim { holding, item, rank, elsewhere, term, on_demand, offer: held.offer });
        }
    }
    claims.sort_by(|a, b| {
        let by_term = if a.rank == 0 { b.term.cmp(&a.term) } else { by_percentage(a, b).then(a.term.cmp(&b.term)) };
        let place = (a.rank, a.elsewhere).cmp(&(b.rank, b.elsewhere)).then(by_term);
        place.then((a.item, a.holding).cmp(&(b.item, b.holding)))
    });
    claims
}

/// The highest savings percentage first: the smallest rate ÷ on-demand price. What is free on demand saves nothing and comes last.
fn by_percentage(a: &Claim<'_>, b: &Claim<'_>) -> Ordering {
    match (a.on_demand.is_zero(), b.on_demand.is_zero()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            // Of counts of one unit, in 256 bits: a sort asks too often for fractions that are reduced each time.
            let product = |left: Amount, right: Amount| I256::from(left.atto()) * I256::from(right.atto());
            product(a.term, b.on_demand).cmp(&product(b.term, a.on_demand))
        }
    }
}

/// The order of application, worked out once for many hours with the same holdings.
pub struct Application<'a> {
    pub(super) claims: Vec<Claim<'a>>,
    pub(super) items: &'a [Item],
    pub(super) quantities: Vec<Amount>,
}

impl<'a> Application<'a> {
    /// The order for these items and holdings.
    pub fn new(items: &'a [Item], holdings: &[Holding<'a>]) -> Self {
        Self { claims: order(items, holdings), items, quantities: holdings.iter().map(|h| h.quantity).collect() }
    }

    /// Bills one hour; `usage` has the units of every item.
    pub fn bill(&self, usage: &[Amount]) -> Hour {
        let mut on_demand: Vec<BigRational> = usage.iter().map(|u| to_rational(*u)).collect();
        let mut left: Vec<BigRational> = self.quantities.iter().map(|q| to_rational(*q)).collect();
        for claim in &self.claims {
            let (open, have) = (&mut on_demand[claim.item], &mut left[claim.holding]);
            if !open.is_positive() || !have.is_positive() {
                continue;
            }
            let term = to_rational(claim.term);
            let plan = claim.offer.product.is_plan();
            // What all that is open would take of the holding.
            let needed = if plan { &*open * &term } else { &*open / &term };
            if needed <= *have {
                *have -= needed;
                *open = BigRational::zero();
            } else {
                *open -= if plan { &*have / &term } else { &*have * &term };
                *have = BigRational::zero();
            }
        }
        let used = self.quantities.iter().zip(left).map(|(q, left)| to_rational(*q) - left).collect();
        let costs = on_demand.iter().zip(self.items).map(|(open, item)| open * to_rational(item.on_demand));
        let on_demand_cost = costs.fold(BigRational::zero(), |sum, cost| sum + cost);
        Hour { on_demand, used, on_demand_cost }
    }
}
