use std::collections::HashMap;
use std::sync::Arc;

use crate::{Attributes, Event};

/// A case: its events in the order in which they happened, those of one moment in the order of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub id: Arc<str>,
    /// Its events, at least one.
    pub events: Vec<Event>,
}

impl Case {
    /// Milliseconds since 1970 of its first event.
    pub fn first(&self) -> i64 {
        self.events.first().map_or(0, Event::millis)
    }

    /// Milliseconds since 1970 of its last event.
    pub fn last(&self) -> i64 {
        self.events.last().map_or(0, Event::millis)
    }

    /// Its attributes: those that its last event came with.
    pub fn attributes(&self) -> Option<&Attributes> {
        self.events.iter().max_by_key(|event| event.position).map(|event| &*event.case_attributes)
    }
}

/// The cases that events are of, by their first moment and then their name.
pub fn cases(events: impl IntoIterator<Item = Event>) -> Vec<Case> {
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    let mut cases: Vec<Case> = Vec::new();
    for event in events {
        let at = *places.entry(event.case.clone()).or_insert_with(|| {
            cases.push(Case { id: event.case.clone(), events: Vec::new() });
            cases.len() - 1
        });
        cases[at].events.push(event);
    }
    for case in &mut cases {
        case.events.sort_by_key(|event| (event.at, event.position));
    }
    cases.sort_by(|a, b| (a.first(), &a.id).cmp(&(b.first(), &b.id)));
    cases
}
