//! Billing exports as files: the datasets of FOCUS, and what a mapping makes cost and usage of, as CSV, JSON lines (plain, gzip,
//! Zstandard) and Parquet; with the manifest of the delivery where there is one.
//!
//! - **Checkpoint**: none; a file is read whole.
//! - **Idempotence key**: the SHA-256 over the files' contents. The same files again are the same import.
//! - **Late and restated data**: an import gives each billing period in it a new revision, which replaces that period's
//!   earlier revision of the same source.
//! - **Partial data**: a file that cannot be read to its end gives nothing; rows that cannot be used are set aside and reported.

mod find;
mod format;
mod import;
pub(crate) mod manifest;
mod parquet_file;
mod pipeline;
mod reference;
#[cfg(test)]
mod tests;
mod text_file;

pub use find::{Bills, find_bills};
pub use format::{BillFormat, FormatError};
pub use import::{ENDINGS, FileReport, ImportError, Imported, content_digest, file_digests, import};
pub use manifest::ManifestError;
pub use reference::StagedDataset;
