//! `farthing alerts …`

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use farthing_application::{AlertLine, AlertState, AlertTest, AlertsQuery, DocumentKind, Permission, ResendAlerts};

use crate::cli::ActorArgs;
use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with alerts.
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// List what channels were told of and what waits, the newest first, with what went wrong
    List(ListArgs),
    /// Send a message that says that it is a test to a channel, now and once; status 1 where it does not take it
    Test(TestArgs),
    /// Send again what failed for good, or whose channel was gone, with the same ids
    Resend(ResendArgs),
    /// Say all that is wrong with a document of alerts (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a document of alerts and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the document in force
    Show,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only those in this state
    #[arg(long, value_name = "waiting|sent|failed|dropped")]
    state: Option<AlertState>,
    /// Only what this channel is told of
    #[arg(long)]
    channel: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u64,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// The channel
    channel: String,
    #[command(flatten)]
    by: ActorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ResendArgs {
    /// Only this message, as `alerts list` shows it in JSON
    #[arg(long)]
    message: Option<String>,
    /// Only what this channel is told of
    #[arg(long)]
    channel: Option<String>,
    #[command(flatten)]
    by: ActorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists alerts, tries a channel, has alerts sent again, or checks, publishes or prints the document.
pub async fn run(context: &Context, command: AlertsCommand) -> anyhow::Result<Status> {
    match command {
        AlertsCommand::List(ListArgs { state, channel, limit, output }) => {
            let alerts = context.open().await?.alerts(&AlertsQuery { state, channel, limit: Some(limit), after: None }).await?;
            output.or(&context.output).show(&alerts, || vec![list(&alerts)])?;
            Ok(Status::Done)
        }
        AlertsCommand::Test(TestArgs { channel, by, output }) => {
            let farthing = context.open().await?;
            let by = by.may(context, &farthing, Permission::Operate).await?;
            let tried = farthing.test_alerts(&channel, &by).await?;
            output.or(&context.output).show(&tried, || vec![test(&tried)])?;
            Ok(if tried.delivered { Status::Done } else { Status::Failed })
        }
        AlertsCommand::Resend(ResendArgs { message, channel, by, output }) => {
            let which = ResendAlerts { message, channel };
            let farthing = context.open().await?;
            let by = by.may(context, &farthing, Permission::Operate).await?;
            let resent = farthing.resend_alerts(&which, &by).await?;
            output.or(&context.output).show(&resent, || {
                let mut table = Table::new("", &[]);
                table.note(format!("{} events are told of again, with the next run that sends.", resent.alerts));
                vec![table]
            })?;
            Ok(Status::Done)
        }
        AlertsCommand::Check { file } => ingest::check_document(context, DocumentKind::Alerts, &file),
        AlertsCommand::Publish { file } => ingest::document(context, DocumentKind::Alerts, &file).await,
        AlertsCommand::Show => ingest::show_document(context, DocumentKind::Alerts).await,
    }
}

fn list(alerts: &[AlertLine]) -> Table {
    let columns = ["Channel", "About", "What", "State", "Found", "Sent or due", ">Attempts", "Said"];
    let mut table = Table::new("Alerts", &columns);
    let moment = |moment: chrono::DateTime<chrono::Utc>| Cell::text(moment.format("%Y-%m-%d %H:%MZ").to_string());
    for alert in alerts {
        table.row(vec![
            Cell::text(&alert.channel),
            Cell::text(alert.event.topic.to_string()),
            Cell::text(&alert.event.title),
            Cell::text(alert.state),
            moment(alert.created_at),
            moment(alert.ended_at.unwrap_or(alert.due_at)),
            Cell::count(alert.attempts),
            Cell::text(alert.said.clone().unwrap_or_default()),
        ]);
    }
    if alerts.is_empty() {
        table.note("Nobody was told of anything. `farthing alerts publish alerts.toml` says who is to be told of what.");
    }
    table
}

fn test(tried: &AlertTest) -> Table {
    let mut table = Table::new("", &[]);
    let AlertTest { channel, kind, message, delivered, said } = tried;
    table.note(match delivered {
        true => format!("{channel} ({kind}) took the message {message}."),
        false => format!("{channel} ({kind}) did not take the message."),
    });
    if let Some(said) = said {
        table.note(format!("{said}."));
    }
    table
}
