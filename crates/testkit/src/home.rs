use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder for one test, gone when it is dropped.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// An empty folder of its own.
    ///
    /// # Panics
    /// Where the system has no room for one.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("farthing-test-").tempdir();
        Self { folder: folder.expect("the temporary folder of the system can be written to") }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub fn join(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file in it, with the folders that lead to it; gives its path.
    ///
    /// # Panics
    /// Where the file cannot be written.
    pub fn write(&self, relative: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(relative);
        let folder = path.parent().expect("a path in the home has a parent");
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, content)).expect("the home can be written to");
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_gone_when_it_is_dropped() {
        let home = Home::new();
        let file = home.write("a/b.txt", "x");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "x");
        drop(home);
        assert!(!file.exists());
    }
}
