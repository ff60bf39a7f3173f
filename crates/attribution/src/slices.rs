//! Charges told apart by what a pool's `within` and `per` name, so that each part is split by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ethnum::I256;
use farthing_types::{Currency, FourCosts};
use hashbrown::HashMap;

use crate::assign::{Assigner, Target};
use crate::attribute::outcome_of;
use crate::column::CHARGE_HOUR;
use crate::file::PerEntry;
use crate::input::{AttributionError, Charges};
use crate::keys::KeyTable;
use crate::rules::{Pool, RuleSet};
use crate::sums::{Cells, Sums};

/// One part of a pool's charges: the values that they have in the pool's columns, and when they were.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Part {
    values: Vec<(Arc<str>, Option<String>)>,
    /// True where the pool asks for the time.
    timed: bool,
    /// The day or hour; `None` where the pool does not ask, or the charges span more.
    pub slot: Option<String>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.iter().map(|(field, value)| format!("{field}={}", value.as_deref().unwrap_or_default()));
        let time = self.slot.clone().or_else(|| self.timed.then(|| "longer than a day".to_owned()));
        f.write_str(&values.chain(time).collect::<Vec<_>>().join(", "))
    }
}

/// The parts of the charges of every unit, in each of the ways that pools ask for.
pub(crate) struct Slices {
    ways: Vec<Way>,
    /// By position of the pool: its way.
    pools: Vec<Option<usize>>,
}

/// One way of telling charges apart.
#[derive(Default)]
struct Way {
    /// What rules sent to a unit in a cell.
    sent: BTreeMap<(u32, u32), BTreeMap<Arc<Part>, Sums>>,
    /// Effective cost that rules sent to a unit in a currency.
    direct: BTreeMap<(u32, Currency), BTreeMap<Arc<Part>, I256>>,
}

impl Slices {
    pub fn new<'a>(
        rules: &'a RuleSet,
        charges: &Charges<'a>,
        assigner: &mut Assigner<'a>,
        cells: &mut Cells<'a>,
    ) -> Result<Self, AttributionError> {
        let mut asked: Vec<Asked> = Vec::new();
        let mut pools = Vec::with_capacity(rules.pools.len());
        for pool in &rules.pools {
            let ask = Asked::of(pool, assigner.keys())?;
            let known = |ask| {
                asked.iter().position(|other| *other == ask).unwrap_or_else(|| {
                    asked.push(ask);
                    asked.len() - 1
                })
            };
            pools.push(ask.map(known));
        }
        let mut ways: Vec<Way> = asked.iter().map(|_| Way::default()).collect();
        let mut parts: Vec<HashMap<u32, Arc<Part>>> = vec![HashMap::new(); asked.len()];
        // Nothing is asked for: no charge is looked at again.
        let groups = if asked.is_empty() { &[] } else { charges.groups };
        for (at, group) in groups.iter().enumerate() {
            let outcome = outcome_of(at, group, assigner, charges.keys.len())?;
            let Target::Unit(unit) = assigner.outcomes()[outcome as usize].target else { continue };
            let cell = cells.number(at, group)?;
            for ((ask, way), parts) in asked.iter().zip(&mut ways).zip(&mut parts) {
                let part = parts.entry(group.key).or_insert_with(|| Arc::new(ask.part(assigner.keys(), group.key)));
                let sent = way.sent.entry((unit, cell)).or_default();
                sent.entry(Arc::clone(part)).or_insert(Sums::ZERO).add(&group.costs, group.charges);
                let direct = way.direct.entry((unit, group.currency)).or_default();
                *direct.entry(Arc::clone(part)).or_default() += I256::from(group.costs.effective.atto());
            }
        }
        Ok(Self { ways, pools })
    }

    /// True where a pool is split part by part.
    pub fn has(&self, pool: usize) -> bool {
        self.pools[pool].is_some()
    }

    /// What rules sent to a unit in a cell, part by part, as a pool asks for it.
    pub fn sent(
        &self,
        pool: usize,
        unit: u32,
        cell: u32,
        cells: &Cells<'_>,
    ) -> Result<Vec<(Arc<Part>, FourCosts)>, AttributionError> {
        let parts = self.pools[pool].and_then(|way| self.ways[way].sent.get(&(unit, cell)));
        let what = || format!("charges of {}", cells.source(cell));
        let costs = |(part, sums): (&Arc<Part>, &Sums)| Ok((Arc::clone(part), sums.costs(cells.currency(cell), what)?));
        parts.into_iter().flatten().map(costs).collect()
    }

    /// Effective cost that rules sent to a unit in a part, as a pool asks for it.
    pub fn direct(&self, pool: usize, unit: u32, currency: Currency, part: &Part) -> I256 {
        let parts = self.pools[pool].and_then(|way| self.ways[way].direct.get(&(unit, currency)));
        parts.and_then(|parts| parts.get(part)).copied().unwrap_or_default()
    }
}

/// The fields and the time that tell charges apart.
#[derive(PartialEq, Eq)]
struct Asked {
    fields: Vec<(Arc<str>, usize)>,
    time: Option<(PerEntry, usize)>,
}

impl Asked {
    fn of(pool: &Pool, keys: &KeyTable) -> Result<Option<Self>, AttributionError> {
        let column = |field: &str| keys.column(field).ok_or_else(|| AttributionError::MissingField { field: field.to_owned() });
        let fields = pool.within.iter().map(|field| Ok((Arc::from(field.as_str()), column(field)?)));
        let fields = fields.collect::<Result<Vec<_>, AttributionError>>()?;
        let time = match pool.per {
            PerEntry::Period => None,
            per => Some((per, column(CHARGE_HOUR)?)),
        };
        Ok((!fields.is_empty() || time.is_some()).then_some(Self { fields, time }))
    }

    fn part(&self, keys: &KeyTable, key: u32) -> Part {
        let value = |(field, at): &(Arc<str>, usize)| (Arc::clone(field), keys.value(key, *at).map(str::to_owned));
        let slot = self.time.and_then(|(per, at)| {
            let slot = keys.value(key, at)?;
            Some(if per == PerEntry::Day { slot.get(..10)? } else { slot }.to_owned())
        });
        Part { values: self.fields.iter().map(value).collect(), timed: self.time.is_some(), slot }
    }
}

/// The part that a key belongs to, as a pool tells charges apart; `None` where the pool is split as a whole.
pub(crate) fn part_of(pool: &Pool, keys: &KeyTable, key: u32) -> Result<Option<String>, AttributionError> {
    Ok(Asked::of(pool, keys)?.map(|asked| asked.part(keys, key).to_string()))
}
