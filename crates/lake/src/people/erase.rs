//! Rows without the people in them. What tells one person from another within a run of the policy stays, under a name that nobody can find them by:
//! a hash with a key that is made for the run and thrown away.

use std::collections::BTreeMap;
use std::sync::Arc;

use farthing_event_logs::Event;
use farthing_usage::UsageHour;
use farthing_usage::decision::Decision;
use ring::hmac;
use ring::rand::SystemRandom;
use serde_json::Value;

use super::totals::{of_decisions, of_events, of_usage};
use super::{Keep, Then};

/// What stands in place of a name.
const MARK: &str = "erased-";
/// Digits of the hash in it: two people of a million have the same one with a probability of 1e-7.
const DIGITS: usize = 16;

/// What names are replaced by, in one run.
pub struct Pseudonyms(hmac::Key);

/// What became of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Erased<T> {
    /// The rows that are left, in their order.
    pub rows: Vec<T>,
    /// How many were changed or deleted.
    pub changed: u64,
    /// How many of those that would have been stay as they are, because they are held.
    pub held: u64,
    /// What the deleted rows added up to; none where none was.
    pub totals: Option<Value>,
}

/// A row that may be about people.
pub trait Personal: Clone + PartialEq + Sized {
    /// The columns that are about people, beside tags.
    const COLUMNS: &'static [&'static str];

    /// The same without the people in it.
    #[must_use]
    fn without_people(&self, keep: &Keep, pseudonyms: &Pseudonyms) -> Self;

    /// True where a value of it is this name.
    fn names(&self, person: &str) -> bool;

    /// What rows add up to.
    fn totals(rows: &[&Self]) -> Value;
}

impl Pseudonyms {
    /// Those of a run that begins now: nobody can make them again.
    ///
    /// # Panics
    /// When the operating system has no randomness.
    pub fn new() -> Self {
        Self(hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).expect("the operating system gives random bytes"))
    }

    fn of(&self, name: &str) -> String {
        let tag = hmac::sign(&self.0, name.as_bytes());
        let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{MARK}{}", &digits[..DIGITS])
    }

    /// What stands in place of a name: itself where it names nobody, or nobody any more.
    fn replacing(&self, keep: &Keep, name: &str) -> String {
        let is_erased = name.strip_prefix(MARK).is_some_and(|rest| rest.len() == DIGITS);
        if name.is_empty() || is_erased || keep.except.iter().any(|kept| kept == name) { name.to_owned() } else { self.of(name) }
    }
}

impl Default for Pseudonyms {
    fn default() -> Self {
        Self::new()
    }
}

/// Does what the rule says to rows; `held` says of each whether it must stay.
pub fn erase<T: Personal>(rows: Vec<T>, held: &[bool], keep: &Keep, pseudonyms: &Pseudonyms) -> Erased<T> {
    let mut erased = Erased { rows: Vec::with_capacity(rows.len()), changed: 0, held: 0, totals: None };
    let mut gone: Vec<T> = Vec::new();
    for (row, held) in rows.into_iter().zip(held) {
        let without = row.without_people(keep, pseudonyms);
        let would_change = keep.then == Then::Delete || without != row;
        match (would_change, *held, keep.then) {
            (false, ..) => erased.rows.push(row),
            (true, true, _) => {
                erased.held += 1;
                erased.rows.push(row);
            }
            (true, false, Then::ErasePeople) => {
                erased.changed += 1;
                erased.rows.push(without);
            }
            (true, false, Then::Delete) => {
                erased.changed += 1;
                gone.push(row);
            }
        }
    }
    if !gone.is_empty() {
        erased.totals = Some(T::totals(&gone.iter().collect::<Vec<_>>()));
    }
    erased
}

impl Keep {
    /// True for the key of a tag that is about people. Keys that differ in blanks around them and in case are one.
    fn is_about_people(&self, key: &str) -> bool {
        let plain = |key: &str| key.trim().to_lowercase();
        self.tags.iter().any(|tag| tag == "*" || plain(tag) == plain(key))
    }

    fn without(&self, tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let stays = |(key, value): &(&String, &String)| !self.is_about_people(key) || self.except.contains(value);
        tags.iter().filter(stays).map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

fn any_is(tags: &BTreeMap<String, String>, person: &str) -> bool {
    tags.values().any(|value| value == person)
}

impl Personal for Decision {
    const COLUMNS: &'static [&'static str] = &["OverrideReason"];

    fn without_people(&self, keep: &Keep, _: &Pseudonyms) -> Self {
        // A reason is free text of the person who gave it.
        Self { override_reason: None, tags: keep.without(&self.tags), ..self.clone() }
    }

    fn names(&self, person: &str) -> bool {
        any_is(&self.tags, person)
    }

    fn totals(rows: &[&Self]) -> Value {
        of_decisions(rows)
    }
}

impl Personal for UsageHour {
    const COLUMNS: &'static [&'static str] = &["Principal"];

    fn without_people(&self, keep: &Keep, pseudonyms: &Pseudonyms) -> Self {
        let mut hour = self.clone();
        hour.dimensions.principal = hour.dimensions.principal.map(|name| pseudonyms.replacing(keep, &name));
        hour.dimensions.tags = keep.without(&self.dimensions.tags);
        hour
    }

    fn names(&self, person: &str) -> bool {
        self.dimensions.principal.as_deref() == Some(person) || any_is(&self.dimensions.tags, person)
    }

    fn totals(rows: &[&Self]) -> Value {
        of_usage(rows)
    }
}

impl Personal for Event {
    const COLUMNS: &'static [&'static str] = &["Resource"];

    fn without_people(&self, keep: &Keep, pseudonyms: &Pseudonyms) -> Self {
        Self {
            resource: self.resource.as_deref().map(|name| Arc::from(pseudonyms.replacing(keep, name))),
            attributes: Arc::new(keep.without(&self.attributes)),
            case_attributes: Arc::new(keep.without(&self.case_attributes)),
            ..self.clone()
        }
    }

    fn names(&self, person: &str) -> bool {
        let of = |attributes| any_is(attributes, person);
        self.resource.as_deref() == Some(person) || of(&self.attributes) || of(&self.case_attributes)
    }

    fn totals(rows: &[&Self]) -> Value {
        of_events(rows)
    }
}
