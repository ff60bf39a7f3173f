//! `farthing masking …`

use camino::Utf8PathBuf;
use clap::Subcommand;
use farthing_application::DocumentKind;

use crate::commands::{Context, ingest};
use crate::exit::Status;

/// What to do with the masking policy.
#[derive(Debug, Subcommand)]
pub enum MaskingCommand {
    /// Say what is wrong with a masking policy (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a masking policy and make it the one that imports from now on mask by
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the policy in force
    Show,
    /// Print the mask that stands for a text in the facts, for rules that name it
    Hash {
        /// The text
        text: String,
    },
}

/// Runs one of them.
pub async fn run(context: &Context, command: MaskingCommand) -> anyhow::Result<Status> {
    match command {
        MaskingCommand::Check { file } => ingest::check_document(context, DocumentKind::Masking, &file),
        MaskingCommand::Publish { file } => ingest::document(context, DocumentKind::Masking, &file).await,
        MaskingCommand::Show => ingest::show_document(context, DocumentKind::Masking).await,
        MaskingCommand::Hash { text } => {
            let mask = context.open().await?.mask_of(&text)?;
            context.output.write(format!("{mask}\n").as_bytes())?;
            Ok(Status::Done)
        }
    }
}
