//! Real bills and traces. Every sum here stands in the README beside the data, or was taken from the file by other means.

mod bills;
mod datasets;
mod fleet;
mod traces;

use std::path::PathBuf;

/// A file or folder of the shared data; `None` says on stdout that the test is skipped.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    farthing_testkit::shared_data(&format!("data/{path}"))
}
