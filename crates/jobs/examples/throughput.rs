//! What schedules and runs cost on a database: `cargo run --example throughput -- sqlite:///tmp/jobs.db`. The database must be empty.
//! `make bench-jobs` runs it on SQLite and on PostgreSQL.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use farthing_jobs::{Answer, Executor, Failure, Running, Schedule, ScheduleFile, Scheduler, Worker, WorkerOptions};
use farthing_store::{JobRun, JobSchedule, NewRun, RunId, Store, StoreOptions, execute};
use tokio::sync::watch;

/// Runs that a worker takes to be measured.
const TAKEN: usize = 2_000;

struct Nothing;

#[async_trait::async_trait]
impl Executor for Nothing {
    async fn execute(&self, _run: &JobRun, _running: Running) -> Result<Answer, Failure> {
        Ok(Answer { message: "nothing to do".to_owned(), result: None })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("name the address of an empty database")?;
    let store = Store::connect(&url, &StoreOptions::default()).await?;
    store.migrate().await?;
    println!("{:>10} {:>14} {:>16} {:>14}", "schedules", "tick, idle", "tick, all due", "for each run");
    for number in [100, 1_000, 10_000] {
        ticks(&store, number).await?;
    }
    println!("{:>10} {:>14} {:>14}", "runs kept", "runs/s, 1", "runs/s, 4");
    for kept in [0, 100_000] {
        execute(&url, "DELETE FROM job_run").await?;
        add(&store, "kept", kept).await?;
        let ended = "UPDATE job_run SET state = 'done', ended_at = created_at, attempt = 1, message = 'done'";
        execute(&url, ended).await?;
        print!("{kept:>10}");
        for parallel in [1, 4] {
            add(&store, &format!("taken by {parallel}"), TAKEN).await?;
            let start = Instant::now();
            let options = WorkerOptions {
                name: "bench".to_owned(),
                parallel,
                lease: Duration::from_secs(60),
                poll: Duration::from_millis(1),
                grace: Duration::ZERO,
                until_idle: true,
            };
            let (_stop, stopped) = watch::channel(false);
            Worker::new(store.clone(), Arc::new(Nothing), options).run(stopped).await;
            print!(" {:>14.0}", TAKEN as f64 / start.elapsed().as_secs_f64());
        }
        println!();
    }
    Ok(())
}

/// Ticks of so many schedules that are due every minute.
async fn ticks(store: &Store, number: usize) -> Result<(), Box<dyn Error>> {
    let begin: DateTime<Utc> = "2026-06-01T00:00:30Z".parse()?;
    let text: String = (0..number)
        .map(|n| format!("[[schedule]]\nname = \"of {number}: {n}\"\nkind = \"none\"\ncron = \"* * * * *\"\n"))
        .collect();
    let file = ScheduleFile::parse(&format!("version = 1\n{text}")).map_err(|problems| problems[0].to_string())?;
    let row = |schedule: &Schedule| JobSchedule {
        name: schedule.name.clone(),
        definition: schedule.definition(),
        next_at: schedule.calendar.after(begin),
        seen_at: begin,
        missed: 0,
    };
    store.job_schedules().replace(&file.schedules.iter().map(row).collect::<Vec<_>>()).await?;
    let scheduler = Scheduler::new(store.clone());
    let idle = Instant::now();
    for _ in 0..100 {
        scheduler.tick_at(begin).await?;
    }
    let idle = idle.elapsed() / 100;
    let minutes = 5;
    let due = Instant::now();
    for minute in 0..minutes {
        let ticked = scheduler.tick_at(begin + TimeDelta::seconds(30 + 60 * i64::from(minute))).await?;
        assert_eq!(ticked.added, number as u64, "each schedule has a run a minute");
    }
    let due = due.elapsed() / minutes;
    let each = due / u32::try_from(number)?;
    println!("{number:>10} {:>14} {:>16} {:>14}", shown(idle), shown(due), shown(each));
    Ok(())
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

async fn add(store: &Store, job: &str, number: usize) -> Result<(), Box<dyn Error>> {
    let begin: DateTime<Utc> = "2026-06-01T00:00:00Z".parse()?;
    let run = |n: usize| {
        let at = begin + TimeDelta::seconds(n as i64);
        NewRun {
            id: RunId::new(at),
            job: job.to_owned(),
            kind: "none".to_owned(),
            parameters: "{}".to_owned(),
            subject: Some(format!("{job}/{n}")),
            hint: false,
            scheduled_at: at,
            not_before: at,
            asked_by: None,
            created_at: at,
            most_failures: 5,
            retry_seconds: 30,
        }
    };
    store.job_runs().add_all(&(0..number).map(run).collect::<Vec<_>>()).await?;
    Ok(())
}
