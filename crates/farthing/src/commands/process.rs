//! `farthing process`, and the options of `farthing ingest event-log`.

use camino::Utf8PathBuf;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use farthing_application::{
    Durations, EventLog, EventLogForm, EventLogFormat, ImportEventLog, Process, ProcessQuery, ProcessReport, outcomes_of,
};
use farthing_types::{Amount, SourceName, Window, WorkflowId};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, OutputArgs, Table, grouped};

/// How event logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// XES, IEEE 1849
    Xes,
    /// One event, or one piece of work with begin and end, a row
    Csv,
    /// OCEL 1.0 or 2.0 in JSON
    Ocel,
}

#[derive(Debug, Args)]
pub struct IngestEventLogArgs {
    /// Files and folders
    #[arg(required = true)]
    pub paths: Vec<Utf8PathBuf>,
    /// The system that wrote the log
    #[arg(long)]
    pub source: SourceName,
    /// How the files are written; told by their names without it
    #[arg(long, value_enum)]
    pub format: Option<LogFormat>,
    /// CSV, XES: the column or key of case, activity, time, start (CSV), resource, transition or instance; usual names are found without
    /// it. OCEL: the object type that is a case, or that does the work (case, resource)
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub mapping: Vec<String>,
    /// The offset from UTC of times that name none, such as +01:00
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub offset: Option<String>,
    /// CSV: how times are written, such as "%d/%m/%Y %H:%M"
    #[arg(long, value_name = "FORM")]
    pub time_format: Option<String>,
}

impl IngestEventLogArgs {
    pub fn into_request(self) -> anyhow::Result<ImportEventLog> {
        let mapping = self.mapping.iter().map(|text| {
            let pair =
                text.split_once('=').ok_or_else(|| UsageError(format!("{text:?}: write FIELD=COLUMN, such as case=Ticket")));
            pair.map(|(field, column)| (field.to_owned(), column.to_owned()))
        });
        let format = self.format.map(|format| match format {
            LogFormat::Xes => EventLogFormat::Xes,
            LogFormat::Csv => EventLogFormat::Csv,
            LogFormat::Ocel => EventLogFormat::Ocel,
        });
        let form = EventLogForm {
            format,
            mapping: mapping.collect::<Result<_, _>>()?,
            offset: self.offset,
            time_format: self.time_format,
        };
        Ok(ImportEventLog { paths: self.paths, source: self.source, form })
    }
}

#[derive(Debug, Args)]
pub struct ProcessArgs {
    /// The event log
    #[arg(long, required_unless_present = "workflow")]
    pub source: Option<SourceName>,
    /// Read the log of this workflow as the people file says ([workflow.event_log])
    #[arg(long, conflicts_with = "source")]
    pub workflow: Option<WorkflowId>,
    /// Only cases whose last event lies in it, as 2011-10-01/2012-01-01
    #[arg(long)]
    pub window: Option<Window>,
    /// An outcome and the activities that decide it; the last one of a case counts. May be repeated
    #[arg(long, value_name = "OUTCOME=ACTIVITY,…", conflicts_with = "workflow")]
    pub outcome: Vec<String>,
    /// The attribute of events or cases that says the outcome
    #[arg(long, value_name = "KEY", conflicts_with_all = ["workflow", "outcome"])]
    pub outcome_attribute: Option<String>,
    /// Only cases that ended so. May be repeated
    #[arg(long, value_name = "OUTCOME")]
    pub only: Vec<String>,
    /// A resource that is a machine; * stands for any text. May be repeated
    #[arg(long, value_name = "RESOURCE", conflicts_with = "workflow")]
    pub automatic: Vec<String>,
    /// An activity that belongs to a case more than once and is no rework. May be repeated
    #[arg(long, value_name = "ACTIVITY", conflicts_with = "workflow")]
    pub repeatable: Vec<String>,
    /// The hours worked: "mon-fri 08:00-12:00,13:00-17:00; sat 09:00-13:00". Durations are then working time
    #[arg(long, value_name = "HOURS", conflicts_with = "workflow")]
    pub calendar: Option<String>,
    /// A day on which nobody works. May be repeated
    #[arg(long, value_name = "DAY", requires = "calendar")]
    pub holiday: Vec<NaiveDate>,
    /// How far the calendar's clock is from UTC, such as +01:00
    #[arg(long, value_name = "OFFSET", requires = "calendar", allow_hyphen_values = true)]
    pub offset: Option<String>,
    /// Working times longer than this are taken for ones that nobody ended, and are not measured
    #[arg(long, value_name = "MINUTES", conflicts_with = "workflow")]
    pub longest_handling: Option<u32>,
    /// How many variants and resources are listed
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub top: usize,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Prints what a log says of its process.
pub async fn run(context: &Context, arguments: ProcessArgs) -> anyhow::Result<Status> {
    let farthing = context.open_as_of(arguments.moment).await?;
    let mut log = match (&arguments.workflow, arguments.source) {
        (Some(workflow), _) => farthing.log_of(workflow).await?,
        (None, Some(source)) => EventLog {
            outcomes: outcomes_of(arguments.outcome.iter().map(String::as_str))?,
            outcome_attribute: arguments.outcome_attribute,
            automatic: arguments.automatic,
            repeatable: arguments.repeatable,
            calendar: arguments.calendar,
            holidays: arguments.holiday,
            offset: arguments.offset,
            longest_handling_minutes: arguments.longest_handling,
            ..EventLog::of(source)
        },
        (None, None) => return Err(UsageError("name the log with --source, or a workflow with --workflow".to_owned()).into()),
    };
    if !arguments.only.is_empty() {
        log.only_outcomes = arguments.only;
    }
    log.window = arguments.window.or(log.window);
    let report = farthing.process(&ProcessQuery { log, top: arguments.top }).await?;
    arguments.output.or(&context.output).show(&report, || tables(&report))?;
    Ok(Status::Done)
}

/// The report as tables: the whole, outcomes, activities, variants, resources.
pub fn tables(report: &ProcessReport) -> Vec<Table> {
    let process = &report.process;
    let mut tables = vec![summary(report)];
    for table in [outcomes(process), activities(process), variants(process), resources(process)] {
        if !table.rows.is_empty() {
            tables.push(table);
        }
    }
    let mut limits = Table::new("", &[]);
    process.cannot_show.iter().for_each(|says| limits.note(format!("Not shown by this log: {says}.")));
    tables.push(limits);
    tables
}

/// The whole of it, and the baseline: what stands in the demo beside the unit costs.
pub fn summary(report: &ProcessReport) -> Table {
    let (process, baseline) = (&report.process, &report.process.baseline);
    let day = |moment: &Option<chrono::DateTime<chrono::Utc>>| moment.map_or(String::new(), |m| m.format("%Y-%m-%d").to_string());
    let count = |n: u64| grouped(&n.to_string());
    let time = if process.working_time { "working time" } else { "time on the clock" };
    let title = format!(
        "{} · {} cases · {} events · {} to {} · {time}",
        report.source,
        count(process.cases),
        count(process.events),
        day(&process.first),
        day(&process.last)
    );
    let mut table = Table::new(title, &["Of a case", ">Cases", ">Mean", ">Median", ">90 %", ">Longest"]);
    let lines = [
        ("From first to last event", &process.throughput),
        ("People at work", &process.handling),
        ("Nobody at work", &process.waiting),
    ];
    for (name, durations) in lines {
        let mut row = vec![Cell::text(name)];
        row.extend(of_durations(durations.as_ref()));
        table.row(row);
    }
    if let (Some(handling), Some(interval)) = (&baseline.handling, &baseline.interval) {
        table.note(format!(
            "A case takes people {} min (95 % interval {} to {}), {} % of it rework. It rests on {} of {} cases ({} %) and {} % of the events.",
            minutes(handling.mean_ms),
            minutes(interval.low_ms),
            minutes(interval.high_ms),
            percent(baseline.rework_share),
            count(baseline.measured_cases),
            count(process.cases),
            percent(baseline.measured_share),
            percent(baseline.measured_events_share),
        ));
    }
    if baseline.automatic_cases > 0 {
        table.note(format!("No person had a hand in {} cases.", count(baseline.automatic_cases)));
    }
    if baseline.handling.is_some() && baseline.unmeasured_cases > 0 {
        table.note(format!("In {} cases people acted and no time is known.", count(baseline.unmeasured_cases)));
    }
    if baseline.overlapping_ms > 0 {
        table.note(format!("{} of people's time overlaps with other work of the same person.", shown(baseline.overlapping_ms)));
    }
    let rework = &process.rework;
    table.note(format!(
        "Rework: {} cases ({} %) repeat an activity, {} times: {} at once, {} after something else.",
        count(rework.cases),
        percent(rework.share),
        count(rework.repetitions),
        count(rework.at_once),
        count(rework.returned)
    ));
    table
}

fn outcomes(process: &Process) -> Table {
    let heads = [
        "Outcome",
        ">Cases",
        ">Share",
        ">Measured",
        ">No person",
        ">First to last",
        ">People at work",
        ">95 % interval",
        ">Rework",
    ];
    let mut table = Table::new("Outcomes", &heads);
    for line in &process.outcomes {
        let mean = |durations: &Option<Durations>| durations.as_ref().map_or(Cell::none(), |d| duration(d.mean_ms));
        let interval = line.handling_interval.as_ref();
        table.row(vec![
            Cell::text(line.outcome.clone().unwrap_or_else(|| "(open)".to_owned())),
            Cell::count(line.cases),
            share(line.share),
            Cell::count(line.measured),
            Cell::count(line.automatic),
            mean(&line.throughput),
            mean(&line.handling),
            interval.map_or(Cell::none(), |i| {
                let text = format!("{} to {}", shown(i.low_ms), shown(i.high_ms));
                Cell::figure(text, format!("{} to {}", i.low_ms, i.high_ms))
            }),
            duration(line.rework_ms),
        ]);
    }
    table
}

fn activities(process: &Process) -> Table {
    let heads = [
        "Activity",
        ">Events",
        ">Ended",
        ">Cases",
        ">Repeated",
        ">At work, mean",
        ">Median",
        ">Waits to start",
        ">Since previous",
    ];
    let mut table = Table::new("Activities", &heads);
    for line in &process.activities {
        let of = |durations: &Option<Durations>, get: fn(&Durations) -> i64| {
            durations.as_ref().map_or(Cell::none(), |d| duration(get(d)))
        };
        table.row(vec![
            Cell::text(&line.activity),
            Cell::count(line.events),
            Cell::count(line.ended),
            Cell::count(line.cases),
            Cell::count(line.repetitions),
            of(&line.handling, |d| d.mean_ms),
            of(&line.handling, |d| d.median_ms),
            of(&line.waiting, |d| d.mean_ms),
            of(&line.since_previous, |d| d.mean_ms),
        ]);
    }
    table
}

fn variants(process: &Process) -> Table {
    let mut table = Table::new("Variants", &[">Cases", ">Share", ">First to last", ">People at work", "Activities"]);
    for variant in &process.variants {
        let mean = |durations: &Option<Durations>| durations.as_ref().map_or(Cell::none(), |d| duration(d.mean_ms));
        let (activities, more) = (&variant.activities, variant.activities.len().saturating_sub(6));
        let mut text = activities.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(" → ");
        if more > 0 {
            text += &format!(" → … {more} more");
        }
        let course = Cell { shown: text, exact: activities.join(" → "), is_number: false };
        table.row(vec![
            Cell::count(variant.cases),
            share(variant.share),
            mean(&variant.throughput),
            mean(&variant.handling),
            course,
        ]);
    }
    let (listed, all) = (process.variants.len() as u64, process.distinct_variants);
    if all > listed {
        let others = grouped(&process.cases_of_other_variants.to_string());
        table.note(format!("{} more variants with {others} cases.", grouped(&(all - listed).to_string())));
    }
    table
}

fn resources(process: &Process) -> Table {
    let mut table = Table::new("Resources", &["Resource", ">Events", ">Cases", ">Times measured", ">At work", "Is"]);
    for line in &process.resources {
        let kind = match (line.automatic, line.looks_automatic) {
            (true, _) => "a machine, as named",
            (false, true) => "like a machine: name it with --automatic if it is one",
            (false, false) => "",
        };
        table.row(vec![
            Cell::text(&line.resource),
            Cell::count(line.events),
            Cell::count(line.cases),
            Cell::count(line.measured),
            if line.measured == 0 { Cell::none() } else { duration(line.handling_ms) },
            Cell::text(kind),
        ]);
    }
    let (listed, all) = (process.resources.len() as u64, process.distinct_resources);
    if all > listed {
        let others = grouped(&process.events_of_other_resources.to_string());
        table.note(format!("{} more resources with {others} events.", grouped(&(all - listed).to_string())));
    }
    table
}

/// How many, mean, median, what nine in ten do not exceed, and the longest.
fn of_durations(durations: Option<&Durations>) -> Vec<Cell> {
    match durations {
        None => vec![Cell::count(0), Cell::none(), Cell::none(), Cell::none(), Cell::none()],
        Some(d) => {
            let times = [d.mean_ms, d.median_ms, d.percentile_90_ms, d.maximum_ms].map(duration);
            std::iter::once(Cell::count(d.count)).chain(times).collect()
        }
    }
}

/// A duration: in its unit for people, in milliseconds in files.
fn duration(milliseconds: i64) -> Cell {
    Cell::figure(shown(milliseconds), milliseconds.to_string())
}

/// Milliseconds in the unit that shows them best, with one decimal from minutes on.
fn shown(milliseconds: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    let size = milliseconds.abs();
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| size >= *unit).unwrap_or((1_000, "s"));
    let amount = Amount::from_int(milliseconds).checked_div(Amount::from_int(unit)).unwrap_or_default();
    format!("{} {name}", grouped(&amount.to_fixed(1)))
}

/// Minutes with one decimal: the unit of people files.
fn minutes(milliseconds: i64) -> String {
    grouped(&Amount::from_int(milliseconds).checked_div(Amount::from_int(60_000)).unwrap_or_default().to_fixed(1))
}

fn percent(share: Amount) -> String {
    share.checked_mul(Amount::from_int(100)).unwrap_or_default().to_fixed(1)
}

fn share(share: Amount) -> Cell {
    Cell::figure(format!("{} %", percent(share)), share.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_their_unit() {
        let seen = [0, 1_855, 59_999, 90_000, 5_400_000, 745_100_096].map(shown);
        assert_eq!(seen, ["0.0 s", "1.9 s", "60.0 s", "1.5 min", "1.5 h", "8.6 d"]);
    }
}
