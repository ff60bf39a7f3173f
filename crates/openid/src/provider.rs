//! The provider, asked over the network.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use farthing_collectors::source::{Allow, Answer, Endpoint, Http};
use farthing_identity::Grant;
use form_urlencoded::{Serializer, byte_serialize};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::document::{Document, shortened};
use crate::keys::Keys;
use crate::rules::{NotGiven, Rule};
use crate::token::Unverified;
use crate::{Attempt, Claims, OpenIdError, OpenIdSettings, SettingsError, TokenError};

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what it says of itself is not asked for again.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// How long it stands where the provider does not answer: a while without it stops nobody whose key is known.
const STALE: TimeDelta = TimeDelta::hours(6);
/// How often it is asked at most: tokens of unknown keys, which anybody can send, are no reason to ask without end.
const MOST: usize = 6;
/// In this time.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// A provider that vouches for people and services.
#[derive(Debug)]
pub struct OpenId {
    settings: OpenIdSettings,
    issuer: Endpoint,
    allow: Allow,
    http: Http,
    known: RwLock<Option<Arc<Known>>>,
    /// When it was asked lately; held by whoever asks.
    asked: Mutex<Vec<DateTime<Utc>>>,
}

/// What the provider said of itself.
#[derive(Debug)]
struct Known {
    document: Document,
    keys: Keys,
    at: DateTime<Utc>,
}

/// What a browser brings back from the provider.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Returned {
    /// What becomes an ID token.
    pub code: Option<String>,
    /// The attempt's.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same in words.
    pub error_description: Option<String>,
}

/// Somebody whom the provider vouches for.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// What it says of them.
    pub claims: Claims,
    /// The ID token that says so.
    pub id_token: IdToken,
}

/// An ID token that was verified. It lets nobody in a second time; the provider knows by it whose session there is to end.
#[derive(Clone)]
pub struct IdToken(String);

impl IdToken {
    /// The text: letters, digits, `-`, `_` and points.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken(not shown)")
    }
}

#[derive(Default, Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl OpenId {
    /// The provider of these settings. It is asked when it is needed first.
    ///
    /// # Errors
    /// Where they contradict each other, or no HTTP client can be made.
    pub fn new(settings: OpenIdSettings) -> Result<Self, SettingsError> {
        let (issuer, allow) = settings.checked()?;
        let http = Http::brief(&issuer, PATIENCE);
        let http = http.map_err(|error| SettingsError::of("issuer", error.to_string()))?;
        Ok(Self { settings, issuer, allow, http, known: RwLock::default(), asked: Mutex::default() })
    }

    /// The settings.
    pub fn settings(&self) -> &OpenIdSettings {
        &self.settings
    }

    /// What somebody is given by the claims of their ID token.
    ///
    /// # Errors
    /// Where they are given nothing that can be given.
    pub fn grant_of_person(&self, claims: &Claims) -> Result<Grant, NotGiven> {
        let groups: Vec<&str> = claims.words(&self.settings.groups_claim).collect();
        Rule::together(self.settings.rules.iter().filter(|rule| rule.is_about_person(&groups)))
    }

    /// What a service is given by the claims of its access token.
    ///
    /// # Errors
    /// Where it is given nothing that can be given.
    pub fn grant_of_service(&self, claims: &Claims) -> Result<Grant, NotGiven> {
        let groups: Vec<&str> = claims.words(&self.settings.groups_claim).collect();
        let scopes: Vec<&str> = claims.scopes().collect();
        Rule::together(self.settings.rules.iter().filter(|rule| rule.is_about_service(&groups, &scopes)))
    }

    /// Where a browser goes to sign in.
    ///
    /// # Errors
    /// Where the provider does not say.
    pub async fn address(&self, attempt: &Attempt, now: DateTime<Utc>) -> Result<String, OpenIdError> {
        let known = self.known(now, |_| true).await?;
        let mut url = known.document.authorization.url();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_url)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &attempt.state())
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Where a browser goes to end its session at the provider, told whose it is by the ID token of the sign-in; none where the provider has no such
    /// place.
    ///
    /// # Errors
    /// Where the provider does not say.
    pub async fn end_address(&self, id_token: Option<&str>, now: DateTime<Utc>) -> Result<Option<String>, OpenIdError> {
        let known = self.known(now, |_| true).await?;
        Ok(known.document.end_session.as_ref().map(|endpoint| {
            let mut url = endpoint.url();
            let hint = id_token.map(|token| ("id_token_hint", token));
            let back = self.settings.logout_url.as_deref().map(|back| ("post_logout_redirect_uri", back));
            url.query_pairs_mut().append_pair("client_id", &self.settings.client_id).extend_pairs(hint.into_iter().chain(back));
            url.into()
        }))
    }

    /// Who came back, by the ID token that the provider gives for the code.
    ///
    /// # Errors
    /// Where what came back is not the answer to the attempt, or the provider does not vouch for anybody.
    pub async fn signed_in(&self, attempt: &Attempt, returned: &Returned, now: DateTime<Utc>) -> Result<Vouched, OpenIdError> {
        if returned.state.as_deref() != Some(attempt.state().as_str()) {
            return Err(OpenIdError::Attempt);
        }
        if returned.iss.as_ref().is_some_and(|issuer| *issuer != self.settings.issuer) {
            return Err(OpenIdError::Attempt);
        }
        let Some(code) = returned.code.as_deref().filter(|_| returned.error.is_none()) else {
            return Err(denied(returned.error.as_deref(), returned.error_description.as_deref()));
        };
        let token = self.id_token(code, attempt, now).await?;
        let claims = self.verified(&token, &self.settings.client_id, now).await?;
        let claims = claims.answering(&self.settings.client_id, &attempt.nonce())?;
        Ok(Vouched { claims, id_token: IdToken(token) })
    }

    /// Whose access token this is, where it is meant for us.
    ///
    /// # Errors
    /// Where no access tokens are taken, or this one is not believed.
    pub async fn bearer(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, OpenIdError> {
        let audience = self.settings.audience.as_ref().ok_or(TokenError::Audience)?;
        self.verified(token, audience, now).await
    }

    async fn verified(&self, token: &str, audience: &str, now: DateTime<Utc>) -> Result<Claims, OpenIdError> {
        let token = Unverified::read(token)?;
        let algorithm = token.algorithm(&self.settings.algorithms)?;
        // A key that is not known may be new.
        let known = self.known(now, |known| known.keys.of(token.key(), algorithm).is_some()).await?;
        let key = known.keys.of(token.key(), algorithm).ok_or(TokenError::UnknownKey)?;
        let claims = token.verified(algorithm, key)?;
        Ok(claims.checked(&self.settings.issuer, audience, now)?)
    }

    async fn id_token(&self, code: &str, attempt: &Attempt, now: DateTime<Utc>) -> Result<String, OpenIdError> {
        const WHAT: &str = "the token endpoint";
        let known = self.known(now, |_| true).await?;
        let OpenIdSettings { client_id, client_secret, redirect_url, .. } = &self.settings;
        let verifier = attempt.verifier();
        let mut pairs = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_url)];
        pairs.push(("code_verifier", &verifier));
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        headers.push(("accept", "application/json".to_owned()));
        match client_secret {
            Some(secret) if known.document.takes_basic => headers.push(("authorization", basic(client_id, secret.reveal()))),
            Some(secret) => pairs.extend([("client_id", client_id.as_str()), ("client_secret", secret.reveal())]),
            None => pairs.push(("client_id", client_id)),
        }
        let form = Serializer::new(String::new()).extend_pairs(pairs).finish();
        let answer = self.http.post(&known.document.token, &headers, form.into_bytes()).await;
        let answer = answer.map_err(|(why, _)| OpenIdError::Unreachable { what: WHAT, why })?;
        let said: TokenAnswer = serde_json::from_slice(&answer.body).unwrap_or_default();
        match (answer.status.as_u16(), said.id_token) {
            (200, Some(token)) => Ok(token),
            (400..=403, _) => Err(denied(said.error.as_deref(), said.error_description.as_deref())),
            (status, _) => Err(OpenIdError::Unreachable { what: WHAT, why: format!("it answered {status} without an ID token") }),
        }
    }

    /// What the provider says of itself: as it is known where that is young and `serves`, otherwise asked for anew.
    async fn known(&self, now: DateTime<Utc>, serves: impl Fn(&Known) -> bool) -> Result<Arc<Known>, OpenIdError> {
        let young = |known: &Arc<Known>| now - known.at < FRESH && serves(known);
        if let Some(known) = self.kept().filter(young) {
            return Ok(known);
        }
        let mut asked = self.asked.lock().await;
        // Somebody else may have asked meanwhile.
        if let Some(known) = self.kept().filter(young) {
            return Ok(known);
        }
        asked.retain(|at| now - *at < WINDOW);
        let answered = if asked.len() < MOST {
            asked.push(now);
            self.ask(now).await
        } else {
            Err(OpenIdError::Unreachable { what: "its keys", why: "it was asked often enough in this minute".to_owned() })
        };
        match (answered, self.kept().filter(|known| now - known.at < STALE)) {
            (Ok(known), _) => {
                let known = Arc::new(known);
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
                Ok(known)
            }
            // Whether it serves is for whoever asked to say.
            (Err(_), Some(known)) => Ok(known),
            (Err(error), None) => Err(error),
        }
    }

    fn kept(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask(&self, now: DateTime<Utc>) -> Result<Known, OpenIdError> {
        let (what, keys_of) = ("its openid-configuration", "its keys");
        let at = Endpoint::outward(self.issuer.join(".well-known/openid-configuration").as_str(), None, false, self.allow);
        let at = at.map_err(|error| OpenIdError::Unusable { what, why: error.to_string() })?;
        let document = self.get(what, &at).await?;
        let document = Document::read(&document, &self.settings.issuer, self.allow);
        let document = document.map_err(|why| OpenIdError::Unusable { what, why })?;
        let keys = self.get(keys_of, &document.keys).await?;
        let keys = Keys::read(&keys).map_err(|why| OpenIdError::Unusable { what: keys_of, why })?;
        Ok(Known { document, keys, at: now })
    }

    async fn get(&self, what: &'static str, endpoint: &Endpoint) -> Result<Vec<u8>, OpenIdError> {
        let unreachable = |why| OpenIdError::Unreachable { what, why };
        let Answer { status, body, .. } = self.http.get(endpoint).await.map_err(|(why, _)| unreachable(why))?;
        if status.as_u16() == 200 { Ok(body) } else { Err(unreachable(format!("it answered {}", status.as_u16()))) }
    }
}

/// The client and its secret as the header `Authorization` holds them (RFC 6749, section 2.3.1).
fn basic(client: &str, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client), encoded(secret))))
}

/// What a provider says where it does not vouch for somebody.
fn denied(error: Option<&str>, description: Option<&str>) -> OpenIdError {
    let said = [error, description].into_iter().flatten().collect::<Vec<_>>().join(": ");
    OpenIdError::Denied(if said.is_empty() { "it does not say why".to_owned() } else { shortened(&said) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_any_letters_is_sent_as_the_standard_says() {
        assert_eq!(basic("a b", "c:d%"), format!("Basic {}", STANDARD.encode("a+b:c%3Ad%25")));
    }
}
