//! One file, whatever is in it.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Difference;
use crate::{LakeError, WrittenFile, sha256_of};

/// Presence, length, hash, footer and number of rows.
pub(super) fn compare(folder: &Utf8Path, listed: &WrittenFile, bytes: &AtomicU64) -> Option<Difference> {
    let path = folder.join(&listed.name);
    let found = look(&path, listed);
    bytes.fetch_add(listed.bytes, Ordering::Relaxed);
    found.unwrap_or_else(|error| Some(Difference::unreadable(&path, &error)))
}

fn look(path: &Utf8Path, listed: &WrittenFile) -> Result<Option<Difference>, LakeError> {
    let length = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Ok(Some(Difference::missing(path, format!("a file of {} bytes", listed.bytes)))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(Difference::missing(path, format!("a file of {} bytes", listed.bytes))));
        }
        Err(error) => return Err(LakeError::io(path)(error)),
    };
    if length != listed.bytes {
        return Ok(Some(Difference::length(path, listed.bytes, length)));
    }
    let sha256 = sha256_of(path)?;
    if sha256 != listed.sha256 {
        return Ok(Some(Difference::content(path, &listed.sha256, sha256)));
    }
    let rows = open(path)?.metadata().file_metadata().num_rows();
    // Derived files are listed with 0 rows: they hold no facts.
    let rows = if listed.rows == 0 { 0 } else { u64::try_from(rows).unwrap_or_default() };
    Ok(Difference::rows(path, listed.rows, rows))
}

fn open(path: &Utf8Path) -> Result<ParquetRecordBatchReaderBuilder<File>, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))
}

/// Reads every value of the file.
pub(super) fn decode(path: &Utf8Path) -> Result<Option<Difference>, LakeError> {
    let builder = open(path)?;
    let expected = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    let mut rows = 0;
    for batch in builder.with_batch_size(16_384).build().map_err(LakeError::parquet(path))? {
        rows += batch?.num_rows() as u64;
    }
    Ok(Difference::rows(path, expected, rows))
}

/// Files in the folder that the catalogue does not list.
pub(super) fn unlisted(folder: &Utf8Path, listed: &[WrittenFile]) -> Vec<Difference> {
    let Ok(entries) = folder.read_dir_utf8() else { return Vec::new() };
    let mut extra: Vec<Utf8PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path().to_owned()).collect();
    extra.retain(|path| !listed.iter().any(|file| Some(file.name.as_str()) == path.file_name()));
    extra.sort();
    let found = |path: &Utf8PathBuf| std::fs::metadata(path).map(|m| format!("{} bytes", m.len())).unwrap_or_default();
    extra.iter().map(|path| Difference::unlisted(path, found(path))).collect()
}
