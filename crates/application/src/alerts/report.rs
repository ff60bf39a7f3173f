//! What was sent, what waits, what failed and why; and trying a channel.

use chrono::{DateTime, Utc};
use farthing_alerts::{Event, Message, Topic};
use farthing_audit::Action;
use farthing_sender::Sender;
use farthing_store::{Alert, AlertFilter, AlertId, AlertState};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::find::message_of;
use crate::{DocumentKind, Error, Farthing};

/// The most lines that are listed at once: a page of the API, and one that tells whether there is another.
const MOST_LISTED: u64 = 10_001;

/// Which alerts to list.
#[derive(Clone, Debug, Default)]
pub struct AlertsQuery {
    /// Only those in this state.
    pub state: Option<AlertState>,
    /// Only those of this channel.
    pub channel: Option<String>,
    /// Only those after this one: when it was found, its channel and the event's key.
    pub after: Option<(DateTime<Utc>, String, String)>,
    /// At most so many; 100 without it.
    pub limit: Option<u64>,
}

/// An event that a channel is told of, and how far that is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertLine {
    /// The channel.
    pub channel: String,
    /// What it is told of.
    pub event: Event,
    /// `waiting`, `sent`, `failed` or `dropped`.
    pub state: &'static str,
    /// The id of the message it goes out in; none where it waits to be put together with others.
    pub message: Option<String>,
    /// How often it was tried.
    pub attempts: u64,
    /// When it goes out, or is tried again, as long as it waits.
    pub due_at: DateTime<Utc>,
    /// When it was found.
    pub created_at: DateTime<Utc>,
    /// When it was tried last.
    pub tried_at: Option<DateTime<Utc>>,
    /// When it was sent, or given up.
    pub ended_at: Option<DateTime<Utc>>,
    /// What the receiver, or the network, said last; no secret is in it.
    pub said: Option<String>,
}

/// What is to be sent again.
#[derive(Clone, Debug, Default)]
pub struct ResendAlerts {
    /// Only this message.
    pub message: Option<String>,
    /// Only what this channel is told of.
    pub channel: Option<String>,
}

/// What is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResentAlerts {
    /// Events of which channels are told again.
    pub alerts: u64,
}

/// How many alerts there are, and whether they are late.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertFigures {
    /// By channel and state.
    pub counts: Vec<(String, AlertState, u64)>,
    /// For how many seconds the oldest that is due is; 0 where none is.
    pub overdue_seconds: u64,
}

/// What came of trying a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertTest {
    /// The channel.
    pub channel: String,
    /// `email`, `webhook`, `slack`, `teams` or `ticket`.
    pub kind: &'static str,
    /// The id of the message.
    pub message: String,
    /// True where it took it.
    pub delivered: bool,
    /// What was said, where it is worth telling.
    pub said: Option<String>,
}

impl Farthing {
    /// What channels were told of and what waits, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alerts(&self, query: &AlertsQuery) -> Result<Vec<AlertLine>, Error> {
        let limit = query.limit.unwrap_or(100).min(MOST_LISTED);
        let filter = AlertFilter { state: query.state, channel: query.channel.clone(), after: query.after.clone(), limit };
        self.store.alerts().list(&filter).await?.into_iter().map(line).collect()
    }

    /// Has what failed for good, or whose channel was gone, sent again, with the same ids: a message, what a channel was to be told of, or
    /// all. It goes out with the next run that sends.
    ///
    /// # Errors
    /// When there is nothing of that kind.
    pub async fn resend_alerts(&self, which: &ResendAlerts, by: &str) -> Result<ResentAlerts, Error> {
        let ResendAlerts { message, channel } = which;
        let now = self.store.now().await?;
        let work = self.store.begin().await?;
        let alerts = work.alerts().wait_again(message.as_deref(), channel.as_deref(), now).await?;
        if alerts == 0 {
            let why = "nothing failed that could be sent again. `farthing alerts list --state failed` lists what did";
            return Err(Error::Nothing(why.to_owned()));
        }
        let details = json!({"message": message, "channel": channel, "alerts": alerts});
        self.record(&work, by, Action::AlertResent, "alerts".to_owned(), details).await?;
        work.commit().await?;
        Ok(ResentAlerts { alerts })
    }

    /// How many alerts there are, and whether they are late.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alert_figures(&self) -> Result<AlertFigures, Error> {
        let (alerts, now) = (self.store.alerts(), self.store.now().await?);
        let overdue = alerts.next().await?.map_or(0, |due| (now - due).num_seconds());
        Ok(AlertFigures { counts: alerts.counts().await?, overdue_seconds: u64::try_from(overdue).unwrap_or(0) })
    }

    /// Sends a message that says so to a channel, now and once, whatever its preferences.
    ///
    /// # Errors
    /// When there is no such channel. That it does not take the message is in the answer.
    pub async fn test_alerts(&self, name: &str, by: &str) -> Result<AlertTest, Error> {
        self.document(DocumentKind::Alerts).await?;
        let document = self.alerts_in_force().await?.unwrap_or_else(|| unreachable!("there was a document just now"));
        let channel = document.channel(name).ok_or_else(|| {
            let known: Vec<&str> = document.channels.iter().map(|channel| channel.name.as_str()).collect();
            Error::Nothing(format!(
                "there is no channel {name:?}; there are {}. `farthing alerts show` prints them",
                known.join(", ")
            ))
        })?;
        let created_at = self.now();
        let id = message_of(AlertId::new(created_at));
        let event = Event {
            key: format!("test/{id}"),
            topic: Topic::Test,
            title: "This is a test".to_owned(),
            text: format!("{by} asked Farthing to try the channel {name}. Nothing happened, and nothing is to be done."),
            units: Vec::new(),
            source: None,
            period: None,
            money: None,
        };
        let message = Message { id: id.clone(), channel: name.to_owned(), created_at, events: vec![event] };
        let result = Sender::of(&document, self.secrets).send(channel, &message, created_at).await;
        let (delivered, said) = match result {
            Ok(note) => (true, note),
            Err(undelivered) => (false, Some(undelivered.said().to_owned())),
        };
        let work = self.store.begin().await?;
        let details = json!({"channel": name, "delivered": delivered});
        self.record(&work, by, Action::AlertTested, format!("alert {id}"), details).await?;
        work.commit().await?;
        Ok(AlertTest { channel: name.to_owned(), kind: channel.kind(), message: id, delivered, said })
    }
}

fn line(alert: Alert) -> Result<AlertLine, Error> {
    let event = serde_json::from_str(&alert.event);
    let event = event.map_err(|error| Error::Panicked(format!("alert {} holds no event: {error}", alert.id)))?;
    let Alert { channel, message, state, attempts, due_at, created_at, tried_at, ended_at, said, .. } = alert;
    Ok(AlertLine { channel, event, state: state.as_str(), message, attempts, due_at, created_at, tried_at, ended_at, said })
}
