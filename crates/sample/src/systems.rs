//! The systems document: what two AI systems are made of.

/// The text of `systems.toml`.
pub(crate) fn text() -> String {
    String::from(TEXT)
}

const TEXT: &str = r#"# What two AI systems are made of: charges of the bill, shares of the platform, and what stands on no bill.

version = 1
currency = "USD"

[[system]]
id = "claims-triage"
name = "Claims triage"
owner = "claims operations"
units = ["claims-triage"]
workflow = "claims-triage"
people_on_hand = 2

[[system.line]]
id = "endpoint"
kind = "inference"
charges = { "tag:Workload" = "claims-triage" }

[[system.line]]
id = "agent for hard claims"
kind = "inference"
charges = { ProviderName = "Anthropic" }

[[system.line]]
id = "retraining"
kind = "training"
charges = { "tag:Workload" = "claims-model" }
over_months = 6

[[system.line]]
id = "data pipelines"
kind = "pipelines"
charges = { ServiceCategory = ["Analytics", "Databases", "Integration"] }

[[system.line]]
id = "claim files"
kind = "storage"
charges = { ServiceCategory = "Storage" }

[[system.line]]
id = "monitoring"
kind = "monitoring"
charges = { ServiceCategory = "Management and Governance" }

[[system.line]]
id = "inference platform"
kind = "platform"
pool = "inference-platform-by-tokens"

[[system.line]]
id = "labelled test set"
kind = "evaluation"
amount = 14600
from = 2026-01-01
until = 2027-01-01
source = { source = "contract with the labelling vendor", year = 2026 }

[[system.line]]
id = "case viewer"
kind = "licence"
per_month = 640
source = { source = "licence agreement", year = 2025 }

[[system.line]]
id = "engineers"
kind = "people"
hours_per_month = 60
rate_per_hour = 92
source = { source = "time sheets", year = 2026 }

[[system]]
id = "invoice-processing"
name = "Invoice processing"
owner = "finance operations"
units = ["invoice-processing"]
workflow = "invoice-processing"
people_on_hand = 4

[[system.line]]
id = "tokens"
kind = "inference"
charges = { ProviderName = "Anthropic" }

[[system.line]]
id = "ledger database"
kind = "pipelines"
charges = { ServiceCategory = "Databases" }

[[system.line]]
id = "inference platform"
kind = "platform"
pool = "inference-platform-by-tokens"

[[system.line]]
id = "engineers"
kind = "people"
hours_per_month = 25
rate_per_hour = 92
source = { source = "time sheets", year = 2026 }
"#;
