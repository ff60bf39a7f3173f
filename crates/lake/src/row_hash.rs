//! What a charge is, as a number: the same row has the same hash in whichever file, order, packing or format it comes.

use std::hash::{BuildHasher, Hasher, RandomState};

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, TimeUnit, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use siphasher::sip128::SipHasher13;

use crate::{LakeError, Totals};

/// The hashes of rows, over those of their columns that are `wanted`, by name.
///
/// A row's hash is the SipHash-1-3 of the sum of its values' hashes, each in its column. Empty values add nothing. So neither the
/// order of columns nor columns without any value matter, nor how text is stored. Two different rows have the same hash with a
/// chance of 2⁻¹²⁸; whoever writes a bill could make two that have, to no other end than to bill one of them. Stored digests rest on it.
///
/// # Errors
/// When a column's type has no text.
pub fn row_hashes(rows: &RecordBatch, wanted: impl Fn(&str) -> bool) -> Result<Vec<u128>, LakeError> {
    let mut sums = vec![0; rows.num_rows()];
    RowHasher::lasting().add_columns(rows, &mut sums, wanted)?;
    let whole = SipHasher13::new();
    Ok(sums.into_iter().map(|sum| whole.hash(&sum.to_le_bytes()).as_u128()).collect())
}

/// Hashes values, a column at a time; a row's are added up.
pub(crate) struct RowHasher {
    keys: (u64, u64),
}

impl RowHasher {
    /// One that is the same today and tomorrow.
    fn lasting() -> Self {
        Self { keys: (0, 0) }
    }

    /// One with keys that nobody knows: nobody can make rows in advance that are taken for each other.
    pub fn of_this_run() -> Self {
        let key = || RandomState::new().build_hasher().finish();
        Self { keys: (key(), key()) }
    }

    /// Adds the hashes of the values in the columns that are wanted, by name, to those of the rows.
    pub fn add_columns(&self, rows: &RecordBatch, sums: &mut [u128], wanted: impl Fn(&str) -> bool) -> Result<(), LakeError> {
        let schema = rows.schema();
        let columns = schema.fields().iter().zip(rows.columns());
        columns.filter(|(field, _)| wanted(field.name())).try_for_each(|(field, array)| self.add(field.name(), array, sums))
    }

    /// Adds the hashes of a column's values to those of the rows. An empty value adds nothing.
    fn add(&self, name: &str, array: &ArrayRef, sums: &mut [u128]) -> Result<(), LakeError> {
        if array.null_count() == array.len() {
            return Ok(());
        }
        let column = self.column(name);
        match array.data_type() {
            DataType::Dictionary(key, value) if (&**key, &**value) == (&DataType::Int32, &DataType::Utf8) => {
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
            DataType::Timestamp(..) => {
                return self.add(name, &cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?, sums);
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

/// The digest of a set of rows that counts repetitions and knows no order: the sums of their hashes and of
/// the squares of these, modulo 2¹²⁸.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsDigest([u128; 2]);

impl RowsDigest {
    /// Adds rows.
    pub fn add(&mut self, hashes: &[u128]) {
        for hash in hashes {
            self.0[0] = self.0[0].wrapping_add(*hash);
            self.0[1] = self.0[1].wrapping_add(hash.wrapping_mul(*hash));
        }
    }

    /// Adds what rounding left out of the rows' sums: rows that differ beyond 1e-18 are not the same.
    pub(crate) fn add_residues(&mut self, totals: &Totals) {
        for (currency, totals) in totals.0.iter().filter(|(_, totals)| totals.residues != [0; 4]) {
            let fact = format!("{currency} {:?}", totals.residues);
            self.add(&[SipHasher13::new().hash(fact.as_bytes()).as_u128()]);
        }
    }

    /// 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        format!("{:032x}{:032x}", self.0[0], self.0[1])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, DictionaryArray};
    use proptest::prelude::*;

    use super::*;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
    }

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    fn hashes(rows: &RecordBatch) -> Vec<u128> {
        row_hashes(rows, |_| true).unwrap()
    }

    #[test]
    fn columns_have_no_order_and_empty_ones_do_not_count() {
        let (a, b) = (texts(&[Some("x"), None, Some("y")]), texts(&[Some("1"), Some("1"), None]));
        let one = hashes(&batch(vec![("A", a.clone()), ("B", b.clone())]));
        let other = hashes(&batch(vec![("B", b.clone()), ("C", texts(&[None; 3])), ("A", a.clone())]));
        assert_eq!(one, other);
        let swapped = hashes(&batch(vec![("A", b), ("B", a)]));
        assert!(one.iter().zip(&swapped).all(|(one, swapped)| one != swapped), "a value means something in its column");
        assert_eq!(one.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn text_by_dictionary_is_the_same_text() {
        let values = [Some("x"), Some("x"), None, Some("y"), Some("x")];
        let dictionary: DictionaryArray<Int32Type> = values.into_iter().collect();
        assert_eq!(hashes(&batch(vec![("A", Arc::new(dictionary))])), hashes(&batch(vec![("A", texts(&values))])));
    }

    #[test]
    fn a_repetition_counts_and_zero_is_not_empty() {
        let rows = |values: Vec<Option<i128>>| batch(vec![("A", Arc::new(Decimal128Array::from(values)) as ArrayRef)]);
        let digest = |values| {
            let mut digest = RowsDigest::default();
            digest.add(&hashes(&rows(values)));
            digest.to_hex()
        };
        assert_ne!(digest(vec![Some(5)]), digest(vec![Some(5), Some(5)]));
        assert_ne!(digest(vec![Some(0)]), digest(vec![None]));
        assert_eq!(digest(vec![Some(5), Some(7)]), digest(vec![Some(7), Some(5)]));
    }

    proptest! {
        #[test]
        fn the_digest_of_parts_is_that_of_the_whole(values in prop::collection::vec(any::<i128>(), 0..50), cut in 0_usize..50) {
            let mut whole = RowsDigest::default();
            whole.add(&values.iter().map(|v| *v as u128).collect::<Vec<_>>());
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut parts = RowsDigest::default();
            for part in [right, left] {
                parts.add(&part.iter().map(|v| *v as u128).collect::<Vec<_>>());
            }
            prop_assert_eq!(whole, parts);
        }
    }
}
