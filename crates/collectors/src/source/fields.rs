//! What each kind of source is told, for whoever writes a document of sources by hand or in a form. A secret is the name of a variable.

use serde::Serialize;
use utoipa::ToSchema;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldForm {
    /// A text.
    Text,
    /// The name of a variable that holds a secret; with `_FILE` after it, the path of a file that does.
    Secret,
    /// An address.
    Address,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// Words of `choices`.
    Choices,
}

/// One thing that a source is told.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = SourceField)]
pub struct Field {
    /// Its key in the source's table.
    pub key: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What it holds.
    pub form: FieldForm,
    /// True where there is no source without it.
    pub required: bool,
    /// What holds where it is left out.
    pub default: &'static str,
    /// What may be chosen.
    pub choices: &'static [&'static str],
}

/// A kind of source.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = SourceKind)]
pub struct KindLine {
    /// Its name in the document.
    pub kind: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it brings: `costs`, `usage`, or both.
    pub brings: &'static str,
    /// What it is asked for and what that takes.
    pub about: &'static str,
    /// What it is told.
    pub fields: &'static [Field],
}

const fn field(key: &'static str, label: &'static str, form: FieldForm, default: &'static str, about: &'static str) -> Field {
    Field { key, label, about, form, required: false, default, choices: &[] }
}

const fn choices(
    key: &'static str,
    label: &'static str,
    of: &'static [&'static str],
    default: &'static str,
    about: &'static str,
) -> Field {
    Field { key, label, about, form: FieldForm::Choices, required: false, default, choices: of }
}

const fn address(about: &'static str) -> Field {
    Field { key: "endpoint", label: "Address", about, form: FieldForm::Address, required: true, default: "", choices: &[] }
}

/// What every source may be told.
pub const COMMON: &[Field] = &[
    field(
        "first_month",
        "First month",
        FieldForm::Text,
        "the month before",
        "The first month that is collected, such as 2026-01",
    ),
    field(
        "monthly_budget",
        "Budget for calls, US dollars a month",
        FieldForm::Text,
        "no bound",
        "Calls that would cost more are not made",
    ),
];

const REGION: Field =
    field("region", "Region", FieldForm::Text, "us-east-1", "The region that is asked; several are several sources");

/// The kinds that this program may know; [`SourceKind::NAMES`](super::SourceKind::NAMES) says which it does.
pub(super) const KINDS: &[KindLine] = &[
    KindLine {
        kind: "aws-cost-explorer",
        name: "AWS Cost Explorer",
        brings: "costs",
        about: "Costs of AWS by day, service and kind of charge. Each page of an answer costs 0.01 USD. The server logs in with \
                AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of its environment, or by its machine's role.",
        fields: &[
            REGION,
            choices(
                "granularity",
                "As fine as",
                &["daily", "hourly"],
                "daily",
                "Hours have to be switched on in AWS, and reach back 14 days",
            ),
            field(
                "split_by",
                "Kept apart by",
                FieldForm::Text,
                "",
                "A dimension such as LINKED_ACCOUNT: one request for each of its values",
            ),
        ],
    },
    KindLine {
        kind: "aws-cloudwatch",
        name: "AWS CloudWatch",
        brings: "usage",
        about: "Requests, tokens and latencies of Bedrock, SageMaker and Lambda by hour. The server logs in with AWS_ACCESS_KEY_ID and \
                AWS_SECRET_ACCESS_KEY of its environment, or by its machine's role.",
        fields: &[
            REGION,
            choices(
                "services",
                "Services",
                &["bedrock", "sagemaker", "lambda"],
                "bedrock, sagemaker",
                "Which services are asked for",
            ),
            field("latency", "Latencies", FieldForm::Flag, "true", "How long callers waited; three metrics more of each series"),
        ],
    },
    KindLine {
        kind: "openai",
        name: "OpenAI",
        brings: "costs, usage",
        about: "Costs and token usage of an organisation, by its administrators' API. It costs nothing.",
        fields: &[
            field(
                "admin_key",
                "Admin key",
                FieldForm::Secret,
                "OPENAI_ADMIN_KEY",
                "Made under Settings, Admin keys, of the organisation",
            ),
            field("costs", "Costs", FieldForm::Flag, "true", "Collected as charges"),
        ],
    },
    KindLine {
        kind: "anthropic",
        name: "Anthropic",
        brings: "costs, usage",
        about: "Costs and token usage of an organisation, by its Admin API. It costs nothing.",
        fields: &[
            field("admin_key", "Admin key", FieldForm::Secret, "ANTHROPIC_ADMIN_KEY", "Made in the Console by an administrator"),
            field("costs", "Costs", FieldForm::Flag, "true", "Collected as charges"),
            field("usage", "Usage", FieldForm::Flag, "true", "Collected by hour"),
        ],
    },
    KindLine {
        kind: "langfuse",
        name: "Langfuse",
        brings: "usage",
        about: "Observations of a project: models, tokens, latencies.",
        fields: &[
            field("public_key", "Public key", FieldForm::Secret, "LANGFUSE_PUBLIC_KEY", "Of the project's API keys"),
            field("secret_key", "Secret key", FieldForm::Secret, "LANGFUSE_SECRET_KEY", "Of the same"),
            Field {
                required: false,
                default: "https://cloud.langfuse.com",
                ..address("Where it is, if not Langfuse's own cloud")
            },
        ],
    },
    KindLine {
        kind: "litellm",
        name: "LiteLLM",
        brings: "usage",
        about: "The spend log of a proxy: models, tokens, keys and teams.",
        fields: &[
            address("Such as https://llm.example"),
            field("api_key", "Key", FieldForm::Secret, "LITELLM_API_KEY", "One that may see the spend of all"),
        ],
    },
    KindLine {
        kind: "opencost",
        name: "OpenCost or Kubecost",
        brings: "costs, usage",
        about: "What workloads of a Kubernetes cluster hold and what that costs, and tokens of the models that they serve.",
        fields: &[
            address("Such as https://opencost.example"),
            field("bearer_token", "Token", FieldForm::Secret, "", "Where what stands before it asks for one"),
            field("allocation_path", "Path", FieldForm::Text, "allocation", "Kubecost's is model/allocation"),
            field("currency", "Currency", FieldForm::Text, "USD", "That of its prices, which it does not say"),
        ],
    },
    KindLine {
        kind: "prometheus",
        name: "Prometheus",
        brings: "usage",
        about: "Requests, tokens and latencies of vLLM and KServe, and how busy GPUs are. Thanos, Mimir and VictoriaMetrics answer alike.",
        fields: &[
            address("Such as https://prometheus.example"),
            field("bearer_token", "Token", FieldForm::Secret, "", "Where one is needed"),
            field("selector", "Labels", FieldForm::Text, "", "What series must have, such as {cluster=\"prod\"}"),
        ],
    },
];

impl KindLine {
    /// The kinds that this program was built with.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        KINDS.iter().filter(|line| super::SourceKind::NAMES.contains(&line.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceKind, SourcesFile};

    /// What a form would write of a field.
    fn written(field: &Field) -> String {
        let value = match field.form {
            FieldForm::Flag => "true".to_owned(),
            FieldForm::Number => "1".to_owned(),
            FieldForm::Address => "\"https://service.example\"".to_owned(),
            FieldForm::Choices if field.default.contains(", ") => format!("{:?}", field.choices),
            FieldForm::Choices => format!("{:?}", field.choices[0]),
            _ => match field.key {
                "first_month" => "\"2026-01\"".to_owned(),
                "monthly_budget" => "\"5.00\"".to_owned(),
                "currency" => "\"EUR\"".to_owned(),
                "selector" => "'{cluster=\"prod\"}'".to_owned(),
                _ => "\"NAME\"".to_owned(),
            },
        };
        format!("{} = {value}\n", field.key)
    }

    #[test]
    fn every_kind_is_described_and_reads_what_a_form_writes() {
        let described: Vec<&str> = KindLine::all().map(|line| line.kind).collect();
        let mut known = SourceKind::NAMES.to_vec();
        known.sort_by_key(|name| described.iter().position(|kind| kind == name));
        assert_eq!(described, known);
        for line in KindLine::all() {
            let fields = line.fields.iter().chain(COMMON);
            let text = format!("version = 1\n[source.it]\nkind = {:?}\n{}", line.kind, fields.map(written).collect::<String>());
            SourcesFile::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
            let least: String = line.fields.iter().filter(|field| field.required).map(written).collect();
            let text = format!("version = 1\n[source.it]\nkind = {:?}\n{least}", line.kind);
            SourcesFile::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        }
    }

    #[test]
    fn what_is_required_is_and_secrets_are_names() {
        for line in KindLine::all() {
            for field in line.fields {
                let text = format!("version = 1\n[source.it]\nkind = {:?}\n", line.kind);
                if field.required {
                    assert!(SourcesFile::parse(&text).is_err(), "{}: {}", line.kind, field.key);
                }
                let is_name = field.default.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
                assert!(field.form != FieldForm::Secret || is_name, "{}", field.default);
            }
        }
    }
}
