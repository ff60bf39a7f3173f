//! How the receiver stands, for whoever watches it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};

/// How the receiver stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverFigures {
    /// Bytes of requests that are being worked on.
    pub queue_bytes: u64,
    /// Bytes on the disk that are in no revision yet.
    pub spool_bytes: u64,
    /// How old the oldest acknowledged span is that is in no revision yet, since its acknowledgement, in seconds.
    pub waiting_seconds: u64,
    /// Seconds since what was waiting was last published; none before the first time.
    pub published_seconds: Option<u64>,
    /// Publications that failed since the last that did not.
    pub failed_publications: u64,
}

#[derive(Debug)]
pub(super) struct Figures {
    spool_bytes: AtomicU64,
    failed: AtomicU64,
    moments: Mutex<Moments>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    oldest_waiting: Option<DateTime<Utc>>,
    published: Option<DateTime<Utc>>,
}

impl Figures {
    pub fn new(spool_bytes: u64) -> Self {
        Self { spool_bytes: spool_bytes.into(), failed: 0.into(), moments: Mutex::default() }
    }

    pub fn now(&self, queue_bytes: u64, now: DateTime<Utc>) -> ReceiverFigures {
        let moments = *self.moments.lock().expect("nobody panics with it");
        let since = |moment: DateTime<Utc>| u64::try_from((now - moment).num_seconds()).unwrap_or(0);
        ReceiverFigures {
            queue_bytes,
            spool_bytes: self.spool_bytes(),
            waiting_seconds: moments.oldest_waiting.map_or(0, since),
            published_seconds: moments.published.map(since),
            failed_publications: self.failed.load(Ordering::Relaxed),
        }
    }

    pub fn spool_bytes(&self) -> u64 {
        self.spool_bytes.load(Ordering::Relaxed)
    }

    pub fn appended(&self, bytes: u64, now: DateTime<Utc>) {
        self.spool_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.moments.lock().expect("nobody panics with it").oldest_waiting.get_or_insert(now);
    }

    /// What was acknowledged before `from` is published, but for `left` bytes.
    pub fn published(&self, left: u64, since: DateTime<Utc>, from: DateTime<Utc>) {
        self.spool_bytes.store(left, Ordering::Relaxed);
        self.failed.store(0, Ordering::Relaxed);
        let mut moments = self.moments.lock().expect("nobody panics with it");
        moments.published = Some(since);
        moments.oldest_waiting = (left > 0).then_some(from);
    }

    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }
}
