use farthing_attribution::AttributionError;
use farthing_collectors::FileError;
use farthing_collectors::billing_export::ImportError;
use farthing_collectors::bucket::BucketError;
use farthing_collectors::source::CollectError;
use farthing_collectors::span_spool::SpoolError;
use farthing_lake::LakeError;
use farthing_optimizer::PlanError;
use farthing_query::QueryError;
use farthing_store::StoreError;
use farthing_unit_economics::EconomicsError;

use crate::DecodeError;

/// Why something could not be done. Every message says what, where, why and the next step.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no bills to import, or no format to read them by.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A source cannot be collected.
    #[error(transparent)]
    Collect(Box<CollectError>),
    /// A bucket cannot be read.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// Files could not be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A path cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Received spans cannot be kept or read.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The lake failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A query failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Charges could not be attributed.
    #[error(transparent)]
    Attribution(#[from] AttributionError),
    /// The cost of decisions could not be computed.
    #[error(transparent)]
    Economics(#[from] EconomicsError),
    /// A plan could not be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A document cannot be used; nothing was published.
    #[error("{file}: {}", .problems.join("\n"))]
    Document {
        /// The file or stored version.
        file: String,
        /// Each problem, with its line.
        problems: Vec<String>,
    },
    /// There is nothing to report on.
    #[error("{0}")]
    Nothing(String),
    /// Whoever asks is nobody who is known.
    #[error("{0}")]
    Unknown(String),
    /// Whoever asks is known and may not: it is about others, or they did not show what it takes.
    #[error("{0}")]
    Forbidden(String),
    /// What is asked of another program that does not answer at this moment.
    #[error("{0}")]
    Unavailable(String),
    /// A request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// What is there already is in the way.
    #[error("{0}")]
    Occupied(String),
    /// Part of the work could not be done, and may be later; the rest is done.
    #[error("{0}")]
    Partly(String),
    /// What was to be changed is not what the caller saw any more.
    #[error("{0}")]
    Changed(String),
    /// A file or folder of the home cannot be used.
    #[error("{path}: {source}. Check that it exists and may be written, or choose another home with --home")]
    Home {
        /// The path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// An answer could not be written.
    #[error("the answer could not be written: {0}")]
    Unwritten(#[from] std::io::Error),
    /// A task stopped without an answer.
    #[error("the work stopped unexpectedly: {0}. This is a fault of the program; please report it")]
    Panicked(String),
}

/// What kind of failure an [`Error`] is, for exit statuses and HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input or request is wrong.
    Invalid,
    /// What was asked for does not exist.
    NotFound,
    /// Whoever asks is nobody who is known.
    Unknown,
    /// It is not theirs.
    Forbidden,
    /// Somebody else changed the same thing at the same time.
    Conflict,
    /// The caller's version is not the newest any more.
    Stale,
    /// A limit was reached.
    Limit,
    /// Another program does not answer.
    Unavailable,
    /// Something broke.
    Failed,
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Decode(error) => match error {
                DecodeError::Refused(_) | DecodeError::Stopped => Kind::Invalid,
                DecodeError::Incomplete(_) => Kind::Conflict,
                DecodeError::Memory { .. } | DecodeError::Time { .. } | DecodeError::Output { .. } => Kind::Limit,
                DecodeError::Lake(_) | DecodeError::Died { .. } | DecodeError::Unusable(_) => Kind::Failed,
            },
            // What is delivered at this moment is being changed by somebody else.
            Self::Import(error) if error.is_incomplete() => Kind::Conflict,
            Self::Bucket(error) if error.is_transient() => Kind::Conflict,
            Self::Collect(error) if error.is_transient() => Kind::Conflict,
            Self::Collect(_)
            | Self::Bucket(_)
            | Self::Import(_)
            | Self::File(_)
            | Self::Document { .. }
            | Self::Invalid(_)
            | Self::Plan(_) => Kind::Invalid,
            Self::Unknown(_) => Kind::Unknown,
            Self::Forbidden(_) => Kind::Forbidden,
            Self::Unavailable(_) => Kind::Unavailable,
            Self::Occupied(_) | Self::Partly(_) | Self::Spool(SpoolError::Held(_)) => Kind::Conflict,
            Self::Changed(_) => Kind::Stale,
            Self::Nothing(_) | Self::Store(StoreError::NotFound { .. }) => Kind::NotFound,
            Self::Store(StoreError::Conflict { .. } | StoreError::RevisionConflict { .. }) => Kind::Conflict,
            Self::Store(StoreError::PeriodClosed { .. } | StoreError::SamePerson { .. }) => Kind::Invalid,
            Self::Query(QueryError::Refused(_)) => Kind::Invalid,
            Self::Query(
                QueryError::TimedOut(_) | QueryError::Memory { .. } | QueryError::Disk { .. } | QueryError::TooLarge { .. },
            ) => Kind::Limit,
            _ => Kind::Failed,
        }
    }

    /// An error that may go away by itself.
    pub fn is_transient(&self) -> bool {
        self.kind() == Kind::Conflict
    }
}
