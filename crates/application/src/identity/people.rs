//! People who may log in.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use farthing_audit::Action;
use farthing_identity::{Grant, Role, hash_password};
use farthing_store::{Person, StoreError, Subject, UnitOfWork};
use farthing_types::UnitId;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Login, given, named, told};
use crate::home::blocking;
use crate::{Error, Farthing};

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserLine {
    /// What they log in as.
    pub name: String,
    /// What they may do.
    #[schema(value_type = Vec<String>)]
    pub roles: BTreeSet<Role>,
    /// The units that they are limited to; none for everything.
    #[schema(value_type = Option<Vec<String>>)]
    pub units: Option<BTreeSet<UnitId>>,
    /// True where they can log in with a password.
    pub has_password: bool,
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// By whom.
    pub added_by: String,
    /// From when on they may do nothing.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Until when no password is tried, after several wrong ones.
    pub locked_until: Option<DateTime<Utc>>,
    /// The OpenID provider that vouches for them.
    pub issuer: Option<String>,
    /// Who they are there.
    pub subject: Option<String>,
}

impl Farthing {
    /// Adds somebody who may log in; without a password they use tokens.
    ///
    /// # Errors
    /// When there is somebody of this name, or what they are to be given or the password is none that can be.
    pub async fn add_user(
        &self,
        name: &str,
        password: Option<String>,
        roles: &[Role],
        units: Option<&BTreeSet<UnitId>>,
        by: &str,
    ) -> Result<UserLine, Error> {
        named("person", name)?;
        if password.is_some() {
            self.has_passwords()?;
        }
        let grant = given(roles, units)?;
        let password = hashed(name, password).await?;
        let (added_at, added_by, name) = (self.now(), by.to_owned(), name.to_owned());
        let details = told(&grant);
        let (disabled_at, failures, locked_until, subject) = (None, 0, None, None);
        let person = Person { name, password, grant, added_at, added_by, disabled_at, failures, locked_until, subject };
        let work = self.store.begin().await?;
        match work.people().add(&person).await {
            Err(StoreError::Conflict { .. }) => {
                let next = "`farthing users list` shows them, `farthing users change` gives other roles";
                return Err(Error::Invalid(format!("there is somebody called {} already; {next}", person.name)));
            }
            added => added?,
        }
        self.record(&work, by, Action::UserAdded, format!("user {}", person.name), details).await?;
        work.commit().await?;
        Ok(line(person))
    }

    /// Gives somebody other roles and units in place of those before. It holds from the next request on.
    ///
    /// # Errors
    /// When there is nobody of this name, it is nothing that can be given, or it follows from what a provider says.
    pub async fn change_user(
        &self,
        name: &str,
        roles: &[Role],
        units: Option<&BTreeSet<UnitId>>,
        by: &str,
    ) -> Result<UserLine, Error> {
        let grant = given(roles, units)?;
        if self.somebody(name).await?.subject.is_some() && self.openid.is_some() {
            let why = "what they may do follows from their groups at the OpenID provider each time that they sign in";
            return Err(Error::Invalid(format!("{name}: {why}. Change their groups there, or openid_rules")));
        }
        let work = self.store.begin().await?;
        work.people().give(name, &grant).await?;
        self.record(&work, by, Action::UserChanged, format!("user {name}"), told(&grant)).await?;
        work.commit().await?;
        Ok(line(self.somebody(name).await?))
    }

    /// Gives somebody another password and ends their sessions.
    ///
    /// # Errors
    /// When there is nobody of this name, the password is none to choose, or people have none here.
    pub async fn set_password(&self, name: &str, password: String, by: &str) -> Result<UserLine, Error> {
        self.has_passwords()?;
        self.somebody(name).await?;
        let hash = hashed(name, Some(password)).await?.expect("a password was given");
        let work = self.store.begin().await?;
        self.give_password(&work, name, &hash, by).await?;
        work.commit().await?;
        Ok(line(self.somebody(name).await?))
    }

    /// Gives somebody who is logged in another password in place of their own, which they show once more: who finds a screen that was left
    /// open has not got it. All their sessions end, and a new one begins.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the old password is another one or too many were tried; where the new one is none to choose, or is the old one;
    /// and where there are no passwords.
    pub async fn change_own_password(&self, name: &str, old: String, new: String) -> Result<Login, Error> {
        self.has_passwords()?;
        let person = self.somebody(name).await?;
        if old == new {
            return Err(Error::Invalid("new: it is the old password; choose another".to_owned()));
        }
        let hash = hashed(name, Some(new)).await?.expect("a password was given");
        if !self.shows_password(&person, old).await? {
            let why = "old: this is not your password, or too many were tried: wait a little and try again. Nothing was changed";
            return Err(Error::Forbidden(why.to_owned()));
        }
        let work = self.store.begin().await?;
        self.give_password(&work, name, &hash, name).await?;
        self.begin_session(work, person.name, person.grant, json!({})).await
    }

    async fn give_password(&self, work: &UnitOfWork, name: &str, hash: &str, by: &str) -> Result<(), Error> {
        work.people().set_password(name, hash).await?;
        work.login_sessions().end_all(name, self.now()).await?;
        self.record(work, by, Action::UserChanged, format!("user {name}"), json!({"password": "changed"})).await
    }

    /// From now on the OpenID provider vouches for somebody who was added before: whoever it calls `subject` is them.
    ///
    /// # Errors
    /// When there is nobody of this name or no provider, or the subject is somebody else.
    pub async fn link_user(&self, name: &str, subject: &str, by: &str) -> Result<UserLine, Error> {
        let issuer = self.provider()?.settings().issuer.clone();
        self.somebody(name).await?;
        let subject = Subject { issuer, id: subject.to_owned() };
        let work = self.store.begin().await?;
        match work.people().link(name, &subject).await {
            Err(StoreError::Conflict { .. }) => {
                return Err(Error::Invalid(format!("{:?} is somebody else; `farthing users list` shows who", subject.id)));
            }
            linked => linked?,
        }
        let details = json!({"issuer": subject.issuer, "subject": subject.id});
        self.record(&work, by, Action::UserChanged, format!("user {name}"), details).await?;
        work.commit().await?;
        Ok(line(self.somebody(name).await?))
    }

    /// From now on somebody may do nothing: their sessions end, and their tokens are good for nothing.
    ///
    /// # Errors
    /// When there is nobody of this name.
    pub async fn disable_user(&self, name: &str, by: &str) -> Result<UserLine, Error> {
        let person = self.somebody(name).await?;
        if person.disabled_at.is_none() {
            let work = self.store.begin().await?;
            work.people().disable(name, Some(self.now())).await?;
            work.login_sessions().end_all(name, self.now()).await?;
            self.record(&work, by, Action::UserDisabled, format!("user {name}"), json!({})).await?;
            work.commit().await?;
        }
        Ok(line(self.somebody(name).await?))
    }

    /// Everybody who may log in, those who were disabled among them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self) -> Result<Vec<UserLine>, Error> {
        Ok(self.store.people().all().await?.into_iter().map(line).collect())
    }

    fn has_passwords(&self) -> Result<(), Error> {
        match &self.openid {
            None => Ok(()),
            Some(openid) => Err(Error::Invalid(format!(
                "passwords are off where people sign in with {}: nothing was changed. Tokens need no password",
                openid.settings().label
            ))),
        }
    }

    pub(super) async fn somebody(&self, name: &str) -> Result<Person, Error> {
        let found = self.store.people().get(name).await?;
        found.ok_or_else(|| Error::Nothing(format!("there is nobody called {name:?}. `farthing users list` shows who there is")))
    }
}

/// Hashing takes as long as it is meant to: off the threads that serve requests.
async fn hashed(name: &str, password: Option<String>) -> Result<Option<String>, Error> {
    let Some(password) = password else { return Ok(None) };
    let name = name.to_owned();
    blocking(move || hash_password(&name, &password).map(Some).map_err(|error| Error::Invalid(error.to_string()))).await
}

fn line(person: Person) -> UserLine {
    let Person { name, password, grant, added_at, added_by, disabled_at, failures: _, locked_until, subject } = person;
    let Grant { roles, units } = grant;
    let (issuer, subject) = subject.map(|Subject { issuer, id }| (issuer, id)).unzip();
    let has_password = password.is_some();
    UserLine { name, roles, units, has_password, added_at, added_by, disabled_at, locked_until, issuer, subject }
}
