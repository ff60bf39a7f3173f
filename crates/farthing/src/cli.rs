//! The command line, as people type it.

use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use farthing_application::{ConversionRule, Farthing, NamedFor, Permission, Reporting, SliceBy, StatementCell};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, ModelId, SourceName, UnitId, Window, WorkflowId, parse_moment};

use crate::commands::Context;
use crate::commands::accruals::AccrualArgs;
use crate::commands::alerts::AlertsCommand;
use crate::commands::approvals::ApprovalsCommand;
use crate::commands::audit::AuditCommand;
use crate::commands::backup::{BackupArgs, RestoreArgs};
use crate::commands::budgets::BudgetsCommand;
use crate::commands::certificate::CertificateArgs;
use crate::commands::collect::{CollectArgs, SourcesCommand};
use crate::commands::coverage::CoverageArgs;
use crate::commands::documents::DocumentsArgs;
use crate::commands::experiment::ExperimentCommand;
use crate::commands::ingest::DeliveryArgs;
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
use crate::commands::plan_all::PlanAllArgs;
use crate::commands::plan_export::PlanExportArgs;
use crate::commands::planning::PlanningCommand;
use crate::commands::portfolio::PortfolioArgs;
use crate::commands::prices::PricesCommand;
use crate::commands::process::{IngestEventLogArgs, ProcessArgs};
use crate::commands::provider::ProviderCommand;
use crate::commands::quality::SlaCommand;
use crate::commands::rates::RatesCommand;
use crate::commands::recommendations::RecommendationsCommand;
use crate::commands::reconcile::ReconcileArgs;
use crate::commands::retention::RetentionCommand;
use crate::commands::revisions::RevisionsCommand;
use crate::commands::roles::{SchedulerArgs, WorkerArgs};
use crate::commands::schedules::SchedulesCommand;
use crate::commands::simulate::SimulateArgs;
use crate::commands::token_cost::TokenCostArgs;
use crate::commands::units::UnitsArgs;
use crate::commands::users::{TokensCommand, UsersCommand};
use crate::commands::variance::VarianceArgs;
use crate::output::{Format, OutputArgs};

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

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// List what the imports found
    #[arg(long)]
    pub findings: bool,
    /// Show how complete, timely and conforming the charges are; status 2 where they are below the SLA
    #[arg(long, conflicts_with = "findings")]
    pub quality: bool,
    /// Only this source (--quality)
    #[arg(long, requires = "quality")]
    pub source: Option<SourceName>,
    /// Only this billing period, as 2026-05 (--quality)
    #[arg(long, requires = "quality")]
    pub period: Option<BillingPeriod>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub enum IngestCommand {
    /// Import a bill: FOCUS or a provider's own format; CSV, JSON lines (plain, gzip, Zstandard) or Parquet
    Billing {
        /// Files, folders, manifests, and buckets such as s3://bucket/prefix; where there are manifests only what they list is read
        #[arg(required = true)]
        paths: Vec<Utf8PathBuf>,
        /// The source they are an export of; each import replaces its earlier bill of the same month
        #[arg(long)]
        source: SourceName,
        /// What the files are: auto (told by their columns), focus, or a name that `farthing formats` lists.
        /// The output's form stands before the command: farthing --format json ingest billing …
        #[arg(long, value_name = "FORMAT", default_value = "auto")]
        format: String,
        /// Read the files by this mapping of your own (TOML)
        #[arg(long, value_name = "FILE", conflicts_with = "format")]
        mapping: Option<Utf8PathBuf>,
        #[command(flatten)]
        delivery: DeliveryArgs,
    },
    /// Import inference usage
    Usage {
        /// Files, folders, or a bucket: s3://BUCKET/PREFIX
        #[arg(required = true)]
        paths: Vec<Utf8PathBuf>,
        /// The gateway or service it comes from
        #[arg(long)]
        source: SourceName,
        /// How the files are written
        #[arg(long, value_enum)]
        format: UsageFileFormat,
        /// The model of rows that name none (request-trace)
        #[arg(long)]
        model: Option<ModelId>,
        /// The workload of rows that name none (request-trace)
        #[arg(long)]
        workload: Option<String>,
    },
    /// Import decisions and their outcomes: CSV or JSON lines
    Decisions {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<Utf8PathBuf>,
        /// The system they come from
        #[arg(long, default_value = "decisions")]
        source: SourceName,
    },
    /// Import event logs of business processes: XES (plain or gzip), CSV with a mapping, OCEL 1.0 or 2.0 in JSON
    EventLog(IngestEventLogArgs),
    /// Publish people's rates and handling times (TOML)
    People {
        /// The file
        file: Utf8PathBuf,
    },
    /// Publish quantities of units that nothing meters, to split pools by: headcount, storage … (CSV: measure,unit,quantity,time)
    Metrics {
        /// The file
        file: Utf8PathBuf,
    },
    /// Publish the fleet profile: instance types, prices, workloads and their promises (TOML)
    Fleet {
        /// The file
        file: Utf8PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UsageFileFormat {
    /// A CSV of requests, or of requests per minute
    RequestTrace,
    /// A LiteLLM proxy's spend log
    Litellm,
    /// OpenTelemetry traces of calls of models (OTLP in JSON)
    Otlp,
    /// Pages of OpenAI's usage (GET /v1/organization/usage/…)
    OpenaiUsage,
    /// Pages of Anthropic's usage report
    AnthropicUsage,
    /// Bedrock's logs of model invocations
    BedrockLog,
    /// Langfuse's observations
    Langfuse,
    /// Helicone's requests
    Helicone,
    /// Answers of Prometheus about vLLM, KServe and GPUs (GET /api/v1/query_range)
    Prometheus,
    /// The same as request-trace: usage by hour, or by any span, with the columns told by their names
    Csv,
}

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

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Say all that is wrong with a rule file
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Show the money that a rule file would move in a period, before it is published
    Preview {
        /// The file
        file: Utf8PathBuf,
        /// The billing period, as 2026-05
        #[arg(long)]
        period: BillingPeriod,
        /// Which of the four costs
        #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
        cost: Cost,
    },
    /// Show what share of a bill is attributed by which rule, and why the rest is not
    Coverage(CoverageArgs),
    /// Check a rule file and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the JSON schema of the rule file
    Schema,
    /// Print the rules in force
    Show {
        #[command(flatten)]
        moment: AsOfArgs,
    },
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

#[derive(Debug, Args)]
pub struct ChargebackArgs {
    /// The billing period, as 2026-05: what was invoiced in it
    #[arg(long, required_unless_present = "window")]
    pub period: Option<BillingPeriod>,
    /// Days as 2026-05-01/2026-06-01 instead: what they cost, whenever it was billed, corrections included
    #[arg(long, conflicts_with = "period")]
    pub window: Option<Window>,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    /// Only this unit and those below it
    #[arg(long)]
    pub unit: Option<UnitId>,
    #[command(flatten)]
    pub reporting: ReportingArgs,
    /// Walk one figure to its charges: unit=payments,part=direct,service="Virtual Machines" or reason=no_tags. A unit comes with
    /// those below it, as in the table, or by itself with scope=own; part is direct, shared or total; also source=, currency=,
    /// rule=, pool=, account=, region=, category=, any FOCUS column and tag:NAME=
    #[arg(long, value_name = "CELL", conflicts_with = "unit")]
    pub explain: Option<StatementCell>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    /// Form of the report [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "chargeback_format")]
    pub format: Option<ChargebackFormat>,
    /// Write the report to this file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "chargeback_file")]
    pub file: Option<Utf8PathBuf>,
}

/// The form of a chargeback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChargebackFormat {
    /// For people, on a terminal
    Table,
    /// One JSON document, exact
    Json,
    /// Comma-separated values, exact
    Csv,
    /// One JSON object a line
    Ndjson,
    /// A Markdown table
    Md,
    /// Parquet, for other engines
    Parquet,
    /// A workbook for spreadsheets: numbers, with the exact text beside each
    Xlsx,
}

impl From<Format> for ChargebackFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
            Format::Ndjson => Self::Ndjson,
            Format::Md => Self::Md,
        }
    }
}

impl ChargebackFormat {
    /// The form of text that it is; none where it is none.
    pub fn text(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Ndjson => Some(Format::Ndjson),
            Self::Md => Some(Format::Md),
            Self::Parquet | Self::Xlsx => None,
        }
    }
}

#[derive(Debug, Args)]
pub struct StatementArgs {
    /// The unit; those below it are part of the statement
    pub unit: UnitId,
    /// The billing period, as 2026-05
    #[arg(long)]
    pub period: BillingPeriod,
    /// Which of the four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    #[command(flatten)]
    pub reporting: ReportingArgs,
    /// The paper of a PDF
    #[arg(long, value_enum, default_value_t = Paper::A4)]
    pub paper: Paper,
    #[command(flatten)]
    pub moment: AsOfArgs,
    /// Form of the statement [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "statement_format")]
    pub format: Option<StatementFormat>,
    /// Write the statement to this file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "statement_file")]
    pub file: Option<Utf8PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Paper {
    A4,
    Letter,
}

/// The form of a unit's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatementFormat {
    /// For people, on a terminal
    Table,
    /// One JSON document, exact
    Json,
    /// Comma-separated values, exact
    Csv,
    /// One JSON object a line
    Ndjson,
    /// A Markdown table
    Md,
    /// For print
    Pdf,
}

impl From<Format> for StatementFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
            Format::Ndjson => Self::Ndjson,
            Format::Md => Self::Md,
        }
    }
}

impl StatementFormat {
    /// The form of text that it is; none where it is none.
    pub fn text(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Ndjson => Some(Format::Ndjson),
            Self::Md => Some(Format::Md),
            Self::Pdf => None,
        }
    }
}

#[derive(Debug, Args)]
pub struct UnitCostArgs {
    /// Only this workflow
    #[arg(long)]
    pub workflow: Option<WorkflowId>,
    /// Whole months as 2026-04-01/2026-06-01; the last month with charges without it
    #[arg(long)]
    pub window: Option<Window>,
    /// Which of the bill's four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    /// Tell decisions apart by their unit, the month, or the value of a tag
    #[arg(long, value_name = "unit|period|segment:TAG")]
    pub by: Option<SliceBy>,
    /// Show what the comparison with people rests on: each input moved by its interval, or by ± SHARE where it has none
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "0.1")]
    pub tornado: Option<Amount>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Instance types and hourly replicas for every workload
    Fleet(PlanFleetArgs),
    /// Everything, each step for what the steps before leave: fleet, commitments, storage, routing, contracts, portfolio
    All(PlanAllArgs),
    /// A plan as the files of those who run what it is about; nothing is applied
    Export(PlanExportArgs),
    /// Which reservations, spend plans and provisioned capacity to buy, how much and when
    Commitments(PlanModelArgs),
    /// Which contracts and licences to sign, and the price at which each choice flips
    Contracts(PlanModelArgs),
    /// In which storage class data lies until it is deleted, and the S3 lifecycle that does it
    Storage(PlanModelArgs),
    /// Keep, retrain, repurpose, merge or retire every automation, within budget and what teams can do
    Portfolio(PlanModelArgs),
    /// Which share of decisions goes to which model, size and team
    Routing(PlanModelArgs),
}

#[derive(Debug, Args)]
pub struct PlanModelArgs {
    /// Solve this instance, in the format of the model's MODEL.md, instead of imported data; needs no home
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_data", "period", "as_of"])]
    pub instance: Option<Utf8PathBuf>,
    /// Plan from imported data and the planning document (the default)
    #[arg(long)]
    pub from_data: bool,
    /// The month whose facts the plan rests on, as 2026-05; the newest one without it
    #[arg(long)]
    pub period: Option<BillingPeriod>,
    /// Also write what was solved from imported data, in the format of the model's MODEL.md
    #[arg(long, value_name = "FILE", conflicts_with = "instance")]
    pub write_instance: Option<Utf8PathBuf>,
    /// Most nodes of the search tree of one program, the same on every machine; 0 for as many as the time allows
    #[arg(long, default_value_t = farthing_application::USUAL_NODES, value_name = "NODES")]
    pub nodes: u32,
    /// In any case stop after this many seconds with the best plan so far, which the status says
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub time_limit: u64,
    /// Stop when the plan is proven this close to the best possible; 0 asks for the optimum, and 0.001 is the least for imported data
    #[arg(long, default_value_t = 0.0)]
    pub gap: f64,
    /// Also write the program, so that another solver can check the answer: a file that ends in .mps or .lp
    #[arg(long, value_name = "FILE")]
    pub write_program: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct PlanFleetArgs {
    /// Solve this instance file instead of the measured demand; needs no home
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_data", "as_of"])]
    pub instance: Option<Utf8PathBuf>,
    /// Have workers solve the parts of the instance that share no quota and no commitment, each as a run of the kind `solve`; the plan is
    /// the same as without
    #[arg(long, requires = "instance", conflicts_with = "explain")]
    pub by_workers: bool,
    /// Plan for the demand that imported usage shows (the default)
    #[arg(long)]
    pub from_data: bool,
    /// Most rounds of search of a large fleet, the same on every machine; 0 for as many as the time allows [default: 12; 0 where a time
    /// limit is given]
    #[arg(long, value_name = "ROUNDS")]
    pub rounds: Option<u32>,
    /// In any case stop after this many seconds with the best plan so far, which the status says [default: 600]
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,
    /// Stop when the plan is proven this close to the best possible: 0.001 is a tenth of a percent
    #[arg(long, default_value_t = 0.001)]
    pub gap: f64,
    /// Also say what binds, what other limits, promises and choices cost, and how far the choice stands: many shorter solves
    #[arg(long)]
    pub explain: bool,
    /// Also write the program of the instance, so that another solver can check the answer: a file that ends in .mps or .lp
    #[arg(long, value_name = "FILE", requires = "instance")]
    pub write_program: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct SqlArgs {
    /// One SELECT over the tables focus (a row a charge), focus_daily (the same, added up by day), usage, decisions, event_logs,
    /// contract_commitment, invoice_detail, billing_period, attributed (charges with their units) and statements; names in any case
    pub query: String,
    /// A value for a parameter: NAME=VALUE for :NAME, VALUE for the next ? [repeatable]
    #[arg(long = "param", value_name = "VALUE")]
    pub parameters: Vec<String>,
    /// Only the facts of this billing period
    #[arg(long)]
    pub period: Option<BillingPeriod>,
    /// Only the facts of this source
    #[arg(long)]
    pub source: Option<SourceName>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    /// Form of the answer [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "sql_format")]
    pub format: Option<SqlFormat>,
    /// Write the answer to this file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", id = "sql_file")]
    pub file: Option<Utf8PathBuf>,
}

/// The form of a SQL answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SqlFormat {
    /// For people, on a terminal
    Table,
    /// An array of objects, one a row, exact
    Json,
    /// Comma-separated values, exact
    Csv,
    /// One JSON object a line
    Ndjson,
    /// A Markdown table
    Md,
    /// Parquet, for other engines
    Parquet,
    /// Arrow's IPC stream, for other programs
    Arrow,
}

impl From<Format> for SqlFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
            Format::Ndjson => Self::Ndjson,
            Format::Md => Self::Md,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// The facts of a billing period as the datasets of one release of FOCUS, with a manifest
    Focus(ExportFocusArgs),
}

#[derive(Debug, Args)]
pub struct ExportFocusArgs {
    /// The release to write
    #[arg(long, value_enum, default_value = "1.4")]
    pub focus_version: ExportedVersion,
    /// The billing period, as 2026-05
    #[arg(long)]
    pub period: BillingPeriod,
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Replace the charges of pools by those of the units that pay for them (1.3 and 1.4)
    #[arg(long)]
    pub allocated: bool,
    /// The folder to write into
    #[arg(short = 'o', long = "output", value_name = "DIR", id = "output_folder")]
    pub folder: Utf8PathBuf,
    /// How the files are written
    #[arg(long = "as", value_enum, default_value_t = ExportForm::Csv, value_name = "FORM")]
    pub form: ExportForm,
    /// Form of the report [default: table]
    #[arg(long, value_enum, value_name = "FORM", id = "output_format")]
    pub format: Option<crate::output::Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportedVersion {
    /// 2025, 57 columns of cost and usage
    #[value(name = "1.2")]
    V1_2,
    /// 2025, with contract commitments
    #[value(name = "1.3")]
    V1_3,
    /// 2026, with lines of invoices and billing periods
    #[value(name = "1.4")]
    V1_4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    Csv,
    Parquet,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on [env: FARTHING_LISTEN; default: 127.0.0.1:7777]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Run no jobs here: `farthing scheduler` and `farthing worker` do elsewhere
    #[arg(long)]
    pub no_jobs: bool,
}

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
