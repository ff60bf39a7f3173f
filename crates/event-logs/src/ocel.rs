//! Object-centric event logs, OCEL 1.0 and 2.0 as JSON, seen from one type of object.
//!
//! Events of such a log belong to objects of several types. A case is an object of the type that is asked for, and an event that
//! belongs to several of them is handed over for each (the usual flattening). Times added up over cases then count it as often, which
//! a finding says.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use chrono::FixedOffset;
use serde_json::{Map, Value};

use crate::raw::{CaseHead, Judge, Keys, Raw};
use crate::{Attributes, DecodeError, DecodeReport, Event};

/// The largest text (256 MiB) that is read: JSON is read whole.
const LARGEST: u64 = 256 << 20;

/// How a log is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The type of the objects that are cases. May be left out where the log has one type only.
    pub case_type: Option<String>,
    /// The type of the objects that do the work, where no attribute says who did.
    pub resource_type: Option<String>,
    /// The offset from UTC of times that name none.
    pub offset: Option<FixedOffset>,
}

/// An object.
struct Object {
    kind: String,
    attributes: Attributes,
}

/// An event before it is judged.
struct RawEvent {
    raw: Raw,
    objects: Vec<String>,
}

/// Reads a log and hands over its events, once for each case that they belong to, in the order of the file.
///
/// # Errors
/// [`DecodeError`] where it is no OCEL in JSON, is too large, or has several object types and none is asked for; what `sink` fails with.
pub fn decode<R: Read, E: From<DecodeError>>(
    text: R,
    options: &Options,
    mut sink: impl FnMut(Event) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut bytes = Vec::new();
    text.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|source| DecodeError::Read { event: 0, source })?;
    if bytes.len() as u64 > LARGEST {
        let limit = format!("{} MiB", LARGEST >> 20);
        return Err(DecodeError::TooLarge { event: 0, what: "the log", limit }.into());
    }
    let root: Value = serde_json::from_slice(&bytes)
        .map_err(|error| DecodeError::Syntax { event: 0, message: format!("the file is no JSON: {error}") })?;
    drop(bytes);
    let (objects, events, keys) = if root.get("ocel:events").is_some() {
        (objects_1(&root), events_1(&root), Keys { activity: "ocel:activity", time: "ocel:timestamp", ..KEYS })
    } else if root.get("events").is_some() && root.get("objects").is_some() {
        (objects_2(&root), events_2(&root), KEYS)
    } else {
        let message = "this is no OCEL: there is neither ocel:events (1.0) nor events and objects (2.0). Name the format that it has with --format";
        return Err(DecodeError::NotThis(message.to_owned()).into());
    };
    drop(root);
    let case_type = case_type(&objects, options)?;
    flatten(objects, events, &case_type, keys, options, &mut sink)
}

const KEYS: Keys<'static> = Keys { activity: "type", time: "time", transition: "lifecycle:transition", resource: "resource" };

fn case_type(objects: &HashMap<String, Object>, options: &Options) -> Result<String, DecodeError> {
    let mut kinds: Vec<&str> = objects.values().map(|object| object.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    match (&options.case_type, kinds.as_slice()) {
        (Some(wanted), kinds) if kinds.contains(&wanted.as_str()) => Ok(wanted.clone()),
        (None, [only]) => Ok((*only).to_owned()),
        (wanted, kinds) => {
            let missing = wanted.as_ref().map(|wanted| format!("there is no object type {wanted:?}. ")).unwrap_or_default();
            Err(DecodeError::Mapping(format!(
                "{missing}An object-centric log is seen from one type of object: choose what is a case with --mapping case=TYPE, one of {}",
                kinds.join(", ")
            )))
        }
    }
}

fn flatten<E: From<DecodeError>>(
    objects: HashMap<String, Object>,
    events: Vec<RawEvent>,
    case_type: &str,
    keys: Keys<'static>,
    options: &Options,
    sink: &mut impl FnMut(Event) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut judge = Judge::new(keys, options.offset, None);
    let mut heads: HashMap<&str, CaseHead> = HashMap::new();
    for RawEvent { mut raw, objects: related } in events {
        judge.report.events += 1;
        let row = judge.report.events;
        let of_type = |wanted: &str| {
            let mut ids: Vec<&str> =
                related.iter().filter(|id| objects.get(*id).is_some_and(|o| o.kind == wanted)).map(String::as_str).collect();
            let mut seen = std::collections::HashSet::new();
            ids.retain(|id| seen.insert(*id));
            ids
        };
        if let (None, Some(wanted)) = (&raw.resource, &options.resource_type) {
            raw.resource = of_type(wanted).first().map(|id| (*id).to_owned());
        }
        let cases = of_type(case_type);
        if cases.is_empty() {
            judge.set_aside("no-case", case_type, row, "", || {
                format!("the event belongs to no object of type {case_type}, so that it is in no case; it was set aside")
            });
            continue;
        }
        if cases.len() > 1 {
            let count = cases.len();
            judge.note("several-cases", case_type, row, cases[0], || {
                format!("the event belongs to {count} objects of type {case_type} and is counted in each of these cases: sums over cases count it as often")
            });
        }
        for id in cases {
            let Some((id, object)) = objects.get_key_value(id) else { continue };
            let head = heads
                .entry(id)
                .or_insert_with(|| CaseHead { id: Arc::from(id.as_str()), attributes: Arc::new(object.attributes.clone()) });
            if let Some(event) = judge.judge(raw.clone(), &head.clone(), row) {
                sink(event)?;
            }
        }
    }
    Ok(judge.report)
}

/// A plain value as text; lists and objects are read over.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text_of(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key).and_then(plain)
}

/// Takes what says who and which step of the lifecycle out of an event's attributes.
fn standard(activity: Option<String>, time: Option<String>, mut attributes: Attributes) -> Raw {
    let mut take = |names: &[&str]| names.iter().find_map(|name| attributes.remove(*name));
    Raw {
        activity,
        time,
        resource: take(&["org:resource", "resource"]),
        transition: take(&["lifecycle:transition", "lifecycle"]),
        instance: take(&["concept:instance"]),
        attributes,
    }
}

fn plain_map(value: Option<&Value>) -> Attributes {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), plain(value)?))).collect()
}

fn objects_1(root: &Value) -> HashMap<String, Object> {
    let objects = root.get("ocel:objects").and_then(Value::as_object).into_iter().flatten();
    let object = |value: &Value| {
        let kind = value.get("ocel:type").and_then(plain)?;
        Some(Object { kind, attributes: plain_map(value.get("ocel:ovmap")) })
    };
    objects.filter_map(|(id, value)| Some((id.clone(), object(value)?))).collect()
}

fn events_1(root: &Value) -> Vec<RawEvent> {
    let events = root.get("ocel:events").and_then(Value::as_object).into_iter().flatten();
    let event = |value: &Value| {
        let nothing = Map::new();
        let map = value.as_object().unwrap_or(&nothing);
        let objects = map.get("ocel:omap").and_then(Value::as_array).into_iter().flatten().filter_map(plain).collect();
        let raw = standard(text_of(map, "ocel:activity"), text_of(map, "ocel:timestamp"), plain_map(map.get("ocel:vmap")));
        RawEvent { raw, objects }
    };
    events.map(|(_, value)| event(value)).collect()
}

fn objects_2(root: &Value) -> HashMap<String, Object> {
    let objects = root.get("objects").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let object = |map: &Map<String, Value>| {
        Some((text_of(map, "id")?, Object { kind: text_of(map, "type")?, attributes: named(map.get("attributes")) }))
    };
    objects.filter_map(object).collect()
}

fn events_2(root: &Value) -> Vec<RawEvent> {
    let events = root.get("events").and_then(Value::as_array).into_iter().flatten();
    let event = |value: &Value| {
        let nothing = Map::new();
        let map = value.as_object().unwrap_or(&nothing);
        let related = map.get("relationships").and_then(Value::as_array).into_iter().flatten();
        let objects = related.filter_map(|related| related.get("objectId").and_then(plain)).collect();
        RawEvent { raw: standard(text_of(map, "type"), text_of(map, "time"), named(map.get("attributes"))), objects }
    };
    events.map(event).collect()
}

/// A list of `{"name", "value"}`; of a name that changed over time the last value counts.
fn named(value: Option<&Value>) -> Attributes {
    let entries = value.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| Some((entry.get("name").and_then(plain)?, entry.get("value").and_then(plain)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, case_type: Option<&str>, resource_type: Option<&str>) -> Result<(Vec<Event>, DecodeReport), DecodeError> {
        let options =
            Options { case_type: case_type.map(str::to_owned), resource_type: resource_type.map(str::to_owned), offset: None };
        let mut events = Vec::new();
        let report = decode::<_, DecodeError>(text.as_bytes(), &options, |event| {
            events.push(event);
            Ok(())
        })?;
        Ok((events, report))
    }

    const TWO: &str = r#"{"objectTypes":[],"eventTypes":[],
      "objects":[{"id":"o1","type":"order","attributes":[{"name":"value","time":"1970-01-01T00:00:00Z","value":12}]},
                 {"id":"o2","type":"order"},{"id":"p1","type":"person"}],
      "events":[{"id":"e1","type":"Pick","time":"2023-10-08T08:45:16.527Z","attributes":[{"name":"lifecycle","value":"START"}],
                 "relationships":[{"objectId":"o1","qualifier":"of"},{"objectId":"p1","qualifier":"by"},{"objectId":"o2","qualifier":"of"}]},
                {"id":"e2","type":"Pick","time":"2023-10-08T08:50:00Z","relationships":[{"objectId":"p1","qualifier":"by"}]},
                {"id":"e3","time":"2023-10-08T08:50:00Z","relationships":[{"objectId":"o1","qualifier":"of"}]}]}"#;

    #[test]
    fn version_two_is_flattened_to_the_type_asked_for() {
        let (events, report) = read(TWO, Some("order"), Some("person")).unwrap();
        let seen: Vec<_> = events.iter().map(|e| (&*e.case, e.resource.as_deref(), e.transition.as_deref())).collect();
        assert_eq!(seen, [("o1", Some("p1"), Some("start")), ("o2", Some("p1"), Some("start"))]);
        assert_eq!(events[0].case_attributes.get("value").map(String::as_str), Some("12"));
        let rules: Vec<_> = report.findings.all().iter().map(|finding| (finding.rule, finding.rows[0])).collect();
        assert_eq!(rules, [("several-cases", 1), ("no-case", 2), ("no-activity", 3)]);
        assert_eq!((report.events, report.handed_over, report.findings.set_aside()), (3, 2, 2));
    }

    #[test]
    fn version_one_too_and_the_type_must_be_named() {
        let text = r#"{"ocel:objects":{"A":{"ocel:type":"app","ocel:ovmap":{"x":1}},"B":{"ocel:type":"offer","ocel:ovmap":{}}},
          "ocel:events":{"e1":{"ocel:activity":"send","ocel:timestamp":"2020-01-02 03:04:05","ocel:omap":["A"],"ocel:vmap":{"resource":"R"}}}}"#;
        let (events, _) = read(text, Some("app"), None).unwrap();
        assert_eq!((&*events[0].case, &*events[0].activity, events[0].resource.as_deref()), ("A", "send", Some("R")));
        let error = read(text, None, None).unwrap_err().to_string();
        assert!(error.contains("--mapping case=TYPE, one of app, offer"), "{error}");
        assert!(read(text, Some("x"), None).unwrap_err().to_string().contains("no object type \"x\""));
        assert!(read("[]", None, None).unwrap_err().to_string().contains("no OCEL"));
        assert!(read("{", None, None).unwrap_err().to_string().contains("no JSON"));
    }
}
