//! Personal data is masked before anything of it is written: the policy that names it, and what is done to rows.
//!
//! Masking happens in the process that decodes, between decoding and the lake. Amounts, moments and what tells months and currencies
//! apart cannot be masked. The same text has the same mask under the same key, whatever column it stands in, so that a user in the
//! tags of a bill and the same user in a log of usage still belong together, and rules can name the mask instead of the text.

mod charges;
mod events;
mod key;
mod policy;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use key::{KeyError, MaskingKey};
pub use policy::{How, MaskingPolicy, PolicyError};

/// A policy with the key that it needs: what an import masks by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mask {
    policy: MaskingPolicy,
    key: Option<MaskingKey>,
}

impl Mask {
    /// Puts the two together; `None` where the policy hashes and there is no key.
    pub fn new(policy: MaskingPolicy, key: Option<MaskingKey>) -> Option<Self> {
        (key.is_some() || !policy.hashes()).then_some(Self { policy, key })
    }

    /// What tells this policy with this key from others, in hex. It tells nothing of the key.
    pub fn fingerprint(&self) -> String {
        let text = serde_json::to_string(&self.policy).expect("a policy has texts as keys");
        match &self.key {
            Some(key) if self.policy.hashes() => key.digest(text.as_bytes()),
            _ => hex(&Sha256::digest(text)),
        }
    }

    /// What becomes of a text that the policy says `how` of; `None` where it goes.
    fn masked<'a>(&self, how: How, text: &'a str) -> Option<Cow<'a, str>> {
        match (how, &self.key) {
            (How::Keep, _) => Some(Cow::Borrowed(text)),
            (How::Hash, Some(key)) if !text.is_empty() => Some(Cow::Owned(key.mask(text))),
            (How::Hash, Some(_)) => Some(Cow::Borrowed(text)),
            // Without a key, which `new` does not let through, nothing is better than the text.
            (How::Drop, _) | (How::Hash, None) => None,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
