//! XES, IEEE 1849-2016: `log` with `trace`s of `event`s, each with typed attributes.
//!
//! Traces are read one by one, so that a log need not fit in memory. A trace's `concept:name` is its case, an event's `concept:name`
//! its activity. `global` attributes declare what stands for a value that is not known; such values are taken as not stated, and an
//! event whose time is one is set aside. Nested attributes are read over.

mod element;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use chrono::FixedOffset;
use quick_xml::Reader;
use quick_xml::events::Event as Xml;

use self::element::{attribute, scope_of_global};
use crate::bounded::{Bounded, LONGEST};
use crate::raw::{CaseHead, Judge, Keys, MOST_ATTRIBUTES, Raw};
use crate::{Attributes, DecodeError, DecodeReport, Event};

/// The most events of one trace.
const MOST_EVENTS: usize = 2_000_000;
/// How deep elements may stand in one another.
const DEEPEST: usize = 100;

/// How a log is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The keys of fields that stand under another than the standard's: `resource`, `activity`, `time`, `transition`, `instance` of
    /// events, `case` of traces.
    pub keys: BTreeMap<String, String>,
    /// The offset from UTC of times that name none.
    pub offset: Option<FixedOffset>,
}

/// The key of each field in the standard.
const FIELDS: [(&str, &str); 6] = [
    ("case", "concept:name"),
    ("activity", "concept:name"),
    ("time", "time:timestamp"),
    ("transition", "lifecycle:transition"),
    ("resource", "org:resource"),
    ("instance", "concept:instance"),
];

impl Options {
    /// The key of a field.
    fn key(&self, field: &str) -> &str {
        let standard = FIELDS.iter().find(|(name, _)| *name == field).map_or("", |(_, key)| key);
        self.keys.get(field).map_or(standard, String::as_str)
    }

    fn check(&self) -> Result<(), DecodeError> {
        match self.keys.keys().find(|field| FIELDS.iter().all(|(name, _)| name != field)) {
            None => Ok(()),
            Some(unknown) => {
                let known = FIELDS.map(|(name, _)| name).join(", ");
                Err(DecodeError::Mapping(format!(
                    "the mapping names {unknown:?}, which is no field of an event: it can name {known}"
                )))
            }
        }
    }
}

/// Where the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Log,
    GlobalEvent,
    GlobalTrace,
    Trace,
    Event,
    Other,
}

/// Reads a log and hands over its events, trace by trace, each in the order of the file.
///
/// # Errors
/// [`DecodeError`] where the file is no XES or breaks off; what `sink` fails with.
pub fn decode<R: Read, E: From<DecodeError>>(
    text: R,
    options: &Options,
    sink: impl FnMut(Event) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    options.check()?;
    let (bounded, since) = Bounded::new(text);
    let mut reader = Reader::from_reader(bounded);
    reader.config_mut().expand_empty_elements = true;
    let keys = Keys {
        activity: options.key("activity"),
        time: options.key("time"),
        transition: options.key("transition"),
        resource: options.key("resource"),
    };
    let judge = Judge::new(keys, options.offset, None);
    let mut log = Log { options, judge, sink, trace: Trace::default(), event: None, traces: 0 };
    let mut scopes: Vec<Scope> = Vec::new();
    let mut buffer = Vec::new();
    let mut has_log = false;
    loop {
        since.set(0);
        buffer.clear();
        let event = log.judge.report.events;
        match reader.read_event_into(&mut buffer).map_err(|error| broken(event, error))? {
            Xml::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding() {
                    element::check_encoding(&encoding)?;
                }
            }
            Xml::Start(tag) => {
                if scopes.len() >= DEEPEST {
                    return Err(DecodeError::TooLarge { event, what: "the depth of elements", limit: DEEPEST.to_string() }.into());
                }
                let scope = match (scopes.last(), tag.local_name().as_ref()) {
                    (None, b"log") => {
                        has_log = true;
                        Scope::Log
                    }
                    (None, other) => return Err(not_xes(&String::from_utf8_lossy(other)).into()),
                    (Some(Scope::Log), b"global") => scope_of_global(&tag),
                    (Some(Scope::Log), b"trace") => log.begin_trace(),
                    (Some(Scope::Log | Scope::Trace), b"event") => log.begin_event(),
                    (
                        Some(scope @ (Scope::GlobalEvent | Scope::GlobalTrace | Scope::Trace | Scope::Event)),
                        b"string" | b"date" | b"int" | b"float" | b"boolean" | b"id",
                    ) => {
                        log.add(*scope, attribute(&tag));
                        Scope::Other
                    }
                    _ => Scope::Other,
                };
                scopes.push(scope);
            }
            Xml::End(_) => match scopes.pop() {
                Some(Scope::Event) if !scopes.contains(&Scope::Trace) => log.event_outside(),
                Some(Scope::Event) => log.end_event()?,
                Some(Scope::Trace) => log.end_trace()?,
                _ => {}
            },
            Xml::Eof => break,
            _ => {}
        }
    }
    if !has_log {
        return Err(not_xes("nothing").into());
    }
    if !scopes.is_empty() {
        let message = "the XML ends inside the log".to_owned();
        return Err(DecodeError::Syntax { event: log.judge.report.events, message }.into());
    }
    Ok(log.judge.report)
}

fn not_xes(found: &str) -> DecodeError {
    DecodeError::NotThis(format!(
        "this is no XES: it begins with {found:?} instead of a log element. Name the format that it has with --format"
    ))
}

fn broken(event: u64, error: quick_xml::Error) -> DecodeError {
    match error {
        quick_xml::Error::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            DecodeError::TooLarge { event, what: "a tag", limit: format!("{} MiB", LONGEST >> 20) }
        }
        quick_xml::Error::Io(error) => {
            let source = std::io::Error::new(error.kind(), error.to_string());
            DecodeError::Read { event, source }
        }
        other => DecodeError::Syntax { event, message: format!("the XML is not well-formed: {other}") },
    }
}

#[derive(Default)]
struct Trace {
    name: Option<String>,
    attributes: Attributes,
    /// Events with their running number in the file.
    events: Vec<(u64, Raw)>,
}

struct Log<'a, S> {
    options: &'a Options,
    judge: Judge<'a>,
    sink: S,
    trace: Trace,
    event: Option<Raw>,
    traces: u64,
}

impl<S> Log<'_, S> {
    fn begin_trace(&mut self) -> Scope {
        self.traces += 1;
        self.trace = Trace::default();
        Scope::Trace
    }

    fn begin_event(&mut self) -> Scope {
        self.judge.report.events += 1;
        self.event = Some(Raw::default());
        Scope::Event
    }

    /// Takes an attribute of the element that the reader is in.
    fn add(&mut self, scope: Scope, attribute: Result<(String, String), String>) {
        let row = self.judge.report.events;
        let case = self.trace.name.clone().unwrap_or_default();
        let (key, value) = match attribute {
            Ok(attribute) => attribute,
            Err(cause) => {
                self.judge.note("unreadable-attribute", "", row, &case, || {
                    format!("{cause}; the attribute was left out. Correct it in the file and import again")
                });
                return;
            }
        };
        let kept = match scope {
            Scope::GlobalEvent => self.judge.defaults.entry(key.clone()).or_insert_with(|| value.clone()) == &value,
            Scope::GlobalTrace => {
                let key = format!("case:{key}");
                self.judge.defaults.entry(key).or_insert_with(|| value.clone()) == &value
            }
            Scope::Trace if key == self.options.key("case") => set(&mut self.trace.name, value),
            Scope::Trace => insert(&mut self.trace.attributes, &key, value),
            Scope::Event => match &mut self.event {
                Some(event) => take(event, self.options, &key, value),
                None => true,
            },
            Scope::Log | Scope::Other => true,
        };
        if !kept {
            self.judge.note("left-out-attribute", &key, row, &case, || {
                format!("{key} stands there twice, or there are more than {MOST_ATTRIBUTES} attributes: the first one counts")
            });
        }
    }

    fn event_outside(&mut self) {
        self.event = None;
        let row = self.judge.report.events;
        self.judge.set_aside("no-case", "trace", row, "", || {
            "the event stands outside any trace, so that it belongs to no case; it was set aside. Put it into its trace"
                .to_owned()
        });
    }

    fn end_event<E: From<DecodeError>>(&mut self) -> Result<(), E> {
        let row = self.judge.report.events;
        if self.trace.events.len() >= MOST_EVENTS {
            let error = DecodeError::TooLarge { event: row, what: "a trace", limit: format!("{MOST_EVENTS} events") };
            return Err(error.into());
        }
        self.trace.events.extend(self.event.take().map(|event| (row, event)));
        Ok(())
    }

    fn end_trace<E>(&mut self) -> Result<(), E>
    where
        S: FnMut(Event) -> Result<(), E>,
    {
        let trace = std::mem::take(&mut self.trace);
        let key = self.options.key("case");
        let default = self.judge.defaults.get(&format!("case:{key}"));
        let Some(name) = trace.name.filter(|name| !name.trim().is_empty() && Some(name) != default) else {
            let number = self.traces;
            for (row, _) in trace.events {
                self.judge.set_aside("no-case", key, row, "", || {
                    format!(
                        "trace {number} has no {key}, so that its events belong to no case; they were set aside. Name the trace"
                    )
                });
            }
            return Ok(());
        };
        let known = |(key, value): &(String, String)| self.judge.defaults.get(&format!("case:{key}")) != Some(value);
        let attributes = Arc::new(trace.attributes.into_iter().filter(known).collect());
        let case = CaseHead { id: Arc::from(name), attributes };
        for (row, raw) in trace.events {
            if let Some(event) = self.judge.judge(raw, &case, row) {
                (self.sink)(event)?;
            }
        }
        Ok(())
    }
}

/// Sets what is not set yet.
fn set(place: &mut Option<String>, value: String) -> bool {
    let is_new = place.is_none();
    place.get_or_insert(value);
    is_new
}

fn insert(attributes: &mut Attributes, key: &str, value: String) -> bool {
    if attributes.contains_key(key) || attributes.len() >= MOST_ATTRIBUTES {
        return false;
    }
    attributes.insert(key.to_owned(), value);
    true
}

fn take(event: &mut Raw, options: &Options, key: &str, value: String) -> bool {
    let fields = [
        ("activity", &mut event.activity),
        ("time", &mut event.time),
        ("transition", &mut event.transition),
        ("resource", &mut event.resource),
        ("instance", &mut event.instance),
    ];
    for (field, place) in fields {
        if options.key(field) == key {
            return set(place, value);
        }
    }
    insert(&mut event.attributes, key, value)
}

#[cfg(test)]
mod tests;
