//! When there is something to look for or to send: the scheduler adds the runs for it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use farthing_store::{NewRun, RunId};
use tokio::sync::watch;

use crate::jobs::{NothingWork, Work};
use crate::{Error, Farthing};

/// How long a message that is due may go unnoticed.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

impl Farthing {
    /// Adds runs when it is time to look for events or to send messages, until `stop` is true. Any number of processes may.
    pub(crate) async fn watch_alerts(&self, mut stop: watch::Receiver<bool>) {
        let mut looked = None;
        while !*stop.borrow() {
            if let Err(error) = self.hint_at_alerts(&mut looked).await {
                tracing::warn!("whether there are alerts is looked at again: {error}");
            }
            tokio::select! {
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Adds a run that looks for events, unless there is one of this time already, and one that sends, where anything is due; gives how
    /// many were added. `looked` is the time that is known to have a run.
    pub(crate) async fn hint_at_alerts(&self, looked: &mut Option<DateTime<Utc>>) -> Result<u64, Error> {
        let now = self.store.now().await?;
        let mut runs = Vec::new();
        let document = self.alerts_in_force().await?.filter(|document| !document.channels.is_empty());
        let time = document.and_then(|document| time_of(now, document.look_minutes));
        if let Some(time) = time.filter(|_| time != *looked) {
            runs.push(hint(&Work::FindAlerts(NothingWork {}), time, now));
        }
        if self.store.alerts().next().await?.is_some_and(|due| due <= now) {
            runs.push(hint(&Work::SendAlerts(NothingWork {}), now, now));
        }
        let added = if runs.is_empty() { 0 } else { self.store.job_runs().add_all(&runs).await? };
        *looked = time;
        Ok(added)
    }
}

/// The time of a look: the last multiple of so many minutes, the same for every scheduler.
fn time_of(now: DateTime<Utc>, minutes: u32) -> Option<DateTime<Utc>> {
    let seconds = i64::from(minutes) * 60;
    DateTime::from_timestamp(now.timestamp() - now.timestamp().rem_euclid(seconds), 0)
}

/// A run that says that there is something to do, and no more: one waits at a time.
pub(crate) fn hint(work: &Work, scheduled_at: DateTime<Utc>, now: DateTime<Utc>) -> NewRun {
    let (kind, parameters) = work.kept();
    NewRun {
        id: RunId::new(now),
        job: kind.clone(),
        subject: work.subject(),
        kind,
        parameters,
        hint: true,
        scheduled_at,
        not_before: now,
        asked_by: None,
        created_at: now,
        most_failures: 3,
        retry_seconds: 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_agree_on_the_time_of_a_look() {
        let time = |text: &str| time_of(text.parse().unwrap(), 15).unwrap().to_rfc3339();
        assert_eq!(time("2026-06-08T10:14:59.9Z"), "2026-06-08T10:00:00+00:00");
        assert_eq!(time("2026-06-08T10:15:00Z"), "2026-06-08T10:15:00+00:00");
    }
}
