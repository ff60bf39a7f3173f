//! What can be wrong with a record.

use serde::Serialize;

use crate::PublicKey;

/// One thing that is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// An entry is not what its hash was made of.
    #[error("entry {sequence} was altered: its hash is not that of what it says")]
    Altered {
        /// The entry.
        sequence: u64,
    },
    /// An entry does not hold the hash of the one before it.
    #[error("entry {sequence} does not follow the entry before it: one of the two was replaced, or put elsewhere")]
    Unchained {
        /// The entry.
        sequence: u64,
    },
    /// Entries are not there.
    #[error("entries {from} to {to} are missing")]
    Missing {
        /// The first of them.
        from: u64,
        /// The last.
        to: u64,
    },
    /// Entries are not in the order of their numbers.
    #[error("entry {sequence} stands after entry {after}")]
    OutOfOrder {
        /// The entry.
        sequence: u64,
        /// The one it stands after.
        after: u64,
    },
    /// The record ends before a checkpoint.
    #[error("the record was cut off: it ends at entry {ends}, and the checkpoint of {at} vouches for {sequence}")]
    CutOff {
        /// The last entry that there is.
        ends: u64,
        /// The entry that the checkpoint was made for.
        sequence: u64,
        /// When it was made.
        at: String,
    },
    /// A checkpoint vouches for another entry than the one that there is.
    #[error("entry {sequence} is another than when the checkpoint of {at} was made: entries up to it were written anew")]
    Rewritten {
        /// The entry.
        sequence: u64,
        /// When the checkpoint was made.
        at: String,
    },
    /// A checkpoint's signature does not fit.
    #[error("the checkpoint at entry {sequence} was altered: its signature does not fit")]
    BadSignature {
        /// The entry that it vouches for.
        sequence: u64,
    },
    /// A checkpoint was signed with a key that nobody vouches for.
    #[error(
        "the checkpoint at entry {sequence} was signed with the key {key}, which is not that of this installation. If it was once, say so \
         with --public-key {key}"
    )]
    UnknownKey {
        /// The entry that it vouches for.
        sequence: u64,
        /// The key.
        key: PublicKey,
    },
    /// A file that checkpoints were written to holds none.
    #[error("{file} is no checkpoint: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A checkpoint was written outside, and the database has it no more, or another.
    #[error("the checkpoint at entry {sequence}, written outside, is not in the database: it was removed or replaced there")]
    CheckpointGone {
        /// The entry that it vouches for.
        sequence: u64,
    },
}
