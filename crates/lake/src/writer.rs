//! Encoded parts to the files of revisions, one a billing period.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringArray, StringBuilder, UInt32Array, UInt64Array};
use arrow::datatypes::SchemaRef;
use camino::{Utf8Path, Utf8PathBuf};
use farthing_focus::KEY_COLUMNS;
use farthing_types::{Amount, BillingPeriod, Cost, SCALE};
use serde::{Deserialize, Serialize};

use crate::charge_rows::{as_charges, read_charges};
use crate::disk::Disk;
use crate::encode::properties;
use crate::hot_tags;
use crate::repeated::{HashSpool, Surplus};
use crate::rollup::{Cell, CellId, QUANTITY, Rollup, decode_key};
use crate::row_group::GroupFile;
use crate::row_hash::RowsDigest;
use crate::rows::write_rows_on;
use crate::{ChargeEncoder, EncodedPart, LakeError, Staging, Totals, reread_charges, sha256_of};

/// More billing periods than this in one import are a mistake, and would hold too many files open.
const MOST_PERIODS: usize = 120;

/// A file of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Its name in the revision's folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Facts in it; 0 for keys and roll-ups, which are derived.
    pub rows: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// A billing period's facts as whoever wrote them says they are: to be believed once they are [read](crate::reread_charges).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClaimedPeriod {
    /// The billing period, whose name its staged folder has.
    pub period: BillingPeriod,
    /// The names of its files, with the charges in them.
    pub files: Vec<(String, u64)>,
    /// What the charges sum to.
    pub totals: Totals,
    /// The [digest](RowsDigest) of the charges, in hex: equal where the same rows came in other files.
    pub rows_digest: String,
    /// What was left out because several files of the import had it: it is there once.
    pub repeated: Totals,
    /// How many of the rows came from which file of the import (from 1), in the order in which they lie there; none where rows of several files
    /// were sorted out.
    pub inputs: Vec<(u32, u64)>,
}

/// A billing period's facts, written, read back and found the same.
#[derive(Clone, Debug)]
pub struct WrittenPeriod {
    /// The billing period.
    pub period: BillingPeriod,
    /// The staged folder.
    pub folder: Utf8PathBuf,
    /// Its files.
    pub files: Vec<WrittenFile>,
    /// What the charges sum to.
    pub totals: Totals,
    /// The [digest](RowsDigest) of the charges, in hex: equal where the same rows came in other files.
    pub rows_digest: String,
    /// What was left out because several files of the import had it: it is there once.
    pub repeated: Totals,
    /// How many of the rows came from which file of the import (from 1), in the order in which they lie there; none where rows of several files
    /// were sorted out.
    pub inputs: Vec<(u32, u64)>,
}

/// Writes an import's charges. Parts are appended in the file's order, whichever thread encoded them.
pub struct ChargeWriter<'a> {
    staging: &'a Staging,
    periods: BTreeMap<BillingPeriod, PeriodWriter>,
    /// The file of the import that is being read, from 1.
    file: u32,
    /// Whether rows that several files have are left out.
    each_row_once: bool,
}

struct PeriodWriter {
    disk: Arc<dyn Disk>,
    folder: Utf8PathBuf,
    open: Option<(SchemaRef, GroupFile)>,
    files: Vec<(Utf8PathBuf, u64)>,
    rollup: Rollup,
    totals: Totals,
    digest: RowsDigest,
    spool: Option<HashSpool>,
    inputs: Vec<(u32, u64)>,
}

impl<'a> ChargeWriter<'a> {
    /// A writer into a staged folder.
    pub fn new(staging: &'a Staging) -> Self {
        Self { staging, periods: BTreeMap::new(), file: 0, each_row_once: false }
    }

    /// From here on, a row that several files of the import have is written once. What one file repeats is kept: a provider may
    /// well bill the same twice.
    pub fn each_row_once(mut self) -> Self {
        self.each_row_once = true;
        self
    }

    /// Says that what is appended from here on comes from the next file of the import.
    pub fn next_file(&mut self) {
        self.file += 1;
    }

    /// Appends encoded rows as a row group. Where the schema is another than before, a new file begins.
    ///
    /// # Errors
    /// When the disk refuses, a sum does not fit, or there are too many periods.
    pub fn append(&mut self, encoder: &ChargeEncoder, part: EncodedPart) -> Result<(), LakeError> {
        let period = part.period;
        if !self.periods.contains_key(&period) {
            if self.periods.len() == MOST_PERIODS {
                return Err(LakeError::TooManyPeriods(MOST_PERIODS));
            }
            let (disk, folder) = (self.staging.disk().clone(), self.staging.path().join(period.to_string()));
            let hashes = self.staging.path().join(format!("{period}.hashes"));
            let spool = self.each_row_once.then(|| HashSpool::new(disk.clone(), hashes));
            self.periods.insert(period, PeriodWriter { spool, ..PeriodWriter::new(disk, folder)? });
        }
        let writer = self.periods.get_mut(&period).expect("the period was just opened");
        writer.append(encoder.schema(), part, self.file)
    }

    /// Appends rows that are charges already.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_rows(&mut self, rows: RecordBatch) -> Result<(), LakeError> {
        let encoder = ChargeEncoder::new(rows.schema())?;
        encoder.encode(&as_charges(rows))?.into_iter().try_for_each(|part| self.append(&encoder, part))
    }

    /// What a period's rows so far sum to.
    pub fn totals(&self, period: BillingPeriod) -> Totals {
        self.periods.get(&period).map(|writer| writer.totals.clone()).unwrap_or_default()
    }

    /// Closes the files and says what is in them, for somebody else to read.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn claim(self) -> Result<Vec<ClaimedPeriod>, LakeError> {
        self.periods.into_iter().map(|(period, writer)| writer.claim(period)).collect()
    }

    /// Closes the files, reads them back and compares the sums.
    ///
    /// # Errors
    /// When what is read back differs from what was written, or the disk refuses.
    pub fn finish(self) -> Result<Vec<WrittenPeriod>, LakeError> {
        let staging = self.staging;
        reread_charges(staging.path(), &self.claim()?)
    }
}

impl PeriodWriter {
    fn new(disk: Arc<dyn Disk>, folder: Utf8PathBuf) -> Result<Self, LakeError> {
        std::fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
        Ok(Self {
            disk,
            folder,
            open: None,
            files: Vec::new(),
            rollup: Rollup::default(),
            totals: Totals::default(),
            digest: RowsDigest::default(),
            spool: None,
            inputs: Vec::new(),
        })
    }

    fn append(&mut self, schema: &SchemaRef, part: EncodedPart, input: u32) -> Result<(), LakeError> {
        self.digest.add(&part.hashes);
        if let Some(spool) = &mut self.spool {
            spool.push(input, &part.hashes, &part.residues)?;
        }
        if self.open.as_ref().is_some_and(|(open, ..)| open != schema) {
            self.close()?;
        }
        if self.open.is_none() {
            let path = self.folder.join(format!("charges-{:04}.parquet", self.files.len()));
            self.open = Some((schema.clone(), GroupFile::create(&*self.disk, &path, schema.clone(), properties())?));
            self.files.push((path, 0));
        }
        let (_, file) = self.open.as_mut().expect("a file is open");
        file.append(part.columns)?;
        let rows = part.totals.charges();
        self.files.last_mut().expect("a file is open").1 += rows;
        match self.inputs.last_mut().filter(|(file, _)| *file == input) {
            Some((_, before)) => *before += rows,
            None => self.inputs.push((input, rows)),
        }
        self.totals.add(&part.totals, part.period)?;
        self.rollup.add(part.rollup, part.period)
    }

    fn close(&mut self) -> Result<(), LakeError> {
        self.open.take().map_or(Ok(()), |(_, file)| file.close())
    }

    fn claim(mut self, period: BillingPeriod) -> Result<ClaimedPeriod, LakeError> {
        self.close()?;
        let mut repeated = Totals::default();
        if let Some(spool) = self.spool.take() {
            let surplus = spool.repeated()?;
            if !surplus.is_empty() {
                (self, repeated) = self.without(surplus, period)?;
                self.inputs.clear();
            }
        }
        let derived = [("keys.parquet", keys_batch(&self.rollup)?), ("rollup.parquet", rollup_batch(&self.rollup)?)];
        for (name, rows) in derived {
            let path = self.folder.join(name);
            write_rows_on(&*self.disk, &path, &rows)?;
            // Derived files hold no rows of facts.
            self.files.push((path, 0));
        }
        let name = |path: &Utf8Path| path.file_name().unwrap_or_default().to_owned();
        let files = self.files.iter().map(|(path, rows)| (name(path), *rows)).collect();
        self.digest.add_residues(&self.totals);
        Ok(ClaimedPeriod { period, files, totals: self.totals, rows_digest: self.digest.to_hex(), repeated, inputs: self.inputs })
    }

    /// The same charges without the surplus, written anew in the same folder, and what was left out.
    fn without(mut self, mut surplus: Surplus, period: BillingPeriod) -> Result<(Self, Totals), LakeError> {
        let aside = Utf8PathBuf::from(format!("{}.with-repeated", self.folder));
        std::fs::rename(&self.folder, &aside).map_err(LakeError::io(&aside))?;
        let mut kept = Self::new(self.disk.clone(), self.folder.clone())?;
        let mut left_out = Totals::default();
        for (path, _) in &self.files {
            let written = aside.join(path.file_name().unwrap_or_default());
            for rows in read_charges(&written)? {
                let rows = rows?;
                let encoder = ChargeEncoder::new(rows.schema())?;
                let (rest, repeated) = surplus.part(&rows, |_| true)?;
                for part in encoder.encode(&as_charges(rest))? {
                    kept.append(encoder.schema(), part, 0)?;
                }
                for part in encoder.encode(&repeated)? {
                    left_out.add(&part.totals, period)?;
                }
            }
        }
        kept.close()?;
        // What rounding left out is in no file: it is carried over, less that of the rows left out.
        for (currency, totals) in &mut kept.totals.0 {
            let of = |totals: &Totals| totals.0.get(currency).map_or([0; 4], |totals| totals.residues);
            let (all, out) = (of(&self.totals), of(&left_out));
            totals.residues = std::array::from_fn(|cost| all[cost] - out[cost]);
        }
        self.files.clear();
        std::fs::remove_dir_all(&aside).map_err(LakeError::io(&aside))?;
        Ok((kept, left_out))
    }
}

/// Size and SHA-256 of a file that was written, with the rows it holds.
///
/// # Errors
/// When it cannot be read.
pub fn describe_file(path: &Utf8Path, rows: u64) -> Result<WrittenFile, LakeError> {
    let bytes = std::fs::metadata(path).map_err(LakeError::io(path))?.len();
    let name = path.file_name().unwrap_or_default().to_owned();
    Ok(WrittenFile { name, bytes, rows, sha256: sha256_of(path)? })
}

fn keys_batch(rollup: &Rollup) -> Result<RecordBatch, LakeError> {
    let ids: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..rollup.keys.len() as u32));
    let mut builders: Vec<StringBuilder> = KEY_COLUMNS.iter().map(|_| StringBuilder::new()).collect();
    for key in &rollup.keys {
        builders.iter_mut().zip(decode_key(key)).for_each(|(column, value)| column.append_option(value));
    }
    let columns: Vec<StringArray> = builders.iter_mut().map(StringBuilder::finish).collect();
    let tags = KEY_COLUMNS.iter().position(|name| *name == "Tags").expect("tags are a key");
    let tags: Vec<Option<&str>> = columns[tags].iter().collect();
    let hot = hot_tags::columns(&tags).into_iter().map(|(name, column)| (name, column, true));
    let columns = KEY_COLUMNS.iter().zip(&columns);
    let columns = columns.map(|(name, column)| ((*name).to_owned(), Arc::new(column.clone()) as ArrayRef, true));
    Ok(RecordBatch::try_from_iter_with_nullable(std::iter::once(("Key".to_owned(), ids, false)).chain(columns).chain(hot))?)
}

fn rollup_batch(rollup: &Rollup) -> Result<RecordBatch, LakeError> {
    let cells = rollup.sorted();
    let keys: ArrayRef = Arc::new(UInt32Array::from_iter_values(cells.iter().map(|((key, ..), _)| *key)));
    let days: ArrayRef = Arc::new(Date32Array::from_iter_values(cells.iter().map(|((_, day, _), _)| *day)));
    let currencies: ArrayRef = Arc::new(StringArray::from_iter_values(cells.iter().map(|((.., currency), _)| currency.as_str())));
    let charges: ArrayRef = Arc::new(UInt64Array::from_iter_values(cells.iter().map(|(_, cell)| cell.charges)));
    let mut columns = vec![("Key", keys), ("ChargeDay", days), ("BillingCurrency", currencies)];
    for cost in Cost::ALL {
        let attos = Decimal128Array::from_iter_values(cells.iter().map(|(_, cell)| cell.costs[cost].atto()));
        columns.push((cost.column(), Arc::new(attos.with_precision_and_scale(38, SCALE as i8)?)));
    }
    columns.push(("Charges", charges));
    // A sum that is no amount is left out: whoever needs it adds up the charges.
    let sum = |(_, cell): &(CellId, Cell)| cell.quantity.and_then(Amount::from_atto).map(Amount::atto);
    let quantities: Decimal128Array = cells.iter().map(sum).collect();
    columns.push((QUANTITY, Arc::new(quantities.with_precision_and_scale(38, SCALE as i8)?)));
    Ok(RecordBatch::try_from_iter(columns)?)
}
