//! The rule file: TOML that a controller can read aloud, `version = 1`.
//!
//! The structs of this module are the format's reference; [`schema`] derives the JSON schema from them.

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
