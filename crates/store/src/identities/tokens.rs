use chrono::{DateTime, Utc};
use farthing_identity::Grant;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::{columns_of, grant_of};
use crate::StoreError;
use crate::entity::api_token::{self, ActiveModel, Column, Entity};
use crate::error::while_doing;
use crate::session::{Session, microseconds};

/// A token of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// What it is called.
    pub name: String,
    /// Who it is for; a service of the token's name where there is nobody.
    pub person: Option<String>,
    /// The hash of its secret.
    pub hash: String,
    /// What it may be used for.
    pub grant: Grant,
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

/// The tokens.
#[derive(Debug)]
pub struct ApiTokens<'a>(Session<'a>);

impl<'a> ApiTokens<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Keeps a token that is issued.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where there is one of this name, revoked or not, or what the database says.
    pub async fn issue(&self, token: &ApiToken) -> Result<(), StoreError> {
        let (roles, units) = columns_of(&token.grant);
        let row = ActiveModel {
            name: Set(token.name.clone()),
            person: Set(token.person.clone()),
            hash: Set(token.hash.clone()),
            roles: Set(roles),
            units: Set(units),
            issued_at: Set(microseconds(token.issued_at)),
            issued_by: Set(token.issued_by.clone()),
            expires_at: Set(microseconds(token.expires_at)),
            used_at: Set(None),
            revoked_at: Set(None),
            revoked_by: Set(None),
        };
        let insert = Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("issuing a token"))
    }

    /// The token of this hash, whether it is good or not.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it may be used for what nobody may, or what the database says.
    pub async fn of(&self, hash: &str) -> Result<Option<ApiToken>, StoreError> {
        let row = Entity::find().filter(Column::Hash.eq(hash)).one(&self.0).await.map_err(while_doing("reading a token"))?;
        row.map(ApiToken::from_row).transpose()
    }

    /// The token of this name.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn get(&self, name: &str) -> Result<Option<ApiToken>, StoreError> {
        let row = Entity::find_by_id(name.to_owned()).one(&self.0).await.map_err(while_doing("reading a token"))?;
        row.map(ApiToken::from_row).transpose()
    }

    /// All of them by name, those that are good for nothing any more among them.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn all(&self) -> Result<Vec<ApiToken>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Name).all(&self.0).await.map_err(while_doing("reading the tokens"))?;
        rows.into_iter().map(ApiToken::from_row).collect()
    }

    /// How many there ever were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count(&self) -> Result<u64, StoreError> {
        Entity::find().count(&self.0).await.map_err(while_doing("counting the tokens"))
    }

    /// Revokes a token; false where it was already.
    ///
    /// # Errors
    /// What the database says.
    pub async fn revoke(&self, name: &str, by: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let change =
            ActiveModel { revoked_at: Set(Some(microseconds(at))), revoked_by: Set(Some(by.to_owned())), ..Default::default() };
        let update =
            Entity::update_many().set(change).filter(Column::Name.eq(name)).filter(Column::RevokedAt.is_null()).exec(&self.0);
        Ok(update.await.map_err(while_doing("revoking a token"))?.rows_affected == 1)
    }

    /// Notes that it was used.
    ///
    /// # Errors
    /// What the database says.
    pub async fn used(&self, name: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let change = ActiveModel { used_at: Set(Some(microseconds(at))), ..Default::default() };
        let update = Entity::update_many().set(change).filter(Column::Name.eq(name)).exec(&self.0);
        update.await.map(|_| ()).map_err(while_doing("noting the use of a token"))
    }
}

impl ApiToken {
    fn from_row(row: api_token::Model) -> Result<Self, StoreError> {
        Ok(Self {
            grant: grant_of("token", &row.name, &row.roles, row.units.as_deref())?,
            name: row.name,
            person: row.person,
            hash: row.hash,
            issued_at: row.issued_at,
            issued_by: row.issued_by,
            expires_at: row.expires_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
            revoked_by: row.revoked_by,
        })
    }
}
