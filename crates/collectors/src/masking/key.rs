//! The secret that masks are made with.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::hex;

/// A secret text. It is never shown, and stored nowhere but where it was set.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaskingKey(String);

/// Shorter keys can be found by trying.
const SHORTEST: usize = 16;

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the masking key has fewer than {SHORTEST} characters, so that it could be found by trying. Make one with `openssl rand -hex 32`"
)]
pub struct KeyError;

impl fmt::Debug for MaskingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskingKey(not shown)")
    }
}

impl MaskingKey {
    /// Takes a text for a key.
    ///
    /// # Errors
    /// When it is too short.
    pub fn new(secret: impl Into<String>) -> Result<Self, KeyError> {
        let secret = secret.into();
        if secret.chars().count() < SHORTEST { Err(KeyError) } else { Ok(Self(secret)) }
    }

    /// The mask of a text: `masked-` and half of its HMAC-SHA-256, in hex. Two texts of a billion have the same one with a
    /// probability of 1e-21.
    pub fn mask(&self, text: &str) -> String {
        format!("masked-{}", &self.digest(text.as_bytes())[..32])
    }

    /// HMAC-SHA-256 (RFC 2104), in hex.
    pub(super) fn digest(&self, text: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(text);
        hex(&mac.finalize().into_bytes())
    }
}
