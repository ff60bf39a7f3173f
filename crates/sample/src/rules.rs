//! The rule file: who pays for what, as a controller of this organisation would write it.

use std::fmt::Write;

use crate::accounts::{ACCOUNTS, Account, Holds, Provider};
use crate::units::{ROOT, UNITS};
use crate::workloads::{Serving, WORKLOADS};

/// The text of `rules.toml`.
pub(crate) fn text() -> String {
    let mut text = String::from(
        "# Who pays for what at Northmoor Mutual. The first rule that matches a charge decides.\n\
         # Sandboxes have no rule on purpose: their cost stays unattributed until somebody tags it.\n\n\
         version = 1\n",
    );
    units(&mut text);
    rules(&mut text);
    pool(&mut text);
    workloads(&mut text);
    text
}

/// `Display` of any of these never fails: a `String` takes everything.
macro_rules! add {
    ($text:expr, $($part:tt)*) => { $text.write_fmt(format_args!($($part)*)).expect("a String takes everything") };
}

fn units(text: &mut String) {
    for unit in std::iter::once(&ROOT).chain(UNITS) {
        add!(text, "\n[[units]]\nid = {:?}\nname = {:?}\n", unit.id, unit.name);
        if let Some(parent) = unit.parent {
            add!(text, "parent = {parent:?}\n");
        }
        add!(text, "owner = {:?}\ncost_center = {:?}\n", unit.owner, unit.cost_center);
    }
}

fn rule(text: &mut String, id: &str, target: &str, when: &str, note: &str) {
    add!(text, "\n[[rules]]\nid = {id:?}\n{target}\n");
    if !when.is_empty() {
        add!(text, "when = {{ {when} }}\n");
    }
    if !note.is_empty() {
        add!(text, "note = {note:?}\n");
    }
}

fn rules(text: &mut String) {
    rule(
        text,
        "commitments",
        r#"unit = "platform""#,
        r#"CommitmentDiscountId = { present = true }, CommitmentDiscountStatus = { not = "Used" }"#,
        "What is bought for all, and what of it nobody used, stays with those who buy it.",
    );
    rule(
        text,
        "support-and-tax",
        r#"unit = "shared-services""#,
        r#"ChargeCategory = ["Tax", "Purchase", "Adjustment"]"#,
        "Support contracts, sales tax and rounding.",
    );
    rule(text, "credits", r#"unit = "shared-services""#, r#"ChargeCategory = "Credit""#, "");
    let aws_platform = ACCOUNTS.iter().find(|account| account.holds == Holds::Platform).expect("there is a platform account");
    rule(
        text,
        "inference-platform",
        r#"unit = "ml-platform""#,
        &format!("SubAccountId = {:?}", aws_platform.id),
        "Gateway, clusters, vector stores and monitoring that every workload uses; split by tokens below.",
    );
    rule(text, "by-team", r#"unit_from_tag = "Team""#, "", "");
    rule(
        text,
        "by-team-lower-case",
        r#"unit_from_tag = "team""#,
        "",
        "The spelling before the tag policy of 2024, and Google's labels.",
    );
    rule(text, "by-owner-team", r#"unit_from_tag = "owner-team""#, "ProviderName = \"Google Cloud\"", "");
    token_projects(text);
    for (account, unit) in ACCOUNTS.iter().filter_map(|account| Some((account, unit_of(account)?))) {
        let id = format!("account-{}-{}", account.provider.source(), account.name);
        let note = "Resources without a team tag in an account that one unit answers for.";
        rule(text, &id, &format!("unit = {unit:?}"), &format!("SubAccountId = {:?}", account.id), note);
    }
}

/// Projects and workspaces of the token vendors: one for each workload.
fn token_projects(text: &mut String) {
    for provider in Provider::ALL.into_iter().filter(|provider| !provider.is_cloud()) {
        let of_provider = ACCOUNTS.iter().filter(|account| account.provider == provider && account.holds == Holds::Tokens);
        let map: Vec<String> = of_provider.map(|account| format!("{:?} = {:?}", account.name, account.units[0].0)).collect();
        let target = format!("unit_from_column = \"SubAccountName\"\nmap = {{ {} }}", map.join(", "));
        let when = format!("ProviderName = {:?}", provider.biller().name);
        rule(text, &format!("projects-{}", provider.source()), &target, &when, "");
    }
}

/// The unit that answers for an account as a whole.
fn unit_of(account: &Account) -> Option<&'static str> {
    let parent = |unit: &str| UNITS.iter().find(|u| u.id == unit).and_then(|u| u.parent);
    match account.holds {
        Holds::Line => parent(account.units[0].0),
        Holds::Data => Some("data-platform"),
        Holds::Shared => Some("shared-services"),
        Holds::Platform | Holds::Sandbox | Holds::Payer | Holds::Tokens => None,
    }
}

fn pool(text: &mut String) {
    text.push_str(
        "\n[[pools]]\nid = \"inference-platform-by-tokens\"\nunit = \"ml-platform\"\n\
         driver = { input_tokens = 1, output_tokens = 4 }\nfallback = \"direct_cost\"\n\
         note = \"An output token keeps a GPU about as busy as four input tokens.\"\n",
    );
}

fn workloads(text: &mut String) {
    for workload in WORKLOADS {
        let provider = match workload.serving {
            Serving::Endpoint { .. } => "aws.sagemaker",
            Serving::Tokens { provider, .. } => provider.source(),
        };
        add!(text, "\n[[workloads]]\nid = {:?}\nunit = {:?}\n", workload.id, workload.unit);
        add!(text, "when = {{ provider = {provider:?}, model = {:?}, team = {:?} }}\n", workload.model, workload.id);
    }
}
