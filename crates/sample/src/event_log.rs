//! The event log of the lender's case system: loans that people decided without the AI, as XES with starts and ends, so that the time
//! at work on each can be measured.

use std::io::Write;
use std::path::Path;

use chrono::TimeDelta;

use crate::calendar::{self, HOURS};
use crate::decisions::seconds;
use crate::dice;
use crate::organisation::Organisation;
use crate::usage::write_file;
use crate::{EventLogImport, SampleError};

/// The workflow whose people the log shows.
pub(crate) const WORKFLOW: &str = "loan-prescreening";
/// The source that it is imported as.
pub(crate) const SOURCE: &str = "loan-system";
/// The resource that is a machine.
pub(crate) const MACHINE: &str = "intake-service";

const CASES: u64 = 600;
const ANALYSTS: u64 = 14;

/// Writes the log below `dir`.
///
/// # Errors
/// [`SampleError::Io`] when the file cannot be written.
pub fn write_event_log(organisation: &Organisation, dir: &Path) -> Result<EventLogImport, SampleError> {
    let path = format!("event_logs/{WORKFLOW}.xes");
    let mut events = 0;
    write_file(dir, &path, |out| {
        writeln!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1849-2016\" xmlns=\"http://www.xes-standard.org/\">\n\
             \t<string key=\"lifecycle:model\" value=\"standard\"/>"
        )?;
        let workdays: Vec<u32> = (0..HOURS / 24).map(|day| day * 24).filter(|hour| calendar::is_workday(*hour)).collect();
        for number in 0..CASES {
            let bits = dice::draw(organisation.seed(), dice::again(dice::name(WORKFLOW), 31), number);
            let day = workdays[usize::try_from(number).unwrap_or_default() * workdays.len() / CASES as usize];
            let mut case = Case { out, at: u64::from(day) * 3600 + 8 * 3600 + dice::between(bits, 0, 6 * 3600), events: 0 };
            case.write(number, bits)?;
            events += case.events;
        }
        writeln!(out, "</log>")
    })?;
    Ok(EventLogImport { path, source: SOURCE.to_owned(), workflow: WORKFLOW.to_owned(), cases: CASES, events })
}

/// A case while it is written; `at` counts seconds from the first billed moment.
struct Case<'a, W> {
    out: &'a mut W,
    at: u64,
    events: u64,
}

impl<W: Write> Case<'_, W> {
    fn write(&mut self, number: u64, bits: u64) -> std::io::Result<()> {
        let analyst = |of: u64| format!("analyst-{:02}", 1 + dice::between(dice::again(bits, of), 0, ANALYSTS));
        let (first, second) = (analyst(1), analyst(2));
        writeln!(self.out, "\t<trace>\n\t\t<string key=\"concept:name\" value=\"loan-{number:04}\"/>")?;
        self.event("receive request", "complete", MACHINE)?;
        self.event("check papers", "schedule", MACHINE)?;
        self.wait(bits, 3, 90 * 60);
        self.work("check papers", &first, seconds(95, dice::again(bits, 4)), None)?;
        // In one case of seven papers are missing, and are checked again once they came.
        if dice::between(dice::again(bits, 5), 0, 7) == 0 {
            self.work("ask for papers", &first, seconds(30, dice::again(bits, 6)), None)?;
            self.wait(bits, 7, 60 * 60);
            self.work("check papers", &first, seconds(95, dice::again(bits, 8)), None)?;
        }
        self.event("assess risk", "schedule", MACHINE)?;
        self.wait(bits, 9, 60 * 60);
        let rest =
            (dice::between(dice::again(bits, 10), 0, 5) == 0).then(|| dice::between(dice::again(bits, 11), 20 * 60, 60 * 60));
        self.work("assess risk", &second, seconds(150, dice::again(bits, 12)), rest)?;
        let outcome = if dice::between(dice::again(bits, 13), 0, 100) < 38 { "decline" } else { "approve" };
        self.event(outcome, "complete", &second)?;
        writeln!(self.out, "\t</trace>")
    }

    fn wait(&mut self, bits: u64, of: u64, longest: u64) {
        self.at += dice::between(dice::again(bits, of), 60, longest);
    }

    /// A run of so many seconds, with a rest in its middle where there is one.
    fn work(&mut self, activity: &str, resource: &str, seconds: u64, rest: Option<u64>) -> std::io::Result<()> {
        self.event(activity, "start", resource)?;
        if let Some(rest) = rest {
            self.at += seconds / 2;
            self.event(activity, "suspend", resource)?;
            self.at += rest;
            self.event(activity, "resume", resource)?;
        }
        self.at += if rest.is_some() { seconds - seconds / 2 } else { seconds };
        self.event(activity, "complete", resource)
    }

    fn event(&mut self, activity: &str, transition: &str, resource: &str) -> std::io::Result<()> {
        self.events += 1;
        let moment = calendar::moment(0) + TimeDelta::seconds(self.at as i64);
        writeln!(
            self.out,
            "\t\t<event><string key=\"concept:name\" value=\"{activity}\"/><string key=\"lifecycle:transition\" value=\"{transition}\"/>\
             <string key=\"org:resource\" value=\"{resource}\"/><date key=\"time:timestamp\" value=\"{}\"/></event>",
            moment.format("%Y-%m-%dT%H:%M:%SZ")
        )
    }
}
