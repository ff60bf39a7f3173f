//! The rules of `ARCHITECTURE.md` on who may know whom, held against what the crates' manifests say.

mod edges;
mod floats;

use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies in the workspace").to_owned()
}
