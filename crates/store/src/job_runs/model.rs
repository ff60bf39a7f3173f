//! What is known of a run.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};

use crate::entity::job_run;
use crate::session::{from_column, microseconds, text, to_column};
use crate::stored::Stored;
use crate::{RunId, RunState, StoreError};

/// A run that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// Its id, made by the caller with [`RunId::new`].
    pub id: RunId,
    /// The job: the name of its schedule, or what it does where there is none.
    pub job: String,
    /// The kind of work.
    pub kind: String,
    /// What the work is told, as JSON.
    pub parameters: String,
    /// What it is about: of one subject one run goes at a time.
    pub subject: Option<String>,
    /// That the subject is dirty: one such run that waits is enough.
    pub hint: bool,
    /// The time that it is the run of; a job has one run a time.
    pub scheduled_at: DateTime<Utc>,
    /// When it may begin.
    pub not_before: DateTime<Utc>,
    /// Who asked for it; nobody where it came due by itself.
    pub asked_by: Option<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// How often it may fail before it stays failed: 1 is once.
    pub most_failures: u64,
    /// The wait after the first failure, in seconds; it doubles with each further one.
    pub retry_seconds: u64,
}

/// How far a run is, in whatever its work counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// How much there is to do; 0 where that is not known.
    pub total: u64,
    /// What is being done.
    pub doing: Option<String>,
}

/// One run of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRun {
    /// Its id.
    pub id: RunId,
    /// The job: the name of its schedule, or what it does where there is none.
    pub job: String,
    /// The kind of work.
    pub kind: String,
    /// What the work is told, as JSON.
    pub parameters: String,
    /// What it is about.
    pub subject: Option<String>,
    /// The time that it is the run of.
    pub scheduled_at: DateTime<Utc>,
    /// When it may begin, or begin again.
    pub not_before: DateTime<Utc>,
    /// How far it is.
    pub state: RunState,
    /// How many workers took it: the fencing token of the last one.
    pub attempt: u64,
    /// How many of them failed or were lost.
    pub failures: u64,
    /// At how many it stays failed.
    pub most_failures: u64,
    /// The wait after the first failure, in seconds.
    pub retry_seconds: u64,
    /// Who has it, or had it last.
    pub worker: Option<String>,
    /// Until when the worker has it, by the database's clock.
    pub lease_until: Option<DateTime<Utc>>,
    /// That somebody wants it stopped.
    pub cancel_asked: bool,
    /// Who asked for it; nobody where it came due by itself.
    pub asked_by: Option<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When the last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How far the last attempt is, or was.
    pub progress: Progress,
    /// What it said at its end, or why the last attempt failed.
    pub message: Option<String>,
    /// Its answer as JSON, where it has one.
    pub result: Option<String>,
}

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Only those in this state.
    pub state: Option<RunState>,
    /// Only those of this job.
    pub job: Option<String>,
    /// Only those that were added before this one.
    pub before: Option<RunId>,
    /// At most so many.
    pub limit: u64,
}

impl NewRun {
    pub(super) fn to_row(&self) -> Result<job_run::ActiveModel, StoreError> {
        let count = |number| to_column(number, "run", self.id);
        Ok(job_run::ActiveModel {
            id: Set(Stored(self.id)),
            job: Set(text(&self.job)),
            kind: Set(self.kind.clone()),
            parameters: Set(text(&self.parameters)),
            subject: Set(self.subject.as_deref().map(text)),
            hint: Set(self.hint),
            scheduled_at: Set(microseconds(self.scheduled_at)),
            not_before: Set(microseconds(self.not_before)),
            state: Set(Stored(RunState::Queued)),
            attempt: Set(0),
            failures: Set(0),
            most_failures: Set(count(self.most_failures)?),
            retry_seconds: Set(count(self.retry_seconds)?),
            worker: Set(None),
            lease_until: Set(None),
            cancel_asked: Set(false),
            created_at: Set(microseconds(self.created_at)),
            started_at: Set(None),
            ended_at: Set(None),
            done: Set(0),
            total: Set(0),
            doing: Set(None),
            message: Set(None),
            result: Set(None),
            asked_by: Set(self.asked_by.as_deref().map(text)),
        })
    }
}

impl JobRun {
    pub(super) fn from_row(row: job_run::Model) -> Result<Self, StoreError> {
        let count = |number| from_column(number, "run", row.id.0);
        let (done, total) = (count(row.done)?, count(row.total)?);
        Ok(Self {
            id: row.id.0,
            attempt: count(row.attempt)?,
            failures: count(row.failures)?,
            most_failures: count(row.most_failures)?,
            retry_seconds: count(row.retry_seconds)?,
            job: row.job,
            kind: row.kind,
            parameters: row.parameters,
            subject: row.subject,
            scheduled_at: row.scheduled_at,
            not_before: row.not_before,
            state: row.state.0,
            worker: row.worker,
            lease_until: row.lease_until,
            cancel_asked: row.cancel_asked,
            asked_by: row.asked_by,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            progress: Progress { done, total, doing: row.doing },
            message: row.message,
            result: row.result,
        })
    }
}
