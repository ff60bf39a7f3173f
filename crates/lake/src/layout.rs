//! Where things lie.

use std::fs::File;
use std::time::SystemTime;

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

    /// Where the same revision lies in another tier.
    pub fn in_tier(&self, name: &str) -> Self {
        Self(format!("{}/{}", Self::tier_prefix(name), self.0))
    }

    /// True where it lies in another tier than the lake's own folder.
    pub fn is_in_tier(&self) -> bool {
        self.0.starts_with("tier=")
    }

    fn tier_prefix(name: &str) -> String {
        format!("tier={}", safe_name(name))
    }

    /// The next place for the same revision, its files cut anew: `REVISION.c1`, `REVISION.c2`, …
    pub fn next_cut(&self) -> Self {
        let (base, number) = match self.0.rsplit_once(".c").map(|(base, number)| (base, number.parse::<u64>())) {
            Some((base, Ok(number))) => (base, number),
            _ => (self.0.as_str(), 0),
        };
        Self(format!("{base}.c{}", number + 1))
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

    /// Moves a staged folder to where its revision lives. The revision does not exist until the catalogue lists it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn place(&self, staged: &Utf8Path, location: &Location) -> Result<(), LakeError> {
        let target = self.path(location);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(LakeError::io(parent))?;
        }
        match std::fs::rename(staged, &target) {
            // Another tier may be another disk.
            Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => copy_folder(staged, &target),
            done => done.map_err(LakeError::io(&target)),
        }
    }

    /// Links a folder elsewhere into the lake as another tier: locations below `tier=NAME/` lie there.
    ///
    /// # Errors
    /// When the tier is another folder already, or the file system refuses.
    pub fn link_tier(&self, name: &str, folder: &Utf8Path) -> Result<(), LakeError> {
        std::fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
        let link = self.root.join(Location::tier_prefix(name));
        match std::fs::read_link(&link) {
            Ok(known) if known == folder.as_std_path() => Ok(()),
            Ok(known) => Err(LakeError::Tier { link, known: known.display().to_string(), wanted: folder.to_owned() }),
            Err(_) => std::os::unix::fs::symlink(folder, &link).map_err(LakeError::io(&link)),
        }
    }

    /// Marks a folder as left at this moment: whoever reads it still may, and it can be swept some time later.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn leave(&self, location: &Location, at: SystemTime) -> Result<(), LakeError> {
        let path = self.path(location);
        File::open(&path).and_then(|folder| folder.set_modified(at)).map_err(LakeError::io(&path))
    }

    /// Removes a folder for good.
    ///
    /// # Errors
    /// When the file system refuses; a folder that is not there is no error.
    pub fn remove(&self, location: &Location) -> Result<(), LakeError> {
        let path = self.path(location);
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LakeError::io(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Removes a folder that was placed and whose revision could not be published.
    pub fn withdraw(&self, location: &Location) {
        // What cannot be removed now is no part of the lake either way: the catalogue does not list it.
        let _ = std::fs::remove_dir_all(self.path(location));
    }
}

/// Copies the files of a folder under another name and gives it the right one at the end.
fn copy_folder(from: &Utf8Path, to: &Utf8Path) -> Result<(), LakeError> {
    let partial = Utf8PathBuf::from(format!("{to}.partial"));
    std::fs::create_dir_all(&partial).map_err(LakeError::io(&partial))?;
    for entry in from.read_dir_utf8().map_err(LakeError::io(from))? {
        let entry = entry.map_err(LakeError::io(from))?;
        let copy = partial.join(entry.file_name());
        std::fs::copy(entry.path(), &copy).map_err(LakeError::io(&copy))?;
        File::open(&copy).and_then(|copy| copy.sync_all()).map_err(LakeError::io(&copy))?;
    }
    std::fs::rename(&partial, to).map_err(LakeError::io(to))
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

    #[test]
    fn a_revision_moves_to_places_of_its_own() {
        let location = Location::from_stored("charges/source=a/period=2026-05/r1-c9");
        assert_eq!(location.next_cut().as_str(), "charges/source=a/period=2026-05/r1-c9.c1");
        assert_eq!(location.next_cut().next_cut().as_str(), "charges/source=a/period=2026-05/r1-c9.c2");
        let archived = location.in_tier("archive");
        assert_eq!(archived.as_str(), "tier=archive/charges/source=a/period=2026-05/r1-c9");
        assert!(archived.is_in_tier() && !location.is_in_tier());
    }

    #[test]
    fn a_tier_is_a_folder_elsewhere_and_stays_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let lake = Lake::open(root.join("lake")).unwrap();
        lake.link_tier("archive", &root.join("cold")).unwrap();
        lake.link_tier("archive", &root.join("cold")).unwrap();
        let error = lake.link_tier("archive", &root.join("colder")).unwrap_err().to_string();
        assert!(error.contains("cold") && error.contains("colder"), "{error}");
        let staging = lake.stage("move").unwrap();
        std::fs::write(staging.path().join("x"), b"x").unwrap();
        let location = Location::from_stored("charges/source=a/period=2026-05/r1").in_tier("archive");
        lake.place(staging.path(), &location).unwrap();
        assert!(root.join("cold/charges/source=a/period=2026-05/r1/x").is_file());
    }
}
