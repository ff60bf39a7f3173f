//! Reports on paper: PDF that can be printed, searched and copied from, with the same bytes for the same report.

mod fonts;
mod numbers;
mod paper;
mod statement;
mod table;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

pub(crate) use statement::{Basis, print};
pub(crate) use table::print_table;

/// The size of the paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperSize {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 inches.
    Letter,
}

/// Why a report cannot be printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// A typeface of the program is damaged.
    #[error("the typeface {name} cannot be used: {message}; install the program again")]
    Font {
        /// Its name.
        name: &'static str,
        /// What its reader says.
        message: String,
    },
    /// The content cannot be compressed.
    #[error("the document cannot be compressed: {0}")]
    Compress(#[from] std::io::Error),
}

/// Compressed as PDF wants it.
fn deflated(data: &[u8]) -> Result<Vec<u8>, PrintError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data)?;
    Ok(encoder.finish()?)
}
