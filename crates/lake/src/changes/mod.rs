//! The charges of two revisions that are not in both.
//!
//! Every row is hashed over three sets of columns: those that say which charge it is, these and what matters about it (its costs,
//! and what attribution reads), and all. Hashes lie on disk in parts; of each part the rows that both sides have set off against
//! each other, as often as both have them. What is left is a bit for each row, and only rows with a bit are decoded again. So
//! memory grows by a bit a row, and neither with the charges nor with the changes.

mod hashes;
mod rows;
mod set_off;

use arrow::record_batch::RecordBatch;
use camino::{Utf8Path, Utf8PathBuf};
use farthing_focus::Fill;
use farthing_types::Cost;
use rayon::prelude::*;

use crate::row_hash::RowHasher;
use crate::{LakeError, column_fill};
use hashes::RowSums;
use rows::{ChargeFile, Part};
use set_off::{Hashed, HashedRows, RowMask};

/// Which of two revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The earlier one.
    Before,
    /// The later one.
    After,
}

impl Side {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::Before, Self::After];
}

/// What two revisions have in common, and which rows they have not.
pub struct Comparison {
    sides: [Vec<ChargeFile>; 2],
    masks: [RowMask; 2],
    hasher: RowHasher,
    identity: Vec<String>,
    /// Rows that both have, the same in every column.
    pub unchanged: u64,
    /// Rows that both have, the same in all that matters and different in another column.
    pub details: u64,
}

impl Comparison {
    /// Compares the charges of `before` with those of `after`, two lists of files of the lake.
    ///
    /// `identity` names the columns that say which charge a row is; one that is empty throughout in either revision is left out,
    /// so that a newer release of FOCUS alone makes no other charge. `matters` names the columns beside the four costs that make
    /// a difference. Hashes are laid down in `scratch`.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn of(
        before: &[Utf8PathBuf],
        after: &[Utf8PathBuf],
        identity: &[&str],
        matters: &[String],
        scratch: &Utf8Path,
    ) -> Result<Self, LakeError> {
        let (filled_before, filled_after) = (column_fill(before)?, column_fill(after)?);
        let has_values = |name: &&&str| {
            [&filled_before, &filled_after].iter().all(|filled| filled.get(**name).is_some_and(|fill| *fill != Fill::Empty))
        };
        let identity: Vec<String> = identity.iter().filter(has_values).map(|name| (*name).to_owned()).collect();
        let open = |files: &[Utf8PathBuf]| files.iter().map(|file| ChargeFile::open(file)).collect::<Result<Vec<_>, _>>();
        let sides = [open(before)?, open(after)?];
        let rows = [0, 1].map(|side: usize| sides[side].iter().map(ChargeFile::rows).sum::<u64>());
        let mut comparison =
            Self { sides, masks: rows.map(RowMask::new), hasher: RowHasher::of_this_run(), identity, unchanged: 0, details: 0 };
        let hashed = HashedRows::new(scratch, rows[0] + rows[1])?;
        let parts: Vec<(Side, Part<'_>)> = comparison.parts().collect();
        parts.into_par_iter().try_for_each(|(side, part)| comparison.hash(side, part, matters, &hashed))?;
        let set_off = hashed.set_off(&mut comparison.masks)?;
        (comparison.unchanged, comparison.details) = (set_off.unchanged, set_off.details);
        Ok(comparison)
    }

    /// The columns that say which charge a row is.
    pub fn identity(&self) -> &[String] {
        &self.identity
    }

    /// How many rows of both sides have no equal on the other.
    pub fn changed(&self) -> u64 {
        self.masks.iter().map(RowMask::ones).sum()
    }

    /// Hands the rows that one side has and the other has not to `visit`, some at a time: their values in those of `columns` that
    /// the file has, texts by dictionary, and the hashes of their identities.
    ///
    /// # Errors
    /// When a file cannot be read, or what `visit` says.
    pub fn visit<E: From<LakeError>>(
        &self,
        columns: &[&str],
        mut visit: impl FnMut(Side, &RecordBatch, &[u128]) -> Result<(), E>,
    ) -> Result<(), E> {
        let wanted = |name: &str| columns.contains(&name) || self.is_identity(name);
        for (side, part) in self.parts() {
            let Some(selection) = self.masks[side as usize].selection(part.first_row, part.rows) else { continue };
            for rows in part.read(&wanted, Some(selection))? {
                let rows = rows.map_err(LakeError::from)?;
                let mut identities = vec![0; rows.num_rows()];
                self.hasher.add_columns(&rows, &mut identities, |name| self.is_identity(name))?;
                visit(side, &rows, &identities)?;
            }
        }
        Ok(())
    }

    fn is_identity(&self, name: &str) -> bool {
        self.identity.iter().any(|column| column == name)
    }

    /// The row groups of both sides, in their order.
    fn parts(&self) -> impl Iterator<Item = (Side, Part<'_>)> {
        Side::BOTH.into_iter().flat_map(move |side| {
            let mut first_row = 0;
            self.sides[side as usize].iter().flat_map(ChargeFile::parts).map(move |part| {
                let part = part.starting_at(first_row);
                first_row += part.rows;
                (side, part)
            })
        })
    }

    fn hash(&self, side: Side, part: Part<'_>, matters: &[String], hashed: &HashedRows) -> Result<(), LakeError> {
        let is_cost = |name: &str| Cost::ALL.iter().any(|cost| cost.column() == name);
        let counts = |name: &str| self.is_identity(name) || is_cost(name) || matters.iter().any(|column| column == name);
        let mut first_row = part.first_row;
        for rows in part.read(&|_| true, None)? {
            let rows = rows?;
            let mut sums = RowSums::new(rows.num_rows());
            self.hasher.add_columns(&rows, &mut sums.matters, counts)?;
            self.hasher.add_columns(&rows, &mut sums.others, |name| !counts(name))?;
            hashed
                .push((first_row..).zip(sums.iter()).map(|(row, (matters, others))| Hashed::new(side, row, matters, others)))?;
            first_row += rows.num_rows() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
