//! Checks across entries: rules that never match, and the order in which pools are split.

use std::collections::BTreeMap;

use crate::condition::Condition;
use crate::effective::Effective;
use crate::error::{Caution, Entry, Problem, RuleError, RuleWarning, Section, Site};
use crate::rules::{Pool, RuleSet, RuleTarget};
use crate::tree::from_smallest;

/// Warns of rules and workloads that an earlier one always takes the charges of.
pub(crate) fn shadowed(rules: &mut RuleSet) {
    let taken = |target: &RuleTarget| matches!(target, RuleTarget::Unit(_));
    let lines = rules.rules.iter();
    let lines: Vec<Line<'_>> = lines
        .map(|r| Line {
            id: r.id.as_str(),
            site: r.site,
            days: r.effective,
            conditions: &r.conditions,
            takes_all: taken(&r.target),
        })
        .collect();
    let mut warnings = shadows(Section::Rule, &lines);
    let lines = rules.workloads.iter();
    let lines: Vec<Line<'_>> = lines
        .map(|w| Line { id: w.id.as_str(), site: w.site, days: w.effective, conditions: &w.conditions, takes_all: true })
        .collect();
    warnings.extend(shadows(Section::Workload, &lines));
    rules.warnings.append(&mut warnings);
}

struct Line<'a> {
    id: &'a str,
    site: Site,
    days: Effective,
    conditions: &'a [Condition],
    /// False where a match may still be passed on, because the value names no unit.
    takes_all: bool,
}

fn shadows(section: Section, lines: &[Line<'_>]) -> Vec<RuleWarning> {
    let mut warnings = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let earlier = lines[..at].iter().find(|earlier| earlier.takes_all && earlier.covers(line));
        if let Some(earlier) = earlier {
            let caution = Caution::Shadowed { by: earlier.id.to_owned(), line: earlier.site.line };
            warnings.push(RuleWarning { site: line.site, entry: Entry::Named(section, line.id.to_owned()), caution });
        }
    }
    warnings
}

impl Line<'_> {
    /// True where whatever meets `other` meets `self`: each condition of `self` follows from one of `other`.
    fn covers(&self, other: &Self) -> bool {
        let follows = |ours: &Condition| other.conditions.iter().any(|c| c.field == ours.field && c.implies(ours));
        self.days.covers(&other.days) && self.conditions.iter().all(follows)
    }
}

/// Checks the pools against each other and orders them for splitting.
pub(crate) fn pools(rules: &mut RuleSet, errors: &mut Vec<RuleError>) {
    let mut stages: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, pool) in rules.pools.iter().enumerate() {
        let stage = stages.entry(pool.stage).or_default();
        if let Some(&other) = stage.iter().find(|&&other| rules.pools[other].unit == pool.unit) {
            let other = rules.pools[other].id.to_string();
            errors.push(error(pool, Problem::PoolTwice { other }));
        }
        stage.push(at);
    }
    for (&stage, members) in &stages {
        for group in groups(&rules.pools, members) {
            if group.len() > 1 && !group.iter().all(|&at| rules.pools[at].reciprocal) {
                let path = cycle(&rules.pools, &group);
                errors.push(error(&rules.pools[group[0]], Problem::PoolCycle { stage, path }));
            }
            rules.split_order.push(group);
        }
    }
    let warnings: Vec<RuleWarning> = rules.pools.iter().flat_map(|pool| cautions(rules, pool)).collect();
    rules.warnings.extend(warnings);
}

fn error(pool: &Pool, problem: Problem) -> RuleError {
    RuleError { site: pool.site, entry: Entry::Named(Section::Pool, pool.id.to_string()), problem }
}

fn cautions(rules: &RuleSet, pool: &Pool) -> Vec<RuleWarning> {
    let mut cautions = Vec::new();
    for unit in pool.recipients.iter().flatten() {
        let theirs: Vec<&Pool> = rules.pools.iter().filter(|other| other.unit == *unit).collect();
        if let Some(first) = theirs.first()
            && theirs.iter().all(|other| other.stage < pool.stage)
        {
            cautions.push(Caution::LateGift { unit: unit.to_string(), pool: first.id.to_string() });
        }
    }
    let sent_by_rule = rules.rules.iter().any(|rule| match &rule.target {
        RuleTarget::Unit(unit) => *unit == pool.unit,
        RuleTarget::Field { map: Some(map), .. } => map.values().any(|unit| *unit == pool.unit),
        RuleTarget::Field { map: None, .. } => true,
    });
    let sent_by_pool = rules.pools.iter().any(|other| gives_to(other, pool));
    if !sent_by_rule && !sent_by_pool {
        cautions.push(Caution::EmptyPool { unit: pool.unit.to_string() });
    }
    let entry = Entry::Named(Section::Pool, pool.id.to_string());
    cautions.into_iter().map(|caution| RuleWarning { site: pool.site, entry: entry.clone(), caution }).collect()
}

/// True where `giver` names the unit of `receiver`. Unnamed recipients never are units of pools.
fn gives_to(giver: &Pool, receiver: &Pool) -> bool {
    giver.recipients.as_ref().is_some_and(|recipients| recipients.contains(&receiver.unit))
}

/// The strongly connected components of a stage's pools, givers first.
///
/// Method: Kosaraju's, on an explicit stack; a stage has few pools, so the graph is asked for each edge anew.
fn groups(pools: &[Pool], members: &[usize]) -> Vec<Vec<usize>> {
    let forwards = |from: usize, to: usize| from != to && gives_to(&pools[from], &pools[to]);
    let finished = finish_order(members, &forwards);
    let mut left: Vec<usize> = finished;
    let mut groups = Vec::new();
    while let Some(root) = left.pop() {
        let mut group = vec![root];
        let mut next = 0;
        while let Some(&at) = group.get(next) {
            next += 1;
            let (reached, rest): (Vec<usize>, Vec<usize>) = left.iter().partition(|&&other| forwards(other, at));
            left = rest;
            group.extend(reached);
        }
        group.sort_unstable_by(|&a, &b| pools[a].id.cmp(&pools[b].id));
        groups.push(group);
    }
    groups
}

/// Depth-first finishing order: a pool comes after all that it gives to, cycles apart.
fn finish_order(members: &[usize], edge: &impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut seen: Vec<usize> = Vec::new();
    let mut finished = Vec::new();
    for &start in members {
        let mut stack = vec![(start, 0)];
        if seen.contains(&start) {
            continue;
        }
        seen.push(start);
        while let Some((at, next)) = stack.pop() {
            let unseen = (next..members.len()).find(|&i| edge(at, members[i]) && !seen.contains(&members[i]));
            match unseen {
                Some(i) => {
                    stack.push((at, i + 1));
                    seen.push(members[i]);
                    stack.push((members[i], 0));
                }
                None => finished.push(at),
            }
        }
    }
    finished
}

/// One cycle among a group of pools, as ids.
fn cycle(pools: &[Pool], group: &[usize]) -> Vec<String> {
    let mut path: Vec<usize> = vec![group[0]];
    loop {
        let last = path[path.len() - 1];
        let next = group.iter().copied().find(|&to| to != last && gives_to(&pools[last], &pools[to]));
        let next = next.expect("each member of a strongly connected group gives to another");
        if let Some(begin) = path.iter().position(|&at| at == next) {
            let ids: Vec<String> = path[begin..].iter().map(|&at| pools[at].id.to_string()).collect();
            return from_smallest(&ids);
        }
        path.push(next);
    }
}
