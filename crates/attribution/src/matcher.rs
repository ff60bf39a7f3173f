//! Rules compiled against a key table: equality by dispatch on the value, patterns once for every distinct value.

use chrono::NaiveDate;
use hashbrown::HashMap;

use crate::condition::Condition;
use crate::effective::Effective;
use crate::input::AttributionError;
use crate::keys::{ABSENT, KeyTable};
use crate::rules::Rule;

/// The rules of a set, ready for the rows of one key table.
#[derive(Debug)]
pub(crate) struct Matcher<'a> {
    keys: &'a KeyTable,
    rules: Vec<Compiled<'a>>,
    /// Rules that list the values of a column, by column and value; ascending. Each rule stands in one list a value.
    by_value: Vec<(usize, HashMap<u32, Vec<u32>>)>,
    /// Rules that list no values; ascending.
    others: Vec<u32>,
}

#[derive(Debug)]
struct Compiled<'a> {
    effective: Effective,
    tests: Vec<Tested<'a>>,
}

/// A condition on a column.
#[derive(Debug)]
enum Tested<'a> {
    /// The value ids that meet it, sorted.
    Values(usize, Vec<u32>),
    /// Patterns, asked once for each value: 0 is not asked yet, 1 no, 2 yes.
    Pattern { column: usize, condition: &'a Condition, absent: bool, answers: Vec<u8> },
}

impl<'a> Matcher<'a> {
    pub fn new(rules: &'a [Rule], keys: &'a KeyTable) -> Result<Self, AttributionError> {
        let mut matcher = Self { keys, rules: Vec::with_capacity(rules.len()), by_value: Vec::new(), others: Vec::new() };
        for (at, rule) in (0..).zip(rules) {
            let tests = rule.conditions.iter().map(|condition| compile(condition, keys)).collect::<Result<Vec<_>, _>>()?;
            matcher.file(at, &tests);
            matcher.rules.push(Compiled { effective: rule.effective, tests });
        }
        Ok(matcher)
    }

    /// Files a rule under the shortest list of values among its conditions. A rule with an empty list matches no key.
    fn file(&mut self, at: u32, tests: &[Tested<'_>]) {
        let lists = tests.iter().filter_map(|test| match test {
            Tested::Values(column, values) => Some((*column, values)),
            Tested::Pattern { .. } => None,
        });
        let Some((column, values)) = lists.min_by_key(|(_, values)| values.len()) else {
            self.others.push(at);
            return;
        };
        let found = self.by_value.iter().position(|(c, _)| *c == column);
        let place = found.unwrap_or_else(|| {
            self.by_value.push((column, HashMap::new()));
            self.by_value.len() - 1
        });
        for &value in values {
            self.by_value[place].1.entry(value).or_default().push(at);
        }
    }

    /// The first rule from number `from` on that matches a row on `day`.
    pub fn first(&mut self, row: &[u32], day: NaiveDate, from: u32) -> Option<u32> {
        let Self { keys, rules, by_value, others } = self;
        let mut best: Option<u32> = None;
        let listed = by_value.iter().filter_map(|(column, lists)| lists.get(&row[*column]));
        for list in listed.chain(std::iter::once(&*others)) {
            let start = list.partition_point(|&rule| rule < from);
            for &rule in list[start..].iter().take_while(|&&rule| best.is_none_or(|best| rule < best)) {
                if rules[rule as usize].matches(keys, row, day) {
                    best = Some(rule);
                    break;
                }
            }
        }
        best
    }
}

impl Compiled<'_> {
    fn matches(&mut self, keys: &KeyTable, row: &[u32], day: NaiveDate) -> bool {
        self.tests.iter_mut().all(|test| test.holds(keys, row)) && self.effective.contains(day)
    }
}

impl Tested<'_> {
    fn holds(&mut self, keys: &KeyTable, row: &[u32]) -> bool {
        match self {
            Self::Values(column, values) => match values.as_slice() {
                [only] => row[*column] == *only,
                several => several.binary_search(&row[*column]).is_ok(),
            },
            Self::Pattern { column, condition, absent, answers } => {
                let value = row[*column];
                if value == ABSENT {
                    return *absent;
                }
                let answer = &mut answers[value as usize];
                if *answer == 0 {
                    *answer = 1 + u8::from(condition.holds(Some(&keys.values(*column)[value as usize])));
                }
                *answer == 2
            }
        }
    }
}

fn compile<'a>(condition: &'a Condition, keys: &KeyTable) -> Result<Tested<'a>, AttributionError> {
    let field = &*condition.field;
    let column = keys.column(field).ok_or_else(|| AttributionError::MissingField { field: field.to_owned() })?;
    if let Some(values) = condition.values() {
        let mut ids: Vec<u32> = values.into_iter().filter_map(|value| keys.id(column, value)).collect();
        ids.sort_unstable();
        return Ok(Tested::Values(column, ids));
    }
    let answers = vec![0; keys.values(column).len()];
    Ok(Tested::Pattern { column, condition, absent: condition.holds(None), answers })
}
