//! `farthing planning …`

use camino::Utf8PathBuf;
use clap::Subcommand;
use farthing_application::DocumentKind;

use crate::commands::{Context, ingest};
use crate::exit::Status;

/// What to do with the planning document.
#[derive(Debug, Subcommand)]
pub enum PlanningCommand {
    /// Say all that is wrong with a planning document (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a planning document and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the document in force
    Show,
}

/// Checks, publishes or prints the planning document.
pub async fn run(context: &Context, command: PlanningCommand) -> anyhow::Result<Status> {
    match command {
        PlanningCommand::Check { file } => ingest::check_document(context, DocumentKind::Planning, &file),
        PlanningCommand::Publish { file } => ingest::document(context, DocumentKind::Planning, &file).await,
        PlanningCommand::Show => ingest::show_document(context, DocumentKind::Planning).await,
    }
}
