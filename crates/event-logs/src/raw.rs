//! An event as a file states it, and what makes an [`Event`] of it: the part that all formats share.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::FixedOffset;

use crate::moment::{self, Unusable};
use crate::{Attributes, DecodeReport, Effect, Event, Role};

/// The most attributes of one event or case that are kept.
pub(crate) const MOST_ATTRIBUTES: usize = 1_000;

/// The standard keys, by their names in the file.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    pub activity: &'a str,
    pub time: &'a str,
    pub transition: &'a str,
    pub resource: &'a str,
}

/// What a file says of one event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    pub activity: Option<String>,
    pub time: Option<String>,
    pub transition: Option<String>,
    pub resource: Option<String>,
    pub instance: Option<String>,
    pub attributes: Attributes,
}

/// A case as a file states it.
#[derive(Clone)]
pub(crate) struct CaseHead {
    pub id: Arc<str>,
    pub attributes: Arc<Attributes>,
}

/// Texts that occur often, once each.
#[derive(Default)]
pub(crate) struct Interner(HashSet<Arc<str>>);

impl Interner {
    pub fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(new.clone());
        new
    }
}

/// What is needed to judge a file's events.
pub(crate) struct Judge<'a> {
    pub keys: Keys<'a>,
    pub offset: FixedOffset,
    pub offset_given: bool,
    pub time_format: Option<&'a str>,
    /// What the file declares as the value of attributes that are not known: `UNKNOWN`, the first moment of 1970.
    pub defaults: BTreeMap<String, String>,
    pub report: DecodeReport,
    pub texts: Interner,
    nothing: Arc<Attributes>,
}

impl<'a> Judge<'a> {
    pub fn new(keys: Keys<'a>, offset: Option<FixedOffset>, time_format: Option<&'a str>) -> Self {
        let zero = FixedOffset::east_opt(0).expect("0 is an offset");
        Self {
            keys,
            offset: offset.unwrap_or(zero),
            offset_given: offset.is_some(),
            time_format,
            defaults: BTreeMap::new(),
            report: DecodeReport::default(),
            texts: Interner::default(),
            nothing: Arc::default(),
        }
    }

    pub fn set_aside(&mut self, rule: &'static str, key: &str, row: u64, case: &str, message: impl FnOnce() -> String) {
        self.report.findings.add(rule, key, Effect::SetAside, row, case, message);
    }

    pub fn note(&mut self, rule: &'static str, key: &str, row: u64, case: &str, message: impl FnOnce() -> String) {
        self.report.findings.add(rule, key, Effect::Kept, row, case, message);
    }

    /// A stated value; nothing where it is empty or the file's word for what is not known.
    fn stated(&self, key: &str, value: Option<String>) -> Option<String> {
        value.filter(|text| !text.trim().is_empty() && self.defaults.get(key) != Some(text))
    }

    /// The event, or nothing with a finding that says why. `row` counts from 1.
    pub fn judge(&mut self, raw: Raw, case: &CaseHead, row: u64) -> Option<Event> {
        let keys = self.keys;
        let id = case.id.clone();
        let Some(activity) = self.stated(keys.activity, raw.activity) else {
            self.set_aside("no-activity", keys.activity, row, &id, || {
                format!(
                    "the event states no activity ({}); it was set aside. Complete it in the system that wrote the log",
                    keys.activity
                )
            });
            return None;
        };
        let text = match (raw.time, self.defaults.get(keys.time)) {
            (Some(text), Some(default)) if text == *default => return self.placeholder(&text, row, &id),
            (Some(text), _) if !text.trim().is_empty() => text,
            _ => {
                self.set_aside("no-time", keys.time, row, &id, || {
                    format!(
                        "the event states no time ({}); it was set aside. Without it the case's times would be guesses",
                        keys.time
                    )
                });
                return None;
            }
        };
        let read = match moment::read(&text, self.offset, self.time_format) {
            Ok(read) => read,
            Err(Unusable::Placeholder) => return self.placeholder(&text, row, &id),
            Err(Unusable::OutOfCalendar) => {
                self.set_aside("out-of-calendar", keys.time, row, &id, || {
                    format!(
                        "{text:?} lies outside the years 1970 to 9998; the event was set aside. Correct the time and import again"
                    )
                });
                return None;
            }
            Err(Unusable::NotAMoment) => {
                self.set_aside("not-a-moment", keys.time, row, &id, || {
                    format!("{text:?} is no time as logs write them; the event was set aside. Name its form with --time-format, or correct it")
                });
                return None;
            }
        };
        if !read.has_zone && !self.offset_given {
            self.note("no-zone", keys.time, row, &id, || {
                format!("{text:?} names no time zone and was taken as UTC. Say which it is with --offset, such as +01:00")
            });
        }
        let transition = raw.transition.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        let default = self.defaults.get(keys.transition).map(|text| text.to_lowercase());
        let transition = transition.filter(|text| Some(text) != default.as_ref());
        if let Some(word) = transition.as_deref().filter(|word| Role::of(word).is_none()) {
            let word = word.to_owned();
            self.note("unknown-transition", keys.transition, row, &id, || {
                format!("{word:?} is no transition of the standard lifecycle: the event is counted, and no time begins or ends with it")
            });
        }
        let resource = self.stated(keys.resource, raw.resource);
        let position = self.report.handed_over;
        self.report.handed_over += 1;
        Some(Event {
            case: id,
            activity: self.texts.get(&activity),
            at: read.at,
            transition: transition.map(|text| self.texts.get(&text)),
            instance: raw.instance.filter(|text| !text.is_empty()).map(|text| self.texts.get(&text)),
            resource: resource.map(|text| self.texts.get(&text)),
            position,
            attributes: if raw.attributes.is_empty() { self.nothing.clone() } else { Arc::new(raw.attributes) },
            case_attributes: case.attributes.clone(),
        })
    }

    fn placeholder(&mut self, text: &str, row: u64, case: &str) -> Option<Event> {
        let key = self.keys.time;
        self.set_aside("placeholder-time", key, row, case, || {
            format!("{text:?} is what the log writes where it knows no time; the event was set aside, since it happened at another moment")
        });
        None
    }
}
