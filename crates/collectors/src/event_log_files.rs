//! Event logs of business processes as files: XES, CSV, OCEL in JSON; plain or packed.
//!
//! - **Idempotence key**: the SHA-256 over the files' contents. Events have no ids: one that an earlier file of the same import has
//!   too (same case, activity, transition, moment, resource) is a repetition, as often as that file has it.
//! - **Late and restated data**: an import gives each month in it a new revision that replaces the source's earlier one. Cases reach
//!   over months; they are put together when they are read.
//! - **Partial data**: a file that breaks off gives nothing; events that make no sense are set aside and reported.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use farthing_event_logs::{DecodeError, DecodeReport, Effect, Event, csv_log, ocel, offset, xes};
use farthing_focus::{Finding, Severity};
use farthing_lake::{Staging, event_batch};
use farthing_types::BillingPeriod;
use serde::{Deserialize, Serialize};

use crate::masking::Mask;
use crate::usage_files::{EventError, EventReport, Events, stage};
use crate::{InputFile, Reading};

/// How the names of files that may be event logs end.
pub const ENDINGS: [&str; 8] = [".xes", ".xes.gz", ".csv", ".csv.gz", ".json", ".json.gz", ".jsonocel", ".jsonocel.gz"];

/// How an event log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// XES, IEEE 1849.
    Xes,
    /// CSV, one event or one piece of work a row.
    Csv,
    /// OCEL 1.0 or 2.0 in JSON.
    Ocel,
}

impl LogFormat {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xes => "xes",
            Self::Csv => "csv",
            Self::Ocel => "ocel",
        }
    }

    /// What the name of a file promises.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        match name.rsplit_once('.')?.1 {
            "xes" => Some(Self::Xes),
            "csv" => Some(Self::Csv),
            "json" | "jsonocel" => Some(Self::Ocel),
            _ => None,
        }
    }
}

/// How event logs are written, and what they do not say themselves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LogForm {
    /// The format; told by the names of files without it.
    pub format: Option<LogFormat>,
    /// CSV: the column of each field. XES: the key of each field that has another than the standard's. OCEL: `case` and `resource`, the
    /// types of objects.
    pub mapping: BTreeMap<String, String>,
    /// The offset from UTC of times that name none: `+01:00`.
    pub offset: Option<String>,
    /// CSV: the form of times, as strftime has it.
    pub time_format: Option<String>,
}

/// Why a log's events were not taken further.
enum Stop {
    Decode(DecodeError),
    Calendar,
}

impl From<DecodeError> for Stop {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

/// Reads event logs, masks them, and stages the events of each month.
///
/// # Errors
/// When a file cannot be read to its end or the lake cannot be written.
pub fn import(
    files: &[InputFile],
    form: &LogForm,
    mask: Option<&Mask>,
    staging: &Staging,
    reading: &Reading,
) -> Result<Events, EventError> {
    let mut months: BTreeMap<BillingPeriod, Vec<Event>> = BTreeMap::new();
    let mut reports = Vec::with_capacity(files.len());
    let mut repetitions = Repetitions { of_several: files.len() > 1, ..Repetitions::default() };
    let mut before = 0;
    for (at, file) in files.iter().enumerate() {
        reading.begin(file);
        let mut repeated = 0;
        let sink = |mut event: Event| {
            // Repetitions are told by the event as it stands in the file.
            if repetitions.has(&event, at) {
                repeated += 1;
                return Ok(());
            }
            event.position += before;
            let period = BillingPeriod::of(event.at).ok_or(Stop::Calendar)?;
            months.entry(period).or_default().push(match mask {
                Some(mask) => mask.event(event),
                None => event,
            });
            Ok(())
        };
        let report = decode(file, form, reading, sink)?;
        before += report.handed_over;
        reading.rows.fetch_add(report.events, Ordering::Relaxed);
        reports.push(described(report, repeated, mask));
    }
    let staged = months.into_iter().map(|(period, events)| stage(staging, period, "events.parquet", &event_batch(&events)?));
    Ok(Events { months: staged.collect::<Result<_, _>>()?, files: reports })
}

fn decode(
    file: &InputFile,
    form: &LogForm,
    reading: &Reading,
    sink: impl FnMut(Event) -> Result<(), Stop>,
) -> Result<DecodeReport, EventError> {
    let wrong = |source| EventError::Log { file: file.path.clone(), source };
    let offset = match &form.offset {
        None => None,
        Some(text) => {
            Some(offset(text).ok_or_else(|| wrong(DecodeError::Mapping(format!("{text:?} is no offset such as +01:00"))))?)
        }
    };
    let format = form.format.or_else(|| LogFormat::of_name(file.path.file_name().unwrap_or_default()));
    let format = format.ok_or_else(|| {
        wrong(DecodeError::Mapping("the file's name does not tell its format. Name it: --format xes, csv or ocel".to_owned()))
    })?;
    let text: Box<dyn Read + Send + '_> = file.open_text(reading)?;
    let of = |name: &str| form.mapping.get(name).cloned();
    let result = match format {
        LogFormat::Xes => xes::decode(text, &xes::Options { keys: form.mapping.clone(), offset }, sink),
        LogFormat::Csv => {
            let mapping = csv_log::Mapping { columns: form.mapping.clone() };
            csv_log::decode(text, &csv_log::Options { mapping, offset, time_format: form.time_format.clone() }, sink)
        }
        LogFormat::Ocel => {
            let options = ocel::Options { case_type: of("case"), resource_type: of("resource"), offset };
            ocel::decode(text, &options, sink)
        }
    };
    result.map_err(|stop| match stop {
        Stop::Decode(source) => wrong(source),
        Stop::Calendar => EventError::Calendar(file.path.clone()),
    })
}

/// What one file gave, in the words of all imports. Where data is masked no case is named.
fn described(report: DecodeReport, repeated: u64, mask: Option<&Mask>) -> EventReport {
    let finding = |found: &farthing_event_logs::Finding| Finding {
        rule: found.rule.to_owned(),
        severity: if found.effect == Effect::SetAside { Severity::Error } else { Severity::Warning },
        column: found.key.clone(),
        count: found.count,
        rows: found.rows.clone(),
        value: if found.case.is_empty() || mask.is_some() { String::new() } else { format!("case {}", found.case) },
        message: found.message.clone(),
    };
    let (rows, set_aside) = (report.events, report.findings.set_aside());
    let findings = report.findings.all().iter().map(finding).collect();
    EventReport { rows, set_aside, repeated, findings }.masked(mask)
}

/// What an event is told by.
type Same = (Arc<str>, Arc<str>, DateTime<Utc>, Option<Arc<str>>, Option<Arc<str>>, Option<Arc<str>>);

/// Events that several files of an import have.
#[derive(Default)]
struct Repetitions {
    of_several: bool,
    /// The file that had it last, how often that file has it so far, and how often an earlier one had it at most.
    seen: HashMap<Same, (usize, u32, u32)>,
}

impl Repetitions {
    /// True where an earlier file has this event at least as often as this file has it now.
    fn has(&mut self, event: &Event, file: usize) -> bool {
        if !self.of_several {
            return false;
        }
        let (case, activity) = (event.case.clone(), event.activity.clone());
        let same = (case, activity, event.at, event.transition.clone(), event.instance.clone(), event.resource.clone());
        let (last, here, before) = self.seen.entry(same).or_insert((file, 0, 0));
        if *last != file {
            (*last, *before, *here) = (file, (*before).max(*here), 0);
        }
        *here += 1;
        *here <= *before
    }
}
