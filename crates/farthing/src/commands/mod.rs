//! One command a file: ask a use case, show its answer.

pub mod accruals;
pub mod alerts;
pub mod approvals;
pub mod audit;
pub mod backup;
pub mod budgets;
pub mod certificate;
pub mod chargeback;
pub mod collect;
pub mod config;
pub mod coverage;
pub mod demo;
pub mod documents;
pub mod experiment;
mod explain;
pub mod export;
pub mod formats;
pub mod ingest;
pub mod ingest_args;
pub mod jobs;
pub mod journal;
pub mod kpis;
pub mod lake;
pub mod lineage;
pub mod masking;
pub mod outlook;
pub mod owners;
pub mod ownership;
pub mod periods;
pub mod plan;
pub mod plan_all;
mod plan_explained;
pub mod plan_export;
pub mod plan_models;
pub mod planning;
pub mod portfolio;
pub mod prices;
pub mod process;
pub mod provider;
pub mod quality;
pub mod rates;
pub mod recommendation_shadow;
pub mod recommendation_steps;
pub mod recommendations;
pub mod reconcile;
pub mod retention;
pub mod revisions;
pub mod roles;
pub mod rules;
mod sample;
pub mod schedules;
pub mod serve;
pub mod simulate;
pub mod sql;
pub mod statement;
pub mod status;
pub mod token_cost;
pub mod unit_cost;
pub mod units;
pub mod users;
pub mod variance;

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use camino::Utf8Path;
use clap::CommandFactory;
use farthing_application::{Farthing, Model, NamedFor, Settings};

use crate::cli::{AsOfArgs, Cli, Command};
use crate::clock::SystemClock;
use crate::commands::config::ConfigCommand;
use crate::commands::ingest_args::IngestCommand;
use crate::commands::plan::PlanCommand;
use crate::config::Config;
use crate::decode::{self, ChildDecoder};
use crate::exit::Status;
use crate::output::OutputArgs;
use crate::progress::Progress;

/// What every command needs.
pub struct Context {
    /// What was asked for: `farthing unit-cost`.
    command: String,
    config: Config,
    output: OutputArgs,
    progress: Progress,
}

impl Context {
    /// Opens the home.
    async fn open(&self) -> anyhow::Result<Farthing> {
        Ok(self.open_service().await?.on_record(&self.command))
    }

    /// Opens the home for what answers others, who are recorded as they ask.
    async fn open_service(&self) -> anyhow::Result<Farthing> {
        let decoder = ChildDecoder { program: decode::this_program()?, limits: self.config.decoding()? };
        let farthing = Farthing::open(&self.config.application()?, Arc::new(SystemClock), Arc::new(decoder)).await?;
        Ok(farthing.with_sample(Arc::new(sample::Northmoor)))
    }

    /// Who works here, where nobody is named.
    pub fn actor(&self) -> &str {
        self.config.actor()
    }

    /// Who does something: who is named with it, or by the settings. Whoever is at the machine and names nobody is recorded as such.
    pub async fn named(&self, farthing: &Farthing, name: Option<&str>, needed: NamedFor) -> anyhow::Result<String> {
        match name.or_else(|| self.config.named_actor()) {
            Some(name) => Ok(farthing.named_person(name, needed).await?),
            None => Ok(self.actor().to_owned()),
        }
    }

    /// Opens another home than the configured one, with the same settings and SQLite in it.
    async fn open_at(&self, home: &Utf8Path) -> anyhow::Result<Farthing> {
        anyhow::ensure!(home.join("farthing.db").exists(), "{home}: there is no farthing.db, so this is no backup");
        let settings = Settings { home: home.to_owned(), database_url: None, ..self.config.application()? };
        let decoder = ChildDecoder { program: decode::this_program()?, limits: self.config.decoding()? };
        Ok(Farthing::open(&settings, Arc::new(SystemClock), Arc::new(decoder)).await?)
    }

    /// Opens the home for a report, as it is or as it was.
    async fn open_as_of(&self, moment: AsOfArgs) -> anyhow::Result<Farthing> {
        let farthing = self.open().await?;
        Ok(match moment.as_of {
            Some(moment) => farthing.as_of(moment)?,
            None => farthing,
        })
    }
}

/// The largest document: as much as the API takes.
const LARGEST_DOCUMENT: u64 = 16 << 20;

/// Reads a file that a person wrote. It may be a pipe, and may not be endless.
fn read_document(path: &Utf8Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_DOCUMENT + 1).read_to_string(&mut text));
    let read = read.map_err(|error| anyhow::anyhow!("{path}: {error}"))? as u64;
    anyhow::ensure!(read <= LARGEST_DOCUMENT, "{path}: larger than 16 MiB, which no document is");
    Ok(text)
}

/// Runs a command.
pub async fn run(cli: Cli, command: String) -> anyhow::Result<Status> {
    let config = Config::load(&cli)?;
    let context = Context { command, config, output: cli.output.clone(), progress: Progress::new(cli.no_progress) };
    match cli.command {
        Command::Demo(arguments) => demo::run(&context, arguments).await,
        Command::Doctor(output) => status::doctor(&context, output).await,
        Command::Status(arguments) if arguments.quality => quality::run(&context, arguments).await,
        Command::Status(arguments) => status::run(&context, arguments).await,
        Command::Ingest(IngestCommand::People { file }) => ingest::document(&context, ingest::PEOPLE, &file).await,
        Command::Ingest(IngestCommand::Metrics { file }) => ingest::document(&context, ingest::METRICS, &file).await,
        Command::Ingest(IngestCommand::Fleet { file }) => ingest::document(&context, ingest::FLEET, &file).await,
        Command::Ingest(command) => ingest::run(&context, command).await,
        Command::Formats(arguments) => formats::run(&context, arguments),
        Command::Rules(command) => rules::run(&context, command).await,
        Command::Sla(command) => quality::sla(&context, command).await,
        Command::Units(arguments) => units::run(&context, arguments).await,
        Command::Chargeback(arguments) => chargeback::run(&context, arguments).await,
        Command::Statement(arguments) => statement::run(&context, arguments).await,
        Command::Rates(command) => rates::run(&context, command).await,
        Command::Budgets(command) => budgets::run(&context, command).await,
        Command::Forecast(arguments) => outlook::forecast(&context, arguments).await,
        Command::Anomalies(arguments) => outlook::anomalies(&context, arguments).await,
        Command::Kpis(command) => kpis::run(&context, command).await,
        Command::Portfolio(arguments) => portfolio::run(&context, arguments).await,
        Command::Experiment(command) => experiment::run(&context, command).await,
        Command::UnitCost(arguments) => unit_cost::run(&context, arguments).await,
        Command::TokenCost(arguments) => token_cost::run(&context, arguments).await,
        Command::Tco(arguments) => ownership::run(&context, arguments).await,
        Command::Planning(command) => planning::run(&context, command).await,
        Command::Approvals(command) => approvals::run(&context, command).await,
        Command::Systems(command) => ownership::systems(&context, command).await,
        Command::Prices(command) => prices::run(&context, command).await,
        Command::Process(arguments) => process::run(&context, arguments).await,
        Command::Plan(PlanCommand::Fleet(arguments)) => plan::run(&context, arguments).await,
        Command::Plan(PlanCommand::All(arguments)) => plan_all::run(&context, arguments).await,
        Command::Recommendations(command) => recommendations::run(&context, command).await,
        Command::Plan(PlanCommand::Export(arguments)) => plan_export::run(&context, arguments).await,
        Command::Simulate(arguments) => simulate::run(&context, arguments).await,
        Command::Plan(PlanCommand::Commitments(arguments)) => plan_models::run(&context, Model::Commitments, arguments).await,
        Command::Plan(PlanCommand::Contracts(arguments)) => plan_models::run(&context, Model::Contracts, arguments).await,
        Command::Plan(PlanCommand::Storage(arguments)) => plan_models::run(&context, Model::Storage, arguments).await,
        Command::Plan(PlanCommand::Portfolio(arguments)) => plan_models::run(&context, Model::Portfolio, arguments).await,
        Command::Plan(PlanCommand::Routing(arguments)) => plan_models::run(&context, Model::Routing, arguments).await,
        Command::Journal(arguments) => journal::run(&context, arguments).await,
        Command::Provider(command) => provider::run(&context, command).await,
        Command::Lineage(arguments) => lineage::run(&context, arguments).await,
        Command::Owners(arguments) => owners::run(&context, arguments).await,
        Command::Accruals(arguments) => accruals::run(&context, arguments).await,
        Command::Reconcile(arguments) => reconcile::run(&context, arguments).await,
        Command::Variance(arguments) => variance::run(&context, arguments).await,
        Command::Certificate(arguments) => certificate::run(&context, arguments).await,
        Command::Collect(arguments) => collect::run(&context, arguments).await,
        Command::Sources(command) => collect::sources(&context, command).await,
        Command::Periods(arguments) => periods::list(&context, arguments).await,
        Command::Close(arguments) => periods::close(&context, arguments).await,
        Command::Reopen(arguments) => periods::reopen(&context, arguments).await,
        Command::Audit(command) => audit::run(&context, command).await,
        Command::Revisions(command) => revisions::run(&context, command).await,
        Command::Sql(arguments) => sql::run(&context, arguments).await,
        Command::Lake(command) => lake::run(&context, command).await,
        Command::Retention(command) => retention::run(&context, command).await,
        Command::Documents(arguments) => documents::run(&context, arguments).await,
        Command::Masking(command) => masking::run(&context, command).await,
        Command::Export(command) => export::run(&context, command).await,
        Command::Schedules(command) => schedules::run(&context, command).await,
        Command::Jobs(command) => jobs::run(&context, command).await,
        Command::Alerts(command) => alerts::run(&context, command).await,
        Command::Users(command) => users::run(&context, command).await,
        Command::Tokens(command) => users::tokens(&context, command).await,
        Command::Scheduler(arguments) => roles::scheduler(&context, arguments).await,
        Command::Worker(arguments) => roles::worker(&context, arguments).await,
        Command::Serve(arguments) => serve::run(&context, arguments).await,
        Command::Backup(arguments) => backup::backup(&context, arguments).await,
        Command::Restore(arguments) => backup::restore(&context, arguments).await,
        Command::Migrate => status::migrate(&context).await,
        Command::Config(ConfigCommand::Show { origin, output }) => config::show(&context, origin, output),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "farthing", &mut text);
            context.output.write(&text)?;
            Ok(Status::Done)
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text)?;
            context.output.write(&text)?;
            Ok(Status::Done)
        }
        Command::Decode => unreachable!("it has been run before there was a configuration"),
    }
}
