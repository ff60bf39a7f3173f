//! The part of an import that reads what others wrote: one function of a request that can be sent to another process, as its
//! answer can be sent back.
//!
//! Decoders of compressed and columnar files are large, and files made to do harm find their faults. Whoever imports runs this
//! in a process of its own, under limits, and believes nothing of the answer that it does not read again from the staged files.

use camino::Utf8PathBuf;
use farthing_lake::{LakeError, Staging};
use farthing_types::SourceName;
use serde::{Deserialize, Serialize};

use crate::billing_export::{self, BillFormat, ImportError, Imported};
use crate::event_log_files::{self, LogForm};
use crate::masking::Mask;
use crate::usage_files::{self, EventError, Events};
use crate::{InputFile, Reading, decision_files};

/// What to decode, and where to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The files.
    pub files: Vec<InputFile>,
    /// The staged folder to write into.
    pub staging: Utf8PathBuf,
    /// What the files hold.
    pub content: Content,
    /// How personal data in them is masked.
    pub mask: Option<Mask>,
}

/// What files hold, with all that decoding them needs to be told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Content {
    /// A bill.
    Charges {
        /// What its files are taken for.
        format: BillFormat,
        /// Whether a row that several of the files have is staged once.
        each_row_once: bool,
    },
    /// Inference usage.
    Usage {
        /// How it is written.
        format: usage_files::Format,
        /// The source it comes from.
        source: SourceName,
    },
    /// Decisions.
    Decisions,
    /// Event logs of business processes.
    EventLogs {
        /// How they are written.
        form: LogForm,
    },
}

/// What was decoded and staged.
#[derive(Debug, Serialize, Deserialize)]
pub enum Decoded {
    /// Charges.
    Charges(Imported),
    /// Usage or decisions.
    Events(Events),
}

/// Why files could not be decoded. Nothing of them is then staged.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A bill.
    #[error(transparent)]
    Charges(#[from] ImportError),
    /// Usage or decisions.
    #[error(transparent)]
    Events(#[from] EventError),
    /// The staged folder is no longer there.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

impl JobError {
    /// True where the delivery was not whole, so that the same import can succeed later.
    pub fn is_incomplete(&self) -> bool {
        matches!(self, Self::Charges(error) if error.is_incomplete())
    }

    /// True where there was not memory enough.
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::Charges(ImportError::Memory(_)))
    }

    /// True where the files are not to blame: the lake could not be written.
    pub fn is_of_the_lake(&self) -> bool {
        let error = match self {
            Self::Charges(ImportError::Lake(error)) | Self::Events(EventError::Lake(error)) | Self::Lake(error) => error,
            _ => return false,
        };
        matches!(error, LakeError::Io { .. } | LakeError::ReadBack { .. })
    }
}

/// Decodes the files and stages what is in them.
///
/// # Errors
/// When a file cannot be read to its end or the lake cannot be written.
pub fn run(job: &Job, reading: &Reading) -> Result<Decoded, JobError> {
    let staging = Staging::of_another(job.staging.clone())?;
    let mask = job.mask.as_ref();
    Ok(match &job.content {
        Content::Charges { format, each_row_once } => {
            Decoded::Charges(billing_export::import(&job.files, format, *each_row_once, mask, &staging, reading)?)
        }
        Content::Usage { format, source } => {
            Decoded::Events(usage_files::import(&job.files, format, source, mask, &staging, reading)?)
        }
        Content::EventLogs { form } => Decoded::Events(event_log_files::import(&job.files, form, mask, &staging, reading)?),
        Content::Decisions => Decoded::Events(decision_files::import(&job.files, mask, &staging, reading)?),
    })
}
