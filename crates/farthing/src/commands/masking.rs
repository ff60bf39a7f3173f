//! `farthing masking …`

use camino::Utf8PathBuf;
use clap::Subcommand;
use farthing_application::{DocumentKind, Farthing};

use crate::commands::{Context, ingest, read_document};
use crate::exit::Status;
use crate::output::Table;

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
        MaskingCommand::Check { file } => {
            let text = read_document(&file)?;
            let checked = Farthing::check_document(DocumentKind::Masking, &text, file.as_str())?;
            context.output.show(&checked, || {
                let mut table = Table::new("", &[]);
                table.note(format!("{file} is good: {}.", checked.summary));
                checked.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
                vec![table]
            })?;
            Ok(Status::Done)
        }
        MaskingCommand::Publish { file } => ingest::document(context, DocumentKind::Masking, &file).await,
        MaskingCommand::Show => {
            let document = context.open().await?.document(DocumentKind::Masking).await?;
            context.output.write(document.content.as_bytes())?;
            Ok(Status::Done)
        }
        MaskingCommand::Hash { text } => {
            let mask = context.open().await?.mask_of(&text)?;
            context.output.write(format!("{mask}\n").as_bytes())?;
            Ok(Status::Done)
        }
    }
}
