//! What a browser that signs in is known by until it comes back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farthing_identity::{Secret, SecretKind};
use ring::digest::{SHA256, digest};

/// One sign-in under way. All of it follows from a secret that the browser keeps in a cookie, so that nothing of it is stored: whoever has
/// an answer of the provider without that cookie can do nothing with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt(Secret);

impl Attempt {
    /// A new one; `None` where the system gives no random numbers.
    pub fn new() -> Option<Self> {
        Secret::new(SecretKind::SignIn).map(Self)
    }

    /// The one of a secret that a browser kept; `None` where it cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        Secret::read(SecretKind::SignIn, text).map(Self)
    }

    /// What the browser keeps.
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// What the provider hands back with its answer, so that an answer to somebody else's attempt is known as such.
    pub fn state(&self) -> String {
        self.0.derived("state")
    }

    /// What the provider puts into the ID token, so that it is good for this attempt alone.
    pub fn nonce(&self) -> String {
        self.0.derived("nonce")
    }

    /// What only whoever began the attempt knows (RFC 7636): the code is good for nothing without it.
    pub(crate) fn verifier(&self) -> String {
        self.0.derived("verifier")
    }

    /// What the provider is told of the verifier beforehand, by the method S256.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_known_again_by_its_secret_and_tells_it_nowhere() {
        let (one, other) = (Attempt::new().unwrap(), Attempt::new().unwrap());
        assert_eq!(Attempt::read(one.secret().reveal()), Some(one.clone()));
        let told = [one.state(), one.nonce(), one.challenge()];
        for (place, text) in told.iter().enumerate() {
            assert!(!one.secret().reveal().contains(text.as_str()) && *text != one.verifier());
            assert!(told[place + 1..].iter().all(|later| later != text));
        }
        assert!(one.state() != other.state() && one.nonce() != other.nonce() && one.challenge() != other.challenge());
        // Between 43 and 128 characters of those that RFC 7636 allows.
        assert!(one.verifier().len() == 64 && one.verifier().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(one.challenge().len(), 43);
    }
}
