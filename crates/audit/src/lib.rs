//! The audit chain: what was changed, by whom and when, so that a change of the record itself is found.
//!
//! An [`Entry`] is hashed (SHA-256) over its canonical JSON (RFC 8785), which holds the hash of the entry before it. A [`Checkpoint`]
//! states the newest hash of a moment under an Ed25519 signature (RFC 8032). Who alters an entry has to alter all that follow; who does
//! that as well cannot sign them. [`Chain`] reads entries one by one, in order, and says all that is wrong. `README.md` has the formats.
//!
//! **Architecture invariant:** pure. It opens no file and knows no database; both are handed in.

mod action;
mod canonical;
mod chain;
mod checkpoint;
mod entry;
mod hex;
mod key;
mod problem;

pub use action::Action;
pub use canonical::{CanonicalError, canonical};
pub use chain::{Chain, Verification};
pub use checkpoint::Checkpoint;
pub use entry::{Entry, GENESIS, hash_of};
pub use key::{KeyError, PublicKey, SigningKey};
pub use problem::Problem;
