//! Where things lie.

use camino::{Utf8Path, Utf8PathBuf};
use farthing_types::{BillingPeriod, SourceName};
use serde::{Deserialize, Serialize};

use crate::LakeError;

/// The folder that holds all facts.
#[derive(Clone, Debug)]
pub struct Lake {
    root: Utf8PathBuf,
}

/// A revision's folder, relative to the lake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Location(String);

impl Location {
    /// The folder of a revision of a dataset.
    pub fn new(dataset: &str, source: &SourceName, period: BillingPeriod, revision: &str) -> Self {
        Self(format!("{dataset}/source={}/period={period}/{revision}", safe_name(source.as_str())))
    }

    /// A location as the catalogue stores it.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The relative path, with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A source's name as one path segment: what could mean something to a file system is written as `%XX`.
fn safe_name(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Lake {
    /// Opens the lake in this folder, making the folder where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(root: impl Into<Utf8PathBuf>) -> Result<Self, LakeError> {
        let root = root.into();
        std::fs::create_dir_all(&root).map_err(LakeError::io(&root))?;
        Ok(Self { root })
    }

    /// The lake's folder.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The folder of a revision.
    pub fn path(&self, location: &Location) -> Utf8PathBuf {
        self.root.join(location.as_str())
    }

    /// A new empty folder to write an import into. Dropping it removes what was not published.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn stage(&self, import: &str) -> Result<Staging, LakeError> {
        let path = self.root.join("staging").join(import);
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(LakeError::io(&path))?;
        }
        std::fs::create_dir_all(&path).map_err(LakeError::io(&path))?;
        Ok(Staging { path, owned: true })
    }

    /// Moves a staged folder to where its revision lives. The revision does not exist until the catalogue lists it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn place(&self, staged: &Utf8Path, location: &Location) -> Result<(), LakeError> {
        let target = self.path(location);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(LakeError::io(parent))?;
        }
        std::fs::rename(staged, &target).map_err(LakeError::io(&target))
    }

    /// Removes a folder that was placed and whose revision could not be published.
    pub fn withdraw(&self, location: &Location) {
        // What cannot be removed now is no part of the lake either way: the catalogue does not list it.
        let _ = std::fs::remove_dir_all(self.path(location));
    }
}

/// A folder that is being written.
#[derive(Debug)]
pub struct Staging {
    path: Utf8PathBuf,
    /// Whether dropping it removes it.
    owned: bool,
}

impl Staging {
    /// A folder that another process staged, and removes.
    pub fn of_another(path: impl Into<Utf8PathBuf>) -> Self {
        Self { path: path.into(), owned: false }
    }

    /// The folder.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.owned {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_source_name_leaves_its_folder() {
        let period = "2026-05".parse().unwrap();
        let location = Location::new("charges", &"../../etc".parse().unwrap(), period, "r1");
        assert_eq!(location.as_str(), "charges/source=%2E%2E%2F%2E%2E%2Fetc/period=2026-05/r1");
    }
}
