use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::value::{ConditionEntry, Day, Weight};

/// A rule file: who the units are, which charges belong to which unit, and how shared money is split.
///
/// Every list may be left out. All dates are days in UTC; `from` belongs to the span and `until` does not.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RuleFile {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The operational units, as an effective-dated tree.
    #[schemars(default)]
    pub units: Vec<UnitEntry>,
    /// Virtual tags: values that charges are given by what they have, for rules to read as `virtual:ID`.
    #[schemars(default)]
    pub virtual_tags: Vec<VirtualTagEntry>,
    /// The rules in order: the first one that matches a charge decides.
    #[schemars(default)]
    pub rules: Vec<RuleEntry>,
    /// The shared pools, split after the rules have been applied.
    #[schemars(default)]
    pub pools: Vec<PoolEntry>,
    /// Which inference usage belongs to which workload: the first one that matches decides.
    #[schemars(default)]
    pub workloads: Vec<WorkloadEntry>,
}

/// An operational unit during a span of days. A unit that moves in the tree or changes its owner is listed once for each span.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitEntry {
    /// The unit's id: what rules, statements and the API call it. It stays when the name changes.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The name on statements; the id when it is left out.
    pub name: Option<String>,
    /// The id of the unit above it; a root of the tree when it is left out.
    #[schemars(with = "Option<String>")]
    pub parent: Option<Spanned<String>>,
    /// Who answers for its costs: a person or a mailbox.
    pub owner: Option<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
    /// The first day on which this entry holds; since ever when it is left out.
    pub from: Option<Day>,
    /// The first day on which it no longer holds; for ever when it is left out.
    pub until: Option<Day>,
}

/// A virtual tag: a value for each charge, which rules and pools read as `virtual:ID`.
///
/// The first of `values` whose conditions a charge meets gives it; otherwise the first of `from` that is there; otherwise what all
/// other charges with the same value in a column of `inherit` have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirtualTagEntry {
    /// The tag's id: rules read it as `virtual:ID`.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Values with their conditions, in order.
    #[serde(default)]
    pub values: Vec<VirtualValueEntry>,
    /// Columns and tags whose value is taken as it is: `["tag:team", "tag:Team", "x_Owner"]`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub from: Vec<Spanned<String>>,
    /// Columns and tags by which a charge without a value inherits that of the others: `["ResourceId", "SubAccountId"]`. Where the
    /// others disagree the next one is asked, and after the last one there is no value.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub inherit: Vec<Spanned<String>>,
    /// Why the tag exists; nothing reads it.
    pub note: Option<String>,
}

/// A value of a virtual tag.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirtualValueEntry {
    /// The value.
    pub value: String,
    /// Conditions, all of which must hold, as in a rule.
    #[schemars(with = "BTreeMap<String, ConditionEntry>")]
    pub when: BTreeMap<Spanned<String>, ConditionEntry>,
}

/// A rule: charges that meet every condition of `when` belong to a unit.
///
/// The unit is given by exactly one of `unit`, `unit_from_tag` and `unit_from_column`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    /// The rule's id, shown beside every figure that it makes.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The unit that matching charges belong to.
    #[schemars(with = "Option<String>")]
    pub unit: Option<Spanned<String>>,
    /// The tag whose value names the unit. Charges without the tag, or whose value names no unit, go on to the next rule.
    #[schemars(with = "Option<String>")]
    pub unit_from_tag: Option<Spanned<String>>,
    /// The FOCUS column whose value names the unit, likewise.
    #[schemars(with = "Option<String>")]
    pub unit_from_column: Option<Spanned<String>>,
    /// With `unit_from_tag` or `unit_from_column`: from value to unit id. Without it the value itself is the unit id.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub map: Option<BTreeMap<String, Spanned<String>>>,
    /// Conditions, all of which must hold: from a FOCUS column (`ServiceName`) or a tag (`tag:app`) to what its value must be.
    /// Without conditions the rule matches every charge.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, ConditionEntry>")]
    pub when: BTreeMap<Spanned<String>, ConditionEntry>,
    /// The first day of charges that the rule applies to; since ever when it is left out.
    pub from: Option<Day>,
    /// The first day that it no longer applies to; for ever when it is left out.
    pub until: Option<Day>,
    /// Why the rule exists; nothing reads it.
    pub note: Option<String>,
}

/// A shared pool: the money that stands on `unit` is split among `recipients`, and the unit is left with nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolEntry {
    /// The pool's id, shown on every line that it makes.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The unit whose money is split: what rules sent to it, and what earlier pools gave it. Units below it are not part of it.
    #[schemars(with = "String")]
    pub unit: Spanned<String>,
    /// When the pool is split: stages go upwards from 1, and what a stage gives to the unit of a later pool is split there.
    /// Within a stage a pool that gives to another is split before it.
    #[serde(default = "first_stage")]
    #[schemars(range(min = 1))]
    pub stage: u32,
    /// What the split is in proportion to.
    pub driver: DriverEntry,
    /// With the driver `fixed`: the recipients and their weights.
    #[schemars(with = "Option<BTreeMap<String, Weight>>")]
    pub weights: Option<BTreeMap<Spanned<String>, Weight>>,
    /// Who receives a share; when it is left out, every unit that has no unit below it and is not the unit of a pool.
    #[schemars(with = "Option<Vec<String>>")]
    pub recipients: Option<Vec<Spanned<String>>>,
    /// With the driver `direct_cost`: columns (`ServiceName`) and tags (`tag:cluster`) by whose values the charges are told apart.
    /// The pool's charges of each combination of values are split by the direct cost that recipients have of the same values, so
    /// that idle processors go to those who use processors of that cluster. What earlier pools gave is split by all direct cost.
    #[schemars(with = "Option<Vec<String>>")]
    pub within: Option<Vec<Spanned<String>>>,
    /// With usage measures or `direct_cost`: the charges of each day or hour (UTC) are split by what was used in it. Charges that
    /// span more than that are split by the whole day, or the whole of the statement's time.
    #[serde(default)]
    pub per: PerEntry,
    /// What happens when the driver is missing or zero for every recipient, in all of the charges or in some part of them.
    #[serde(default)]
    pub fallback: FallbackEntry,
    /// True where pools of one stage that give to each other are to be solved together; all pools on such a cycle must say so.
    #[serde(default)]
    pub reciprocal: bool,
    /// Why the pool is split this way; nothing reads it.
    pub note: Option<String>,
}

fn first_stage() -> u32 {
    1
}

/// What a pool is split in proportion to: a name, or several usage measures with the weight of each.
///
/// Names: `even` (the same for each), `fixed` (by `weights`), `direct_cost` (by the effective cost that rules sent to the
/// recipient, nothing where that is negative), or a measure: of inference usage `tokens`, `input_tokens` (not those of the
/// cache), `cached_tokens`, `cache_write_tokens`, `output_tokens`, `requests` and `compute_seconds` (of GPUs); `decisions`; and
/// whatever the published metrics have, such as `headcount` or `storage_bytes`.
/// Several measures: `{ input_tokens = 1, output_tokens = 4, cached_tokens = "0.1" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DriverEntry {
    /// One driver by its name.
    Name(String),
    /// Usage measures, each multiplied by its weight and added up.
    Measures(BTreeMap<String, Weight>),
}

/// The time whose quantities a pool is split by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PerEntry {
    /// All of the statement's time.
    #[default]
    Period,
    /// Each day by itself.
    Day,
    /// Each hour by itself.
    Hour,
}

/// What happens to a pool whose driver is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FallbackEntry {
    /// It is split by direct cost; where that is zero too, it is kept.
    DirectCost,
    /// It is split evenly.
    Even,
    /// It stays on its unit.
    #[default]
    Keep,
}

/// A workload: inference usage that meets every condition of `when` belongs to it, and its unit answers for it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadEntry {
    /// The workload's id.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The unit that answers for it.
    #[schemars(with = "String")]
    pub unit: Spanned<String>,
    /// Conditions, all of which must hold, over the fields of usage: `model`, `provider`, `endpoint`, `key`, `team`, `user`,
    /// `tag` (any of the request's tags) and `tag:NAME`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, ConditionEntry>")]
    pub when: BTreeMap<Spanned<String>, ConditionEntry>,
    /// The first day of usage that it applies to; since ever when it is left out.
    pub from: Option<Day>,
    /// The first day that it no longer applies to; for ever when it is left out.
    pub until: Option<Day>,
}

/// Kept beside the entries so that the reader and the schema cannot name different sections.
pub(super) const SECTIONS: [&str; 6] = ["version", "units", "virtual_tags", "rules", "pools", "workloads"];
