//! The bills at the paths that a person names.

use camino::{Utf8Path, Utf8PathBuf};

use super::import::{ENDINGS, ImportError};
use super::manifest::{Entry, Followed, ManifestError, follow, may_be_manifest};
use crate::limits::MOST_FILES;
use crate::{FileError, InputFile, Promise, find_files};

/// What there is to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bills {
    /// The files to read, in order of path.
    pub files: Vec<InputFile>,
    /// Files that lie beside a manifest which does not list them: older executions of an export.
    pub unlisted: Vec<Utf8PathBuf>,
}

/// The bills at `paths`: files, manifests and folders. Where a folder has manifests, only what they list is read.
///
/// # Errors
/// When a path does not exist or holds no bills, or a delivery is not whole.
pub fn find_bills(paths: &[Utf8PathBuf]) -> Result<Bills, ImportError> {
    let mut bills = Bills::default();
    for path in paths {
        let found = if path.is_dir() { of_folder(path)? } else { of_file(path)? };
        bills.files.extend(found.files);
        bills.unlisted.extend(found.unlisted);
    }
    bills.files.dedup_by(|a, b| a.path == b.path);
    Ok(bills)
}

/// A file, or the delivery of a manifest that was named: its files lie in its folder or around it.
fn of_file(path: &Utf8Path) -> Result<Bills, ImportError> {
    let files = find_files(&[path.to_owned()], &ENDINGS, "billing")?;
    let name = path.file_name().unwrap_or_default();
    if !may_be_manifest(&Entry { path: name.to_owned(), bytes: files.first().map_or(0, |file| file.bytes) }) {
        return Ok(Bills { files, unlisted: Vec::new() });
    }
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    match of_manifest(path, folder) {
        // AWS keeps the data beside the folder of the metadata, two folders up.
        Err(ImportError::Manifest(ManifestError::Incomplete { .. })) if folder.ancestors().nth(2).is_some() => {
            of_manifest(path, folder.ancestors().nth(2).expect("it was just seen"))
        }
        found => found,
    }
}

fn of_manifest(manifest: &Utf8Path, root: &Utf8Path) -> Result<Bills, ImportError> {
    let root = if root == "" { Utf8Path::new(".") } else { root };
    let only = |entry: &Entry| !may_be_manifest(entry) || manifest.ends_with(&entry.path);
    let entries: Vec<Entry> = listing(root)?.into_iter().filter(only).collect();
    match followed(root, &entries)? {
        Some(followed) => Ok(Bills { files: input_files(root, &followed)?, unlisted: Vec::new() }),
        None => Err(ManifestError::NotOne(manifest.to_string()).into()),
    }
}

fn of_folder(folder: &Utf8Path) -> Result<Bills, ImportError> {
    let entries = listing(folder)?;
    let Some(followed) = followed(folder, &entries)? else {
        return Ok(Bills { files: find_files(&[folder.to_owned()], &ENDINGS, "billing")?, unlisted: Vec::new() });
    };
    let is_bill = |entry: &&Entry| ENDINGS.iter().any(|ending| entry.path.to_ascii_lowercase().ends_with(ending));
    let unlisted = entries.iter().filter(is_bill).map(|entry| &entry.path);
    let unlisted = unlisted.filter(|path| !followed.files.contains_key(*path) && !followed.manifests.contains(*path));
    Ok(Bills { unlisted: unlisted.map(|path| folder.join(path)).collect(), files: input_files(folder, &followed)? })
}

fn followed(root: &Utf8Path, entries: &[Entry]) -> Result<Option<Followed>, ImportError> {
    follow(entries, |relative| text(&root.join(relative))).map_err(|error| match error {
        ImportError::Manifest(error) => error.below(root.as_str()).into(),
        error => error,
    })
}

fn input_files(folder: &Utf8Path, followed: &Followed) -> Result<Vec<InputFile>, ImportError> {
    let mut files = Vec::with_capacity(followed.files.len());
    for (path, listed) in &followed.files {
        // What a manifest lists is meant: a file of it that is no bill is an error.
        let mut file = InputFile::describe(folder.join(path), true)?;
        file.promised = Promise { rows: listed.rows, format: listed.format.map(str::to_owned) };
        files.push(file);
    }
    Ok(files)
}

fn text(path: &Utf8Path) -> Result<Vec<u8>, ImportError> {
    Ok(std::fs::read(path).map_err(FileError::io(path))?)
}

/// The files below a folder, in order of path; symbolic links are not followed.
fn listing(folder: &Utf8Path) -> Result<Vec<Entry>, ImportError> {
    fn walk(folder: &Utf8Path, prefix: &str, entries: &mut Vec<Entry>) -> Result<(), FileError> {
        for entry in folder.read_dir_utf8().map_err(FileError::io(folder))? {
            let entry = entry.map_err(FileError::io(folder))?;
            if entries.len() >= MOST_FILES {
                return Err(FileError::TooMany { folder: folder.to_owned(), most: MOST_FILES });
            }
            let kind = entry.file_type().map_err(FileError::io(entry.path()))?;
            let path = format!("{prefix}{}", entry.file_name());
            if kind.is_dir() {
                walk(entry.path(), &format!("{path}/"), entries)?;
            } else if kind.is_file() {
                entries.push(Entry { path, bytes: entry.metadata().map_err(FileError::io(entry.path()))?.len() });
            }
        }
        Ok(())
    }
    let mut entries = Vec::new();
    walk(folder, "", &mut entries)?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}
