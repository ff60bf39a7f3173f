//! Tokens of the API.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use farthing_audit::Action;
use farthing_identity::{Grant, Means, Principal, Role, Secret, SecretKind};
use farthing_store::{ApiToken, StoreError};
use farthing_types::UnitId;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{given, is_worth_noting, named};
use crate::{Error, Farthing};

/// How long a token may be good for at most.
const LONGEST_DAYS: u32 = 366;

/// A token that is asked for.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is called.
    pub name: String,
    /// Who it is for; a service of the token's name where there is nobody.
    pub person: Option<String>,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// The units that it is limited to; none for everything.
    pub units: Option<BTreeSet<UnitId>>,
    /// For how many days it is good.
    pub days: u32,
}

/// A token that was issued.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IssuedToken {
    /// What goes into the header `Authorization: Bearer …`. It is shown once and kept nowhere.
    pub secret: String,
    /// What is known of it.
    pub token: TokenLine,
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenLine {
    /// What it is called.
    pub name: String,
    /// Who it is for; a service of its own name where there is nobody.
    pub person: Option<String>,
    /// `good`, `expired` or `revoked`.
    pub state: &'static str,
    /// What it may be used for.
    #[schema(value_type = Vec<String>)]
    pub roles: BTreeSet<Role>,
    /// The units that it is limited to; none for everything.
    #[schema(value_type = Option<Vec<String>>)]
    pub units: Option<BTreeSet<UnitId>>,
    /// Since when.
    pub issued_at: DateTime<Utc>,
    /// By whom.
    pub issued_by: String,
    /// From when on it is good for nothing.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub used_at: Option<DateTime<Utc>>,
    /// Since when it is revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// By whom.
    pub revoked_by: Option<String>,
}

impl Farthing {
    /// Issues a token. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// When there is or was a token of this name, nobody of the person's name, or it would be good for more than the person is.
    pub async fn issue_token(&self, new: &NewToken, by: &str) -> Result<IssuedToken, Error> {
        named("token", &new.name)?;
        if !(1..=LONGEST_DAYS).contains(&new.days) {
            return Err(Error::Invalid(format!("a token is good for 1 to {LONGEST_DAYS} days; issue a new one in time")));
        }
        let grant = self.token_grant(new).await?;
        let secret = Secret::new(SecretKind::Token);
        let secret = secret.ok_or_else(|| Error::Panicked("the system gave no random numbers".to_owned()))?;
        let issued_at = self.now();
        let token = ApiToken {
            name: new.name.clone(),
            person: new.person.clone(),
            hash: secret.hash(),
            grant,
            issued_at,
            issued_by: by.to_owned(),
            expires_at: issued_at + TimeDelta::days(new.days.into()),
            used_at: None,
            revoked_at: None,
            revoked_by: None,
        };
        let details = json!({
            "for": token.person, "roles": token.grant.roles, "units": token.grant.units, "expires_at": token.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        });
        let work = self.store.begin().await?;
        match work.api_tokens().issue(&token).await {
            Err(StoreError::Conflict { .. }) => {
                let why = "a name is used once, so that the record stays clear. `farthing tokens list` shows them";
                return Err(Error::Invalid(format!("there is or was a token {:?}: {why}", token.name)));
            }
            issued => issued?,
        }
        self.record(&work, by, Action::TokenIssued, format!("token {}", token.name), details).await?;
        work.commit().await?;
        Ok(IssuedToken { secret: secret.reveal().to_owned(), token: line(token, issued_at) })
    }

    async fn token_grant(&self, new: &NewToken) -> Result<Grant, Error> {
        let grant = given(&new.roles, new.units.as_ref())?;
        match &new.person {
            None if self.store.people().get(&new.name).await?.is_some() => {
                let name = &new.name;
                Err(Error::Invalid(format!(
                    "{name} is a person: a token of a service has another name, one for them is --for {name}"
                )))
            }
            None => Ok(grant),
            Some(person) => {
                let theirs = self.somebody(person).await?.grant;
                grant.within(&theirs).map_err(|error| Error::Invalid(error.to_string()))
            }
        }
    }

    /// Revokes a token: the next request with it is refused.
    ///
    /// # Errors
    /// When there is none of this name.
    pub async fn revoke_token(&self, name: &str, by: &str) -> Result<TokenLine, Error> {
        let work = self.store.begin().await?;
        if work.api_tokens().revoke(name, by, self.now()).await? {
            self.record(&work, by, Action::TokenRevoked, format!("token {name}"), json!({})).await?;
        }
        work.commit().await?;
        let token = self.store.api_tokens().get(name).await?;
        let token =
            token.ok_or_else(|| Error::Nothing(format!("there is no token {name:?}. `farthing tokens list` shows them")))?;
        Ok(line(token, self.now()))
    }

    /// Every token there is or was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self) -> Result<Vec<TokenLine>, Error> {
        let now = self.now();
        Ok(self.store.api_tokens().all().await?.into_iter().map(|token| line(token, now)).collect())
    }

    /// Who a token stands for; none where it is good for nothing: it never was one, was revoked, has expired, or the person it is for is
    /// disabled or was given less since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn principal_of_token(&self, text: &str) -> Result<Option<Principal>, Error> {
        let Some(secret) = Secret::read(SecretKind::Token, text) else { return Ok(None) };
        let now = self.now();
        let found = self.store.api_tokens().of(&secret.hash()).await?;
        let Some(token) = found.filter(|token| token.revoked_at.is_none() && token.expires_at > now) else { return Ok(None) };
        let name = match &token.person {
            None => token.name.clone(),
            Some(name) => {
                let person = self.store.people().get(name).await?.filter(|person| person.disabled_at.is_none());
                let Some(person) = person.filter(|person| token.grant.clone().within(&person.grant).is_ok()) else {
                    return Ok(None);
                };
                person.name
            }
        };
        if is_worth_noting(token.used_at, now) {
            self.store.api_tokens().used(&token.name, now).await?;
        }
        Ok(Some(Principal { name, grant: token.grant, means: Means::Token(token.name) }))
    }
}

fn line(token: ApiToken, now: DateTime<Utc>) -> TokenLine {
    let state = match token.revoked_at {
        Some(_) => "revoked",
        None if token.expires_at <= now => "expired",
        None => "good",
    };
    let ApiToken {
        name,
        person,
        hash: _,
        grant: Grant { roles, units },
        issued_at,
        issued_by,
        expires_at,
        used_at,
        revoked_at,
        revoked_by,
    } = token;
    TokenLine { name, person, state, roles, units, issued_at, issued_by, expires_at, used_at, revoked_at, revoked_by }
}
