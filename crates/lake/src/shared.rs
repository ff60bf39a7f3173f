//! Charges that two revisions have in common.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use farthing_focus::column;
use farthing_types::BillingPeriod;

use crate::repeated::HashSpool;
use crate::{ChargeEncoder, LakeError, SystemDisk, Totals, read_charges, read_keys, row_hashes};

/// The sums of the charges of `period` in the folder `mine` that the folder `other` has as well: the same in all FOCUS columns,
/// as often as both have them. Hashes are laid down in `scratch` in between, so that memory does not grow with the charges.
///
/// # Errors
/// When a file cannot be read or written.
pub fn shared_charges(mine: &Utf8Path, other: &Utf8Path, period: BillingPeriod, scratch: &Utf8Path) -> Result<Totals, LakeError> {
    let mut shared = Totals::default();
    if !share_a_key(mine, other)? {
        return Ok(shared);
    }
    let is_focus = |name: &str| column(name).is_some();
    let mut spool = HashSpool::new(Arc::new(SystemDisk), scratch.join("shared.hashes"));
    for (side, folder) in (0..).zip([mine, other]) {
        for file in charge_files(folder)? {
            for rows in read_charges(&file)? {
                spool.push(side, &row_hashes(&rows?, is_focus)?, &[])?;
            }
        }
    }
    // Of two sides, what is too many is what both have.
    let mut surplus = spool.repeated()?;
    for file in charge_files(mine)? {
        for rows in read_charges(&file)? {
            let rows = rows?;
            let (_, both) = surplus.part(&rows, is_focus)?;
            if both.rows.num_rows() > 0 {
                for part in ChargeEncoder::new(rows.schema())?.encode(&both)? {
                    shared.add(&part.totals, period)?;
                }
            }
        }
    }
    Ok(shared)
}

/// Charges that are the same have the same key, and keys are few: most pairs of sources are told apart here.
fn share_a_key(mine: &Utf8Path, other: &Utf8Path) -> Result<bool, LakeError> {
    let known: std::collections::HashSet<_> = read_keys(mine)?.rows.into_iter().collect();
    Ok(read_keys(other)?.rows.iter().any(|key| known.contains(key)))
}

/// A revision's files of charges, in the order of their names.
fn charge_files(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, LakeError> {
    let mut files = Vec::new();
    for entry in folder.read_dir_utf8().map_err(LakeError::io(folder))? {
        let entry = entry.map_err(LakeError::io(folder))?;
        if entry.file_name().starts_with("charges-") {
            files.push(entry.into_path());
        }
    }
    files.sort_unstable();
    Ok(files)
}
