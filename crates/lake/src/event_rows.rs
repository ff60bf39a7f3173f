//! Events of business processes as Parquet.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use camino::Utf8Path;
use farthing_event_logs::{Attributes, Event};

use crate::columns::{Columns, counts, moments, texts};
use crate::{LakeError, read_rows};

/// The events as a table, one row each, in the order given.
///
/// # Errors
/// Never for events that a decoder made.
pub fn event_batch(events: &[Event]) -> Result<RecordBatch, LakeError> {
    let own = jsons(events.iter().map(|event| &event.attributes));
    let of_case = jsons(events.iter().map(|event| &event.case_attributes));
    let text = |get: for<'a> fn(&'a Event) -> Option<&'a str>| texts(events.iter().map(get));
    let columns = [
        ("CaseId", text(|e| Some(&e.case))),
        ("Activity", text(|e| Some(&e.activity))),
        ("OccurredAt", moments(events.iter().map(|e| e.at))),
        ("Transition", text(|e| e.transition.as_deref())),
        ("Instance", text(|e| e.instance.as_deref())),
        ("Resource", text(|e| e.resource.as_deref())),
        ("Position", counts(events.iter().map(|e| Some(e.position)))),
        ("EventAttributes", texts(own.iter().map(|json| json.as_deref()))),
        ("CaseAttributes", texts(of_case.iter().map(|json| json.as_deref()))),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))?)
}

/// Attributes as JSON objects; nothing where there are none. Neighbours that share them share the text.
fn jsons<'a>(attributes: impl Iterator<Item = &'a Arc<Attributes>>) -> Vec<Option<Arc<str>>> {
    let mut last: Option<(&Arc<Attributes>, Option<Arc<str>>)> = None;
    let json = |attributes: &'a Arc<Attributes>| {
        if let Some((known, text)) = &last
            && Arc::ptr_eq(known, attributes)
        {
            return text.clone();
        }
        let object = || Arc::from(serde_json::to_string(&**attributes).expect("a map of texts is JSON"));
        let text = (!attributes.is_empty()).then(object);
        last = Some((attributes, text.clone()));
        text
    };
    attributes.map(json).collect()
}

/// Texts that are kept once.
#[derive(Default)]
struct Once(HashSet<Arc<str>>);

impl Once {
    fn get(&mut self, text: &str) -> Arc<str> {
        match self.0.get(text) {
            Some(known) => known.clone(),
            None => {
                let new: Arc<str> = Arc::from(text);
                self.0.insert(new.clone());
                new
            }
        }
    }
}

/// The attributes of a column, those of neighbours with one text once.
struct Objects<'a> {
    column: &'static str,
    last: Option<(&'a str, Arc<Attributes>)>,
    nothing: Arc<Attributes>,
}

impl<'a> Objects<'a> {
    fn of(column: &'static str) -> Self {
        Self { column, last: None, nothing: Arc::default() }
    }

    fn get(&mut self, text: Option<&'a str>, columns: &Columns<'_>) -> Result<Arc<Attributes>, LakeError> {
        let Some(text) = text else { return Ok(self.nothing.clone()) };
        if let Some((known, attributes)) = &self.last
            && *known == text
        {
            return Ok(attributes.clone());
        }
        let attributes: Attributes = serde_json::from_str(text).map_err(|_| columns.wrong(self.column))?;
        let attributes = Arc::new(attributes);
        self.last = Some((text, attributes.clone()));
        Ok(attributes)
    }
}

/// Reads a file of events.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_events(path: &Utf8Path) -> Result<Vec<Event>, LakeError> {
    let batch = read_rows(path)?;
    let columns = Columns::new(path, &batch);
    let (case, activity, at) = (columns.texts("CaseId")?, columns.texts("Activity")?, columns.moments("OccurredAt")?);
    let (transition, instance) = (columns.texts("Transition")?, columns.texts("Instance")?);
    let (resource, position) = (columns.texts("Resource")?, columns.counts("Position")?);
    let (own, of_case) = (columns.texts("EventAttributes")?, columns.texts("CaseAttributes")?);
    let mut once = Once::default();
    let (mut own_objects, mut case_objects) = (Objects::of("EventAttributes"), Objects::of("CaseAttributes"));
    (0..batch.num_rows())
        .map(|row| {
            let mut may = |text: Option<&str>| text.map(|text| once.get(text));
            Ok(Event {
                case: may(case(row)).ok_or_else(|| columns.wrong("CaseId"))?,
                activity: may(activity(row)).ok_or_else(|| columns.wrong("Activity"))?,
                at: at(row).ok_or_else(|| columns.wrong("OccurredAt"))?,
                transition: may(transition(row)),
                instance: may(instance(row)),
                resource: may(resource(row)),
                position: position(row).ok_or_else(|| columns.wrong("Position"))?,
                attributes: own_objects.get(own(row), &columns)?,
                case_attributes: case_objects.get(of_case(row), &columns)?,
            })
        })
        .collect()
}
