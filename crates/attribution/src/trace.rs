//! The charges that stand in a place, by the rule that sent them there and the values that the rule went by.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use farthing_types::{Currency, FourCosts, SourceName};
use hashbrown::HashMap;
use serde::Serialize;

use crate::assign::Assigner;
use crate::attribute::outcome_of;
use crate::input::{AttributionError, Charges};
use crate::keys::KeyTable;
use crate::lines::FigureOn;
use crate::name::RuleId;
use crate::rules::{RuleSet, RuleTarget};
use crate::sums::{Cells, Sums};

/// A column or tag with the value that charges have in it; `None` where they have none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FieldValue {
    /// The column, or `tag:NAME`.
    pub field: String,
    /// The value.
    pub value: Option<String>,
}

/// Charges that stand in one place for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Traced {
    /// Where they stand, before pools.
    pub on: FigureOn,
    /// Their source.
    pub source: SourceName,
    /// Their currency.
    pub currency: Currency,
    /// The rule that sent them; for a reason the rule that matched all the same, or none.
    pub rule: Option<RuleId>,
    /// What the rule went by: its conditions' fields and the one that names the unit. Where no rule matched, the category and
    /// class of the charges, which give the reason.
    pub because: Vec<FieldValue>,
    /// The fields that were asked for.
    pub shown: Vec<FieldValue>,
    /// The first day of them.
    pub first: NaiveDate,
    /// The last day of them.
    pub last: NaiveDate,
    /// Their sums.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
}

/// What makes two groups of charges one line: place and rule, source and currency, the values of what the rule read and of
/// what is shown.
type Line<'a> = (FigureOn, &'a SourceName, Currency, Option<u32>, Vec<Option<&'a str>>, Vec<Option<&'a str>>);

/// The charges that rules sent to `places`, with the values of the fields `show`; by place, source, currency, rule in the order
/// of the file, and values. Pools are not in it: what they move has no columns.
///
/// The costs of a place sum to its direct lines, or to its unattributed lines.
///
/// # Errors
/// As [`attribute`](crate::attribute), and when the key table lacks a field that is to be shown.
pub fn trace(
    rules: &RuleSet,
    charges: &Charges<'_>,
    places: &BTreeSet<FigureOn>,
    show: &[&str],
) -> Result<Vec<Traced>, AttributionError> {
    let mut assigner = Assigner::new(rules, charges.keys)?;
    let show = Shape::of(assigner.keys(), show.iter().copied())?;
    let unmatched = Shape::of(assigner.keys(), ["ChargeCategory", "ChargeClass"])?;
    let read = rules.rules.iter().map(|rule| {
        let named = match &rule.target {
            RuleTarget::Field { field, .. } => Some(&**field),
            RuleTarget::Unit(_) => None,
        };
        let fields: BTreeSet<&str> = rule.conditions.iter().map(|condition| &*condition.field).chain(named).collect();
        Shape::of(assigner.keys(), fields)
    });
    let read = read.collect::<Result<Vec<Shape>, _>>()?;

    let mut cells = Cells::new(charges.sources);
    let mut wanted: Vec<Option<bool>> = Vec::new();
    let mut sums: HashMap<(u32, u32, u32), (Sums, NaiveDate, NaiveDate)> = HashMap::new();
    for (at, group) in charges.groups.iter().enumerate() {
        let outcome = outcome_of(at, group, &mut assigner, charges.keys.len())?;
        if wanted.len() <= outcome as usize {
            wanted.resize(outcome as usize + 1, None);
        }
        let is_wanted = wanted[outcome as usize]
            .get_or_insert_with(|| places.contains(&assigner.place(assigner.outcomes()[outcome as usize])));
        if *is_wanted {
            let entry = sums.entry((outcome, cells.number(at, group)?, group.key));
            let sum = entry.or_insert((Sums::ZERO, group.day, group.day));
            sum.0.add(&group.costs, group.charges);
            (sum.1, sum.2) = (sum.1.min(group.day), sum.2.max(group.day));
        }
    }
    let mut lines: BTreeMap<Line<'_>, (Sums, NaiveDate, NaiveDate)> = BTreeMap::new();
    for ((outcome, cell, key), (sum, first, last)) in sums {
        let outcome = assigner.outcomes()[outcome as usize];
        let because = outcome.rule.map_or(&unmatched, |rule| &read[rule as usize]).values(assigner.keys(), key);
        let line = (assigner.place(outcome), cells.source(cell), cells.currency(cell), outcome.rule, because);
        let line = (line.0, line.1, line.2, line.3, line.4, show.values(assigner.keys(), key));
        let entry = lines.entry(line).or_insert((Sums::ZERO, first, last));
        entry.0.merge(&sum);
        (entry.1, entry.2) = (entry.1.min(first), entry.2.max(last));
    }
    let traced = |((on, source, currency, rule, because, shown), (sums, first, last)): (Line<'_>, (Sums, _, _))| {
        let costs = sums.costs(currency, || format!("charges of {source}"))?;
        let (because, shown) = (rule.map_or(&unmatched, |rule| &read[rule as usize]).named(&because), show.named(&shown));
        let rule = rule.map(|rule| rules.rules[rule as usize].id.clone());
        let charges = sums.charges()?;
        Ok(Traced { on, source: source.clone(), currency, rule, because, shown, first, last, costs, charges })
    };
    lines.into_iter().map(traced).collect()
}

/// Fields of a key table, by name and position.
struct Shape(Vec<(String, usize)>);

impl Shape {
    fn of<'a>(keys: &KeyTable, fields: impl IntoIterator<Item = &'a str>) -> Result<Self, AttributionError> {
        let column = |field: &str| {
            let missing = || AttributionError::MissingField { field: field.to_owned() };
            Ok((field.to_owned(), keys.column(field).ok_or_else(missing)?))
        };
        fields.into_iter().map(column).collect::<Result<_, _>>().map(Self)
    }

    fn values<'a>(&self, keys: &'a KeyTable, key: u32) -> Vec<Option<&'a str>> {
        self.0.iter().map(|(_, column)| keys.value(key, *column)).collect()
    }

    fn named(&self, values: &[Option<&str>]) -> Vec<FieldValue> {
        let named = |((field, _), value): (&(String, usize), &Option<&str>)| FieldValue {
            field: field.clone(),
            value: value.map(str::to_owned),
        };
        self.0.iter().zip(values).map(named).collect()
    }
}
