//! What tokens, sessions and sign-ins are known by: 256 random bits, of which the database keeps the hash. Guessing them is hopeless, so that a plain
//! SHA-256 is enough; passwords, which people choose, have their own.

use std::fmt;

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// What a secret is for: it stands at its beginning, so that scanners of leaked secrets know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// A token of the API.
    Token,
    /// A session of a browser.
    Session,
    /// A sign-in by a provider, until the browser comes back.
    SignIn,
}

/// A secret as it is handed over, once. It is never shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "fthg_",
            Self::Session => "fths_",
            Self::SignIn => "fthi_",
        }
    }
}

impl Secret {
    /// A new one; `None` where the system gives no random numbers.
    pub fn new(kind: SecretKind) -> Option<Self> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok()?;
        Some(Self(format!("{}{}", kind.prefix(), hex(&bytes))))
    }

    /// One that somebody sent; `None` where it cannot be one of this kind.
    pub fn read(kind: SecretKind, text: &str) -> Option<Self> {
        let digits = text.strip_prefix(kind.prefix())?;
        let plain = digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        plain.then(|| Self(text.to_owned()))
    }

    /// What the database keeps of it.
    pub fn hash(&self) -> String {
        hex(digest(&SHA256, self.0.as_bytes()).as_ref())
    }

    /// What a page sends beside the cookie of its session, which other sites cannot read: it says nothing of the secret.
    pub fn csrf_token(&self) -> String {
        self.derived("csrf")
    }

    /// What is told to others for one purpose: it follows from the secret, says nothing of it, nor of what follows for another purpose.
    pub fn derived(&self, purpose: &str) -> String {
        hex(digest(&SHA256, format!("{purpose} {}", self.0).as_bytes()).as_ref())
    }

    /// The text, for whoever it is handed to.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_new_is_read_back_and_is_not_shown() {
        let (one, two) = (Secret::new(SecretKind::Token).unwrap(), Secret::new(SecretKind::Token).unwrap());
        assert_ne!(one, two);
        assert_eq!(Secret::read(SecretKind::Token, one.reveal()), Some(one.clone()));
        assert_eq!(Secret::read(SecretKind::Session, one.reveal()), None);
        assert!(!format!("{one:?}").contains(&one.reveal()[5..]));
        assert!(one.hash() != one.csrf_token() && one.hash().len() == 64 && !one.hash().contains(&one.reveal()[5..]));
        for wrong in ["", "fthg_", "fthg_00", &one.reveal().to_uppercase(), &format!("{}0", one.reveal())] {
            assert_eq!(Secret::read(SecretKind::Token, wrong), None, "{wrong:?}");
        }
    }
}
