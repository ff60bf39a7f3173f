//! Sending what is in the outbox. An attempt is noted before it is made: whoever dies in between has made it, and the next is made after the
//! usual wait, with the same id. So a channel gets every message at least once, and can tell where it gets one twice.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_alerts::{AlertsDocument, Channel, Message};
use farthing_audit::Action;
use farthing_jobs::{Running, retry_after};
use farthing_sender::{Sender, Undelivered};
use farthing_store::{Alert, AlertState, Fence};
use futures::StreamExt;
use serde_json::json;

use super::find::message_of;
use crate::{Error, Farthing};

/// How many messages are looked at at once.
const BATCH: u64 = 200;
/// How many channels are told of something at the same time: a slow one keeps no other waiting.
const CHANNELS: usize = 16;
/// The longest wait that a receiver may ask for.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);

/// What became of messages.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    sent: u64,
    waiting: u64,
    failed: u64,
    dropped: u64,
}

impl Counted {
    fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            waiting: self.waiting + other.waiting,
            failed: self.failed + other.failed,
            dropped: self.dropped + other.dropped,
        }
    }
}

impl Farthing {
    /// Sends what is due; gives what became of it, in words. That a receiver does not answer is no error: it is tried again.
    ///
    /// # Errors
    /// When the database fails, or the run is another worker's by now.
    pub(crate) async fn send_alerts(&self, running: &Running) -> Result<String, Error> {
        // Without a document every channel is gone.
        let document = match self.alerts_in_force().await? {
            Some(document) => document,
            None => super::alerts_of("version = 1", "no alerts")?,
        };
        let sender = Sender::of(&document, self.secrets);
        let mut counted = Counted::default();
        while !running.is_stopped() {
            let now = self.store.now().await?;
            let work = self.store.begin().await?;
            work.job_runs().hold(running.fence, "putting messages together").await?;
            work.alerts().put_together(now, message_of).await?;
            work.commit().await?;
            let mut channels: BTreeMap<String, Vec<Vec<Alert>>> = BTreeMap::new();
            for message in self.store.alerts().due(now, BATCH).await? {
                channels.entry(message[0].channel.clone()).or_default().push(message);
            }
            if channels.is_empty() {
                break;
            }
            let each = channels.into_values().map(|messages| self.send_in_turn(&document, &sender, messages, running));
            let mut sending = futures::stream::iter(each).buffer_unordered(CHANNELS);
            let mut failure = None;
            while let Some(result) = sending.next().await {
                match result {
                    Ok(more) => counted = counted.and(more),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
            if let Some(error) = failure {
                return Err(error);
            }
        }
        let Counted { sent, waiting, failed, dropped } = counted;
        Ok(format!("{sent} messages were sent, {waiting} are tried again, {failed} failed for good, {dropped} were dropped."))
    }

    /// The messages of one channel.
    async fn send_in_turn(
        &self,
        document: &AlertsDocument,
        sender: &Sender,
        messages: Vec<Vec<Alert>>,
        running: &Running,
    ) -> Result<Counted, Error> {
        let mut counted = Counted::default();
        for rows in messages {
            if running.is_stopped() {
                break;
            }
            let became = match document.channel(&rows[0].channel) {
                Some(channel) => self.send_message(channel, sender, &rows, running.fence).await?,
                None => {
                    let why = "there is no channel of this name in the document any more";
                    self.end_message(&rows, AlertState::Dropped, Some(why), running.fence).await?
                }
            };
            counted = counted.and(became);
        }
        Ok(counted)
    }

    /// Makes one attempt.
    async fn send_message(&self, channel: &Channel, sender: &Sender, rows: &[Alert], fence: Fence) -> Result<Counted, Error> {
        let (id, tried) = (message_id(rows), rows.iter().map(|row| row.attempts).max().unwrap_or_default());
        if tried >= channel.attempts {
            let why = rows[0].said.as_deref().unwrap_or("whoever made the last attempt died over it");
            return self.end_message(rows, AlertState::Failed, Some(why), fence).await;
        }
        let (attempt, now) = (tried + 1, self.store.now().await?);
        let wait = retry_after(channel.retry_seconds, attempt, id);
        let work = self.store.begin().await?;
        work.job_runs().hold(fence, &format!("telling {}", channel.name)).await?;
        let is_ours = work.alerts().try_once(id, attempt, now, now + wait).await?;
        work.commit().await?;
        if !is_ours {
            return Ok(Counted::default());
        }
        let result = sender.send(channel, &message(rows)?, self.now()).await;
        match result {
            Ok(note) => self.end_message(rows, AlertState::Sent, note.as_deref(), fence).await,
            Err(Undelivered::Never(said)) => self.end_message(rows, AlertState::Failed, Some(&said), fence).await,
            Err(Undelivered::Later { said, .. }) if attempt >= channel.attempts => {
                self.end_message(rows, AlertState::Failed, Some(&said), fence).await
            }
            Err(Undelivered::Later { said, after }) => {
                tracing::info!(alert.message = id, alert.channel = channel.name, attempt, "will be told again: {said}");
                let asked = after.and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or_default().min(LONGEST_WAIT);
                let until: DateTime<Utc> = self.store.now().await? + wait.max(asked);
                let work = self.store.begin().await?;
                work.job_runs().hold(fence, &format!("{} is told again later", channel.name)).await?;
                work.alerts().wait(id, until, &said).await?;
                work.commit().await?;
                Ok(Counted { waiting: 1, ..Counted::default() })
            }
        }
    }

    /// Notes what became of a message and records it.
    async fn end_message(&self, rows: &[Alert], state: AlertState, said: Option<&str>, fence: Fence) -> Result<Counted, Error> {
        let (id, channel) = (message_id(rows), rows[0].channel.as_str());
        let (action, counted) = match state {
            AlertState::Sent => (Action::AlertSent, Counted { sent: 1, ..Counted::default() }),
            AlertState::Dropped => (Action::AlertFailed, Counted { dropped: 1, ..Counted::default() }),
            _ => (Action::AlertFailed, Counted { failed: 1, ..Counted::default() }),
        };
        let work = self.store.begin().await?;
        work.job_runs().hold(fence, &format!("{channel} was told")).await?;
        if work.alerts().end(id, state, said, self.store.now().await?).await? {
            let details = json!({"channel": channel, "events": rows.iter().map(|row| &row.event_key).collect::<Vec<_>>()});
            self.record(&work, &self.actor, action, format!("alert {id}"), details).await?;
        }
        work.commit().await?;
        if action == Action::AlertFailed {
            tracing::warn!(
                alert.message = id,
                alert.channel = channel,
                "a message is not sent any more: {}",
                said.unwrap_or_default()
            );
        }
        Ok(counted)
    }
}

fn message_id(rows: &[Alert]) -> &str {
    rows[0].message.as_deref().unwrap_or_default()
}

fn message(rows: &[Alert]) -> Result<Message, Error> {
    let event = |row: &Alert| {
        let read = serde_json::from_str(&row.event);
        read.map_err(|error| Error::Panicked(format!("alert {} holds no event: {error}", row.id)))
    };
    Ok(Message {
        id: message_id(rows).to_owned(),
        channel: rows[0].channel.clone(),
        created_at: rows.iter().map(|row| row.created_at).min().unwrap_or_default(),
        events: rows.iter().map(event).collect::<Result<_, _>>()?,
    })
}
