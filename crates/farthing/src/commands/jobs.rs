//! `farthing jobs …`: the runs of jobs

use clap::{Args, Subcommand};
use farthing_application::{AskedRun, JobReport, JobsQuery, Permission, RunState};

use crate::cli::ActorArgs;
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, OutputArgs, Table};

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List the newest runs, the newest first
    List(ListArgs),
    /// Show one run: how far it is, what came of it, or why it failed
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Ask for a run now: of a schedule by its name, or of any kind of work. A worker takes it
    Run(RunArgs),
    /// Cancel a run: one that waits at once, one that is running as soon as its worker hears of it
    Cancel {
        /// Its id
        id: String,
        #[command(flatten)]
        by: ActorArgs,
    },
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only runs in this state
    #[arg(long, value_name = "queued|running|done|failed|cancelled")]
    state: Option<RunState>,
    /// Only runs of this job
    #[arg(long)]
    job: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u64,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// The schedule whose work is to be done
    #[arg(required_unless_present = "kind", conflicts_with = "kind")]
    schedule: Option<String>,
    /// The kind of work, such as import-billing, plan-fleet, solve or verify-lake
    #[arg(long)]
    kind: Option<String>,
    /// What the work is told, as JSON: '{"source": "acme", "paths": ["/srv/bills"]}'
    #[arg(long, value_name = "JSON", requires = "kind")]
    with: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists, shows, asks for or cancels runs.
pub async fn run(context: &Context, command: JobsCommand) -> anyhow::Result<Status> {
    match command {
        JobsCommand::List(ListArgs { state, job, limit, output }) => {
            let runs = context.open().await?.jobs(&JobsQuery { state, job, limit: Some(limit), ..JobsQuery::default() }).await?;
            output.or(&context.output).show(&runs, || vec![list(&runs)])?;
        }
        JobsCommand::Show { id, output } => {
            let run = context.open().await?.job(&id).await?;
            output.or(&context.output).show(&run, || vec![one(&run)])?;
        }
        JobsCommand::Run(RunArgs { schedule, kind, with, output }) => {
            let with = with.as_deref().map(serde_json::from_str).transpose();
            let with = with.map_err(|error| UsageError(format!("--with is no JSON: {error}")))?;
            let run = context.open().await?.ask_run(&AskedRun { schedule, kind, with }).await?;
            output.or(&context.output).show(&run, || vec![one(&run)])?;
        }
        JobsCommand::Cancel { id, by } => {
            let farthing = context.open().await?;
            // Whoever asked for a run stops it, whatever else they may.
            let is_theirs = by.by.is_some() && farthing.job(&id).await?.asked_by == by.by;
            let right = if is_theirs { Permission::Read } else { Permission::Operate };
            let by = by.may_of_units(context, &farthing, right).await?;
            let run = farthing.cancel_job(&id, &by).await?;
            context.output.show(&run, || vec![one(&run)])?;
        }
    }
    Ok(Status::Done)
}

fn moment(moment: Option<chrono::DateTime<chrono::Utc>>) -> String {
    moment.map(|at| at.format("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default()
}

/// What of a run is done, in words.
fn progress(run: &JobReport) -> String {
    match (run.state, run.progress_total) {
        ("running", 0) => run.doing.clone().unwrap_or_default(),
        ("running", total) => {
            format!("{} % {}", run.progress_done.saturating_mul(100) / total, run.doing.as_deref().unwrap_or(""))
        }
        _ => run.message.clone().unwrap_or_default(),
    }
}

fn list(runs: &[JobReport]) -> Table {
    let mut table = Table::new("Runs", &["Run", "Job", "For", "State", ">Attempt", "Ended", "What it says"]);
    for run in runs {
        table.row(vec![
            Cell::text(&run.id),
            Cell::text(&run.job),
            Cell::text(moment(Some(run.scheduled_at))),
            Cell::text(run.state),
            Cell::count(run.attempt),
            Cell::text(moment(run.ended_at)),
            Cell::text(progress(run)),
        ]);
    }
    if runs.is_empty() {
        table.note("There are no such runs. `farthing jobs run SCHEDULE` asks for one.");
    }
    table
}

fn one(run: &JobReport) -> Table {
    let mut table = Table::new(format!("Run {}", run.id), &["", ""]);
    let lines = [
        ("Job", run.job.clone()),
        ("Work", format!("{} {}", run.kind, run.with)),
        (
            "State",
            if run.cancel_asked && run.ended_at.is_none() {
                format!("{}, to be cancelled", run.state)
            } else {
                run.state.to_owned()
            },
        ),
        ("For", moment(Some(run.scheduled_at))),
        ("Not before", moment(Some(run.not_before))),
        ("Attempt", format!("{}, {} of {} failures", run.attempt, run.failures, run.most_failures)),
        ("Worker", run.worker.clone().unwrap_or_default()),
        ("Leased until", moment(run.lease_until)),
        ("Began", moment(run.started_at)),
        ("Ended", moment(run.ended_at)),
        ("Says", progress(run)),
        ("Result", run.result.as_ref().map(|_| "in --format json".to_owned()).unwrap_or_default()),
    ];
    for (name, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row(vec![Cell::text(name), Cell::text(value)]);
    }
    table
}
