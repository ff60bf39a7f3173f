//! Where the lake's files are made. In the program that is the system's disk; tests put one in its place that fails.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};

use camino::Utf8Path;

/// What makes files.
pub trait Disk: fmt::Debug + Send + Sync {
    /// A new file to write.
    ///
    /// # Errors
    /// When it is there already, or the system refuses.
    fn create_new(&self, path: &Utf8Path) -> io::Result<Box<dyn DiskFile>>;
}

/// A file that is being written.
pub trait DiskFile: Write + Send {
    /// Waits until what was written is safe from a loss of power.
    ///
    /// # Errors
    /// When it is not.
    fn sync(&mut self) -> io::Result<()>;
}

impl fmt::Debug for dyn DiskFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DiskFile")
    }
}

/// The system's.
#[derive(Clone, Copy, Debug)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn create_new(&self, path: &Utf8Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(File::create_new(path)?))
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}
