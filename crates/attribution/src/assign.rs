//! Which unit a key belongs to on a day: rules evaluated once for every distinct key and interval of days.

use std::borrow::Cow;

use chrono::NaiveDate;
use farthing_types::UnitId;
use hashbrown::HashMap;

use crate::effective::{boundaries, representatives};
use crate::input::AttributionError;
use crate::keys::{ABSENT, KeyTable};
use crate::lines::FigureOn;
use crate::matcher::Matcher;
use crate::name::RuleId;
use crate::reason::Reason;
use crate::rules::{RuleSet, RuleTarget};
use crate::virtual_tags::completed;

/// Where charges of a key go on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment<'a> {
    /// To a unit, by a rule.
    Unit {
        /// The unit.
        unit: &'a UnitId,
        /// The rule.
        rule: &'a RuleId,
    },
    /// To none.
    Unattributed {
        /// Why.
        reason: Reason,
        /// The rule that matched all the same: it names a unit that does not hold then, or none.
        rule: Option<&'a RuleId>,
    },
}

/// An assignment in numbers: positions of the unit among all ids and of the rule in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    pub target: Target,
    pub rule: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Unit(u32),
    Reason(Reason),
}

/// Assigns keys to units and remembers the answers.
#[derive(Debug)]
pub struct Assigner<'a> {
    rules: &'a RuleSet,
    keys: Cow<'a, KeyTable>,
    matcher: Matcher<'a>,
    units: Vec<&'a UnitId>,
    positions: HashMap<&'a str, u32>,
    reads: Reads,
    boundaries: Vec<NaiveDate>,
    representatives: Vec<NaiveDate>,
    /// What is known of each interval of days.
    memo: Vec<Memo>,
    outcomes: Vec<Outcome>,
    outcome_ids: HashMap<Outcome, u32>,
}

/// What is known of an interval of days; empty until it is asked for.
#[derive(Clone, Debug, Default)]
struct Memo {
    /// The rules that apply.
    active: Box<[u64]>,
    /// The outcome of each key, or [`UNKNOWN`].
    outcomes: Vec<u32>,
}

#[derive(Debug)]
struct Reads {
    category: usize,
    class: usize,
    tags: usize,
    /// For each rule the column that names its unit, where there is one.
    target: Vec<Option<usize>>,
}

const UNKNOWN: u32 = u32::MAX;

impl<'a> Assigner<'a> {
    /// Prepares `rules` for the keys of a table.
    ///
    /// # Errors
    /// When the table lacks a column that the rules read.
    pub fn new(rules: &'a RuleSet, keys: &'a KeyTable) -> Result<Self, AttributionError> {
        let keys = completed(rules, keys)?;
        let column = |field: &str| keys.column(field).ok_or_else(|| AttributionError::MissingField { field: field.to_owned() });
        let target = |target: &RuleTarget| match target {
            RuleTarget::Unit(_) => Ok(None),
            RuleTarget::Field { field, .. } => column(field).map(Some),
        };
        let reads = Reads {
            category: column("ChargeCategory")?,
            class: column("ChargeClass")?,
            tags: column("Tags")?,
            target: rules.rules.iter().map(|rule| target(&rule.target)).collect::<Result<_, _>>()?,
        };
        let matcher = Matcher::new(&rules.rules, &keys)?;
        let units: Vec<&UnitId> = rules.units.ids().collect();
        let positions = (0..).zip(&units).map(|(at, unit)| (unit.as_str(), at)).collect();
        let spans = rules.units.spans().map(|unit| &unit.effective).chain(rules.rules.iter().map(|rule| &rule.effective));
        let boundaries = boundaries(spans);
        let representatives = representatives(&boundaries);
        let memo = vec![Memo::default(); representatives.len()];
        let (outcomes, outcome_ids) = (Vec::new(), HashMap::new());
        Ok(Self { rules, keys, matcher, units, positions, reads, boundaries, representatives, memo, outcomes, outcome_ids })
    }

    /// Where charges of `key` go on `day`; `None` where the table has no such key.
    pub fn assign(&mut self, key: u32, day: NaiveDate) -> Option<Assignment<'a>> {
        let interval = self.interval(day);
        let outcome = self.outcome(key, interval)?;
        let outcome = self.outcomes[outcome as usize];
        let rule = outcome.rule.map(|rule| &self.rules.rules[rule as usize].id);
        Some(match (outcome.target, rule) {
            (Target::Unit(unit), Some(rule)) => Assignment::Unit { unit: self.units[unit as usize], rule },
            (Target::Unit(_), None) => Assignment::Unattributed { reason: Reason::NoRule, rule: None },
            (Target::Reason(reason), rule) => Assignment::Unattributed { reason, rule },
        })
    }

    /// The keys, with the virtual tags of the rules.
    pub(crate) fn keys(&self) -> &KeyTable {
        &self.keys
    }

    /// The number of the interval, between days on which a rule or unit begins or ends, that `day` lies in.
    pub(crate) fn interval(&self, day: NaiveDate) -> usize {
        self.boundaries.partition_point(|boundary| *boundary <= day)
    }

    /// The number of the outcome of `key` in an interval.
    pub(crate) fn outcome(&mut self, key: u32, interval: usize) -> Option<u32> {
        let memo = &mut self.memo[interval];
        if memo.outcomes.is_empty() {
            memo.outcomes.resize(self.keys.len(), UNKNOWN);
            memo.active = self.matcher.active(self.representatives[interval]);
        }
        match *memo.outcomes.get(key as usize)? {
            UNKNOWN => {
                let outcome = self.evaluate(key, interval)?;
                let next = u32::try_from(self.outcomes.len()).ok()?;
                let id = *self.outcome_ids.entry(outcome).or_insert(next);
                if id == next {
                    self.outcomes.push(outcome);
                }
                self.memo[interval].outcomes[key as usize] = id;
                Some(id)
            }
            known => Some(known),
        }
    }

    pub(crate) fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Where an outcome puts charges.
    pub(crate) fn place(&self, outcome: Outcome) -> FigureOn {
        match outcome.target {
            Target::Unit(unit) => FigureOn::Unit(self.units[unit as usize].clone()),
            Target::Reason(reason) => FigureOn::Reason(reason),
        }
    }

    pub(crate) fn units(&self) -> &[&'a UnitId] {
        &self.units
    }

    pub(crate) fn position(&self, unit: &UnitId) -> Option<u32> {
        self.positions.get(unit.as_str()).copied()
    }

    /// The first rule that matches and names a unit decides. One that matches and names none is remembered for the reason.
    fn evaluate(&mut self, key: u32, interval: usize) -> Option<Outcome> {
        let (row, day) = (self.keys.row(key)?, self.representatives[interval]);
        let active = &self.memo[interval].active;
        let mut nameless = None;
        let mut from = 0;
        while let Some(rule) = self.matcher.first(&self.keys, row, active, from) {
            let (at, rule) = (rule, &self.rules.rules[rule as usize]);
            let unit = match &rule.target {
                RuleTarget::Unit(unit) => Some(unit.as_str()),
                RuleTarget::Field { map, .. } => {
                    let column = self.reads.target[at as usize];
                    let value = column.filter(|&column| row[column] != ABSENT).and_then(|column| self.keys.value(key, column));
                    if value.is_some() {
                        nameless = nameless.or(Some(at));
                    }
                    match map {
                        Some(map) => value.and_then(|value| map.get(value)).map(UnitId::as_str),
                        None => value,
                    }
                }
            };
            if let Some(&unit) = unit.and_then(|unit| self.positions.get(unit)) {
                let holds = self.rules.units.on(self.units[unit as usize], day).is_some();
                let target = if holds { Target::Unit(unit) } else { Target::Reason(Reason::OutsideTree) };
                return Some(Outcome { target, rule: Some(at) });
            }
            from = at + 1;
        }
        let value = |column: usize| self.keys.value(key, column);
        let reason = Reason::of_unmatched(value(self.reads.category), value(self.reads.class), value(self.reads.tags));
        let unknown = nameless.map(|rule| Outcome { target: Target::Reason(Reason::UnknownUnit), rule: Some(rule) });
        Some(unknown.unwrap_or(Outcome { target: Target::Reason(reason), rule: None }))
    }
}
