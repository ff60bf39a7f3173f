//! Signatures of webhooks, as Standard Webhooks has them: <https://github.com/standard-webhooks/standard-webhooks>, version 1.
//!
//! HMAC-SHA256 over `ID.TIMESTAMP.BODY`, so that neither a body nor an old message can be slipped in. Several keys sign beside each other
//! while one replaces another.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a key begins with where it is written down.
const PREFIX: &str = "whsec_";
/// How many bytes a key has.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The keys that a receiver's messages are signed with.
#[derive(Clone)]
pub struct SigningKeys(Vec<Vec<u8>>);

/// What is wrong with a key; of the key itself nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no signing key: write whsec_ and the base64 of 24 to 64 random bytes; several are parted by blanks")]
pub struct KeyProblem;

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys(not shown)")
    }
}

impl SigningKeys {
    /// Reads keys as they are handed over.
    ///
    /// # Errors
    /// When one is none, or there is none.
    pub fn read(text: &str) -> Result<Self, KeyProblem> {
        let key = |word: &str| {
            let bytes = STANDARD.decode(word.strip_prefix(PREFIX)?).ok()?;
            BYTES.contains(&bytes.len()).then_some(bytes)
        };
        let keys: Option<Vec<_>> = text.split_whitespace().map(key).collect();
        keys.filter(|keys| !keys.is_empty()).map(Self).ok_or(KeyProblem)
    }

    /// The header `webhook-signature` of a message that is sent at `timestamp`, in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signed = |key: &Vec<u8>| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        };
        self.0.iter().map(signed).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_convention_has_its_signature() {
        let keys = SigningKeys::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = keys.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_keys_sign_beside_each_other_and_what_is_no_key_is_refused_and_not_shown() {
        let both = format!("whsec_{} whsec_{}", STANDARD.encode([1; 24]), STANDARD.encode([2; 32]));
        assert_eq!(SigningKeys::read(&both).unwrap().sign("m", 1, b"").split(' ').count(), 2);
        for wrong in ["", "hidden", "whsec_aGlkZGVu", "whsec_###"] {
            let problem = SigningKeys::read(wrong).unwrap_err().to_string();
            assert!(!problem.contains("hidden") && problem.contains("whsec_"));
        }
        assert_eq!(format!("{:?}", SigningKeys::read(&both).unwrap()), "SigningKeys(not shown)");
    }
}
