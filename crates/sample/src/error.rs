use std::path::PathBuf;

use crate::organisation::{MAX_ROWS, MIN_ROWS};

/// Why a sample organisation could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Too few or too many rows.
    #[error("a sample organisation has {MIN_ROWS} to {MAX_ROWS} charges, not {rows}: choose another --rows")]
    Rows {
        /// What was asked for.
        rows: u64,
    },
    /// A file cannot be written.
    #[error("{}: {error}; nothing after it was written. Check the free space and the permissions of the folder", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A Parquet file cannot be written.
    #[error("{}: {error}; nothing after it was written. Check the free space and the permissions of the folder", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        error: parquet::errors::ParquetError,
    },
    /// The threads that make rows cannot be started.
    #[error("the threads that make rows cannot be started: {0}; try again with one thread")]
    Threads(String),
}
