//! Staged files read again by whoever publishes them, who need not believe the process that wrote them.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use farthing_types::{BillingPeriod, Cost, Currency};
use rayon::prelude::*;

use crate::rows::count_rows;
use crate::verify::resum_charges;
use crate::{
    ClaimedPeriod, CurrencyTotals, LakeError, Totals, WrittenFile, WrittenPeriod, describe_file, read_rollup, sha256_of,
};

/// Half of 1e-18, in units of 1e-36: the most that rounding leaves out of one cost.
const MOST_RESIDUE: i128 = 500_000_000_000_000_000;

/// Reads staged billing periods and gives them with the totals found in their files, which are those to publish.
///
/// Each folder must be the period's own below `staging` and hold exactly the files that are claimed; the charges must add up to
/// the claimed sums, and so must the roll-up. What rounding left out of the sums is in no file: it is taken as claimed, as far as
/// so many charges can leave it out.
///
/// # Errors
/// [`LakeError::ReadBack`] names what differs.
pub fn reread_charges(staging: &Utf8Path, claimed: &[ClaimedPeriod]) -> Result<Vec<WrittenPeriod>, LakeError> {
    claimed.par_iter().map(|period| reread_period(staging, period)).collect()
}

fn reread_period(staging: &Utf8Path, claimed: &ClaimedPeriod) -> Result<WrittenPeriod, LakeError> {
    let (period, folder) = (claimed.period, staging.join(claimed.period.to_string()));
    let names: Vec<&str> = claimed.files.iter().map(|(name, _)| name.as_str()).collect();
    found_files(&folder, &names)?;
    let files =
        claimed.files.par_iter().map(|(name, rows)| describe_file(&folder.join(name), *rows)).collect::<Result<_, _>>()?;
    let mut totals = Totals::default();
    for (name, rows) in claimed.files.iter().filter(|(name, _)| name.starts_with("charges-")) {
        let found = resum_charges(&folder.join(name), period)?;
        same(&folder, &format!("rows of {name}"), *rows, found.charges())?;
        totals.add(&found, period)?;
    }
    same_totals(&folder, "charges", &claimed.totals, &totals)?;
    same_totals(&folder, "roll-up", &totals, &of_rollup(&folder, period)?)?;
    for (currency, total) in &mut totals.0 {
        total.residues = residues(&folder, *currency, total, &claimed.totals)?;
    }
    // The digest of rows and what several files repeated tell deliveries apart; they are no part of what is published as money.
    let (rows_digest, repeated) = (claimed.rows_digest.clone(), claimed.repeated.clone());
    // Nor is which file of the import a row came from; only all of them together have to be all rows.
    let inputs = claimed.inputs.clone();
    if !inputs.is_empty() {
        let told = inputs.iter().try_fold(0_u64, |sum, (_, rows)| sum.checked_add(*rows));
        same(&folder, "rows by file of the import", told.unwrap_or_default(), totals.charges())?;
    }
    Ok(WrittenPeriod { period, folder, files, totals, rows_digest, repeated, inputs })
}

/// Reads a month's one file of usage or decisions again: it must be the only one, with the claimed hash and number of rows.
///
/// # Errors
/// [`LakeError::ReadBack`] names what differs.
pub fn reread_rows(staging: &Utf8Path, period: BillingPeriod, claimed: &WrittenFile) -> Result<(), LakeError> {
    reread_files(&staging.join(period.to_string()), std::slice::from_ref(claimed))
}

/// Reads files without sums again: the folder must hold them alone, with the claimed hashes and numbers of rows.
///
/// # Errors
/// [`LakeError::ReadBack`] names what differs.
pub fn reread_files(folder: &Utf8Path, claimed: &[WrittenFile]) -> Result<(), LakeError> {
    same_files(folder, claimed)?;
    for file in claimed {
        let rows = count_rows(&folder.join(&file.name))?;
        same(folder, &format!("rows of {}", file.name), file.rows, rows)?;
    }
    Ok(())
}

/// The files of a folder with their sizes: those with these names and nothing else, no link and no folder.
fn found_files(folder: &Utf8Path, names: &[&str]) -> Result<BTreeMap<String, u64>, LakeError> {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for entry in folder.read_dir_utf8().map_err(LakeError::io(folder))? {
        let entry = entry.map_err(LakeError::io(folder))?;
        let metadata = entry.path().symlink_metadata().map_err(LakeError::io(entry.path()))?;
        same(folder, &format!("{} is a file", entry.file_name()), true, metadata.is_file())?;
        found.insert(entry.file_name().to_owned(), metadata.len());
    }
    same(folder, "the number of files", names.iter().collect::<BTreeSet<_>>().len(), found.len())?;
    same(folder, "the number of claimed files", names.len(), found.len())?;
    names.iter().try_for_each(|name| same(folder, &format!("{name} is there"), true, found.contains_key(*name)))?;
    Ok(found)
}

/// The folder holds the claimed files and nothing else: no other content either.
fn same_files(folder: &Utf8Path, claimed: &[WrittenFile]) -> Result<(), LakeError> {
    let names: Vec<&str> = claimed.iter().map(|file| file.name.as_str()).collect();
    let found = found_files(folder, &names)?;
    claimed.par_iter().try_for_each(|file| {
        same(folder, &format!("the size of {}", file.name), file.bytes, found[&file.name])?;
        let path = folder.join(&file.name);
        same(folder, &format!("the SHA-256 of {}", file.name), &file.sha256, &sha256_of(&path)?)
    })
}

fn of_rollup(folder: &Utf8Path, period: BillingPeriod) -> Result<Totals, LakeError> {
    let mut totals = Totals::default();
    for cell in read_rollup(folder)? {
        let part = CurrencyTotals { charges: cell.charges, sums: cell.costs, ..CurrencyTotals::default() };
        totals.add(&Totals(BTreeMap::from([(cell.currency, part)])), period)?;
    }
    Ok(totals)
}

fn same_totals(folder: &Utf8Path, what: &str, claimed: &Totals, found: &Totals) -> Result<(), LakeError> {
    let currencies: Vec<Currency> = claimed.0.keys().chain(found.0.keys()).copied().collect();
    for currency in currencies {
        let of = |totals: &Totals| totals.0.get(&currency).copied().unwrap_or_default();
        let (claimed, found) = (of(claimed), of(found));
        same(folder, &format!("the number of {currency} charges in the {what}"), claimed.charges, found.charges)?;
        for cost in Cost::ALL {
            let sum = format!("the sum of {} in {currency} in the {what}", cost.column());
            same(folder, &sum, claimed.sums[cost], found.sums[cost])?;
        }
    }
    Ok(())
}

fn residues(folder: &Utf8Path, currency: Currency, found: &CurrencyTotals, claimed: &Totals) -> Result<[i128; 4], LakeError> {
    let residues = claimed.0.get(&currency).map_or([0; 4], |total| total.residues);
    let most = i128::from(found.charges).saturating_mul(MOST_RESIDUE);
    let possible = residues.iter().all(|residue| residue.checked_abs().is_some_and(|size| size <= most));
    same(folder, &format!("what rounding left out in {currency} is possible"), true, possible)?;
    Ok(residues)
}

fn same<T: PartialEq + ToString>(folder: &Utf8Path, what: &str, written: T, read: T) -> Result<(), LakeError> {
    if written == read {
        return Ok(());
    }
    let (written, read) = (written.to_string(), read.to_string());
    Err(LakeError::ReadBack { path: folder.to_owned(), what: what.to_owned(), written, read })
}
