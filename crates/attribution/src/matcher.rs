//! Rules compiled against a key table: for every distinct value of a column, the set of rules that it does not rule out.
//!
//! A key matches the rules in the intersection of its values' sets; the first of them is the lowest bit. Equal sets are stored
//! once, and patterns are tried once for each distinct value.

use chrono::NaiveDate;
use hashbrown::HashMap;

use crate::condition::Condition;
use crate::input::AttributionError;
use crate::keys::{ABSENT, KeyTable};
use crate::rules::Rule;

/// A set of rules as bits, rule 0 lowest in the first word.
type Bits = Box<[u64]>;

/// The rules of a set, ready for the rows of one key table.
#[derive(Debug)]
pub(crate) struct Matcher<'a> {
    rules: &'a [Rule],
    columns: Vec<ColumnSets<'a>>,
    words: usize,
}

/// The rules that each value of a column leaves.
#[derive(Debug)]
struct ColumnSets<'a> {
    column: usize,
    /// Rules without a condition on the column.
    indifferent: Bits,
    /// Rules that list the value.
    listed: HashMap<u32, Vec<u32>>,
    /// Rules with a pattern.
    patterns: Vec<(u32, &'a Condition)>,
    /// By value, the number of its set in `sets`, or [`UNKNOWN`].
    of_value: Vec<u32>,
    of_absent: u32,
    sets: Vec<Bits>,
    numbers: HashMap<Bits, u32>,
}

const UNKNOWN: u32 = u32::MAX;

impl<'a> Matcher<'a> {
    pub fn new(rules: &'a [Rule], keys: &KeyTable) -> Result<Self, AttributionError> {
        let words = rules.len().div_ceil(64);
        let mut columns: Vec<ColumnSets<'a>> = Vec::new();
        for (at, rule) in (0..).zip(rules) {
            for condition in &rule.conditions {
                let field = &*condition.field;
                let column = keys.column(field).ok_or_else(|| AttributionError::MissingField { field: field.to_owned() })?;
                let found = columns.iter().position(|sets| sets.column == column);
                let place = found.unwrap_or_else(|| {
                    columns.push(ColumnSets::new(column, words, keys));
                    columns.len() - 1
                });
                columns[place].file(at, condition, keys);
            }
        }
        Ok(Self { rules, columns, words })
    }

    /// The rules that apply on `day`.
    pub fn active(&self, day: NaiveDate) -> Bits {
        let mut active = vec![0; self.words].into_boxed_slice();
        for (at, _) in (0..).zip(self.rules).filter(|(_, rule)| rule.effective.contains(day)) {
            set(&mut active, at);
        }
        active
    }

    /// The first rule of `active` from number `from` on whose conditions a row meets.
    pub fn first(&mut self, keys: &KeyTable, row: &[u32], active: &[u64], from: u32) -> Option<u32> {
        for sets in &mut self.columns {
            sets.learn(row[sets.column], keys);
        }
        let (start, low) = (from as usize / 64, from % 64);
        for (word, &active) in active.iter().enumerate().skip(start) {
            let above = if word == start { u64::MAX << low } else { u64::MAX };
            let left = self.columns.iter().fold(active & above, |left, sets| left & sets.of(row[sets.column])[word]);
            if left != 0 {
                return Some(word as u32 * 64 + left.trailing_zeros());
            }
        }
        None
    }
}

impl<'a> ColumnSets<'a> {
    fn new(column: usize, words: usize, keys: &KeyTable) -> Self {
        let indifferent = vec![u64::MAX; words].into_boxed_slice();
        let of_value = vec![UNKNOWN; keys.values(column).len()];
        let (listed, patterns, sets, numbers) = (HashMap::new(), Vec::new(), Vec::new(), HashMap::new());
        Self { column, indifferent, listed, patterns, of_value, of_absent: UNKNOWN, sets, numbers }
    }

    fn file(&mut self, rule: u32, condition: &'a Condition, keys: &KeyTable) {
        self.indifferent[rule as usize / 64] &= !(1 << (rule % 64));
        match condition.values() {
            Some(values) => {
                for value in values.into_iter().filter_map(|value| keys.id(self.column, value)) {
                    self.listed.entry(value).or_default().push(rule);
                }
            }
            None => self.patterns.push((rule, condition)),
        }
    }

    /// The set of a value that [`learn`](Self::learn) has seen.
    #[inline]
    fn of(&self, value: u32) -> &[u64] {
        let number = if value == ABSENT { self.of_absent } else { self.of_value[value as usize] };
        &self.sets[number as usize]
    }

    #[inline]
    fn learn(&mut self, value: u32, keys: &KeyTable) {
        let known = if value == ABSENT { self.of_absent } else { self.of_value[value as usize] };
        if known == UNKNOWN {
            self.work_out(value, keys);
        }
    }

    fn work_out(&mut self, value: u32, keys: &KeyTable) {
        let mut rules = self.indifferent.clone();
        let text = if value == ABSENT { None } else { Some(&*keys.values(self.column)[value as usize]) };
        for &rule in self.listed.get(&value).into_iter().flatten() {
            set(&mut rules, rule);
        }
        for &(rule, _) in self.patterns.iter().filter(|(_, condition)| condition.holds(text)) {
            set(&mut rules, rule);
        }
        let next = self.sets.len() as u32;
        let number = *self.numbers.entry(rules.clone()).or_insert(next);
        if number == next {
            self.sets.push(rules);
        }
        *(if value == ABSENT { &mut self.of_absent } else { &mut self.of_value[value as usize] }) = number;
    }
}

fn set(bits: &mut [u64], at: u32) {
    bits[at as usize / 64] |= 1 << (at % 64);
}
