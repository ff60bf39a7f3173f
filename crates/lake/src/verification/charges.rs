//! Charges against the catalogue's totals, keys and roll-ups against the charges.

use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, FourCosts};
use hashbrown::HashMap;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;

use super::{Difference, Listed};
use crate::rollup::{Rollup, decode_key, encode_values, roll_up};
use crate::{LakeError, RollupCell, RowsDigest, Totals, read_charges, read_keys, read_rollup, resum_charges, row_hashes};

/// So many cells that differ are named; of the others it is told how many they are.
const NAMED: usize = 5;

pub(super) fn compare(listed: &Listed, files: &[Utf8PathBuf], deep: bool) -> Result<Vec<Difference>, LakeError> {
    let folder = &listed.folder;
    let mut totals = Totals::default();
    for file in files {
        totals.add(&resum_charges(file, listed.period)?, listed.period)?;
    }
    let mut differences = sums(folder, &listed.totals, &totals);
    let cells = read_rollup(folder)?;
    differences.extend(rolled_up_sums(folder, &totals, &cells, listed.period)?);
    let keys = read_keys(folder)?.rows.len();
    let beyond = cells.iter().filter(|cell| cell.key as usize >= keys).count();
    let cells_without_key = Difference::derived(
        &folder.join("rollup.parquet"),
        "keys that it names".to_owned(),
        format!("keys below {keys}"),
        if beyond == 0 { format!("keys below {keys}") } else { format!("{beyond} cells with other keys") },
    );
    differences.extend(cells_without_key);
    if deep && differences.is_empty() {
        differences.extend(rebuilt(listed, files, &cells)?);
        differences.extend(same_rows(listed, files)?);
    }
    Ok(differences)
}

/// The digest of all rows against the catalogue's, whatever order they are in.
fn same_rows(listed: &Listed, files: &[Utf8PathBuf]) -> Result<Option<Difference>, LakeError> {
    let Some(expected) = &listed.rows_digest else { return Ok(None) };
    let mut digest = RowsDigest::default();
    for file in files {
        for rows in read_charges(file)? {
            digest.add(&row_hashes(&rows?, |_| true)?);
        }
    }
    digest.add_residues(&listed.totals);
    Ok(Difference::sum(&listed.folder, "digest of the rows".to_owned(), expected.clone(), digest.to_hex()))
}

/// The catalogue's totals against the sums of the files.
fn sums(folder: &Utf8Path, expected: &Totals, found: &Totals) -> Vec<Difference> {
    let mut differences = Vec::new();
    let currencies: std::collections::BTreeSet<&Currency> = expected.0.keys().chain(found.0.keys()).collect();
    for currency in currencies {
        let listed = expected.0.get(currency).copied().unwrap_or_default();
        let read = found.0.get(currency).copied().unwrap_or_default();
        let mut differs = |what: String, expected: String, found: String| {
            differences.extend(Difference::sum(folder, what, expected, found));
        };
        differs(format!("charges in {currency}"), listed.charges.to_string(), read.charges.to_string());
        for cost in Cost::ALL {
            let what = format!("sum of {} in {currency}", cost.column());
            differs(what, listed.sums[cost].to_string(), read.sums[cost].to_string());
            let what = format!("sum of absolute {} in {currency}", cost.column());
            differs(what, listed.magnitudes[cost].to_string(), read.magnitudes[cost].to_string());
        }
    }
    differences
}

/// The sums of the roll-up against those of the files.
fn rolled_up_sums(
    folder: &Utf8Path,
    totals: &Totals,
    cells: &[RollupCell],
    period: BillingPeriod,
) -> Result<Vec<Difference>, LakeError> {
    let mut found: HashMap<Currency, (FourCosts, u64)> = HashMap::new();
    for cell in cells {
        let (sums, charges) = found.entry(cell.currency).or_default();
        *charges += cell.charges;
        for cost in Cost::ALL {
            let overflow = || LakeError::Overflow { column: cost.column(), period: period.to_string() };
            sums[cost] = sums[cost].checked_add(cell.costs[cost]).ok_or_else(overflow)?;
        }
    }
    let path = folder.join("rollup.parquet");
    let mut differences = Vec::new();
    let mut currencies: Vec<Currency> = totals.0.keys().chain(found.keys()).copied().collect();
    currencies.sort_unstable();
    currencies.dedup();
    for currency in currencies {
        let of_charges = totals.0.get(&currency).copied().unwrap_or_default();
        let (sums, charges) = found.get(&currency).copied().unwrap_or_default();
        let what = format!("charges in {currency}");
        differences.extend(Difference::derived(&path, what, of_charges.charges.to_string(), charges.to_string()));
        for cost in Cost::ALL {
            let what = format!("sum of {} in {currency}", cost.column());
            differences.extend(Difference::derived(&path, what, of_charges.sums[cost].to_string(), sums[cost].to_string()));
        }
    }
    Ok(differences)
}

/// Keys and roll-up made again from nothing but the charges, against those that are stored.
fn rebuilt(listed: &Listed, files: &[Utf8PathBuf], stored: &[RollupCell]) -> Result<Vec<Difference>, LakeError> {
    let mut made = Rollup::default();
    for file in files {
        // Row groups one after the other on each thread: memory stays that of the roll-up and a group a core.
        let groups = open(file)?.metadata().num_row_groups();
        let parts = (0..groups).into_par_iter().map(|group| roll_up_group(file, group, listed.period));
        let whole = parts.try_reduce(Rollup::default, |mut sum, part| {
            sum.add(part, listed.period)?;
            Ok(sum)
        })?;
        made.add(whole, listed.period)?;
    }
    let path = listed.folder.join("keys.parquet");
    let table = read_keys(&listed.folder)?;
    let mut differences: Vec<Difference> =
        Difference::derived(&path, "distinct keys".to_owned(), made.keys.len().to_string(), table.rows.len().to_string())
            .into_iter()
            .collect();
    let mut made_id = Vec::with_capacity(table.rows.len());
    let mut scratch = Vec::new();
    for (id, row) in table.rows.iter().enumerate() {
        encode_values(row.iter().map(|value| value.as_deref()), &mut scratch);
        let known = made.id_of(&scratch);
        if known.is_none() && differences.len() < NAMED {
            let found = format!("{:?}", row.iter().flatten().collect::<Vec<_>>());
            differences.extend(Difference::derived(&path, format!("key {id}"), "values of some charge".to_owned(), found));
        }
        made_id.push(known);
    }
    differences.extend(cells(&listed.folder, &mut made, stored, &made_id));
    Ok(differences)
}

fn cells(folder: &Utf8Path, made: &mut Rollup, stored: &[RollupCell], made_id: &[Option<u32>]) -> Vec<Difference> {
    let path = folder.join("rollup.parquet");
    let (mut differences, mut more) = (Vec::new(), 0_u64);
    let mut tell = |what: String, expected: String, found: String| {
        if let Some(difference) = Difference::derived(&path, what, expected, found) {
            if differences.len() < NAMED { differences.push(difference) } else { more += 1 }
        }
    };
    let shown = |charges: u64, costs: &FourCosts| {
        let costs: Vec<String> = Cost::ALL.iter().map(|cost| costs[*cost].to_string()).collect();
        format!("{charges} charges, {}", costs.join(" / "))
    };
    for cell in stored {
        let day = crate::rollup::day_number(cell.day);
        let made_cell =
            made_id.get(cell.key as usize).copied().flatten().and_then(|id| made.cells.remove(&(id, day, cell.currency)));
        let expected = made_cell.map_or("no such cell".to_owned(), |made| shown(made.charges, &made.costs));
        tell(format!("key {} on {} in {}", cell.key, cell.day, cell.currency), expected, shown(cell.charges, &cell.costs));
        if let (Some(stored), Some(made)) = (cell.quantity, made_cell) {
            let made = made.quantity.and_then(Amount::from_atto).map_or("no sum that fits".to_owned(), |sum| sum.to_string());
            tell(format!("quantity of key {} on {} in {}", cell.key, cell.day, cell.currency), made, stored.to_string());
        }
    }
    let mut left = made.sorted();
    left.truncate(NAMED);
    for ((key, day, currency), cell) in left {
        let values = decode_key(&made.keys[key as usize]).into_iter().flatten().collect::<Vec<_>>().join(" · ");
        tell(
            format!("the charges of {values} on day {day} in {currency}"),
            shown(cell.charges, &cell.costs),
            "no cell".to_owned(),
        );
    }
    if more > 0 {
        differences.extend(Difference::derived(
            &path,
            "cells".to_owned(),
            "no more differences".to_owned(),
            format!("{more} more"),
        ));
    }
    differences
}

fn open(path: &Utf8Path) -> Result<ParquetRecordBatchReaderBuilder<File>, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))
}

fn roll_up_group(path: &Utf8Path, group: usize, period: BillingPeriod) -> Result<Rollup, LakeError> {
    let builder = open(path)?;
    let mask = parquet::arrow::ProjectionMask::columns(builder.parquet_schema(), crate::rollup::columns_read());
    let builder = builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(65_536);
    let mut rollup = Rollup::default();
    for batch in builder.build().map_err(LakeError::parquet(path))? {
        rollup.add(roll_up(&batch?, period, &[])?.0, period)?;
    }
    Ok(rollup)
}
