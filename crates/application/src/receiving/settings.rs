use std::time::Duration;

use chrono::TimeDelta;
use farthing_types::SourceName;

use super::Signal;

/// How spans are received.
#[derive(Clone, Debug)]
pub struct ReceiverSettings {
    /// The source that their usage is kept under.
    pub source: SourceName,
    /// What usage is read from: spans, with log records of the same calls beside them, or metrics, which say the same.
    pub usage_from: Signal,
    /// The largest body, in bytes, packed or not.
    pub body_bytes: u64,
    /// Bytes of requests that are worked on at a time; beyond it senders are asked to wait.
    pub queue_bytes: u64,
    /// Bytes on the disk that are in no revision yet; beyond it senders are asked to wait.
    pub spool_bytes: u64,
    /// How often what came is published.
    pub publish_every: Duration,
    /// How long after a call its span is taken, and a repetition of it known.
    pub late: TimeDelta,
}
