//! When jobs are next due.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::entity::job_schedule;
use crate::error::while_doing;
use crate::session::{self, Session, from_column, microseconds, to_column};
use crate::{JobRuns, NewRun, StoreError};

/// A schedule and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobSchedule {
    /// Its name, which is the name of the job.
    pub name: String,
    /// What it is, as JSON: whoever publishes schedules knows the form.
    pub definition: String,
    /// When it is next due; `None` where it is switched off or has no time left.
    pub next_at: Option<DateTime<Utc>>,
    /// What the clock said when that was decided.
    pub seen_at: DateTime<Utc>,
    /// Times that were left out because they were too long ago.
    pub missed: u64,
}

/// A step of a schedule: the runs that are due, and when it is due next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The schedule as it was seen: another scheduler that has stepped since leaves nothing to do.
    pub from: JobSchedule,
    /// When it is due next.
    pub next_at: Option<DateTime<Utc>>,
    /// What the clock said.
    pub seen_at: DateTime<Utc>,
    /// Times that are left out.
    pub missed: u64,
    /// What is to run.
    pub runs: Vec<NewRun>,
}

/// The schedules.
#[derive(Debug)]
pub struct JobSchedules<'a>(Session<'a>);

impl<'a> JobSchedules<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// All schedules by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all(&self) -> Result<Vec<JobSchedule>, StoreError> {
        let select = job_schedule::Entity::find().order_by_asc(job_schedule::Column::Name);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the schedules"))?;
        rows.into_iter().map(JobSchedule::from_row).collect()
    }

    /// At most `limit` schedules that are due at `now`, or whose last step was taken by a clock that was ahead of it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn due(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<JobSchedule>, StoreError> {
        let now = microseconds(now);
        let mut found: BTreeMap<String, JobSchedule> = BTreeMap::new();
        // Two statements, each with an index of its own.
        for (column, condition) in [
            (job_schedule::Column::NextAt, Condition::all().add(job_schedule::Column::NextAt.lte(now))),
            (
                job_schedule::Column::SeenAt,
                Condition::all().add(job_schedule::Column::SeenAt.gt(now)).add(job_schedule::Column::NextAt.is_not_null()),
            ),
        ] {
            let select = job_schedule::Entity::find().filter(condition).order_by_asc(column).limit(limit);
            for row in select.all(&self.0).await.map_err(while_doing("reading what is due"))? {
                let schedule = JobSchedule::from_row(row)?;
                found.insert(schedule.name.clone(), schedule);
            }
        }
        Ok(found.into_values().collect())
    }

    /// When the next schedule is due.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let select = job_schedule::Entity::find()
            .filter(job_schedule::Column::NextAt.is_not_null())
            .order_by_asc(job_schedule::Column::NextAt)
            .limit(1);
        let row = select.one(&self.0).await.map_err(while_doing("reading what is due next"))?;
        Ok(row.and_then(|row| row.next_at))
    }

    /// Puts these schedules in place of those that there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn replace(&self, schedules: &[JobSchedule]) -> Result<(), StoreError> {
        let failed = while_doing("replacing the schedules");
        let transaction = session::begin(&self.0).await?;
        let result = async {
            job_schedule::Entity::delete_many().exec(&transaction).await.map_err(&failed)?;
            for chunk in schedules.chunks(500) {
                let rows = chunk.iter().map(JobSchedule::to_row).collect::<Result<Vec<_>, _>>()?;
                job_schedule::Entity::insert_many(rows).exec_without_returning(&transaction).await.map_err(&failed)?;
            }
            Ok(())
        };
        let result = result.await;
        session::finish(transaction, result).await
    }

    /// Takes steps, all in one transaction: each adds its runs and moves its schedule on, unless another scheduler was first. Gives how
    /// many runs were added.
    ///
    /// # Errors
    /// What the database says; then no step was taken.
    pub async fn step(&self, steps: &[Step]) -> Result<u64, StoreError> {
        let transaction = session::begin(&self.0).await?;
        let result = async {
            let mut runs = Vec::new();
            for step in steps {
                if self::take(&transaction, step).await? {
                    runs.extend_from_slice(&step.runs);
                }
            }
            JobRuns::on(Session::Transaction(&transaction)).add_all(&runs).await
        };
        let result = result.await;
        session::finish(transaction, result).await
    }
}

/// Moves a schedule on; false where it is no longer where it was seen.
async fn take(transaction: &sea_orm::DatabaseTransaction, step: &Step) -> Result<bool, StoreError> {
    let missed = step.from.missed.saturating_add(step.missed);
    let change = job_schedule::ActiveModel {
        next_at: Set(step.next_at.map(microseconds)),
        seen_at: Set(microseconds(step.seen_at)),
        missed: Set(to_column(missed, "schedule", &step.from.name)?),
        ..Default::default()
    };
    let update = job_schedule::Entity::update_many()
        .set(change)
        .filter(job_schedule::Column::Name.eq(&step.from.name))
        .filter(job_schedule::Column::SeenAt.eq(microseconds(step.from.seen_at)))
        .filter(match step.from.next_at {
            Some(next_at) => job_schedule::Column::NextAt.eq(microseconds(next_at)),
            None => job_schedule::Column::NextAt.is_null(),
        })
        .filter(job_schedule::Column::Definition.eq(&step.from.definition))
        .exec(transaction);
    Ok(update.await.map_err(while_doing("moving a schedule on"))?.rows_affected == 1)
}

impl JobSchedule {
    fn from_row(row: job_schedule::Model) -> Result<Self, StoreError> {
        Ok(Self {
            missed: from_column(row.missed, "schedule", &row.name)?,
            name: row.name,
            definition: row.definition,
            next_at: row.next_at,
            seen_at: row.seen_at,
        })
    }

    fn to_row(&self) -> Result<job_schedule::ActiveModel, StoreError> {
        Ok(job_schedule::ActiveModel {
            name: Set(self.name.clone()),
            definition: Set(self.definition.clone()),
            next_at: Set(self.next_at.map(microseconds)),
            seen_at: Set(microseconds(self.seen_at)),
            missed: Set(to_column(self.missed, "schedule", &self.name)?),
        })
    }
}
