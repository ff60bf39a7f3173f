//! Files that somebody sends to be imported: they lie in the home until they are, or for a day.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use farthing_collectors::{FileError, InputFile};
use farthing_store::ImportId;
use futures::{Stream, StreamExt};
use serde::Serialize;
use utoipa::ToSchema;

use crate::home::blocking;
use crate::{Error, Farthing};

/// The largest file that is taken, in bytes.
pub const LARGEST_UPLOAD: u64 = 1 << 30;
/// The most bytes of all files that wait to be imported.
const MOST_BYTES: u64 = 8 << 30;
/// For how long a file waits.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// What the address of such a file begins with.
const SCHEME: &str = "upload://";
const FOLDER: &str = "uploads";

/// A file that was received and can be imported.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Uploaded {
    /// Its id, by which an import names it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// A folder that goes unless what is in it is whole.
struct Room {
    folder: Utf8PathBuf,
    is_whole: bool,
}

impl Drop for Room {
    fn drop(&mut self) {
        if !self.is_whole {
            // What stays for lack of rights goes with the day.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// True of the address of a file that was received.
pub(crate) fn is_upload(path: &Utf8Path) -> bool {
    path.as_str().starts_with(SCHEME)
}

/// The address of a file that was received.
pub(crate) fn address(id: &str) -> Utf8PathBuf {
    format!("{SCHEME}{id}").into()
}

impl Farthing {
    /// Receives a file that is to be imported; it lies in the home for a day.
    ///
    /// # Errors
    /// When the name is none, the file is empty or too large, too many wait, or it breaks off. Nothing of it is then kept.
    pub async fn receive_upload<B, E>(
        &self,
        name: &str,
        pieces: impl Stream<Item = Result<B, E>> + Send,
    ) -> Result<Uploaded, Error>
    where
        B: AsRef<[u8]> + Send + 'static,
        E: std::fmt::Display,
    {
        let name = plain(name)?;
        let (id, all) = (ImportId::new(self.now()).to_string(), self.home().join(FOLDER));
        let (kept, folder) = (all.clone(), all.join(&id));
        let now = SystemTime::from(self.now());
        let waiting = blocking(move || forget_old(&kept, now)).await?;
        let mut room = Room { folder: folder.clone(), is_whole: false };
        let path = folder.join(&name);
        let begin = {
            let path = path.clone();
            move || {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed(&folder))?;
                File::create_new(&path).map_err(failed(&path))
            }
        };
        let (mut file, mut bytes) = (blocking(begin).await?, 0);
        let mut pieces = std::pin::pin!(pieces);
        while let Some(piece) = pieces.next().await {
            let broke = |error: E| Error::Invalid(format!("{name}: it broke off after {bytes} bytes ({error}); send it again"));
            let piece = piece.map_err(broke)?;
            bytes += piece.as_ref().len() as u64;
            refuse_large(&name, bytes, waiting)?;
            let path = path.clone();
            let write = move || file.write_all(piece.as_ref()).map(|()| file).map_err(failed(&path));
            file = blocking(write).await?;
        }
        if bytes == 0 {
            return Err(Error::Invalid(format!("{name}: the file is empty; nothing was kept. Choose another one")));
        }
        let path = path.clone();
        blocking(move || file.sync_all().map_err(failed(&path))).await?;
        room.is_whole = true;
        Ok(Uploaded { id, name, bytes })
    }

    /// A file that was received, as an import reads it: named as it was named, wherever it lies.
    pub(crate) fn uploaded(&self, address: &Utf8Path) -> Result<InputFile, Error> {
        let id = address.as_str().trim_start_matches(SCHEME);
        let gone = || {
            Error::Nothing(format!("there is no file {id} any more: it was imported, or sent more than a day ago. Send it again"))
        };
        // What is no id could lead elsewhere.
        id.parse::<ImportId>().map_err(|_| gone())?;
        let folder = self.home().join(FOLDER).join(id);
        let entry = folder.read_dir_utf8().map_err(|_| gone())?.next().ok_or_else(gone)?.map_err(failed(&folder))?;
        let (name, copy) = (entry.file_name().into(), entry.path().to_owned());
        let file = InputFile::describe_copy(name, copy, true)?;
        if file.bytes == 0 { Err(FileError::Empty(file.path).into()) } else { Ok(file) }
    }

    /// Forgets files that were imported. What cannot be forgotten now goes with the day.
    pub(crate) fn forget_uploads(&self, paths: &[Utf8PathBuf]) {
        let ids = paths.iter().filter_map(|path| path.as_str().strip_prefix(SCHEME));
        for id in ids.filter(|id| id.parse::<ImportId>().is_ok()) {
            let _ = std::fs::remove_dir_all(self.home().join(FOLDER).join(id));
        }
    }
}

fn failed(path: &Utf8Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_string();
    move |source| Error::Home { path, source }
}

fn refuse_large(name: &str, bytes: u64, waiting: u64) -> Result<(), Error> {
    let mib = |bytes: u64| bytes >> 20;
    if bytes > LARGEST_UPLOAD {
        let most = mib(LARGEST_UPLOAD);
        return Err(Error::Invalid(format!(
            "{name}: it is larger than {most} MiB; nothing was kept. Put it on the server or into a bucket and import it from there"
        )));
    }
    if bytes + waiting > MOST_BYTES {
        return Err(Error::Invalid(format!(
            "{name}: files of {} MiB wait to be imported already, and {} MiB is the most; nothing was kept. Import those first, or wait a day",
            mib(waiting),
            mib(MOST_BYTES)
        )));
    }
    Ok(())
}

/// The name of a file: what stands after the last slash, of letters that mean nothing to any system.
fn plain(name: &str) -> Result<String, Error> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let letter = |letter: char| if letter.is_alphanumeric() || "._- ()+=".contains(letter) { letter } else { '_' };
    let plain: String = last.trim().trim_start_matches('.').chars().map(letter).collect();
    match plain.is_empty() || plain.len() > 200 {
        true => Err(Error::Invalid(format!("{:?} is no name of a file", name.chars().take(64).collect::<String>()))),
        false => Ok(plain),
    }
}

/// Removes what waits for too long; gives the bytes of what waits on.
fn forget_old(folder: &Utf8Path, now: SystemTime) -> Result<u64, Error> {
    let Ok(entries) = folder.read_dir_utf8() else { return Ok(0) };
    let mut bytes = 0;
    for entry in entries.filter_map(Result::ok) {
        let since = entry.metadata().and_then(|found| found.modified());
        let is_old = |since| now.duration_since(since).is_ok_and(|age| age > KEPT);
        if since.is_ok_and(is_old) {
            std::fs::remove_dir_all(entry.path()).map_err(failed(entry.path()))?;
            continue;
        }
        let files = entry.path().read_dir_utf8().into_iter().flatten().filter_map(Result::ok);
        bytes += files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum::<u64>();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for (sent, kept) in [
            ("bill.csv.gz", "bill.csv.gz"),
            ("../../etc/passwd", "passwd"),
            ("C:\\bills\\May 2026.csv", "May 2026.csv"),
            (".hidden", "hidden"),
            ("a\u{0}b<script>.csv", "a_b_script_.csv"),
        ] {
            assert_eq!(plain(sent).unwrap(), kept);
        }
        for none in ["", "..", "/", "a/", " "] {
            assert!(plain(none).is_err(), "{none:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        assert!(refuse_large("a", LARGEST_UPLOAD, 0).is_ok());
        assert!(refuse_large("a", LARGEST_UPLOAD + 1, 0).unwrap_err().to_string().contains("1024 MiB"));
        assert!(refuse_large("a", 1, MOST_BYTES).unwrap_err().to_string().contains("wait"));
    }
}
