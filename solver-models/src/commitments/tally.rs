//! Many hours under the same commitments, in whole counts of a small unit: the fractions of `apply.rs`, without their greatest common divisors.
//!
//! Quantities of an hour are counts of 10^-scale ÷ denominator. A division that leaves a rest multiplies the denominator of that hour
//! by the divisor, so nothing is ever rounded. An hour whose counts do not fit 256 bits is billed in fractions instead.

use std::collections::BTreeMap;

use ethnum::I256;
use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::Zero;

use super::apply::Application;
use crate::number::to_rational;

/// Sums over hours; every one is exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Totals {
    /// By holding: units, or money, that usage took, × hours.
    pub used: Vec<BigRational>,
    /// What the units on demand cost.
    pub on_demand_cost: BigRational,
    /// What all units would cost on demand.
    pub all_on_demand: BigRational,
}

/// Sums of hours that count alike and have one denominator.
struct Counts {
    used: Vec<I256>,
    on_demand_cost: I256,
    all_on_demand: I256,
}

/// Hours that are being added up.
pub(super) struct Tally<'a> {
    application: &'a Application<'a>,
    scale: Scale,
    /// By claim: how much of the holding a count of the item takes, as a reduced fraction.
    ratios: Vec<(I256, I256)>,
    prices: Vec<I256>,
    quantities: Vec<I256>,
    /// By hours that a slot stands for, and denominator.
    groups: BTreeMap<(Amount, I256), Counts>,
    /// Hours that did not fit.
    rest: Totals,
}

/// Decimal places: of usage and holdings, and of prices.
#[derive(Clone, Copy)]
struct Scale {
    quantity: u32,
    price: u32,
}

/// Decimal places that an amount needs.
fn places(amount: &Amount) -> u32 {
    let (mut count, mut places) = (amount.atto(), 18);
    while places > 0 && count % 10 == 0 {
        (count, places) = (count / 10, places - 1);
    }
    places
}

/// An amount as a count of 10^-places, of which it has no more; with the 36 places that there are at most, 256 bits hold it.
fn count(amount: Amount, places: u32) -> I256 {
    let (atto, ten) = (I256::from(amount.atto()), I256::from(10_i32));
    if places > 18 { atto * ten.pow(places - 18) } else { atto / ten.pow(18 - places) }
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn fraction(count: I256, unit: u32) -> BigRational {
    let (high, low) = count.into_words();
    // A count is high · 2^128 + low, the latter without a sign.
    let half = BigRational::from_integer((1_u128 << 64).into());
    let whole = BigRational::from_integer(high.into()) * &half * half + BigRational::from_integer((low as u128).into());
    whole / BigRational::from_integer(10.into()).pow(i32::try_from(unit).expect("at most 54 places"))
}

impl<'a> Tally<'a> {
    /// No hour yet. `usage` has every amount of usage that will be added, so that the unit is small enough for all.
    pub fn new(application: &'a Application<'a>, usage: impl Iterator<Item = Amount>) -> Self {
        let most = |amounts: &mut dyn Iterator<Item = Amount>| amounts.map(|a| places(&a)).max().unwrap_or(0);
        let terms = most(&mut application.claims.iter().map(|c| c.term));
        let held = most(&mut application.quantities.iter().copied());
        let mut usage = usage;
        let scale = Scale {
            quantity: (most(&mut usage) + terms).max(held),
            price: most(&mut application.items.iter().map(|i| i.on_demand)),
        };
        let ratios = application.claims.iter().map(|claim| {
            let common = greatest_common_divisor(claim.term.atto(), Amount::ONE.atto()).max(1);
            let (term, one) = (I256::from(claim.term.atto() / common), I256::from(Amount::ONE.atto() / common));
            if claim.offer.product.is_plan() { (term, one) } else { (one, term) }
        });
        let prices = application.items.iter().map(|i| count(i.on_demand, scale.price));
        let quantities = application.quantities.iter().map(|q| count(*q, scale.quantity));
        let rest = Totals {
            used: vec![BigRational::zero(); application.quantities.len()],
            on_demand_cost: BigRational::zero(),
            all_on_demand: BigRational::zero(),
        };
        let (ratios, prices, quantities) = (ratios.collect(), prices.collect(), quantities.collect());
        Self { application, scale, ratios, prices, quantities, groups: BTreeMap::new(), rest }
    }

    /// Adds an hour with this usage of every item, which stands for `hours`.
    pub fn add(&mut self, hours: Amount, usage: &[Amount]) {
        if self.add_counts(hours, usage).is_none() {
            self.add_fractions(hours, usage);
        }
    }

    /// `None`, and nothing added, where a count does not fit.
    fn add_counts(&mut self, hours: Amount, usage: &[Amount]) -> Option<()> {
        let all: Vec<I256> = usage.iter().map(|u| count(*u, self.scale.quantity)).collect();
        let (denominator, open, left) = self.bill(all.clone())?;
        let cost = |units: &[I256]| {
            let costs = units.iter().zip(&self.prices).map(|(units, price)| units.checked_mul(*price));
            costs.into_iter().try_fold(I256::ZERO, |sum, cost| sum.checked_add(cost?))
        };
        let (on_demand_cost, all_on_demand) = (cost(&open)?, cost(&all)?.checked_mul(denominator)?);
        let used = self.quantities.iter().zip(&left).map(|(q, left)| q.checked_mul(denominator)?.checked_sub(*left));
        let used = used.collect::<Option<Vec<I256>>>()?;
        let sum = match self.groups.get(&(hours, denominator)) {
            None => Counts { used, on_demand_cost, all_on_demand },
            Some(so_far) => {
                let both = so_far.used.iter().zip(used).map(|(a, b)| a.checked_add(b));
                Counts {
                    used: both.collect::<Option<_>>()?,
                    on_demand_cost: so_far.on_demand_cost.checked_add(on_demand_cost)?,
                    all_on_demand: so_far.all_on_demand.checked_add(all_on_demand)?,
                }
            }
        };
        self.groups.insert((hours, denominator), sum);
        Some(())
    }

    /// The order of application over one hour: denominator, what stays open of each item, what is left of each holding.
    fn bill(&self, mut open: Vec<I256>) -> Option<(I256, Vec<I256>, Vec<I256>)> {
        let mut left = self.quantities.clone();
        let mut denominator = I256::ONE;
        for (claim, &(takes, of)) in self.application.claims.iter().zip(&self.ratios) {
            let (units, have) = (open[claim.item], left[claim.holding]);
            if units <= 0 || have <= 0 {
                continue;
            }
            let (needed, given) = (units.checked_mul(takes)?, have.checked_mul(of)?);
            let (covered, divisor) = (needed <= given, if needed <= given { of } else { takes });
            let difference = if covered { given - needed } else { needed - given };
            let remains = if difference % divisor == 0 {
                difference / divisor
            } else {
                for count in open.iter_mut().chain(&mut left).chain([&mut denominator]) {
                    *count = count.checked_mul(divisor)?;
                }
                difference
            };
            (open[claim.item], left[claim.holding]) = if covered { (I256::ZERO, remains) } else { (remains, I256::ZERO) };
        }
        Some((denominator, open, left))
    }

    fn add_fractions(&mut self, hours: Amount, usage: &[Amount]) {
        let (bill, hours) = (self.application.bill(usage), to_rational(hours));
        self.rest.used.iter_mut().zip(bill.used).for_each(|(sum, used)| *sum += used * &hours);
        self.rest.on_demand_cost += bill.on_demand_cost * &hours;
        for (units, item) in usage.iter().zip(self.application.items) {
            self.rest.all_on_demand += to_rational(*units) * to_rational(item.on_demand) * &hours;
        }
    }

    /// The sums over all hours.
    pub fn total(self) -> Totals {
        let mut total = self.rest;
        let (quantity, cost) = (self.scale.quantity, self.scale.quantity + self.scale.price);
        for ((hours, denominator), counts) in self.groups {
            let weight = to_rational(hours) / fraction(denominator, 0);
            total.used.iter_mut().zip(counts.used).for_each(|(sum, used)| *sum += fraction(used, quantity) * &weight);
            total.on_demand_cost += fraction(counts.on_demand_cost, cost) * &weight;
            total.all_on_demand += fraction(counts.all_on_demand, cost) * &weight;
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::commitments::{Holding, Instance};

    fn thousandth(count: i64) -> Amount {
        Amount::from_atto(i128::from(count) * 1_000_000_000_000_000).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// The counts come to what the fractions come to, whatever rests the divisions leave and whether or not 256 bits hold them.
        #[test]
        fn hours_come_to_what_the_fractions_come_to(
            hours in prop::collection::vec((prop::collection::vec(0_i64..9_000, 3), 1_i64..4), 1..8),
            terms in prop::collection::vec(1_i64..5_000, 8),
            plans in prop::collection::vec(0_i64..9_000, 2),
            units in 0_i64..9,
            finest in any::<bool>(),
        ) {
            let term = |at: usize| thousandth(terms[at]);
            let value = json!({"slots": [{"month": 0}],
                "items": [{"id": "a", "on_demand": "1.37"}, {"id": "b", "on_demand": 3}, {"id": "c", "on_demand": "0.000777"}],
                "scenarios": [{"id": "s", "probability": 1, "usage": {}}],
                "offers": [{"id": "p", "product": "aws_compute_savings_plan", "term_months": 12, "rates": {"a": term(0), "b": term(1), "c": term(2)}},
                    {"id": "e", "product": "aws_ec2_instance_savings_plan", "term_months": 12, "rates": {"a": term(3), "b": term(4)}},
                    {"id": "r", "product": "aws_reserved_instance", "term_months": 12, "hourly": 1, "covers": {"a": term(5), "b": term(6), "c": term(7)}}]});
            let instance = Instance::from_json(&value.to_string()).unwrap();
            // The finest amounts there are make the counts too large now and then.
            let finest = if finest { Amount::from_atto(1).unwrap() } else { Amount::ZERO };
            let quantities = [thousandth(plans[0]) + finest, thousandth(plans[1]), Amount::from_int(units)];
            let holdings: Vec<Holding<'_>> =
                instance.offers.iter().zip(quantities).map(|(offer, quantity)| Holding { offer, quantity }).collect();
            let application = Application::new(&instance.items, &holdings);
            let hours: Vec<(Vec<Amount>, Amount)> = hours.into_iter().map(|(usage, hours)| {
                (usage.into_iter().map(|u| thousandth(u) + finest).collect(), Amount::from_int(hours))
            }).collect();
            let mut tally = Tally::new(&application, hours.iter().flat_map(|(usage, _)| usage.iter().copied()));
            let mut fractions = Tally::new(&application, std::iter::empty());
            for (usage, hours) in &hours {
                tally.add(*hours, usage);
                fractions.add_fractions(*hours, usage);
            }
            prop_assert_eq!(tally.total(), fractions.total());
        }
    }
}
