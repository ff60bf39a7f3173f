//! Event logs in CSV: one event a row, or one piece of work a row where it has a begin and an end.
//!
//! Columns are named by a [`Mapping`]; those that it does not name are found by the names that process-mining tools write
//! (`case:concept:name`, `Case ID`, `Activity`, `Complete Timestamp`, `Resource` …). All others are kept as attributes, those that
//! begin with `case:` as attributes of the case.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::sync::Arc;

use chrono::FixedOffset;
use csv::{ByteRecord, ReaderBuilder};
use serde::{Deserialize, Serialize};

use crate::bounded::{Bounded, LONGEST};
use crate::raw::{CaseHead, Judge, Keys, Raw};
use crate::{Attributes, DecodeError, DecodeReport, Event};

/// Which column holds what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Column of each field named: `case`, `activity`, `time`, `start`, `resource`, `transition`, `instance`.
    pub columns: BTreeMap<String, String>,
}

/// How a file is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The columns.
    pub mapping: Mapping,
    /// The offset from UTC of times that name none.
    pub offset: Option<FixedOffset>,
    /// The form of times, as strftime has it; without it the usual forms are tried.
    pub time_format: Option<String>,
}

/// Fields that a mapping may name, each with the names its column usually has (in small letters).
pub const FIELDS: [(&str, &[&str]); 7] = [
    ("case", &["case:concept:name", "case id", "case_id", "caseid", "case"]),
    ("activity", &["concept:name", "activity", "activity name", "task"]),
    ("time", &["time:timestamp", "complete timestamp", "completed at", "timestamp", "time"]),
    ("start", &["start_timestamp", "start timestamp", "started at"]),
    ("resource", &["org:resource", "resource", "user"]),
    ("transition", &["lifecycle:transition", "lifecycle", "transition"]),
    ("instance", &["concept:instance"]),
];

/// Where each field stands.
struct Columns {
    names: Vec<String>,
    case: usize,
    activity: usize,
    time: usize,
    start: Option<usize>,
    resource: Option<usize>,
    transition: Option<usize>,
    instance: Option<usize>,
}

/// Reads a file and hands over its events. A row with begin and end gives two events of one instance.
///
/// # Errors
/// [`DecodeError`] where it is no CSV, breaks off, or lacks a column without which no row means anything; what `sink` fails with.
pub fn decode<R: Read, E: From<DecodeError>>(
    text: R,
    options: &Options,
    mut sink: impl FnMut(Event) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let (mut bounded, since) = Bounded::new(text);
    let delimiter = delimiter_of(bounded.fill_buf().map_err(|source| DecodeError::Read { event: 0, source })?);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bounded);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(|error| broken(0, error))? {
        return Err(
            DecodeError::NotThis("the file is empty: not even a header. Check the export that wrote it".to_owned()).into()
        );
    }
    let columns = Columns::of(&record, &options.mapping)?;
    let name = |at: usize| columns.names[at].as_str();
    let or = |at: Option<usize>, otherwise: &'static str| at.map_or(otherwise, |at| columns.names[at].as_str());
    let keys = Keys {
        activity: name(columns.activity),
        time: name(columns.time),
        transition: or(columns.transition, "transition"),
        resource: or(columns.resource, "resource"),
    };
    let mut judge = Judge::new(keys, options.offset, options.time_format.as_deref());
    let mut cases: BTreeMap<String, CaseHead> = BTreeMap::new();
    loop {
        since.set(0);
        let row = judge.report.events + 2;
        if !reader.read_byte_record(&mut record).map_err(|error| broken(row, error))? {
            return Ok(judge.report);
        }
        judge.report.events += 1;
        if record.len() != columns.names.len() {
            let (found, wanted) = (record.len(), columns.names.len());
            judge.set_aside("row-length", "", row, "", || {
                format!("the row has {found} fields and the header {wanted}; it was set aside. Look for a delimiter that is not in quotes")
            });
            continue;
        }
        let Some(fields) = record.iter().map(|field| std::str::from_utf8(field).ok()).collect::<Option<Vec<&str>>>() else {
            judge.set_aside("not-utf8", "", row, "", || {
                "the row is no UTF-8; it was set aside. Convert the file first: iconv -t utf-8".to_owned()
            });
            continue;
        };
        if fields[columns.case].trim().is_empty() {
            let key = name(columns.case);
            judge.set_aside("no-case", key, row, "", || format!("the row names no case ({key}); it was set aside"));
            continue;
        }
        let case = columns.case_of(&fields, &mut cases);
        for raw in columns.raws(&fields, row) {
            if let Some(event) = judge.judge(raw, &case, row) {
                sink(event)?;
            }
        }
    }
}

fn broken(row: u64, error: csv::Error) -> DecodeError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            DecodeError::TooLarge { event: row, what: "a row", limit: format!("{} MiB", LONGEST >> 20) }
        }
        csv::ErrorKind::Io(source) => DecodeError::Read { event: row, source },
        other => DecodeError::Syntax { event: row, message: format!("the file is no CSV: {other:?}") },
    }
}

/// The delimiter that the header has most of: comma, semicolon, tab.
fn delimiter_of(first: &[u8]) -> u8 {
    let header = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    // The last of equal ones wins, so the comma stands last.
    *[b'\t', b';', b','].iter().max_by_key(|delimiter| count(**delimiter)).unwrap_or(&b',')
}

impl Columns {
    fn of(header: &ByteRecord, mapping: &Mapping) -> Result<Self, DecodeError> {
        let text = |field: &[u8]| String::from_utf8_lossy(field).trim_start_matches('\u{feff}').trim().to_owned();
        let names: Vec<String> = header.iter().map(text).collect();
        if let Some(unknown) = mapping.columns.keys().find(|field| FIELDS.iter().all(|(known, _)| known != field)) {
            let known = FIELDS.map(|(name, _)| name).join(", ");
            return Err(DecodeError::Mapping(format!(
                "the mapping names {unknown:?}, which is no field of an event: it can name {known}"
            )));
        }
        let find = |field: &str| -> Result<Option<usize>, DecodeError> {
            if let Some(column) = mapping.columns.get(field) {
                let at = names.iter().position(|name| name == column);
                return at.map(Some).ok_or_else(|| {
                    DecodeError::Mapping(format!("there is no column {column:?} for {field}; the file has {}", names.join(", ")))
                });
            }
            let usual = FIELDS.iter().find(|(name, _)| *name == field).map_or(&[][..], |(_, usual)| usual);
            Ok(usual.iter().find_map(|wanted| names.iter().position(|name| name.to_lowercase() == *wanted)))
        };
        let need = |field: &str| {
            find(field)?.ok_or_else(|| {
                let found = names.join(", ");
                DecodeError::Mapping(format!(
                    "no column is known to hold the {field}; the file has {found}. Name it: --mapping {field}=COLUMN"
                ))
            })
        };
        let columns = Self {
            case: need("case")?,
            activity: need("activity")?,
            time: need("time")?,
            start: find("start")?,
            resource: find("resource")?,
            transition: find("transition")?,
            instance: find("instance")?,
            names: names.clone(),
        };
        let twice = columns.used().find(|at| names.iter().filter(|name| **name == names[*at]).count() > 1);
        match twice {
            Some(at) => Err(DecodeError::Mapping(format!(
                "column {:?} stands there twice, so it is not known which one counts. Rename one",
                names[at]
            ))),
            None => Ok(columns),
        }
    }

    fn used(&self) -> impl Iterator<Item = usize> {
        let may = [self.start, self.resource, self.transition, self.instance];
        [self.case, self.activity, self.time].into_iter().chain(may.into_iter().flatten())
    }

    /// The case of a row; its attributes are those of its first row.
    fn case_of(&self, fields: &[&str], cases: &mut BTreeMap<String, CaseHead>) -> CaseHead {
        let id = fields[self.case].trim();
        if let Some(known) = cases.get(id) {
            return known.clone();
        }
        let attributes = self.others(fields).filter_map(|(name, value)| Some((name.strip_prefix("case:")?.to_owned(), value)));
        let head = CaseHead { id: Arc::from(id), attributes: Arc::new(attributes.collect()) };
        cases.insert(id.to_owned(), head.clone());
        head
    }

    /// The columns that are no standard field, where they are filled.
    fn others<'a>(&'a self, fields: &'a [&str]) -> impl Iterator<Item = (&'a str, String)> {
        let used: Vec<usize> = self.used().collect();
        let others =
            self.names.iter().zip(fields).enumerate().filter(move |(at, (_, value))| !used.contains(at) && !value.is_empty());
        others.map(|(_, (name, value))| (name.as_str(), (*value).to_owned()))
    }

    fn raws(&self, fields: &[&str], row: u64) -> Vec<Raw> {
        let text = |at: Option<usize>| at.map(|at| fields[at].to_owned());
        let attributes: Attributes = self
            .others(fields)
            .filter(|(name, _)| !name.starts_with("case:"))
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let complete = Raw {
            activity: text(Some(self.activity)),
            time: text(Some(self.time)),
            transition: text(self.transition),
            resource: text(self.resource),
            instance: text(self.instance),
            attributes,
        };
        let begin = text(self.start).filter(|text| !text.trim().is_empty());
        let Some(begin) = begin else { return vec![complete] };
        let instance = complete.instance.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| format!("row {row}"));
        let of = |time: Option<String>, transition: &str, raw: Raw| Raw {
            time,
            transition: Some(transition.to_owned()),
            instance: Some(instance.clone()),
            ..raw
        };
        let end = complete.time.clone();
        vec![of(Some(begin), "start", complete.clone()), of(end, "complete", complete)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mapping: &[(&str, &str)]) -> Result<(Vec<Event>, DecodeReport), DecodeError> {
        let columns = mapping.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect();
        let options = Options { mapping: Mapping { columns }, ..Options::default() };
        let mut events = Vec::new();
        let report = decode::<_, DecodeError>(text.as_bytes(), &options, |event| {
            events.push(event);
            Ok(())
        })?;
        Ok((events, report))
    }

    #[test]
    fn usual_names_are_found_and_others_are_attributes() {
        let text = "\u{feff}Case ID;Activity;Complete Timestamp;Resource;case:product;note\n1;Check;2020-05-01 09:30;Ada;loan;\"a;b\"\n1;Close;2020-05-01 10:00;;;\n";
        let (events, report) = read(text, &[]).unwrap();
        assert_eq!((events.len(), report.findings.all()[0].rule), (2, "no-zone"));
        assert_eq!((&*events[0].activity, events[0].resource.as_deref()), ("Check", Some("Ada")));
        assert_eq!(events[0].attributes.get("note").map(String::as_str), Some("a;b"));
        assert_eq!(events[1].case_attributes.get("product").map(String::as_str), Some("loan"));
        assert_eq!(events[1].resource, None);
    }

    #[test]
    fn a_row_with_begin_and_end_is_a_piece_of_work() {
        let text = "ticket,what,from,to\nT1,Call,2020-05-01T09:00:00Z,2020-05-01T09:10:00Z\n";
        let (events, _) = read(text, &[("case", "ticket"), ("activity", "what"), ("start", "from"), ("time", "to")]).unwrap();
        let transitions: Vec<_> = events.iter().map(|event| (event.transition.as_deref(), event.instance.as_deref())).collect();
        assert_eq!(transitions, [(Some("start"), Some("row 2")), (Some("complete"), Some("row 2"))]);
    }

    #[test]
    fn bad_rows_are_set_aside_and_bad_headers_refused() {
        let text = "case,activity,time\n1,a,2020-01-01T00:00:00Z\n,a,2020-01-01T00:00:00Z\n1,a\n1,a,1970-01-01T00:00:00Z\n";
        let (events, report) = read(text, &[]).unwrap();
        let rules: Vec<_> = report.findings.all().iter().map(|finding| (finding.rule, finding.rows[0])).collect();
        assert_eq!((events.len(), rules), (1, vec![("no-case", 3), ("row-length", 4), ("placeholder-time", 5)]));
        let refused = |text: &str, mapping: &[(&str, &str)]| read(text, mapping).unwrap_err().to_string();
        assert!(refused("case,time\n", &[]).contains("--mapping activity=COLUMN"));
        assert!(refused("case,activity,time\n", &[("resource", "who")]).contains("no column \"who\""));
        assert!(refused("case,activity,time\n", &[("cost", "who")]).contains("no field of an event"));
        assert!(refused("case,activity,time,time\n", &[]).contains("twice"));
        assert!(refused("", &[]).contains("empty"));
    }
}
