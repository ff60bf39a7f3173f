//! Ed25519 keys (RFC 8032).

use std::fmt;
use std::str::FromStr;

use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hex::{from_hex, to_hex};

/// A text that is no key, or a system that gives none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text of a signing key. It is not shown.
    #[error(
        "the key that signs checkpoints must be 64 lower-case hexadecimal digits, 32 bytes; `openssl rand -hex 32` makes one"
    )]
    Signing,
    /// The text of a public key.
    #[error(
        "{0:?} is no public key: it has 64 lower-case hexadecimal digits; `farthing audit key` prints that of an installation"
    )]
    Public(String),
    /// The system's source of random numbers failed.
    #[error("the system gave no random numbers for a key")]
    Random,
}

/// What signs checkpoints. It is never shown.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// A new key, as the text that [`SigningKey::from_str`] reads.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate() -> Result<String, KeyError> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| KeyError::Random)?;
        Ok(to_hex(&seed))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        let bytes = self.0.public_key().as_ref().try_into();
        PublicKey(bytes.expect("a public key of Ed25519 has 32 bytes"))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        to_hex(self.0.sign(message).as_ref())
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let seed = from_hex::<32>(text).ok_or(KeyError::Signing)?;
        Ed25519KeyPair::from_seed_unchecked(&seed).map(Self).map_err(|_| KeyError::Signing)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey of {}", self.public())
    }
}

/// What checkpoints are verified with: anybody may know it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub(crate) fn signed(&self, message: &[u8], signature: &str) -> bool {
        let Some(signature) = from_hex::<64>(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, &signature).is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        from_hex(text).map(Self).ok_or_else(|| KeyError::Public(text.chars().take(80).collect()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&to_hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first test of section 7.1 of RFC 8032.
    #[test]
    fn a_signature_is_that_of_the_standard() {
        let key: SigningKey = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".parse().unwrap();
        assert_eq!(key.public().to_string(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
        assert_eq!(key.sign(b""), signature);
        assert!(key.public().signed(b"", signature) && !key.public().signed(b"x", signature));
    }

    #[test]
    fn keys_are_new_and_never_shown() {
        let (one, two) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        assert_ne!(one, two);
        let key: SigningKey = one.parse().unwrap();
        assert!(!format!("{key:?}").contains(&one));
        assert_eq!("abc".parse::<SigningKey>().unwrap_err(), KeyError::Signing);
        assert!("zz".parse::<PublicKey>().unwrap_err().to_string().contains("farthing audit key"));
    }
}
