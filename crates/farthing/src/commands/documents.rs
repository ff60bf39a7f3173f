//! `farthing documents`

use clap::Args;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct DocumentsArgs {
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Lists the documents in force.
pub async fn run(context: &Context, arguments: DocumentsArgs) -> anyhow::Result<Status> {
    let documents = context.open_as_of(arguments.moment).await?.documents().await?;
    arguments.output.or(&context.output).show(&documents, || {
        let mut table = Table::new("Documents in force", &["Kind", ">Version", "Published", "By", "SHA-256"]);
        for document in &documents {
            table.row(vec![
                Cell::text(document.kind.name()),
                Cell::count(document.version),
                Cell::text(document.published_at.format("%Y-%m-%dT%H:%MZ").to_string()),
                Cell::text(document.published_by.clone()),
                Cell::text(document.sha256.chars().take(12).collect::<String>()),
            ]);
        }
        if documents.is_empty() {
            table.note("Nothing was published yet: begin with `farthing rules publish rules.toml`.".to_owned());
        }
        vec![table]
    })?;
    Ok(Status::Done)
}
