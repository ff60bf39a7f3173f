//! Looking for what there is to tell, and putting it into the outbox.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_alerts::{AlertsDocument, Channel, Event, Topic};
use farthing_store::{AlertId, Fence, NewAlert};

use crate::{Error, Farthing};

/// From how many events on that are due at once they go out together: nobody reads a hundred messages.
const MOST_AT_ONCE: usize = 10;
/// For how many days it is known who was told of what. What an event is about is longer ago by then.
const REMEMBERED_DAYS: i64 = 400;

impl Farthing {
    /// Looks for events and puts those that somebody wants to hear of into the outbox, each once a channel. Gives what was found, in words.
    ///
    /// # Errors
    /// Where something could not be looked at; what was found elsewhere is in the outbox then.
    pub(crate) async fn find_alerts(&self, fence: Fence) -> Result<String, Error> {
        let Some(document) = self.alerts_in_force().await? else {
            return Ok("Nobody is to be told of anything: no document of alerts is published.".to_owned());
        };
        let (mut events, mut problems) = (Vec::new(), Vec::new());
        for topic in Topic::ALL.iter().copied().filter(|topic| document.is_wanted(*topic)) {
            match self.events_about(topic, &document).await {
                Ok(found) => events.extend(found),
                // Before there are charges there is nothing to tell of them.
                Err(Error::Nothing(_)) => {}
                Err(error) => problems.push(format!("{topic}: {error}")),
            }
        }
        let now = self.store.now().await?;
        let rows: Vec<NewAlert> = document.channels.iter().flat_map(|channel| rows_of(channel, &events, now)).collect();
        let message = format!("{} events, {} of them wanted by a channel.", events.len(), wanted(&document, &events));
        let work = self.store.begin().await?;
        work.job_runs().hold(fence, &message).await?;
        let added = work.alerts().add(&rows).await?;
        work.alerts().forget(now - chrono::TimeDelta::days(REMEMBERED_DAYS)).await?;
        work.commit().await?;
        match problems.is_empty() {
            true => Ok(format!("{message} {added} are new.")),
            false => Err(Error::Partly(format!("{message} {added} are new; {}", problems.join("; ")))),
        }
    }

    async fn events_about(&self, topic: Topic, document: &AlertsDocument) -> Result<Vec<Event>, Error> {
        match topic {
            Topic::Budget => self.budget_events().await,
            Topic::Anomaly => self.anomaly_events().await,
            Topic::Sla => self.sla_events().await,
            Topic::Approval => self.approval_events().await,
            Topic::PlanExpiry => self.plan_events(document.plan_days).await,
            Topic::Close => self.close_events(&document.close_after_days).await,
            Topic::Checkpoint => self.checkpoint_events().await,
            Topic::Test => Ok(Vec::new()),
        }
    }
}

fn wanted(document: &AlertsDocument, events: &[Event]) -> usize {
    let is_wanted = |event: &&Event| document.channels.iter().any(|channel| channel.preferences.wants(event));
    events.iter().filter(is_wanted).count()
}

/// What a channel is to be told of, and when.
fn rows_of(channel: &Channel, events: &[Event], now: DateTime<Utc>) -> Vec<NewAlert> {
    let due_at = channel.preferences.due(now);
    let wanted: BTreeMap<&str, &Event> =
        events.iter().filter(|event| channel.preferences.wants(event)).map(|event| (event.key.as_str(), event)).collect();
    // What waits, or is much, goes out together.
    let alone = channel.is_one_each() || (due_at <= now && wanted.len() <= MOST_AT_ONCE);
    let row = |(key, event): (&str, &Event)| {
        let id = AlertId::new(now);
        NewAlert {
            id,
            channel: channel.name.clone(),
            event_key: key.to_owned(),
            topic: event.topic.to_string(),
            event: serde_json::to_string(event).expect("an event has names as keys"),
            message: alone.then(|| message_of(id)),
            due_at,
            created_at: now,
        }
    };
    wanted.into_iter().map(row).collect()
}

/// The id of the message whose first event this is.
pub(super) fn message_of(first: AlertId) -> String {
    format!("msg_{first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_at_once_and_what_waits_go_out_together_and_tickets_by_themselves() {
        let document = "version = 1\n[channel.now]\nkind = \"slack\"\nurl_from = \"A\"\n\
            [channel.later]\nkind = \"slack\"\nurl_from = \"A\"\ndigest = \"daily\"\n\
            [channel.tickets]\nkind = \"ticket\"\nurl_from = \"A\"\n";
        let document = AlertsDocument::parse(document).unwrap();
        let event = |number: usize| Event {
            key: format!("{number:02}"),
            topic: Topic::Budget,
            title: String::new(),
            text: String::new(),
            units: Vec::new(),
            source: None,
            period: None,
            money: None,
        };
        let now = "2026-06-08T10:00:00Z".parse().unwrap();
        let alone = |channel: &str, events: usize| {
            let mut events: Vec<Event> = (0..events).map(event).collect();
            // The same event twice is one.
            events.push(event(0));
            let rows = rows_of(document.channel(channel).unwrap(), &events, now);
            (rows.len(), rows.iter().filter(|row| row.message.is_some()).count())
        };
        assert_eq!((alone("now", MOST_AT_ONCE), alone("now", MOST_AT_ONCE + 1)), ((10, 10), (11, 0)));
        assert_eq!((alone("later", 2), alone("tickets", 20)), ((2, 0), (20, 20)));
    }
}
