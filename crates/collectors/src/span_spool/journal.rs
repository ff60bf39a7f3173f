use std::fs::File;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::{SpoolError, number_name, sync_folder};

/// A file that blocks are appended to.
#[derive(Debug)]
pub struct Journal {
    path: Utf8PathBuf,
    file: File,
    number: u64,
    bytes: u64,
}

impl Journal {
    pub(super) fn create(folder: &Utf8Path, number: u64) -> Result<Self, SpoolError> {
        let path = folder.join(number_name(number));
        let file = File::create_new(&path).map_err(SpoolError::io(&path))?;
        sync_folder(folder)?;
        Ok(Self { path, file, number, bytes: 0 })
    }

    /// The journal that follows.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn next(&self) -> Result<Self, SpoolError> {
        let folder = self.path.parent().unwrap_or(Utf8Path::new("."));
        Self::create(folder, self.number + 1)
    }

    /// Its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// How long it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends whole blocks and waits until they are safe from a loss of power. Where that fails, nothing of them is there afterwards.
    ///
    /// # Errors
    /// What the system says.
    pub fn append(&mut self, blocks: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(blocks).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.bytes += blocks.len() as u64,
            // Half a block would hide those that come after it.
            Err(_) => {
                self.file.set_len(self.bytes)?;
                io::Seek::seek(&mut self.file, io::SeekFrom::Start(self.bytes))?;
            }
        }
        written
    }
}
