//! Which columns and tags hold personal data, and what becomes of them.

use std::collections::BTreeMap;
use std::fmt;

use farthing_focus::{Dataset, is_text_column};
use serde::{Deserialize, Serialize};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It goes: the value is empty, the tag is not there.
    Drop,
    /// A keyed hash takes its place, the same for the same text.
    Hash,
    /// It stays, also where a pattern would mask it.
    Keep,
}

/// Columns and tags by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskingPolicy {
    columns: BTreeMap<String, How>,
    tags: BTreeMap<String, How>,
}

/// Why a policy cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    columns: BTreeMap<String, How>,
    #[serde(default)]
    tags: BTreeMap<String, How>,
}

/// Columns of usage, decisions and event logs that may be masked.
const EVENT_COLUMNS: [&str; 9] = [
    "Principal",
    "Workload",
    "DecisionId",
    "Answer",
    "OverrideReason",
    "CaseId",
    "Resource",
    "EventAttributes",
    "CaseAttributes",
];

/// Columns of text that facts are told apart and added up by.
const STRUCTURE: [&str; 5] = ["BillingCurrency", "PricingCurrency", "ChargeCategory", "ChargeClass", "ChargeFrequency"];

impl MaskingPolicy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// What is wrong with it, with its line where it is no TOML.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|error| PolicyError(error.to_string().trim_end().to_owned()))?;
        if file.version != 1 {
            return Err(PolicyError(format!("version is {}, and this program knows version 1", file.version)));
        }
        for (name, how) in &file.columns {
            check(name, *how)?;
        }
        if let Some(name) = file.tags.keys().find(|name| name.trim().is_empty()) {
            return Err(PolicyError(format!("tags: {name:?} is no key of a tag")));
        }
        let tags = file.tags.into_iter().map(|(name, how)| (tag_key(&name), how)).collect();
        Ok(Self { columns: file.columns, tags })
    }

    /// Names that are neither columns of FOCUS nor of usage, decisions and event logs: right for a provider's own columns, and for nothing else.
    pub fn warnings(&self) -> Vec<String> {
        let unknown = self.columns.keys().filter(|name| {
            !is_text_column(name) && !EVENT_COLUMNS.contains(&name.as_str()) && !name.starts_with("x_") && !name.ends_with('*')
        });
        let says = |name| {
            format!(
                "{name} is no column of FOCUS, usage, decisions or event logs: only a provider's own column of this name is masked"
            )
        };
        unknown.map(says).collect()
    }

    /// True where a key is needed.
    pub fn hashes(&self) -> bool {
        self.columns.values().chain(self.tags.values()).any(|how| *how == How::Hash)
    }

    /// True where it masks nothing.
    pub fn is_empty(&self) -> bool {
        self.columns.values().chain(self.tags.values()).all(|how| *how == How::Keep)
    }

    /// What becomes of a column: what is said of its name, or else of the longest beginning of it with a `*`.
    pub(super) fn of_column(&self, name: &str) -> How {
        if let Some((_, how)) = self.columns.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return *how;
        }
        let patterns = self.columns.iter().filter_map(|(pattern, how)| Some((pattern.strip_suffix('*')?, *how)));
        let fits =
            patterns.filter(|(beginning, _)| name.get(..beginning.len()).is_some_and(|b| b.eq_ignore_ascii_case(beginning)));
        fits.max_by_key(|(beginning, _)| beginning.len()).map_or(How::Keep, |(_, how)| how)
    }

    /// What becomes of a tag's value.
    pub(super) fn of_tag(&self, key: &str) -> How {
        self.tags.get(&tag_key(key)).copied().unwrap_or(How::Keep)
    }

    /// True where tags are looked into.
    pub(super) fn has_tags(&self) -> bool {
        self.tags.values().any(|how| *how != How::Keep)
    }
}

/// Keys that differ in blanks around them and in case are one: who masks `user` means ` User` too.
fn tag_key(key: &str) -> String {
    key.trim().to_lowercase()
}

/// True for columns that hold an object of tags.
pub(super) fn holds_tags(name: &str) -> bool {
    name.ends_with("Tags")
}

fn check(name: &str, how: How) -> Result<(), PolicyError> {
    let wrong = |why: &str| Err(PolicyError(format!("columns: {name:?}: {why}")));
    if how == How::Keep {
        return Ok(());
    }
    if let Some(beginning) = name.strip_suffix('*') {
        // A pattern that reaches FOCUS's own columns would take what cannot be masked with it.
        return if beginning.starts_with("x_") { Ok(()) } else { wrong("a pattern begins with x_: name the columns one by one") };
    }
    if name.trim().is_empty() {
        return wrong("this is no name of a column");
    }
    if Dataset::ALL.iter().any(|dataset| dataset.column(name).is_some()) && !is_text_column(name) {
        return wrong("it holds amounts or moments, which are never masked");
    }
    if STRUCTURE.iter().any(|structure| structure.eq_ignore_ascii_case(name)) {
        return wrong("facts are told apart and added up by it, so that it is never masked");
    }
    match (name, how) {
        ("DecisionId", How::Drop) => wrong("decisions are counted by it: say hash"),
        ("CaseId", How::Drop) => wrong("the events of a case are found by it: say hash"),
        ("EventAttributes" | "CaseAttributes", How::Hash) => {
            wrong("attributes are masked one by one: name their keys under [tags]")
        }
        _ if holds_tags(name) && how == How::Hash => wrong("tags are masked one by one: name their keys under [tags]"),
        _ => Ok(()),
    }
}

/// In one line: how much is masked.
impl fmt::Display for MaskingPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |of: &BTreeMap<String, How>, wanted: How| of.values().filter(|how| **how == wanted).count();
        let all = [("columns", &self.columns), ("tags", &self.tags)];
        let parts = all.map(|(what, of)| format!("{what}: {} hashed, {} dropped", count(of, How::Hash), count(of, How::Drop)));
        f.write_str(&parts.join("; "))
    }
}
