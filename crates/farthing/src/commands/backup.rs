//! `farthing backup`, `farthing restore`

use camino::Utf8PathBuf;
use clap::Args;
use farthing_application::{InstallationCopy, Settings};

use crate::commands::Context;
use crate::exit::Status;
use crate::output::{OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// An empty folder, or one to be made; it becomes a home of its own: `farthing --home DIR status`
    #[arg(value_name = "DIR")]
    folder: Utf8PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup's folder. The home that is configured (--home, database_url) is filled from it and must be empty
    #[arg(value_name = "DIR")]
    folder: Utf8PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

/// Copies the home to a folder.
pub async fn backup(context: &Context, arguments: BackupArgs) -> anyhow::Result<Status> {
    let settings = Settings { home: arguments.folder, database_url: None, ..context.config.application()? };
    let copy = context.open().await?.copy_to(&settings).await?;
    arguments.output.or(&context.output).show(&copy, || vec![said(&copy)])?;
    Ok(Status::Done)
}

/// Fills the home from a folder.
pub async fn restore(context: &Context, arguments: RestoreArgs) -> anyhow::Result<Status> {
    let settings = context.config.application()?;
    let copy = context.open_at(&arguments.folder).await?.copy_to(&settings).await?;
    arguments.output.or(&context.output).show(&copy, || vec![said(&copy)])?;
    Ok(Status::Done)
}

fn said(copy: &InstallationCopy) -> Table {
    let mut table = Table::new("", &[]);
    table.note(format!(
        "{} → {}: {} rows of the database, {} revisions, {} files, {} bytes, as of {}.",
        copy.from,
        copy.to,
        grouped(&copy.database_rows.to_string()),
        copy.revisions,
        copy.files,
        grouped(&copy.bytes.to_string()),
        copy.as_of.format("%Y-%m-%d %H:%M:%SZ")
    ));
    table.note("The copy was read again: the same rows, and every file with its SHA-256, rows and sums.");
    table
}
