//! From entries to a checked rule set, collecting every problem on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use farthing_types::{Amount, IdError, UnitId};
use toml::Spanned;

use crate::check;
use crate::column::{check_charge_field, check_usage_field};
use crate::condition::Condition;
use crate::effective::Effective;
use crate::error::{Caution, Entry, Problem, RuleError, RuleWarning, Section, Site, nearest};
use crate::file::{
    ConditionEntry, Day, DriverEntry, Entries, Lines, PerEntry, PoolEntry, RuleEntry, Sited, UnitEntry, WorkloadEntry,
};
use crate::rules::{Driver, Pool, Rule, RuleSet, RuleTarget, Workload};
use crate::tree::{Unit, UnitTree};

/// Builds the rule set of `entries`; it is whole only where `errors` stays empty. Where the file lists no units they are `published`.
pub(crate) fn build(entries: Entries, lines: &Lines<'_>, published: &UnitTree, errors: &mut Vec<RuleError>) -> RuleSet {
    let is_unit = |entry: &Entry| matches!(entry, Entry::Named(Section::Unit, _) | Entry::Nameless(Section::Unit));
    let own_units = !entries.units.is_empty() || errors.iter().any(|error| is_unit(&error.entry));
    let mut builder = Builder { lines, errors, warnings: Vec::new(), units: UnitTree::default(), broken_units: BTreeSet::new() };
    builder.remember_broken_units();
    match own_units {
        true => builder.units(entries.units),
        false => builder.units = published.clone(),
    }
    let rules: Vec<Rule> = builder.section(Section::Rule, entries.rules, |entry| &entry.id, Builder::rule);
    let pools: Vec<Pool> = builder.section(Section::Pool, entries.pools, |entry| &entry.id, Builder::pool);
    let workloads: Vec<Workload> = builder.section(Section::Workload, entries.workloads, |entry| &entry.id, Builder::workload);
    let Builder { units, warnings, .. } = builder;
    let mut rules = RuleSet { units, own_units, rules, pools, split_order: Vec::new(), workloads, warnings };
    check::shadowed(&mut rules);
    check::pools(&mut rules, errors);
    rules.warnings.sort_by_key(|warning| warning.site);
    rules
}

struct Builder<'e> {
    lines: &'e Lines<'e>,
    errors: &'e mut Vec<RuleError>,
    warnings: Vec<RuleWarning>,
    units: UnitTree,
    /// Units whose entry cannot be read: naming one of them is not another problem.
    broken_units: BTreeSet<String>,
}

/// Where problems of an entry are reported.
#[derive(Clone)]
struct Place {
    site: Site,
    entry: Entry,
}

impl Builder<'_> {
    fn fail(&mut self, place: &Place, problem: Problem) {
        self.errors.push(RuleError { site: place.site, entry: place.entry.clone(), problem });
    }

    fn caution(&mut self, place: &Place, caution: Caution) {
        self.warnings.push(RuleWarning { site: place.site, entry: place.entry.clone(), caution });
    }

    /// The same entry, but where a text of it stands.
    fn at<T>(&self, place: &Place, text: &Spanned<T>) -> Place {
        Place { site: self.lines.site(text.span().start), entry: place.entry.clone() }
    }

    fn remember_broken_units(&mut self) {
        let ids = self.errors.iter().filter_map(|error| match &error.entry {
            Entry::Named(Section::Unit, id) => Some(id.clone()),
            _ => None,
        });
        self.broken_units = ids.collect();
    }

    /// Builds each entry of a section whose ids must differ.
    fn section<E, T>(
        &mut self,
        kind: Section,
        entries: Vec<Sited<E>>,
        id: impl Fn(&E) -> &Spanned<String>,
        build: impl Fn(&mut Self, &Place, E) -> Option<T>,
    ) -> Vec<T> {
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        let mut built = Vec::new();
        for Sited { site, entry } in entries {
            let text = id(&entry).get_ref().clone();
            let place = Place { site, entry: Entry::Named(kind, text.clone()) };
            match lines.get(&text) {
                Some(&first) => self.fail(&place, Problem::DuplicateId { first }),
                None => drop(lines.insert(text, site.line)),
            }
            built.extend(build(self, &place, entry));
        }
        built
    }

    fn units(&mut self, entries: Vec<Sited<UnitEntry>>) {
        let mut units: Vec<(Place, Unit)> = Vec::new();
        let mut parents: Vec<Place> = Vec::new();
        let mut spans: BTreeMap<UnitId, Vec<usize>> = BTreeMap::new();
        for Sited { site, entry } in entries {
            let place = Place { site, entry: Entry::Named(Section::Unit, entry.id.get_ref().clone()) };
            let parent = entry.parent.as_ref().map_or_else(|| place.clone(), |parent| self.at(&place, parent));
            if let Some(unit) = self.unit(&place, entry) {
                let spans = spans.entry(unit.id.clone()).or_default();
                let earlier = spans.iter().map(|&at| &units[at]).find(|(_, other)| other.effective.overlaps(&unit.effective));
                if let Some((first, _)) = earlier {
                    let first = first.site.line;
                    self.fail(&place, Problem::OverlappingUnit { first });
                    continue;
                }
                spans.push(units.len());
                units.push((place, unit));
                parents.push(parent);
            }
        }
        self.units = UnitTree::new(units.iter().map(|(_, unit)| unit.clone()));
        self.check_parents(&units, &parents);
    }

    fn unit(&mut self, place: &Place, entry: UnitEntry) -> Option<Unit> {
        let id = self.id::<UnitId>(place, &entry.id);
        let parent = entry.parent.as_ref().map(|parent| self.id::<UnitId>(place, parent));
        let effective = self.effective(place, entry.from, entry.until);
        if id.is_none() || parent == Some(None) || effective.is_none() {
            self.broken_units.insert(entry.id.get_ref().clone());
        }
        let name = entry.name.unwrap_or_else(|| entry.id.get_ref().clone());
        let (owner, cost_center) = (entry.owner, entry.cost_center);
        Some(Unit {
            id: id?,
            name,
            parent: parent.map_or(Some(None), |p| p.map(Some))?,
            owner,
            cost_center,
            effective: effective?,
        })
    }

    fn check_parents(&mut self, units: &[(Place, Unit)], parents: &[Place]) {
        for ((_, unit), place) in units.iter().zip(parents) {
            let Some(parent) = &unit.parent else { continue };
            if self.known_unit(place, parent)
                && let Some(day) = self.units.day_without_parent(unit, parent)
            {
                self.fail(place, Problem::ParentNotEffective { parent: parent.to_string(), day });
            }
        }
        for cycle in self.units.cycles() {
            let first = units.iter().find(|(_, unit)| unit.id == cycle[0]);
            let path = cycle.iter().map(ToString::to_string).collect();
            if let Some((place, _)) = first {
                self.fail(place, Problem::UnitCycle { path });
            }
        }
    }

    fn rule(&mut self, place: &Place, entry: RuleEntry) -> Option<Rule> {
        let id = self.id(place, &entry.id);
        let effective = self.effective(place, entry.from, entry.until);
        let target = self.target(place, &entry);
        let conditions = self.conditions(place, &entry.when, |builder, place, field| match check_charge_field(field) {
            Ok(caution) => caution.into_iter().for_each(|caution| builder.caution(place, caution)),
            Err(problem) => builder.fail(place, problem),
        });
        Some(Rule { id: id?, effective: effective?, site: place.site, target: target?, conditions })
    }

    fn target(&mut self, place: &Place, entry: &RuleEntry) -> Option<RuleTarget> {
        let RuleEntry { unit, unit_from_tag, unit_from_column, map, .. } = entry;
        let field = match (unit, unit_from_tag, unit_from_column) {
            (Some(unit), None, None) => {
                if map.is_some() {
                    self.fail(place, Problem::MapWithoutSource);
                }
                return self.unit_reference(place, unit).map(RuleTarget::Unit);
            }
            (None, Some(tag), None) => format!("tag:{}", tag.get_ref()),
            (None, None, Some(column)) => column.get_ref().clone(),
            (None, None, None) => {
                self.fail(place, Problem::NoTarget);
                return None;
            }
            _ => {
                self.fail(place, Problem::SeveralTargets);
                return None;
            }
        };
        match check_charge_field(&field) {
            Ok(caution) => caution.into_iter().for_each(|caution| self.caution(place, caution)),
            Err(problem) => self.fail(place, problem),
        }
        let map = map.as_ref().map(|map| {
            let known = map.iter().filter_map(|(value, unit)| Some((value.clone(), self.unit_reference(place, unit)?)));
            known.collect()
        });
        Some(RuleTarget::Field { field: field.into(), map })
    }

    fn pool(&mut self, place: &Place, entry: PoolEntry) -> Option<Pool> {
        let id = self.id(place, &entry.id);
        let unit = self.unit_reference(place, &entry.unit);
        let driver = self.driver(place, &entry);
        let mut recipients = entry.recipients.map(|recipients| self.recipients(place, &recipients));
        if let Some(Driver::Fixed(weights)) = &driver {
            recipients = Some(weights.keys().cloned().collect());
        }
        let within = self.within(place, entry.within.as_deref().unwrap_or_default());
        let (unit, driver) = (unit?, driver?);
        self.check_parts(place, &driver, !within.is_empty(), entry.per, entry.reciprocal);
        if recipients.as_ref().is_some_and(|recipients| recipients.contains(&unit)) {
            self.fail(place, Problem::PoolToItself { unit: unit.to_string() });
        }
        let PoolEntry { stage, fallback, reciprocal, per, .. } = entry;
        if stage == 0 {
            self.fail(place, Problem::Recipients { message: "stage 0 does not exist: stages count from 1".into() });
        }
        Some(Pool { id: id?, unit, stage, driver, recipients, within, per, fallback, site: place.site, reciprocal })
    }

    /// The fields by which a pool's charges are told apart.
    fn within(&mut self, place: &Place, fields: &[Spanned<String>]) -> Vec<String> {
        for field in fields {
            let place = self.at(place, field);
            match check_charge_field(field.get_ref()) {
                Ok(caution) => caution.into_iter().for_each(|caution| self.caution(&place, caution)),
                Err(problem) => self.fail(&place, problem),
            }
        }
        fields.iter().map(|field| field.get_ref().clone()).collect()
    }

    /// Whether a pool can be split part by part.
    fn check_parts(&mut self, place: &Place, driver: &Driver, within: bool, per: PerEntry, reciprocal: bool) {
        let timed = per != PerEntry::Period;
        if within && *driver != Driver::DirectCost {
            let message = "`within` tells direct cost apart, and other drivers have no columns: write driver = \"direct_cost\", or \
                           take `within` out";
            self.fail(place, Problem::Parts { message });
        }
        if timed && matches!(driver, Driver::Even | Driver::Fixed(_)) {
            let message =
                "`per` makes no difference to the drivers `even` and `fixed`, which are the same at any time: take it out";
            self.fail(place, Problem::Parts { message });
        }
        if (within || timed) && reciprocal {
            let message = "a pool that is split part by part (`within`, `per`) cannot be solved together with others: take \
                           `reciprocal` out, and give the pools different stages";
            self.fail(place, Problem::Parts { message });
        }
    }

    fn driver(&mut self, place: &Place, entry: &PoolEntry) -> Option<Driver> {
        let weights = |message| Problem::Weights { message };
        let fixed = matches!(&entry.driver, DriverEntry::Name(name) if name == "fixed");
        match &entry.weights {
            None if fixed => self.fail(place, weights("the driver `fixed` needs `weights`, such as { claims = 3, lending = 1 }")),
            Some(_) if !fixed => {
                self.fail(place, weights("`weights` belong to the driver `fixed`: take them out or change the driver"))
            }
            Some(all) if all.values().all(|weight| weight.0.is_zero()) => {
                self.fail(place, weights("every weight is zero: give one above it"))
            }
            Some(_) if entry.recipients.is_some() => {
                self.fail(place, weights("the driver `fixed` takes its recipients from `weights`: leave `recipients` out"));
            }
            _ => {}
        }
        match &entry.driver {
            DriverEntry::Name(name) => Some(match name.as_str() {
                "even" => Driver::Even,
                "direct_cost" => Driver::DirectCost,
                "fixed" => {
                    let known = entry.weights.iter().flatten();
                    let known = known.filter_map(|(unit, weight)| Some((self.unit_reference(place, unit)?, weight.0)));
                    Driver::Fixed(known.collect())
                }
                measure => Driver::Measures(BTreeMap::from([(measure.to_owned(), Amount::ONE)])),
            }),
            DriverEntry::Measures(measures) => {
                if measures.values().all(|weight| weight.0.is_zero()) {
                    self.fail(place, weights("the driver weighs every measure with zero: give one above it"));
                }
                Some(Driver::Measures(measures.iter().map(|(measure, weight)| (measure.clone(), weight.0)).collect()))
            }
        }
    }

    fn recipients(&mut self, place: &Place, entries: &[Spanned<String>]) -> Vec<UnitId> {
        if entries.is_empty() {
            let message =
                "`recipients` is empty: name some units, or leave it out for all units without a unit below them".into();
            self.fail(place, Problem::Recipients { message });
        }
        let mut recipients = BTreeSet::new();
        for entry in entries {
            if let Some(unit) = self.unit_reference(place, entry)
                && !recipients.insert(unit)
            {
                let message = format!("the recipient {:?} is named twice: keep one, or give weights", entry.get_ref());
                self.fail(place, Problem::Recipients { message });
            }
        }
        recipients.into_iter().collect()
    }

    fn workload(&mut self, place: &Place, entry: WorkloadEntry) -> Option<Workload> {
        let id = self.id(place, &entry.id);
        let unit = self.unit_reference(place, &entry.unit);
        let effective = self.effective(place, entry.from, entry.until);
        let conditions = self.conditions(place, &entry.when, |builder, place, field| {
            if let Err(problem) = check_usage_field(field) {
                builder.fail(place, problem);
            }
        });
        Some(Workload { id: id?, unit: unit?, effective: effective?, site: place.site, conditions })
    }

    fn conditions(
        &mut self,
        place: &Place,
        when: &BTreeMap<Spanned<String>, ConditionEntry>,
        check: impl Fn(&mut Self, &Place, &str),
    ) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for (field, entry) in when {
            let place = self.at(place, field);
            check(self, &place, field.get_ref());
            match Condition::new(field.get_ref(), entry) {
                Ok(condition) => conditions.push(condition),
                Err(problem) => self.fail(&place, problem),
            }
        }
        conditions
    }

    fn id<T: FromStr<Err = IdError>>(&mut self, place: &Place, text: &Spanned<String>) -> Option<T> {
        let place = self.at(place, text);
        text.get_ref().parse().map_err(|error: IdError| self.fail(&place, Problem::Id { message: error.to_string() })).ok()
    }

    fn unit_reference(&mut self, place: &Place, text: &Spanned<String>) -> Option<UnitId> {
        let id = self.id(place, text)?;
        let place = self.at(place, text);
        self.known_unit(&place, &id).then_some(id)
    }

    fn known_unit(&mut self, place: &Place, id: &UnitId) -> bool {
        if self.units.knows(id.as_str()) || self.broken_units.contains(id.as_str()) {
            return true;
        }
        let known = self.units.ids().map(UnitId::as_str).chain(self.broken_units.iter().map(String::as_str));
        let nearest = nearest(id.as_str(), known).map(str::to_owned);
        self.fail(place, Problem::UnknownUnit { unit: id.to_string(), nearest });
        false
    }

    fn effective(&mut self, place: &Place, from: Option<Day>, until: Option<Day>) -> Option<Effective> {
        let (from, until) = (from.map(|day| day.0), until.map(|day| day.0));
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            self.fail(place, Problem::DatesReversed { from, until });
            return None;
        }
        Some(Effective { from, until })
    }
}
