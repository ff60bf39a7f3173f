//! `farthing demo`: a sample organisation, and the whole job on it.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use farthing_application::{
    ChargebackQuery, CostBasis, Farthing, OwnershipQuery, ProcessQuery, SolveLimits, TokenCostBy, TokenCostQuery, UnitCostQuery,
};
use farthing_sample::{BillOptions, Format, Manifest, Organisation, write_organisation};
use farthing_types::{Cost, Selection};

use crate::commands::{Context, chargeback, ownership, plan, process, sample, serve, token_cost, unit_cost};
use crate::exit::{Status, UsageError};
use crate::output::OutputArgs;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Charges in the bill, over two months
    #[arg(long, default_value_t = 20_000)]
    pub rows: u64,
    /// Another seed is another organisation
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Serve the API afterwards
    #[arg(long)]
    pub serve: bool,
    /// Address to serve on
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// How the bill's files are written
    #[arg(long, value_enum, default_value_t = BillForm::CsvGz)]
    pub files: BillForm,
    /// Only write the organisation's files here; import nothing
    #[arg(long, value_name = "DIR")]
    pub only_write: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BillForm {
    Csv,
    CsvGz,
    Parquet,
}

/// Makes the organisation, imports it, prints the reports, and serves them if asked to.
pub async fn run(context: &Context, arguments: DemoArgs) -> anyhow::Result<Status> {
    let organisation = Organisation::new(arguments.rows, arguments.seed).map_err(|error| UsageError(error.to_string()))?;
    if let Some(folder) = &arguments.only_write {
        write(context, &organisation, folder, arguments.files)?;
        return Ok(Status::Done);
    }
    // It may go on as a server, and what it reads is of nobody.
    let farthing = context.open_service().await?;
    let folder = farthing.home().join("demo");
    let manifest = match sample::written(&folder, arguments.rows, arguments.seed) {
        Some(manifest) => manifest,
        None => write(context, &organisation, &folder, arguments.files)?,
    };
    import(context, &farthing, &folder, &manifest).await?;
    report(context, &farthing, &manifest, &arguments).await?;
    if arguments.serve {
        return serve::serve(context, farthing, arguments.listen.as_deref()).await;
    }
    Ok(Status::Done)
}

fn write(context: &Context, organisation: &Organisation, folder: &Utf8Path, files: BillForm) -> anyhow::Result<Manifest> {
    let bar = context.progress.counting("writing the bill", organisation.rows());
    let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    let format = match files {
        BillForm::Csv => Format::Csv,
        BillForm::CsvGz => Format::CsvGz,
        BillForm::Parquet => Format::Parquet,
    };
    let manifest = write_organisation(organisation, folder.as_std_path(), BillOptions { format, threads }, &|done, _| {
        bar.set_position(done)
    })?;
    bar.finish_and_clear();
    let (name, rows, months) = (&manifest.organisation, manifest.rows, manifest.periods.len());
    eprintln!(
        "{name}: a bill of {rows} charges over {months} months, with usage, decisions and an event log, written to {folder}."
    );
    Ok(manifest)
}

/// Imports everything in the order of the deliveries. What is there already is left alone.
async fn import(context: &Context, farthing: &Farthing, folder: &Utf8Path, manifest: &Manifest) -> anyhow::Result<()> {
    let files = sample::files(folder, manifest).map_err(anyhow::Error::msg)?;
    let bar = context.progress.counting("importing", files.len() as u64);
    let told = |done, _| {
        bar.set_position(done);
        true
    };
    let loaded = farthing.import_sample(&files, "demo", &told).await?;
    bar.finish_and_clear();
    eprintln!("{} files imported, {} were there already.", loaded.imported, loaded.known);
    Ok(())
}

async fn report(context: &Context, farthing: &Farthing, manifest: &Manifest, arguments: &DemoArgs) -> anyhow::Result<()> {
    let period = manifest.periods.last().copied().ok_or_else(|| anyhow::anyhow!("the organisation has no period"))?;
    let query = ChargebackQuery { selection: Selection::Period(period), cost: Cost::Effective, unit: None, reporting: None };
    let statement = farthing.chargeback(&query).await?;
    let costs = farthing.unit_cost(&UnitCostQuery { window: Some(period.window()), ..UnitCostQuery::default() }).await?;
    let mut processes = Vec::with_capacity(manifest.event_logs.len());
    for file in &manifest.event_logs {
        let log = farthing.log_of(&file.workflow.parse()?).await?;
        processes.push(farthing.process(&ProcessQuery { log, top: 10 }).await?);
    }
    let cost = Cost::Effective;
    let tokens = TokenCostQuery {
        selection: Some(Selection::Period(period)),
        model: None,
        basis: CostBasis::Both,
        by: vec![TokenCostBy::Model],
        cost,
    };
    let tokens = farthing.token_cost(&tokens).await?;
    let owned = farthing.ownership(&OwnershipQuery { period: Some(period), system: None, cost }).await?;
    let limits = SolveLimits { time_limit: Duration::from_secs(20), gap: 0.01, ..SolveLimits::default() };
    let mut following = plan::Following::new(context.progress.line());
    let bar = following.bar.clone();
    let planned = farthing.plan_fleet(limits, true, move |progress| following.follow(progress)).await?;
    bar.finish_and_clear();
    let all = serde_json::json!({
        "chargeback": statement.statements, "unit_cost": costs, "process": processes, "token_cost": tokens, "tco": owned,
        "plan": planned
    });
    let output = arguments.output.clone().or(&context.output);
    output.show(&all, || {
        let mut tables = chargeback::tables(&statement, false, output.form());
        tables.extend(unit_cost::tables(&costs));
        tables.extend(processes.iter().map(process::summary));
        tables.extend(token_cost::tables(&tokens, CostBasis::Allocation, cost));
        tables.extend(ownership::tables(&owned, cost));
        tables.extend(plan::tables(&planned));
        tables
    })
}
