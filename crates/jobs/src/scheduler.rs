//! Adds the runs that are due. Any number of schedulers may do so at the same time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_store::{JobSchedule, NewRun, RunId, Step, Store, StoreError};
use tokio::sync::watch;

use crate::retry::spread;
use crate::{Schedule, plan_step};

/// How many schedules are moved on in one transaction.
const BATCH: u64 = 500;

/// The longest sleep: as late as this may a schedule be seen that was published or a clock that was set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// What one look at the schedules did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Schedules that were due.
    pub due: u64,
    /// Runs that were added.
    pub added: u64,
    /// Times that were left out.
    pub missed: u64,
}

/// Adds runs when they are due.
#[derive(Clone, Debug)]
pub struct Scheduler {
    store: Store,
}

impl Scheduler {
    /// On a database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Looks at the schedules until it is told to stop. A database that does not answer is asked again.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let sleep = match self.tick().await {
                Ok(ticked) => {
                    if ticked.added > 0 || ticked.missed > 0 {
                        tracing::info!(scheduler.added = ticked.added, scheduler.missed = ticked.missed, "runs were added");
                    }
                    self.sleep().await.unwrap_or(LONGEST_SLEEP)
                }
                Err(error) => {
                    tracing::warn!("the scheduler tries again: {error}");
                    LONGEST_SLEEP
                }
            };
            // An error means that nobody can stop it any more: whoever started it is gone.
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn sleep(&self) -> Result<Duration, StoreError> {
        let Some(next) = self.store.job_schedules().next().await? else { return Ok(LONGEST_SLEEP) };
        let wait = next - self.store.now().await?;
        Ok(wait.to_std().unwrap_or_default().min(LONGEST_SLEEP))
    }

    /// Adds all that is due now, by the database's clock.
    ///
    /// # Errors
    /// What the database says; what was added until then stays.
    pub async fn tick(&self) -> Result<Ticked, StoreError> {
        self.tick_at(self.store.now().await?).await
    }

    /// Adds all that is due at a moment.
    ///
    /// # Errors
    /// What the database says; what was added until then stays.
    pub async fn tick_at(&self, now: DateTime<Utc>) -> Result<Ticked, StoreError> {
        let mut ticked = Ticked::default();
        loop {
            let due = self.store.job_schedules().due(now, BATCH).await?;
            let steps: Vec<Step> = due.into_iter().filter_map(|schedule| step(schedule, now)).collect();
            if steps.is_empty() {
                return Ok(ticked);
            }
            ticked.due += steps.len() as u64;
            ticked.missed += steps.iter().map(|step| step.missed).sum::<u64>();
            ticked.added += self.store.job_schedules().step(&steps).await?;
        }
    }
}

fn step(from: JobSchedule, now: DateTime<Utc>) -> Option<Step> {
    let schedule = match Schedule::from_definition(&from.definition) {
        Ok(schedule) => schedule,
        Err(problems) => {
            // A newer program published it: that one's schedulers run it.
            let problems = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            tracing::error!(schedule = %from.name, "cannot be read and is left alone: {problems}");
            return None;
        }
    };
    let decided = plan_step(&schedule, from.next_at, from.seen_at, now);
    let runs = decided.run.iter().map(|time| run_of(&schedule, *time, now)).collect();
    Some(Step { from, next_at: decided.next_at, seen_at: now, missed: decided.missed, runs })
}

/// The run of a schedule for a time.
fn run_of(schedule: &Schedule, time: DateTime<Utc>, now: DateTime<Utc>) -> NewRun {
    let most = i64::try_from(schedule.jitter_seconds).unwrap_or(0) * 1_000;
    let later = TimeDelta::milliseconds(spread(&format!("{}/{time}", schedule.name), most));
    NewRun {
        id: RunId::new(now),
        job: schedule.name.clone(),
        kind: schedule.kind.clone(),
        parameters: schedule.with.to_string(),
        // Runs of one job go one after the other.
        subject: Some(format!("job/{}", schedule.name)),
        hint: false,
        scheduled_at: time,
        not_before: time + later,
        asked_by: None,
        created_at: now,
        most_failures: schedule.most_failures,
        retry_seconds: schedule.retry_seconds,
    }
}
