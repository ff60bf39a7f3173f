use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::LakeError;

const RESTORE: &str = "Restore the file from a backup of the lake; the SHA-256 in the catalogue tells the right one";
const CATALOGUE: &str = "The files are as they were written, so the catalogue was changed: restore the database from a backup";
const REBUILD: &str =
    "Charges and roll-up disagree: import the bill's files again, and report it, since both were checked when written";

/// Something in the lake that is not what the catalogue says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file or folder.
    pub file: Utf8PathBuf,
    /// What of it.
    pub what: String,
    /// What the catalogue says.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What to do.
    pub next_step: &'static str,
}

impl Difference {
    fn new(file: &Utf8Path, what: impl Into<String>, expected: String, found: String, next_step: &'static str) -> Self {
        Self { file: file.to_owned(), what: what.into(), expected, found, next_step }
    }

    pub(super) fn missing(file: &Utf8Path, expected: String) -> Self {
        Self::new(file, "presence", expected, "nothing".to_owned(), RESTORE)
    }

    pub(super) fn length(file: &Utf8Path, expected: u64, found: u64) -> Self {
        Self::new(file, "length", format!("{expected} bytes"), format!("{found} bytes"), RESTORE)
    }

    pub(super) fn content(file: &Utf8Path, expected: &str, found: String) -> Self {
        Self::new(file, "SHA-256", expected.to_owned(), found, RESTORE)
    }

    pub(super) fn unreadable(file: &Utf8Path, error: &LakeError) -> Self {
        Self::new(file, "readability", "facts that can be read".to_owned(), error.to_string(), RESTORE)
    }

    pub(super) fn unlisted(file: &Utf8Path, found: String) -> Self {
        let next = "Move the file away: whoever reads the folder as it is counts its rows too";
        Self::new(file, "presence", "no such file".to_owned(), found, next)
    }

    /// A difference where the rows are not as many as listed.
    pub(super) fn rows(file: &Utf8Path, expected: u64, found: u64) -> Option<Self> {
        let differs = expected != found;
        differs.then(|| Self::new(file, "rows", expected.to_string(), found.to_string(), CATALOGUE))
    }

    /// A difference where a sum of the facts is not the catalogue's.
    pub(super) fn sum(folder: &Utf8Path, what: String, expected: String, found: String) -> Option<Self> {
        (expected != found).then(|| Self::new(folder, what, expected, found, CATALOGUE))
    }

    /// A difference where what was made from the charges is not what they make.
    pub(super) fn derived(file: &Utf8Path, what: String, expected: String, found: String) -> Option<Self> {
        (expected != found).then(|| Self::new(file, what, expected, found, REBUILD))
    }
}
