//! `farthing schedules …`

use camino::Utf8PathBuf;
use clap::Subcommand;
use farthing_application::{DocumentKind, ScheduleStatus};

use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with schedules.
#[derive(Debug, Subcommand)]
pub enum SchedulesCommand {
    /// List the schedules: when each is next due, how fresh what it makes is, its last error
    List(OutputArgs),
    /// Say all that is wrong with a file of schedules (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a file of schedules and put it in place of those before
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the schedules in force, as they were written
    Show,
}

/// Lists, checks, publishes or prints schedules.
pub async fn run(context: &Context, command: SchedulesCommand) -> anyhow::Result<Status> {
    match command {
        SchedulesCommand::List(output) => {
            let schedules = context.open().await?.schedules().await?;
            output.or(&context.output).show(&schedules, || vec![table(&schedules)])?;
            Ok(Status::Done)
        }
        SchedulesCommand::Check { file } => ingest::check_document(context, DocumentKind::Schedules, &file),
        SchedulesCommand::Publish { file } => ingest::document(context, DocumentKind::Schedules, &file).await,
        SchedulesCommand::Show => ingest::show_document(context, DocumentKind::Schedules).await,
    }
}

/// The schedules, as `status` shows them too.
pub fn table(schedules: &[ScheduleStatus]) -> Table {
    let mut table = Table::new("Schedules", &["Schedule", "Work", "When", "Next", "Last done", ">Left out", "Last error"]);
    for schedule in schedules {
        let moment = |moment: Option<chrono::DateTime<chrono::Utc>>| {
            Cell::text(moment.map(|at| at.format("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default())
        };
        let next = if schedule.enabled { moment(schedule.next_at) } else { Cell::text("switched off") };
        table.row(vec![
            Cell::text(&schedule.name),
            Cell::text(&schedule.kind),
            Cell::text(format!("{} {}", schedule.cron, schedule.time_zone)),
            next,
            moment(schedule.last_done_at),
            Cell::count(schedule.missed),
            Cell::text(schedule.last_error.clone().unwrap_or_default()),
        ]);
    }
    if schedules.is_empty() {
        table.note("There are no schedules. Publish some: `farthing schedules publish schedules.toml`.");
    }
    table
}
