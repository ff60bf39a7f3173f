//! Key × day × currency: the money that rules move, far fewer rows than charges.

use std::hash::BuildHasher;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate};
use farthing_focus::KEY_COLUMNS;
use farthing_types::{BillingPeriod, Cost, Currency, FourCosts};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::by_dictionary::coded;
use crate::totals::{CurrencyTotals, Running, four_costs};
use crate::{LakeError, Totals};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The quantity that is added up beside the costs. It means something where charges have one pricing unit, which is a key.
pub(crate) const QUANTITY: &str = "PricingQuantity";

/// The columns that [`roll_up`] reads.
pub(crate) fn columns_read() -> impl Iterator<Item = &'static str> {
    KEY_COLUMNS.into_iter().chain(Cost::ALL.map(Cost::column)).chain(["BillingCurrency", "ChargePeriodStart", QUANTITY])
}

/// A day as cells have it: days since 1970.
pub(crate) fn day_number(day: NaiveDate) -> i32 {
    i32::try_from(day.signed_duration_since(DateTime::UNIX_EPOCH.date_naive()).num_days()).expect("a day fits 32 bits")
}

/// A key's position, the day in days since 1970, and the currency.
pub(crate) type CellId = (u32, i32, Currency);

/// The roll-up of a part of a file, or of all its parts.
#[derive(Debug, Default)]
pub(crate) struct Rollup {
    /// Each distinct key once, in order of appearance, as [`encode_values`] writes it.
    pub keys: Vec<Box<[u8]>>,
    /// Positions of keys by their hash: each key is held once.
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    pub cells: HashMap<CellId, Cell>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    pub costs: FourCosts,
    pub charges: u64,
    /// The sum of [`QUANTITY`], in units of 1e-18; `None` where it does not fit, for which no import fails.
    pub quantity: Option<i128>,
}

impl Rollup {
    fn intern(&mut self, key: &[u8]) -> u32 {
        if let Some(id) = self.id_of(key) {
            return id;
        }
        let id = u32::try_from(self.keys.len()).expect("a revision has fewer than 2^32 distinct keys");
        self.keys.push(key.into());
        let Self { keys, index, hasher, .. } = self;
        index.insert_unique(hasher.hash_one(key), id, |id| hasher.hash_one(&*keys[*id as usize]));
        id
    }

    /// The position of a key, where some row has it.
    pub fn id_of(&self, key: &[u8]) -> Option<u32> {
        self.index.find(self.hasher.hash_one(key), |id| *self.keys[*id as usize] == *key).copied()
    }

    /// Adds a later part.
    pub fn add(&mut self, part: Rollup, period: BillingPeriod) -> Result<(), LakeError> {
        let ids: Vec<u32> = part.keys.iter().map(|key| self.intern(key)).collect();
        for ((key, day, currency), cell) in part.cells {
            let empty = Cell { quantity: Some(0), ..Cell::default() };
            let sum = self.cells.entry((ids[key as usize], day, currency)).or_insert(empty);
            sum.charges += cell.charges;
            sum.quantity = sum.quantity.zip(cell.quantity).and_then(|(sum, more)| sum.checked_add(more));
            for cost in Cost::ALL {
                let overflow = || LakeError::Overflow { column: cost.column(), period: period.to_string() };
                sum.costs[cost] = sum.costs[cost].checked_add(cell.costs[cost]).ok_or_else(overflow)?;
            }
        }
        Ok(())
    }

    /// The cells in order of key, day and currency.
    pub fn sorted(&self) -> Vec<(CellId, Cell)> {
        let mut cells: Vec<(CellId, Cell)> = self.cells.iter().map(|(id, cell)| (*id, *cell)).collect();
        cells.sort_unstable_by_key(|(id, _)| *id);
        cells
    }
}

/// Rolls up rows of one billing period, and sums them. Texts may lie by dictionary or not.
///
/// A charge without a start lies on the first day of its billing period.
pub(crate) fn roll_up(
    rows: &RecordBatch,
    period: BillingPeriod,
    residues: &[(usize, Cost, i128)],
) -> Result<(Rollup, Totals), LakeError> {
    let costs = Cost::ALL.map(|cost| of_name(rows, cost.column()).as_primitive::<Decimal128Type>());
    let currencies = coded(of_name(rows, "BillingCurrency"));
    let codes = currencies.values().as_string::<i32>();
    let starts = of_name(rows, "ChargePeriodStart").as_primitive::<TimestampMicrosecondType>();
    // A bill may have no quantities.
    let quantities = rows.column_by_name(QUANTITY).and_then(|column| column.as_primitive_opt::<Decimal128Type>());
    let first_day = period.start().timestamp_micros();

    let mut rollup = Rollup::default();
    let mut keys = KeyReader::new(rows);
    let mut cells: HashMap<CellId, ([i128; 4], u64, Option<i128>)> = HashMap::new();
    let mut running: Vec<(Currency, Running)> = Vec::new();
    let mut at = 0;
    for row in 0..rows.num_rows() {
        let amounts = costs.map(|column| if column.is_null(row) { 0 } else { column.value(row) });
        let code = codes.value(currencies.keys().value(row) as usize);
        if running.get(at).is_none_or(|(currency, _)| currency.as_str() != code) {
            at = position_of(&mut running, code);
        }
        running[at].1.add(amounts);
        let key = keys.id_of(row, &mut rollup);
        let start = if starts.is_null(row) { first_day } else { starts.value(row) };
        let day = i32::try_from(start.div_euclid(MICROS_PER_DAY)).expect("a moment's day fits 32 bits");
        let cell = cells.entry((key, day, running[at].0)).or_insert(([0; 4], 0, Some(0)));
        for (sum, amount) in cell.0.iter_mut().zip(amounts) {
            *sum += amount;
        }
        cell.1 += 1;
        let quantity = quantities.filter(|column| column.is_valid(row)).map_or(0, |column| column.value(row));
        cell.2 = cell.2.and_then(|sum| sum.checked_add(quantity));
    }
    for &(row, cost, rest) in residues {
        let at = position_of(&mut running, codes.value(currencies.keys().value(row) as usize));
        running[at].1.residues[cost as usize] += rest;
    }
    for (id, (attos, charges, quantity)) in cells {
        rollup.cells.insert(id, Cell { costs: four_costs(attos, period)?, charges, quantity });
    }
    let totals: Result<_, LakeError> =
        running.into_iter().map(|(c, r)| Ok((c, r.totals(period)?))).collect::<Result<Vec<(Currency, CurrencyTotals)>, _>>();
    Ok((rollup, Totals(totals?.into_iter().collect())))
}

fn position_of(running: &mut Vec<(Currency, Running)>, code: &str) -> usize {
    running.iter().position(|(currency, _)| currency.as_str() == code).unwrap_or_else(|| {
        let currency = code.parse().expect("rows without a currency were set aside when they were decoded");
        running.push((currency, Running::default()));
        running.len() - 1
    })
}

fn of_name<'a>(rows: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    rows.column_by_name(name).expect("every file of charges has the costs, their currency and their start")
}

/// Finds the key of a row. Rows are told apart by the places of their values in the columns' dictionaries; only what is new is
/// read as text.
struct KeyReader {
    /// A key column with values, by its place among the key columns.
    columns: Vec<(u8, DictionaryArray<Int32Type>)>,
    /// Places that were seen before.
    known: HashMap<Box<[i32]>, u32>,
    /// The places of the row before, and its key.
    last: Option<(Vec<i32>, u32)>,
    places: Vec<i32>,
    key: Vec<u8>,
}

impl KeyReader {
    fn new(rows: &RecordBatch) -> Self {
        // A file that was written before a column became a key has no value there.
        let columns = KEY_COLUMNS.iter().enumerate().filter_map(|(at, name)| Some((at as u8, rows.column_by_name(name)?)));
        let columns = columns.filter(|(_, array)| array.null_count() < array.len()).map(|(at, array)| (at, coded(array)));
        Self { columns: columns.collect(), known: HashMap::new(), last: None, places: Vec::new(), key: Vec::with_capacity(1024) }
    }

    fn id_of(&mut self, row: usize, rollup: &mut Rollup) -> u32 {
        self.places.clear();
        self.places.extend(self.columns.iter().map(|(_, values)| values.key(row).map_or(-1, |place| place as i32)));
        if let Some((_, id)) = self.last.as_ref().filter(|(places, _)| *places == self.places) {
            return *id;
        }
        let id = match self.known.get(self.places.as_slice()) {
            Some(id) => *id,
            None => {
                encode_places(&self.columns, &self.places, &mut self.key);
                let id = rollup.intern(&self.key);
                self.known.insert(self.places.as_slice().into(), id);
                id
            }
        };
        let before = self.last.take().map(|(places, _)| places).unwrap_or_default();
        self.last = Some((std::mem::replace(&mut self.places, before), id));
        id
    }
}

/// A key as bytes: for each column that has a value its place among the key columns, the value's length and the value.
fn encode_places(columns: &[(u8, DictionaryArray<Int32Type>)], places: &[i32], key: &mut Vec<u8>) {
    key.clear();
    for ((at, values), place) in columns.iter().zip(places) {
        if let Ok(place) = usize::try_from(*place) {
            push_value(key, *at, values.values().as_string::<i32>().value(place));
        }
    }
}

fn push_value(key: &mut Vec<u8>, at: u8, value: &str) {
    key.push(at);
    key.extend_from_slice(&(value.len() as u32).to_le_bytes());
    key.extend_from_slice(value.as_bytes());
}

/// Encodes the values of a key, in the order of [`KEY_COLUMNS`]: the inverse of [`decode_key`].
pub(crate) fn encode_values<'a>(values: impl Iterator<Item = Option<&'a str>>, key: &mut Vec<u8>) {
    key.clear();
    for (at, value) in values.enumerate() {
        if let Some(value) = value {
            push_value(key, at as u8, value);
        }
    }
}

/// The values of an encoded key, in the order of [`KEY_COLUMNS`].
pub(crate) fn decode_key(mut key: &[u8]) -> Vec<Option<&str>> {
    let mut values = vec![None; KEY_COLUMNS.len()];
    while let [at, a, b, c, d, rest @ ..] = key {
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let (value, rest) = rest.split_at(length);
        values[*at as usize] = Some(std::str::from_utf8(value).expect("keys are made of text"));
        key = rest;
    }
    values
}
