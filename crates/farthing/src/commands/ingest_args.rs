//! What `farthing ingest` is told.

use camino::Utf8PathBuf;
use clap::{Subcommand, ValueEnum};
use farthing_types::{ModelId, SourceName};

use crate::commands::ingest::DeliveryArgs;
use crate::commands::process::IngestEventLogArgs;

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
