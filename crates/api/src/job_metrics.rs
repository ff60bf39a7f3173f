//! What jobs say of themselves: how many runs wait, what is fresh and what fails.

use std::sync::atomic::AtomicI64;

use farthing_application::{Error, Farthing};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfJob {
    job: String,
}

type OfJobs = Family<OfJob, Gauge<i64, AtomicI64>>;

/// The figures of jobs.
pub(crate) struct JobMetrics {
    runs: Family<InState, Gauge<i64, AtomicI64>>,
    next: OfJobs,
    done: OfJobs,
    failing: OfJobs,
    missed: OfJobs,
}

impl JobMetrics {
    /// Makes the figures known.
    pub fn register(registry: &mut Registry) -> Self {
        let (runs, next, done, failing, missed) =
            (Family::default(), OfJobs::default(), OfJobs::default(), OfJobs::default(), OfJobs::default());
        registry.register("job_runs", "Runs of jobs that are kept, by their state", runs.clone());
        registry.register("job_next_timestamp_seconds", "When a schedule is next due", next.clone());
        registry.register("job_done_timestamp_seconds", "When the last run ended that did its work", done.clone());
        registry.register("job_failing", "1 where the last run failed for good", failing.clone());
        registry.register("job_missed_times", "Times that a schedule left out because nobody could keep them", missed.clone());
        Self { runs, next, done, failing, missed }
    }

    /// Puts the figures of now in place of the earlier ones.
    pub async fn state(&self, farthing: &Farthing) -> Result<(), Error> {
        let (counts, schedules) = (farthing.job_counts().await?, farthing.schedules().await?);
        self.runs.clear();
        for (state, runs) in counts {
            let runs = i64::try_from(runs).unwrap_or(i64::MAX);
            self.runs.get_or_create(&InState { state: state.as_str() }).set(runs);
        }
        for family in [&self.next, &self.done, &self.failing, &self.missed] {
            family.clear();
        }
        for schedule in schedules {
            let job = OfJob { job: schedule.name };
            for (family, moment) in [(&self.next, schedule.next_at), (&self.done, schedule.last_done_at)] {
                if let Some(moment) = moment {
                    family.get_or_create(&job).set(moment.timestamp());
                }
            }
            self.failing.get_or_create(&job).set(schedule.failed_at.is_some().into());
            self.missed.get_or_create(&job).set(i64::try_from(schedule.missed).unwrap_or(i64::MAX));
        }
        Ok(())
    }
}
