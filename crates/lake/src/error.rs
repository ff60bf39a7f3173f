use camino::Utf8PathBuf;
use parquet::errors::ParquetError;

/// Why facts could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The file system refused.
    #[error("{path}: {source}. Check that the folder exists, is writable and has room; nothing was published")]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// A Parquet file could not be written or read.
    #[error("{path}: {source}. Run `farthing status` to see which revision it belongs to, and import its files again")]
    Parquet {
        /// The file.
        path: Utf8PathBuf,
        /// What the Parquet library said.
        source: ParquetError,
    },
    /// Columns could not be put together or taken apart.
    #[error("columns do not fit together: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A sum is beyond what 38 digits hold.
    #[error(
        "the sum of {column} in {period} does not fit 38 digits with 18 decimals; nothing was published. Check the file's units"
    )]
    Overflow {
        /// The cost.
        column: &'static str,
        /// The billing period.
        period: String,
    },
    /// What was read back is not what was written.
    #[error(
        "{path}: {what} read back as {read} and had been written as {written}; nothing was published. Check the disk and import again"
    )]
    ReadBack {
        /// The file.
        path: Utf8PathBuf,
        /// The figure that differs.
        what: String,
        /// As written.
        written: String,
        /// As read.
        read: String,
    },
    /// More billing periods in one import than the limit.
    #[error("the import holds more than {0} billing periods; import fewer files at a time")]
    TooManyPeriods(usize),
    /// Files of one import that hold nearly the same rows.
    #[error(
        "more than {0} different rows are in several files of the import; nothing was published. The export is there twice: give each \
         of its files once"
    )]
    TooManyRepeated(usize),
    /// A tier is in another folder than the policy says.
    #[error(
        "{link} leads to {known} and the policy says {wanted}: move what is there, point the link to it, and try again; nothing was moved"
    )]
    Tier {
        /// The link in the lake.
        link: Utf8PathBuf,
        /// Where it leads.
        known: String,
        /// Where it should.
        wanted: Utf8PathBuf,
    },
    /// A file that a revision names does not have the columns it should.
    #[error("{path}: column {column} is missing or has another type")]
    Column {
        /// The file.
        path: Utf8PathBuf,
        /// The column.
        column: String,
    },
}

impl LakeError {
    pub(crate) fn io(path: impl Into<Utf8PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn parquet(path: impl Into<Utf8PathBuf>) -> impl FnOnce(ParquetError) -> Self {
        let path = path.into();
        move |source| match source {
            // What the system said of the disk is no fault of the file.
            ParquetError::External(cause) if cause.is::<std::io::Error>() => {
                let cause = cause.downcast::<std::io::Error>().expect("it was just looked at");
                Self::Io { path, source: *cause }
            }
            source => Self::Parquet { path, source },
        }
    }
}
