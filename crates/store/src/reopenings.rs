//! Requests to open a closed billing period again, which somebody else than who asked decides.

use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use crate::entity::reopening;
use crate::error::while_doing;
use crate::periods::{append, lock};
use crate::session::{self, Session, microseconds, text};
use crate::stored::Stored;
use crate::{PeriodState, StoreError};

/// A request to open a period again that nobody has decided yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// Its number.
    pub id: i64,
    /// The period.
    pub period: BillingPeriod,
    /// The source it is about; all of them where there is none.
    pub source: Option<SourceName>,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The requests.
#[derive(Debug)]
pub struct Reopenings<'a>(Session<'a>);

impl<'a> Reopenings<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Those that wait for a decision, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn waiting(&self) -> Result<Vec<Reopening>, StoreError> {
        let undecided = reopening::Entity::find().filter(reopening::Column::DecidedAt.is_null());
        let rows = undecided.order_by_asc(reopening::Column::Id).all(&self.0).await;
        let rows = rows.map_err(while_doing("reading requests to reopen periods"))?;
        Ok(rows.into_iter().map(Reopening::from_row).collect())
    }

    /// Asks to open a period again. One request waits for a period and source at a time: the same again is the one that waits.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ask(
        &self,
        period: BillingPeriod,
        source: Option<&SourceName>,
        reason: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<Reopening, StoreError> {
        let transaction = session::begin(&self.0).await?;
        let result = async {
            lock(&transaction, period, true).await?;
            let waiting = Reopenings::on(Session::Transaction(&transaction)).waiting().await?;
            if let Some(same) = waiting.into_iter().find(|one| one.period == period && one.source.as_ref() == source) {
                return Ok(same);
            }
            let row = reopening::ActiveModel {
                id: NotSet,
                period: Set(Stored(period)),
                source: Set(source.cloned().map(Stored)),
                reason: Set(text(reason)),
                asked_by: Set(text(by)),
                asked_at: Set(microseconds(at)),
                decided_by: Set(None),
                decided_at: Set(None),
                granted: Set(None),
            };
            let inserted = reopening::Entity::insert(row).exec_with_returning(&transaction).await;
            inserted.map(Reopening::from_row).map_err(while_doing("asking to reopen a period"))
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// Decides a request; where it is granted the period is open from then on.
    ///
    /// # Errors
    /// [`StoreError::SamePerson`] where who asked would decide, [`StoreError::Conflict`] where somebody else has decided, or what
    /// the database says.
    pub async fn decide(&self, request: &Reopening, granted: bool, by: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let by = text(by);
        if by == request.by {
            return Err(StoreError::SamePerson { period: request.period, by });
        }
        let transaction = session::begin(&self.0).await?;
        let result = async {
            lock(&transaction, request.period, true).await?;
            let decided = reopening::ActiveModel {
                decided_by: Set(Some(by.clone())),
                decided_at: Set(Some(microseconds(at))),
                granted: Set(Some(granted)),
                ..Default::default()
            };
            let update = reopening::Entity::update_many()
                .set(decided)
                .filter(reopening::Column::Id.eq(request.id))
                .filter(reopening::Column::DecidedAt.is_null());
            let doing = "deciding whether a period is reopened";
            let updated = update.exec(&transaction).await.map_err(while_doing(doing))?;
            if updated.rows_affected != 1 {
                return Err(StoreError::Conflict { doing });
            }
            if granted {
                let reason = format!("{} (asked for by {})", request.reason, request.by);
                let source = request.source.as_ref();
                append(&transaction, request.period, source, PeriodState::Open, &reason, &by, at).await?;
            }
            Ok(())
        };
        let result = result.await;
        session::finish(transaction, result).await
    }
}

impl Reopening {
    fn from_row(row: reopening::Model) -> Self {
        Self {
            id: row.id,
            period: row.period.0,
            source: row.source.map(|source| source.0),
            reason: row.reason,
            by: row.asked_by,
            at: row.asked_at,
        }
    }
}
