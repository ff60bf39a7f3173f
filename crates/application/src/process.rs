//! What an event log says of its process, and the handling time that unit costs take from it.

use std::collections::BTreeMap;

use farthing_event_logs::{Analysis, Calendar, Case, OutcomeRule, Pattern, Process, cases, process};
use farthing_store::Dataset;
use farthing_types::WorkflowId;
use farthing_unit_economics::people::{EventLog, MeasuredHandling, WorkflowPeople, mean_minutes};
use farthing_unit_economics::statistics::student_t_quantile;
use serde::Serialize;
use utoipa::ToSchema;

use crate::home::blocking;
use crate::{Error, Farthing};

/// What is asked of a log.
#[derive(Clone, Debug)]
pub struct ProcessQuery {
    /// The log, and what it has to be told.
    pub log: EventLog,
    /// How many variants and resources are listed.
    pub top: usize,
}

/// What a log says of its process: what `process --format json` prints.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProcessReport {
    /// The log.
    pub source: String,
    /// What the log was told: outcomes, machines, calendar.
    pub told: EventLog,
    /// What it says.
    #[serde(flatten)]
    pub process: Process,
}

impl Farthing {
    /// The statistics of a log's cases, and the baseline of people's handling time in it.
    ///
    /// # Errors
    /// When there is no such log, or what it is told makes no sense.
    pub async fn process(&self, query: &ProcessQuery) -> Result<ProcessReport, Error> {
        let analysis = analysis_of(&query.log, query.top)?;
        let cases = self.cases_of(&query.log).await?;
        let process = blocking(move || Ok(process(&cases, &analysis, student_t_quantile))).await?;
        Ok(ProcessReport { source: query.log.source.to_string(), told: query.log.clone(), process })
    }

    /// What the people file says of a workflow's log.
    ///
    /// # Errors
    /// When it does not know the workflow, or names no log for it.
    pub async fn log_of(&self, workflow: &WorkflowId) -> Result<EventLog, Error> {
        let people = self.people().await?;
        let found = people.into_iter().find(|people| people.workflow == *workflow);
        let found = found.ok_or_else(|| Error::Nothing(format!("the people file knows no workflow {workflow}")))?;
        found.event_log.ok_or_else(|| {
            Error::Nothing(format!(
                "the people file names no event log for {workflow}: add [workflow.event_log] with its source, or ask with --source"
            ))
        })
    }

    async fn cases_of(&self, log: &EventLog) -> Result<Vec<Case>, Error> {
        let events = self.events_of(&log.source).await?;
        if events.is_empty() {
            let mut known: Vec<String> =
                self.revisions(Dataset::EventLogs, None).await?.iter().map(|revision| revision.source.to_string()).collect();
            known.sort();
            known.dedup();
            let known = if known.is_empty() { "There is none yet".to_owned() } else { format!("There are {}", known.join(", ")) };
            return Err(Error::Nothing(format!(
                "there is no event log {}. {known}. Import one: `farthing ingest event-log PATH --source NAME`",
                log.source
            )));
        }
        blocking(move || Ok(cases(events))).await
    }

    /// The people, with the handling times that their event logs show; and what is to be said of logs that show none. Only the log
    /// of `wanted` is read where it is given.
    pub(crate) async fn measured_people(
        &self,
        wanted: Option<&WorkflowId>,
    ) -> Result<(Vec<WorkflowPeople>, BTreeMap<WorkflowId, String>), Error> {
        let (mut measured, mut notes) = (Vec::new(), BTreeMap::new());
        for people in self.people().await? {
            let log = people.event_log.clone().filter(|_| wanted.is_none_or(|wanted| *wanted == people.workflow));
            let Some(log) = log else {
                measured.push(people);
                continue;
            };
            match self.handling_in(&log).await {
                Ok(handling) => measured.push(people.measured_by(handling)),
                Err(Error::Nothing(why)) => {
                    notes.insert(people.workflow.clone(), format!("people's handling time is not known: {why}"));
                    measured.push(people);
                }
                Err(error) => return Err(error),
            }
        }
        Ok((measured, notes))
    }

    async fn handling_in(&self, log: &EventLog) -> Result<MeasuredHandling, Error> {
        let report = self.process(&ProcessQuery { log: log.clone(), top: 0 }).await?;
        handling_of(log, &report.process).ok_or_else(|| {
            let why = report.process.cannot_show.first().cloned().unwrap_or_default();
            Error::Nothing(format!("the event log {} does not show {why}", log.source))
        })
    }
}

/// What a log's baseline says of the time for a decision; nothing where it shows no handling.
fn handling_of(log: &EventLog, process: &Process) -> Option<MeasuredHandling> {
    let baseline = &process.baseline;
    let handling = baseline.handling.as_ref()?;
    let minutes = |milliseconds: i64| mean_minutes(milliseconds.into(), 1);
    let interval = baseline.interval.as_ref();
    Some(MeasuredHandling {
        source: log.source.to_string(),
        outcomes: log.only_outcomes.clone(),
        minutes: mean_minutes(handling.moments.sum, handling.count)?,
        low: interval.and_then(|interval| minutes(interval.low_ms)),
        high: interval.and_then(|interval| minutes(interval.high_ms)),
        standard_error: interval.and_then(|interval| minutes(interval.standard_error_ms)),
        rework_minutes: mean_minutes(baseline.rework_ms.into(), handling.count)?,
        rework_share: baseline.rework_share,
        cases: process.cases,
        measured_cases: baseline.measured_cases,
        measured_share: baseline.measured_share,
        automatic_cases: baseline.automatic_cases,
        working_time: process.working_time,
        from: process.first?,
        to: process.last?,
    })
}

/// The analysis that a log is to be read by.
pub(crate) fn analysis_of(log: &EventLog, top: usize) -> Result<Analysis, Error> {
    let invalid = |error: String| Error::Invalid(error);
    let outcome = OutcomeRule::of(&log.outcomes, log.outcome_attribute.as_deref()).map_err(|error| invalid(error.to_string()))?;
    if outcome == OutcomeRule::None && !log.only_outcomes.is_empty() {
        return Err(invalid(
            "cases can be chosen by their outcome only where something decides it: name outcomes, or the attribute".to_owned(),
        ));
    }
    if let OutcomeRule::Activities(rules) = &outcome
        && let Some(unknown) = log.only_outcomes.iter().find(|wanted| rules.iter().all(|(outcome, _)| outcome != *wanted))
    {
        let known: Vec<&str> = rules.iter().map(|(outcome, _)| outcome.as_str()).collect();
        return Err(invalid(format!("{unknown:?} is none of the outcomes {}", known.join(", "))));
    }
    let offset = log.offset.as_deref().unwrap_or_default();
    let calendar = match &log.calendar {
        Some(shifts) => Some(Calendar::new(shifts, &log.holidays, offset).map_err(|error| invalid(error.to_string()))?),
        None if !log.holidays.is_empty() || !offset.is_empty() => {
            return Err(invalid("holidays and an offset belong to a calendar: say which hours are worked".to_owned()));
        }
        None => None,
    };
    let patterns = |names: &[String]| names.iter().cloned().map(Pattern).collect();
    Ok(Analysis {
        window: log.window,
        automatic: patterns(&log.automatic),
        outcome,
        only_outcomes: log.only_outcomes.clone(),
        calendar,
        longest_handling_ms: log.longest_handling_minutes.map(|minutes| i64::from(minutes) * 60_000),
        repeatable: patterns(&log.repeatable),
        top,
    })
}

/// Reads `approved=A_APPROVED,A_REGISTERED` into outcomes.
///
/// # Errors
/// When it has no `=`.
pub fn outcomes_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut outcomes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in texts {
        let (outcome, activities) = text.split_once('=').ok_or_else(|| {
            Error::Invalid(format!("{text:?} says no outcome: write for example approved=A_APPROVED,A_REGISTERED"))
        })?;
        let names = activities.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        outcomes.entry(outcome.trim().to_owned()).or_default().extend(names);
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> EventLog {
        EventLog::of("bank".parse().unwrap())
    }

    #[test]
    fn what_makes_no_sense_is_refused_before_anything_is_read() {
        let refused = |log: EventLog| analysis_of(&log, 0).unwrap_err().to_string();
        assert!(refused(EventLog { only_outcomes: vec!["x".into()], ..log() }).contains("name outcomes"));
        let outcomes = outcomes_of(["approved=A,B", "declined=C"]).unwrap();
        let unknown = EventLog { only_outcomes: vec!["x".into()], outcomes: outcomes.clone(), ..log() };
        assert!(refused(unknown).contains("none of the outcomes approved, declined"));
        assert!(refused(EventLog { calendar: Some("always".into()), ..log() }).contains("no working time"));
        assert!(refused(EventLog { offset: Some("+01:00".into()), ..log() }).contains("belong to a calendar"));
        assert!(refused(EventLog { outcomes, outcome_attribute: Some("k".into()), ..log() }).contains("not by both"));
        assert!(outcomes_of(["approved"]).is_err());
    }
}
