//! The rule file: TOML that a controller can read aloud, `version = 1`.
//!
//! The structs of this module are the format's reference; [`schema`] derives the JSON schema from them.
//!
//! ```toml
//! version = 1
//!
//! [[units]]
//! id = "claims"
//! name = "Claims triage"
//! owner = "ada@acme.example"
//!
//! [[units]]
//! id = "platform"
//!
//! [[rules]]
//! id = "claims-apps"
//! unit = "claims"
//! when = { SubAccountId = "2000", "tag:app" = ["claims", "triage"], ServiceName = { prefix = "Amazon" } }
//!
//! [[rules]]
//! id = "shared-cluster"
//! unit = "platform"
//! when = { "tag:cluster" = { present = true } }
//!
//! [[pools]]
//! id = "cluster-by-tokens"
//! unit = "platform"
//! driver = "tokens"
//! fallback = "direct_cost"
//! ```
//!
//! # Credits, tax, idle capacity
//!
//! What to do with them is a policy, and a policy is a rule and, to share, a pool: charges that no rule names stay unattributed under
//! their own reason. Tax in proportion to what each unit uses, credits kept by the platform, unused commitments by their own
//! owner's choice:
//!
//! ```toml
//! [[rules]]
//! id = "tax"
//! unit = "tax"
//! when = { ChargeCategory = "Tax" }
//!
//! [[pools]]
//! id = "tax-by-use"
//! unit = "tax"
//! driver = "direct_cost"
//!
//! [[rules]]
//! id = "credits-kept"
//! unit = "platform"
//! when = { ChargeCategory = "Credit" }
//!
//! [[rules]]
//! id = "unused-commitments"
//! unit = "idle"
//! when = { CommitmentDiscountStatus = "Unused" }
//!
//! [[pools]]
//! id = "idle-by-share-of-the-contract"
//! unit = "idle"
//! driver = "fixed"
//! weights = { claims = 3, lending = 1 }
//! ```
//!
//! Each cause of idle money can have its own unit and its own policy. Where the bill tells it apart by resource, `within` gives idle
//! processors to those who use processors of the same cluster, and idle memory to those who use memory. An amount below zero
//! (more was used than there was) is split like any other: nothing is clamped.
//!
//! ```toml
//! [[rules]]
//! id = "idle-nodes"
//! unit = "idle-nodes"
//! when = { "tag:idle" = "true" }
//!
//! [[pools]]
//! id = "idle-nodes-by-use"
//! unit = "idle-nodes"
//! driver = "direct_cost"
//! within = ["tag:cluster", "tag:resource"]
//! ```
//!
//! Refunds are charges of class `Correction`, support and marketplace fees are told by their service or publisher; each can go with
//! what it is for, to one unit, or to a pool:
//!
//! ```toml
//! [[rules]]
//! id = "support"
//! unit = "support"
//! when = { ServiceName = { prefix = "AWS Support" } }
//!
//! [[pools]]
//! id = "support-by-use"
//! unit = "support"
//! driver = "direct_cost"
//! ```
//!
//! # Measures by day and hour
//!
//! ```toml
//! [[pools]]
//! id = "gpus-by-the-hour"
//! unit = "gpus"
//! driver = { input_tokens = 1, output_tokens = 4, cached_tokens = "0.1" }
//! per = "hour"
//! fallback = "even"
//! ```

mod entry;
mod read;
mod value;

pub use entry::{DriverEntry, FallbackEntry, PerEntry, PoolEntry, RuleEntry, RuleFile, UnitEntry, WorkloadEntry};
pub(crate) use read::{Entries, Lines, Sited, read};
pub use value::{ConditionEntry, Day, TestsEntry, Texts, Weight};

/// The JSON schema (draft 2020-12) of the rule file, for editors and for checks outside this program.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(RuleFile).to_value()
}

/// True where a rule file lists units itself, and where it is no TOML, so that nobody can tell.
pub fn lists_units(text: &str) -> bool {
    let Ok(file) = text.parse::<toml::Table>() else { return true };
    file.get("units").is_some_and(|units| units.as_array().is_none_or(|units| !units.is_empty()))
}
