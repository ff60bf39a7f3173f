//! The policy file of the lake: how long facts that were replaced are kept, and where.
//!
//! ```toml
//! version = 1
//!
//! [retention]                 # without it, and without both limits, everything is kept for ever
//! keep_days = 90              # a revision that was replaced less than so many days ago stays
//! keep_last = 3               # and so do the last so many of each source, kind of facts and period
//!
//! [archive]
//! folder = "/mnt/cold/farthing"
//! after_days = 30             # what was replaced so long ago moves there, and can still be read
//!
//! [[holds]]
//! reason = "tax audit 2026"
//! source = "aws"              # of all sources without it
//! from = "2026-01"            # billing periods, the last one included
//! to = "2026-03"
//! ```

mod retention;
#[cfg(test)]
mod tests;

use std::fmt;

use camino::Utf8PathBuf;
use farthing_types::{BillingPeriod, SourceName};
use serde::Deserialize;

pub use retention::{Fate, Replaced, decide};

/// A policy file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LakePolicy {
    /// How long revisions that were replaced are kept.
    pub retention: Retention,
    /// Where they are kept once they are old.
    pub archive: Option<Archive>,
    /// What must not go whatever the limits say.
    pub holds: Vec<Hold>,
}

/// How long revisions that were replaced are kept. What either limit keeps stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days since they were replaced.
    pub keep_days: Option<u32>,
    /// The last so many of a source, kind of facts and period.
    pub keep_last: Option<u32>,
}

/// A cheaper place for what was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Its folder, absolute.
    pub folder: Utf8PathBuf,
    /// What was replaced so many days ago moves there.
    pub after_days: u32,
}

/// Facts that must stay: a legal hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Why, for whoever wonders later.
    pub reason: String,
    /// Of this source; of all without it.
    pub source: Option<SourceName>,
    /// From this billing period on.
    pub from: BillingPeriod,
    /// Up to this one, which is held too.
    pub to: BillingPeriod,
}

/// In one line: what is kept how long, and what is held.
impl fmt::Display for LakePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.retention.keep_days, self.retention.keep_last) {
            (None, None) => write!(f, "what is replaced is kept for ever")?,
            (Some(days), None) => write!(f, "what is replaced is kept for {days} days")?,
            (None, Some(last)) => write!(f, "the last {last} that were replaced are kept")?,
            (Some(days), Some(last)) => write!(f, "what is replaced is kept for {days} days, and the last {last}")?,
        }
        if let Some(archive) = &self.archive {
            write!(f, ", in {} after {} days", archive.folder, archive.after_days)?;
        }
        write!(f, "; {} holds", self.holds.len())
    }
}

impl Hold {
    fn holds(&self, source: &SourceName, period: BillingPeriod) -> bool {
        self.source.as_ref().is_none_or(|held| held == source) && self.from <= period && period <= self.to
    }
}

/// Why a policy file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no TOML, has an unknown key, or a value of another kind.
    #[error("{0}")]
    Form(String),
    /// A value makes no sense.
    #[error("{0}")]
    Value(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    retention: Retention,
    archive: Option<Archive>,
    #[serde(default)]
    holds: Vec<Hold>,
}

impl LakePolicy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|error| PolicyError::Form(error.to_string().trim_end().to_owned()))?;
        let wrong = |what: String| Err(PolicyError::Value(what));
        if file.version != 1 {
            return wrong(format!("version is {}, and this program knows version 1", file.version));
        }
        if file.retention.keep_last == Some(0) && file.retention.keep_days.is_none() {
            return wrong("keep_last = 0 alone would remove a revision the moment it is replaced: give keep_days too".into());
        }
        if let Some(archive) = file.archive.as_ref().filter(|archive| !archive.folder.is_absolute()) {
            return wrong(format!("archive.folder is {:?}: give the whole path from /", archive.folder));
        }
        if let Some(hold) = file.holds.iter().find(|hold| hold.to < hold.from || hold.reason.trim().is_empty()) {
            return wrong(format!("the hold from {} to {} ends before it begins or gives no reason", hold.from, hold.to));
        }
        Ok(Self { retention: file.retention, archive: file.archive, holds: file.holds })
    }
}
