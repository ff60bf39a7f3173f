//! `farthing formats …`: which bills can be read.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use farthing_application::{FormatLine, bill_format_text, bill_formats, check_mapping, mapping_schema};

use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct FormatsArgs {
    #[command(subcommand)]
    pub command: Option<FormatsCommand>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub enum FormatsCommand {
    /// Print the mapping of a format, to be changed and used with `ingest billing --mapping`
    Show {
        /// Its name
        name: String,
    },
    /// Say all that is wrong with a mapping of your own
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the JSON schema of mappings, for editors
    Schema,
}

/// Lists formats, prints a mapping or checks one. No home is needed.
pub fn run(context: &Context, arguments: FormatsArgs) -> anyhow::Result<Status> {
    match arguments.command {
        None => {
            let formats = bill_formats();
            let output = arguments.output.or(&context.output);
            output.show(&formats, || vec![table(&formats)])?;
        }
        Some(FormatsCommand::Schema) => {
            let schema = serde_json::to_string_pretty(&mapping_schema())?;
            context.output.write(format!("{schema}\n").as_bytes())?;
        }
        Some(FormatsCommand::Show { name }) => context.output.write(bill_format_text(&name)?.as_bytes())?,
        Some(FormatsCommand::Check { file }) => {
            let text = std::fs::read_to_string(&file).map_err(|error| anyhow::anyhow!("{file}: {error}"))?;
            let format = check_mapping(file.as_str(), &text)?;
            context.output.show(&format, || vec![checked(&format)])?;
        }
    }
    Ok(Status::Done)
}

fn table(formats: &[FormatLine]) -> Table {
    let mut table = Table::new("Formats of bills", &["Format", "Reads", "Told by"]);
    for format in formats {
        table.row(vec![Cell::text(&format.name), Cell::text(&format.title), Cell::text(&format.recognised_by)]);
    }
    table.note(
        "`farthing formats show NAME` prints a mapping; a changed copy is used with `farthing ingest billing --mapping FILE`.",
    );
    table
}

fn checked(format: &FormatLine) -> Table {
    let mut table = Table::new("", &[]);
    table.note(format!("{} ({}) can be used; it fills {} columns.", format.name, format.title, format.fills.len()));
    table
}
