//! Folders that are being written, and what processes that died left of them.
//!
//! Beside each staged folder `staging/NAME` lies `staging/NAME.lock`. Whoever writes to the folder shares a lock on that file; the
//! system takes it away from a process that ends, however it ends. So a folder is abandoned exactly when the whole lock can be had.
//! The file also lists the places that staged files are moved to, each before it is: what was moved and never published is found
//! again.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk::{Disk, SystemDisk};
use crate::{Lake, LakeError, Location};

/// A folder that is being written.
#[derive(Debug)]
pub struct Staging {
    path: Utf8PathBuf,
    /// Held until this is dropped.
    lock: File,
    /// Whether dropping it removes it.
    owned: bool,
    disk: Arc<dyn Disk>,
}

impl Lake {
    /// A new empty folder to write an import into, which only its user can enter. Dropping it removes what was not published.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn stage(&self, name: &str) -> Result<Staging, LakeError> {
        let folder = self.staging_folder();
        std::fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
        let path = folder.join(name);
        let lock = share_lock(&lock_of(&path), true).map_err(LakeError::io(&path))?;
        let staging = Staging { path, lock, owned: true, disk: Arc::new(SystemDisk) };
        remove_folder(&staging.path)?;
        std::fs::DirBuilder::new().mode(0o700).create(&staging.path).map_err(LakeError::io(&staging.path))?;
        Ok(staging)
    }

    /// True where a process writes to the staged folder of this name, or will.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn is_being_staged(&self, name: &str) -> Result<bool, LakeError> {
        let path = lock_of(&self.staging_folder().join(name));
        Ok(matches!(take_lock(&path).map_err(LakeError::io(&path))?, Taken::Held))
    }

    /// What processes that died left in the staging folder, in order of name. Until an answer is dropped nobody else takes it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn left_behind(&self) -> Result<Vec<LeftBehind>, LakeError> {
        let folder = self.staging_folder();
        let mut left = Vec::new();
        let entries = match folder.read_dir_utf8() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(left),
            entries => entries.map_err(LakeError::io(&folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(LakeError::io(&folder))?;
            let Some(name) = entry.file_name().strip_suffix(LOCK) else { continue };
            let path = entry.path();
            if let Taken::Whole(lock) = take_lock(path).map_err(LakeError::io(path))? {
                left.push(LeftBehind::read(folder.join(name), lock)?);
            }
        }
        left.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(left)
    }

    fn staging_folder(&self) -> Utf8PathBuf {
        self.root().join("staging")
    }
}

impl Staging {
    /// A folder that another process staged and removes, for a process that helps it. What is written is kept from being swept also
    /// where the other process dies.
    ///
    /// # Errors
    /// When the other process is gone already.
    pub fn of_another(path: impl Into<Utf8PathBuf>) -> Result<Self, LakeError> {
        let path = path.into();
        let lock = share_lock(&lock_of(&path), false).map_err(LakeError::io(&path))?;
        Ok(Self { path, lock, owned: false, disk: Arc::new(SystemDisk) })
    }

    /// The same, its files written by way of `disk`.
    pub fn on(mut self, disk: Arc<dyn Disk>) -> Self {
        self.disk = disk;
        self
    }

    /// The folder.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// What its files are written by.
    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// Notes that staged files are about to be moved to a place, so that they are found there should this process die before the
    /// catalogue lists them.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn will_place(&self, location: &Location) -> Result<(), LakeError> {
        let line = format!("{}\n", location.as_str());
        (&self.lock).write_all(line.as_bytes()).and_then(|()| self.lock.sync_data()).map_err(LakeError::io(&self.path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.owned {
            // The lock's file goes last: what cannot be removed now is left behind, and found again by it.
            let removed = remove_folder(&self.path).is_ok();
            if removed {
                let _ = std::fs::remove_file(lock_of(&self.path));
            }
        }
    }
}

/// A staged folder whose process died.
#[derive(Debug)]
pub struct LeftBehind {
    path: Utf8PathBuf,
    placed: Vec<Location>,
    _lock: File,
}

impl LeftBehind {
    fn read(path: Utf8PathBuf, mut lock: File) -> Result<Self, LakeError> {
        let mut text = String::new();
        lock.read_to_string(&mut text).map_err(LakeError::io(&path))?;
        // A line that breaks off is of a place that nothing was moved to yet.
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        Ok(Self { path, placed: whole.map(Location::from_stored).collect(), _lock: lock })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.path.file_name().unwrap_or_default()
    }

    /// Where its files may have been moved to. What the catalogue does not list of these was never published.
    pub fn placed(&self) -> &[Location] {
        &self.placed
    }

    /// Removes the folder, and then the trace of it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn remove(self) -> Result<(), LakeError> {
        remove_folder(&self.path)?;
        let lock = lock_of(&self.path);
        std::fs::remove_file(&lock).map_err(LakeError::io(&lock))
    }
}

/// How the names of lock files end.
const LOCK: &str = ".lock";

fn lock_of(folder: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{folder}{LOCK}"))
}

/// Shares the lock of a file; waits for whoever has the whole of it, which is for a moment.
fn share_lock(path: &Utf8Path, make: bool) -> io::Result<File> {
    loop {
        let file = File::options().read(true).append(true).create(make).open(path)?;
        file.lock_shared()?;
        // Who had the whole lock may have removed the file: a lock on it then keeps nobody away.
        if is_the_file_at(path, &file)? {
            return Ok(file);
        }
    }
}

enum Taken {
    /// There is no such file.
    Gone,
    /// Somebody shares it.
    Held,
    /// Nobody did.
    Whole(File),
}

fn take_lock(path: &Utf8Path) -> io::Result<Taken> {
    let file = match File::options().read(true).append(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Taken::Gone),
        file => file?,
    };
    match file.try_lock() {
        Ok(()) if is_the_file_at(path, &file)? => Ok(Taken::Whole(file)),
        Ok(()) => Ok(Taken::Gone),
        Err(TryLockError::WouldBlock) => Ok(Taken::Held),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_the_file_at(path: &Utf8Path, file: &File) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        there => {
            let (there, mine) = (there?, file.metadata()?);
            Ok((there.dev(), there.ino()) == (mine.dev(), mine.ino()))
        }
    }
}

fn remove_folder(path: &Utf8Path) -> Result<(), LakeError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(LakeError::io(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lake() -> (tempfile::TempDir, Lake) {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(Utf8PathBuf::from_path_buf(folder.path().join("lake")).unwrap()).unwrap();
        (folder, lake)
    }

    /// What a process leaves that ends without a word: the folder, and nobody's lock.
    fn die(mut staging: Staging) {
        staging.owned = false;
    }

    #[test]
    fn what_ends_leaves_nothing_and_what_dies_is_found_with_its_places() {
        let (_folder, lake) = lake();
        drop(lake.stage("ended").unwrap());
        let died = lake.stage("died").unwrap();
        std::fs::write(died.path().join("x"), b"x").unwrap();
        died.will_place(&Location::from_stored("charges/a")).unwrap();
        died.will_place(&Location::from_stored("charges/b")).unwrap();
        let path = died.path().to_owned();
        die(died);
        let running = lake.stage("running").unwrap();
        assert!(lake.is_being_staged("running").unwrap() && !lake.is_being_staged("died").unwrap());
        let mut left = lake.left_behind().unwrap();
        assert_eq!(left.iter().map(LeftBehind::name).collect::<Vec<_>>(), ["died"]);
        let died = left.pop().unwrap();
        assert_eq!(died.placed().iter().map(Location::as_str).collect::<Vec<_>>(), ["charges/a", "charges/b"]);
        assert!(path.join("x").exists());
        died.remove().unwrap();
        assert!(!path.exists() && running.path().exists());
        assert_eq!(lake.left_behind().unwrap().len(), 0);
        drop(running);
        let folder = lake.root().join("staging");
        assert_eq!(folder.read_dir_utf8().unwrap().count(), 0);
    }

    #[test]
    fn a_helper_keeps_the_folder_of_a_process_that_died() {
        let (_folder, lake) = lake();
        let importer = lake.stage("import").unwrap();
        let path = importer.path().to_owned();
        let helper = Staging::of_another(&path).unwrap();
        die(importer);
        assert!(lake.is_being_staged("import").unwrap() && lake.left_behind().unwrap().is_empty());
        drop(helper);
        lake.left_behind().unwrap().pop().unwrap().remove().unwrap();
        let error = Staging::of_another(&path).unwrap_err();
        assert!(!path.exists(), "a helper that comes too late makes nothing: {error}");
    }

    #[test]
    fn a_place_whose_line_breaks_off_was_not_moved_to() {
        let (_folder, lake) = lake();
        let staging = lake.stage("torn").unwrap();
        staging.will_place(&Location::from_stored("charges/a")).unwrap();
        (&staging.lock).write_all(b"charges/sour").unwrap();
        die(staging);
        assert_eq!(lake.left_behind().unwrap()[0].placed(), [Location::from_stored("charges/a")]);
    }
}
