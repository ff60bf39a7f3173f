//! `farthing owners`

use clap::Args;
use farthing_types::{BillingPeriod, Window};

use crate::cli::AsOfArgs;
use crate::commands::{Context, coverage};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct OwnersArgs {
    /// The month of the usage, as 2026-05
    #[arg(long, required_unless_present = "window")]
    pub period: Option<BillingPeriod>,
    /// Days as 2026-05-01/2026-06-01 instead
    #[arg(long, conflicts_with = "period")]
    pub window: Option<Window>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Prints whose inference usage is, and how that was found.
pub async fn run(context: &Context, arguments: OwnersArgs) -> anyhow::Result<Status> {
    let selection = coverage::selection(arguments.period, arguments.window)?;
    let found = context.open_as_of(arguments.moment).await?.usage_owners(selection).await?;
    arguments.output.or(&context.output).show(&found, || {
        let title = format!("Owners of inference usage, {selection}");
        let mut table = Table::new(title, &["Caller", "Endpoint", "Unit", "Found by", ">Requests", ">Tokens"]);
        for line in &found {
            let text = |text: &Option<String>| Cell::text(text.clone().unwrap_or_default());
            table.row(vec![
                text(&line.caller),
                text(&line.endpoint),
                Cell::text(line.unit.as_ref().map_or("(none)".to_owned(), ToString::to_string)),
                Cell::text(line.owned.describe()),
                Cell::count(line.requests),
                Cell::count(line.tokens),
            ]);
        }
        table.note(
            "Usage without a unit belongs to the one that all other usage of the same caller, or else endpoint, belongs to."
                .to_owned(),
        );
        vec![table]
    })?;
    Ok(Status::Done)
}
