//! The provider's public keys (RFC 7517, RFC 7518, RFC 8037).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

use crate::Algorithm;

/// The most keys that a provider may have.
const MOST: usize = 100;

/// The keys by which a provider signs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(Vec<Key>);

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    id: Option<String>,
    /// The one algorithm that it is for, where it says so.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point, uncompressed.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Written {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a set of keys. What is no key for signatures, or of a kind that is not known here, is left out.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let set: Set = serde_json::from_slice(json).map_err(|error| format!("this is no set of keys: {error}"))?;
        if set.keys.len() > MOST {
            return Err(format!("there are more than {MOST} keys in it"));
        }
        let written = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Written>(key).ok());
        let keys: Vec<Key> = written.filter_map(Key::of).collect();
        if keys.is_empty() { Err("no key in it is one for signatures that is known here".to_owned()) } else { Ok(Self(keys)) }
    }

    /// The key by which a token is signed: the one of its id, or where it names none the only one that there is for the algorithm.
    pub fn of(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| key.is_for(algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id)));
        let first = fitting.next();
        first.filter(|_| id.is_some() || fitting.next().is_none())
    }
}

impl Key {
    fn of(written: Written) -> Option<Self> {
        let Written { kty, kid, used_for, alg, crv, n, e, x, y } = written;
        if used_for.is_some_and(|used_for| used_for != "sig") {
            return None;
        }
        let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let point = |length: usize, x: Option<String>, y: Option<String>| {
            let (x, y) = (bytes(x)?, bytes(y)?);
            (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), &y].concat())
        };
        let material = match (kty.as_str(), crv.as_deref()) {
            ("RSA", _) => Material::Rsa { n: bytes(n)?, e: bytes(e)? },
            ("EC", Some("P-256")) => Material::P256(point(32, x, y)?),
            ("EC", Some("P-384")) => Material::P384(point(48, x, y)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(x).filter(|x| x.len() == 32)?),
            _ => return None,
        };
        Some(Self { id: kid, algorithm: alg, material })
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        let kind = match self.material {
            Material::Rsa { .. } => algorithm.rsa().is_some(),
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::P384(_) => algorithm == Algorithm::Es384,
            Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
        };
        // RFC 9864 calls EdDSA by its curve.
        let named = |alg: &str| alg == algorithm.as_str() || (alg == "Ed25519" && algorithm == Algorithm::EdDsa);
        kind && self.algorithm.as_deref().is_none_or(named)
    }

    /// True where it signed the message by the algorithm, which must be one that it is for.
    pub fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verified = match (&self.material, algorithm.rsa()) {
            (Material::Rsa { n, e }, Some(parameters)) => {
                // A leading zero is not the number's.
                let n = &n[n.iter().take_while(|byte| **byte == 0).count()..];
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            (Material::P256(point), None) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            (Material::P384(point), None) => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, signature),
            (Material::Ed25519(x), None) => UnparsedPublicKey::new(&ED25519, x).verify(message, signature),
            _ => return false,
        };
        verified.is_ok() && self.is_for(algorithm)
    }
}

#[cfg(test)]
mod tests;
