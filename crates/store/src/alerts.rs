//! What channels are told of: an outbox. Rows are added once an event and channel, sent in messages, and ended. Each change asks for the
//! state that was seen, so that of two senders one does it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::alert::{self, ActiveModel, Column, Entity};
use crate::error::while_doing;
use crate::session::{Session, from_column, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{AlertId, AlertState, StoreError};

/// How many rows go into one statement: both databases limit the parameters of one.
const CHUNK: usize = 500;

/// An event that a channel is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// Its id.
    pub id: AlertId,
    /// The channel.
    pub channel: String,
    /// The event's key: a channel is told of it once.
    pub event_key: String,
    /// What the event is about.
    pub topic: String,
    /// The event as JSON.
    pub event: String,
    /// The message it goes out in; none where it is put together with others once it is due.
    pub message: Option<String>,
    /// When it is to go out.
    pub due_at: DateTime<Utc>,
    /// When it was found.
    pub created_at: DateTime<Utc>,
}

/// An event that a channel is told of, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The channel.
    pub channel: String,
    /// The event's key.
    pub event_key: String,
    /// What the event is about.
    pub topic: String,
    /// The event as JSON.
    pub event: String,
    /// The message it goes out in.
    pub message: Option<String>,
    /// How far it is.
    pub state: AlertState,
    /// How often it was tried.
    pub attempts: u64,
    /// When it is to go out, or to be tried again.
    pub due_at: DateTime<Utc>,
    /// When it was found.
    pub created_at: DateTime<Utc>,
    /// When it was tried last.
    pub tried_at: Option<DateTime<Utc>>,
    /// When it was sent, or failed for good.
    pub ended_at: Option<DateTime<Utc>>,
    /// What the receiver, or the network, said last.
    pub said: Option<String>,
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    /// Only those in this state.
    pub state: Option<AlertState>,
    /// Only those of this channel.
    pub channel: Option<String>,
    /// Only those after this one: when it was found, its channel and the event's key.
    pub after: Option<(DateTime<Utc>, String, String)>,
    /// At most so many.
    pub limit: u64,
}

/// The outbox.
#[derive(Debug)]
pub struct Alerts<'a>(Session<'a>);

impl<'a> Alerts<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Adds what channels are to be told of and leaves out what they were told of already; gives how many were added.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add(&self, alerts: &[NewAlert]) -> Result<u64, StoreError> {
        let mut added = 0;
        for chunk in alerts.chunks(CHUNK) {
            let insert = Entity::insert_many(chunk.iter().map(NewAlert::to_row));
            let insert = insert.on_conflict(OnConflict::columns([Column::Channel, Column::EventKey]).do_nothing().to_owned());
            added += insert.exec_without_returning(&self.0).await.map_err(while_doing("adding alerts"))?;
        }
        Ok(added)
    }

    /// When the next of those that wait is due.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let select = waiting().order_by_asc(Column::DueAt).limit(1);
        let row = select.one(&self.0).await.map_err(while_doing("looking for alerts"))?;
        Ok(row.map(|row| row.due_at))
    }

    /// Puts the rows together that are due and in no message yet: those of a channel in one, as `message` names it by the first of them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn put_together(&self, now: DateTime<Utc>, message: impl Fn(AlertId) -> String) -> Result<(), StoreError> {
        let select = waiting().filter(Column::Message.is_null()).filter(Column::DueAt.lte(microseconds(now)));
        let rows = in_order(select).all(&self.0).await.map_err(while_doing("looking for alerts"))?;
        let mut channels: BTreeMap<String, Vec<Stored<AlertId>>> = BTreeMap::new();
        for row in rows {
            channels.entry(row.channel).or_default().push(row.id);
        }
        for ids in channels.into_values() {
            let change = ActiveModel { message: Set(Some(message(ids[0].0))), ..Default::default() };
            for ids in ids.chunks(CHUNK) {
                let is_free = Condition::all().add(Column::Id.is_in(ids.iter().copied())).add(Column::Message.is_null());
                let update = Entity::update_many().set(change.clone()).filter(is_free).exec(&self.0).await;
                update.map_err(while_doing("putting alerts together"))?;
            }
        }
        Ok(())
    }

    /// The messages that are due, the one that waits longest first: at most `most`, each with its rows in the order in which they were found.
    ///
    /// # Errors
    /// What the database says.
    pub async fn due(&self, now: DateTime<Utc>, most: u64) -> Result<Vec<Vec<Alert>>, StoreError> {
        let failed = while_doing("looking for alerts that are due");
        let names: Vec<String> = waiting()
            .select_only()
            .column(Column::Message)
            .filter(Column::Message.is_not_null())
            .filter(Column::DueAt.lte(microseconds(now)))
            .group_by(Column::Message)
            .order_by_asc(Expr::col(Column::DueAt).min())
            .order_by_asc(Expr::col(Column::EventKey).min())
            .limit(most)
            .into_tuple()
            .all(&self.0)
            .await
            .map_err(&failed)?;
        let mut messages = Vec::with_capacity(names.len());
        for name in names {
            let rows = in_order(Entity::find().filter(Column::Message.eq(&name))).all(&self.0).await.map_err(&failed)?;
            messages.push(rows.into_iter().map(Alert::from_row).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(messages)
    }

    /// Notes that a message is tried for the `attempt`th time, and when it is tried again where nothing more is heard of it. False where it
    /// was tried so often before, or is at its end.
    ///
    /// # Errors
    /// What the database says.
    pub async fn try_once(
        &self,
        message: &str,
        attempt: u64,
        now: DateTime<Utc>,
        again: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let change = ActiveModel {
            attempts: Set(to_column(attempt, "alert", message)?),
            tried_at: Set(Some(microseconds(now))),
            due_at: Set(microseconds(again)),
            ..Default::default()
        };
        let before = to_column(attempt.saturating_sub(1), "alert", message)?;
        self.change(message, Condition::all().add(Column::Attempts.eq(before)), change).await
    }

    /// Notes why an attempt failed, and when the next is made.
    ///
    /// # Errors
    /// What the database says.
    pub async fn wait(&self, message: &str, until: DateTime<Utc>, said: &str) -> Result<bool, StoreError> {
        let change = ActiveModel { due_at: Set(microseconds(until)), said: Set(Some(text(said))), ..Default::default() };
        self.change(message, Condition::all(), change).await
    }

    /// Ends a message. False where it is at its end already.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end(
        &self,
        message: &str,
        state: AlertState,
        said: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let change = ActiveModel {
            state: Set(Stored(state)),
            ended_at: Set(Some(microseconds(now))),
            said: Set(said.map(text)),
            ..Default::default()
        };
        self.change(message, Condition::all(), change).await
    }

    /// The newest rows that fit, the newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list(&self, filter: &AlertFilter) -> Result<Vec<Alert>, StoreError> {
        let mut select = Entity::find();
        if let Some(state) = filter.state {
            select = select.filter(Column::State.eq(Stored(state)));
        }
        if let Some(channel) = &filter.channel {
            select = select.filter(Column::Channel.eq(channel));
        }
        if let Some((found, channel, key)) = &filter.after {
            let (found, same) = (microseconds(*found), Condition::all().add(Column::CreatedAt.eq(microseconds(*found))));
            let later_key = Condition::all().add(Column::Channel.eq(channel)).add(Column::EventKey.gt(key));
            let later = Condition::any().add(Column::Channel.gt(channel)).add(later_key);
            select = select.filter(Condition::any().add(Column::CreatedAt.lt(found)).add(same.add(later)));
        }
        let select = select.order_by_desc(Column::CreatedAt).order_by_asc(Column::Channel).order_by_asc(Column::EventKey);
        let rows = select.limit(filter.limit).all(&self.0).await;
        rows.map_err(while_doing("reading the alerts"))?.into_iter().map(Alert::from_row).collect()
    }

    /// Has what failed for good or was dropped wait again, as if it was never tried: a message, those of a channel, or all. Gives how many
    /// rows those were. A message keeps its id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn wait_again(&self, message: Option<&str>, channel: Option<&str>, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let is_over = [AlertState::Failed, AlertState::Dropped].map(Stored);
        let mut fits = Condition::all().add(Column::State.is_in(is_over));
        fits = fits.add_option(message.map(|message| Column::Message.eq(message)));
        fits = fits.add_option(channel.map(|channel| Column::Channel.eq(channel)));
        let change = ActiveModel {
            state: Set(Stored(AlertState::Waiting)),
            attempts: Set(0),
            due_at: Set(microseconds(now)),
            ended_at: Set(None),
            ..Default::default()
        };
        let update = Entity::update_many().set(change).filter(fits).exec(&self.0).await;
        Ok(update.map_err(while_doing("having alerts wait again"))?.rows_affected)
    }

    /// How many rows there are of each channel in each state.
    ///
    /// # Errors
    /// What the database says.
    pub async fn counts(&self) -> Result<Vec<(String, AlertState, u64)>, StoreError> {
        let counted: Vec<(String, Stored<AlertState>, i64)> = Entity::find()
            .select_only()
            .column(Column::Channel)
            .column(Column::State)
            .expr_as(Expr::col(Column::Id).count(), "alerts")
            .group_by(Column::Channel)
            .group_by(Column::State)
            .into_tuple()
            .all(&self.0)
            .await
            .map_err(while_doing("counting the alerts"))?;
        let read = |(channel, state, rows): (String, Stored<AlertState>, i64)| {
            let rows = from_column(rows, "alert", &channel)?;
            Ok((channel, state.0, rows))
        };
        counted.into_iter().map(read).collect()
    }

    /// Removes what ended before a moment; gives how many rows that were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget(&self, ended_before: DateTime<Utc>) -> Result<u64, StoreError> {
        let delete = Entity::delete_many().filter(Column::EndedAt.lt(microseconds(ended_before)));
        Ok(delete.exec(&self.0).await.map_err(while_doing("forgetting old alerts"))?.rows_affected)
    }

    /// Changes the rows of a message that wait and fit; false where none does.
    async fn change(&self, message: &str, fits: Condition, change: ActiveModel) -> Result<bool, StoreError> {
        let is_waiting = Condition::all().add(Column::Message.eq(message)).add(Column::State.eq(Stored(AlertState::Waiting)));
        let update = Entity::update_many().set(change).filter(is_waiting).filter(fits).exec(&self.0).await;
        Ok(update.map_err(while_doing("noting what became of an alert"))?.rows_affected > 0)
    }
}

fn waiting() -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::State.eq(Stored(AlertState::Waiting)))
}

/// The order in which events were found; those of one look by their keys.
fn in_order(select: sea_orm::Select<Entity>) -> sea_orm::Select<Entity> {
    select.order_by_asc(Column::CreatedAt).order_by_asc(Column::EventKey)
}

impl NewAlert {
    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            id: Set(Stored(self.id)),
            channel: Set(text(&self.channel)),
            event_key: Set(text(&self.event_key)),
            topic: Set(text(&self.topic)),
            event: Set(text(&self.event)),
            message: Set(self.message.clone()),
            state: Set(Stored(AlertState::Waiting)),
            attempts: Set(0),
            due_at: Set(microseconds(self.due_at)),
            created_at: Set(microseconds(self.created_at)),
            tried_at: Set(None),
            ended_at: Set(None),
            said: Set(None),
        }
    }
}

impl Alert {
    fn from_row(row: alert::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.0,
            channel: row.channel,
            event_key: row.event_key,
            topic: row.topic,
            event: row.event,
            message: row.message,
            state: row.state.0,
            attempts: from_column(row.attempts, "alert", row.id.0)?,
            due_at: row.due_at,
            created_at: row.created_at,
            tried_at: row.tried_at,
            ended_at: row.ended_at,
            said: row.said,
        })
    }
}
