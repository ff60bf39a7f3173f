//! Signed tokens in their compact form (RFC 7515, RFC 7519).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::keys::Key;
use crate::{Algorithm, Claims, TokenError};

/// The longest token that is looked at.
const LONGEST: usize = 16 << 10;

/// A token of which nobody knows yet whose it is: what it claims cannot be read before that is known.
pub(crate) struct Unverified<'a> {
    signed: &'a str,
    header: Header,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart.
    pub fn read(text: &'a str) -> Result<Self, TokenError> {
        let (signed, signature) = text.rsplit_once('.').filter(|_| text.len() <= LONGEST).ok_or(TokenError::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Form)?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Form);
        let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| TokenError::Form)?;
        match header.crit {
            Some(_) => Err(TokenError::Critical),
            None => Ok(Self { signed, header, claims: decoded(claims)?, signature: decoded(signature)? }),
        }
    }

    /// What it is signed by, where that is taken: what it says itself is never believed beyond this list.
    pub fn algorithm(&self, taken: &[Algorithm]) -> Result<Algorithm, TokenError> {
        let found = taken.iter().copied().find(|algorithm| algorithm.as_str() == self.header.alg);
        let said = || self.header.alg.chars().filter(|letter| !letter.is_control()).take(20).collect();
        found.ok_or_else(|| TokenError::Algorithm { said: said(), taken: taken.to_vec() })
    }

    /// The id of its key, where it names one.
    pub fn key(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// What it claims, where it was signed by the key.
    pub fn verified(self, algorithm: Algorithm, key: &Key) -> Result<Claims, TokenError> {
        if !key.signed(algorithm, self.signed.as_bytes(), &self.signature) {
            return Err(TokenError::Signature);
        }
        serde_json::from_slice(&self.claims).map(Claims::of).map_err(|_| TokenError::Form)
    }
}
