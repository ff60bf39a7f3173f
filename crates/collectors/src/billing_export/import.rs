//! Files in, staged revisions out.

use std::error::Error;
use std::fmt::Display;

use camino::Utf8PathBuf;
use farthing_focus::{Conformity, Dataset, Finding, Findings, Format, Header, HeaderError, Version};
use farthing_lake::{ChargeWriter, ClaimedPeriod, LakeError, Staging};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::format::{BillFormat, FormatError};
use super::manifest::ManifestError;
use super::reference::{ReferenceFiles, StagedDataset};
use super::text_file::Dialect;
use super::{parquet_file, text_file};
use crate::bucket::BucketError;
use crate::file::Bomb;
use crate::limits::MOST_COLUMNS;
use crate::masking::Mask;
use crate::{FileError, FileKind, InputFile, Reading};

/// How the names of files that may be bills end.
pub const ENDINGS: [&str; 19] = [
    ".csv",
    ".csv.gz",
    ".csv.zst",
    ".csv.zstd",
    ".tsv",
    ".tsv.gz",
    ".tsv.zst",
    ".parquet",
    ".json",
    ".json.gz",
    ".json.zst",
    ".jsonl",
    ".jsonl.gz",
    ".jsonl.zst",
    ".ndjson",
    ".ndjson.gz",
    ".ndjson.zst",
    ".csv.gzip",
    ".json.gzip",
];

/// Why an import could not be done. The periods stay as they were.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A path cannot be imported.
    #[error(transparent)]
    File(#[from] FileError),
    /// A bucket cannot be read.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The format cannot be used.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A delivery is not whole, or its manifest cannot be followed.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Text of two bytes a letter.
    #[error(
        "{0}: the text is UTF-16; nothing was imported. Save or export it as UTF-8 (`iconv -f UTF-16 -t UTF-8`) and run the import again"
    )]
    Utf16(Utf8PathBuf),
    /// One JSON value instead of lines.
    #[error("{0}: this is a JSON list; nothing was imported. Write one object a line (`jq -c '.[]'`) and run the import again")]
    JsonArray(Utf8PathBuf),
    /// A file holds another number of rows than its manifest says.
    #[error(
        "{file}: the manifest says {promised} rows and {found} are there; nothing was imported. Wait for the delivery to finish and run the import again"
    )]
    Rows {
        /// The file.
        file: Utf8PathBuf,
        /// What the manifest says.
        promised: u64,
        /// What was read.
        found: u64,
    },
    /// A file is no FOCUS cost and usage.
    #[error("{file}: row 1: {source}; nothing was imported")]
    Header {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong with its header.
        source: HeaderError,
    },
    /// None of a folder's files is FOCUS cost and usage.
    #[error("none of the {0} files is a bill ({1}); nothing was imported. Give the export's main files")]
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
    /// A file claims or unpacks to what no bill is.
    #[error(
        "{file}: {what}; nothing was imported and the earlier state stays. The file is damaged or made to do harm: if you trust it, \
         export it again in smaller parts"
    )]
    Absurd {
        /// The file.
        file: Utf8PathBuf,
        /// What is too much.
        what: String,
    },
    /// A file needs more memory than there is.
    #[error("{0}: reading it needs more memory than there is; nothing was imported and the earlier state stays")]
    Memory(Utf8PathBuf),
    /// A reader stopped on a damaged file.
    #[error("a file is damaged in a way that stopped its reader; nothing was imported and the earlier state stays")]
    Damaged,
    /// The lake could not be written.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

impl ImportError {
    /// True where the delivery was not whole, so that the same import can succeed later.
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::Manifest(error) => error.is_incomplete(),
            Self::Bucket(error) => error.is_transient(),
            Self::Rows { .. } | Self::File(FileError::Changed(_)) => true,
            _ => false,
        }
    }

    /// An error of reading text.
    pub(crate) fn reading(file: &InputFile, done: u64, error: std::io::Error) -> Self {
        match error.get_ref().and_then(|error| error.downcast_ref::<Bomb>()) {
            Some(bomb) => Self::absurd(file, bomb),
            None => Self::unreadable(file, done, error),
        }
    }

    pub(crate) fn absurd(file: &InputFile, what: impl Display) -> Self {
        Self::Absurd { file: file.path.clone(), what: what.to_string() }
    }

    /// An error of a reader, after so many rows or bytes.
    pub(crate) fn unreadable(file: &InputFile, done: u64, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        if is_out_of_memory(&*cause) {
            return Self::Memory(file.path.clone());
        }
        let unit = if file.kind == FileKind::Parquet { "rows" } else { "bytes of text" };
        Self::Unreadable { file: file.path.clone(), at: format!("after {done} {unit}"), cause: cause.to_string() }
    }
}

/// A vector that cannot grow is an error of reading to the standard library, where most others end the process.
fn is_out_of_memory(error: &(dyn Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.filter_map(|error| error.downcast_ref::<std::io::Error>()).any(|error| error.kind() == std::io::ErrorKind::OutOfMemory)
}

/// What one file gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file.
    pub file: Utf8PathBuf,
    /// The dataset that its columns tell of.
    pub dataset: Dataset,
    /// The release of FOCUS that its columns tell of; `None` for a file that was passed over.
    pub focus_version: Option<Version>,
    /// What it was read as: `FOCUS 1.2`, or the title of a mapping; empty for a file that was passed over.
    pub format: String,
    /// Rows read.
    pub rows: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// How the rows kept stand to the rules of FOCUS.
    pub conformity: Conformity,
    /// What there is to say.
    pub findings: Vec<Finding>,
    /// Why a file found in a folder was passed over.
    pub passed_over: Option<String>,
}

/// What an import staged.
#[derive(Debug, Serialize, Deserialize)]
pub struct Imported {
    /// The billing periods in it.
    pub periods: Vec<ClaimedPeriod>,
    /// The other datasets of FOCUS, by billing period.
    pub datasets: Vec<StagedDataset>,
    /// Its files.
    pub files: Vec<FileReport>,
}

/// The SHA-256 of each file as it lies there, in the order given.
///
/// # Errors
/// When one cannot be read.
pub fn file_digests(files: &[InputFile]) -> Result<Vec<[u8; 32]>, FileError> {
    files.par_iter().map(InputFile::sha256).collect()
}

/// The SHA-256 over the contents of files with these digests, whatever their names and order, and over what they are read by, where that is
/// more than the files themselves tell: another mapping makes other charges of the same files.
pub fn content_digest(mut hashes: Vec<[u8; 32]>, read_by: &str) -> [u8; 32] {
    hashes.sort_unstable();
    let mut whole = Sha256::new();
    for hash in hashes {
        whole.update(hash);
    }
    whole.update(read_by);
    whole.finalize().into()
}

/// Reads the files and stages a revision for each billing period in them. What it takes and gives can be sent between processes.
///
/// A file found in a folder that is no bill is passed over and reported; one that was named is an error. With `each_row_once`, a row
/// that several of the files have is staged once, and [`ClaimedPeriod::repeated`] says how much that was. What `mask` masks is masked
/// in rows and findings alike.
///
/// # Errors
/// When a file cannot be read to its end, changed while it was read, or the lake cannot be written. Nothing is then staged.
pub fn import(
    files: &[InputFile],
    format: &BillFormat,
    each_row_once: bool,
    mask: Option<&Mask>,
    staging: &Staging,
    reading: &Reading,
) -> Result<Imported, ImportError> {
    let asked = format.read()?;
    let mut writer = ChargeWriter::new(staging);
    if each_row_once && files.len() > 1 {
        writer = writer.each_row_once();
    }
    let mut others = ReferenceFiles::default();
    let mut reports = Vec::with_capacity(files.len());
    let mut last_refusal = String::new();
    for file in files {
        reading.begin(file);
        writer.next_file();
        let format = match (&asked, &file.promised.format) {
            (Format::Auto, Some(name)) => BillFormat::named(name)?.read()?,
            _ => asked.clone(),
        };
        match Opened::of(file, &format) {
            Ok(opened) if opened.header.dataset() != Dataset::CostAndUsage => {
                reports.push(others.read(file, opened, mask, reading)?);
            }
            Ok(opened) => reports.push(opened.import(file, mask, &mut writer, reading)?),
            Err(ImportError::Header { source, .. }) if !file.named => {
                last_refusal = format!("{}: {source}", file.path);
                reports.push(FileReport::passed_over(file.path.clone(), source.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    if reports.iter().all(|report| report.passed_over.is_some()) {
        return Err(ImportError::NoneOfThem(files.len(), last_refusal));
    }
    files.iter().try_for_each(InputFile::check_unchanged)?;
    let periods = writer.claim()?;
    let datasets = others.finish(staging, periods.last().map(|newest| newest.period))?;
    Ok(Imported { periods, datasets, files: reports })
}

impl FileReport {
    /// Of a file whose rows were not read.
    pub fn passed_over(file: Utf8PathBuf, reason: String) -> Self {
        Self {
            file,
            dataset: Dataset::CostAndUsage,
            focus_version: None,
            format: String::new(),
            rows: 0,
            set_aside: 0,
            conformity: Conformity::default(),
            findings: Vec::new(),
            passed_over: Some(reason),
        }
    }
}

/// The delivery's manifest may say how many rows a file has.
pub(crate) fn check_promise(file: &InputFile, found: u64) -> Result<(), ImportError> {
    match file.promised.rows.filter(|promised| *promised != found) {
        Some(promised) => Err(ImportError::Rows { file: file.path.clone(), promised, found }),
        None => Ok(()),
    }
}

/// A file whose columns are understood.
pub(crate) struct Opened {
    pub header: Header,
    pub findings: Findings,
    /// `None` for Parquet.
    pub dialect: Option<Dialect>,
}

impl Opened {
    fn of(file: &InputFile, format: &Format) -> Result<Self, ImportError> {
        let opened = match file.kind {
            FileKind::Parquet => {
                let (header, findings) = parquet_file::header(file, format)?;
                Self { header, findings, dialect: None }
            }
            FileKind::Text | FileKind::Gzip | FileKind::Zstd => {
                let (header, findings, dialect) = text_file::header(file, format)?;
                Self { header, findings, dialect: Some(dialect) }
            }
        };
        let columns = opened.header.schema().fields().len();
        if columns > MOST_COLUMNS {
            return Err(ImportError::absurd(file, format!("it has {columns} columns, more than {MOST_COLUMNS}")));
        }
        Ok(opened)
    }

    fn import(
        self,
        file: &InputFile,
        mask: Option<&Mask>,
        writer: &mut ChargeWriter<'_>,
        reading: &Reading,
    ) -> Result<FileReport, ImportError> {
        let Self { header, mut findings, dialect } = self;
        let (focus_version, format) = (Some(header.version()), header.format());
        let outcome = match dialect {
            None => parquet_file::import(file, header, mask, writer, reading)?,
            Some(dialect) => text_file::import(file, header, dialect, mask, writer, reading)?,
        };
        check_promise(file, outcome.rows_read)?;
        findings.append(outcome.findings);
        if let Some(mask) = mask {
            mask.findings(&mut findings);
        }
        Ok(FileReport {
            file: file.path.clone(),
            dataset: Dataset::CostAndUsage,
            focus_version,
            format,
            rows: outcome.rows_read,
            set_aside: outcome.set_aside,
            conformity: outcome.conformity,
            findings: findings.list(),
            passed_over: None,
        })
    }
}
