use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{EventLog, ProcessQuery, ProcessReport, outcomes_of};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::parameters::{id_of, source_of};
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The event log. Either this or `workflow`.
    source: Option<String>,
    /// The workflow whose log the people file names; it says then what the log has to be told.
    workflow: Option<String>,
    /// Only cases whose last event lies in it, as `2011-10-01/2012-01-01`.
    window: Option<String>,
    /// Outcomes and the activities that decide them: `approved=A_APPROVED,A_REGISTERED;declined=A_DECLINED`.
    outcomes: Option<String>,
    /// The attribute that says the outcome.
    outcome_attribute: Option<String>,
    /// Only cases that ended so, with commas between.
    only: Option<String>,
    /// Resources that are machines, with commas between; `*` stands for any text.
    automatic: Option<String>,
    /// Activities that belong to a case more than once, with commas between.
    repeatable: Option<String>,
    /// The hours worked: `mon-fri 08:00-12:00,13:00-17:00; sat 09:00-13:00`.
    calendar: Option<String>,
    /// Days on which nobody works, with commas between.
    holidays: Option<String>,
    /// How far the calendar's clock is from UTC: `+01:00`.
    offset: Option<String>,
    /// Working times of more minutes than this are not measured.
    longest_handling: Option<u32>,
    /// How many variants and resources are listed; 10 without it.
    top: Option<usize>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// What an event log says of its process
///
/// Durations, handling against waiting time, rework, variants, resources and outcomes, and the time that a case takes people, with
/// the part of the log that it rests on and what the log cannot show.
#[utoipa::path(
    get, path = "/v1/process", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "The process", body = ProcessReport),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such log or workflow", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn process(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let farthing = api.as_of(parameters.as_of.as_deref())?;
    let source = source_of(parameters.source.as_deref())?;
    let workflow = id_of("workflow", parameters.workflow.as_deref())?;
    let mut log = match (source, workflow) {
        (Some(source), None) => parameters.told(EventLog::of(source))?,
        (None, Some(workflow)) => farthing.log_of(&workflow).await?,
        _ => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "name the log with source, or a workflow with workflow".to_owned(),
            ));
        }
    };
    if let Some(only) = &parameters.only {
        log.only_outcomes = list(Some(only));
    }
    log.window = parameters.window.as_deref().map(str::parse).transpose()?.or(log.window);
    json(&farthing.process(&ProcessQuery { log, top: parameters.top.unwrap_or(10) }).await?)
}

impl Parameters {
    fn told(&self, log: EventLog) -> Result<EventLog, Problem> {
        let holidays = list(self.holidays.as_deref()).into_iter().map(|day| {
            day.parse()
                .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("holidays: {day:?} is no day such as 2011-12-26")))
        });
        Ok(EventLog {
            outcomes: outcomes_of(self.outcomes.iter().flat_map(|text| text.split(';')))?,
            outcome_attribute: self.outcome_attribute.clone(),
            automatic: list(self.automatic.as_deref()),
            repeatable: list(self.repeatable.as_deref()),
            calendar: self.calendar.clone(),
            holidays: holidays.collect::<Result<_, _>>()?,
            offset: self.offset.clone(),
            longest_handling_minutes: self.longest_handling,
            ..log
        })
    }
}

fn list(text: Option<&str>) -> Vec<String> {
    text.into_iter().flat_map(|text| text.split(',')).map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}
