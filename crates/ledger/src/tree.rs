//! The order in which units stand on a statement.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::UnitId;

use crate::input::StatementUnit;

/// A unit in its place: the position of the one above it and how many stand above it.
pub(crate) struct Placed {
    pub unit: StatementUnit,
    pub above: Option<usize>,
    pub depth: u32,
}

/// Places `units` and the unlisted ids of `posted` depth first, siblings by name and then id.
///
/// A unit whose parent is not listed stands at the top. So does the first of units that stand above each other: a statement is
/// made all the same, and each unit stands on it once.
pub(crate) fn place(units: &[StatementUnit], posted: &BTreeSet<&UnitId>) -> Vec<Placed> {
    let mut listed: BTreeMap<&UnitId, StatementUnit> = BTreeMap::new();
    for unit in units {
        listed.entry(&unit.id).or_insert_with(|| unit.clone());
    }
    for &id in posted {
        let unlisted = || StatementUnit { id: id.clone(), name: id.to_string(), parent: None, owner: None, cost_center: None };
        listed.entry(id).or_insert_with(unlisted);
    }
    let mut by_name: Vec<&StatementUnit> = listed.values().collect();
    by_name.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let parent = |unit: &StatementUnit| unit.parent.clone().filter(|parent| listed.contains_key(parent));
    let mut children: BTreeMap<Option<UnitId>, Vec<&StatementUnit>> = BTreeMap::new();
    for unit in &by_name {
        children.entry(parent(unit)).or_default().push(unit);
    }
    let mut placed: Vec<Placed> = Vec::with_capacity(listed.len());
    let mut seen: BTreeSet<UnitId> = BTreeSet::new();
    let tops = children.get(&None).cloned().unwrap_or_default();
    for top in tops.into_iter().chain(by_name.iter().copied()) {
        let mut stack = vec![(top, None, 0)];
        while let Some((unit, above, depth)) = stack.pop() {
            if !seen.insert(unit.id.clone()) {
                continue;
            }
            let here = placed.len();
            placed.push(Placed { unit: unit.clone(), above, depth });
            let below = children.get(&Some(unit.id.clone())).into_iter().flatten().rev();
            stack.extend(below.map(|&child| (child, Some(here), depth + 1)));
        }
    }
    placed
}
