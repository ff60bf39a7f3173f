//! Splitting pools stage by stage.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use ethnum::I256;
use farthing_types::{Amount, Cost, Currency, FourCosts, Quantity, Window, apportion};

use crate::assign::Assigner;
use crate::drivers::Drivers;
use crate::file::FallbackEntry;
use crate::input::AttributionError;
use crate::lines::{PoolLine, PoolNote};
use crate::reciprocal;
use crate::rules::{Driver, Pool, RuleSet};
use crate::slices::{Part, Slices};
use crate::sums::{Cells, checked_add};
use crate::tree::Unit;

/// What stands on a unit, by unit and cell.
pub(crate) type Balances = BTreeMap<(u32, u32), FourCosts>;

/// What one pool gives to each recipient.
pub(crate) type Shares = Vec<FourCosts>;

pub(crate) struct Splitter<'a> {
    rules: &'a RuleSet,
    drivers: &'a Drivers,
    assigner: &'a Assigner<'a>,
    cells: &'a Cells<'a>,
    slices: &'a Slices,
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

/// A pool by its position, in a currency and a part of its charges.
type Splitting = (usize, Currency, Option<Arc<Part>>);

/// What changes while pools are split.
struct Run {
    balances: Balances,
    /// Effective cost that rules sent, before any split: it is the same for every stage.
    direct: BTreeMap<(u32, Currency), I256>,
    /// What each pool is split by in each currency and part, once it has been asked for.
    weights: BTreeMap<Splitting, Option<Rc<Weights>>>,
    /// The units of pools that were split in a cell: what is left there, or comes there later, is no longer told apart.
    emptied: BTreeSet<(u32, u32)>,
    lines: Vec<PoolLine>,
    /// With the number of parts.
    notes: BTreeMap<PoolNote, u64>,
}

impl<'a> Splitter<'a> {
    pub fn new(
        rules: &'a RuleSet,
        drivers: &'a Drivers,
        window: Window,
        assigner: &'a Assigner<'a>,
        cells: &'a Cells<'a>,
        slices: &'a Slices,
    ) -> Self {
        let position = |unit: &Unit| assigner.position(&unit.id);
        let present = rules.units.during(window).into_iter().filter_map(position).collect();
        let pool_units: BTreeSet<u32> = rules.pools.iter().filter_map(|pool| assigner.position(&pool.unit)).collect();
        let leaves = rules.units.leaves_during(window).into_iter().filter_map(position);
        let leaves = leaves.filter(|unit| !pool_units.contains(unit)).collect();
        Self { rules, drivers, assigner, cells, slices, present, leaves }
    }

    /// Splits every pool in order; the lines are sorted as [`Attribution::pools`](crate::Attribution::pools) says.
    pub fn split(&self, balances: Balances) -> Result<(Vec<PoolLine>, Vec<PoolNote>), AttributionError> {
        let mut direct: BTreeMap<(u32, Currency), I256> = BTreeMap::new();
        for (&(unit, cell), costs) in &balances {
            *direct.entry((unit, self.cells.currency(cell))).or_default() += I256::from(costs.effective.atto());
        }
        let (weights, emptied, lines, notes) = (BTreeMap::new(), BTreeSet::new(), Vec::new(), BTreeMap::new());
        let mut run = Run { balances, direct, weights, emptied, lines, notes };
        for group in &self.rules.split_order {
            for cell in 0..self.cells.len() as u32 {
                self.split_group(group, cell, &mut run)?;
            }
        }
        let Run { mut lines, notes, .. } = run;
        lines.sort_by(|a, b| {
            let pool = (a.stage, &a.pool, &a.source, a.currency).cmp(&(b.stage, &b.pool, &b.source, b.currency));
            pool.then_with(|| (&a.part, !a.gives(), &a.unit).cmp(&(&b.part, !b.gives(), &b.unit)))
        });
        Ok((lines, notes.into_iter().map(|(note, parts)| PoolNote { parts, ..note }).collect()))
    }

    /// Splits the pools of one group in one cell: a single pool, or several that give to each other.
    fn split_group(&self, group: &[usize], cell: u32, run: &mut Run) -> Result<(), AttributionError> {
        let standing = |&at: &usize| {
            let unit = self.assigner.position(&self.rules.pools[at].unit)?;
            Some((at, unit, run.balances.get(&(unit, cell)).copied().unwrap_or_default()))
        };
        let standing: Vec<(usize, u32, FourCosts)> = group.iter().filter_map(standing).collect();
        if standing.iter().all(|(.., balance)| balance.is_zero()) {
            return Ok(());
        }
        let currency = self.cells.currency(cell);
        let mut givers = Vec::new();
        for &(at, unit, balance) in &standing {
            if self.slices.has(at) {
                self.split_parts(at, unit, cell, balance, run)?;
            } else if let Some(weights) = self.weights_once(at, currency, None, run)? {
                givers.push(Giver { pool: &self.rules.pools[at], unit, part: None, balance, weights });
            }
        }
        let shares = match givers.as_slice() {
            [] => Vec::new(),
            [only] => vec![split_costs(only.balance, &only.weights.quantities)],
            several => reciprocal::solve(several, currency)?,
        };
        for (giver, shares) in givers.iter().zip(shares) {
            self.post(giver, cell, &shares, run)?;
        }
        run.emptied.extend(standing.iter().map(|&(_, unit, _)| (unit, cell)));
        Ok(())
    }

    /// Splits a pool's charges part by part; what other pools gave it is one more part, without columns.
    fn split_parts(&self, at: usize, unit: u32, cell: u32, balance: FourCosts, run: &mut Run) -> Result<(), AttributionError> {
        let (pool, currency) = (&self.rules.pools[at], self.cells.currency(cell));
        let sent = match run.emptied.contains(&(unit, cell)) {
            true => Vec::new(),
            false => self.slices.sent(at, unit, cell, self.cells)?,
        };
        let mut received = balance;
        for (_, costs) in &sent {
            let overflow = |cost| AttributionError::Overflow { what: format!("pool {:?}", pool.id.as_str()), cost, currency };
            received = checked_add(received, -*costs).map_err(overflow)?;
        }
        let parts = sent.into_iter().map(|(part, costs)| (Some(part), costs)).chain([(None, received)]);
        for (part, balance) in parts.filter(|(_, costs)| !costs.is_zero()) {
            if let Some(weights) = self.weights_once(at, currency, part.as_ref(), run)? {
                let shares = split_costs(balance, &weights.quantities);
                self.post(&Giver { pool, unit, part, balance, weights }, cell, &shares, run)?;
            }
        }
        Ok(())
    }

    /// What a pool is split by, worked out once for a currency and part; a fallback is noted.
    fn weights_once(
        &self,
        at: usize,
        currency: Currency,
        part: Option<&Arc<Part>>,
        run: &mut Run,
    ) -> Result<Option<Rc<Weights>>, AttributionError> {
        let key = (at, currency, part.cloned());
        if let Some(known) = run.weights.get(&key) {
            return Ok(known.clone());
        }
        let pool = &self.rules.pools[at];
        let weights = self.weights(at, currency, part.map(Arc::as_ref), &run.direct)?.map(Rc::new);
        let (driver, used) = (pool.driver.name(), weights.as_ref().map(|weights| weights.driver.clone()));
        if used.as_ref() != Some(&driver) {
            let note = PoolNote { pool: pool.id.clone(), currency, driver, used, parts: 0 };
            *run.notes.entry(note).or_default() += u64::from(self.slices.has(at));
        }
        run.weights.insert(key, weights.clone());
        Ok(weights)
    }

    /// Writes the lines of one pool and cell and moves its money.
    fn post(&self, giver: &Giver<'_>, cell: u32, shares: &[FourCosts], run: &mut Run) -> Result<(), AttributionError> {
        let Giver { pool, unit, part, weights, .. } = giver;
        let part = part.as_ref().map(ToString::to_string);
        let currency = self.cells.currency(cell);
        let line = |unit: u32, quantity: Amount, share: Amount, costs: FourCosts| PoolLine {
            pool: pool.id.clone(),
            stage: pool.stage,
            unit: self.assigner.units()[unit as usize].clone(),
            source: self.cells.source(cell).clone(),
            currency,
            part: part.clone(),
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
            let balance = run.balances.entry((recipient, cell)).or_default();
            *balance = add(*balance, costs)?;
            let share = quantity.checked_div(weights.total).unwrap_or_default();
            run.lines.push(line(recipient, quantity, share, costs));
        }
        let balance = run.balances.entry((*unit, cell)).or_default();
        *balance = add(*balance, -given)?;
        run.lines.push(line(*unit, weights.total, -Amount::ONE, -given));
        Ok(())
    }

    /// What a pool is split by: its driver, or its fallback where no recipient has any of it; `None` where it is kept.
    fn weights(
        &self,
        at: usize,
        currency: Currency,
        part: Option<&Part>,
        direct: &BTreeMap<(u32, Currency), I256>,
    ) -> Result<Option<Weights>, AttributionError> {
        let pool = &self.rules.pools[at];
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
        // A fallback takes the whole: where a part has nothing to go by, it has none of its own.
        for (driver, part) in std::iter::once((&pool.driver, part)).chain(fallback.iter().map(|driver| (driver, None))) {
            let direct_cost = |unit: u32| match part {
                Some(part) => self.slices.direct(at, unit, currency, part),
                None => direct.get(&(unit, currency)).copied().unwrap_or_default(),
            };
            let slot = part.and_then(|part| part.slot.as_deref());
            let quantity = |&unit: &u32| self.quantity(pool, driver, unit, slot, direct_cost(unit));
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
        slot: Option<&str>,
        direct_cost: I256,
    ) -> Result<Amount, AttributionError> {
        let id = self.assigner.units()[unit as usize];
        let overflow = || AttributionError::DriverOverflow { measure: driver.name(), unit: id.clone() };
        let quantity = match driver {
            Driver::Even => Amount::ONE,
            Driver::Fixed(weights) => weights.get(id).copied().unwrap_or_default(),
            Driver::DirectCost => {
                let cost = direct_cost.max(I256::ZERO);
                i128::try_from(cost).ok().and_then(Amount::from_atto).ok_or_else(overflow)?
            }
            Driver::Measures(measures) => {
                let mut sum = Amount::ZERO;
                for (measure, &weight) in measures {
                    let used = match slot {
                        Some(slot) => self.drivers.quantity_in(measure, id, slot),
                        None => self.drivers.quantity(measure, id),
                    };
                    let used = used.unwrap_or_default().0;
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
    /// The part of its charges; `None` where it is split as a whole.
    pub part: Option<Arc<Part>>,
    pub balance: FourCosts,
    pub weights: Rc<Weights>,
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
