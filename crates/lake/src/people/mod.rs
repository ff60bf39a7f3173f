//! The retention document: how long facts that are about people are kept, what is done then, and what must stay whatever it says.
//!
//! ```toml
//! version = 1
//!
//! [[keep]]
//! facts = "decisions"          # decisions, usage or event_logs
//! months = 24                  # after the end of the month that they are about
//! then = "erase-people"        # who it was goes; or "delete": the rows go, and their totals stay
//! tags = ["reviewer"]          # keys of tags (of attributes, in event logs) that are about people; "*" for all of them
//! source = "claims"            # only of this source; without it, of all that no other rule names
//! except = ["batch"]           # values that name no person
//!
//! [[holds]]
//! reason = "labour court 17/26"
//! by = "legal"                 # who ordered it
//! facts = "decisions"          # of all kinds without it, replaced revisions among them
//! source = "claims"            # of all sources without it
//! from = "2026-01"             # billing periods, the last one included; open ends without them
//! to = "2026-03"
//! unit = "claims-triage"       # rows of this unit and those below it, and rows that do not say whose they are
//! person = "anna.k"            # rows that name this person, as it stands in the facts
//! ```

mod erase;
#[cfg(test)]
mod tests;
mod totals;

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Months, Utc};
use farthing_types::{BillingPeriod, SourceName, UnitId};
use serde::{Deserialize, Serialize};

pub use erase::{Erased, Personal, Pseudonyms, erase};

use crate::PolicyError;

/// A retention document that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// How long which facts are kept.
    pub keep: Vec<Keep>,
    /// What must stay.
    pub holds: Vec<LegalHold>,
}

/// Facts that may be about people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleFacts {
    /// Who decided, and why otherwise than the model.
    Decisions,
    /// Who called a model.
    Usage,
    /// Who did which piece of work.
    EventLogs,
}

/// What is done with facts whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// What names people goes; the rows stay.
    ErasePeople,
    /// The rows go; what they add up to stays.
    Delete,
}

/// How long facts of a kind are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// The kind.
    pub facts: PeopleFacts,
    /// Months after the end of the month that they are about.
    pub months: u32,
    /// What is done then.
    pub then: Then,
    /// Of this source; of all that no other rule names without it.
    pub source: Option<SourceName>,
    /// Keys of tags or attributes that are about people; `*` for all.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Values that name no person: a machine, a role.
    #[serde(default)]
    pub except: Vec<String>,
}

/// What must stay whatever the rest says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalHold {
    /// Why.
    pub reason: String,
    /// Who ordered it.
    pub by: String,
    /// Facts of this kind; of all without it.
    pub facts: Option<PeopleFacts>,
    /// Of this source; of all without it.
    pub source: Option<SourceName>,
    /// From this billing period on.
    pub from: Option<BillingPeriod>,
    /// Up to this one, which is held too.
    pub to: Option<BillingPeriod>,
    /// Rows of this unit, and those that do not say whose they are.
    pub unit: Option<UnitId>,
    /// Rows that name this person.
    pub person: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    keep: Vec<Keep>,
    #[serde(default)]
    holds: Vec<LegalHold>,
}

impl PeopleFacts {
    /// The name in the document and in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Usage => "usage",
            Self::EventLogs => "event_logs",
        }
    }
}

impl Then {
    /// The word in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErasePeople => "erase-people",
            Self::Delete => "delete",
        }
    }
}

impl Retention {
    /// Reads a retention document.
    ///
    /// # Errors
    /// What is wrong with it, with its line where it is no TOML.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|error| PolicyError::Form(error.to_string().trim_end().to_owned()))?;
        let wrong = |what: String| Err(PolicyError::Value(what));
        if file.version != 1 {
            return wrong(format!("version is {}, and this program knows version 1", file.version));
        }
        for (at, keep) in file.keep.iter().enumerate() {
            if file.keep[..at].iter().any(|other| (other.facts, &other.source) == (keep.facts, &keep.source)) {
                return wrong(format!("{keep}: there is a rule for these facts already"));
            }
            if keep.tags.iter().any(|tag| tag.trim().is_empty()) {
                return wrong(format!("{keep}: an empty text is no key of a tag"));
            }
        }
        for hold in &file.holds {
            let named = [&hold.reason, &hold.by].into_iter().all(|text| !text.trim().is_empty());
            let ends = hold.from.zip(hold.to).is_none_or(|(from, to)| from <= to);
            if !named || !ends || hold.person.as_ref().is_some_and(|person| person.trim().is_empty()) {
                return wrong(format!(
                    "the hold {:?} says no reason, nobody who ordered it, or ends before it begins",
                    hold.reason
                ));
            }
        }
        Ok(Self { keep: file.keep, holds: file.holds })
    }

    /// What is done with the facts of a month now; none while they are kept, or where no rule is about them.
    pub fn due(&self, facts: PeopleFacts, source: &SourceName, period: BillingPeriod, now: DateTime<Utc>) -> Option<&Keep> {
        let keep = self.rule(facts, source)?;
        period.end().checked_add_months(Months::new(keep.months)).filter(|end| *end <= now)?;
        Some(keep)
    }

    /// The rule for the facts of a source: the one that names it, or else the one for all.
    pub fn rule(&self, facts: PeopleFacts, source: &SourceName) -> Option<&Keep> {
        let of =
            |wanted: Option<&SourceName>| self.keep.iter().find(|keep| keep.facts == facts && keep.source.as_ref() == wanted);
        of(Some(source)).or_else(|| of(None))
    }

    /// The holds on a month's facts of a source: all of them, or some rows.
    pub fn holds_on(&self, facts: PeopleFacts, source: &SourceName, period: BillingPeriod) -> Vec<&LegalHold> {
        let is_about = |hold: &&LegalHold| hold.facts.is_none_or(|held| held == facts) && hold.reaches(source, period);
        self.holds.iter().filter(is_about).collect()
    }

    /// The hold that keeps a replaced revision as it is, where one does. One on some rows keeps all of it: it goes as a whole or not at all.
    pub fn hold_on_replaced(&self, dataset: &str, source: &SourceName, period: BillingPeriod) -> Option<&LegalHold> {
        self.holds.iter().find(|hold| hold.facts.is_none_or(|facts| facts.as_str() == dataset) && hold.reaches(source, period))
    }
}

impl LegalHold {
    fn reaches(&self, source: &SourceName, period: BillingPeriod) -> bool {
        self.source.as_ref().is_none_or(|held| held == source)
            && self.from.is_none_or(|from| from <= period)
            && self.to.is_none_or(|to| period <= to)
    }

    /// True where it holds a row: `unit` is whose it is, where that is known, and `below` are the units of the hold.
    pub fn holds_row(&self, row: &impl Personal, unit: Option<&UnitId>, below: &BTreeSet<UnitId>) -> bool {
        let of_unit = self.unit.is_none() || unit.is_none_or(|unit| below.contains(unit));
        of_unit && self.person.as_ref().is_none_or(|person| row.names(person))
    }
}

/// In one line.
impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.facts.as_str())?;
        if let Some(source) = &self.source {
            write!(f, " of {source}")?;
        }
        write!(f, " kept for {} months, then {}", self.months, self.then.as_str())
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.keep.is_empty() {
            write!(f, "facts about people are kept for ever")?;
        }
        for (at, keep) in self.keep.iter().enumerate() {
            write!(f, "{}{keep}", if at == 0 { "" } else { "; " })?;
        }
        write!(f, "; {} holds", self.holds.len())
    }
}
