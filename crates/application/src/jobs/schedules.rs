//! Schedules: the published document, and how far each of them is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_jobs::{Schedule, ScheduleFile};
use farthing_store::{DocumentKind as StoredKind, JobRun, JobSchedule, RunState};
use serde::Serialize;
use utoipa::ToSchema;

use super::Work;
use crate::documents::Seen;
use crate::{Error, Farthing, Published};

/// Schedules that were checked.
pub(crate) struct CheckedSchedules(Vec<Schedule>);

impl CheckedSchedules {
    /// In one sentence.
    pub fn summary(&self) -> String {
        let off = self.0.iter().filter(|schedule| !schedule.enabled).count();
        let plural = if self.0.len() == 1 { "" } else { "s" };
        format!("{} schedule{plural}, {off} of them switched off", self.0.len())
    }
}

/// Reads a document of schedules, or says all that is wrong with it.
pub(crate) fn schedules_of(text: &str, name: &str) -> Result<CheckedSchedules, Error> {
    let failed = |problems: Vec<String>| Error::Document { file: name.to_owned(), problems };
    let file = ScheduleFile::parse(text).map_err(|problems| failed(problems.iter().map(ToString::to_string).collect()))?;
    let work = |schedule: &Schedule| {
        let read = Work::read(&schedule.kind, &schedule.with).and_then(Work::for_anybody);
        read.err().map(|error| format!("schedule {}: {error}", schedule.name))
    };
    let problems: Vec<String> = file.schedules.iter().filter_map(work).collect();
    if problems.is_empty() { Ok(CheckedSchedules(file.schedules)) } else { Err(failed(problems)) }
}

/// A schedule and how far it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScheduleStatus {
    /// Its name, which is the job's.
    pub name: String,
    /// The kind of work.
    pub kind: String,
    /// The source that it brings facts of, where it does.
    pub source: Option<String>,
    /// Its cron expression.
    pub cron: String,
    /// The time zone of the expression.
    pub time_zone: String,
    /// False where it is switched off.
    pub enabled: bool,
    /// When it is next due.
    pub next_at: Option<DateTime<Utc>>,
    /// Times that were left out because nobody could keep them.
    pub missed: u64,
    /// The time that the last run was for that did its work.
    pub fresh_as_of: Option<DateTime<Utc>>,
    /// When that run ended.
    pub last_done_at: Option<DateTime<Utc>>,
    /// When the last run ended that failed, where that is later.
    pub failed_at: Option<DateTime<Utc>>,
    /// Why.
    pub last_error: Option<String>,
}

impl Farthing {
    /// Publishes schedules in place of those before: the document and what is due are changed in one transaction. A schedule that is
    /// the same stays where it is; others are due from now on.
    pub(crate) async fn publish_schedules(
        &self,
        checked: Published,
        text: &str,
        by: &str,
        seen: &[Seen],
    ) -> Result<Published, Error> {
        let schedules = schedules_of(text, "schedules")?;
        let now = self.store.now().await?;
        let work = self.store.begin().await?;
        let published = work.documents().publish_beside(StoredKind::Schedules, text, by, self.now(), seen).await?;
        let all = work.job_schedules().all().await?;
        let known: BTreeMap<&str, &JobSchedule> = all.iter().map(|schedule| (schedule.name.as_str(), schedule)).collect();
        let row = |schedule: &Schedule| {
            let definition = schedule.definition();
            match known.get(schedule.name.as_str()) {
                Some(known) if known.definition == definition => (*known).clone(),
                _ => {
                    let next_at = if schedule.enabled { schedule.calendar.after(now) } else { None };
                    JobSchedule { name: schedule.name.clone(), definition, next_at, seen_at: now, missed: 0 }
                }
            }
        };
        work.job_schedules().replace(&schedules.0.iter().map(row).collect::<Vec<_>>()).await?;
        self.record_document(&work, &published).await?;
        work.commit().await?;
        Ok(Published { version: Some(published.document.version), changed: published.is_new, ..checked })
    }

    /// Each schedule by name: when it is next due, how fresh what it makes is, and its last error.
    ///
    /// # Errors
    /// When the database fails, or a newer program published the schedules.
    pub async fn schedules(&self) -> Result<Vec<ScheduleStatus>, Error> {
        let by_job = |runs: Vec<JobRun>| runs.into_iter().map(|run| (run.job.clone(), run)).collect::<BTreeMap<_, _>>();
        let done = by_job(self.store.job_runs().last(&[RunState::Done]).await?);
        let failed = by_job(self.store.job_runs().last(&[RunState::Failed]).await?);
        let schedules = self.store.job_schedules().all().await?;
        schedules.iter().map(|schedule| status(schedule, done.get(&schedule.name), failed.get(&schedule.name))).collect()
    }
}

fn status(kept: &JobSchedule, done: Option<&JobRun>, failed: Option<&JobRun>) -> Result<ScheduleStatus, Error> {
    let schedule = Schedule::from_definition(&kept.definition).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::Document { file: format!("schedule {}, as it is kept", kept.name), problems }
    })?;
    let last_done_at = done.and_then(|run| run.ended_at);
    let failed = failed.filter(|run| run.ended_at > last_done_at);
    Ok(ScheduleStatus {
        name: kept.name.clone(),
        kind: schedule.kind.clone(),
        source: Work::read(&schedule.kind, &schedule.with).ok().and_then(|work| work.source().map(ToString::to_string)),
        cron: schedule.cron().to_owned(),
        time_zone: schedule.time_zone().to_owned(),
        enabled: schedule.enabled,
        next_at: kept.next_at,
        missed: kept.missed,
        fresh_as_of: done.map(|run| run.scheduled_at),
        last_done_at,
        failed_at: failed.and_then(|run| run.ended_at),
        last_error: failed.and_then(|run| run.message.clone()),
    })
}
