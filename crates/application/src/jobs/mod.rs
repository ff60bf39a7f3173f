//! What runs by itself: schedules, runs, and the roles that add and take them.

mod execute;
mod parts;
mod runs;
mod schedules;
mod work;

use std::sync::Arc;
use std::time::Duration;

use farthing_jobs::{Scheduler, Worker};
use tokio::sync::watch;

pub use farthing_jobs::WorkerOptions;
pub use runs::{AskedRun, JobReport, JobsQuery};
pub use schedules::ScheduleStatus;
pub(crate) use schedules::schedules_of;
pub use work::Work;
pub(crate) use work::{KeepWork, NothingWork};

use crate::{Error, Farthing};

/// How long statements may be old before a run brings them up to date; until then they are computed when they are asked for.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

impl Farthing {
    /// Adds runs when schedules are due, derived data are old, recommendations wait for too long or somebody is to be told of something, and
    /// signs the record of changes each hour, until `stop` is true. Any number of processes may.
    pub async fn run_scheduler(&self, stop: watch::Receiver<bool>) {
        let scheduler = Scheduler::new((*self.store).clone());
        let (statements, alerts) = (self.watch_statements(stop.clone()), self.watch_alerts(stop.clone()));
        let recommendations = self.watch_recommendations(stop.clone());
        tokio::join!(scheduler.run(stop.clone()), statements, alerts, recommendations, self.checkpoint_hourly(stop));
    }

    /// Looks now and then whether something was published, and if so, which statements became old by it.
    async fn watch_statements(&self, mut stop: watch::Receiver<bool>) {
        let mut seen = None;
        while !*stop.borrow() {
            match self.look_at_statements(seen).await {
                Ok(mark) => seen = Some(mark),
                Err(error) => tracing::warn!("whether statements are old is looked at again: {error}"),
            }
            tokio::select! {
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn look_at_statements(&self, seen: Option<u64>) -> Result<u64, Error> {
        let mark = self.catalogue_mark().await?;
        if seen != Some(mark) {
            self.hint_at_old_statements().await?;
        }
        Ok(mark)
    }

    /// Adds the runs that are due now; gives how many were added.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedule_once(&self) -> Result<u64, Error> {
        self.checkpoint_when_due().await?;
        let due = Scheduler::new((*self.store).clone()).tick().await?.added;
        let recommendations = self.hint_at_recommendations().await?;
        Ok(due + recommendations + self.hint_at_old_statements().await? + self.hint_at_alerts(&mut None).await?)
    }

    /// Takes runs that are due and does their work, until `stop` is true. Any number of processes may.
    pub async fn run_worker(&self, options: WorkerOptions, stop: watch::Receiver<bool>) {
        Worker::new((*self.store).clone(), Arc::new(self.clone()), options).run(stop).await;
    }
}
