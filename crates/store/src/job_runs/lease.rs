//! Who has a run: taking it, keeping it, giving it back and ending it.
//!
//! A worker has a run for the time of its lease, which goes by the database's clock, and has to renew it. Every statement here that
//! changes a running run asks for the attempt's number, and all that let something take effect ask for the lease as well. So a worker
//! that slept past its lease, or whose run was taken over, changes nothing whatever it believes.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::{JobRun, JobRuns, Progress};
use crate::entity::job_run::{self, ActiveModel, Column, Entity};
use crate::error::{is_unique_violation, while_doing};
use crate::session::{self, database_now, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{RunId, RunState, StoreError};

/// What a worker shows to change its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The run.
    pub run: RunId,
    /// The attempt that the worker makes.
    pub attempt: u64,
}

/// What something that takes effect is of the run that it is done for. Nothing takes effect where another worker has the run by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartOfRun {
    /// All of it: the run ends in the same transaction.
    Whole(Fence),
    /// One step of several: the run goes on.
    Step(Fence),
}

/// What a worker learns when it renews its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// It has the run.
    Goes,
    /// It has the run, and somebody wants it stopped.
    CancelAsked,
    /// The run is no longer its own.
    Lost,
}

/// No run of the same subject has a worker.
const SUBJECT_IS_FREE: &str =
    "NOT EXISTS (SELECT 1 FROM job_run AS other WHERE other.state = 'running' AND other.subject = job_run.subject)";

impl JobRuns<'_> {
    /// Takes the run that is due for the longest time, for `lease`. `None` where nothing is due.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where another worker took a run of the same subject at the same moment, or what the database says.
    pub async fn claim(&self, worker: &str, lease: TimeDelta) -> Result<Option<JobRun>, StoreError> {
        let doing = "taking a run";
        // Who waits for work looks without SQLite's one lock.
        if due(database_now(&self.0).await?).one(&self.0).await.map_err(while_doing(doing))?.is_none() {
            return Ok(None);
        }
        let transaction = session::begin(&self.0).await?;
        let result = async {
            let now = database_now(&transaction).await?;
            // SQLite has no such locks and needs none: its transaction is the only one that writes.
            let select = due(now).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
            let Some(row) = select.one(&transaction).await.map_err(while_doing(doing))? else { return Ok(None) };
            let change = ActiveModel {
                state: Set(Stored(RunState::Running)),
                attempt: Set(row.attempt + 1),
                worker: Set(Some(text(worker))),
                lease_until: Set(Some(microseconds(now + lease))),
                started_at: Set(Some(now)),
                done: Set(0),
                total: Set(0),
                doing: Set(None),
                ..Default::default()
            };
            let update = Entity::update_many().set(change).filter(Column::Id.eq(row.id)).exec(&transaction).await;
            update.map_err(while_doing(doing))?;
            let row = Entity::find_by_id(row.id).one(&transaction).await.map_err(while_doing(doing))?;
            row.map(JobRun::from_row).transpose()
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// Renews the lease and notes how far the run is. A lease that ran out is not renewed.
    ///
    /// # Errors
    /// What the database says; the lease is then as it was.
    pub async fn beat(&self, fence: Fence, lease: TimeDelta, progress: &Progress) -> Result<Beat, StoreError> {
        let now = database_now(&self.0).await?;
        let change = ActiveModel {
            lease_until: Set(Some(microseconds(now + lease))),
            done: Set(to_column(progress.done, "run", fence.run)?),
            total: Set(to_column(progress.total, "run", fence.run)?),
            doing: Set(progress.doing.as_deref().map(text)),
            ..Default::default()
        };
        if !self.change(of(fence).add(Column::LeaseUntil.gt(now)), change, now, "renewing a lease").await? {
            return Ok(Beat::Lost);
        }
        Ok(if self.get(fence.run).await?.cancel_asked { Beat::CancelAsked } else { Beat::Goes })
    }

    /// Ends a run that did its work. It stands in the transaction that makes the work visible: both happen, or neither does.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where the run is no longer this worker's or somebody cancelled it, or what the database says.
    pub async fn end(&self, fence: Fence, message: &str, result: Option<&str>) -> Result<(), StoreError> {
        let now = database_now(&self.0).await?;
        let ended =
            ActiveModel { message: Set(Some(text(message))), result: Set(result.map(text)), ..ended(RunState::Done, now) };
        self.under(fence, ended, "ending a run").await
    }

    /// Keeps a step of a run from taking effect where the run is no longer this worker's. It stands in the step's transaction.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where the run is no longer this worker's or somebody cancelled it, or what the database says.
    pub async fn hold(&self, fence: Fence, message: &str) -> Result<(), StoreError> {
        let change = ActiveModel { doing: Set(Some(text(message))), ..Default::default() };
        self.under(fence, change, "holding a run").await
    }

    /// Changes a run that this worker has, or says that it lost it.
    async fn under(&self, fence: Fence, change: ActiveModel, doing: &'static str) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .set(change)
            .filter(of(fence))
            .filter(Column::LeaseUntil.gt(database_now(&self.0).await?))
            .filter(Column::CancelAsked.eq(false))
            .exec(&self.0);
        match update.await.map_err(while_doing(doing))?.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::LeaseLost { run: fence.run, attempt: fence.attempt }),
        }
    }

    /// Notes that an attempt failed: the run waits for `again`, or stays failed without one. False where the run is no longer this
    /// worker's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn fail(&self, fence: Fence, failures: u64, message: &str, again: Option<TimeDelta>) -> Result<bool, StoreError> {
        let now = database_now(&self.0).await?;
        let change = match again {
            None => ended(RunState::Failed, now),
            Some(wait) => waiting(now + wait),
        };
        let failures = Set(to_column(failures, "run", fence.run)?);
        let change = ActiveModel { failures, message: Set(Some(text(message))), ..change };
        self.change(of(fence), change, now, "noting that a run failed").await
    }

    /// Gives a run back that was not finished, at no fault of its own. False where it is no longer this worker's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release(&self, fence: Fence, message: &str) -> Result<bool, StoreError> {
        let now = database_now(&self.0).await?;
        let change = ActiveModel { message: Set(Some(text(message))), ..waiting(now) };
        self.change(of(fence), change, now, "giving a run back").await
    }

    /// Notes that a running run was stopped. False where it is no longer this worker's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn stopped(&self, fence: Fence, message: &str) -> Result<bool, StoreError> {
        let now = database_now(&self.0).await?;
        let change = ActiveModel { message: Set(Some(text(message))), ..ended(RunState::Cancelled, now) };
        self.change(of(fence), change, now, "noting that a run was stopped").await
    }

    /// Cancels a run: one that waits at once, one that is running as soon as its worker hears of it; nothing of it takes effect from now
    /// on. One that has ended stays as it is. Gives the run.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn cancel(&self, id: RunId, message: &str) -> Result<JobRun, StoreError> {
        let doing = "cancelling a run";
        let now = database_now(&self.0).await?;
        let change = ActiveModel { message: Set(Some(text(message))), ..ended(RunState::Cancelled, now) };
        let in_state = |state| Condition::all().add(Column::Id.eq(Stored(id))).add(Column::State.eq(Stored(state)));
        let waiting = Entity::update_many().set(change).filter(in_state(RunState::Queued)).exec(&self.0).await;
        if waiting.map_err(while_doing(doing))?.rows_affected == 0 {
            let ask = ActiveModel { cancel_asked: Set(true), ..Default::default() };
            let running = Entity::update_many().set(ask).filter(in_state(RunState::Running)).exec(&self.0).await;
            running.map_err(while_doing(doing))?;
        }
        self.get(id).await
    }

    /// Runs whose lease ran out wait again, or stay failed where they were lost too often. `wait` says how long a run with so many
    /// failures waits. Gives what was found.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_back(&self, wait: impl Fn(&JobRun) -> TimeDelta) -> Result<Vec<JobRun>, StoreError> {
        let now = database_now(&self.0).await?;
        let select = Entity::find()
            .filter(Column::State.eq(Stored(RunState::Running)))
            .filter(Column::LeaseUntil.lte(now))
            .order_by_asc(Column::LeaseUntil)
            .limit(100);
        let rows = select.all(&self.0).await.map_err(while_doing("looking for lost runs"))?;
        let mut found = Vec::new();
        for row in rows {
            let mut run = JobRun::from_row(row)?;
            run.failures += 1;
            let message = format!("the worker {} stopped answering", run.worker.as_deref().unwrap_or_default());
            let change = match () {
                () if run.cancel_asked => ended(RunState::Cancelled, now),
                () if run.failures >= run.most_failures => ended(RunState::Failed, now),
                () => waiting(now + wait(&run)),
            };
            let failures = Set(to_column(run.failures, "run", run.id)?);
            let change = ActiveModel { failures, message: Set(Some(text(&message))), ..change };
            // As it was seen: its worker may have renewed the lease since, where the clock was set back.
            let fence = Fence { run: run.id, attempt: run.attempt };
            if self.change(of(fence).add(Column::LeaseUntil.lte(now)), change, now, "taking a lost run back").await? {
                found.push(run);
            }
        }
        Ok(found)
    }

    /// Changes the run that fits; false where none does. A run that is to wait again ends instead where another waits for the same
    /// dirty subject: it would only do its work twice.
    async fn change(
        &self,
        fits: Condition,
        change: ActiveModel,
        now: DateTime<Utc>,
        doing: &'static str,
    ) -> Result<bool, StoreError> {
        let update = Entity::update_many().set(change).filter(fits.clone()).exec(&self.0).await;
        let update = match update {
            Err(error) if is_unique_violation(&error) => {
                let message = "another run waits for the same".to_owned();
                let change = ActiveModel { message: Set(Some(message)), ..ended(RunState::Cancelled, now) };
                Entity::update_many().set(change).filter(fits).exec(&self.0).await
            }
            update => update,
        };
        Ok(update.map_err(while_doing(doing))?.rows_affected == 1)
    }
}

/// The run that is due for the longest time and that a worker may take.
fn due(now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .filter(Column::State.eq(Stored(RunState::Queued)))
        .filter(Column::NotBefore.lte(now))
        .filter(Expr::cust(SUBJECT_IS_FREE))
        .order_by_asc(Column::NotBefore)
        .order_by_asc(Column::Id)
        .limit(1)
}

/// The run as this attempt has it.
fn of(fence: Fence) -> Condition {
    Condition::all()
        .add(Column::Id.eq(Stored(fence.run)))
        .add(Column::Attempt.eq(i64::try_from(fence.attempt).unwrap_or(i64::MAX)))
        .add(Column::State.eq(Stored(RunState::Running)))
}

fn ended(state: RunState, at: DateTime<Utc>) -> job_run::ActiveModel {
    ActiveModel { state: Set(Stored(state)), lease_until: Set(None), ended_at: Set(Some(at)), ..Default::default() }
}

fn waiting(until: DateTime<Utc>) -> job_run::ActiveModel {
    ActiveModel {
        state: Set(Stored(RunState::Queued)),
        lease_until: Set(None),
        not_before: Set(microseconds(until)),
        ..Default::default()
    }
}
