//! One decision, stated more than once: an error is found later, a review is booked after the fact.
//!
//! **Rule.** Of two rows under one id, the one that was stated later stands, as a whole. A row is stated at its `updated_at`; without one
//! at `error_found_at`; without that at `decided_at`. So the order in which rows arrive decides nothing, and a row that is sent again
//! changes nothing. What was decided does not change: by whom, in which workflow, when.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::Decision;
use crate::finding::shown;

/// What a row is beside another of the same decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// The same.
    Same,
    /// Stated later: it takes the other's place.
    Later,
    /// Stated earlier: the other stays.
    Earlier,
}

/// Two rows under one id that cannot both be of one decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementConflict {
    /// They differ in what does not change.
    #[error(
        "decision {} is there with another {fields}: what was decided does not change, and it stays. Another decision needs an id of its own",
        shown(.id)
    )]
    Decided {
        /// The id.
        id: String,
        /// What differs.
        fields: String,
    },
    /// They differ, and neither is later.
    #[error(
        "decision {} is there with another {fields}, stated at the same moment: it stays. A correction says when it was made: send the whole \
         row with updated_at (or error_found_at) later than {}",
        shown(.id), .at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    )]
    SameMoment {
        /// The id.
        id: String,
        /// What differs.
        fields: String,
        /// The moment.
        at: DateTime<Utc>,
    },
}

impl Decision {
    /// When this row was stated.
    pub fn stated_at(&self) -> DateTime<Utc> {
        self.updated_at.or(self.error_found_at).unwrap_or(self.decided_at).max(self.decided_at)
    }

    /// What `row` is beside this one, which has the same id.
    ///
    /// # Errors
    /// [`StatementConflict`] where they are no two statements of one decision.
    pub fn compare(&self, row: &Self) -> Result<Statement, StatementConflict> {
        if self == row {
            return Ok(Statement::Same);
        }
        let decided = self.differences(row, true);
        if !decided.is_empty() {
            return Err(StatementConflict::Decided { id: self.id.clone(), fields: decided });
        }
        match row.stated_at().cmp(&self.stated_at()) {
            std::cmp::Ordering::Greater => Ok(Statement::Later),
            std::cmp::Ordering::Less => Ok(Statement::Earlier),
            std::cmp::Ordering::Equal => {
                let fields = self.differences(row, false);
                Err(StatementConflict::SameMoment { id: self.id.clone(), fields, at: self.stated_at() })
            }
        }
    }

    /// The names of what differs: of what does not change, or of the rest.
    fn differences(&self, row: &Self, decided: bool) -> String {
        let fields: [(&str, bool, bool); 18] = [
            ("decided_at", true, self.decided_at == row.decided_at),
            ("workflow", true, self.workflow == row.workflow),
            ("unit", true, self.unit == row.unit),
            ("actor", true, self.actor == row.actor),
            ("model", true, self.model == row.model),
            ("model_version", true, self.model_version == row.model_version),
            ("confidence", true, self.confidence == row.confidence),
            ("shadow_of", true, self.shadow_of == row.shadow_of),
            ("outcome", false, self.outcome == row.outcome),
            ("handling_seconds", false, self.handling_seconds == row.handling_seconds),
            ("review_seconds", false, self.review_seconds == row.review_seconds),
            ("error_cost", false, self.error_cost == row.error_cost),
            ("requests", false, self.requests == row.requests),
            ("answer", false, self.answer == row.answer),
            ("override_reason", false, self.override_reason == row.override_reason),
            ("error_found_at", false, self.error_found_at == row.error_found_at),
            ("updated_at", false, self.updated_at == row.updated_at),
            ("tags", false, self.tags == row.tags),
        ];
        let differ = fields.iter().filter(|(_, is_decided, same)| *is_decided == decided && !same);
        differ.map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
    }
}

/// Decisions, each as it was stated last, in the order of their first rows.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    decisions: Vec<Decision>,
    places: HashMap<String, usize>,
}

impl Latest {
    /// Adds a row; says what it is beside the one that is there, or nothing where it is the first.
    ///
    /// # Errors
    /// [`StatementConflict`]; what is there stays.
    pub fn add(&mut self, row: Decision) -> Result<Option<Statement>, StatementConflict> {
        match self.places.get(&row.id) {
            Some(&at) => {
                let statement = self.decisions[at].compare(&row)?;
                if statement == Statement::Later {
                    self.decisions[at] = row;
                }
                Ok(Some(statement))
            }
            None => {
                self.places.insert(row.id.clone(), self.decisions.len());
                self.decisions.push(row);
                Ok(None)
            }
        }
    }

    /// The decision of an id.
    pub fn get(&self, id: &str) -> Option<&Decision> {
        self.places.get(id).map(|&at| &self.decisions[at])
    }

    /// All of them.
    pub fn into_decisions(self) -> Vec<Decision> {
        self.decisions
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Actor, Outcome};
    use super::*;

    fn decision(id: u8, outcome: Outcome, minute: Option<u32>) -> Decision {
        let at = |minute: u32| format!("2026-05-01T09:{minute:02}:00Z").parse::<DateTime<Utc>>().unwrap();
        Decision {
            id: format!("d{id}"),
            decided_at: at(0),
            workflow: "triage".parse().unwrap(),
            unit: None,
            actor: Actor::Ai,
            model: None,
            model_version: None,
            outcome,
            handling_seconds: None,
            review_seconds: None,
            error_cost: None,
            requests: None,
            confidence: None,
            answer: None,
            override_reason: None,
            error_found_at: None,
            updated_at: minute.map(at),
            shadow_of: None,
            tags: Default::default(),
        }
    }

    #[test]
    fn the_later_statement_stands_and_what_was_decided_does_not_change() {
        let first = decision(1, Outcome::Accepted, None);
        let found =
            Decision { error_found_at: Some("2026-06-03T00:00:00Z".parse().unwrap()), outcome: Outcome::Wrong, ..first.clone() };
        assert_eq!(first.compare(&first), Ok(Statement::Same));
        assert_eq!((first.compare(&found), found.compare(&first)), (Ok(Statement::Later), Ok(Statement::Earlier)));
        let silent = Decision { outcome: Outcome::Wrong, ..first.clone() };
        let conflict = first.compare(&silent).unwrap_err().to_string();
        assert!(conflict.contains("another outcome, stated at the same moment") && conflict.contains("updated_at"), "{conflict}");
        let other = Decision { actor: Actor::Person, confidence: Some(farthing_types::Amount::ONE), ..found };
        let conflict = first.compare(&other).unwrap_err().to_string();
        assert!(conflict.contains("another actor, confidence: what was decided does not change"), "{conflict}");
    }

    proptest! {
        /// Whatever order rows arrive in, and however often, the same is left.
        #[test]
        fn the_order_of_arrival_decides_nothing(
            rows in prop::collection::vec((0..4_u8, 1..50_u32), 1..20),
            seed in any::<u64>(),
        ) {
            // The outcome is a function of the moment, so that no two rows of one moment differ.
            let row = |(id, minute): &(u8, u32)| decision(*id, Outcome::ALL[(*minute as usize) % 4], Some(*minute));
            let left = |rows: &[(u8, u32)]| {
                let mut latest = Latest::default();
                for _ in 0..2 {
                    for known in rows {
                        latest.add(row(known)).unwrap();
                    }
                }
                let mut decisions = latest.into_decisions();
                decisions.sort_by(|a, b| a.id.cmp(&b.id));
                decisions
            };
            let mut shuffled = rows.clone();
            shuffled.sort_by_key(|(id, minute)| (u64::from(*minute) * 7 + u64::from(*id)).wrapping_mul(seed | 1));
            prop_assert_eq!(left(&rows), left(&shuffled));
        }
    }
}
