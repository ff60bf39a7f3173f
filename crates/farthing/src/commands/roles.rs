//! `farthing scheduler`, `farthing worker`: the roles behind jobs

use std::time::Duration;

use clap::Args;
use farthing_application::{Farthing, WorkerOptions};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::commands::{Context, serve};
use crate::exit::{Status, UsageError};

#[derive(Debug, Args)]
pub struct SchedulerArgs {
    /// Look once, add what is due, and end
    #[arg(long)]
    once: bool,
}

#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Runs at the same time
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub parallel: usize,
    /// Seconds without a sign of life after which another worker takes a run
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub lease: u64,
    /// Seconds that runs under way may take once the worker is told to stop; then they are given back
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub grace: u64,
    /// End once nothing is due, instead of waiting
    #[arg(long)]
    pub until_idle: bool,
}

impl Default for WorkerArgs {
    fn default() -> Self {
        Self { parallel: 1, lease: 60, grace: 20, until_idle: false }
    }
}

impl WorkerArgs {
    fn options(&self) -> anyhow::Result<WorkerOptions> {
        if self.parallel == 0 || self.parallel > 64 || self.lease == 0 || self.lease > 86_400 {
            return Err(UsageError("--parallel lies from 1 to 64, and --lease from 1 to 86400 seconds".to_owned()).into());
        }
        Ok(WorkerOptions {
            name: format!("worker {}", std::process::id()),
            parallel: self.parallel,
            lease: Duration::from_secs(self.lease),
            poll: Duration::from_millis(500),
            grace: Duration::from_secs(self.grace),
            until_idle: self.until_idle,
        })
    }
}

/// Adds runs of schedules when they are due, until it is told to stop.
pub async fn scheduler(context: &Context, arguments: SchedulerArgs) -> anyhow::Result<Status> {
    let farthing = context.open_service().await?;
    if arguments.once {
        eprintln!("{} runs were added.", farthing.schedule_once().await?);
        return Ok(Status::Done);
    }
    eprintln!("Adding runs when they are due. Stop with Ctrl-C.");
    farthing.run_scheduler(stop_signal()).await;
    Ok(Status::Done)
}

/// Takes runs and does their work, until it is told to stop.
pub async fn worker(context: &Context, arguments: WorkerArgs) -> anyhow::Result<Status> {
    let options = arguments.options()?;
    let farthing = context.open_service().await?;
    if !options.until_idle {
        eprintln!("Taking runs that are due, as {}. Stop with Ctrl-C.", options.name);
    }
    farthing.run_worker(options, stop_signal()).await;
    Ok(Status::Done)
}

/// Both roles beside the API, for the installation that is one process.
pub struct Beside {
    roles: [JoinHandle<()>; 2],
}

impl Beside {
    /// Starts them.
    pub fn start(farthing: &Farthing) -> anyhow::Result<Self> {
        let (options, stop) = (WorkerArgs::default().options()?, stop_signal());
        let (scheduling, scheduler_stop) = (farthing.clone(), stop.clone());
        let scheduler = tokio::spawn(async move { scheduling.run_scheduler(scheduler_stop).await });
        let working = farthing.clone();
        let worker = tokio::spawn(async move { working.run_worker(options, stop).await });
        Ok(Self { roles: [scheduler, worker] })
    }

    /// Waits until both have ended, which they do once the process is told to stop.
    pub async fn ended(self) {
        for role in self.roles {
            if let Err(error) = role.await {
                tracing::error!("a role ended: {error}");
            }
        }
    }
}

/// True from the moment at which the process is told to stop.
fn stop_signal() -> watch::Receiver<bool> {
    let (tell, stop) = watch::channel(false);
    let stopped = serve::stopped();
    tokio::spawn(async move {
        stopped.await;
        // Nobody listens any more where this fails.
        let _ = tell.send(true);
        // A sender that is gone would look like the end of whoever stops it.
        std::future::pending::<()>().await;
    });
    stop
}
