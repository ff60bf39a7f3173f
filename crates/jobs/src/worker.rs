//! Takes runs and has them done. Any number of workers may do so at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use farthing_store::{Beat, Fence, JobRun, Progress, RunState, Store, StoreError};
use tokio::sync::watch;

use crate::retry_after;

/// Does the work of a run.
#[async_trait::async_trait]
pub trait Executor: Send + Sync {
    /// Does it, and says how far it is through `running`. What takes effect commits together with the end of the run, in a transaction
    /// that shows [`Running::fence`]; work whose effects are the same however often they happen may leave the end to the worker.
    async fn execute(&self, run: &JobRun, running: Running) -> Result<Answer, Failure>;
}

/// What work that went well leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What there is to say.
    pub message: String,
    /// The answer as JSON, where there is one.
    pub result: Option<String>,
}

/// How work failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why, and the next step.
    pub message: String,
    /// True where the same may well succeed later.
    pub may_pass: bool,
}

/// Why a run should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody cancelled it.
    Cancelled,
    /// The worker ends; another will take the run.
    WorkerEnds,
    /// The run is another worker's by now.
    Lost,
}

/// A run under way, as its work sees it.
#[derive(Clone, Debug)]
pub struct Running {
    /// What transactions show.
    pub fence: Fence,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    stop: AtomicBool,
    why: Mutex<Option<Stop>>,
    progress: Mutex<Progress>,
}

impl Running {
    fn new(fence: Fence) -> Self {
        Self { fence, state: Arc::default() }
    }

    /// True once the work is to stop.
    pub fn is_stopped(&self) -> bool {
        self.state.stop.load(Ordering::Relaxed)
    }

    /// Says how far the work is.
    pub fn progress(&self, done: u64, total: u64, doing: Option<String>) {
        *lock(&self.state.progress) = Progress { done, total, doing };
    }

    fn stop(&self, why: Stop) {
        lock(&self.state.why).get_or_insert(why);
        self.state.stop.store(true, Ordering::Relaxed);
    }

    fn why(&self) -> Option<Stop> {
        *lock(&self.state.why)
    }
}

/// What is behind these locks is whole at any moment, also where a thread panicked that held one.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Its name, for whoever looks at a run.
    pub name: String,
    /// How many runs it does at the same time.
    pub parallel: usize,
    /// For how long it has a run without a sign of life.
    pub lease: Duration,
    /// How long it waits where nothing is due.
    pub poll: Duration,
    /// How long runs under way may take once it is told to stop; then they are given back.
    pub grace: Duration,
    /// Ends once nothing is due, instead of waiting.
    pub until_idle: bool,
}

/// Takes runs that are due and has them done.
#[derive(Clone)]
pub struct Worker {
    store: Store,
    executor: Arc<dyn Executor>,
    options: WorkerOptions,
}

impl Worker {
    /// On a database.
    pub fn new(store: Store, executor: Arc<dyn Executor>, options: WorkerOptions) -> Self {
        Self { store, executor, options }
    }

    /// Works until it is told to stop: takes nothing more, lets what is under way end for a while, and gives the rest back.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        let one = |number: usize| {
            let (worker, stop) = (self.clone(), stop.clone());
            tokio::spawn(async move { worker.work(number, stop).await })
        };
        let working: Vec<_> = (1..=self.options.parallel.max(1)).map(one).collect();
        for one in working {
            if let Err(error) = one.await {
                tracing::error!("a worker's task ended: {error}");
            }
        }
    }

    async fn work(&self, number: usize, mut stop: watch::Receiver<bool>) {
        let name = format!("{}/{number}", self.options.name);
        while !*stop.borrow() {
            let wait = match self.take(&name).await {
                Ok(Some(run)) => {
                    self.attempt(&run, stop.clone()).await;
                    continue;
                }
                Ok(None) if self.options.until_idle => return,
                Ok(None) => self.options.poll,
                // Somebody else was faster; there may be more.
                Err(StoreError::Conflict { .. }) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!("worker {name} tries again: {error}");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn take(&self, name: &str) -> Result<Option<JobRun>, StoreError> {
        let wait = |run: &JobRun| retry_after(run.retry_seconds, run.failures, &run.id.to_string());
        for lost in self.store.job_runs().take_back(wait).await? {
            tracing::warn!(run.id = %lost.id, run.job = %lost.job, run.worker = lost.worker, "a run lost its worker");
        }
        self.store.job_runs().claim(name, self.lease()).await
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.options.lease).unwrap_or(TimeDelta::MAX)
    }

    /// Makes one attempt at a run, and notes how it went.
    async fn attempt(&self, run: &JobRun, stop: watch::Receiver<bool>) {
        let fence = Fence { run: run.id, attempt: run.attempt };
        let running = Running::new(fence);
        tracing::info!(run.id = %run.id, run.job = %run.job, run.attempt = run.attempt, "a run begins");
        let watching = tokio::spawn(self.clone().watch(running.clone(), stop));
        let (executor, taken, hand) = (self.executor.clone(), run.clone(), running.clone());
        // A task of its own: work that panics is a run that failed, not a worker that is gone.
        let result = match tokio::spawn(async move { executor.execute(&taken, hand).await }).await {
            Ok(result) => result,
            Err(error) => Err(Failure { message: format!("the work broke off: {error}. Please report it"), may_pass: false }),
        };
        watching.abort();
        // What cannot be noted is found by the lease that runs out.
        if let Err(error) = self.note(run, &running, result).await {
            tracing::warn!(run.id = %run.id, "how a run ended could not be noted: {error}");
        }
    }

    /// Renews the lease, and passes on that the run should stop.
    async fn watch(self, running: Running, mut stop: watch::Receiver<bool>) {
        let mut beat = tokio::time::interval((self.options.lease / 3).clamp(Duration::from_millis(10), LONGEST_SILENCE));
        let mut deadline = None;
        loop {
            let ends = async move {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = beat.tick() => {
                    let progress = lock(&running.state.progress).clone();
                    match self.store.job_runs().beat(running.fence, self.lease(), &progress).await {
                        Ok(Beat::Goes) => {}
                        Ok(Beat::CancelAsked) => running.stop(Stop::Cancelled),
                        Ok(Beat::Lost) => return running.stop(Stop::Lost),
                        Err(error) => tracing::warn!(run.id = %running.fence.run, "a lease could not be renewed: {error}"),
                    }
                }
                () = ends => {
                    running.stop(Stop::WorkerEnds);
                    deadline = None;
                }
                changed = stop.changed(), if deadline.is_none() && !running.is_stopped() => {
                    let wait = if changed.is_ok() { self.options.grace } else { Duration::ZERO };
                    deadline = Some(tokio::time::Instant::now() + wait);
                }
            }
        }
    }

    async fn note(&self, run: &JobRun, running: &Running, result: Result<Answer, Failure>) -> Result<(), StoreError> {
        let (runs, fence) = (self.store.job_runs(), running.fence);
        match (result, running.why()) {
            (Ok(answer), _) => match runs.end(fence, &answer.message, answer.result.as_deref()).await {
                Ok(()) => tracing::info!(run.id = %run.id, run.job = %run.job, "a run is done: {}", answer.message),
                Err(lost @ StoreError::LeaseLost { .. }) => {
                    let found = runs.get(run.id).await?;
                    match found.state {
                        // The transaction that made the work visible has ended the run as well.
                        RunState::Done if found.attempt == fence.attempt => {
                            tracing::info!(run.id = %run.id, run.job = %run.job, "a run is done: {}", answer.message);
                        }
                        _ if found.cancel_asked => {
                            runs.stopped(fence, CANCELLED).await?;
                        }
                        _ => tracing::warn!(run.job = %run.job, "{lost}"),
                    }
                }
                Err(error) => return Err(error),
            },
            (Err(failure), Some(Stop::Lost)) => {
                tracing::warn!(run.id = %run.id, run.job = %run.job, "a run was lost while it was under way: {}", failure.message);
            }
            (Err(_), Some(Stop::Cancelled)) => {
                runs.stopped(fence, CANCELLED).await?;
            }
            (Err(_), Some(Stop::WorkerEnds)) => {
                runs.release(fence, "the worker was told to end; the run waits for another").await?;
            }
            (Err(_), None) if runs.get(run.id).await?.cancel_asked => {
                runs.stopped(fence, CANCELLED).await?;
            }
            (Err(failure), None) => {
                let failures = run.failures + 1;
                let again = (failure.may_pass && failures < run.most_failures)
                    .then(|| retry_after(run.retry_seconds, failures, &run.id.to_string()));
                tracing::warn!(run.id = %run.id, run.job = %run.job, run.failures = failures, "a run failed: {}", failure.message);
                runs.fail(fence, failures, &failure.message, again).await?;
            }
        }
        Ok(())
    }
}

/// How long what is said of a run, and that somebody wants it stopped, may go unnoticed.
const LONGEST_SILENCE: Duration = Duration::from_secs(2);

const CANCELLED: &str = "it was cancelled while it was under way; nothing took effect from then on";
