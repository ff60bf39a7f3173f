//! Where a charge of a pool's unit ends up: the share of each unit after all stages, for whoever writes charges and not sums.

use std::collections::{BTreeMap, HashMap};

use farthing_types::{Amount, Currency, Quantity, SourceName, UnitId};
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use crate::input::AttributionError;
use crate::keys::KeyTable;
use crate::lines::{Attribution, PoolLine};
use crate::name::PoolId;
use crate::reciprocal::inverse;
use crate::rules::{Pool, RuleSet};
use crate::slices::part_of;

/// The share that a unit has in the end of a charge that a rule sent to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The unit that pays.
    pub unit: UnitId,
    /// Its share as a weight for [`apportion`](farthing_types::apportion), with 37 digits: all weights of a charge sum to about 1e19.
    pub weight: Amount,
    /// Its share, rounded at 1e-18.
    pub share: Amount,
    /// What it was split by and the quantities, where one pool split the charge; `None` after several.
    pub split: Option<(String, Quantity, Quantity)>,
}

/// What a pool split of one source, currency and part: the recipients with their quantities.
type Split<'a> = Vec<&'a PoolLine>;

/// A pool, and what of its charges was split by itself.
type SplitKey<'a> = (&'a PoolId, &'a SourceName, Currency, Option<&'a str>);

/// Shares by the lines that a split posted.
#[derive(Debug)]
pub struct Destinations<'a> {
    rules: &'a RuleSet,
    splits: HashMap<SplitKey<'a>, Split<'a>>,
}

impl<'a> Destinations<'a> {
    /// By the lines of `attribution`, which was made by the same rules.
    pub fn new(rules: &'a RuleSet, attribution: &'a Attribution) -> Self {
        let mut splits: HashMap<_, Split<'a>> = HashMap::new();
        for line in attribution.pools.iter().filter(|line| !line.gives()) {
            splits.entry((&line.pool, &line.source, line.currency, line.part.as_deref())).or_default().push(line);
        }
        Self { rules, splits }
    }

    /// The part of a unit's charges that a key belongs to, where the unit's first pool is split part by part.
    ///
    /// # Errors
    /// When the key table lacks a column that the pool reads.
    pub fn part(&self, unit: &UnitId, keys: &KeyTable, key: u32) -> Result<Option<String>, AttributionError> {
        let first = self.rules.split_order.iter().flatten().map(|&at| &self.rules.pools[at]).find(|pool| pool.unit == *unit);
        first.map_or(Ok(None), |pool| part_of(pool, keys, key))
    }

    /// The pool that splits a unit's charges first, and the units that have a share of them in the end, by id; `None` where they stay.
    ///
    /// # Errors
    /// [`AttributionError::Singular`] as [`attribute`](crate::attribute).
    pub fn of(
        &self,
        unit: &UnitId,
        source: &SourceName,
        currency: Currency,
        part: Option<&str>,
    ) -> Result<Option<(&'a PoolId, Vec<Destination>)>, AttributionError> {
        let mut standing = BTreeMap::from([(unit.clone(), BigRational::one())]);
        let (mut first, mut splits) = (None, Vec::new());
        // Once a pool of the unit was split, what is left there is no longer told apart.
        let mut untouched = true;
        for group in &self.rules.split_order {
            let part_for = |pool: &Pool| part.filter(|_| untouched && pool.unit == *unit);
            let members: Vec<(&'a Pool, &Split<'a>)> = group
                .iter()
                .map(|&at| &self.rules.pools[at])
                .filter_map(|pool| Some((pool, self.splits.get(&(&pool.id, source, currency, part_for(pool)))?)))
                .collect();
            if members.iter().any(|(pool, _)| standing.contains_key(&pool.unit)) {
                first = first
                    .or_else(|| members.iter().find(|(pool, _)| standing.contains_key(&pool.unit)).map(|(pool, _)| &pool.id));
                splits.extend(members.iter().filter(|(pool, _)| standing.contains_key(&pool.unit)).map(|(_, split)| *split));
                pass_on(&members, &mut standing)?;
            }
            untouched &= !group.iter().any(|&at| self.rules.pools[at].unit == *unit);
        }
        let Some(pool) = first else { return Ok(None) };
        let line_of = |unit: &UnitId| match splits.as_slice() {
            [only] => {
                only.iter().find(|line| line.unit == *unit).map(|line| (line.driver.clone(), line.quantity, line.total_quantity))
            }
            _ => None,
        };
        let destination = |(unit, share): (UnitId, BigRational)| Destination {
            weight: scaled(&share, 37),
            share: scaled(&share, 18),
            split: line_of(&unit),
            unit,
        };
        Ok(Some((pool, standing.into_iter().map(destination).filter(|to| !to.weight.is_zero()).collect())))
    }
}

/// A share as a count of `10^-digits`.
fn scaled(share: &BigRational, digits: u32) -> Amount {
    let count = (share * BigRational::from_integer(10_i128.pow(digits).into())).round().to_integer();
    count.to_i128().and_then(Amount::from_atto).unwrap_or_default()
}

/// Moves what stands on the units of pools to their recipients; several pools give to each other and are solved together.
fn pass_on(members: &[(&Pool, &Split<'_>)], standing: &mut BTreeMap<UnitId, BigRational>) -> Result<(), AttributionError> {
    let share = |line: &PoolLine| BigRational::new(line.quantity.0.atto().into(), line.total_quantity.0.atto().into());
    let own: Vec<BigRational> =
        members.iter().map(|(pool, _)| standing.remove(&pool.unit).unwrap_or_else(BigRational::zero)).collect();
    let between = |split: &Split<'_>, to: &Pool| {
        split.iter().find(|line| line.unit == to.unit).map_or_else(BigRational::zero, |l| share(l))
    };
    let shares: Vec<Vec<BigRational>> =
        members.iter().map(|(_, split)| members.iter().map(|(to, _)| between(split, to)).collect()).collect();
    let names = || members.iter().map(|(pool, _)| pool.id.to_string()).collect();
    let inverse = inverse(&shares).ok_or_else(|| AttributionError::Singular { pools: names() })?;
    for (at, (_, split)) in members.iter().enumerate() {
        let through: BigRational = own.iter().zip(&inverse[at]).map(|(own, factor)| own * factor).sum();
        if through.is_zero() {
            continue;
        }
        for line in split.iter().filter(|line| !members.iter().any(|(pool, _)| pool.unit == line.unit)) {
            *standing.entry(line.unit.clone()).or_insert_with(BigRational::zero) += &through * share(line);
        }
    }
    Ok(())
}
