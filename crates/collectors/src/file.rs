//! Files and folders that a person names.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::limits::{MOST_FILES, largest_text};

/// How a file's bytes are packed, told from its first bytes rather than from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// Plain text.
    Text,
    /// Text in gzip.
    Gzip,
    /// Text in Zstandard.
    Zstd,
    /// Parquet.
    Parquet,
}

/// A file to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Where it is, as it is named to people: a path, or `s3://bucket/key`.
    pub path: Utf8PathBuf,
    /// Where its content lies on this machine, where that is another place.
    pub copy: Option<Utf8PathBuf>,
    /// How it is packed.
    pub kind: FileKind,
    /// Its size in bytes.
    pub bytes: u64,
    /// True where the person named this very file, false where it was found in a folder.
    pub named: bool,
    /// When it was last changed, in nanoseconds since 1970, where the file system says so.
    pub modified: Option<i64>,
    /// What a manifest says about it.
    pub promised: Promise,
}

/// What the manifest of a delivery says about one of its files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// How many rows it holds.
    pub rows: Option<u64>,
    /// The name of the mapping that reads it, where its columns cannot tell.
    pub format: Option<String>,
}

/// Why a path cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing there.
    #[error("{0}: there is no such file or folder. Check the path; nothing was imported")]
    Missing(Utf8PathBuf),
    /// A folder without anything to import.
    #[error("{folder}: no {wanted} files here ({seen} other files). Give the folder that holds the export; nothing was imported")]
    Nothing {
        /// The folder.
        folder: Utf8PathBuf,
        /// What was looked for.
        wanted: &'static str,
        /// How many other files there are.
        seen: usize,
    },
    /// An empty file.
    #[error("{0}: the file is empty. Wait for the delivery to finish and run the import again; nothing was imported")]
    Empty(Utf8PathBuf),
    /// A file that is another now than when it was found.
    #[error(
        "{0}: the file changed while it was read; nothing was imported. Wait for the delivery to finish and run the import again"
    )]
    Changed(Utf8PathBuf),
    /// A pipe, a device, a socket.
    #[error("{0}: this is no regular file, and reading it may never end; nothing was imported. Give the export's files")]
    Special(Utf8PathBuf),
    /// A link in a folder.
    #[error(
        "{0}: this is a symbolic link, which may lead out of the folder; nothing was imported. Name the file that it leads to, or \
         take it out of the folder"
    )]
    Link(Utf8PathBuf),
    /// A folder with more files than any delivery.
    #[error("{folder}: there are more than {most} files; nothing was imported. Give the folder of one delivery")]
    TooMany {
        /// The folder.
        folder: Utf8PathBuf,
        /// The limit.
        most: usize,
    },
    /// The file system refused.
    #[error("{path}: {source}; nothing was imported")]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl FileError {
    pub(crate) fn io(path: &Utf8Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// The files at `paths` whose names end in one of `endings` (all files that are named outright), in order of path.
///
/// Folders are read one level deep and below. A symbolic link among the files of a folder is refused; one that is named is
/// followed, for who names it means what it leads to.
///
/// # Errors
/// When a path does not exist, a folder holds none of the wanted files, or a named file is empty.
pub fn find_files(paths: &[Utf8PathBuf], endings: &[&str], wanted: &'static str) -> Result<Vec<InputFile>, FileError> {
    let mut files = Vec::new();
    for path in paths {
        let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FileError::Missing(path.clone()),
            _ => FileError::io(path)(error),
        })?;
        if !metadata.is_dir() {
            if !metadata.is_file() {
                return Err(FileError::Special(path.clone()));
            }
            if metadata.len() == 0 {
                return Err(FileError::Empty(path.clone()));
            }
            files.push(InputFile::describe(path.clone(), true)?);
            continue;
        }
        let (mut found, mut seen) = (Vec::new(), 0);
        walk(path, endings, &mut found, &mut seen)?;
        if found.is_empty() {
            return Err(FileError::Nothing { folder: path.clone(), wanted, seen });
        }
        found.sort_by(|a: &InputFile, b| a.path.cmp(&b.path));
        files.extend(found);
    }
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

fn walk(folder: &Utf8Path, endings: &[&str], found: &mut Vec<InputFile>, seen: &mut usize) -> Result<(), FileError> {
    for entry in folder.read_dir_utf8().map_err(FileError::io(folder))? {
        let entry = entry.map_err(FileError::io(folder))?;
        let kind = entry.file_type().map_err(FileError::io(entry.path()))?;
        let name = entry.file_name().to_ascii_lowercase();
        let wanted = !name.starts_with('.') && endings.iter().any(|ending| name.ends_with(ending));
        if found.len() >= MOST_FILES {
            return Err(FileError::TooMany { folder: folder.to_owned(), most: MOST_FILES });
        }
        if kind.is_dir() {
            walk(entry.path(), endings, found, seen)?;
        } else if kind.is_symlink() && (wanted || entry.path().is_dir()) {
            return Err(FileError::Link(entry.path().to_owned()));
        } else if wanted && !kind.is_file() {
            return Err(FileError::Special(entry.path().to_owned()));
        } else if wanted {
            if entry.metadata().map_err(FileError::io(entry.path()))?.len() > 0 {
                found.push(InputFile::describe(entry.path().to_owned(), false)?);
            }
        } else {
            *seen += 1;
        }
    }
    Ok(())
}

impl InputFile {
    /// Looks at a file: its size and how it is packed.
    pub(crate) fn describe(path: Utf8PathBuf, named: bool) -> Result<Self, FileError> {
        Self::look_at(path, None, named)
    }

    /// Looks at the copy of a file that lies elsewhere.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn describe_copy(path: Utf8PathBuf, copy: Utf8PathBuf, named: bool) -> Result<Self, FileError> {
        Self::look_at(path, Some(copy), named)
    }

    fn look_at(path: Utf8PathBuf, copy: Option<Utf8PathBuf>, named: bool) -> Result<Self, FileError> {
        let mut first = Vec::with_capacity(4);
        let file = File::open(copy.as_deref().unwrap_or(&path)).map_err(FileError::io(&path))?;
        let (bytes, modified) = size_and_time(&file.metadata().map_err(FileError::io(&path))?);
        file.take(4).read_to_end(&mut first).map_err(FileError::io(&path))?;
        let kind = match first.as_slice() {
            b"PAR1" => FileKind::Parquet,
            [0x1f, 0x8b, ..] => FileKind::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => FileKind::Zstd,
            _ => FileKind::Text,
        };
        Ok(Self { path, copy, kind, bytes, named, modified, promised: Promise::default() })
    }

    /// Opens its content, wherever that lies.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<File, FileError> {
        File::open(self.place()).map_err(FileError::io(&self.path))
    }

    fn place(&self) -> &Utf8Path {
        self.copy.as_deref().unwrap_or(&self.path)
    }

    /// Fails where the file is no longer the one that was found: an export may still be writing it.
    ///
    /// # Errors
    /// When its size or the time of its last change is another, or it is gone.
    pub fn check_unchanged(&self) -> Result<(), FileError> {
        let metadata = std::fs::metadata(self.place()).map_err(|_| FileError::Changed(self.path.clone()))?;
        if size_and_time(&metadata) == (self.bytes, self.modified) { Ok(()) } else { Err(FileError::Changed(self.path.clone())) }
    }

    /// The SHA-256 of the file as it lies there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn sha256(&self) -> Result<[u8; 32], FileError> {
        farthing_lake::sha256(self.open()?).map_err(FileError::io(&self.path))
    }

    /// The file's text, unpacked. What is read of the file is counted on `reading`, and reading stops when that is cancelled.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_text<'a>(&self, reading: &'a Reading) -> Result<Box<dyn Read + Send + 'a>, FileError> {
        let file = self.open()?;
        let counted = BufReader::with_capacity(1 << 18, Counted { file, reading });
        Ok(match self.kind {
            FileKind::Gzip => Box::new(Unpacked::of(self, MultiGzDecoder::new(counted))),
            FileKind::Zstd => {
                let text = zstd::stream::read::Decoder::with_buffer(counted).map_err(FileError::io(&self.path))?;
                Box::new(Unpacked::of(self, text))
            }
            FileKind::Text | FileKind::Parquet => Box::new(counted),
        })
    }
}

fn size_and_time(metadata: &std::fs::Metadata) -> (u64, Option<i64>) {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    (metadata.len(), since.and_then(|since| i64::try_from(since.as_nanos()).ok()))
}

/// How far the reading of files has come, and whether it should go on. Shared with whoever shows progress or asks to stop.
#[derive(Default)]
pub struct Reading {
    /// Bytes read of the files as they lie there.
    pub bytes: AtomicU64,
    /// Rows decoded.
    pub rows: AtomicU64,
    /// Bytes that there are to read, where that is found out on the way; 0 until then.
    pub expected: AtomicU64,
    /// Set to stop at the next chance; nothing is then imported.
    pub cancelled: AtomicBool,
    listener: Option<Listener>,
}

type Listener = Box<dyn Fn(&Utf8Path) + Send + Sync>;

impl Reading {
    /// A reading that tells `listener` of each file before its first byte is decoded.
    pub fn announcing(listener: impl Fn(&Utf8Path) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Box::new(listener)), ..Self::default() }
    }

    /// Notes that the next file is about to be read. Whoever decodes files calls it for each.
    pub fn begin(&self, file: &InputFile) {
        if let Some(listener) = &self.listener {
            listener(&file.path);
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = (&self.bytes, &self.rows, &self.cancelled);
        f.debug_tuple("Reading").field(&parts).finish()
    }
}

/// The text of a packed file, up to what no bill exceeds.
struct Unpacked<R> {
    text: R,
    left: u64,
    most: u64,
}

/// Why the text of a packed file is not read any further.
#[derive(Debug, thiserror::Error)]
#[error("it unpacks to more than {0} bytes, which no bill does")]
pub(crate) struct Bomb(u64);

impl<R> Unpacked<R> {
    fn of(file: &InputFile, text: R) -> Self {
        let most = largest_text(file.bytes);
        Self { text, left: most, most }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(Bomb(self.most)))?;
        Ok(read)
    }
}

struct Counted<'a> {
    file: File,
    reading: &'a Reading,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reading.cancelled.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped on request"));
        }
        let read = self.file.read(buffer)?;
        self.reading.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
