//! Sums that go on since their senders began, from one journal to the next.

use camino::Utf8PathBuf;
use farthing_usage::otlp::{RunningTotal, SpanFact, Streams};
use serde::{Deserialize, Serialize};

use super::{Spool, SpoolError, write_whole};

/// Sums that are known; those silent the longest are forgotten first.
const MOST_SUMS: usize = 100_000;

/// What the sums last said, as of a journal.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sums {
    /// The last journal that is in it.
    pub journal: u64,
    streams: Streams,
}

impl Sums {
    /// What these points add, as facts.
    pub fn add(&mut self, totals: Vec<RunningTotal>) -> Vec<SpanFact> {
        let added = self.streams.add(totals);
        self.streams.keep(MOST_SUMS);
        if added.beginnings > 0 {
            tracing::warn!(
                otlp.sums = added.beginnings,
                "sums of metrics began before what is known of them here: they count from now on, and not what they had come to"
            );
        }
        added.facts
    }
}

impl Spool {
    fn sums_path(&self) -> Utf8PathBuf {
        self.folder.join("sums.json")
    }

    /// Notes since when (nanoseconds of Unix time) all sums that go on are known here, where nothing is noted yet: 0 where nothing of them
    /// was ever counted, else now, for what they had come to may be in a revision.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn begin_sums(&self, whole_since: u64) -> Result<(), SpoolError> {
        match self.sums()? {
            Some(_) => Ok(()),
            None => self.keep_sums(&Sums { journal: 0, streams: Streams::since(whole_since) }),
        }
    }

    pub(super) fn sums(&self) -> Result<Option<Sums>, SpoolError> {
        let path = self.sums_path();
        match std::fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map(Some).map_err(|error| SpoolError::Damaged { path, why: error.to_string() })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SpoolError::io(&path)(error)),
        }
    }

    pub(super) fn keep_sums(&self, sums: &Sums) -> Result<(), SpoolError> {
        write_whole(&self.sums_path(), &serde_json::to_vec(sums).expect("sums are JSON"))
    }
}
