//! Problems of a rule file, each with its place, cause and next step.

use std::fmt;

/// A place in the rule file; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A list of the rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `[[units]]`
    Unit,
    /// `[[rules]]`
    Rule,
    /// `[[pools]]`
    Pool,
    /// `[[workloads]]`
    Workload,
}

impl Section {
    /// The word for one entry of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Rule => "rule",
            Self::Pool => "pool",
            Self::Workload => "workload",
        }
    }
}

/// What part of the rule file a problem is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The file as a whole.
    File,
    /// An entry without a readable id.
    Nameless(Section),
    /// An entry by its id.
    Named(Section, String),
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("rule file"),
            Self::Nameless(section) => write!(f, "{} without an id", section.as_str()),
            Self::Named(section, id) => write!(f, "{} {id:?}", section.as_str()),
        }
    }
}

/// A problem that keeps a rule file from being used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {entry}: {problem}", .site.line, .site.column)]
pub struct RuleError {
    /// Where.
    pub site: Site,
    /// In which entry.
    pub entry: Entry,
    /// What and why, with the next step.
    pub problem: Problem,
}

/// Why a rule file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not TOML.
    #[error("this is not TOML: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// No version, or another one.
    #[error("the file must say `version = 1` before its first entry")]
    Version,
    /// A top-level name that means nothing.
    #[error("{name:?} means nothing here: the file has version, [[units]], [[rules]], [[pools]] and [[workloads]]")]
    UnknownSection {
        /// The name.
        name: String,
    },
    /// An entry that does not have the fields of its kind.
    #[error("{message}")]
    Shape {
        /// What the reader says, naming the field.
        message: String,
    },
    /// A text that cannot be an id.
    #[error("{message}")]
    Id {
        /// What is wrong with it.
        message: String,
    },
    /// An id that an earlier entry has.
    #[error("the id is taken by line {first}: choose another")]
    DuplicateId {
        /// The line of the earlier entry.
        first: usize,
    },
    /// A unit listed twice for the same days.
    #[error(
        "the entry of line {first} holds on some of the same days: give the two `from` and `until` so that they do not overlap"
    )]
    OverlappingUnit {
        /// The line of the other entry.
        first: usize,
    },
    /// `from` is not before `until`.
    #[error("from {from} is not before until {until}: `until` is the first day that does not belong to the span")]
    DatesReversed {
        /// The first day.
        from: chrono::NaiveDate,
        /// The first day after.
        until: chrono::NaiveDate,
    },
    /// A unit that is not listed.
    #[error("no unit has the id {unit:?}: {}", suggest(.nearest, "add it under [[units]], or publish it with `farthing units import`"))]
    UnknownUnit {
        /// The id.
        unit: String,
        /// The listed id that is most like it.
        nearest: Option<String>,
    },
    /// A parent that does not hold whenever its child does.
    #[error("its parent {parent:?} does not hold on {day}, though the unit does: align the dates of the two")]
    ParentNotEffective {
        /// The parent's id.
        parent: String,
        /// The first day on which it is missing.
        day: String,
    },
    /// Units that stand above each other.
    #[error("the units form a cycle: {}; take away one of these parents", .path.join(" → "))]
    UnitCycle {
        /// The ids on the cycle, the first repeated at the end.
        path: Vec<String>,
    },
    /// A rule without a target.
    #[error("the rule says no unit: give one of `unit`, `unit_from_tag` and `unit_from_column`")]
    NoTarget,
    /// A rule with two targets.
    #[error("the rule says its unit twice: keep one of `unit`, `unit_from_tag` and `unit_from_column`")]
    SeveralTargets,
    /// A `map` without anything to look up in it.
    #[error("`map` needs `unit_from_tag` or `unit_from_column`, whose values it translates")]
    MapWithoutSource,
    /// A condition that no value meets.
    #[error("the condition on {field} can never hold: {why}")]
    Impossible {
        /// The column or tag.
        field: String,
        /// Why.
        why: &'static str,
    },
    /// A glob or regular expression that cannot be read.
    #[error("the condition on {field}: {pattern:?} is no {kind}: {message}")]
    Pattern {
        /// The column or tag.
        field: String,
        /// `glob` or `regular expression`.
        kind: &'static str,
        /// The text.
        pattern: String,
        /// Why.
        message: String,
    },
    /// A name that is nearly a FOCUS column.
    #[error("{field:?} is not a FOCUS column: did you mean {nearest:?}? A tag is written \"tag:{field}\"")]
    MisspeltColumn {
        /// What stands there.
        field: String,
        /// The column.
        nearest: &'static str,
    },
    /// A column that holds an amount or a time.
    #[error("{field} holds {holds}, and rules compare texts: {instead}")]
    NotText {
        /// The column.
        field: String,
        /// `an amount` or `a time`.
        holds: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// A field that usage does not have.
    #[error("usage has no field {field:?}: it has model, provider, endpoint, key, team, user, tag and tag:NAME")]
    UnknownUsageField {
        /// What stands there.
        field: String,
    },
    /// A pool that gives to itself.
    #[error("the pool's recipients include its own unit {unit:?}: take it out, a pool cannot give to itself")]
    PoolToItself {
        /// The unit.
        unit: String,
    },
    /// Pools of one stage that give to each other.
    #[error("pools of stage {stage} give to each other: {}; put them in different stages, or write `reciprocal = true` in each to solve them together", .path.join(" → "))]
    PoolCycle {
        /// The stage.
        stage: u32,
        /// The pools on the cycle, the first repeated at the end.
        path: Vec<String>,
    },
    /// Two pools that would split the same money.
    #[error("pool {other:?} splits the same unit in the same stage: put the two in different stages")]
    PoolTwice {
        /// The other pool's id.
        other: String,
    },
    /// `weights` and `driver` do not go together.
    #[error("{message}")]
    Weights {
        /// What to do.
        message: &'static str,
    },
    /// `within` or `per` where they cannot be.
    #[error("{message}")]
    Parts {
        /// What to do.
        message: &'static str,
    },
    /// A list that must not be empty or repeat itself.
    #[error("{message}")]
    Recipients {
        /// What to do.
        message: String,
    },
}

fn suggest(nearest: &Option<String>, otherwise: &str) -> String {
    nearest.as_ref().map_or_else(|| otherwise.to_owned(), |nearest| format!("did you mean {nearest:?}? If not, {otherwise}"))
}

/// Something in a usable rule file that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleWarning {
    /// Where.
    pub site: Site,
    /// In which entry.
    pub entry: Entry,
    /// What and why, with the next step.
    pub caution: Caution,
}

impl fmt::Display for RuleWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}: {}", self.site.line, self.site.column, self.entry, self.caution)
    }
}

/// What is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Caution {
    /// A rule that can never match.
    #[error(
        "the rule can never match: whatever meets its conditions is taken by {by:?} on line {line}; move it up or take it out"
    )]
    Shadowed {
        /// The earlier rule or workload.
        by: String,
        /// Its line.
        line: usize,
    },
    /// A column that FOCUS does not define.
    #[error(
        "FOCUS has no column {field:?}: if a source does not deliver it, the condition reads it as absent; a tag is written \"tag:{field}\""
    )]
    UnknownColumn {
        /// The name.
        field: String,
    },
    /// Money given to a pool that has already been split.
    #[error("pool {pool:?} is split before this one, so what {unit:?} receives here stays on it; give this pool a lower stage")]
    LateGift {
        /// The recipient.
        unit: String,
        /// Its pool.
        pool: String,
    },
    /// A pool whose own unit stands under no rule or pool that sends it money.
    #[error("no rule and no pool sends money to {unit:?}, so there is nothing to split")]
    EmptyPool {
        /// The pool's unit.
        unit: String,
    },
}

/// The candidate that differs from `text` least, if that is little: for "did you mean".
pub(crate) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (text.chars().count() / 3).clamp(1, 3);
    let distances = candidates.into_iter().map(|candidate| (distance(text, candidate), candidate));
    distances.filter(|&(distance, _)| distance <= limit).min().map(|(_, candidate)| candidate)
}

/// Levenshtein distance over characters, capitals ignored.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_close() {
        let columns = ["ServiceName", "SubAccountId", "RegionId"];
        assert_eq!(nearest("servicename", columns), Some("ServiceName"));
        assert_eq!(nearest("SubAcountId", columns), Some("SubAccountId"));
        assert_eq!(nearest("lineItem/UsageAccountId", columns), None);
        assert_eq!(nearest("abc", ["xyz"]), None);
    }
}
