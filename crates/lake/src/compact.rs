//! Many small files and row groups of a revision into few large ones. The facts, their order within a set of columns, their sums
//! and everything that is made from them stay as they are.

use std::fs::File;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use camino::{Utf8Path, Utf8PathBuf};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::encode::properties;
use crate::row_group::RowsFile;
use crate::{LakeError, Listed, Verifying, WrittenFile, describe_file, verify_revision};

/// Rows of a row group: enough for dictionaries and statistics to pay, few enough to be held in memory several times.
const GROUP_ROWS: usize = 262_144;
/// A revision whose row groups have fewer rows than this on average is worth compacting.
const SMALL_GROUP_ROWS: u64 = GROUP_ROWS as u64 / 2;
/// Rows read at a time.
const BATCH_ROWS: usize = 32_768;

/// How a revision's facts are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Files of facts.
    pub files: u64,
    /// Row groups in them.
    pub groups: u64,
    /// Facts.
    pub rows: u64,
    /// Different sets of columns: what cannot be one file.
    pub schemas: u64,
}

impl Cut {
    /// True where fewer files or row groups would hold the same facts.
    pub fn is_small(&self) -> bool {
        self.files > self.schemas || (self.groups > self.schemas && self.rows < self.groups * SMALL_GROUP_ROWS)
    }
}

/// Files of charges that have the same columns.
type SameColumns = Vec<(SchemaRef, Vec<Utf8PathBuf>)>;

/// How the charges of a revision are cut.
///
/// # Errors
/// When a file cannot be read.
pub fn cut_of(listed: &Listed) -> Result<Cut, LakeError> {
    let mut cut = Cut { files: 0, groups: 0, rows: 0, schemas: by_columns(listed)?.len() as u64 };
    for path in charges(listed) {
        let metadata = open(&path)?.metadata().clone();
        cut.files += 1;
        cut.groups += metadata.num_row_groups() as u64;
        cut.rows += u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
    }
    Ok(cut)
}

/// Writes a revision's charges anew into `folder`, one file for each set of columns, and its keys and roll-up as they are.
///
/// What was written is compared with what the catalogue says of the revision, roll-ups made again from the new files.
///
/// # Errors
/// When a file cannot be read or written, or what was written is not the same revision.
pub fn compact_charges(listed: &Listed, folder: &Utf8Path) -> Result<Vec<WrittenFile>, LakeError> {
    let mut files = Vec::new();
    for (number, (schema, paths)) in by_columns(listed)?.into_iter().enumerate() {
        let path = folder.join(format!("charges-{number:04}.parquet"));
        let rows = merge(&schema, &paths, &path)?;
        files.push(describe_file(&path, rows)?);
    }
    for file in listed.files.iter().filter(|file| !is_charges(file)) {
        let (from, to) = (listed.folder.join(&file.name), folder.join(&file.name));
        std::fs::copy(&from, &to).map_err(LakeError::io(&from))?;
        File::open(&to).and_then(|copy| copy.sync_all()).map_err(LakeError::io(&to))?;
        files.push(file.clone());
    }
    let written = Listed { folder: folder.to_owned(), files: files.clone(), ..listed.clone() };
    match verify_revision(&written, true, &Verifying::default()).first() {
        None => Ok(files),
        Some(difference) => Err(LakeError::ReadBack {
            path: difference.file.clone(),
            what: difference.what.clone(),
            written: difference.expected.clone(),
            read: difference.found.clone(),
        }),
    }
}

/// Copies a revision's files into `folder` and reads the copies.
///
/// # Errors
/// When a file cannot be read or written, or a copy is not the same.
pub fn copy_revision(listed: &Listed, folder: &Utf8Path) -> Result<(), LakeError> {
    for file in &listed.files {
        let (from, to) = (listed.folder.join(&file.name), folder.join(&file.name));
        std::fs::copy(&from, &to).map_err(LakeError::io(&from))?;
        File::open(&to).and_then(|copy| copy.sync_all()).map_err(LakeError::io(&to))?;
        let copied = describe_file(&to, file.rows)?;
        if copied != *file {
            let what = "the SHA-256 of the copy".to_owned();
            return Err(LakeError::ReadBack { path: to, what, written: file.sha256.clone(), read: copied.sha256 });
        }
    }
    Ok(())
}

fn is_charges(file: &WrittenFile) -> bool {
    file.name.starts_with("charges-")
}

fn charges(listed: &Listed) -> Vec<Utf8PathBuf> {
    listed.files.iter().filter(|file| is_charges(file)).map(|file| listed.folder.join(&file.name)).collect()
}

fn by_columns(listed: &Listed) -> Result<SameColumns, LakeError> {
    let mut sets: SameColumns = Vec::new();
    for path in charges(listed) {
        let schema = open(&path)?.schema().clone();
        match sets.iter_mut().find(|(known, _)| known.fields() == schema.fields()) {
            Some((_, paths)) => paths.push(path),
            None => sets.push((schema, vec![path])),
        }
    }
    Ok(sets)
}

fn open(path: &Utf8Path) -> Result<ParquetRecordBatchReaderBuilder<File>, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))
}

/// Rows of several files into one, in row groups of [`GROUP_ROWS`].
fn merge(schema: &SchemaRef, from: &[Utf8PathBuf], to: &Utf8Path) -> Result<u64, LakeError> {
    let mut file = RowsFile::create(to, schema, properties(), GROUP_ROWS)?;
    let mut rows = 0;
    for path in from {
        for batch in open(path)?.with_batch_size(BATCH_ROWS).build().map_err(LakeError::parquet(path))? {
            let batch: RecordBatch = batch?;
            rows += batch.num_rows() as u64;
            file.write(&batch)?;
        }
    }
    file.close()?;
    Ok(rows)
}

/// All charges of a revision in one batch, for tests.
#[cfg(test)]
pub(crate) fn all_charges(listed: &Listed) -> RecordBatch {
    let batches: Vec<RecordBatch> = charges(listed).iter().map(|path| crate::read_rows(path).unwrap()).collect();
    arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap()
}
