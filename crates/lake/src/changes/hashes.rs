//! Hashes of rows, a column at a time: a row's hash is the sum of the hashes of its values, each in its column. They live as long
//! as one comparison, and unlike [`row_hashes`](crate::row_hashes) they differ from run to run: nobody can make rows in advance
//! that are taken for each other.

use std::hash::{BuildHasher, Hasher, RandomState};

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, TimeUnit, TimestampMicrosecondType};
use siphasher::sip128::SipHasher13;

use crate::LakeError;

/// The hashes of some rows over two sets of columns.
pub(super) struct RowSums {
    pub matters: Vec<u128>,
    pub others: Vec<u128>,
}

impl RowSums {
    pub fn new(rows: usize) -> Self {
        Self { matters: vec![0; rows], others: vec![0; rows] }
    }

    pub fn iter(&self) -> impl Iterator<Item = (u128, u128)> {
        self.matters.iter().copied().zip(self.others.iter().copied())
    }
}

/// Two keys that nobody knows.
pub(super) struct RowHasher {
    keys: (u64, u64),
}

impl RowHasher {
    pub fn new() -> Self {
        let key = || RandomState::new().build_hasher().finish();
        Self { keys: (key(), key()) }
    }

    /// Adds the hashes of a column's values to those of the rows. An empty value adds nothing.
    pub fn add(&self, name: &str, array: &ArrayRef, sums: &mut [u128]) -> Result<(), LakeError> {
        if array.null_count() == array.len() {
            return Ok(());
        }
        let column = self.column(name);
        match array.data_type() {
            DataType::Dictionary(..) => {
                let by_key = array.as_dictionary::<Int32Type>();
                let hashes: Vec<u128> = texts(by_key.values().as_string::<i32>()).map(|text| column.text(text)).collect();
                add(sums, array, by_key.keys().values().iter().map(|key| hashes.get(*key as usize).copied().unwrap_or_default()));
            }
            DataType::Utf8 => add(sums, array, texts(array.as_string::<i32>()).map(|text| column.text(text))),
            DataType::Decimal128(..) => {
                add(sums, array, array.as_primitive::<Decimal128Type>().values().iter().map(|value| column.number(*value)));
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let moments = array.as_primitive::<TimestampMicrosecondType>();
                add(sums, array, moments.values().iter().map(|value| column.number(i128::from(*value))));
            }
            _ => return self.add(name, &cast(array, &DataType::Utf8)?, sums),
        }
        Ok(())
    }

    fn column(&self, name: &str) -> Column {
        let hasher = SipHasher13::new_with_keys(self.keys.0, self.keys.1);
        let key = hasher.hash(name.as_bytes());
        Column { hasher: SipHasher13::new_with_keys(key.h1, key.h2), key: key.as_u128() }
    }
}

fn texts(values: &StringArray) -> impl Iterator<Item = &[u8]> {
    (0..values.len()).map(|at| values.value(at).as_bytes())
}

fn add(sums: &mut [u128], array: &ArrayRef, hashes: impl Iterator<Item = u128>) {
    match array.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
        None => sums.iter_mut().zip(hashes).for_each(|(sum, hash)| *sum = sum.wrapping_add(hash)),
        Some(nulls) => {
            for ((sum, hash), is_valid) in sums.iter_mut().zip(hashes).zip(nulls.iter()) {
                if is_valid {
                    *sum = sum.wrapping_add(hash);
                }
            }
        }
    }
}

struct Column {
    hasher: SipHasher13,
    key: u128,
}

impl Column {
    fn text(&self, text: &[u8]) -> u128 {
        self.hasher.hash(text).as_u128()
    }

    /// Different for different numbers: each step can be undone.
    fn number(&self, value: i128) -> u128 {
        let mixed = (value as u128 ^ self.key).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mixed = (mixed ^ (mixed >> 67)).wrapping_mul(0xda94_2042_e4dd_58b5_2545_f491_4f6c_dd1d);
        mixed ^ (mixed >> 61)
    }
}
