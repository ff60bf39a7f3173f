//! `farthing prices …`

use camino::Utf8PathBuf;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use farthing_application::{
    Farthing, Permission, PriceFileTerms, PriceFiles, Published, SkuKind, SkuPrice, SkuQuery, TokenPrice, price_files,
};

use crate::cli::{ActorArgs, AsOfArgs};
use crate::commands::{Context, read_document};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with prices.
#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    /// Say all that is wrong with a price document (TOML), LiteLLM's model_prices_and_context_window.json, Libcloud's pricing.json or CSV
    Check(FilesArgs),
    /// Check prices and make them those in force
    Publish {
        #[command(flatten)]
        files: FilesArgs,
        #[command(flatten)]
        by: ActorArgs,
    },
    /// List the prices in force, for a million tokens
    List(ListArgs),
    /// List what machines, commitments and storage are sold for
    Skus(SkusArgs),
}

#[derive(Debug, Args)]
pub struct FilesArgs {
    /// The files; what a price document says of a model or a machine holds before the others' prices
    #[arg(required = true)]
    files: Vec<Utf8PathBuf>,
    /// The day from which the others' prices hold, as 2026-11-01; since ever without it
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// Who sells at the prices of a CSV: aws, azure, gcp
    #[arg(long)]
    provider: Option<String>,
    /// Where, of rows of a CSV that do not say
    #[arg(long)]
    region: Option<String>,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only those of this model
    #[arg(long)]
    model: Option<String>,
    /// Only those that hold on this day, as 2026-05-01
    #[arg(long, value_name = "DAY")]
    on: Option<NaiveDate>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct SkusArgs {
    /// Only what is sold so: on_demand, spot, commitment, storage
    #[arg(long)]
    kind: Option<SkuKind>,
    /// Only of this provider: aws, azure, gcp
    #[arg(long)]
    provider: Option<String>,
    /// Only in this region, and what is sold anywhere
    #[arg(long)]
    region: Option<String>,
    /// Only this: an instance type, a storage class
    #[arg(long)]
    sku: Option<String>,
    /// Only those that hold on this day, as 2026-05-01
    #[arg(long, value_name = "DAY")]
    on: Option<NaiveDate>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl FilesArgs {
    fn read(&self) -> anyhow::Result<(PriceFiles, String)> {
        let read = |file: &Utf8PathBuf| Ok((file.to_string(), read_document(file)?));
        let files = self.files.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
        let names: Vec<&str> = self.files.iter().map(|file| file.as_str()).collect();
        let terms = PriceFileTerms { provider: self.provider.clone(), region: self.region.clone(), from: self.from };
        Ok((price_files(&files, &terms)?, names.join(", ")))
    }
}

/// Checks, publishes or lists prices.
pub async fn run(context: &Context, command: PricesCommand) -> anyhow::Result<Status> {
    match command {
        PricesCommand::Check(files) => {
            let (files, name) = files.read()?;
            let checked = Farthing::check_prices(&files, &name)?;
            context.output.show(&checked, || vec![said(&checked, &format!("{name}: good: {}.", checked.summary))])?;
        }
        PricesCommand::Publish { files, by } => {
            let (files, name) = files.read().map_err(|error| anyhow::anyhow!("{error}; nothing was published"))?;
            let farthing = context.open().await?;
            let by = by.may(context, &farthing, Permission::Publish).await?;
            let published = farthing.publish_prices(&files, &name, &by).await?;
            let what = if published.changed { "published as" } else { "unchanged, already" };
            let version = published.version.unwrap_or_default();
            let sentence = format!("{name}: {} · {what} version {version}.", published.summary);
            context.output.show(&published, || vec![said(&published, &sentence)])?;
        }
        PricesCommand::List(arguments) => {
            let farthing = context.open_as_of(arguments.moment).await?;
            let prices = farthing.listed_prices(arguments.model.as_deref(), arguments.on).await?;
            arguments.output.or(&context.output).show(&prices, || vec![list(&prices)])?;
        }
        PricesCommand::Skus(SkusArgs { kind, provider, region, sku, on, moment, output }) => {
            let farthing = context.open_as_of(moment).await?;
            let prices = farthing.listed_skus(&SkuQuery { kind, provider, region, sku, on }).await?;
            output.or(&context.output).show(&prices, || vec![skus(&prices)])?;
        }
    }
    Ok(Status::Done)
}

fn said(published: &Published, sentence: &str) -> Table {
    let mut table = Table::new("", &[]);
    table.note(sentence);
    published.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
    table
}

fn list(prices: &[TokenPrice]) -> Table {
    let currency = prices.first().map(|price| format!("Prices for a million tokens · {}", price.currency)).unwrap_or_default();
    let heads =
        ["Model", "Provider", "Way", ">Above", "From", ">Input", ">Cache read", ">Cache write", ">Output", ">Request", "Source"];
    let mut table = Table::new(currency, &heads);
    for price in prices {
        let money = |amount: farthing_types::Amount| Cell::figure(amount.to_string(), amount.to_string());
        table.row(vec![
            Cell::text(price.model.clone()),
            Cell::text(price.provider.clone().unwrap_or_default()),
            Cell::text(price.mode.clone()),
            price.above.map_or(Cell::none(), Cell::count),
            Cell::text(price.from.map(|day| day.to_string()).unwrap_or_default()),
            money(price.input),
            money(price.cache_read),
            money(price.cache_write),
            money(price.output),
            if price.request.is_zero() { Cell::none() } else { money(price.request) },
            Cell::text(price.source.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]);
    }
    table
}

fn skus(prices: &[SkuPrice]) -> Table {
    let heads = ["Sold", "Provider", "Region", "SKU", ">Price", "Unit", ">Months", "Paid before", "From", "Source"];
    let mut table = Table::new("", &heads);
    for price in prices {
        table.row(vec![
            Cell::text(price.kind.to_string()),
            Cell::text(price.provider.clone()),
            Cell::text(price.region.clone().unwrap_or_default()),
            Cell::text(price.sku.clone()),
            Cell::figure(price.price.to_string(), price.price.to_string()),
            Cell::text(price.unit.clone()),
            price.term_months.map_or(Cell::none(), |months| Cell::count(u64::from(months))),
            Cell::text(price.payment.map(|payment| payment.to_string()).unwrap_or_default()),
            Cell::text(price.from.map(|day| day.to_string()).unwrap_or_default()),
            Cell::text(price.source.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]);
    }
    table
}
