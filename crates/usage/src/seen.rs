use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Not met before.
    New,
    /// Met before with the same content: a repetition.
    Same,
    /// Met before with other content: one of the two is wrong.
    Conflicting,
}

/// The ids met so far, with a fingerprint of what came with each. Kept across files, it makes a source idempotent.
///
/// Ids and contents are held as 128 bits of their SHA-256: a chance meeting is out of reach, also for one who seeks it.
#[derive(Clone, Debug, Default)]
pub struct SeenIds {
    contents: HashMap<u128, u128>,
}

impl SeenIds {
    /// Looks `id` up and, where it is new and fewer than `limit` are held, remembers it. `None` at the limit.
    pub fn observe(&mut self, id: &str, content: &[u8], limit: usize) -> Option<Seen> {
        let (id, content) = (fingerprint(id.as_bytes()), fingerprint(content));
        match self.contents.get(&id) {
            Some(&known) if known == content => Some(Seen::Same),
            Some(_) => Some(Seen::Conflicting),
            None if self.contents.len() >= limit => None,
            None => {
                self.contents.insert(id, content);
                Some(Seen::New)
            }
        }
    }

    /// How many ids are held.
    pub fn len(&self) -> usize {
        self.contents.len()
    }

    /// True before the first.
    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }
}

fn fingerprint(bytes: &[u8]) -> u128 {
    let hash = Sha256::digest(bytes);
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    u128::from_be_bytes(half)
}

/// The SHA-256 of `text` in hexadecimal: how LiteLLM itself stores a key.
pub(crate) fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_told_from_a_conflict() {
        let mut seen = SeenIds::default();
        assert_eq!(seen.observe("a", b"1", 2), Some(Seen::New));
        assert_eq!(seen.observe("a", b"1", 2), Some(Seen::Same));
        assert_eq!(seen.observe("a", b"2", 2), Some(Seen::Conflicting));
        assert_eq!(seen.observe("b", b"1", 2), Some(Seen::New));
        assert_eq!(seen.observe("c", b"1", 2), None);
        assert_eq!(seen.len(), 2);
    }

    #[test]
    fn keys_are_hashed_as_litellm_does() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
