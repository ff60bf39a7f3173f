//! Rows of the core: fleets with and without a commitment, unused commitments, training jobs, tokens.

use crate::accounts::Provider;
use crate::calendar::{self, Slot};
use crate::catalogue;
use crate::charge::{Charge, Committed, ResourceName, Status};
use crate::decimal::{self, ONE};
use crate::dice;
use crate::fleets::{self, COMMITMENTS, Commitment, Coverage, FLEETS, Paid, TRAININGS};
use crate::organisation::Organisation;
use crate::workloads::{Demand, WORKLOADS};

/// The day of the month on which commitments are bought that are paid once.
const DAY_OF_PURCHASE: u32 = 4;

/// A line of the bill that comes in every slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CoreRow {
    /// Instance-hours of a fleet under its commitment.
    Covered(usize),
    /// Instance-hours beyond it.
    OnDemand(usize),
    /// What a commitment was paid for and not used.
    Unused(usize),
    /// A training job.
    Training(usize),
    /// A line of a token vendor.
    Tokens(usize),
}

/// A provider's rows of the core.
pub(crate) fn of(organisation: &Organisation, provider: Provider) -> Vec<CoreRow> {
    let mut rows = Vec::new();
    for (index, fleet) in FLEETS.iter().enumerate().filter(|(_, fleet)| fleet.provider == provider) {
        rows.push(CoreRow::Covered(index));
        if matches!(fleet.coverage, Coverage::Part(_)) {
            rows.push(CoreRow::OnDemand(index));
        }
    }
    let running = |commitment: &Commitment| !matches!(commitment.paid, Paid::Ahead(_));
    let commitments = COMMITMENTS.iter().enumerate().filter(|(_, c)| c.provider == provider && running(c));
    rows.extend(commitments.map(|(index, _)| CoreRow::Unused(index)));
    if provider == Provider::Aws {
        rows.extend((0..TRAININGS.len()).map(CoreRow::Training));
    }
    let lines = organisation.token_lines.iter().enumerate().filter(|(_, line)| line.provider == provider);
    rows.extend(lines.map(|(index, _)| CoreRow::Tokens(index)));
    rows
}

impl CoreRow {
    /// Training jobs and vendors of tokens are billed by the day at the finest.
    pub(crate) fn can_be_hourly(self) -> bool {
        !matches!(self, Self::Training(_) | Self::Tokens(_))
    }

    /// True for what a GPU endpoint uses on demand.
    pub(crate) fn is_endpoint(self) -> bool {
        matches!(self, Self::OnDemand(fleet) if FLEETS[fleet].workload.is_some())
    }

    pub(crate) fn charge(self, organisation: &Organisation, slot: Slot) -> Charge {
        match self {
            Self::Covered(fleet) => covered(organisation, fleet, slot),
            Self::OnDemand(fleet) => on_demand(organisation, fleet, slot),
            Self::Unused(commitment) => unused(organisation, commitment, slot),
            Self::Training(training) => train(organisation, training, slot),
            Self::Tokens(line) => tokens(organisation, line, slot),
        }
    }
}

/// The unit price of a fleet's sku under its commitment, in 1e-10.
fn committed_price(organisation: &Organisation, sku: usize, commitment: usize) -> i64 {
    decimal::percent_of(organisation.skus[sku].price, 100 - COMMITMENTS[commitment].discount)
}

fn of_fleet(organisation: &Organisation, fleet: usize, slot: Slot, hours: u32) -> Charge {
    let placed = organisation.fleets[fleet];
    let (list, contracted) = organisation.prices(&organisation.skus[placed.sku], Some(placed.region));
    let mut charge = Charge::usage(placed.account, placed.sku, slot, i64::from(hours) * ONE, list, contracted);
    charge.region = Some(placed.region as u8);
    charge.resource = ResourceName::Given(FLEETS[fleet].name);
    charge.bits = dice::draw(organisation.seed(), 2_000, fleet as u64);
    charge.tags = placed.tags as u32;
    charge
}

fn on_demand(organisation: &Organisation, fleet: usize, slot: Slot) -> Charge {
    of_fleet(organisation, fleet, slot, FLEETS[fleet].on_demand(slot))
}

fn covered(organisation: &Organisation, fleet: usize, slot: Slot) -> Charge {
    let commitment = FLEETS[fleet].commitment;
    let mut charge = of_fleet(organisation, fleet, slot, FLEETS[fleet].covered(slot));
    let quantity = charge.quantity.unwrap_or(0);
    charge.billed = 0;
    charge.effective = decimal::cost(committed_price(organisation, organisation.fleets[fleet].sku, commitment), quantity);
    let of_commitment = if COMMITMENTS[commitment].is_spend() { dollars(charge.effective) } else { quantity };
    charge.committed = Some(Committed { commitment: commitment as u8, status: Status::Used, quantity: of_commitment });
    charge
}

/// A cost in 1e-16 USD as a quantity in 1e-6 USD; committed prices have at most six decimals and hours none.
fn dollars(cost: i128) -> i64 {
    (cost / i128::from(decimal::price("1"))) as i64
}

/// What is committed for an hour, in 1e-16 USD.
pub(crate) fn committed_an_hour(organisation: &Organisation, commitment: usize) -> i128 {
    let terms = COMMITMENTS[commitment];
    let price = |sku| {
        let sku = catalogue::index(&organisation.skus, terms.provider, sku);
        committed_price(organisation, sku, commitment)
    };
    let most: i128 =
        fleets::covered_at_most(commitment).map(|(sku, count)| decimal::cost(price(sku), i64::from(count) * ONE)).sum();
    let unused = catalogue::index(&organisation.skus, terms.provider, terms.unused);
    let excess = if terms.is_spend() {
        decimal::cost(terms.excess, ONE)
    } else {
        decimal::cost(organisation.skus[unused].price, terms.excess * ONE)
    };
    most + excess
}

/// What is paid in a period for a commitment: for a month of it, or for the year ahead.
pub(crate) fn purchase(organisation: &Organisation, commitment: usize, account: usize, period: usize) -> Option<Charge> {
    let terms = COMMITMENTS[commitment];
    let month = Slot::month(period);
    let slot = match terms.paid {
        Paid::Monthly => month,
        Paid::Ahead(bought) if bought == period => Slot::day(period, DAY_OF_PURCHASE),
        Paid::Before | Paid::Ahead(_) => return None,
    };
    let sku = catalogue::index(&organisation.skus, terms.provider, terms.purchase);
    let price = organisation.skus[sku].price;
    let quantity = match terms.paid {
        Paid::Monthly => committed_an_hour(organisation, commitment) * i128::from(slot.hours) / i128::from(price),
        _ => i128::from(ONE),
    };
    let quantity = i64::try_from(quantity).expect("a month has fewer than 9e12 hours or dollars committed");
    let mut charge = Charge::usage(account, sku, slot, quantity, price, price);
    charge.effective = 0;
    charge.committed = Some(Committed { commitment: commitment as u8, status: Status::Purchased, quantity });
    Some(charge)
}

fn unused(organisation: &Organisation, commitment: usize, slot: Slot) -> Charge {
    let terms = COMMITMENTS[commitment];
    let sku = catalogue::index(&organisation.skus, terms.provider, terms.unused);
    let price = organisation.skus[sku].price;
    let of_commitment = FLEETS.iter().enumerate().filter(|(_, fleet)| fleet.commitment == commitment);
    let used: i128 = of_commitment.map(|(index, _)| covered(organisation, index, slot).effective).sum();
    let cost = committed_an_hour(organisation, commitment) * i128::from(slot.hours) - used;
    let quantity = (cost / i128::from(price)) as i64;
    let account = crate::specials::payer(terms.provider);
    let mut charge = Charge::usage(account, sku, slot, quantity, price, price);
    charge.billed = 0;
    charge.effective = cost;
    charge.committed = Some(Committed { commitment: commitment as u8, status: Status::Unused, quantity });
    charge
}

fn train(organisation: &Organisation, training: usize, slot: Slot) -> Charge {
    let placed = organisation.trainings[training];
    let terms = TRAININGS[training];
    let days = (0..slot.hours.div_ceil(24)).map(|day| slot.start + day * 24);
    let quantity: i64 = days.map(|hour| hours_of_training(organisation.seed(), training, terms.hours, hour)).sum();
    let (list, contracted) = organisation.prices(&organisation.skus[placed.sku], Some(placed.region));
    let mut charge = Charge::usage(placed.account, placed.sku, slot, quantity, list, contracted);
    charge.region = Some(placed.region as u8);
    charge.resource = ResourceName::Given(terms.name);
    charge.bits = dice::draw(organisation.seed(), 2_001 + training as u64, u64::from(slot.start));
    charge.tags = placed.tags as u32;
    charge
}

/// Machine-hours of a night, in 1e-6: full before workdays, a short evaluation on other days.
fn hours_of_training(seed: u64, training: usize, full: i64, hour: u32) -> i64 {
    let share = if calendar::is_workday(hour) { 1_000 } else { 150 };
    let noise = dice::between(dice::draw(seed, 2_010 + training as u64, u64::from(hour)), 900, 1_100) as i64;
    full / 1_000 * share / 1_000 * noise / 100 * 100
}

fn tokens(organisation: &Organisation, line: usize, slot: Slot) -> Charge {
    let line = organisation.token_lines[line];
    let mut demand = Demand::default();
    for hour in slot.each() {
        demand += WORKLOADS[line.workload].demand(organisation.seed(), hour);
    }
    // A token is 1e-6 of the million that the price is for.
    let count = i64::try_from(line.kind.of(&demand)).expect("a month has fewer than 9e18 tokens");
    let sku = &organisation.skus[line.sku];
    Charge::usage(line.account, line.sku, slot, count, sku.price, sku.price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{DAYS, START};

    #[test]
    fn what_a_commitment_costs_is_used_or_unused_to_the_last_digit() {
        let organisation = Organisation::new(20_000, 1).unwrap();
        let monthly = COMMITMENTS.iter().enumerate().filter(|(_, terms)| terms.paid == Paid::Monthly);
        for commitment in monthly.map(|(index, _)| index) {
            for period in 0..DAYS.len() {
                let bought = purchase(&organisation, commitment, 0, period).unwrap().billed;
                let mut spent = 0;
                for hour in START[period]..START[period + 1] {
                    let slot = Slot::hour(hour);
                    let unused = unused(&organisation, commitment, slot).effective;
                    assert!(unused > 0, "{} at {hour}", COMMITMENTS[commitment].name);
                    let fleets = FLEETS.iter().enumerate().filter(|(_, fleet)| fleet.commitment == commitment);
                    spent += unused + fleets.map(|(index, _)| covered(&organisation, index, slot).effective).sum::<i128>();
                }
                assert_eq!(bought, spent, "{}", COMMITMENTS[commitment].name);
            }
        }
    }

    #[test]
    fn hours_sum_to_their_day_and_days_to_their_month() {
        let organisation = Organisation::new(20_000, 1).unwrap();
        for provider in Provider::ALL {
            for row in of(&organisation, provider) {
                let month = row.charge(&organisation, Slot::month(1)).effective;
                let days: i128 = (0..DAYS[1]).map(|day| row.charge(&organisation, Slot::day(1, day)).effective).sum();
                assert_eq!(month, days, "{row:?}");
                if row.can_be_hourly() {
                    let hours: i128 = Slot::day(1, 4).each().map(|h| row.charge(&organisation, Slot::hour(h)).effective).sum();
                    assert_eq!(row.charge(&organisation, Slot::day(1, 4)).effective, hours, "{row:?}");
                }
            }
        }
    }
}
