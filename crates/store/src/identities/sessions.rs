use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::StoreError;
use crate::entity::login_session::{self, ActiveModel, Column, Entity};
use crate::error::while_doing;
use crate::session::{Session, microseconds};

/// A session of somebody who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSession {
    /// The hash of what its cookie holds.
    pub hash: String,
    /// Whose it is.
    pub person: String,
    /// Since when.
    pub began_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub used_at: DateTime<Utc>,
}

/// The sessions.
#[derive(Debug)]
pub struct LoginSessions<'a>(Session<'a>);

impl<'a> LoginSessions<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Keeps a session that begins, and forgets those that began before `forget`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin(&self, hash: &str, person: &str, at: DateTime<Utc>, forget: DateTime<Utc>) -> Result<(), StoreError> {
        let old = Entity::delete_many().filter(Column::BeganAt.lt(microseconds(forget))).exec(&self.0).await;
        old.map_err(while_doing("forgetting old sessions"))?;
        let row = ActiveModel {
            hash: Set(hash.to_owned()),
            person: Set(person.to_owned()),
            began_at: Set(microseconds(at)),
            used_at: Set(microseconds(at)),
            ended_at: Set(None),
        };
        let insert = Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("beginning a session"))
    }

    /// The session of this hash that has not ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(&self, hash: &str) -> Result<Option<LoginSession>, StoreError> {
        let find = Entity::find_by_id(hash.to_owned()).filter(Column::EndedAt.is_null());
        let row: Option<login_session::Model> = find.one(&self.0).await.map_err(while_doing("reading a session"))?;
        Ok(row.map(|row| LoginSession { hash: row.hash, person: row.person, began_at: row.began_at, used_at: row.used_at }))
    }

    /// Notes that it was used.
    ///
    /// # Errors
    /// What the database says.
    pub async fn used(&self, hash: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let change = ActiveModel { used_at: Set(microseconds(at)), ..Default::default() };
        let update = Entity::update_many().set(change).filter(Column::Hash.eq(hash)).exec(&self.0);
        update.await.map(|_| ()).map_err(while_doing("noting the use of a session"))
    }

    /// Ends one session.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end(&self, hash: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.end_those(Condition::all().add(Column::Hash.eq(hash)), at).await
    }

    /// Ends all sessions of somebody.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end_all(&self, person: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.end_those(Condition::all().add(Column::Person.eq(person)), at).await
    }

    async fn end_those(&self, which: Condition, at: DateTime<Utc>) -> Result<(), StoreError> {
        let change = ActiveModel { ended_at: Set(Some(microseconds(at))), ..Default::default() };
        let update = Entity::update_many().set(change).filter(which).filter(Column::EndedAt.is_null()).exec(&self.0);
        update.await.map(|_| ()).map_err(while_doing("ending a session"))
    }
}
