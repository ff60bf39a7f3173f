//! The command line, as people type it.

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use farthing_application::{ConversionRule, Farthing, NamedFor, Permission, Reporting};
use farthing_types::{Currency, parse_moment};

use crate::commands::Context;
use crate::commands::accruals::AccrualArgs;
use crate::commands::alerts::AlertsCommand;
use crate::commands::approvals::ApprovalsCommand;
use crate::commands::audit::AuditCommand;
use crate::commands::backup::{BackupArgs, RestoreArgs};
use crate::commands::budgets::BudgetsCommand;
use crate::commands::certificate::CertificateArgs;
use crate::commands::chargeback::ChargebackArgs;
use crate::commands::collect::{CollectArgs, SourcesCommand};
use crate::commands::config::ConfigCommand;
use crate::commands::demo::DemoArgs;
use crate::commands::documents::DocumentsArgs;
use crate::commands::experiment::ExperimentCommand;
use crate::commands::export::ExportCommand;
use crate::commands::formats::FormatsArgs;
use crate::commands::ingest_args::IngestCommand;
use crate::commands::jobs::JobsCommand;
use crate::commands::journal::JournalArgs;
use crate::commands::kpis::KpisCommand;
use crate::commands::lake::LakeCommand;
use crate::commands::lineage::LineageArgs;
use crate::commands::masking::MaskingCommand;
use crate::commands::outlook::{AnomaliesArgs, ForecastArgs};
use crate::commands::owners::OwnersArgs;
use crate::commands::ownership::{OwnershipArgs, SystemsCommand};
use crate::commands::periods::{CloseArgs, PeriodsArgs, ReopenArgs};
use crate::commands::plan::PlanCommand;
use crate::commands::planning::PlanningCommand;
use crate::commands::portfolio::PortfolioArgs;
use crate::commands::prices::PricesCommand;
use crate::commands::process::ProcessArgs;
use crate::commands::provider::ProviderCommand;
use crate::commands::quality::SlaCommand;
use crate::commands::rates::RatesCommand;
use crate::commands::recommendations::RecommendationsCommand;
use crate::commands::reconcile::ReconcileArgs;
use crate::commands::retention::RetentionCommand;
use crate::commands::revisions::RevisionsCommand;
use crate::commands::roles::{SchedulerArgs, WorkerArgs};
use crate::commands::rules::RulesCommand;
use crate::commands::schedules::SchedulesCommand;
use crate::commands::serve::ServeArgs;
use crate::commands::simulate::SimulateArgs;
use crate::commands::sql::SqlArgs;
use crate::commands::statement::StatementArgs;
use crate::commands::status::StatusArgs;
use crate::commands::token_cost::TokenCostArgs;
use crate::commands::unit_cost::UnitCostArgs;
use crate::commands::units::UnitsArgs;
use crate::commands::users::{TokensCommand, UsersCommand};
use crate::commands::variance::VarianceArgs;
use crate::output::OutputArgs;

/// To the last farthing: what AI and cloud cost, who spent it, what a decision costs, and what should change.
#[derive(Debug, Parser)]
#[command(name = "farthing", version, arg_required_else_help = true, propagate_version = true)]
pub struct Cli {
    /// Folder of the embedded database and lake [env: FARTHING_HOME; default: the XDG data folder]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub home: Option<Utf8PathBuf>,
    /// Configuration file, instead of ./farthing.toml and the user's own
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Show no progress bars
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_progress: bool,
    /// Say more on stderr; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a sample organisation, run the whole job on it, and print the reports
    Demo(DemoArgs),
    /// Check the installation
    Doctor(OutputArgs),
    /// Show what there is by source and period
    Status(StatusArgs),
    /// Import files
    #[command(subcommand)]
    Ingest(IngestCommand),
    /// List the formats of bills that can be read, show and check mappings
    Formats(FormatsArgs),
    /// Collect sources over the network: ask for what is new or restated, import it, and say what the calls cost
    Collect(CollectArgs),
    /// What is collected, from where and by what right: check, publish and print the document
    #[command(subcommand)]
    Sources(SourcesCommand),
    /// Check and publish the rules that attribute charges to units
    #[command(subcommand)]
    Rules(RulesCommand),
    /// The operational units: list, show, import, change and export them
    Units(UnitsArgs),
    /// What is expected of the charges of each source: check, publish and print the SLA
    #[command(subcommand)]
    Sla(SlaCommand),
    /// What currencies are worth in each other, by day: what `chargeback --in` converts by
    #[command(subcommand)]
    Rates(RatesCommand),
    /// What each unit owes for a period, with the proof that it adds up to the bill
    Chargeback(ChargebackArgs),
    /// The statement of one unit: what it is charged by service and by pool, also as a PDF for print
    Statement(StatementArgs),
    /// What units may cost in a month, and how the month stands against it
    #[command(subcommand)]
    Budgets(BudgetsCommand),
    /// What the rest of the month and the months after it will cost, with intervals and the error that the method would have had
    Forecast(ForecastArgs),
    /// Days that cost what their history did not let expect, and what moved most; status 2 where there are any
    Anomalies(AnomaliesArgs),
    /// What providers themselves say beside their bills: how commitments were used, what they expect, what they take for unusual
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// What one decision costs, by AI and by people
    UnitCost(UnitCostArgs),
    /// What a million tokens cost: by the bill, by the prices, and why the two differ
    TokenCost(TokenCostArgs),
    /// What AI systems cost in all, line by line, and what an hour without them costs
    Tco(OwnershipArgs),
    /// What AI systems are made of: check, publish and print the document
    #[command(subcommand)]
    Systems(SystemsCommand),
    /// What planning has to know and no fact says: offers, storage classes, inventories, promises, options
    #[command(subcommand)]
    Planning(PlanningCommand),
    /// How many people approve which plans, and when things may be changed: thresholds, change windows, freezes
    #[command(subcommand)]
    Approvals(ApprovalsCommand),
    /// What tokens are sold for: check, publish and list prices
    #[command(subcommand)]
    Prices(PricesCommand),
    /// What an event log says of its process: durations, handling and waiting, rework, variants, outcomes, people's time for a case
    Process(ProcessArgs),
    /// Two arms of a workflow side by side, or a model in shadow beside what took effect: what is shown, at any time
    #[command(subcommand)]
    Experiment(ExperimentCommand),
    /// The registry of metrics: one definition, owner, unit of measure and lineage each, with their values
    #[command(subcommand)]
    Kpis(KpisCommand),
    /// The portfolio of models: a scorecard each, and the reviews of a quarter
    Portfolio(PortfolioArgs),
    /// Why a billing period cost another amount than an earlier one: price, volume, mix, fees, corrections, rules, shares
    Variance(VarianceArgs),
    /// Hold a billing period's charges against its invoices: the difference is 0, or a list of open items
    Reconcile(ReconcileArgs),
    /// The double entries of a billing period, balanced, in the layout of the books
    Journal(JournalArgs),
    /// Whose inference usage is, by caller and endpoint: stated, by workload, or inferred
    Owners(OwnersArgs),
    /// Say what the figures of a report rest on: the question, documents, revisions of facts, and the files that these came in
    Lineage(LineageArgs),
    /// What a billing period owes for days that are over and not billed yet, with the entries that post and reverse it
    Accruals(AccrualArgs),
    /// List the billing periods of each source, and which of them are closed
    Periods(PeriodsArgs),
    /// Close a billing period: what reports read of it stays
    Close(CloseArgs),
    /// The certificate of a closed billing period: what it was made of and came to, rendered again and compared
    Certificate(CertificateArgs),
    /// The record of what was changed, by whom and when: list, verify and sign it
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Open a closed billing period again: the next import replaces what is there
    Reopen(ReopenArgs),
    /// What imports said over time, and what changed from one to the next
    #[command(subcommand)]
    Revisions(RevisionsCommand),
    /// Plans: what should change
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Plans that were kept, of every kind: approve, apply, verify and roll back
    #[command(subcommand)]
    Recommendations(RecommendationsCommand),
    /// Replay a plan request by request on generated or recorded traffic; status 2 where it misses a promise
    Simulate(SimulateArgs),
    /// Read-only SQL over the facts, what they were attributed to, and statements
    Sql(SqlArgs),
    /// Look after the facts: whether the files are what the catalogue says
    #[command(subcommand)]
    Lake(LakeCommand),
    /// Personal data that imports mask before anything is kept
    #[command(subcommand)]
    Masking(MaskingCommand),
    /// How long facts about people are kept, what is then done with them, and what must stay
    #[command(subcommand)]
    Retention(RetentionCommand),
    /// What was published and is in force: rules, units, prices and the other documents, with version and author
    Documents(DocumentsArgs),
    /// Write facts in the formats of others
    #[command(subcommand)]
    Export(ExportCommand),
    /// What runs by itself, and when: list, check, publish and print schedules
    #[command(subcommand)]
    Schedules(SchedulesCommand),
    /// The runs of jobs: list, show, ask for and cancel them
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Who is told of what by itself, by mail, webhook, chat or ticket: what was sent, what waits, what failed and why
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// Add runs of schedules when they are due; any number of processes may
    Scheduler(SchedulerArgs),
    /// Take runs that are due and do their work; any number of processes may
    Worker(WorkerArgs),
    /// Who may log in, and what they may do: from the first one on the API asks everybody who they are
    #[command(subcommand)]
    Users(UsersCommand),
    /// Tokens of the API, for services and scripts
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Serve the HTTP API, and run jobs beside it
    Serve(ServeArgs),
    /// Copy everything to an empty folder, as of one moment, and prove the copy
    Backup(BackupArgs),
    /// Fill an empty home from a backup, and prove it; also the way from SQLite to PostgreSQL
    Restore(RestoreArgs),
    /// Bring the database up to date
    Migrate,
    /// Show the configuration in force
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Decode untrusted files on behalf of another process of this program
    #[command(hide = true)]
    Decode,
}

/// The option that every report of facts has.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct AsOfArgs {
    /// As it was at this moment, such as 2026-06-03T04:00:00Z: facts, rules and other documents in force then
    #[arg(long, value_name = "MOMENT", value_parser = parse_moment)]
    pub as_of: Option<DateTime<Utc>>,
}

/// The option of what is kept with the name of who did it.
#[derive(Clone, Debug, Default, Args)]
pub struct ActorArgs {
    /// Who does it, for the record; without it the setting `actor`
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

impl ActorArgs {
    /// The name given, or the setting's: where people are known here, one of them who may do this in the whole organisation.
    pub async fn may(&self, context: &Context, farthing: &Farthing, right: Permission) -> anyhow::Result<String> {
        context.named(farthing, self.by.as_deref(), NamedFor { right, whole: true }).await
    }

    /// The same for an act that is about units, and looks itself whose they are.
    pub async fn may_of_units(&self, context: &Context, farthing: &Farthing, right: Permission) -> anyhow::Result<String> {
        context.named(farthing, self.by.as_deref(), NamedFor { right, whole: false }).await
    }
}

/// A currency other than that of the bill.
#[derive(Clone, Copy, Debug, Args)]
pub struct ReportingArgs {
    /// All currencies in this one, at the published rates: `farthing rates import rates.csv`
    #[arg(long = "in", value_name = "CURRENCY")]
    reporting: Option<Currency>,
    /// Which rate holds for a charge: that of its day, of the month's last day, or the mean of the month [default: as the rates say,
    /// or else day]
    #[arg(long, value_name = "day|month-end|month-average", requires = "reporting")]
    rate: Option<ConversionRule>,
}

impl ReportingArgs {
    /// The currency that is wanted, if it is another.
    pub fn wanted(self) -> Option<Reporting> {
        self.reporting.map(|currency| Reporting { currency, rule: self.rate })
    }
}
