//! Spans that were received, from their acknowledgement to the hour that they are added up in, and after it to know them again.
//!
//! ```text
//! FOLDER/lock                                    held by the process that receives
//! FOLDER/journal/00000007                        what is acknowledged: appended, and synced before the answer goes out
//! FOLDER/sums.json                               what sums that go on since their sender began had come to, as of a journal
//! FOLDER/hours/2026-05/2026-05-01T07/
//!       00000007.new                             a journal's spans of this hour, sorted; not in a revision yet
//!       00000003.run                             the same of earlier ones, which the revision has
//!       base.json                                what the revision had of this hour before its first span came
//! ```
//!
//! - **Checkpoint**: the name of a run. A journal goes once its runs are safe; a run is `.new` until the revision with it is published.
//! - **Idempotence key**: trace and span id, within the hour that the call began in. An hour is always added up from all its runs, so that
//!   what is repeated after a crash at any moment gives the same hours.
//!   Of a sum that goes on, a journal's points are held against what the journals before had it come to; the sums of a journal are kept once
//!   its runs are safe, and a journal that they have is not sorted again.
//! - **Late data**: an hour that gets more spans is added up anew, whole, for as long as its runs are kept ([`Spool::forget`]).
//! - **Partial data**: a block that was not whole when the process died was never acknowledged, and is left out with a warning.
//!
//! Spans lie here with what usage needs of them and nothing else, masked already. Only the installation's user can enter the folder.

mod hours;
mod journal;
mod reading;
mod sums;
#[cfg(test)]
mod tests;

use std::fs::{File, TryLockError};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

pub use hours::SpoolHour;
pub use journal::Journal;

/// Why the spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Somebody else receives here.
    #[error("{0}: another process receives spans into this home. Stop it, or switch the receiver off here (otlp = false)")]
    Held(Utf8PathBuf),
    /// The file system refused.
    #[error("{path}: {source}. Spans that were acknowledged stay where they are; check the disk, nothing has to be sent again")]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A run that is no run.
    #[error("{path}: {why}. Restore the file from a backup, or move it away to go on without its spans")]
    Damaged {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Usage that cannot be added up.
    #[error(transparent)]
    Rollup(#[from] farthing_usage::RollupError),
}

impl SpoolError {
    fn io(path: &Utf8Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// The spool of one source.
#[derive(Debug)]
pub struct Spool {
    folder: Utf8PathBuf,
    _lock: File,
}

impl Spool {
    /// Opens it, for this process alone, and makes it where it is missing.
    ///
    /// # Errors
    /// [`SpoolError::Held`] where another process has it.
    pub fn open(folder: &Utf8Path) -> Result<Self, SpoolError> {
        for folder in [folder.to_owned(), folder.join("journal"), folder.join("hours")] {
            make_folder(&folder)?;
        }
        // A journal that is safe is of no use in a folder that is not.
        folder.ancestors().take(3).try_for_each(sync_folder)?;
        let path = folder.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(SpoolError::io(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(SpoolError::Held(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(SpoolError::io(&path)(error)),
        }
    }

    /// A new journal, after all that there are.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new_journal(&self) -> Result<Journal, SpoolError> {
        let sums = self.sums()?.map(|sums| sums.journal);
        let last = self.journals()?.into_iter().chain(self.runs()?).chain(sums).max().unwrap_or(0);
        Journal::create(&self.folder.join("journal"), last + 1)
    }

    /// The numbers of the journals that there are, in order.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn journals(&self) -> Result<Vec<u64>, SpoolError> {
        let mut numbers: Vec<u64> = entries(&self.folder.join("journal"))?.iter().filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Bytes that are in no revision yet.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn waiting_bytes(&self) -> Result<u64, SpoolError> {
        let journal = self.folder.join("journal");
        let mut files: Vec<Utf8PathBuf> = entries(&journal)?.iter().map(|name| journal.join(name)).collect();
        files.extend(self.waiting_runs()?);
        files.iter().map(|file| Ok(std::fs::metadata(file).map_err(SpoolError::io(file))?.len())).sum()
    }
}

fn number_name(number: u64) -> String {
    format!("{number:08}")
}

/// Makes a folder that only this user can enter.
fn make_folder(path: &Utf8Path) -> Result<(), SpoolError> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path).map_err(SpoolError::io(path))
}

/// The names in a folder; none where there is no folder.
fn entries(folder: &Utf8Path) -> Result<Vec<String>, SpoolError> {
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SpoolError::io(folder)(error)),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_owned()));
    let mut names = names.collect::<Result<Vec<_>, _>>().map_err(SpoolError::io(folder))?;
    names.sort();
    Ok(names)
}

/// Writes a file whole, in place of the one that is there.
fn write_whole(path: &Utf8Path, text: &[u8]) -> Result<(), SpoolError> {
    let staged = path.with_extension("part");
    let written = File::create(&staged).and_then(|mut file| {
        io::Write::write_all(&mut file, text)?;
        file.sync_all()
    });
    written.map_err(SpoolError::io(&staged))?;
    rename(&staged, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<(), SpoolError> {
    std::fs::rename(from, to).map_err(SpoolError::io(from))
}

/// Waits until a folder's entries are safe from a loss of power.
fn sync_folder(folder: &Utf8Path) -> Result<(), SpoolError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(SpoolError::io(folder))
}
