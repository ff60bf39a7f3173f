//! Two trees that are in force at once must not say different things.

use std::collections::BTreeMap;

use crate::effective::{boundaries, representatives};
use crate::tree::{Unit, UnitTree};

/// Where the units of a rule file and the published ones say different things about a unit that both list, in words.
///
/// A rule file may list fewer units, and may leave out owner, cost centre and name; parents and days must be the same.
pub fn contradictions(rule_file: &UnitTree, published: &UnitTree) -> Vec<String> {
    let mut found = BTreeMap::new();
    for id in rule_file.ids().filter(|id| published.knows(id.as_str())) {
        let spans = [rule_file, published].map(|tree| tree.spans().filter(|unit| unit.id == *id).collect::<Vec<_>>());
        let days = boundaries(spans.iter().flatten().map(|unit| &unit.effective));
        for day in representatives(&days) {
            let [own, other] = [&spans[0], &spans[1]].map(|spans| spans.iter().find(|unit| unit.effective.contains(day)));
            let said = match (own, other) {
                (Some(own), Some(other)) => difference(own, other),
                (Some(_), None) => Some("holds by the rule file and not by the published units".to_owned()),
                (None, Some(_)) => Some("holds by the published units and not by the rule file".to_owned()),
                (None, None) => None,
            };
            if let Some(said) = said {
                let when = if days.contains(&day) { format!("from {day} on it") } else { "it".to_owned() };
                found.entry(id.clone()).or_insert_with(|| format!("unit {:?}: {when} {said}", id.as_str()));
            }
        }
    }
    found.into_values().collect()
}

fn difference(own: &Unit, other: &Unit) -> Option<String> {
    let parent = |unit: &Unit| unit.parent.as_ref().map_or("no unit".to_owned(), |parent| format!("{:?}", parent.as_str()));
    if own.parent != other.parent {
        return Some(format!("stands below {} by the rule file and below {} by the published units", parent(own), parent(other)));
    }
    let name = (own.name != own.id.as_str()).then_some(&own.name);
    let said = [
        ("name", name, Some(&other.name)),
        ("owner", own.owner.as_ref(), other.owner.as_ref()),
        ("cost centre", own.cost_center.as_ref(), other.cost_center.as_ref()),
    ];
    said.into_iter().find_map(|(what, own, other)| match (own, other) {
        (Some(own), Some(other)) if own != other => {
            Some(format!("has the {what} {own:?} by the rule file and {other:?} by the published units"))
        }
        _ => None,
    })
}
