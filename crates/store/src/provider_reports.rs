//! What providers themselves say of months beside their bills. The last report of a source, month and kind stands; those before it stay,
//! so that what was known at an earlier moment can be told.

use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::entity::provider_report::{ActiveModel, Column, Entity, Model};
use crate::error::while_doing;
use crate::session::{Session, from_column, microseconds, to_column};
use crate::stored::Stored;
use crate::{Digest, ReportKind, StoreError};

/// A report as it was stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderReport {
    /// Whose it is.
    pub source: SourceName,
    /// Of which month.
    pub period: BillingPeriod,
    /// Of what.
    pub kind: ReportKind,
    /// 1, 2, 3 …: the last one stands.
    pub sequence: u64,
    /// When it was stated.
    pub stated_at: DateTime<Utc>,
    /// The digest of the content.
    pub digest: Digest,
    /// JSON, byte for byte.
    pub content: String,
}

/// The reports.
#[derive(Debug)]
pub struct ProviderReports<'a>(Session<'a>);

impl<'a> ProviderReports<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// States a report; `false` where it says what the last one said, and nothing is changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody else states it at the same moment, [`StoreError::Invalid`] where the content is no JSON,
    /// or what the database says.
    pub async fn state(
        &self,
        source: &SourceName,
        period: BillingPeriod,
        kind: ReportKind,
        content: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        serde_json::from_str::<serde::de::IgnoredAny>(content).map_err(|error| StoreError::Invalid {
            what: "provider report",
            id: format!("{source} {period} {kind}"),
            why: format!("its content is no JSON: {error}"),
        })?;
        let last = Entity::find()
            .filter(Column::Source.eq(Stored(source.clone())))
            .filter(Column::Period.eq(Stored(period)))
            .filter(Column::Kind.eq(Stored(kind)))
            .order_by_desc(Column::Sequence)
            .one(&self.0)
            .await
            .map_err(while_doing("reading what a provider said"))?;
        let digest = Digest::of(content.as_bytes());
        if last.as_ref().is_some_and(|last| last.digest.0 == digest) {
            return Ok(false);
        }
        let before = last.map_or(Ok(0), |last| from_column(last.sequence, "provider report", source))?;
        let row = ActiveModel {
            source: Set(Stored(source.clone())),
            period: Set(Stored(period)),
            kind: Set(Stored(kind)),
            sequence: Set(to_column(before + 1, "provider report", source)?),
            stated_at: Set(microseconds(at)),
            digest: Set(Stored(digest)),
            content: Set(content.to_owned()),
        };
        // Two at once take the same number: the key lets one of them in.
        let insert = Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map_err(while_doing("noting what a provider said"))?;
        Ok(true)
    }

    /// The reports of a kind that stand, or stood at a moment, by source and month; of one month where it is named.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a content does not fit its digest, or what the database says.
    pub async fn standing(
        &self,
        kind: ReportKind,
        period: Option<BillingPeriod>,
        at: Option<DateTime<Utc>>,
    ) -> Result<Vec<ProviderReport>, StoreError> {
        let mut select = Entity::find().filter(Column::Kind.eq(Stored(kind))).order_by_asc(Column::Sequence);
        if let Some(period) = period {
            select = select.filter(Column::Period.eq(Stored(period)));
        }
        let rows = select.all(&self.0).await.map_err(while_doing("reading what providers said"))?;
        let mut standing: std::collections::BTreeMap<(SourceName, BillingPeriod), Model> = Default::default();
        // The databases compare moments as they hold them; what was stated by then is told here, as for revisions.
        for row in rows.into_iter().filter(|row| at.is_none_or(|at| row.stated_at <= at)) {
            standing.insert((row.source.0.clone(), row.period.0), row);
        }
        standing.into_values().map(ProviderReport::from_row).collect()
    }
}

impl ProviderReport {
    fn from_row(row: Model) -> Result<Self, StoreError> {
        let id = format!("{} {} {}", row.source.0, row.period.0, row.kind.0);
        if Digest::of(row.content.as_bytes()) != row.digest.0 {
            let why = format!("its content does not have the digest {} it was stored with", row.digest.0);
            return Err(StoreError::Damaged { what: "provider report", id, why });
        }
        Ok(Self {
            sequence: from_column(row.sequence, "provider report", id)?,
            source: row.source.0,
            period: row.period.0,
            kind: row.kind.0,
            stated_at: row.stated_at,
            digest: row.digest.0,
            content: row.content,
        })
    }
}
