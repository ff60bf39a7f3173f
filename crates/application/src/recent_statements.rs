//! Statements that this process made or read last, so that many who ask for the same cost one question to the database, and those of days, of other
//! currencies and of the past, which nobody keeps there, are not computed for each.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use farthing_ledger::Statement;
use farthing_store::Revision;
use farthing_types::{Cost, Selection};

use crate::conversion::Reporting;

/// How many are remembered.
const MOST: usize = 64;

/// What was asked for, as of which moment.
type Question = (Option<DateTime<Utc>>, Selection, Cost, Option<Reporting>);
/// The statements, and the revisions of their charges.
type Found = (Vec<Statement>, Vec<Revision>);

/// The statements of one state of the catalogue, the oldest first.
#[derive(Default)]
pub(crate) struct RecentStatements {
    known: Mutex<(u64, Vec<(Question, Found)>)>,
    /// Whoever computes has one of these: many who ask the same at once wait for the first.
    turns: [tokio::sync::Mutex<()>; 8],
}

impl RecentStatements {
    /// Waits until nobody else computes the answer to this question.
    pub async fn turn(&self, question: &Question) -> tokio::sync::MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        format!("{question:?}").hash(&mut hasher);
        let turn = usize::try_from(hasher.finish() % self.turns.len() as u64).unwrap_or_default();
        self.turns[turn].lock().await
    }

    /// What is remembered, if it is of this state of the catalogue.
    pub fn of(&self, mark: u64, question: &Question) -> Option<Found> {
        let known = self.known();
        let (_, found) = known.1.iter().filter(|_| known.0 == mark).find(|(asked, _)| asked == question)?;
        Some(found.clone())
    }

    /// Remembers what was computed of a state of the catalogue.
    pub fn remember(&self, mark: u64, question: Question, found: Found) {
        let mut known = self.known();
        if known.0 != mark {
            *known = (mark, Vec::new());
        }
        known.1.retain(|(asked, _)| *asked != question);
        if known.1.len() == MOST {
            known.1.remove(0);
        }
        known.1.push((question, found));
    }

    fn known(&self) -> MutexGuard<'_, (u64, Vec<(Question, Found)>)> {
        // Only what is whole is put behind the lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use farthing_types::BillingPeriod;

    use super::*;

    #[test]
    fn what_was_computed_of_another_state_is_not_given() {
        let question = |month| {
            let period: BillingPeriod = format!("2026-{month:02}").parse().unwrap();
            (None, Selection::Period(period), Cost::Billed, None)
        };
        let recent = RecentStatements::default();
        recent.remember(1, question(1), Found::default());
        assert!(
            recent.of(1, &question(1)).is_some() && recent.of(2, &question(1)).is_none() && recent.of(1, &question(2)).is_none()
        );
        recent.remember(2, question(2), Found::default());
        assert!(recent.of(1, &question(1)).is_none() && recent.of(2, &question(2)).is_some());
        (0..100).for_each(|_| recent.remember(2, question(3), Found::default()));
        assert!(recent.known().1.len() == 2);
    }
}
