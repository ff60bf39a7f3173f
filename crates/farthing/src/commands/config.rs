use clap::Subcommand;

use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// Shows the configuration in force.
pub fn show(context: &Context, origin: bool, output: OutputArgs) -> anyhow::Result<Status> {
    let settings = context.config.settings();
    output.or(&context.output).show(settings, || {
        let mut table = Table::new("", if origin { &["Setting", "Value", "From"] } else { &["Setting", "Value"] });
        for (name, setting) in settings {
            let mut row = vec![Cell::text(*name), Cell::text(&setting.value)];
            if origin {
                row.push(Cell::text(&setting.origin));
            }
            table.row(row);
        }
        vec![table]
    })?;
    Ok(Status::Done)
}
