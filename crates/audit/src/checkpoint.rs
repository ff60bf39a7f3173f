//! What the newest entry was at a moment, under a signature.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::canonical::canonical;
use crate::{Entry, PublicKey, SigningKey};

/// A signed statement: at this moment the record had so many entries, and the last had this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The entry up to which it vouches.
    pub sequence: u64,
    /// The hash of that entry.
    pub head: String,
    /// When it was made: RFC 3339 in UTC with six digits of a second.
    pub at: String,
    /// Why: `hour`, `close 2026-05`, or `asked`.
    pub reason: String,
    /// The key that it can be verified with.
    pub public_key: PublicKey,
    /// Ed25519 over the canonical JSON of the fields above, in 128 lower-case digits.
    pub signature: String,
}

impl Checkpoint {
    /// Signs the newest entry.
    pub fn sign(key: &SigningKey, newest: &Entry, at: String, reason: String) -> Self {
        let unsigned = Self {
            sequence: newest.sequence,
            head: newest.hash.clone(),
            at,
            reason,
            public_key: key.public(),
            signature: String::new(),
        };
        Self { signature: key.sign(unsigned.signed_text().as_bytes()), ..unsigned }
    }

    /// True where it was signed with the private half of its key and not changed since.
    pub fn is_signed(&self) -> bool {
        self.public_key.signed(self.signed_text().as_bytes(), &self.signature)
    }

    /// The name of its file where checkpoints are written to: sorted by name they are in their order.
    pub fn file_name(&self) -> String {
        format!("checkpoint-{:012}.json", self.sequence)
    }

    fn signed_text(&self) -> String {
        let Self { sequence, head, at, reason, public_key, signature: _ } = self;
        let signed = json!({"sequence": sequence, "head": head, "at": at, "reason": reason, "public_key": public_key});
        // Entries are counted far below 2⁵³; a sequence beyond was made up, and no text is signed for it.
        canonical(&signed).unwrap_or_default()
    }
}
