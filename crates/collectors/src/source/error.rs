use farthing_types::{Amount, BillingPeriod};

use super::CheckpointsError;
use crate::FileError;

/// Why a part of a source could not be collected. Nothing of the month is then imported, and the earlier state stays.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// One call more would cost more than may be spent.
    #[error(
        "{call}: the next call costs USD {price}, {spent} of the budget of {budget} for {month} is spent, so it was not made; nothing was \
         imported and the earlier state stays. Raise monthly_budget of the source, or wait for the next month"
    )]
    Budget {
        /// The call.
        call: &'static str,
        /// What it costs.
        price: Amount,
        /// What was spent.
        spent: Amount,
        /// What may be.
        budget: Amount,
        /// In which month.
        month: BillingPeriod,
    },
    /// The service does not let us.
    #[error(
        "{call}: access was denied ({said}); nothing was imported and the earlier state stays. Give the credentials the rights that \
         deploy/iam lists for this source"
    )]
    Denied {
        /// The call.
        call: &'static str,
        /// What it said.
        said: String,
    },
    /// It did not answer well, however often it was asked.
    #[error(
        "{call}: no usable answer after {attempts} attempts ({said}); nothing was imported and the earlier state stays. Collect again later"
    )]
    Unavailable {
        /// The call.
        call: &'static str,
        /// How often it was asked.
        attempts: u32,
        /// What it said last.
        said: String,
    },
    /// It refuses the request.
    #[error(
        "{call}: the service refuses the request ({said}); nothing was imported and the earlier state stays. Correct the source's settings"
    )]
    Refused {
        /// The call.
        call: &'static str,
        /// What it said.
        said: String,
    },
    /// An answer that is not whole.
    #[error("{call}: {said}; an answer that is not whole is not imported and the earlier state stays. Collect again later")]
    Incomplete {
        /// The call.
        call: &'static str,
        /// What is missing.
        said: String,
    },
    /// An answer that makes no sense.
    #[error(
        "{call}: the answer cannot be used ({said}); nothing was imported and the earlier state stays. If it happens again, please report it"
    )]
    Nonsense {
        /// The call.
        call: &'static str,
        /// What is wrong with it.
        said: String,
    },
    /// An address that may not be called.
    #[error("{endpoint}: {why}; nothing was sent")]
    Endpoint {
        /// The address, without secrets.
        endpoint: String,
        /// Why, and the next step.
        why: String,
    },
    /// A secret that is not there.
    #[error(
        "the secret {name} is not set: put it in the environment as {name}, or its file's path as {name}_FILE; nothing was sent"
    )]
    Secret {
        /// Its name.
        name: String,
    },
    /// A secret that cannot be read.
    #[error("the secret {name} cannot be read: {why}; nothing was sent")]
    UnreadableSecret {
        /// Its name.
        name: String,
        /// What the system said.
        why: String,
    },
    /// The document of sources is wrong.
    #[error("{0}")]
    Config(String),
    /// What was spent cannot be noted.
    #[error(transparent)]
    Checkpoints(#[from] CheckpointsError),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl CollectError {
    /// True where the same request may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Incomplete { .. })
    }

    /// A stable name of the cause, for metrics and for the catalogue.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Budget { .. } => "budget",
            Self::Denied { .. } => "denied",
            Self::Unavailable { .. } => "unavailable",
            Self::Refused { .. } => "refused",
            Self::Incomplete { .. } => "incomplete",
            Self::Nonsense { .. } => "nonsense",
            Self::Endpoint { .. } => "endpoint",
            Self::Secret { .. } | Self::UnreadableSecret { .. } => "secret",
            Self::Config(_) => "config",
            Self::Checkpoints(_) | Self::File(_) => "state",
        }
    }
}
