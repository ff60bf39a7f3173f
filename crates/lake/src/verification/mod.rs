//! Whether the files of published revisions are still what the catalogue says they are.
//!
//! Nothing of the lake's own bookkeeping is believed: lengths and hashes are taken anew, sums are added up from the facts, and
//! where it is asked for, keys and roll-ups are made again from the charges and compared cell by cell.

mod charges;
mod difference;
mod file;
mod orphans;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use camino::Utf8PathBuf;
use farthing_types::BillingPeriod;
use rayon::prelude::*;

pub use difference::Difference;
pub use orphans::{Candidates, Orphan, unlisted_folders};

use crate::{LakeError, Totals, WrittenFile, read_decisions, read_events, read_usage};

/// What the catalogue says of a revision.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its folder.
    pub folder: Utf8PathBuf,
    /// Its billing period.
    pub period: BillingPeriod,
    /// Its files.
    pub files: Vec<WrittenFile>,
    /// What its charges sum to; empty for facts without money. Residues are in no file and only part of the digest.
    pub totals: Totals,
    /// The digest of its charges, where it was taken.
    pub rows_digest: Option<String>,
}

/// How far a verification has come, and whether it should go on.
#[derive(Debug, Default)]
pub struct Verifying {
    /// Bytes of files that were hashed.
    pub bytes: AtomicU64,
    /// Set to stop at the next file.
    pub cancelled: AtomicBool,
}

/// Compares a revision's files with what the catalogue says of them.
///
/// Files are there, as long as they were, with the SHA-256 that they had, readable, with as many rows; no file is there that is
/// not listed; charges sum to the totals, and so does their roll-up. With `deep` every value is decoded, and keys, roll-ups
/// and the digest of the rows are made again from the charges.
pub fn verify_revision(listed: &Listed, deep: bool, verifying: &Verifying) -> Vec<Difference> {
    if !listed.folder.is_dir() {
        return vec![Difference::missing(&listed.folder, format!("a folder with {} files", listed.files.len()))];
    }
    let mut differences: Vec<Difference> = listed
        .files
        .par_iter()
        .filter(|_| !verifying.cancelled.load(Ordering::Relaxed))
        .filter_map(|file| file::compare(&listed.folder, file, &verifying.bytes))
        .collect();
    differences.extend(file::unlisted(&listed.folder, &listed.files));
    if !differences.is_empty() || verifying.cancelled.load(Ordering::Relaxed) {
        // A file that is not what it was explains every sum that comes from it: one cause is told once.
        return differences;
    }
    match contents(listed, deep) {
        Ok(found) => found,
        Err(error) => vec![Difference::unreadable(&listed.folder, &error)],
    }
}

/// What the facts are, told by the names of their files.
fn contents(listed: &Listed, deep: bool) -> Result<Vec<Difference>, LakeError> {
    let mut differences = Vec::new();
    let of_charges: Vec<Utf8PathBuf> = fact_files(listed, "charges").map(|(path, _)| path).collect();
    if !of_charges.is_empty() || !listed.totals.0.is_empty() {
        differences.extend(charges::compare(listed, &of_charges, deep)?);
    }
    for (path, rows) in fact_files(listed, "usage") {
        differences.extend(Difference::rows(&path, rows, read_usage(&path)?.len() as u64));
    }
    for (path, rows) in fact_files(listed, "decisions") {
        differences.extend(Difference::rows(&path, rows, read_decisions(&path)?.len() as u64));
    }
    for (path, rows) in fact_files(listed, "events") {
        differences.extend(Difference::rows(&path, rows, read_events(&path)?.len() as u64));
    }
    if deep {
        for file in &listed.files {
            differences.extend(file::decode(&listed.folder.join(&file.name))?);
        }
    }
    Ok(differences)
}

fn fact_files<'a>(listed: &'a Listed, kind: &'a str) -> impl Iterator<Item = (Utf8PathBuf, u64)> + 'a {
    let of_kind = listed.files.iter().filter(move |file| file.name.starts_with(kind));
    of_kind.map(|file| (listed.folder.join(&file.name), file.rows))
}

/// The length of what [`verify_revision`] will hash.
pub fn listed_bytes(listed: &[Listed]) -> u64 {
    listed.iter().flat_map(|revision| &revision.files).map(|file| file.bytes).sum()
}
