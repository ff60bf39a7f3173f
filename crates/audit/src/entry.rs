//! One line of the record.

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::canonical::{CanonicalError, canonical};
use crate::hex::to_hex;

/// What the first entry has as the hash of the one before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What was done, by whom and when, with the hash that chains it to the entry before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3 … without a gap.
    pub sequence: u64,
    /// When: RFC 3339 in UTC with six digits of a second, never before the entry before it.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What was done: a word of [`Action`](crate::Action).
    pub action: String,
    /// To what.
    pub subject: String,
    /// What else is to be known of it: an object. Amounts are text.
    pub details: Value,
    /// The hash of the entry before, [`GENESIS`] for the first.
    pub previous: String,
    /// SHA-256 over the canonical JSON of all the fields above, in 64 lower-case digits.
    pub hash: String,
}

impl Entry {
    /// Chains what is to be recorded to the entry before it: `None` where it is the first. The hash of `self` is made anew.
    ///
    /// # Errors
    /// Where the details hold a number that readers of JSON round.
    pub fn chained(mut self, before: Option<&Self>) -> Result<Self, CanonicalError> {
        self.sequence = before.map_or(1, |before| before.sequence + 1);
        self.previous = before.map_or_else(|| GENESIS.to_owned(), |before| before.hash.clone());
        // The form of the moments is one, so that their order is that of their texts.
        if let Some(before) = before.filter(|before| before.at > self.at) {
            self.at.clone_from(&before.at);
        }
        self.hash = hash_of(&self)?;
        Ok(self)
    }
}

/// The hash that an entry must have.
///
/// # Errors
/// Where the details hold a number that readers of JSON round.
pub fn hash_of(entry: &Entry) -> Result<String, CanonicalError> {
    let Entry { sequence, at, actor, action, subject, details, previous, hash: _ } = entry;
    let hashed = json!({
        "sequence": sequence, "at": at, "actor": actor, "action": action, "subject": subject, "details": details, "previous": previous,
    });
    Ok(sha256(canonical(&hashed)?.as_bytes()))
}

pub(crate) fn sha256(content: &[u8]) -> String {
    to_hex(digest(&SHA256, content).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_the_hash_of_its_canonical_text() {
        let entry = Entry {
            sequence: 0,
            at: "2026-06-01T00:00:00.000000Z".to_owned(),
            actor: "ann".to_owned(),
            action: "period.closed".to_owned(),
            subject: "period 2026-05".to_owned(),
            details: json!({"reason": "month end", "all": true}),
            previous: String::new(),
            hash: String::new(),
        };
        let first = entry.clone().chained(None).unwrap();
        let text = format!(
            "{{\"action\":\"period.closed\",\"actor\":\"ann\",\"at\":\"2026-06-01T00:00:00.000000Z\",\
             \"details\":{{\"all\":true,\"reason\":\"month end\"}},\"previous\":\"{GENESIS}\",\"sequence\":1,\"subject\":\"period 2026-05\"}}"
        );
        assert_eq!(first.hash, sha256(text.as_bytes()));
        // A clock that went back does not reverse the record.
        let earlier = Entry { at: "2026-05-31T00:00:00.000000Z".to_owned(), ..entry };
        let second = earlier.chained(Some(&first)).unwrap();
        assert_eq!((second.sequence, &second.previous, &second.at), (2, &first.hash, &first.at));
        assert_ne!(second.hash, first.hash);
    }
}
