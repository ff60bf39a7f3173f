/// Why a file cannot be decoded, or not further. Records handed over before it stand.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes could not be read, or are no CSV.
    #[error("row {row}: the file could not be read further: {source}. Check that it was delivered whole, then import it again")]
    Read {
        /// The last row that was begun, 1-based.
        row: u64,
        /// What the reader said.
        source: std::io::Error,
    },
    /// Nothing in it.
    #[error("the file is empty: not even a header. Check the export that wrote it")]
    Empty,
    /// A column without which no row means anything.
    #[error("row 1: no column {wanted}; the file has {found}. Rename the column or choose the format that fits")]
    MissingColumn {
        /// The names that would do.
        wanted: String,
        /// The names that are there.
        found: String,
    },
    /// Two columns of one name: which one counts cannot be known.
    #[error("row 1: column {0} stands there twice, so it is not known which one counts. Remove or rename one")]
    DuplicateColumn(String),
    /// LiteLLM's tag table.
    #[error(
        "row 1: this is LiteLLM's table by tag (column {0}), where a request with two tags stands twice; summing it would double \
         spend. Export LiteLLM_DailyUserSpend or LiteLLM_SpendLogs instead"
    )]
    TagTable(String),
    /// A row longer than the limit.
    #[error("row {row}: longer than {limit} bytes. Look for a quote that is never closed, or raise the limit on row bytes")]
    RowTooLong {
        /// Which row, 1-based.
        row: u64,
        /// The limit.
        limit: usize,
    },
    /// More ids than the limit.
    #[error("row {row}: more than {limit} ids to tell repetitions by. Import the file in parts or raise the limit on ids")]
    TooManyIds {
        /// The row at which the limit was reached.
        row: u64,
        /// The limit.
        limit: usize,
    },
}
