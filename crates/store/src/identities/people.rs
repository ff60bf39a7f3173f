use chrono::{DateTime, Utc};
use farthing_identity::Grant;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::{columns_of, grant_of};
use crate::StoreError;
use crate::entity::person::{self, ActiveModel, Column, Entity};
use crate::error::while_doing;
use crate::session::{Session, from_column, microseconds, to_column};

/// Whom an OpenID provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The provider.
    pub issuer: String,
    /// What it calls them: this is theirs alone and never changes.
    pub id: String,
}

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What they are called, and log in as.
    pub name: String,
    /// The hash of their password; `None` where they have none and use tokens.
    pub password: Option<String>,
    /// What they were given.
    pub grant: Grant,
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// By whom.
    pub added_by: String,
    /// From when on they may do nothing.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Wrong passwords in a row.
    pub failures: u64,
    /// Until when no password is tried.
    pub locked_until: Option<DateTime<Utc>>,
    /// Who they are at a provider; `None` where none vouches for them.
    pub subject: Option<Subject>,
}

/// The people.
#[derive(Debug)]
pub struct People<'a>(Session<'a>);

impl<'a> People<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Adds somebody.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where there is somebody of this name or subject, or what the database says.
    pub async fn add(&self, person: &Person) -> Result<(), StoreError> {
        let (roles, units) = columns_of(&person.grant);
        let row = ActiveModel {
            name: Set(person.name.clone()),
            password: Set(person.password.clone()),
            roles: Set(roles),
            units: Set(units),
            added_at: Set(microseconds(person.added_at)),
            added_by: Set(person.added_by.clone()),
            disabled_at: Set(None),
            failures: Set(0),
            locked_until: Set(None),
            issuer: Set(person.subject.as_ref().map(|subject| subject.issuer.clone())),
            subject: Set(person.subject.as_ref().map(|subject| subject.id.clone())),
        };
        let insert = Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("adding a person"))
    }

    /// Somebody of this name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where what they were given is nothing that can be given, or what the database says.
    pub async fn get(&self, name: &str) -> Result<Option<Person>, StoreError> {
        let row = Entity::find_by_id(name.to_owned()).one(&self.0).await.map_err(while_doing("reading a person"))?;
        row.map(Person::from_row).transpose()
    }

    /// Whom a provider calls so.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn of_subject(&self, subject: &Subject) -> Result<Option<Person>, StoreError> {
        let Subject { issuer, id } = subject;
        let find = Entity::find().filter(Column::Issuer.eq(issuer)).filter(Column::Subject.eq(id));
        let row = find.one(&self.0).await.map_err(while_doing("reading a person"))?;
        row.map(Person::from_row).transpose()
    }

    /// From now on a provider vouches for them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it does for somebody else as this subject, [`StoreError::NotFound`], or what the database says.
    pub async fn link(&self, name: &str, subject: &Subject) -> Result<(), StoreError> {
        let (issuer, subject) = (Set(Some(subject.issuer.clone())), Set(Some(subject.id.clone())));
        self.change(name, ActiveModel { issuer, subject, ..Default::default() }).await
    }

    /// All of them by name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn all(&self) -> Result<Vec<Person>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Name).all(&self.0).await.map_err(while_doing("reading the people"))?;
        rows.into_iter().map(Person::from_row).collect()
    }

    /// How many there are, those who were disabled among them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(&self) -> Result<u64, StoreError> {
        Entity::find().count(&self.0).await.map_err(while_doing("counting the people"))
    }

    /// Gives them something else.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn give(&self, name: &str, grant: &Grant) -> Result<(), StoreError> {
        let (roles, units) = columns_of(grant);
        self.change(name, ActiveModel { roles: Set(roles), units: Set(units), ..Default::default() }).await
    }

    /// Gives them another password; they may try again at once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn set_password(&self, name: &str, hash: &str) -> Result<(), StoreError> {
        let password = Set(Some(hash.to_owned()));
        self.change(name, ActiveModel { password, failures: Set(0), locked_until: Set(None), ..Default::default() }).await
    }

    /// From now on they may do nothing; `None` takes it back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn disable(&self, name: &str, at: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        self.change(name, ActiveModel { disabled_at: Set(at.map(microseconds)), ..Default::default() }).await
    }

    /// Notes how many wrong passwords there were in a row, and until when none is tried.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn failed(&self, name: &str, failures: u64, until: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        let failures = Set(to_column(failures, "person", name)?);
        self.change(name, ActiveModel { failures, locked_until: Set(until.map(microseconds)), ..Default::default() }).await
    }

    async fn change(&self, name: &str, change: ActiveModel) -> Result<(), StoreError> {
        let update = Entity::update_many().set(change).filter(Column::Name.eq(name)).exec(&self.0).await;
        match update.map_err(while_doing("changing a person"))?.rows_affected {
            0 => Err(StoreError::NotFound { what: "person", id: name.to_owned() }),
            _ => Ok(()),
        }
    }
}

impl Person {
    fn from_row(row: person::Model) -> Result<Self, StoreError> {
        Ok(Self {
            grant: grant_of("person", &row.name, &row.roles, row.units.as_deref())?,
            failures: from_column(row.failures, "person", &row.name)?,
            name: row.name,
            password: row.password,
            added_at: row.added_at,
            added_by: row.added_by,
            disabled_at: row.disabled_at,
            locked_until: row.locked_until,
            subject: row.issuer.zip(row.subject).map(|(issuer, id)| Subject { issuer, id }),
        })
    }
}
