//! Who may ask for what over the network: people, tokens, logging in, and the units that somebody is limited to.

mod login;
mod named;
mod openid;
mod people;
mod tokens;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_identity::{Grant, Principal, Role};
use farthing_types::UnitId;
use serde_json::{Value, json};

pub use login::Login;
pub use named::NamedFor;
pub use openid::{Refusal, SignedIn, WaysIn};
pub use people::UserLine;
pub use tokens::{IssuedToken, NewToken, TokenLine};

use crate::{Error, Farthing};

/// How often the use of a token or session is noted: not on each request.
const NOTED: TimeDelta = TimeDelta::minutes(1);

impl Farthing {
    /// True once a person or token was added, and where a provider vouches for people: from then on whoever asks over the network shows who
    /// they are. It stays so when all of them are disabled or revoked, so that taking away the last one opens nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_identity(&self) -> Result<bool, Error> {
        Ok(self.openid.is_some() || self.store.people().count().await? > 0 || self.store.api_tokens().count().await? > 0)
    }

    /// True where somebody can log in or use a token at this moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn can_be_asked(&self) -> Result<bool, Error> {
        if self.openid.is_some() {
            return Ok(true);
        }
        let now = self.now();
        let people = self.store.people().all().await?;
        let tokens = self.store.api_tokens().all().await?;
        let active = |name: &Option<String>| {
            name.as_ref().is_none_or(|name| people.iter().any(|person| person.name == *name && person.disabled_at.is_none()))
        };
        Ok(people.iter().any(|person| person.disabled_at.is_none() && person.password.is_some())
            || tokens.iter().any(|token| token.revoked_at.is_none() && token.expires_at > now && active(&token.person)))
    }

    /// True where somebody may ask about a unit: it is one of those that they are limited to, or below one.
    ///
    /// # Errors
    /// When the units in force cannot be read.
    pub async fn may_ask_about(&self, principal: &Principal, unit: &UnitId) -> Result<bool, Error> {
        if principal.grant.is_whole() {
            return Ok(true);
        }
        let lines = self.listed_units().await?.lines;
        let mut path = vec![unit.clone()];
        while let Some(parent) = parent_of(&lines, &path) {
            path.push(parent);
        }
        // A unit that there is not is nobody's.
        Ok(lines.iter().any(|line| line.unit == *unit) && principal.grant.covers(path.iter()))
    }
}

/// The unit above the last one of a path; none where it is in the path already, which no tree allows.
pub(crate) fn parent_of(lines: &[crate::UnitLine], path: &[UnitId]) -> Option<UnitId> {
    let last = path.last()?;
    let parent = lines.iter().find(|line| line.unit == *last)?.parent.clone()?;
    (!path.contains(&parent)).then_some(parent)
}

/// A name of a person or token: it stands in records and addresses.
fn named(what: &str, name: &str) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@' | b'+');
    match !name.is_empty() && name.len() <= 100 && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(Error::Invalid(format!("{name:?} is no name of a {what}: use up to 100 letters, digits and . - _ @ +"))),
    }
}

fn given(roles: &[Role], units: Option<&BTreeSet<UnitId>>) -> Result<Grant, Error> {
    Grant::new(roles.iter().copied(), units.cloned()).map_err(|error| Error::Invalid(error.to_string()))
}

/// What is recorded of a grant.
fn told(grant: &Grant) -> Value {
    json!({"roles": grant.roles, "units": grant.units})
}

/// True where a use is to be noted.
fn is_worth_noting(before: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    before.is_none_or(|before| now - before >= NOTED)
}
