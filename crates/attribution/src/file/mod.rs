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

mod entry;
mod read;
mod value;

pub use entry::{DriverEntry, FallbackEntry, PoolEntry, RuleEntry, RuleFile, UnitEntry, WorkloadEntry};
pub(crate) use read::{Entries, Lines, Sited, read};
pub use value::{ConditionEntry, Day, TestsEntry, Texts, Weight};

/// The JSON schema (draft 2020-12) of the rule file, for editors and for checks outside this program.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(RuleFile).to_value()
}
