//! What a token claims, once it is known whose it is.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::TokenError;

/// How far the clocks of this machine and of the provider may lie apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// The longest name of somebody at the provider (OpenID Connect Core, section 2).
const LONGEST_SUBJECT: usize = 255;

/// The claims of a token that the provider signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn of(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// These claims, where they are the issuer's, meant for `audience`, and good now (RFC 7519, section 4.1).
    pub(crate) fn checked(self, issuer: &str, audience: &str, now: DateTime<Utc>) -> Result<Self, TokenError> {
        if self.text("iss") != Some(issuer) {
            return Err(TokenError::Issuer);
        }
        if !self.words("aud").any(|word| word == audience) {
            return Err(TokenError::Audience);
        }
        let expires = self.moment("exp")?.ok_or_else(|| TokenError::Claim("exp".to_owned()))?;
        if now >= expires + LEEWAY {
            return Err(TokenError::Expired);
        }
        for claim in ["nbf", "iat"] {
            if self.moment(claim)?.is_some_and(|from| from > now + LEEWAY) {
                return Err(TokenError::Early);
            }
        }
        match self.subject() {
            subject if subject.is_empty() || subject.len() > LONGEST_SUBJECT => Err(TokenError::Claim("sub".to_owned())),
            _ => Ok(self),
        }
    }

    /// These claims, where they are those of an ID token for a client and of an attempt (OpenID Connect Core, section 3.1.3.7).
    pub(crate) fn answering(self, client: &str, nonce: &str) -> Result<Self, TokenError> {
        let several = self.words("aud").nth(1).is_some();
        let party = self.0.get("azp");
        if (several || party.is_some()) && party.and_then(Value::as_str) != Some(client) {
            return Err(TokenError::Audience);
        }
        match self.text("nonce") == Some(nonce) {
            true => Ok(self),
            false => Err(TokenError::Nonce),
        }
    }

    /// Whom it is about, as the provider knows them: this never changes, and is nobody else's.
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// A claim that is a text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str()
    }

    /// A claim that says no.
    pub fn denies(&self, claim: &str) -> bool {
        matches!(self.0.get(claim), Some(Value::Bool(false))) || self.text(claim) == Some("false")
    }

    /// A claim that is a text or a list of texts; where it is a part of another one its name has dots (`realm_access.roles`), unless there is
    /// one of the whole name.
    pub fn words<'a>(&'a self, claim: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let found = self.0.get(claim).or_else(|| {
            let mut parts = claim.split('.');
            let first = parts.next().and_then(|part| self.0.get(part))?;
            parts.try_fold(first, |value, part| value.get(part))
        });
        let several = found.and_then(Value::as_array).into_iter().flatten();
        found.and_then(Value::as_str).into_iter().chain(several.filter_map(Value::as_str))
    }

    /// What a token may be used for (RFC 8693, section 4.2; `scp` elsewhere).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.words("scope").chain(self.words("scp")).flat_map(|words| words.split(' ')).filter(|word| !word.is_empty())
    }

    fn moment(&self, claim: &str) -> Result<Option<DateTime<Utc>>, TokenError> {
        let Some(value) = self.0.get(claim) else { return Ok(None) };
        let moment = value.as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        // Beyond it nothing could be added to it.
        let moment = moment.filter(|moment| moment.timestamp() < i64::from(u32::MAX) * 2);
        moment.map(Some).ok_or_else(|| TokenError::Claim(claim.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(more: Value) -> Claims {
        let mut all = json!({"iss": "https://op", "aud": "us", "sub": "ada", "exp": 1_000, "iat": 700, "nonce": "n"});
        let own = more.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(own);
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        Claims::of(all.as_object().unwrap().clone())
    }

    fn check(more: Value, at: i64) -> Result<(), TokenError> {
        claims(more).checked("https://op", "us", DateTime::from_timestamp(at, 0).unwrap()).map(drop)
    }

    #[test]
    fn a_token_is_good_for_its_time_and_for_us() {
        assert_eq!(check(json!({}), 800), Ok(()));
        assert_eq!(check(json!({"aud": ["them", "us"]}), 800), Ok(()));
        assert_eq!(check(json!({}), 1_059), Ok(()));
        assert_eq!(check(json!({}), 1_060), Err(TokenError::Expired));
        assert_eq!(check(json!({"nbf": 900}), 839), Err(TokenError::Early));
        assert_eq!(check(json!({"iat": 900}), 839), Err(TokenError::Early));
        assert_eq!(check(json!({"iss": "https://op/"}), 800), Err(TokenError::Issuer));
        for audience in [json!("them"), json!(["them"]), json!({"us": true}), json!(null), json!("us them")] {
            assert_eq!(check(json!({"aud": audience}), 800), Err(TokenError::Audience));
        }
        for (claim, value) in
            [("exp", json!(null)), ("exp", json!("1000")), ("exp", json!(9e18)), ("sub", json!("")), ("sub", json!(1))]
        {
            assert_eq!(check(json!({claim: value}), 800), Err(TokenError::Claim(claim.to_owned())), "{claim} {value}");
        }
    }

    #[test]
    fn an_id_token_answers_one_attempt_of_one_client() {
        let of = |more| claims(more).answering("us", "n").map(drop);
        assert_eq!(of(json!({})), Ok(()));
        assert_eq!(of(json!({"azp": "us", "aud": ["us", "them"]})), Ok(()));
        for more in [json!({"azp": "them"}), json!({"aud": ["us", "them"]}), json!({"azp": 1})] {
            assert_eq!(of(more), Err(TokenError::Audience));
        }
        for nonce in [json!("m"), json!(null), json!(["n"])] {
            assert_eq!(of(json!({"nonce": nonce})), Err(TokenError::Nonce));
        }
    }

    #[test]
    fn groups_and_scopes_are_found_where_providers_put_them() {
        let of = |more, claim: &str| claims(more).words(claim).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of(json!({"groups": ["a", 1, "b"]}), "groups"), ["a", "b"]);
        assert_eq!(of(json!({"realm_access": {"roles": ["a"]}}), "realm_access.roles"), ["a"]);
        assert_eq!(of(json!({"https://op.example/roles": "a"}), "https://op.example/roles"), ["a"]);
        let scopes = |more| claims(more).scopes().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(scopes(json!({"scope": "read  import"})), ["read", "import"]);
        assert_eq!(scopes(json!({"scp": ["read", "import"]})), ["read", "import"]);
    }
}
