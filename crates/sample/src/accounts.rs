//! Providers, and the accounts, subscriptions, projects and workspaces in which the organisation uses them.

use serde::{Deserialize, Serialize};

/// Who sends a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Amazon Web Services: a payer and its linked accounts.
    Aws,
    /// Microsoft Azure: subscriptions.
    Azure,
    /// Google Cloud: projects.
    Gcp,
    /// A vendor of tokens, billed by project.
    OpenAi,
    /// A vendor of tokens, billed by workspace.
    Anthropic,
}

/// Constant texts of a provider's bill.
pub(crate) struct Biller {
    pub name: &'static str,
    pub publisher: &'static str,
    pub account_id: &'static str,
    pub account_name: &'static str,
    pub account_type: &'static str,
    pub sub_account_type: &'static str,
    pub invoices: [&'static str; 2],
}

impl Provider {
    /// All of them, in the order of their files.
    pub const ALL: [Self; 5] = [Self::Aws, Self::Azure, Self::Gcp, Self::OpenAi, Self::Anthropic];

    /// The name of the source that imports its bill.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// True for the clouds, whose bills have resources; false for vendors of tokens.
    pub const fn is_cloud(self) -> bool {
        matches!(self, Self::Aws | Self::Azure | Self::Gcp)
    }

    pub(crate) const fn biller(self) -> Biller {
        match self {
            Self::Aws => Biller {
                name: "AWS",
                publisher: "AWS",
                account_id: "400012340001",
                account_name: "northmoor-payer",
                account_type: "Payer Account",
                sub_account_type: "Linked Account",
                invoices: ["2184720391", "2191056847"],
            },
            Self::Azure => Biller {
                name: "Microsoft",
                publisher: "Microsoft",
                account_id: "5d0c7a2e-9b1f-4c6e-8a35-2f7e10c4b901",
                account_name: "Northmoor Mutual MCA",
                account_type: "Microsoft Customer Agreement",
                sub_account_type: "Subscription",
                invoices: ["G071940263", "G072815590"],
            },
            Self::Gcp => Biller {
                name: "Google Cloud",
                publisher: "Google Cloud",
                account_id: "01D4F7-8A2C6E-B39051",
                account_name: "Northmoor Mutual",
                account_type: "Billing Account",
                sub_account_type: "Project",
                invoices: ["5204718836", "5219930472"],
            },
            Self::OpenAi => Biller {
                name: "OpenAI",
                publisher: "OpenAI",
                account_id: "org-Nm7vQ2kXb4TzLw9R",
                account_name: "Northmoor Mutual",
                account_type: "Organization",
                sub_account_type: "Project",
                invoices: ["7C2E41A9-0004", "7C2E41A9-0005"],
            },
            Self::Anthropic => Biller {
                name: "Anthropic",
                publisher: "Anthropic",
                account_id: "3f6b1c58-77ad-4e02-9d1e-c0a54be7f213",
                account_name: "Northmoor Mutual",
                account_type: "Organization",
                sub_account_type: "Workspace",
                invoices: ["NMM-2026-0412", "NMM-2026-0513"],
            },
        }
    }
}

/// Whose resources an account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// The teams of a business line.
    Line,
    /// The machine-learning platform, used by all.
    Platform,
    /// The data platform.
    Data,
    /// Shared services.
    Shared,
    /// Anything, by anyone, without tags.
    Sandbox,
    /// Nothing of its own: purchases, support, taxes and credits.
    Payer,
    /// One workload of a vendor of tokens.
    Tokens,
}

/// A sub-account: an AWS linked account, an Azure subscription, a Google Cloud project, a vendor's project or workspace.
pub(crate) struct Account {
    pub provider: Provider,
    pub id: &'static str,
    pub name: &'static str,
    pub holds: Holds,
    /// How many resources it has, beside the others of its kind.
    pub weight: u32,
    /// The units whose resources it has, and how many of them.
    pub units: &'static [(&'static str, u32)],
}

const fn account(
    provider: Provider,
    id: &'static str,
    name: &'static str,
    holds: Holds,
    weight: u32,
    units: &'static [(&'static str, u32)],
) -> Account {
    Account { provider, id, name, holds, weight, units }
}

const CLAIMS: &[(&str, u32)] = &[("claims-triage", 45), ("document-reading", 35), ("settlement-review", 20)];
const LENDING: &[(&str, u32)] = &[("loan-prescreening", 40), ("mortgage-servicing", 35), ("collections", 25)];
const UNDERWRITING: &[(&str, u32)] = &[("risk-scoring", 60), ("pricing-models", 40)];
const SERVICE: &[(&str, u32)] = &[("support-replies", 65), ("voice-assist", 35)];
const PLATFORM: &[(&str, u32)] = &[("ml-platform", 1)];
const DATA: &[(&str, u32)] = &[("data-platform", 1)];
const SHARED: &[(&str, u32)] = &[("invoice-processing", 60), ("security-operations", 40)];

use Provider::{Anthropic, Aws, Azure, Gcp, OpenAi};

/// Every sub-account.
pub(crate) const ACCOUNTS: &[Account] = &[
    account(Aws, "400012340001", "northmoor-payer", Holds::Payer, 0, &[]),
    account(Aws, "400012340110", "claims-prod", Holds::Line, 30, CLAIMS),
    account(Aws, "400012340120", "lending-prod", Holds::Line, 34, LENDING),
    account(Aws, "400012340130", "underwriting-prod", Holds::Line, 18, UNDERWRITING),
    account(Aws, "400012340140", "customer-service-prod", Holds::Line, 24, SERVICE),
    account(Aws, "400012340180", "ml-platform-prod", Holds::Platform, 1, PLATFORM),
    account(Aws, "400012340181", "data-platform-prod", Holds::Data, 1, DATA),
    account(Aws, "400012340190", "shared-services", Holds::Shared, 1, SHARED),
    account(Aws, "400012340199", "sandbox", Holds::Sandbox, 1, &[]),
    account(Azure, "0b7e5a10-4c1d-4f5e-9a61-1d2c3b4a5f60", "nm-root", Holds::Payer, 0, &[]),
    account(Azure, "1c8f6b21-5d2e-4a6f-8b72-2e3d4c5b6a71", "nm-lending-core", Holds::Line, 50, LENDING),
    account(Azure, "2d9a7c32-6e3f-4b70-9c83-3f4e5d6c7b82", "nm-claims-documents", Holds::Line, 35, CLAIMS),
    account(Azure, "3eab8d43-7f40-4c81-ad94-405f6e7d8c93", "nm-corporate", Holds::Shared, 1, SHARED),
    account(Azure, "4fbc9e54-8051-4d92-bea5-51607f8e9da4", "nm-data", Holds::Data, 1, DATA),
    account(Azure, "50cdaf65-9162-4ea3-8fb6-6271809faeb5", "nm-visual-studio", Holds::Sandbox, 1, &[]),
    account(Gcp, "northmoor-billing-admin", "northmoor-billing-admin", Holds::Payer, 0, &[]),
    account(Gcp, "nm-underwriting-prod-418207", "underwriting-prod", Holds::Line, 60, UNDERWRITING),
    account(Gcp, "nm-customer-insight-550931", "customer-insight", Holds::Line, 40, SERVICE),
    account(Gcp, "nm-data-lake-730164", "data-lake", Holds::Data, 1, DATA),
    account(Gcp, "nm-playground-991270", "playground", Holds::Sandbox, 1, &[]),
    account(OpenAi, "proj_Lq3Zr8bN5mYt1Kd0", "loan-prescreening", Holds::Tokens, 0, &[("loan-prescreening", 1)]),
    account(OpenAi, "proj_Hs6Vw2cP9xUa4Je7", "support-replies", Holds::Tokens, 0, &[("support-replies", 1)]),
    account(OpenAi, "proj_Tf1Gb7kM3oRi8Qc5", "document-search", Holds::Tokens, 0, &[("settlement-review", 1)]),
    account(Anthropic, "wrkspc_01JNm4claims7Xq", "claims-triage", Holds::Tokens, 0, &[("claims-triage", 1)]),
    account(Anthropic, "wrkspc_01JNm8invoices2Rv", "invoice-processing", Holds::Tokens, 0, &[("invoice-processing", 1)]),
    account(Anthropic, "wrkspc_01JNm5replies9Kd", "support-drafts", Holds::Tokens, 0, &[("support-replies", 1)]),
];

/// Where the account with this name of a provider stands in [`ACCOUNTS`].
pub(crate) fn index(provider: Provider, name: &str) -> usize {
    let found = ACCOUNTS.iter().position(|account| account.provider == provider && account.name == name);
    found.unwrap_or_else(|| panic!("no {provider:?} account is named {name}"))
}
