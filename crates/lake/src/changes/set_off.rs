//! Hashed rows on disk, in parts that fit in memory, and what two sides of them have in common.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use parquet::arrow::arrow_reader::RowSelection;
use rayon::slice::ParallelSliceMut;

use super::Side;
use crate::LakeError;

/// Rows that are looked at together: 32 bytes each.
const ROWS_OF_A_PART: u64 = 2_000_000;
/// More files than this are not held open; a part is then larger.
const MOST_PARTS: u64 = 256;
const RECORD: usize = 32;
/// The bit of a place that says the side.
const IS_AFTER: u64 = 1 << 63;

/// A row: the hash of what matters about it, that of the rest, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hashed {
    matters: u128,
    others: u64,
    place: u64,
}

impl Hashed {
    pub fn new(side: Side, row: u64, matters: u128, others: u128) -> Self {
        let place = if side == Side::After { row | IS_AFTER } else { row };
        Self { matters, others: (others ^ (others >> 64)) as u64, place }
    }

    fn is_after(&self) -> bool {
        self.place & IS_AFTER != 0
    }

    fn to_bytes(self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..16].copy_from_slice(&self.matters.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.others.to_le_bytes());
        bytes[24..].copy_from_slice(&self.place.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; RECORD]) -> Self {
        let half = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
        let matters = u128::from(half(0)) | u128::from(half(8)) << 64;
        Self { matters, others: half(16), place: half(24) }
    }
}

/// The rows of both sides, apart by what matters about them.
pub(super) struct HashedRows {
    parts: Vec<(Utf8PathBuf, Mutex<BufWriter<File>>)>,
}

/// How many rows both sides have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SetOff {
    pub unchanged: u64,
    pub details: u64,
}

impl HashedRows {
    pub fn new(scratch: &Utf8Path, rows: u64) -> Result<Self, LakeError> {
        let part = |at| {
            let path = scratch.join(format!("rows-{at:03}.hashes"));
            let file = File::create_new(&path).map_err(LakeError::io(&path))?;
            Ok((path, Mutex::new(BufWriter::with_capacity(1 << 16, file))))
        };
        let parts = rows.div_ceil(ROWS_OF_A_PART).clamp(1, MOST_PARTS);
        Ok(Self { parts: (0..parts).map(part).collect::<Result<_, LakeError>>()? })
    }

    /// Lays rows down; from several threads at a time.
    pub fn push(&self, rows: impl Iterator<Item = Hashed>) -> Result<(), LakeError> {
        let mut of_part = vec![Vec::new(); self.parts.len()];
        for row in rows {
            of_part[(row.matters >> 64) as usize % self.parts.len()].extend_from_slice(&row.to_bytes());
        }
        for ((path, out), bytes) in self.parts.iter().zip(of_part) {
            let mut out = out.lock().expect("nobody panics while writing");
            out.write_all(&bytes).map_err(LakeError::io(path))?;
        }
        Ok(())
    }

    /// Sets off what both sides have, and marks the rows that are left.
    pub fn set_off(self, masks: &mut [RowMask; 2]) -> Result<SetOff, LakeError> {
        let mut all = SetOff::default();
        for (path, out) in self.parts {
            let file = out.into_inner().expect("nobody panics while writing").into_inner();
            drop(file.map_err(|error| LakeError::io(&path)(error.into_error()))?);
            let mut rows = read(&path).map_err(LakeError::io(&path))?;
            std::fs::remove_file(&path).map_err(LakeError::io(&path))?;
            rows.par_sort_unstable();
            for same in rows.chunk_by(|a, b| a.matters == b.matters) {
                let found = set_off(same, masks);
                (all.unchanged, all.details) = (all.unchanged + found.unchanged, all.details + found.details);
            }
        }
        Ok(all)
    }
}

fn read(path: &Utf8Path) -> std::io::Result<Vec<Hashed>> {
    let file = File::open(path)?;
    let count = file.metadata()?.len() as usize / RECORD;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut bytes = [0; RECORD];
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        reader.read_exact(&mut bytes)?;
        rows.push(Hashed::from_bytes(&bytes));
    }
    Ok(rows)
}

/// Sets off rows that are the same in what matters: first those that are the same in all, then the others; as many of one side as
/// it has more are marked.
fn set_off(same: &[Hashed], masks: &mut [RowMask; 2]) -> SetOff {
    let after = same.iter().filter(|row| row.is_after()).count();
    let before = same.len() - after;
    let both = before.min(after) as u64;
    let equal = |rows: &[Hashed]| {
        let after = rows.iter().filter(|row| row.is_after()).count();
        after.min(rows.len() - after) as u64
    };
    let unchanged = same.chunk_by(|a, b| a.others == b.others).map(equal).sum();
    let (more, of_after) = (before.abs_diff(after), after > before);
    for row in same.iter().filter(|row| row.is_after() == of_after).take(more) {
        masks[usize::from(of_after)].mark(row.place & !IS_AFTER);
    }
    SetOff { unchanged, details: both - unchanged }
}

/// A bit a row.
pub(super) struct RowMask(Vec<u64>);

impl RowMask {
    pub fn new(rows: u64) -> Self {
        Self(vec![0; rows.div_ceil(64) as usize])
    }

    fn mark(&mut self, row: u64) {
        self.0[(row / 64) as usize] |= 1 << (row % 64);
    }

    pub fn ones(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The marked rows among `count` from `first` on; `None` where there are none.
    pub fn selection(&self, first: u64, count: u64) -> Option<RowSelection> {
        let is_marked = |row: u64| self.0[(row / 64) as usize] >> (row % 64) & 1 == 1;
        let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
        let mut row = first;
        while row < first + count {
            if row.is_multiple_of(64) && self.0[(row / 64) as usize] == 0 {
                row += 64;
                continue;
            }
            if is_marked(row) {
                let at = (row - first) as usize;
                match ranges.last_mut().filter(|range| range.end == at) {
                    Some(range) => range.end += 1,
                    None => ranges.push(at..at + 1),
                }
            }
            row += 1;
        }
        (!ranges.is_empty()).then(|| RowSelection::from_consecutive_ranges(ranges.into_iter(), count as usize))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_left_turns_the_one_side_into_the_other(
            sides in prop::array::uniform2(prop::collection::vec((0_u8..5, 0_u8..3), 0..30))
        ) {
            let folder = tempfile::tempdir().unwrap();
            let scratch = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
            let hashed = HashedRows::new(&scratch, 0).unwrap();
            for (side, rows) in Side::BOTH.into_iter().zip(&sides) {
                let rows = (0..).zip(rows).map(|(at, (matters, others))| Hashed::new(side, at, (*matters).into(), (*others).into()));
                hashed.push(rows).unwrap();
            }
            let mut masks = [0, 1].map(|side: usize| RowMask::new(sides[side].len() as u64));
            let found = hashed.set_off(&mut masks).unwrap();
            let marked = |side: usize, kind: u8| {
                let rows = sides[side].iter().enumerate();
                rows.filter(|(at, row)| row.0 == kind && masks[side].0[at / 64] >> (at % 64) & 1 == 1).count()
            };
            let count = |side: usize, wanted: &dyn Fn(&(u8, u8)) -> bool| sides[side].iter().filter(|row| wanted(row)).count();
            let (mut both, mut same) = (0, 0);
            for kind in 0..5 {
                let of_kind = |row: &(u8, u8)| row.0 == kind;
                prop_assert_eq!(count(0, &of_kind) + marked(1, kind), count(1, &of_kind) + marked(0, kind));
                prop_assert!(marked(0, kind) == 0 || marked(1, kind) == 0);
                both += count(0, &of_kind).min(count(1, &of_kind));
                for others in 0..3 {
                    let is_same = |row: &(u8, u8)| *row == (kind, others);
                    same += count(0, &is_same).min(count(1, &is_same));
                }
            }
            prop_assert_eq!((found.unchanged + found.details, found.unchanged), (both as u64, same as u64));
        }

        #[test]
        fn the_marked_rows_are_selected(marked in prop::collection::btree_set(0_u64..300, 0..60), first in 0_u64..100) {
            let mut mask = RowMask::new(300);
            marked.iter().for_each(|row| mask.mark(*row));
            let selected = mask.selection(first, 200).map_or(Vec::new(), |selection| {
                let (mut row, mut rows) = (first, Vec::new());
                for selector in selection.iter() {
                    let after = row + selector.row_count as u64;
                    rows.extend((row..after).filter(|_| !selector.skip));
                    row = after;
                }
                rows
            });
            prop_assert_eq!(selected, marked.range(first..first + 200).copied().collect::<Vec<_>>());
            prop_assert_eq!(mask.ones(), marked.len() as u64);
        }
    }

    #[test]
    fn a_row_comes_back_from_disk_as_it_went() {
        let row = Hashed::new(Side::After, 77, u128::MAX - 5, 1 << 64);
        assert_eq!(Hashed::from_bytes(&row.to_bytes()), row);
        assert!(row.is_after() && row.others == 1);
    }
}
