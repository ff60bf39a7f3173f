//! Splitting pools stage by stage.

use std::collections::{BTreeMap, BTreeSet};

use ethnum::I256;
use farthing_types::{Amount, Cost, Currency, FourCosts, Quantity, Window, apportion};

use crate::assign::Assigner;
use crate::file::FallbackEntry;
use crate::input::{AttributionError, Drivers};
use crate::lines::{PoolLine, PoolNote};
use crate::reciprocal;
use crate::rules::{Driver, Pool, RuleSet};
use crate::sums::{Cells, checked_add};

/// What stands on a unit, by unit and cell.
pub(crate) type Balances = BTreeMap<(u32, u32), FourCosts>;

/// What one pool gives to each recipient.
pub(crate) type Shares = Vec<FourCosts>;

pub(crate) struct Splitter<'a> {
    rules: &'a RuleSet,
    drivers: &'a Drivers,
    assigner: &'a Assigner<'a>,
    cells: &'a Cells<'a>,
    /// Units that hold in the window.
    present: BTreeSet<u32>,
    /// The recipients of pools that name none.
    leaves: Vec<u32>,
}

/// The quantities that a pool is split in proportion to: recipients in the order of their ids, not all zero.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    pub driver: String,
    pub recipients: Vec<u32>,
    pub quantities: Vec<Amount>,
    pub total: Amount,
}

type DirectCosts = BTreeMap<(u32, Currency), I256>;

impl<'a> Splitter<'a> {
    pub fn new(
        rules: &'a RuleSet,
        drivers: &'a Drivers,
        window: Window,
        assigner: &'a Assigner<'a>,
        cells: &'a Cells<'a>,
    ) -> Self {
        let position = |unit: &crate::tree::Unit| assigner.position(&unit.id);
        let present = rules.units.during(window).into_iter().filter_map(position).collect();
        let pool_units: BTreeSet<u32> = rules.pools.iter().filter_map(|pool| assigner.position(&pool.unit)).collect();
        let leaves = rules.units.leaves_during(window).into_iter().filter_map(position);
        let leaves = leaves.filter(|unit| !pool_units.contains(unit)).collect();
        Self { rules, drivers, assigner, cells, present, leaves }
    }

    /// Splits every pool in order; the lines of each group of pools are sorted.
    pub fn split(&self, mut balances: Balances) -> Result<(Vec<PoolLine>, Vec<PoolNote>), AttributionError> {
        let mut lines = Vec::new();
        let mut notes = BTreeSet::new();
        let mut direct: DirectCosts = BTreeMap::new();
        for (&(unit, cell), costs) in &balances {
            *direct.entry((unit, self.cells.currency(cell))).or_default() += I256::from(costs.effective.atto());
        }
        for group in &self.rules.split_order {
            for cell in 0..self.cells.len() as u32 {
                self.split_group(group, cell, &direct, &mut balances, &mut lines, &mut notes)?;
            }
        }
        lines.sort_by(|a: &PoolLine, b| {
            let key = |line: &PoolLine| (line.stage, !line.gives());
            let (ours, theirs) = (key(a), key(b));
            ours.0.cmp(&theirs.0).then_with(|| {
                let order = (&a.pool, &a.source, a.currency).cmp(&(&b.pool, &b.source, b.currency));
                order.then(ours.1.cmp(&theirs.1)).then_with(|| a.unit.cmp(&b.unit))
            })
        });
        Ok((lines, notes.into_iter().collect()))
    }

    /// Splits the pools of one group in one cell: a single pool, or several that give to each other.
    fn split_group(
        &self,
        group: &[usize],
        cell: u32,
        direct: &DirectCosts,
        balances: &mut Balances,
        lines: &mut Vec<PoolLine>,
        notes: &mut BTreeSet<PoolNote>,
    ) -> Result<(), AttributionError> {
        let currency = self.cells.currency(cell);
        let mut givers = Vec::new();
        for &at in group {
            let pool = &self.rules.pools[at];
            let Some(unit) = self.assigner.position(&pool.unit) else { continue };
            let balance = balances.get(&(unit, cell)).copied().unwrap_or_default();
            if group.len() == 1 && balance.is_zero() {
                return Ok(());
            }
            let weights = self.weights(pool, currency, direct)?;
            let used = weights.as_ref().map(|weights| weights.driver.clone());
            let driver = pool.driver.name();
            if used.as_ref() != Some(&driver) {
                notes.insert(PoolNote { pool: pool.id.clone(), currency, driver, used });
            }
            givers.extend(weights.map(|weights| Giver { pool, unit, balance, weights }));
        }
        if givers.iter().all(|giver| giver.balance.is_zero()) {
            return Ok(());
        }
        let shares = match givers.as_slice() {
            [only] => vec![self.apportion(only.balance, &only.weights)],
            several => reciprocal::solve(several, currency)?,
        };
        for (giver, shares) in givers.iter().zip(shares) {
            self.post(giver, cell, &shares, balances, lines)?;
        }
        Ok(())
    }

    fn apportion(&self, balance: FourCosts, weights: &Weights) -> Shares {
        split_costs(balance, &weights.quantities)
    }

    /// Writes the lines of one pool and cell and moves its money.
    fn post(
        &self,
        giver: &Giver<'_>,
        cell: u32,
        shares: &[FourCosts],
        balances: &mut Balances,
        lines: &mut Vec<PoolLine>,
    ) -> Result<(), AttributionError> {
        let Giver { pool, unit, weights, .. } = giver;
        let currency = self.cells.currency(cell);
        let line = |unit: u32, quantity: Amount, share: Amount, costs: FourCosts| PoolLine {
            pool: pool.id.clone(),
            stage: pool.stage,
            unit: self.assigner.units()[unit as usize].clone(),
            source: self.cells.source(cell).clone(),
            currency,
            driver: weights.driver.clone(),
            quantity: Quantity(quantity),
            total_quantity: Quantity(weights.total),
            share,
            costs,
        };
        let add = |a, b| {
            let what = || format!("pool {:?}", pool.id.as_str());
            checked_add(a, b).map_err(|cost| AttributionError::Overflow { what: what(), cost, currency })
        };
        let mut given = FourCosts::ZERO;
        for ((&recipient, &quantity), &costs) in weights.recipients.iter().zip(&weights.quantities).zip(shares) {
            if quantity.is_zero() {
                continue;
            }
            given = add(given, costs)?;
            let balance = balances.entry((recipient, cell)).or_default();
            *balance = add(*balance, costs)?;
            let share = quantity.checked_div(weights.total).unwrap_or_default();
            lines.push(line(recipient, quantity, share, costs));
        }
        let balance = balances.entry((*unit, cell)).or_default();
        *balance = add(*balance, -given)?;
        lines.push(line(*unit, weights.total, -Amount::ONE, -given));
        Ok(())
    }

    /// What a pool is split by: its driver, or its fallback where no recipient has any of it; `None` where it is kept.
    fn weights(&self, pool: &Pool, currency: Currency, direct: &DirectCosts) -> Result<Option<Weights>, AttributionError> {
        let recipients: Vec<u32> = match &pool.recipients {
            Some(named) => named.iter().filter_map(|unit| self.assigner.position(unit)).collect(),
            None => self.leaves.clone(),
        };
        let mut recipients: Vec<u32> = recipients.into_iter().filter(|unit| self.present.contains(unit)).collect();
        recipients.sort_unstable();
        let fallback = match pool.fallback {
            FallbackEntry::DirectCost => Some(Driver::DirectCost),
            FallbackEntry::Even => Some(Driver::Even),
            FallbackEntry::Keep => None,
        };
        for driver in std::iter::once(&pool.driver).chain(&fallback) {
            let quantity = |&unit: &u32| self.quantity(pool, driver, unit, currency, direct);
            let quantities = recipients.iter().map(quantity).collect::<Result<Vec<_>, _>>()?;
            let mut total = Amount::ZERO;
            for quantity in &quantities {
                let unit = pool.unit.clone();
                let overflow = || AttributionError::DriverOverflow { measure: driver.name(), unit };
                total = total.checked_add(*quantity).ok_or_else(overflow)?;
            }
            if !total.is_zero() {
                return Ok(Some(Weights { driver: driver.name(), recipients, quantities, total }));
            }
        }
        Ok(None)
    }

    fn quantity(
        &self,
        pool: &Pool,
        driver: &Driver,
        unit: u32,
        currency: Currency,
        direct: &DirectCosts,
    ) -> Result<Amount, AttributionError> {
        let id = self.assigner.units()[unit as usize];
        let overflow = || AttributionError::DriverOverflow { measure: driver.name(), unit: id.clone() };
        let quantity = match driver {
            Driver::Even => Amount::ONE,
            Driver::Fixed(weights) => weights.get(id).copied().unwrap_or_default(),
            Driver::DirectCost => {
                let cost = direct.get(&(unit, currency)).copied().unwrap_or_default().max(I256::ZERO);
                i128::try_from(cost).ok().and_then(Amount::from_atto).ok_or_else(overflow)?
            }
            Driver::Measures(measures) => {
                let mut sum = Amount::ZERO;
                for (measure, &weight) in measures {
                    let used = self.drivers.quantity(measure, id).unwrap_or_default().0;
                    sum = used.checked_mul(weight).and_then(|used| sum.checked_add(used)).ok_or_else(overflow)?;
                }
                sum
            }
        };
        if quantity.is_negative() {
            return Err(AttributionError::NegativeDriver { pool: pool.id.to_string(), unit: id.clone(), quantity });
        }
        Ok(quantity)
    }
}

/// A pool that has something to be split by, with what stands on its unit.
pub(crate) struct Giver<'a> {
    pub pool: &'a Pool,
    pub unit: u32,
    pub balance: FourCosts,
    pub weights: Weights,
}

/// Splits each of the four costs by the same weights, which are not all zero and not negative.
pub(crate) fn split_costs(costs: FourCosts, weights: &[Amount]) -> Shares {
    let mut shares = vec![FourCosts::ZERO; weights.len()];
    for cost in Cost::ALL {
        let parts = apportion(costs[cost], weights).expect("the weights are not negative and not all zero");
        for (share, part) in shares.iter_mut().zip(parts) {
            share[cost] = part;
        }
    }
    shares
}
