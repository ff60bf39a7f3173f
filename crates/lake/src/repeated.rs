//! Rows that several files of one import hold: an export of the first two days and one of the second and third, say.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::compute::{filter_record_batch, not};
use arrow::record_batch::RecordBatch;
use camino::{Utf8Path, Utf8PathBuf};
use farthing_focus::Charges;
use farthing_types::Cost;

use crate::charge_rows::as_charges;
use crate::disk::{Disk, DiskFile};
use crate::{LakeError, row_hashes};

/// Rows that are held in memory before they are laid down: a small import never is.
const MOST_HELD: usize = 1 << 18;
/// So many files rows are laid down in, apart by their hashes: of a thousand million rows one still fits in memory.
const PARTS: usize = 64;
/// Hash and file of a row.
const RECORD: usize = 20;
/// More different repeated rows than this are not two exports that overlap but the same one twice.
const MOST_REPEATED: usize = 10_000_000;

/// A file of records, and how many it has.
type Records = (Utf8PathBuf, BufWriter<Box<dyn DiskFile>>, u64);

/// The hashes of the rows written so far, with the file of the import that each came from: in memory while they are few, then on disk.
#[derive(Debug)]
pub(crate) struct HashSpool {
    path: Utf8PathBuf,
    disk: Arc<dyn Disk>,
    held: Vec<(u128, u32)>,
    /// What was laid down, apart by the first bits of the hashes; empty as long as all is held.
    parts: Vec<Records>,
    /// The first file with rows, and whether there was another.
    files: Option<(u32, bool)>,
    /// What rounding left out: hash, cost and rest. Few exports have any.
    residues: Option<Records>,
}

/// Rows of which there are too many.
#[derive(Debug, Default)]
pub(crate) struct Surplus {
    /// How many rows of a hash are to be left out.
    pub rows: HashMap<u128, u64>,
    residues: HashMap<u128, [i128; 4]>,
}

impl HashSpool {
    /// A spool that lays rows down in files whose paths begin with `path`.
    pub fn new(disk: Arc<dyn Disk>, path: Utf8PathBuf) -> Self {
        Self { path, disk, held: Vec::new(), parts: Vec::new(), files: None, residues: None }
    }

    pub fn push(&mut self, file: u32, hashes: &[u128], residues: &[(usize, Cost, i128)]) -> Result<(), LakeError> {
        let several = self.files.is_some_and(|(first, several)| several || first != file);
        self.files = Some((self.files.map_or(file, |(first, _)| first), several));
        self.held.extend(hashes.iter().map(|hash| (*hash, file)));
        if self.held.len() > MOST_HELD {
            self.lay_down()?;
        }
        if !residues.is_empty() && self.residues.is_none() {
            self.residues = Some(self.records("residues")?);
        }
        if let Some((path, out, count)) = &mut self.residues {
            for &(row, cost, rest) in residues {
                *count += 1;
                let record = [hashes[row].to_le_bytes(), (cost as u128).to_le_bytes(), rest.to_le_bytes()].concat();
                out.write_all(&record).map_err(LakeError::io(&*path))?;
            }
        }
        Ok(())
    }

    fn records(&self, name: impl Display) -> Result<Records, LakeError> {
        let path = Utf8PathBuf::from(format!("{}.{name}", self.path));
        let file = self.disk.create_new(&path).map_err(LakeError::io(&path))?;
        Ok((path, BufWriter::with_capacity(1 << 15, file), 0))
    }

    fn lay_down(&mut self) -> Result<(), LakeError> {
        if self.parts.is_empty() {
            self.parts = (0..PARTS).map(|part| self.records(part)).collect::<Result<_, _>>()?;
        }
        for (hash, file) in self.held.drain(..) {
            let (path, out, count) = &mut self.parts[(hash >> 64) as usize % PARTS];
            *count += 1;
            let written = out.write_all(&hash.to_le_bytes()).and_then(|()| out.write_all(&file.to_le_bytes()));
            written.map_err(LakeError::io(&*path))?;
        }
        Ok(())
    }

    /// How many rows of each hash are too many, because another file has them as well; removes the spool.
    ///
    /// Of a row that files hold 2, 3 and 1 times, three are kept: what one file repeats is meant, what two files share is not.
    pub fn repeated(mut self) -> Result<Surplus, LakeError> {
        let mut surplus = Surplus::default();
        let several = self.files.is_some_and(|(_, several)| several);
        if !self.parts.is_empty() {
            self.lay_down()?;
        }
        find_repeated(std::mem::take(&mut self.held), &mut surplus.rows)?;
        for (path, mut out, count) in std::mem::take(&mut self.parts) {
            out.flush().map_err(LakeError::io(&path))?;
            if several {
                find_repeated(rows_of(&path, count).map_err(LakeError::io(&path))?, &mut surplus.rows)?;
            }
            std::fs::remove_file(&path).map_err(LakeError::io(&path))?;
        }
        if let Some((path, mut out, count)) = self.residues.take() {
            out.flush().map_err(LakeError::io(&path))?;
            let mut reader = BufReader::new(File::open(&path).map_err(LakeError::io(&path))?);
            for _ in 0..if surplus.is_empty() { 0 } else { count } {
                let [hash, cost, rest] = record(&mut reader).map_err(LakeError::io(&path))?;
                if surplus.rows.contains_key(&hash) {
                    surplus.residues.entry(hash).or_default()[cost as usize] = rest as i128;
                }
            }
            std::fs::remove_file(&path).map_err(LakeError::io(&path))?;
        }
        Ok(surplus)
    }
}

fn find_repeated(mut rows: Vec<(u128, u32)>, surplus: &mut HashMap<u128, u64>) -> Result<(), LakeError> {
    rows.sort_unstable();
    for same in rows.chunk_by(|a, b| a.0 == b.0).filter(|same| same[0].1 != same[same.len() - 1].1) {
        let most = same.chunk_by(|a, b| a.1 == b.1).map(<[_]>::len).max().unwrap_or_default();
        surplus.insert(same[0].0, (same.len() - most) as u64);
        if surplus.len() > MOST_REPEATED {
            return Err(LakeError::TooManyRepeated(MOST_REPEATED));
        }
    }
    Ok(())
}

fn rows_of(path: &Utf8Path, count: u64) -> std::io::Result<Vec<(u128, u32)>> {
    let mut reader = BufReader::with_capacity(1 << 18, File::open(path)?);
    let mut row = || {
        let mut bytes = [0; RECORD];
        reader.read_exact(&mut bytes)?;
        let (hash, file) = bytes.split_at(16);
        let hash = u128::from_le_bytes(hash.try_into().expect("sixteen bytes are split off"));
        Ok((hash, u32::from_le_bytes(file.try_into().expect("four bytes are left"))))
    };
    (0..count).map(|_| row()).collect()
}

fn record(reader: &mut impl Read) -> std::io::Result<[u128; 3]> {
    let mut fields = [0; 3];
    for field in &mut fields {
        let mut bytes = [0; 16];
        reader.read_exact(&mut bytes)?;
        *field = u128::from_le_bytes(bytes);
    }
    Ok(fields)
}

impl Surplus {
    /// True where no row is one too many.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows apart: those to keep, and those to leave out with what rounding left out of them.
    /// `wanted` names the columns that the hashes are over.
    pub fn part(&mut self, rows: &RecordBatch, wanted: impl Fn(&str) -> bool) -> Result<(RecordBatch, Charges), LakeError> {
        let hashes = row_hashes(rows, wanted)?;
        let mut residues = Vec::new();
        let mut left_out = 0;
        let mut is_surplus = |hash: &u128| {
            let Some(left) = self.rows.get_mut(hash).filter(|left| **left > 0) else { return false };
            *left -= 1;
            for (cost, rest) in Cost::ALL.into_iter().zip(self.residues.get(hash).copied().unwrap_or_default()) {
                if rest != 0 {
                    residues.push((left_out, cost, rest));
                }
            }
            left_out += 1;
            true
        };
        let mask: BooleanArray = hashes.iter().map(|hash| Some(is_surplus(hash))).collect();
        let repeated = Charges { residues, ..as_charges(filter_record_batch(rows, &mask)?) };
        Ok((filter_record_batch(rows, &not(&mask)?)?, repeated))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn surplus(files: &[Vec<u8>]) -> HashMap<u128, u64> {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("hashes")).unwrap();
        let spool = |lays_down: bool| {
            let mut spool = HashSpool::new(Arc::new(crate::SystemDisk), path.clone());
            for (file, rows) in files.iter().enumerate() {
                spool.push(file as u32, &rows.iter().map(|row| u128::from(*row) << 64).collect::<Vec<_>>(), &[]).unwrap();
                if lays_down {
                    spool.lay_down().unwrap();
                }
            }
            spool.repeated().unwrap().rows.into_iter().map(|(hash, rows)| (hash >> 64, rows)).collect()
        };
        let surplus: HashMap<u128, u64> = spool(false);
        assert_eq!(spool(true), surplus, "on disk as in memory");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        surplus
    }

    #[test]
    fn what_one_file_repeats_is_kept_and_what_two_share_is_not() {
        assert_eq!(surplus(&[vec![1, 1, 2, 3]]), HashMap::new());
        assert_eq!(surplus(&[vec![1, 1, 2, 3], vec![3, 4, 4]]), HashMap::from([(3, 1)]));
        assert_eq!(surplus(&[vec![1, 1], vec![1, 1, 1], vec![1]]), HashMap::from([(1, 3)]));
        assert_eq!(surplus(&[vec![], vec![]]), HashMap::new());
    }

    proptest! {
        #[test]
        fn as_many_are_kept_as_the_file_with_most_has(files in prop::collection::vec(prop::collection::vec(0_u8..6, 0..12), 1..4)) {
            let surplus = surplus(&files);
            for row in 0..6_u8 {
                let counts: Vec<u64> = files.iter().map(|file| file.iter().filter(|r| **r == row).count() as u64).collect();
                let kept = counts.iter().sum::<u64>() - surplus.get(&u128::from(row)).copied().unwrap_or_default();
                prop_assert_eq!(kept, counts.into_iter().max().unwrap_or_default());
            }
        }
    }
}
