//! Logging in and out.

use farthing_audit::Action;
use farthing_identity::{Grant, Means, Principal, Secret, SecretKind, SessionRules, lock_after, password_fits};
use farthing_store::{Person, UnitOfWork};
use serde_json::{Value, json};

use super::is_worth_noting;
use crate::home::blocking;
use crate::{Error, Farthing};

/// A session that began.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who logged in.
    pub principal: Principal,
    /// What the cookie holds.
    pub secret: Secret,
}

impl Farthing {
    /// Begins a session of somebody who gives their name and password.
    ///
    /// # Errors
    /// [`Error::Unknown`] where the two do not belong together, whichever of them is wrong, or the person is disabled or has to wait; and
    /// where a provider vouches for people.
    pub async fn log_in(&self, name: &str, password: String) -> Result<Login, Error> {
        if let Some(openid) = &self.openid {
            let provider = &openid.settings().label;
            let how = "GET /v1/session/openid leads a browser there, services use tokens";
            return Err(Error::Unknown(format!("passwords are off here: people sign in with {provider}; {how}")));
        }
        let Some(person) = self.store.people().get(name).await? else {
            // The same work whoever it is, so that the time it takes says nothing.
            blocking(move || Ok(password_fits(&password, None))).await?;
            return Err(unknown());
        };
        if !self.shows_password(&person, password).await? {
            return Err(unknown());
        }
        let work = self.store.begin().await?;
        work.people().failed(&person.name, 0, None).await?;
        self.begin_session(work, person.name, person.grant, json!({})).await
    }

    /// True where this is the password of somebody who may use it at this moment. Each wrong one counts.
    pub(super) async fn shows_password(&self, person: &Person, password: String) -> Result<bool, Error> {
        let now = self.now();
        let is_locked = person.locked_until.is_some_and(|until| until > now);
        let hash = person.password.clone().filter(|_| !is_locked);
        let fits = blocking(move || Ok(password_fits(&password, hash.as_deref()))).await?;
        if fits && person.disabled_at.is_none() {
            return Ok(true);
        }
        if !is_locked {
            let failures = person.failures + 1;
            self.store.people().failed(&person.name, failures, lock_after(failures).map(|wait| now + wait)).await?;
        }
        Ok(false)
    }

    /// Begins somebody's session, as the last part of some work.
    pub(super) async fn begin_session(
        &self,
        work: UnitOfWork,
        name: String,
        grant: Grant,
        details: Value,
    ) -> Result<Login, Error> {
        let secret = Secret::new(SecretKind::Session);
        let secret = secret.ok_or_else(|| Error::Panicked("the system gave no random numbers".to_owned()))?;
        let now = self.now();
        work.login_sessions().begin(&secret.hash(), &name, now, now - SessionRules::default().longest).await?;
        self.record(&work, &name, Action::SessionOpened, format!("user {name}"), details).await?;
        work.commit().await?;
        Ok(Login { principal: Principal { name, grant, means: Means::Session }, secret })
    }

    /// Who a session is of; none where it has ended, was left, or its person is disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn principal_of_session(&self, secret: &Secret) -> Result<Option<Principal>, Error> {
        let (now, hash) = (self.now(), secret.hash());
        let found = self.store.login_sessions().of(&hash).await?;
        let holds = |began, used| SessionRules::default().holds(began, used, now);
        let Some(session) = found.filter(|session| holds(session.began_at, session.used_at)) else { return Ok(None) };
        let person = self.store.people().get(&session.person).await?.filter(|person| person.disabled_at.is_none());
        // Where a provider vouches for people, a session of somebody for whom it does not is from before that.
        let Some(person) = person.filter(|person| self.openid.is_none() || person.subject.is_some()) else { return Ok(None) };
        if is_worth_noting(Some(session.used_at), now) {
            self.store.login_sessions().used(&hash, now).await?;
        }
        Ok(Some(Principal { name: person.name, grant: person.grant, means: Means::Session }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, principal: &Principal, secret: &Secret) -> Result<(), Error> {
        let work = self.store.begin().await?;
        work.login_sessions().end(&secret.hash(), self.now()).await?;
        self.record(&work, &principal.name, Action::SessionClosed, format!("user {}", principal.name), json!({})).await?;
        Ok(work.commit().await?)
    }
}

/// It says nothing of which was wrong.
fn unknown() -> Error {
    Error::Unknown("name and password do not belong together, or too many were tried: wait a little and try again".to_owned())
}
