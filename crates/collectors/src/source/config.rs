//! The document of sources: what is collected, from where, by what right.

use std::collections::BTreeMap;
use std::fmt;

use farthing_types::{Amount, BillingPeriod, SourceName};
use serde::Deserialize;

use super::{CollectError, Source};

/// Reads a secret by its name: the one place where the environment is read hands this over.
pub type ReadSecret = fn(&str) -> Result<Option<String>, String>;

/// The secrets that sources may ask for.
#[derive(Clone, Copy)]
pub struct Secrets(pub ReadSecret);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(not shown)")
    }
}

impl Secrets {
    /// A secret that may be missing.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn find(&self, name: &str) -> Result<Option<String>, CollectError> {
        let unreadable = |why| CollectError::UnreadableSecret { name: name.to_owned(), why };
        Ok((self.0)(name).map_err(unreadable)?.filter(|secret| !secret.is_empty()))
    }

    /// A secret that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn get(&self, name: &str) -> Result<String, CollectError> {
        self.find(name)?.ok_or_else(|| CollectError::Secret { name: name.to_owned() })
    }
}

/// What may be spent on calls in a calendar month, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Budget(pub Amount);

impl TryFrom<String> for Budget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let amount: Amount = text.parse().map_err(|error| format!("monthly_budget: {error}"))?;
        if amount.is_negative() { Err("monthly_budget: it is below zero".to_owned()) } else { Ok(Self(amount)) }
    }
}

/// What every source's table may say beside what is its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Common {
    /// What its calls may cost in a calendar month, in US dollars, as text: `"5.00"`. Without it there is no bound.
    pub monthly_budget: Option<Budget>,
    /// For how many days the service may still change what it said: months that these days lie in are collected anew. Default 5.
    pub restated_days: u16,
    /// The first month that is collected, as `2026-01`; without it the month before the first run.
    pub first_month: Option<BillingPeriod>,
}

impl Default for Common {
    fn default() -> Self {
        Self { monthly_budget: None, restated_days: 5, first_month: None }
    }
}

/// One source as it is configured.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Its name, that of its parts and of their facts in the lake.
    pub name: SourceName,
    /// What every source has.
    pub common: Common,
    /// What it is.
    pub kind: SourceKind,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $feature:literal, $module:ident;)*) => {
        /// The kinds of sources that this program was built with.
        #[derive(Clone, Debug)]
        pub enum SourceKind {
            $($(#[$doc])* #[cfg(feature = $feature)] $variant(crate::$module::Config),)*
        }

        impl SourceKind {
            /// The names of the kinds, as the document writes them.
            pub const NAMES: &'static [&'static str] = &[$(#[cfg(feature = $feature)] $name,)*];

            /// The name of this one.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(#[cfg(feature = $feature)] Self::$variant(_) => $name,)*
                }
            }

            fn read(kind: &str, table: toml::Table) -> Result<Self, String> {
                let read = |error: toml::de::Error| error.message().to_owned();
                match kind {
                    $(#[cfg(feature = $feature)] $name => table.try_into().map(Self::$variant).map_err(read),)*
                    _ => Err(format!("{kind:?} is no kind of source; there are {}", Self::NAMES.join(", "))),
                }
            }

            fn open(&self, name: &SourceName, secrets: &Secrets) -> Result<Box<dyn Source>, CollectError> {
                match self {
                    $(#[cfg(feature = $feature)] Self::$variant(config) => Ok(Box::new(crate::$module::open(name, config, secrets)?)),)*
                }
            }

            fn check(&self) -> Vec<String> {
                match self {
                    $(#[cfg(feature = $feature)] Self::$variant(config) => config.problems(),)*
                }
            }
        }
    };
}

kinds! {
    /// Anthropic's organisation.
    Anthropic = "anthropic", "anthropic", anthropic;
    /// Usage that AWS's CloudWatch measured.
    AwsCloudwatch = "aws-cloudwatch", "aws-cloudwatch", aws_cloudwatch;
    /// Costs of AWS by the Cost Explorer.
    AwsCostExplorer = "aws-cost-explorer", "aws-cost-explorer", aws_cost_explorer;
    /// A project of Langfuse.
    Langfuse = "langfuse", "langfuse", langfuse;
    /// A LiteLLM proxy.
    Litellm = "litellm", "litellm", litellm;
    /// OpenAI's organisation.
    OpenAi = "openai", "openai", openai;
    /// Workloads and models of Kubernetes, by OpenCost.
    OpenCost = "opencost", "opencost", opencost;
    /// Serving engines and GPUs, by Prometheus.
    Prometheus = "prometheus", "prometheus", prometheus;
}

/// All sources.
#[derive(Clone, Debug, Default)]
pub struct SourcesFile {
    sources: BTreeMap<SourceName, SourceConfig>,
}

impl SourcesFile {
    /// Reads the document.
    ///
    /// # Errors
    /// All that is wrong with it, each with the source that it is about.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Document {
            version: u32,
            #[serde(default)]
            source: BTreeMap<SourceName, toml::Table>,
        }
        let document: Document = toml::from_str(text).map_err(|error| vec![error.to_string().trim_end().to_owned()])?;
        if document.version != 1 {
            return Err(vec![format!("version = {}: this program reads version 1", document.version)]);
        }
        let (mut sources, mut problems) = (BTreeMap::new(), Vec::new());
        for (name, table) in document.source {
            match SourceConfig::read(name.clone(), table) {
                Ok(source) => {
                    problems.extend(source.kind.check().into_iter().map(|problem| format!("source {name}: {problem}")));
                    sources.insert(name, source);
                }
                Err(problem) => problems.push(format!("source {name}: {problem}")),
            }
        }
        if problems.is_empty() { Ok(Self { sources }) } else { Err(problems) }
    }

    /// In the order of their names.
    pub fn all(&self) -> impl Iterator<Item = &SourceConfig> {
        self.sources.values()
    }

    /// One of them.
    pub fn get(&self, name: &SourceName) -> Option<&SourceConfig> {
        self.sources.get(name)
    }
}

impl SourceConfig {
    fn read(name: SourceName, mut table: toml::Table) -> Result<Self, String> {
        let Some(toml::Value::String(kind)) = table.remove("kind") else {
            return Err(format!("no kind; write kind = with one of {}", SourceKind::NAMES.join(", ")));
        };
        let mut common = toml::Table::new();
        for key in ["monthly_budget", "restated_days", "first_month"] {
            if let Some(value) = table.remove(key) {
                common.insert(key.to_owned(), value);
            }
        }
        let common = common.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        Ok(Self { name, common, kind: SourceKind::read(&kind, table)? })
    }

    /// Opens it with the secrets that it asks for. Nothing is sent yet.
    ///
    /// # Errors
    /// When a secret is missing or an address may not be called.
    pub fn open(&self, secrets: &Secrets) -> Result<Box<dyn Source>, CollectError> {
        self.kind.open(&self.name, secrets)
    }
}
