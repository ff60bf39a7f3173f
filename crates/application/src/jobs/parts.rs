//! A fleet plan of many workers: workloads that share no quota and no commitment are instances of their own, each solved by whoever takes
//! it, with the same plan in the end as if one process had solved them all.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use farthing_optimizer::fleet::{self, Instance, Outcome, PartPlan};
use farthing_store::{JobRun, NewRun, RunId, RunState};
use serde_json::Value;

use super::Work;
use super::work::SolveWork;
use crate::{Error, Farthing, Progress, SolveLimits};

/// How long what a worker finished may go unnoticed.
const GLANCE: Duration = Duration::from_millis(200);
/// Attempts at a part, since a worker may die of something else.
const ATTEMPTS: u64 = 5;

impl Farthing {
    /// Plans an instance by the workers of this installation: each independent part is a run of the kind `solve`. The plan is verified and
    /// priced as a whole, and is byte for byte that of [`crate::solve_fleet_instance`] where no clock stopped a part.
    ///
    /// `progress` hears how many parts are solved; where it says stop, runs that are not done are cancelled.
    ///
    /// # Errors
    /// When a part fails in its last attempt or the caller stops; an infeasible instance is an answer.
    pub async fn plan_fleet_by_workers(
        &self,
        instance: &Instance,
        name: &str,
        limits: &SolveLimits,
        mut progress: impl FnMut(Progress, usize, usize) -> ControlFlow<()>,
    ) -> Result<Outcome, Error> {
        let start = Instant::now();
        let parts = fleet::parts(instance);
        let instances: Vec<Instance> = (0..parts.len()).map(|index| fleet::part(instance, &parts, index)).collect();
        let runs = self.ask_parts(&instances, limits).await?;
        let finished = loop {
            let mut seen = Vec::with_capacity(runs.len());
            for id in &runs {
                seen.push(self.store.job_runs().get(*id).await?);
            }
            let done = seen.iter().filter(|run| run.state == RunState::Done).count();
            if let Some(lost) = seen.iter().find(|run| matches!(run.state, RunState::Failed | RunState::Cancelled)) {
                self.cancel_parts(&runs).await?;
                let (id, why) = (lost.id, lost.message.as_deref().unwrap_or("cancelled"));
                return Err(Error::Invalid(format!("{name}: a part was not solved, run {id}: {why}")));
            }
            let told = Progress {
                phase: "parts solved by workers",
                seconds: start.elapsed().as_secs_f64(),
                objective: None,
                bound: None,
            };
            let stopped = progress(told, done, runs.len()).is_break();
            if done == runs.len() {
                break seen;
            }
            if stopped {
                self.cancel_parts(&runs).await?;
                return Err(Error::Invalid(format!(
                    "{name}: stopped with {done} of {} parts solved; there is no plan without the others",
                    runs.len()
                )));
            }
            tokio::time::sleep(GLANCE).await;
        };
        let found = instances.iter().zip(&finished).map(|(part, run)| part_plan(part, run)).collect::<Result<Vec<_>, Error>>()?;
        let failed = |error: fleet::SolveError| Error::Invalid(format!("{name}: {error}"));
        let Some(found) = found.into_iter().collect::<Option<Vec<PartPlan>>>() else {
            // What cannot be met is said of the whole, as it is where nothing was split.
            return fleet::solve(instance, limits, &mut |_| ControlFlow::Continue(())).map_err(failed);
        };
        let mut outcome = fleet::join(instance, &parts, &found, limits.gap).map_err(failed)?;
        outcome.seconds = start.elapsed().as_secs_f64();
        Ok(outcome)
    }

    async fn ask_parts(&self, instances: &[Instance], limits: &SolveLimits) -> Result<Vec<RunId>, Error> {
        let now = self.store.now().await?;
        let mut runs = Vec::with_capacity(instances.len());
        for (index, part) in instances.iter().enumerate() {
            // As text, whose numbers keep every digit on their way.
            let text = serde_json::to_string(part).map_err(|error| Error::Panicked(error.to_string()))?;
            let work = SolveWork {
                model: "fleet".to_owned(),
                instance: Value::String(text),
                time_limit_seconds: limits.time_limit.as_secs().max(1),
                gap: limits.gap,
                rounds: limits.rounds,
            };
            let (kind, parameters) = Work::Solve(work).kept();
            let id = RunId::new(now);
            runs.push(NewRun {
                id,
                job: format!("{kind}/{id}/{index}"),
                kind,
                parameters,
                subject: None,
                hint: false,
                scheduled_at: now,
                not_before: now,
                asked_by: None,
                created_at: now,
                most_failures: ATTEMPTS,
                retry_seconds: 1,
            });
        }
        self.store.job_runs().add_all(&runs).await?;
        Ok(runs.into_iter().map(|run| run.id).collect())
    }

    async fn cancel_parts(&self, runs: &[RunId]) -> Result<(), Error> {
        for id in runs {
            self.store.job_runs().cancel(*id, "the plan that it is a part of was stopped").await?;
        }
        Ok(())
    }
}

/// The plan of a part; `None` where it cannot be met.
fn part_plan(part: &Instance, run: &JobRun) -> Result<Option<PartPlan>, Error> {
    let unreadable = || Error::Panicked(format!("run {} has an answer that is no fleet plan", run.id));
    let text = run.result.as_deref().ok_or_else(unreadable)?;
    let status = serde_json::from_str::<Value>(text).map(|file| file["status"].clone()).unwrap_or_default();
    if status == "infeasible" {
        return Ok(None);
    }
    PartPlan::read(part, text).map(Some).ok_or_else(unreadable)
}
