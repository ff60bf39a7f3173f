//! `farthing audit …`: the record of what was changed

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use farthing_application::{AuditEntry, AuditQuery, AuditReport, PublicKey, VerifyAudit};
use farthing_types::parse_moment;

use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with the record.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List what was changed, by whom and when, the newest first
    List(ListArgs),
    /// Say whether the record is as it was written: hashes, order, signatures, checkpoints kept elsewhere; status 2 where it is not
    Verify(VerifyArgs),
    /// Sign the newest entry and write what was signed to the folder of checkpoints
    Checkpoint(OutputArgs),
    /// Print the public key that this installation's checkpoints are verified with
    Key,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only what this person or service did
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only this action, such as period.closed; `period.` is all of period
    #[arg(long)]
    action: Option<String>,
    /// Only what was done to this, such as "period 2026-05" or "document rules"
    #[arg(long)]
    subject: Option<String>,
    /// Only from this moment on, such as 2026-06-03T04:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    since: Option<DateTime<Utc>>,
    /// Only before this moment
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    until: Option<DateTime<Utc>>,
    /// Only before this entry, to list on where the last list ended
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
    /// At most so many, up to 1000
    #[arg(long, default_value_t = 100)]
    limit: u64,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A folder of checkpoints that were kept elsewhere; several may be given
    #[arg(long, value_name = "DIR")]
    checkpoints: Vec<Utf8PathBuf>,
    /// A key that may have signed checkpoints, beside this installation's; several may be given
    #[arg(long, value_name = "KEY")]
    public_key: Vec<PublicKey>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Lists, verifies or signs the record.
pub async fn run(context: &Context, command: AuditCommand) -> anyhow::Result<Status> {
    match command {
        AuditCommand::List(arguments) => list(context, arguments).await,
        AuditCommand::Verify(VerifyArgs { checkpoints, public_key, output }) => {
            let query = VerifyAudit { folders: checkpoints, keys: public_key };
            let report = context.open().await?.verify_audit(&query).await?;
            output.or(&context.output).show(&report, || vec![verified(&report)])?;
            Ok(if report.verification.problems.is_empty() { Status::Done } else { Status::Differences })
        }
        AuditCommand::Checkpoint(output) => {
            let checkpoint = context.open().await?.checkpoint("asked").await?;
            output.or(&context.output).show(&checkpoint, || {
                let mut table = Table::new("Checkpoint", &["Part", "Value"]);
                match &checkpoint {
                    Some(made) => {
                        for (part, value) in [("Up to entry", made.sequence.to_string()), ("Hash of it", made.head.clone())] {
                            table.row(vec![Cell::text(part), Cell::text(value)]);
                        }
                        table.row(vec![Cell::text("Public key"), Cell::text(made.public_key.to_string())]);
                    }
                    None => table.note("Nothing was recorded since the last checkpoint.".to_owned()),
                }
                vec![table]
            })?;
            Ok(Status::Done)
        }
        AuditCommand::Key => {
            context.output.write(format!("{}\n", context.open().await?.audit_key().await?).as_bytes())?;
            Ok(Status::Done)
        }
    }
}

async fn list(context: &Context, arguments: ListArgs) -> anyhow::Result<Status> {
    let ListArgs { actor, action, subject, since, until, before, limit, output } = arguments;
    let query = AuditQuery { actor, action, subject, since, until, before, limit: Some(limit) };
    let page = context.open().await?.audit(query).await?;
    output.or(&context.output).show(&page.entries, || {
        let mut table = Table::new("What was changed", &[">Entry", "When", "Who", "What", "To what", "Details"]);
        page.entries.iter().for_each(|entry| table.row(line(entry)));
        match page.next {
            Some(next) => table.note(format!("There is more: --before {next} lists on.")),
            None if page.entries.is_empty() => table.note("Nothing that fits was recorded.".to_owned()),
            None => {}
        }
        vec![table]
    })?;
    Ok(Status::Done)
}

fn line(entry: &AuditEntry) -> Vec<Cell> {
    let seconds: String = entry.at.chars().take(19).collect();
    vec![
        Cell::count(entry.sequence),
        Cell::text(format!("{seconds}Z")),
        Cell::text(entry.actor.clone()),
        Cell::text(entry.action.clone()),
        Cell::text(entry.subject.clone()),
        Cell::text(details(entry)),
    ]
}

/// What fits in a line: names and plain values. All of it is in the JSON forms.
fn details(entry: &AuditEntry) -> String {
    let said = |(name, value): (&String, &serde_json::Value)| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) if text.is_empty() => None,
        serde_json::Value::String(text) if name.ends_with("sha256") => {
            Some(format!("{name} {}…", text.get(..12).unwrap_or(text)))
        }
        serde_json::Value::String(text) => Some(format!("{name} {text}")),
        serde_json::Value::Array(items) => match items.iter().map(serde_json::Value::as_str).collect::<Option<Vec<_>>>() {
            Some(words) => Some(format!("{name} {}", words.join(" + "))),
            None => Some(format!("{name} {}", items.len())),
        },
        plain => Some(format!("{name} {plain}")),
    };
    let members = entry.details.as_object().into_iter().flatten();
    members.filter_map(said).collect::<Vec<_>>().join(", ")
}

fn verified(report: &AuditReport) -> Table {
    let columns: &[&str] = if report.said.is_empty() { &[] } else { &["Problem"] };
    let mut table = Table::new("The record of changes", columns);
    report.said.iter().for_each(|problem| table.row(vec![Cell::text(problem.clone())]));
    table.note(report.summary());
    table.note(format!("Head {}. Key {}.", report.verification.head, report.public_key));
    table
}
