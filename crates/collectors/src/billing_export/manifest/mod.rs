//! Manifests: the lists of what a delivery consists of, which providers write after its files.
//!
//! Where a folder has them, only what the newest manifest of each export and period lists is read, and all of it must be there.

mod aws;
mod azure;
mod follow;

pub(crate) use follow::{Entry, Followed, follow, may_be_manifest};

/// A manifest as far as an import needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The export and period that it is of: a later manifest of the same replaces it.
    pub of: String,
    /// When it was written, in a text that sorts by time; empty where it does not say.
    pub written: String,
    /// The files.
    pub files: Vec<Listed>,
}

/// A file that a manifest lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its path where it was delivered to, with `/`.
    pub path: String,
    pub bytes: Option<u64>,
    pub rows: Option<u64>,
    /// The mapping that reads it, where its columns cannot tell.
    pub format: Option<&'static str>,
}

/// Why a delivery cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Files are missing.
    #[error(
        "{manifest}: the manifest lists {listed} files and {found} are there ({missing} is missing); nothing was imported. Wait for the delivery to finish and run the import again"
    )]
    Incomplete {
        /// The manifest.
        manifest: String,
        /// How many files it lists.
        listed: usize,
        /// How many of them are there.
        found: usize,
        /// The first that is missing.
        missing: String,
    },
    /// A file is of another size.
    #[error(
        "{file}: the manifest says {promised} bytes and {found} are there; nothing was imported. Wait for the delivery to finish and run the import again"
    )]
    Size {
        /// The file.
        file: String,
        /// The size in the manifest.
        promised: u64,
        /// Its size.
        found: u64,
    },
    /// A manifest was asked for and is none.
    #[error("{0}: this is no manifest of AWS or Azure; nothing was imported. Give the folder of the export, or its files")]
    NotOne(String),
    /// A manifest that lists nothing.
    #[error("{0}: the manifest lists no files; nothing was imported. Wait for the delivery to finish and run the import again")]
    Empty(String),
}

impl ManifestError {
    /// The same, of files that are named below a folder.
    pub(crate) fn below(mut self, root: &str) -> Self {
        let (Self::Incomplete { manifest: path, .. } | Self::Size { file: path, .. } | Self::NotOne(path) | Self::Empty(path)) =
            &mut self;
        *path = format!("{root}/{path}");
        self
    }

    /// True where the same import can succeed once the delivery is finished.
    pub fn is_incomplete(&self) -> bool {
        !matches!(self, Self::NotOne(_))
    }
}

/// Understands the text of a manifest; `None` where it is none of those known.
pub(crate) fn read(text: &[u8]) -> Option<Manifest> {
    let json: serde_json::Value = serde_json::from_slice(text).ok()?;
    aws::read(&json).or_else(|| azure::read(&json))
}
