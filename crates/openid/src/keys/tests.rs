use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use super::*;
use crate::TokenError;
use crate::token::Unverified;

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key of each of two kinds, and the set that tells their public halves.
fn pair() -> (Ed25519KeyPair, EcdsaKeyPair, Value) {
    let random = SystemRandom::new();
    let ed = Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref()).unwrap();
    let written = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, written.as_ref(), &random).unwrap();
    let point = ec.public_key().as_ref();
    let set = json!({"keys": [
        {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": encoded(ed.public_key())},
        {"kty": "EC", "kid": "ec", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..])},
        {"kty": "oct", "kid": "shared", "k": "AAAA"},
        {"kty": "RSA", "kid": "sealing", "use": "enc", "n": "AQAB", "e": "AQAB"},
    ]});
    (ed, ec, set)
}

fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
    let signature = encoded(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn believed(keys: &Keys, token: &str, taken: &[Algorithm]) -> Result<(), TokenError> {
    let token = Unverified::read(token)?;
    let algorithm = token.algorithm(taken)?;
    let key = keys.of(token.key(), algorithm).ok_or(TokenError::UnknownKey)?;
    token.verified(algorithm, key).map(drop)
}

#[test]
fn a_token_is_believed_as_it_was_signed_and_in_no_other_form() {
    let (ed, ec, set) = pair();
    let keys = Keys::read(set.to_string().as_bytes()).unwrap();
    let random = SystemRandom::new();
    let claims = json!({"sub": "ada"});
    let by_ed = |header: Value| signed(&header, &claims, |message| ed.sign(message).as_ref().to_vec());
    let by_ec = |header: Value| signed(&header, &claims, |message| ec.sign(&random, message).unwrap().as_ref().to_vec());
    let check = |token: &str| believed(&keys, token, &Algorithm::ALL);
    let good = by_ed(json!({"alg": "EdDSA", "kid": "ed"}));
    assert_eq!(check(&good), Ok(()));
    assert_eq!(check(&by_ec(json!({"alg": "ES256", "kid": "ec"}))), Ok(()));
    assert_eq!(check(&by_ed(json!({"alg": "EdDSA"}))), Ok(()), "the only key of its kind");
    assert_eq!(believed(&keys, &good, &[Algorithm::Rs256]).unwrap_err().to_string().split(';').count(), 2);
    for none in ["none", "None", "HS256", "ES256K", ""] {
        let refused = check(&by_ed(json!({"alg": none, "kid": "ed"})));
        assert!(matches!(refused, Err(TokenError::Algorithm { .. })), "{none}: {refused:?}");
    }
    // A key is for its own kind alone, and is named by its own id.
    assert_eq!(check(&by_ed(json!({"alg": "ES256", "kid": "ed"}))), Err(TokenError::UnknownKey));
    assert_eq!(check(&by_ed(json!({"alg": "EdDSA", "kid": "other"}))), Err(TokenError::UnknownKey));
    assert_eq!(check(&by_ed(json!({"alg": "RS256", "kid": "sealing"}))), Err(TokenError::UnknownKey));
    assert_eq!(check(&by_ed(json!({"alg": "ES256", "kid": "ec"}))), Err(TokenError::Signature));
    assert_eq!(check(&by_ed(json!({"alg": "EdDSA", "kid": "ed", "crit": ["b64"]}))), Err(TokenError::Critical));
    let head = good.rsplit_once('.').unwrap().0;
    for unsigned in [format!("{head}."), format!("{head}.AAAA")] {
        assert_eq!(check(&unsigned), Err(TokenError::Signature));
    }
    for form in ["", ".", "..", "a.b.c", head, &good[1..], &format!("{good}="), &format!("{good}.{good}"), &"a".repeat(20_000)] {
        assert_eq!(check(form), Err(TokenError::Form), "{form:.40}");
    }
}

#[test]
fn every_letter_of_a_token_counts() {
    let (ed, _, set) = pair();
    let keys = Keys::read(set.to_string().as_bytes()).unwrap();
    let good =
        signed(&json!({"alg": "EdDSA", "kid": "ed"}), &json!({"sub": "ada"}), |message| ed.sign(message).as_ref().to_vec());
    for place in 0..good.len() {
        let other = if good.as_bytes()[place] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &good[..place], &good[place + 1..]);
        assert!(believed(&keys, &changed, &Algorithm::ALL).is_err(), "letter {place}");
    }
}

#[test]
fn sets_without_a_key_for_signatures_are_none() {
    let (_, _, set) = pair();
    let (one, sealing) = (&set["keys"][0], &set["keys"][3]);
    let twice = Keys::read(json!({"keys": [one, one]}).to_string().as_bytes()).unwrap();
    assert!(twice.of(None, Algorithm::EdDsa).is_none(), "nobody knows which of two is meant");
    assert!(twice.of(Some("ed"), Algorithm::EdDsa).is_some());
    for none in [json!({}), json!({"keys": []}), json!({"keys": [sealing, 1]}), json!({"keys": vec![one; 101]})] {
        assert!(Keys::read(none.to_string().as_bytes()).is_err(), "{none:.60}");
    }
    let mut short = one.clone();
    short["x"] = json!("AAAA");
    assert!(Keys::read(json!({"keys": [short]}).to_string().as_bytes()).is_err());
}
