//! `farthing rates …`

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use farthing_types::{BillingPeriod, Currency};

use crate::cli::AsOfArgs;
use crate::commands::{Context, read_document};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with rates.
#[derive(Debug, Subcommand)]
pub enum RatesCommand {
    /// Publish a file of rates in place of the one before: date,from,to,rate
    Import {
        /// The file (CSV); `# rule: day|month_end|month_average` and `# carry_days: 3` in it hold where nothing else is asked for
        file: Utf8PathBuf,
        /// Check it and publish nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// List the rates in force
    List(ListArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only pairs with this currency
    #[arg(long)]
    currency: Option<Currency>,
    /// Only those of this month, as 2026-05
    #[arg(long)]
    period: Option<BillingPeriod>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Publishes and lists.
pub async fn run(context: &Context, command: RatesCommand) -> anyhow::Result<Status> {
    match command {
        RatesCommand::Import { file, dry_run } => {
            let text = read_document(&file).map_err(|error| anyhow::anyhow!("{error}; nothing was published"))?;
            let published = context.open().await?.import_rates(&text, file.as_str(), "command line", dry_run, None).await?;
            context.output.show(&published, || {
                let mut table = Table::new("", &[]);
                let what = match (published.version, published.changed) {
                    (Some(version), true) => format!("published as version {version}"),
                    (Some(version), false) => format!("unchanged, already version {version}"),
                    (None, _) => "nothing was published (--dry-run)".to_owned(),
                };
                let (rates, pairs) = (published.rates, published.pairs);
                table.note(format!("{file}: {rates} rates of {pairs} pairs · {what}."));
                let carried = match published.carry_days {
                    0 => "A day without a rate has none.".to_owned(),
                    days => format!("A rate holds for up to {days} days after its own where these have none."),
                };
                table.note(format!("Reports convert {} where nothing else is asked for. {carried}", published.rule.describe()));
                vec![table]
            })?;
        }
        RatesCommand::List(arguments) => {
            let rates = context.open_as_of(arguments.moment).await?.rates(arguments.currency, arguments.period).await?;
            arguments.output.or(&context.output).show(&rates, || {
                let mut table = Table::new("", &["Date", "From", "To", ">Rate"]);
                for rate in &rates {
                    table.row(vec![
                        Cell::text(rate.date.to_string()),
                        Cell::text(rate.from.to_string()),
                        Cell::text(rate.to.to_string()),
                        Cell::figure(rate.rate.to_string(), rate.rate.to_string()),
                    ]);
                }
                vec![table]
            })?;
        }
    }
    Ok(Status::Done)
}
