//! The effective-dated tree of operational units.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use farthing_types::{UnitId, Window};

use crate::effective::{Effective, boundaries, representatives};

/// A unit as it is during a span of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its id, the same over all its spans.
    pub id: UnitId,
    /// The name on statements.
    pub name: String,
    /// The unit above it.
    pub parent: Option<UnitId>,
    /// Who answers for its costs.
    pub owner: Option<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
    /// The days on which this holds.
    pub effective: Effective,
}

/// All units over all time. On any one day it is a forest: parents exist and nothing stands above itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitTree {
    spans: BTreeMap<UnitId, Vec<Unit>>,
}

impl UnitTree {
    /// A tree of units whose spans do not overlap; the caller has checked them.
    pub(crate) fn new(units: impl IntoIterator<Item = Unit>) -> Self {
        let mut spans: BTreeMap<UnitId, Vec<Unit>> = BTreeMap::new();
        for unit in units {
            spans.entry(unit.id.clone()).or_default().push(unit);
        }
        for spans in spans.values_mut() {
            spans.sort_by_key(|unit| unit.effective.from);
        }
        Self { spans }
    }

    /// Every unit's id, in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &UnitId> {
        self.spans.keys()
    }

    /// True where some span has this id.
    pub fn knows(&self, id: &str) -> bool {
        id.parse::<UnitId>().is_ok_and(|id| self.spans.contains_key(&id))
    }

    /// Every span of every unit.
    pub fn spans(&self) -> impl Iterator<Item = &Unit> {
        self.spans.values().flatten()
    }

    /// The unit as it is on `day`, if it holds then.
    pub fn on(&self, id: &UnitId, day: NaiveDate) -> Option<&Unit> {
        self.spans.get(id)?.iter().find(|unit| unit.effective.contains(day))
    }

    /// The unit as it is, or was, on its last day.
    pub fn latest(&self, id: &UnitId) -> Option<&Unit> {
        self.spans.get(id)?.last()
    }

    /// The units of a statement about `window`: each that holds on one of its days, as it is on the last of them.
    ///
    /// The result is a forest too: a parent holds as long as its child does, so going up the last days never come earlier, and
    /// units on a cycle would all have stood above each other on one day.
    pub fn during(&self, window: Window) -> Vec<&Unit> {
        let days = Effective::of(window);
        self.spans.values().filter_map(|spans| spans.iter().rev().find(|unit| unit.effective.overlaps(&days))).collect()
    }

    /// The units of [`during`](Self::during) that have no unit below them.
    pub fn leaves_during(&self, window: Window) -> Vec<&Unit> {
        let units = self.during(window);
        let parents: BTreeSet<&UnitId> = units.iter().filter_map(|unit| unit.parent.as_ref()).collect();
        units.into_iter().filter(|unit| !parents.contains(&unit.id)).collect()
    }

    /// The first day of `child` on which no span of its parent holds, in words.
    pub(crate) fn day_without_parent(&self, child: &Unit, parent: &UnitId) -> Option<String> {
        let above = self.spans.get(parent)?;
        let holds = |day: NaiveDate| above.iter().any(|unit| unit.effective.contains(day));
        match child.effective.from {
            None if above[0].effective.from.is_some() => {
                let first = above[0].effective.from.map_or(String::new(), |day| day.to_string());
                return Some(format!("the days before {first}"));
            }
            Some(from) if !holds(from) => return Some(from.to_string()),
            _ => {}
        }
        let ends = above.iter().filter_map(|unit| unit.effective.until);
        ends.filter(|&day| child.effective.contains(day) && !holds(day)).min().map(|day| day.to_string())
    }

    /// Every cycle of parents on any day, as the ids on it beginning with the smallest.
    pub(crate) fn cycles(&self) -> BTreeSet<Vec<UnitId>> {
        let days = representatives(&boundaries(self.spans().map(|unit| &unit.effective)));
        days.into_iter().flat_map(|day| self.cycles_on(day)).collect()
    }

    fn cycles_on(&self, day: NaiveDate) -> Vec<Vec<UnitId>> {
        let parent = |id: &UnitId| self.on(id, day).and_then(|unit| unit.parent.clone());
        let mut done: BTreeSet<UnitId> = BTreeSet::new();
        let mut cycles = Vec::new();
        for start in self.spans.keys() {
            let mut path: Vec<UnitId> = Vec::new();
            let mut on_path: BTreeSet<UnitId> = BTreeSet::new();
            let mut at = Some(start.clone());
            while let Some(id) = at.take_if(|id| !done.contains(id)) {
                if !on_path.insert(id.clone()) {
                    let begin = path.iter().position(|other| *other == id).unwrap_or(0);
                    cycles.push(from_smallest(&path[begin..]));
                    break;
                }
                at = parent(&id);
                path.push(id);
            }
            done.extend(path);
        }
        cycles
    }
}

/// The same cycle, beginning with its smallest member and ending with it again.
pub(crate) fn from_smallest<T: Ord + Clone>(cycle: &[T]) -> Vec<T> {
    let smallest = cycle.iter().enumerate().min_by_key(|(_, id)| *id).map_or(0, |(at, _)| at);
    let round = cycle.iter().cycle().skip(smallest).take(cycle.len() + 1);
    round.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, parent: Option<&str>, from: Option<&str>, until: Option<&str>) -> Unit {
        let day = |text: &str| text.parse().unwrap();
        let effective = Effective { from: from.map(day), until: until.map(day) };
        let parent = parent.map(|p| p.parse().unwrap());
        Unit { id: id.parse().unwrap(), name: id.into(), parent, owner: None, cost_center: None, effective }
    }

    fn ids(units: &[&Unit]) -> Vec<String> {
        units.iter().map(|unit| format!("{}<{}", unit.id, unit.parent.as_ref().map_or("-", |p| p.as_str()))).collect()
    }

    #[test]
    fn a_unit_that_moves_in_mid_year_stands_where_it_stood_last() {
        let tree = UnitTree::new([
            unit("claims", Some("insurance"), None, Some("2026-05-16")),
            unit("claims", Some("operations"), Some("2026-05-16"), None),
            unit("insurance", None, None, None),
            unit("operations", None, None, None),
        ]);
        let during = |window: &str| ids(&tree.during(window.parse().unwrap()));
        assert_eq!(during("2026-04-01/2026-05-01"), ["claims<insurance", "insurance<-", "operations<-"]);
        assert_eq!(during("2026-05-01/2026-06-01"), ["claims<operations", "insurance<-", "operations<-"]);
        let leaves = ids(&tree.leaves_during("2026-05-01/2026-06-01".parse().unwrap()));
        assert_eq!(leaves, ["claims<operations", "insurance<-"]);
    }

    #[test]
    fn a_cycle_on_some_days_only_is_found() {
        let tree = UnitTree::new([
            unit("a", Some("b"), Some("2026-02-01"), Some("2026-03-01")),
            unit("b", None, None, Some("2026-01-01")),
            unit("b", Some("a"), Some("2026-01-01"), None),
        ]);
        let cycle: Vec<UnitId> = ["a", "b", "a"].iter().map(|id| id.parse().unwrap()).collect();
        assert_eq!(tree.cycles().into_iter().collect::<Vec<_>>(), [cycle]);
    }

    #[test]
    fn the_first_day_without_a_parent_is_named() {
        let tree = UnitTree::new([
            unit("p", None, Some("2026-01-01"), Some("2026-02-01")),
            unit("p", None, Some("2026-03-01"), None),
            unit("c", Some("p"), Some("2026-01-15"), None),
        ]);
        let parent = "p".parse().unwrap();
        let missing = |child: &Unit| tree.day_without_parent(child, &parent);
        assert_eq!(missing(&unit("c", Some("p"), Some("2026-01-15"), None)).as_deref(), Some("2026-02-01"));
        assert_eq!(missing(&unit("c", Some("p"), Some("2026-03-15"), None)), None);
        assert_eq!(missing(&unit("c", Some("p"), Some("2026-02-15"), Some("2026-04-01"))).as_deref(), Some("2026-02-15"));
        assert_eq!(missing(&unit("c", Some("p"), None, None)).as_deref(), Some("the days before 2026-01-01"));
    }
}
