//! Rows held against the rules of FOCUS, a batch at a time.
//!
//! A rule costs little: whether values are there is read off the bitmaps that Arrow keeps anyway, sixty-four rows at a time;
//! a column with a closed list of values is looked at once, value by value; only prices and quantities are multiplied row by row.

mod rules;
mod values;

use std::ops::AddAssign;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{Decimal128Type, TimestampMicrosecondType, i256};

use farthing_types::Amount;
use serde::{Deserialize, Serialize};

use self::rules::{Demand, RULES, Rule, When};
use self::values::{CHARGE_CATEGORIES, SERVICE_SUBCATEGORIES};
use crate::charges::RowNumbers;
use crate::column::column;
use crate::finding::{self, Findings};
use crate::{Dataset, Header, Severity, Version};

/// The rules that a file can be held against: those of its release about columns that it has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conformance {
    rules: Vec<Bound>,
}

/// How many rows were held against the rules, and how many of them broke any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conformity {
    /// Rows held against the rules: none where a mapping made them, since their provider promised no FOCUS.
    pub held: u64,
    /// Rows that break a rule which must hold.
    pub broke_must: u64,
    /// Rows that break a rule which should hold, and none that must.
    pub broke_should: u64,
}

impl AddAssign for Conformity {
    fn add_assign(&mut self, other: Self) {
        self.held += other.held;
        self.broke_must += other.broke_must;
        self.broke_should += other.broke_should;
    }
}

/// True for the id of a rule of FOCUS, in whichever release.
pub fn is_conformance_rule(id: &str) -> bool {
    Version::ALL.iter().any(|version| RULES.iter().any(|rule| rule.id_in(*version) == id))
}

#[derive(Clone, Copy, Debug)]
struct Bound {
    rule: &'static Rule,
    finding: finding::Rule,
    column: usize,
    /// The other column that the rule reads, where it reads one.
    other: usize,
}

impl Conformance {
    /// For charges in FOCUS. Other datasets are held against nothing, nor is what a mapping made: its provider promised no FOCUS.
    pub fn new(header: &Header) -> Self {
        if header.dataset() != Dataset::CostAndUsage || header.mapping().is_some() {
            return Self::default();
        }
        let has = |name: &str| column(name).map(|(at, _)| at).filter(|at| header.targets.iter().any(|target| target.at == *at));
        let bound = |rule: &'static Rule| {
            let column = has(rule.column)?;
            let other = match rule.demand.reads() {
                Some(name) => has(name)?,
                None => column,
            };
            let version = header.version();
            let name = rule.id_in(version);
            let finding = finding::Rule { name, severity: rule.severity, message: rule.message };
            (rule.since <= version).then_some(Bound { rule, finding, column, other })
        };
        Self { rules: RULES.iter().filter_map(bound).collect() }
    }

    /// Holds the rows that are kept against the rules, notes what they break, and counts the rows that break any.
    pub fn check(&self, columns: &[ArrayRef], kept: &[bool], numbers: &RowNumbers, findings: &mut Findings) -> Conformity {
        let rows = kept.len();
        if self.rules.is_empty() || rows == 0 {
            return Conformity::default();
        }
        let (mut must, mut should) = (BooleanBuffer::new_unset(rows), BooleanBuffer::new_unset(rows));
        let batch = Batch::new(columns, rows);
        let kept = BooleanBuffer::collect_bool(rows, |row| kept[row]);
        for bound in &self.rules {
            let broken = &batch.broken(bound) & &kept;
            let count = broken.count_set_bits();
            if count == 0 {
                continue;
            }
            for (nth, row) in broken.set_indices().take(finding::ROWS_KEPT).enumerate() {
                // The first brings the count of all; its value is the one that is shown.
                let others = if nth == 0 { count as u64 } else { 0 };
                let value = value_of(&columns[bound.column], row);
                findings.add_many(bound.finding, bound.rule.column, numbers.of(row), value.as_bytes(), others);
            }
            match bound.rule.severity {
                Severity::Error => must = &must | &broken,
                _ => should = &should | &broken,
            }
        }
        let count = |rows: &BooleanBuffer| rows.count_set_bits() as u64;
        Conformity { held: count(&kept), broke_must: count(&must), broke_should: count(&(&should & &!&must)) }
    }
}

impl Demand {
    /// The column that the rule reads beside its own; the charge's category and class are always there to be read.
    fn reads(self) -> Option<&'static str> {
        match self {
            Self::ProductOf(name) | Self::After(name) => Some(name),
            Self::NoneWhen(when) | Self::ValueWhen(when) | Self::NotWhen(_, when) => match when {
                When::Null(name) | When::Present(name) | When::UsageWith(name) => Some(name),
                _ => Some("ChargeCategory"),
            },
            Self::Subcategory => Some("ServiceCategory"),
            _ => None,
        }
    }
}

/// Some rows, with what several rules ask of them.
struct Batch<'a> {
    columns: &'a [ArrayRef],
    rows: usize,
    categories: Vec<u8>,
    is_correction: BooleanBuffer,
}

/// A place in a list of values, counted from 1.
const NO_VALUE: u8 = 0;
const UNKNOWN: u8 = u8::MAX;

impl<'a> Batch<'a> {
    fn new(columns: &'a [ArrayRef], rows: usize) -> Self {
        let at = |name: &str| column(name).expect("a FOCUS column").0;
        let categories = places(columns[at("ChargeCategory")].as_string(), CHARGE_CATEGORIES);
        // Whatever a class is called, a row that has one is no ordinary charge.
        let is_correction = valid(&columns[at("ChargeClass")]);
        Self { columns, rows, categories, is_correction }
    }

    fn category(&self, name: &str) -> BooleanBuffer {
        let place = CHARGE_CATEGORIES.iter().position(|known| *known == name).map_or(UNKNOWN, |at| at as u8 + 1);
        BooleanBuffer::collect_bool(self.rows, |row| self.categories[row] == place)
    }

    fn broken(&self, bound: &Bound) -> BooleanBuffer {
        let (own, other) = (&self.columns[bound.column], &self.columns[bound.other]);
        let has_value = valid(own);
        match bound.rule.demand {
            Demand::Value => !&has_value,
            // Most of these columns are empty in most files, and then there is nothing to look at.
            _ if own.null_count() == self.rows && !matches!(bound.rule.demand, Demand::ValueWhen(_)) => {
                BooleanBuffer::new_unset(self.rows)
            }
            Demand::NoneWhen(when) => &has_value & &self.when(when, other),
            Demand::ValueWhen(when) => &!&has_value & &self.when(when, other),
            Demand::OneOf(known) => {
                let places = places(own.as_string(), known);
                BooleanBuffer::collect_bool(self.rows, |row| places[row] == UNKNOWN)
            }
            Demand::NotWhen(value, when) => {
                let values = own.as_string::<i32>();
                let is_it = BooleanBuffer::collect_bool(self.rows, |row| values.is_valid(row) && values.value(row) == value);
                &is_it & &self.when(when, other)
            }
            Demand::Subcategory => subcategories(own.as_string(), other.as_string()),
            Demand::Object => {
                let values = own.as_string::<i32>();
                let is_object = |text: &str| text.trim_start().starts_with('{') && text.trim_end().ends_with('}');
                BooleanBuffer::collect_bool(self.rows, |row| values.is_valid(row) && !is_object(values.value(row)))
            }
            Demand::NotNegative => {
                let values = own.as_primitive::<Decimal128Type>();
                BooleanBuffer::collect_bool(self.rows, |row| values.is_valid(row) && values.value(row) < 0)
            }
            Demand::After(_) => {
                let (ends, starts) = (own.as_primitive::<TimestampMicrosecondType>(), other.as_primitive());
                not_after(ends, starts)
            }
            Demand::ProductOf(_) => &self.not_the_product(own.as_primitive(), other.as_primitive()) & &!&self.is_correction,
        }
    }

    fn when(&self, when: When, other: &ArrayRef) -> BooleanBuffer {
        match when {
            When::Null(_) => !&valid(other),
            When::Present(_) => valid(other),
            When::UsageWith(_) => &valid(other) & &self.category("Usage"),
            When::Tax => self.category("Tax"),
            When::Purchase => self.category("Purchase"),
            When::UsageOrPurchase => &(&self.category("Usage") | &self.category("Purchase")) & &!&self.is_correction,
            When::NotConsumed => {
                let status = self.columns[column("CommitmentDiscountStatus").expect("a FOCUS column").0].as_string::<i32>();
                let unused = BooleanBuffer::collect_bool(self.rows, |row| status.is_valid(row) && status.value(row) == "Unused");
                let known = BooleanBuffer::collect_bool(self.rows, |row| self.categories[row] != NO_VALUE);
                &(&unused | &!&self.category("Usage")) & &known
            }
        }
    }

    fn not_the_product(&self, costs: &PrimitiveArray<Decimal128Type>, prices: &PrimitiveArray<Decimal128Type>) -> BooleanBuffer {
        let quantities = self.columns[column("PricingQuantity").expect("a FOCUS column").0].as_primitive::<Decimal128Type>();
        BooleanBuffer::collect_bool(self.rows, |row| {
            let all = costs.is_valid(row) && prices.is_valid(row) && quantities.is_valid(row);
            all && !is_product(costs.value(row), prices.value(row), quantities.value(row))
        })
    }
}

const ONE: i128 = 1_000_000_000_000_000_000;

/// All in units of 1e-18; exact, in 256 bits.
fn is_product(cost: i128, price: i128, quantity: i128) -> bool {
    let wide = i256::from_i128;
    let (Some(product), Some(cost_wide)) = (wide(price).checked_mul(wide(quantity)), wide(cost).checked_mul(wide(ONE))) else {
        return false;
    };
    let Some(difference) = product.checked_sub(cost_wide) else { return false };
    let largest = wide(cost.saturating_abs().max(ONE)).checked_mul(wide(1_000_000_000));
    let difference = if difference.is_negative() { difference.wrapping_neg() } else { difference };
    largest.is_some_and(|largest| difference <= largest)
}

fn valid(array: &ArrayRef) -> BooleanBuffer {
    array.nulls().map_or_else(|| BooleanBuffer::new_set(array.len()), |nulls| nulls.inner().clone())
}

fn not_after(
    ends: &PrimitiveArray<TimestampMicrosecondType>,
    starts: &PrimitiveArray<TimestampMicrosecondType>,
) -> BooleanBuffer {
    let both = |row: usize| ends.is_valid(row) && starts.is_valid(row);
    BooleanBuffer::collect_bool(ends.len(), |row| both(row) && ends.value(row) <= starts.value(row))
}

/// For each row its place in `known`, which is in the order of the alphabet.
fn places(values: &StringArray, known: &[&str]) -> Vec<u8> {
    if values.null_count() == values.len() {
        return vec![NO_VALUE; values.len()];
    }
    let mut last = ("", UNKNOWN);
    let place = |row: usize| {
        if values.is_null(row) {
            return NO_VALUE;
        }
        let value = values.value(row);
        if value != last.0 || value.is_empty() {
            last = (value, known.binary_search(&value).map_or(UNKNOWN, |at| at as u8 + 1));
        }
        last.1
    };
    (0..values.len()).map(place).collect()
}

/// Rows whose subcategory is none of their category.
fn subcategories(values: &StringArray, categories: &StringArray) -> BooleanBuffer {
    let mut last = ("", "", false);
    BooleanBuffer::collect_bool(values.len(), |row| {
        if values.is_null(row) {
            return false;
        }
        let (value, category) = (values.value(row), if categories.is_null(row) { "" } else { categories.value(row) });
        if value != last.0 || category != last.1 {
            last = (value, category, !is_subcategory(value, category));
        }
        last.2
    })
}

fn is_subcategory(value: &str, category: &str) -> bool {
    let other = || value.strip_prefix("Other (").and_then(|rest| rest.strip_suffix(')')) == Some(category);
    let listed = SERVICE_SUBCATEGORIES.binary_search_by_key(&value, |(name, _)| name);
    listed.map_or_else(|_| other(), |at| SERVICE_SUBCATEGORIES[at].1 == category)
}

fn value_of(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return String::new();
    }
    match array.as_primitive_opt::<Decimal128Type>() {
        Some(decimals) => Amount::from_atto(decimals.value(row)).map(|amount| amount.to_string()).unwrap_or_default(),
        None => arrow::util::display::array_value_to_string(array, row).unwrap_or_default(),
    }
}

/// Every rule's first release, and its ids in the models of 1.2 and of 1.3.
#[cfg(test)]
fn rule_ids() -> Vec<(crate::Version, &'static str, &'static str)> {
    let ids = |rule: &Rule| (rule.since, rule.id_in(crate::Version::V1_2), rule.id_in(crate::Version::V1_3));
    RULES.iter().map(ids).collect()
}

#[cfg(test)]
mod tests;
