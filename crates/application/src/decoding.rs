//! The door through which untrusted files come in.

use std::sync::Arc;

use farthing_collectors::Reading;
use farthing_collectors::decode::{Decoded, Job};

use crate::home::blocking;
use crate::{Error, Farthing};

/// Decodes files apart from this process, so that a file made to do harm cannot take it down.
///
/// A decoder's answer is a claim: what is published is what the importer reads again from the staged files.
pub trait Decoder: Send + Sync {
    /// Decodes the job's files into its staged folder. Blocks; `reading` shows how far it is and can stop it.
    ///
    /// # Errors
    /// When the files are refused, a limit is reached, or the decoder does not come to its end.
    fn decode(&self, job: &Job, reading: &Reading) -> Result<Decoded, DecodeError>;
}

/// Why files were not decoded. Nothing was imported and the earlier state stays.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The files make no sense.
    #[error("{0}")]
    Refused(String),
    /// The delivery is not whole: the same import can succeed later.
    #[error("{0}")]
    Incomplete(String),
    /// The lake could not be written.
    #[error("{0}")]
    Lake(String),
    /// Somebody asked to stop.
    #[error("the import was stopped on request; nothing was imported and the earlier state stays. Run it again to begin afresh")]
    Stopped,
    /// More memory than allowed.
    #[error(
        "{file}: decoding it needs more than {mib} MiB of memory; nothing was imported and the earlier state stays. It may be damaged or \
         made to do harm; if you trust it, import fewer files at a time or raise the setting decode_memory_mib"
    )]
    Memory {
        /// The file that was being read.
        file: String,
        /// The limit.
        mib: u64,
    },
    /// More time than allowed.
    #[error(
        "{file}: decoding was not done after {seconds} s; nothing was imported and the earlier state stays. It may be damaged or made \
         to do harm; if you trust it, import fewer files at a time or raise the setting decode_seconds"
    )]
    Time {
        /// The file that was being read.
        file: String,
        /// The limit.
        seconds: u64,
    },
    /// A written file grew larger than allowed.
    #[error(
        "{file}: a file of facts decoded from it grew beyond {mib} MiB; nothing was imported and the earlier state stays. It may be \
         made to do harm; if you trust it, import fewer files at a time or raise the setting decode_output_mib"
    )]
    Output {
        /// The file that was being read.
        file: String,
        /// The limit.
        mib: u64,
    },
    /// The decoder ended before its work did.
    #[error(
        "{file}: the decoder ended before its work did ({how}); nothing was imported and the earlier state stays. The file is probably \
         damaged: fetch it again and repeat the import. If it ends the decoder again, please report it"
    )]
    Died {
        /// The file that was being read.
        file: String,
        /// How it ended.
        how: String,
    },
    /// The decoder could not be started, or its answer is none.
    #[error(
        "the decoder of untrusted files cannot be used ({0}); nothing was imported. Check the installation with `farthing doctor`"
    )]
    Unusable(String),
}

impl Farthing {
    /// Decodes files, wherever that is done.
    pub(crate) async fn decode(&self, job: Job, reading: Arc<Reading>) -> Result<Decoded, Error> {
        let decoder = self.decoder.clone();
        blocking(move || Ok(decoder.decode(&job, &reading)?)).await
    }
}

/// An answer to another question than was asked.
pub(crate) fn mistaken() -> Error {
    Error::Decode(DecodeError::Unusable("it answered what it was not asked".to_owned()))
}
