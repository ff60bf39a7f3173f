use std::time::Duration;

use datafusion::error::DataFusionError;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query is not one that may be asked, or makes no sense.
    #[error("{0}. Only one SELECT is allowed, over the tables focus, usage and decisions")]
    Refused(String),
    /// It took too long.
    #[error("the query was stopped after {} s. Ask for less, for example one billing period, or raise the limit", .0.as_secs())]
    TimedOut(Duration),
    /// It needs more memory than it may have.
    #[error("the query needs more than its {limit} MiB of memory: {cause}. Group by fewer columns or ask for less")]
    Memory {
        /// The limit.
        limit: usize,
        /// What could not be allocated.
        cause: String,
    },
    /// The engine failed.
    #[error("the query failed: {0}")]
    Failed(String),
}

impl QueryError {
    pub(crate) fn planning(error: DataFusionError) -> Self {
        Self::Refused(first_line(&error))
    }

    pub(crate) fn running(error: DataFusionError, memory_mib: usize) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory { limit: memory_mib, cause: first_line(&error) },
            _ => Self::Failed(first_line(&error)),
        }
    }
}

fn first_line(error: &DataFusionError) -> String {
    error.strip_backtrace().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}
