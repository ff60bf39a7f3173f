//! Sources of facts. A collector reads what a cloud, a gateway or a person delivers and writes it to the lake, and nothing
//! else: which revision is current is decided by the catalogue.
//!
//! **Architecture invariant:** collectors do not know each other, and do not know the database.

pub mod billing_export;
pub mod bucket;
pub mod decision_files;
pub mod decode;
pub mod event_log_files;
mod file;
pub mod limits;
pub mod masking;
pub mod usage_files;

pub use file::{FileError, FileKind, InputFile, Promise, Reading, find_files};
