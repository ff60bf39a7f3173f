//! From groups of charges to lines: direct lines, pools, the rest by reason, and the proof.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::{Amount, Cost, FourCosts};

use crate::assign::{Assigner, Outcome, Target};
use crate::drivers::Drivers;
use crate::input::{AttributionError, ChargeGroup, Charges};
use crate::lines::{Attribution, Coverage, DirectLine, PoolLine, Proof, UnattributedLine};
use crate::pools::Splitter;
use crate::rules::RuleSet;
use crate::slices::Slices;
use crate::sums::{Cells, Sums, checked_add};

/// Attributes charges to units: rules first, then the pools in their order. All four costs in one run.
///
/// For every source, currency and cost, attributed + unattributed = billed, exactly; [`Attribution::proof`] shows it. The
/// answer does not depend on the order of the groups, nor on how charges are cut into groups.
///
/// # Errors
/// When keys, sources or fields do not fit each other, a driver is negative, or a sum does not fit.
pub fn attribute(rules: &RuleSet, charges: &Charges<'_>, drivers: &Drivers) -> Result<Attribution, AttributionError> {
    let mut assigner = Assigner::new(rules, charges.keys)?;
    let mut posted = Posted::new(charges, &mut assigner)?;
    let mut lines = posted.lines(rules, &assigner)?;
    let slices = Slices::new(rules, charges, &mut assigner, &mut posted.cells)?;
    let splitter = Splitter::new(rules, drivers, charges.window, &assigner, &posted.cells, &slices);
    (lines.pools, lines.notes) = splitter.split(posted.balances(&assigner)?)?;
    lines.proof = posted.proof(&lines)?;
    Ok(lines)
}

/// Assigns the group at position `at`: the number of its outcome.
#[inline]
pub(crate) fn outcome_of(
    at: usize,
    group: &ChargeGroup,
    assigner: &mut Assigner<'_>,
    keys: usize,
) -> Result<u32, AttributionError> {
    let interval = assigner.interval(group.day);
    assigner.outcome(group.key, interval).ok_or(AttributionError::NoSuchKey { group: at, key: group.key, keys })
}

/// Groups added up by outcome, source and currency.
struct Posted<'a> {
    cells: Cells<'a>,
    /// By cell: what was billed, apart from where it went.
    billed: Vec<Sums>,
    /// By cell and outcome: position in `sums`, or [`NOWHERE`].
    places: Vec<Vec<u32>>,
    sums: Vec<Sums>,
}

const NOWHERE: u32 = u32::MAX;

impl<'a> Posted<'a> {
    fn new(charges: &Charges<'a>, assigner: &mut Assigner<'_>) -> Result<Self, AttributionError> {
        let mut posted = Self { cells: Cells::new(charges.sources), billed: Vec::new(), places: Vec::new(), sums: Vec::new() };
        for (at, group) in charges.groups.iter().enumerate() {
            let outcome = outcome_of(at, group, assigner, charges.keys.len())?;
            let cell = posted.cells.number(at, group)?;
            posted.post(cell as usize, outcome as usize, group);
        }
        Ok(posted)
    }

    #[inline]
    fn post(&mut self, cell: usize, outcome: usize, group: &ChargeGroup) {
        if cell == self.billed.len() {
            self.billed.push(Sums::ZERO);
            self.places.push(Vec::new());
        }
        self.billed[cell].add(&group.costs, group.charges);
        let places = &mut self.places[cell];
        if outcome >= places.len() {
            places.resize(outcome + 1, NOWHERE);
        }
        if places[outcome] == NOWHERE {
            places[outcome] = self.sums.len() as u32;
            self.sums.push(Sums::ZERO);
        }
        self.sums[places[outcome] as usize].add(&group.costs, group.charges);
    }

    /// Every cell and outcome that occurs, with its sums.
    fn entries<'s>(&'s self, outcomes: &'s [Outcome]) -> impl Iterator<Item = (u32, Outcome, &'s Sums)> {
        (0..).zip(&self.places).flat_map(move |(cell, places)| {
            let used = places.iter().zip(outcomes).filter(|&(&place, _)| place != NOWHERE);
            used.map(move |(&place, &outcome)| (cell, outcome, &self.sums[place as usize]))
        })
    }

    fn lines(&self, rules: &RuleSet, assigner: &Assigner<'_>) -> Result<Attribution, AttributionError> {
        let mut direct = Vec::new();
        let mut unattributed: BTreeMap<_, (u32, FourCosts, u64)> = BTreeMap::new();
        let mut coverage: BTreeMap<_, (FourCosts, u64)> = BTreeMap::new();
        for (cell, outcome, sums) in self.entries(assigner.outcomes()) {
            let (source, currency) = (self.cells.source(cell), self.cells.currency(cell));
            let what = || format!("charges of {source}");
            let (costs, charges) = (sums.costs(currency, what)?, sums.charges()?);
            let overflow = |cost| AttributionError::Overflow { what: what(), cost, currency };
            match (outcome.target, outcome.rule) {
                (Target::Unit(unit), Some(rule)) => {
                    let entry = coverage.entry((rule, currency)).or_default();
                    entry.0 = checked_add(entry.0, costs).map_err(overflow)?;
                    entry.1 = entry.1.checked_add(charges).ok_or(AttributionError::TooManyCharges)?;
                    direct.push(((unit, source, currency, rule), costs, charges));
                }
                (Target::Reason(reason), _) => {
                    let entry = unattributed.entry((reason, source, currency)).or_insert((cell, FourCosts::ZERO, 0));
                    entry.1 = checked_add(entry.1, costs).map_err(overflow)?;
                    entry.2 = entry.2.checked_add(charges).ok_or(AttributionError::TooManyCharges)?;
                }
                (Target::Unit(_), None) => unreachable!("only a rule sends charges to a unit"),
            }
        }
        direct.sort_unstable_by_key(|(key, ..)| *key);
        let used: BTreeSet<u32> = coverage.keys().map(|(rule, _)| *rule).collect();
        let rule = |rule: u32| rules.rules[rule as usize].id.clone();
        let direct = direct.into_iter().map(|((unit, source, currency, at), costs, charges)| DirectLine {
            unit: assigner.units()[unit as usize].clone(),
            source: source.clone(),
            currency,
            rule: rule(at),
            costs,
            charges,
        });
        let unattributed = unattributed.into_iter().map(|((reason, source, currency), (_, costs, charges))| UnattributedLine {
            reason,
            source: source.clone(),
            currency,
            costs,
            charges,
        });
        let coverage = coverage.into_iter();
        let coverage = coverage.map(|((at, currency), (costs, charges))| Coverage { rule: rule(at), currency, costs, charges });
        let idle = (0..).zip(&rules.rules).filter(|(at, _)| !used.contains(at)).map(|(_, rule)| rule.id.clone());
        Ok(Attribution {
            direct: direct.collect(),
            unattributed: unattributed.collect(),
            coverage: coverage.collect(),
            idle_rules: idle.collect(),
            ..Attribution::default()
        })
    }

    /// What stands on each unit before any split, by unit and cell.
    fn balances(&self, assigner: &Assigner<'_>) -> Result<BTreeMap<(u32, u32), FourCosts>, AttributionError> {
        let mut balances: BTreeMap<(u32, u32), FourCosts> = BTreeMap::new();
        for (cell, outcome, sums) in self.entries(assigner.outcomes()) {
            let Target::Unit(unit) = outcome.target else { continue };
            let currency = self.cells.currency(cell);
            let what = || format!("direct cost of {}", assigner.units()[unit as usize]);
            let balance = balances.entry((unit, cell)).or_default();
            let sum = checked_add(*balance, sums.costs(currency, what)?);
            *balance = sum.map_err(|cost| AttributionError::Overflow { what: what(), cost, currency })?;
        }
        Ok(balances)
    }

    /// Adds the finished lines up again and holds them against what was billed.
    fn proof(&self, lines: &Attribution) -> Result<Vec<Proof>, AttributionError> {
        let mut attributed = BTreeMap::new();
        for DirectLine { source, currency, costs, .. } in &lines.direct {
            attributed.entry((source, *currency)).or_insert(Sums::ZERO).add(costs, 0);
        }
        for PoolLine { source, currency, costs, .. } in &lines.pools {
            attributed.entry((source, *currency)).or_insert(Sums::ZERO).add(costs, 0);
        }
        let mut unattributed = BTreeMap::new();
        for UnattributedLine { source, currency, costs, .. } in &lines.unattributed {
            unattributed.entry((source, *currency)).or_insert(Sums::ZERO).add(costs, 0);
        }
        let mut proof = Vec::new();
        for (cell, billed) in (0..).zip(&self.billed) {
            let key @ (source, currency) = (self.cells.source(cell), self.cells.currency(cell));
            let what = || format!("charges of {source}");
            let billed = billed.costs(currency, what)?;
            let attributed = attributed.get(&key).unwrap_or(&Sums::ZERO).costs(currency, what)?;
            let unattributed = unattributed.get(&key).unwrap_or(&Sums::ZERO).costs(currency, what)?;
            for cost in Cost::ALL {
                let (billed, attributed, unattributed) = (billed[cost], attributed[cost], unattributed[cost]);
                let rest =
                    |a: Amount, b: Amount| a.checked_sub(b).ok_or(AttributionError::Overflow { what: what(), cost, currency });
                let difference = rest(rest(billed, attributed)?, unattributed)?;
                proof.push(Proof { source: source.clone(), currency, cost, billed, attributed, unattributed, difference });
            }
        }
        proof.sort_by(|a, b| (&a.source, a.currency, a.cost).cmp(&(&b.source, b.currency, b.cost)));
        Ok(proof)
    }
}
