//! What a reader of a log has to be told: whose work is a machine's, and which events decide a case.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::Case;

/// Why a rule makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Two ways to tell outcomes.
    #[error("outcomes are told by activities or by an attribute, not by both. Leave one out")]
    Both,
    /// A rule without activities.
    #[error("outcome {0:?} names no activity that decides it")]
    NoActivity(String),
    /// One activity for two outcomes.
    #[error("activity {activity:?} decides both {first:?} and {second:?}. Leave it with one")]
    Twice {
        /// Which.
        activity: String,
        /// The one outcome.
        first: String,
        /// The other.
        second: String,
    },
}

/// A name, or the names that fit `*` in it for any text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Pattern(pub String);

impl Pattern {
    /// True where it is about this name. Capitals count.
    pub fn fits(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
        let mut parts: Vec<&str> = parts.collect();
        let Some(last) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a case ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OutcomeRule {
    /// The log is not asked.
    #[default]
    None,
    /// By its last event of one of these activities: outcome and the names of its activities.
    Activities(Vec<(String, Vec<Pattern>)>),
    /// By the value of an attribute: of the last event that has it, else of the case.
    Attribute(String),
}

impl OutcomeRule {
    /// The rule that outcomes by activity, or an attribute, make.
    ///
    /// # Errors
    /// [`RuleError`] where there are both, or an activity decides two outcomes.
    pub fn of(outcomes: &BTreeMap<String, Vec<String>>, attribute: Option<&str>) -> Result<Self, RuleError> {
        let mut decides: BTreeMap<&str, &str> = BTreeMap::new();
        for (outcome, activities) in outcomes {
            if activities.is_empty() {
                return Err(RuleError::NoActivity(outcome.clone()));
            }
            for activity in activities {
                if let Some(first) = decides.insert(activity, outcome) {
                    let (activity, first, second) = (activity.clone(), first.to_owned(), outcome.clone());
                    return Err(RuleError::Twice { activity, first, second });
                }
            }
        }
        match (outcomes.is_empty(), attribute) {
            (true, None) => Ok(Self::None),
            (true, Some(attribute)) => Ok(Self::Attribute(attribute.to_owned())),
            (false, Some(_)) => Err(RuleError::Both),
            (false, None) => {
                let patterns = |names: &Vec<String>| names.iter().cloned().map(Pattern).collect();
                Ok(Self::Activities(outcomes.iter().map(|(outcome, names)| (outcome.clone(), patterns(names))).collect()))
            }
        }
    }

    /// How a case ended; nothing where the log does not say.
    pub fn outcome<'a>(&'a self, case: &'a Case) -> Option<&'a str> {
        match self {
            Self::None => None,
            Self::Activities(rules) => case.events.iter().rev().find_map(|event| {
                let fits = |(_, patterns): &&(String, Vec<Pattern>)| patterns.iter().any(|pattern| pattern.fits(&event.activity));
                rules.iter().find(fits).map(|(outcome, _)| outcome.as_str())
            }),
            Self::Attribute(key) => {
                let of_event = case.events.iter().rev().find_map(|event| event.attributes.get(key));
                of_event.or_else(|| case.attributes()?.get(key)).map(String::as_str)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("112", "112", true),
            ("112", "1120", false),
            ("A_*", "A_APPROVED", true),
            ("*bot*", "the robot 7", true),
            ("*bot*", "the rbot", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("*", "", true),
            ("", "x", false),
        ];
        for (pattern, name, fits) in cases {
            assert_eq!(Pattern(pattern.to_owned()).fits(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn rules_that_contradict_themselves_are_refused() {
        let rule = |pairs: &[(&str, &[&str])]| {
            pairs
                .iter()
                .map(|(outcome, names)| ((*outcome).to_owned(), names.iter().map(|n| (*n).to_owned()).collect()))
                .collect()
        };
        let twice: BTreeMap<String, Vec<String>> = rule(&[("no", &["X"]), ("yes", &["X"])]);
        assert!(OutcomeRule::of(&twice, None).unwrap_err().to_string().contains("both \"no\" and \"yes\""));
        assert!(OutcomeRule::of(&rule(&[("no", &[])]), None).is_err());
        assert_eq!(OutcomeRule::of(&rule(&[("no", &["X"])]), Some("key")), Err(RuleError::Both));
        assert_eq!(OutcomeRule::of(&BTreeMap::new(), None), Ok(OutcomeRule::None));
    }
}
