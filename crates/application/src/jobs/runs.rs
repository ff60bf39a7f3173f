//! Runs: asked for, looked at, cancelled.

use chrono::{DateTime, Utc};
use farthing_audit::Action;
use farthing_jobs::Schedule;
use farthing_store::{JobRun, NewRun, Progress, RunFilter, RunId, RunState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Work;
use crate::{Error, Farthing};

/// A run that somebody asks for: of a schedule by its name, or of any work.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedRun {
    /// The schedule whose work is to be done now.
    pub schedule: Option<String>,
    /// Or the kind of work.
    pub kind: Option<String>,
    /// What the work is told, where a kind is given.
    #[schema(value_type = Object)]
    pub with: Option<Value>,
}

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub struct JobsQuery {
    /// Only those in this state.
    pub state: Option<RunState>,
    /// Only those of this job.
    pub job: Option<String>,
    /// Only those that were added before the one of this id.
    pub before: Option<String>,
    /// At most so many; 100 without it.
    pub limit: Option<u64>,
}

/// A run of a job, as people see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobReport {
    /// Its id.
    pub id: String,
    /// The job: the name of its schedule, or the kind of work.
    pub job: String,
    /// The kind of work.
    pub kind: String,
    /// What the work is told.
    #[schema(value_type = Object)]
    pub with: Value,
    /// What it is about: of one subject one run goes at a time.
    pub subject: Option<String>,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    pub state: &'static str,
    /// The time that it is the run of.
    pub scheduled_at: DateTime<Utc>,
    /// When it may begin, or begin again.
    pub not_before: DateTime<Utc>,
    /// How many workers took it.
    pub attempt: u64,
    /// How many of them failed or were lost.
    pub failures: u64,
    /// At how many it stays failed.
    pub most_failures: u64,
    /// Who has it, or had it last.
    pub worker: Option<String>,
    /// Until when the worker has it.
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
    /// How much of the last attempt is done.
    pub progress_done: u64,
    /// How much there is to do; 0 where that is not known.
    pub progress_total: u64,
    /// What is being done.
    pub doing: Option<String>,
    /// What it said at its end, or why the last attempt failed.
    pub message: Option<String>,
    /// Its answer, where it has one.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
}

/// The most runs that are listed at once: a page of the API, and one that tells whether there is another.
const MOST_LISTED: u64 = 10_001;

impl Farthing {
    /// Adds a run that is due now.
    ///
    /// # Errors
    /// When there is no such schedule or the work makes no sense.
    pub async fn ask_run(&self, asked: &AskedRun) -> Result<JobReport, Error> {
        let (job, work, most_failures, retry_seconds) = match (&asked.schedule, &asked.kind) {
            (Some(name), None) if asked.with.is_none() => {
                let schedule = self.schedule(name).await?;
                let work = Work::read(&schedule.kind, &schedule.with)?;
                (name.clone(), work, schedule.most_failures, schedule.retry_seconds)
            }
            (None, Some(kind)) => {
                let none = Value::Object(serde_json::Map::new());
                let work = Work::read(kind, asked.with.as_ref().unwrap_or(&none))?;
                (kind.clone(), work.for_anybody()?, 5, 30)
            }
            _ => return Err(Error::Invalid("name a schedule, or a kind of work and what it is told".to_owned())),
        };
        let subject = match &asked.schedule {
            Some(name) => Some(format!("job/{name}")),
            None => work.subject(),
        };
        self.add_asked(job, subject, &work, most_failures, retry_seconds).await
    }

    /// Adds a run that does what somebody was let to ask for, and would otherwise have to wait for.
    ///
    /// # Errors
    /// When the work makes no sense.
    pub async fn ask_work(&self, kind: &str, with: &Value) -> Result<JobReport, Error> {
        let work = Work::read(kind, with)?;
        // What is wrong with it is told; there is nothing to try again.
        self.add_asked(kind.to_owned(), work.subject(), &work, 2, 5).await
    }

    async fn add_asked(
        &self,
        job: String,
        subject: Option<String>,
        work: &Work,
        most_failures: u64,
        retry_seconds: u64,
    ) -> Result<JobReport, Error> {
        let now = self.store.now().await?;
        let (kind, parameters) = work.kept();
        let id = RunId::new(now);
        let run = NewRun {
            id,
            job,
            kind,
            parameters,
            subject,
            hint: false,
            scheduled_at: now,
            not_before: now,
            asked_by: Some(self.actor.trim().to_owned()),
            created_at: now,
            most_failures,
            retry_seconds,
        };
        let work = self.store.begin().await?;
        if !work.job_runs().add(&run).await? {
            let why = "a run of the same job was asked for at the very same moment; ask again";
            return Err(Error::Changed(why.to_owned()));
        }
        let details = json!({"job": run.job, "kind": run.kind});
        self.record(&work, &self.actor, Action::JobAsked, format!("run {id}"), details).await?;
        work.commit().await?;
        Ok(report(self.store.job_runs().get(id).await?))
    }

    async fn schedule(&self, name: &str) -> Result<Schedule, Error> {
        let all = self.store.job_schedules().all().await?;
        let found = all.iter().find(|schedule| schedule.name == name);
        let found = found.ok_or_else(|| {
            Error::Nothing(format!("there is no schedule {name:?}. `farthing schedules list` lists what there is"))
        })?;
        Schedule::from_definition(&found.definition).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Error::Document { file: format!("schedule {name}, as it is kept"), problems }
        })
    }

    /// The newest runs, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(&self, query: &JobsQuery) -> Result<Vec<JobReport>, Error> {
        let limit = query.limit.unwrap_or(100).min(MOST_LISTED);
        let before = query.before.as_deref().map(run_id).transpose()?;
        let filter = RunFilter { state: query.state, job: query.job.clone(), before, limit };
        Ok(self.store.job_runs().list(&filter).await?.into_iter().map(report).collect())
    }

    /// One run: how far it is, and what came of it.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn job(&self, id: &str) -> Result<JobReport, Error> {
        Ok(report(self.store.job_runs().get(run_id(id)?).await?))
    }

    /// Cancels a run: one that waits at once, one that is running as soon as its worker hears of it.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn cancel_job(&self, id: &str, by: &str) -> Result<JobReport, Error> {
        let id = run_id(id)?;
        let work = self.store.begin().await?;
        let run = work.job_runs().cancel(id, &format!("cancelled by {by}")).await?;
        self.record(&work, by, Action::JobCancelled, format!("run {id}"), json!({"job": run.job})).await?;
        work.commit().await?;
        Ok(report(run))
    }

    /// How many runs there are in each state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_counts(&self) -> Result<Vec<(RunState, u64)>, Error> {
        Ok(self.store.job_runs().counts().await?)
    }
}

fn run_id(id: &str) -> Result<RunId, Error> {
    id.parse().map_err(|_| Error::Nothing(format!("there is no run {id:?}. `farthing jobs list` lists the runs")))
}

fn report(run: JobRun) -> JobReport {
    // A text that is no JSON was written by something else, and is shown as it is.
    let json = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
    let Progress { done, total, doing } = run.progress;
    JobReport {
        id: run.id.to_string(),
        job: run.job,
        kind: run.kind,
        with: json(run.parameters),
        subject: run.subject,
        state: run.state.as_str(),
        scheduled_at: run.scheduled_at,
        not_before: run.not_before,
        attempt: run.attempt,
        failures: run.failures,
        most_failures: run.most_failures,
        worker: run.worker,
        lease_until: run.lease_until,
        cancel_asked: run.cancel_asked,
        asked_by: run.asked_by,
        created_at: run.created_at,
        started_at: run.started_at,
        ended_at: run.ended_at,
        progress_done: done,
        progress_total: total,
        doing,
        message: run.message,
        result: run.result.map(json),
    }
}
