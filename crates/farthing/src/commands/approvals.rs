//! `farthing approvals …`

use camino::Utf8PathBuf;
use clap::Subcommand;
use farthing_application::DocumentKind;

use crate::commands::{Context, ingest};
use crate::exit::Status;

/// What to do with the approvals document.
#[derive(Debug, Subcommand)]
pub enum ApprovalsCommand {
    /// Say all that is wrong with an approvals document (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check an approvals document and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the document in force
    Show,
}

/// Checks, publishes or prints the approvals document.
pub async fn run(context: &Context, command: ApprovalsCommand) -> anyhow::Result<Status> {
    match command {
        ApprovalsCommand::Check { file } => ingest::check_document(context, DocumentKind::Approvals, &file),
        ApprovalsCommand::Publish { file } => ingest::document(context, DocumentKind::Approvals, &file).await,
        ApprovalsCommand::Show => ingest::show_document(context, DocumentKind::Approvals).await,
    }
}
