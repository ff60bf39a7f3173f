//! What a charge is, as a number: the same row has the same hash in whichever file, order, packing or format it comes.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, TimeUnit, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use siphasher::sip128::SipHasher13;

use crate::{LakeError, Totals};

/// The hashes of rows, over those of their columns that are `wanted`, by name.
///
/// A row's hash is the SipHash-1-3 of its values, each behind the hash of its column's name and its length, in the order of the
/// names. Empty values are left out. So neither the order of columns nor columns without any value matter, nor how text is
/// stored. Two different rows have the same hash with a chance of 2⁻¹²⁸. Stored digests rest on it: it never changes.
///
/// # Errors
/// When a column's type has no text.
pub fn row_hashes(rows: &RecordBatch, wanted: impl Fn(&str) -> bool) -> Result<Vec<u128>, LakeError> {
    let schema = rows.schema();
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    for (field, array) in schema.fields().iter().zip(rows.columns()) {
        if wanted(field.name()) && array.null_count() < array.len() {
            columns.push((field.name(), plain(array)?));
        }
    }
    columns.sort_unstable_by_key(|(name, _)| *name);
    let tag = |name: &str| SipHasher13::new().hash(name.as_bytes()).h1.to_le_bytes();
    let columns: Vec<([u8; 8], Values<'_>)> = columns.iter().map(|(name, array)| (tag(name), Values::of(array))).collect();
    let mut row_bytes = Vec::with_capacity(1024);
    let hash = |row| {
        row_bytes.clear();
        for (tag, values) in &columns {
            values.add(tag, row, &mut row_bytes);
        }
        SipHasher13::new().hash(&row_bytes).as_u128()
    };
    Ok((0..rows.num_rows()).map(hash).collect())
}

/// A column as text, decimals or microseconds.
fn plain(array: &ArrayRef) -> Result<ArrayRef, LakeError> {
    Ok(match array.data_type() {
        DataType::Utf8 | DataType::Decimal128(..) => array.clone(),
        DataType::Timestamp(..) => cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?,
        _ => cast(array, &DataType::Utf8)?,
    })
}

enum Values<'a> {
    Text(&'a arrow::array::StringArray),
    Decimals(&'a arrow::array::Decimal128Array),
    Moments(&'a arrow::array::TimestampMicrosecondArray),
}

impl<'a> Values<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        match array.data_type() {
            DataType::Decimal128(..) => Self::Decimals(array.as_primitive::<Decimal128Type>()),
            DataType::Timestamp(..) => Self::Moments(array.as_primitive::<TimestampMicrosecondType>()),
            _ => Self::Text(array.as_string()),
        }
    }

    fn add(&self, tag: &[u8], row: usize, bytes: &mut Vec<u8>) {
        match self {
            Self::Text(values) if values.is_valid(row) => tagged(tag, values.value(row).as_bytes(), bytes),
            Self::Decimals(values) if values.is_valid(row) => tagged(tag, &values.value(row).to_le_bytes(), bytes),
            Self::Moments(values) if values.is_valid(row) => tagged(tag, &values.value(row).to_le_bytes(), bytes),
            _ => {}
        }
    }
}

fn tagged(tag: &[u8], value: &[u8], bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(tag);
    bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    bytes.extend_from_slice(value);
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

    use arrow::array::{Decimal128Array, DictionaryArray, StringArray};
    use arrow::datatypes::Int32Type;
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
