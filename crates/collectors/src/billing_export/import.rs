//! Files in, staged revisions out.

use std::fmt::Display;

use camino::Utf8PathBuf;
use farthing_focus::{Finding, Findings, Header, HeaderError, Version};
use farthing_lake::{ChargeWriter, LakeError, Staging, WrittenPeriod};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{csv_file, parquet_file};
use crate::{FileError, FileKind, InputFile, Reading};

/// How the names of files that may be bills end.
pub const ENDINGS: [&str; 6] = [".csv", ".csv.gz", ".csv.zst", ".csv.zstd", ".parquet", ".snappy.parquet"];

/// Why an import could not be done. The periods stay as they were.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A path cannot be imported.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is no FOCUS cost and usage.
    #[error("{file}: row 1: {source}; nothing was imported")]
    Header {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong with its header.
        source: HeaderError,
    },
    /// None of a folder's files is FOCUS cost and usage.
    #[error("none of the {0} files is FOCUS cost and usage ({1}); nothing was imported. Give the export's main files")]
    NoneOfThem(usize, String),
    /// A file breaks off or is damaged.
    #[error(
        "{file}: {cause}, {at}. The file is incomplete or damaged; nothing was imported and the earlier state stays. Fetch the file again and repeat the import"
    )]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// How far the reading came.
        at: String,
        /// What the reader said.
        cause: String,
    },
    /// A reader stopped on a damaged file.
    #[error("a file is damaged in a way that stopped its reader; nothing was imported and the earlier state stays")]
    Damaged,
    /// The lake could not be written.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

impl ImportError {
    pub(crate) fn unreadable(file: &InputFile, done: u64, cause: impl Display) -> Self {
        let unit = if file.kind == FileKind::Parquet { "rows" } else { "bytes of text" };
        Self::Unreadable { file: file.path.clone(), at: format!("after {done} {unit}"), cause: cause.to_string() }
    }
}

/// What one file gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file.
    pub file: Utf8PathBuf,
    /// The release of FOCUS that its columns tell of; `None` for a file that was passed over.
    pub focus_version: Option<Version>,
    /// Rows read.
    pub rows: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// What there is to say.
    pub findings: Vec<Finding>,
    /// Why a file found in a folder was passed over.
    pub passed_over: Option<String>,
}

/// What an import staged.
#[derive(Debug, Serialize, Deserialize)]
pub struct Imported {
    /// The billing periods in it.
    pub periods: Vec<WrittenPeriod>,
    /// Its files.
    pub files: Vec<FileReport>,
}

/// The SHA-256 over the contents of the files, whatever their names and order.
///
/// # Errors
/// When one cannot be read.
pub fn content_digest(files: &[InputFile]) -> Result<String, FileError> {
    let mut hashes = files.iter().map(InputFile::sha256).collect::<Result<Vec<_>, _>>()?;
    hashes.sort_unstable();
    let mut whole = Sha256::new();
    for hash in hashes {
        whole.update(hash);
    }
    Ok(whole.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Reads the files and stages a revision for each billing period in them.
///
/// A file found in a folder that is no cost and usage is passed over and reported; one that was named is an error. With
/// `each_row_once`, a row that several of the files have is staged once, and [`WrittenPeriod::repeated`] says how much that was.
///
/// # Errors
/// When a file cannot be read to its end or the lake cannot be written. Nothing is then staged.
pub fn import(files: &[InputFile], each_row_once: bool, staging: &Staging, reading: &Reading) -> Result<Imported, ImportError> {
    let mut writer = ChargeWriter::new(staging);
    if each_row_once && files.len() > 1 {
        writer = writer.each_row_once();
    }
    let mut reports = Vec::with_capacity(files.len());
    let mut last_refusal = String::new();
    for file in files {
        reading.begin(file);
        writer.next_file();
        match header(file) {
            Ok((header, findings)) => reports.push(import_file(file, header, findings, &mut writer, reading)?),
            Err(ImportError::Header { source, .. }) if !file.named => {
                last_refusal = format!("{}: {source}", file.path);
                let passed_over = Some(source.to_string());
                let (findings, focus_version) = (Vec::new(), None);
                reports.push(FileReport { file: file.path.clone(), focus_version, rows: 0, set_aside: 0, findings, passed_over });
            }
            Err(error) => return Err(error),
        }
    }
    if reports.iter().all(|report| report.passed_over.is_some()) {
        return Err(ImportError::NoneOfThem(files.len(), last_refusal));
    }
    Ok(Imported { periods: writer.finish()?, files: reports })
}

fn header(file: &InputFile) -> Result<(Header, Findings), ImportError> {
    match file.kind {
        FileKind::Parquet => parquet_file::header(file),
        _ => csv_file::header(file),
    }
}

fn import_file(
    file: &InputFile,
    header: Header,
    mut findings: Findings,
    writer: &mut ChargeWriter<'_>,
    reading: &Reading,
) -> Result<FileReport, ImportError> {
    let version = header.version();
    let outcome = match file.kind {
        FileKind::Parquet => parquet_file::import(file, header, writer, reading)?,
        _ => csv_file::import(file, header, writer, reading)?,
    };
    findings.append(outcome.findings);
    Ok(FileReport {
        file: file.path.clone(),
        focus_version: Some(version),
        rows: outcome.rows_read,
        set_aside: outcome.set_aside,
        findings: findings.list(),
        passed_over: None,
    })
}
