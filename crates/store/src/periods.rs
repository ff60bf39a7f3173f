//! Which billing periods are closed. A closed period's revisions cannot be replaced: the transaction that publishes looks here.

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QueryTrait};
use serde::{Deserialize, Serialize};

use crate::entity::period_event;
use crate::error::while_doing;
use crate::session::{self, Session, microseconds, text};
use crate::stored::Stored;
use crate::{PeriodState, StoreError};

/// What the source of a source's adjustments is called: its name with this behind it. It is closed where its source is.
const ADJUSTMENTS: &str = ":adjustments";

/// The source that holds the adjustments of a source's closed periods; `None` where no name is left for it.
pub fn adjustments_of(source: &SourceName) -> Option<SourceName> {
    format!("{source}{ADJUSTMENTS}").parse().ok()
}

/// The source whose adjustments this one holds.
pub fn adjusted_by(source: &SourceName) -> Option<SourceName> {
    source.as_str().strip_suffix(ADJUSTMENTS)?.parse().ok()
}

/// The closing or reopening of a period. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodEvent {
    /// The period.
    pub period: BillingPeriod,
    /// The source it is about; all of them where there is none.
    pub source: Option<SourceName>,
    /// The state from then on.
    pub state: PeriodState,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The periods.
#[derive(Debug)]
pub struct Periods<'a>(Session<'a>);

/// A number of its own for the lock on a period: the bytes of `peri`.
const PERIOD_LOCK: i32 = 0x7065_7269;

impl<'a> Periods<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Every event, oldest first: all there are, or those up to a moment.
    ///
    /// # Errors
    /// What the database says.
    pub async fn events(&self, as_of: Option<DateTime<Utc>>) -> Result<Vec<PeriodEvent>, StoreError> {
        let select = period_event::Entity::find()
            .apply_if(as_of, |select, moment| select.filter(period_event::Column::EventAt.lte(microseconds(moment))))
            .order_by_asc(period_event::Column::Id);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the states of periods"))?;
        Ok(rows.into_iter().map(PeriodEvent::from_row).collect())
    }

    /// Closes or reopens a period, of one source or of all. Waits for the imports that are publishing into it.
    ///
    /// An event is never older than the one before it, so that the state as of a moment does not change later.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set(
        &self,
        period: BillingPeriod,
        source: Option<&SourceName>,
        state: PeriodState,
        reason: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<PeriodEvent, StoreError> {
        let transaction = session::begin(&self.0).await?;
        let result = async {
            lock(&transaction, period, true).await?;
            append(&transaction, period, source, state, reason, by, at).await
        };
        let result = result.await;
        session::finish(transaction, result).await
    }
}

/// Notes an event, after all that were before it.
pub(crate) async fn append(
    transaction: &DatabaseTransaction,
    period: BillingPeriod,
    source: Option<&SourceName>,
    state: PeriodState,
    reason: &str,
    by: &str,
    at: DateTime<Utc>,
) -> Result<PeriodEvent, StoreError> {
    let last = Periods::on(Session::Transaction(transaction)).events(None).await?.pop();
    let at = microseconds(at).max(last.map_or(DateTime::UNIX_EPOCH, |last| last.at + TimeDelta::microseconds(1)));
    let row = period_event::ActiveModel {
        id: NotSet,
        period: Set(Stored(period)),
        source: Set(source.cloned().map(Stored)),
        state: Set(Stored(state)),
        reason: Set(text(reason)),
        event_by: Set(text(by)),
        event_at: Set(at),
    };
    let insert = period_event::Entity::insert(row).exec_without_returning(transaction).await;
    insert.map_err(while_doing("closing or reopening a period"))?;
    Ok(PeriodEvent { period, source: source.cloned(), state, reason: text(reason), by: text(by), at })
}

/// The event that decides about a source's period, out of all events in their order.
pub fn state_of<'e>(events: &'e [PeriodEvent], period: BillingPeriod, source: &SourceName) -> Option<&'e PeriodEvent> {
    let adjusted = adjusted_by(source);
    let concerns = |event: &&PeriodEvent| {
        event.period == period && event.source.as_ref().is_none_or(|named| named == source || Some(named) == adjusted.as_ref())
    };
    events.iter().rev().find(concerns)
}

/// Refuses to publish into a closed period. From here to the end of the transaction nobody else can close it.
pub(crate) async fn guard(
    transaction: &DatabaseTransaction,
    period: BillingPeriod,
    source: &SourceName,
) -> Result<(), StoreError> {
    lock(transaction, period, false).await?;
    let events = Periods::on(Session::Transaction(transaction)).events(None).await?;
    match state_of(&events, period, source) {
        Some(event) if event.state == PeriodState::Closed => {
            Err(StoreError::PeriodClosed { period, source_name: source.clone(), since: event.at, reason: event.reason.clone() })
        }
        _ => Ok(()),
    }
}

/// SQLite has one writer at a time; PostgreSQL gets a lock of the period, which closers take alone and publishers share.
pub(crate) async fn lock(transaction: &DatabaseTransaction, period: BillingPeriod, alone: bool) -> Result<(), StoreError> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let number = period.start().format("%Y%m");
    let shared = if alone { "" } else { "_shared" };
    let statement = format!("SELECT pg_advisory_xact_lock{shared}({PERIOD_LOCK}, {number})");
    transaction.execute_unprepared(&statement).await.map_err(while_doing("locking a period"))?;
    Ok(())
}

impl PeriodEvent {
    fn from_row(row: period_event::Model) -> Self {
        Self {
            period: row.period.0,
            source: row.source.map(|source| source.0),
            state: row.state.0,
            reason: row.reason,
            by: row.event_by,
            at: row.event_at,
        }
    }
}
