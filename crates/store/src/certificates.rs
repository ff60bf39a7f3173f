use chrono::{DateTime, Utc};
use farthing_types::BillingPeriod;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};
use serde::{Deserialize, Serialize};

use crate::entity::certificate;
use crate::error::while_doing;
use crate::session::{Session, microseconds};
use crate::stored::Stored;
use crate::{Digest, StoreError};

/// What a closed billing period was made of and came to. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The period.
    pub period: BillingPeriod,
    /// The moment at which it was closed.
    pub issued_at: DateTime<Utc>,
    /// The digest of what is certified.
    pub digest: Digest,
    /// The certificate as JSON.
    pub content: String,
}

/// The certificates.
#[derive(Debug)]
pub struct Certificates<'a>(Session<'a>);

impl<'a> Certificates<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Stores a certificate.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the content is no JSON, [`StoreError::Conflict`] where the period has one of that moment, or
    /// what the database says.
    pub async fn add(&self, certificate: &Certificate) -> Result<(), StoreError> {
        serde_json::from_str::<serde::de::IgnoredAny>(&certificate.content).map_err(|error| StoreError::Invalid {
            what: "certificate",
            id: certificate.period.to_string(),
            why: format!("its content is no JSON: {error}"),
        })?;
        let row = certificate::ActiveModel {
            period: Set(Stored(certificate.period)),
            issued_at: Set(microseconds(certificate.issued_at)),
            digest: Set(Stored(certificate.digest)),
            content: Set(certificate.content.clone()),
        };
        let insert = certificate::Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("storing a certificate"))
    }

    /// The last certificate of a period: of all, or of those issued up to a moment.
    ///
    /// # Errors
    /// What the database says.
    pub async fn newest(&self, period: BillingPeriod, as_of: Option<DateTime<Utc>>) -> Result<Option<Certificate>, StoreError> {
        let select = certificate::Entity::find()
            .filter(certificate::Column::Period.eq(Stored(period)))
            .apply_if(as_of, |select, moment| select.filter(certificate::Column::IssuedAt.lte(microseconds(moment))))
            .order_by_desc(certificate::Column::IssuedAt);
        let row = select.one(&self.0).await.map_err(while_doing("reading a certificate"))?;
        let certificate = |row: certificate::Model| Certificate {
            period: row.period.0,
            issued_at: row.issued_at,
            digest: row.digest.0,
            content: row.content,
        };
        Ok(row.map(certificate))
    }
}
