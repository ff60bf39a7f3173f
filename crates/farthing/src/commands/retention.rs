//! `farthing retention …`

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use farthing_application::{DocumentKind, PeopleRetention};

use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with the retention of facts about people.
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// Say what is wrong with a retention document (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a retention document and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the document in force
    Show,
    /// Take people, or rows about them, out of facts whose time is over; what is held stays
    Apply(ApplyArgs),
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Checks, publishes, prints or applies.
pub async fn run(context: &Context, command: RetentionCommand) -> anyhow::Result<Status> {
    match command {
        RetentionCommand::Check { file } => ingest::check_document(context, DocumentKind::Retention, &file),
        RetentionCommand::Publish { file } => ingest::document(context, DocumentKind::Retention, &file).await,
        RetentionCommand::Show => ingest::show_document(context, DocumentKind::Retention).await,
        RetentionCommand::Apply(ApplyArgs { dry_run, output }) => {
            let found = context.open().await?.retain_people(!dry_run).await?;
            output.or(&context.output).show(&found, || vec![retained(&found)])?;
            Ok(Status::Done)
        }
    }
}

fn retained(found: &PeopleRetention) -> Table {
    let heads: &[&str] = &["Source", "Facts", "Period", ">Revision", ">Rows", ">Held", "Fate", "Why"];
    let mut table = Table::new("", if found.revisions.is_empty() { &[] } else { heads });
    for one in &found.revisions {
        table.row(vec![
            Cell::text(one.source.to_string()),
            Cell::text(one.dataset),
            Cell::text(one.period.to_string()),
            Cell::count(one.sequence),
            Cell::count(one.rows),
            Cell::count(one.held),
            Cell::text(one.fate),
            Cell::text(&one.why),
        ]);
    }
    let Some(version) = found.policy else {
        table.note("No retention document is published, so everything stays.");
        return table;
    };
    let rows = |fate: &str| found.revisions.iter().filter(|one| one.fate == fate).map(|one| one.rows).sum::<u64>();
    let held: u64 = found.revisions.iter().map(|one| one.held).sum();
    let verb = if found.applied { "were" } else { "would be" };
    table.note(format!(
        "Retention v{version}: {} rows {verb} cleared of people, {} deleted, {held} are held.{}",
        rows("erased"),
        rows("deleted"),
        if found.applied { "" } else { " Leave out --dry-run to do it." }
    ));
    table
}
