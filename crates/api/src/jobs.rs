//! Runs of jobs: long work is asked for here, and looked at until it has ended.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use farthing_application::{AskedRun, JobReport, JobsQuery, Permission, RunState};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
use crate::pages::{cursor_of, most, next_page, page_of, values_of};
use crate::state::Api;
use crate::status::json;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobsParameters {
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    state: Option<String>,
    /// Only runs of this job.
    job: Option<String>,
    /// At most so many; 100 without it, and no more than 10,000.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10000)]
    limit: Option<u32>,
    /// Where the page before said that the next begins.
    cursor: Option<String>,
}

/// The newest runs, the newest first
///
/// `Link` says where the next page is.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "jobs", params(JobsParameters),
    responses(
        (status = 200, description = "The runs", body = Vec<JobReport>, headers(("Link" = String, description = "The next page, where there is one"))),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    uri: Uri,
    query: Result<Query<JobsParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(JobsParameters { state, job, limit, cursor }) = query?;
    let state = state.map(|word| word.parse::<RunState>()).transpose();
    let state = state.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let (before, limit) = (cursor.as_deref().map(values_of).transpose()?, most(limit)?);
    let found = api.farthing.jobs(&JobsQuery { state, job, before, limit: Some(limit + 1) }).await?;
    let (page, next) = page_of(found, limit, |run: &JobReport| cursor_of(&run.id));
    Ok((next.map(|next| next_page(&uri, &next)).unwrap_or_default(), json(&page)?).into_response())
}

/// Ask for a run now: of a schedule by its name, or of any kind of work
///
/// A worker takes it. `Location` is where to look how far it is.
#[utoipa::path(
    post, path = "/v1/jobs", tag = "jobs", request_body = AskedRun,
    responses(
        (status = 202, description = "The run, which waits for a worker", body = JobReport, headers(("Location" = String, description = "Where the run is"))),
        (status = 400, description = "The work makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such schedule", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The same was asked for at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ask(
    Acting(api): Acting,
    body: Result<Json<AskedRun>, JsonRejection>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Value>), Problem> {
    let Json(asked) = body?;
    let run = api.farthing.ask_run(&asked).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, format!("/v1/jobs/{}", run.id))], json(&run)?))
}

/// One run: how far it is, and what came of it
///
/// Whoever asked for it may look, and whoever looks after the machinery.
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = String, Path, description = "The run's id")),
    responses(
        (status = 200, description = "The run", body = JobReport),
        (status = 404, description = "There is no such run", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn one(Acting(api): Acting, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    json(&api.run_of(&id).await?)
}

impl Api {
    /// A run that whoever asks may see: any by whoever looks after the machinery, their own by everybody.
    pub async fn run_of(&self, id: &str) -> Result<JobReport, Problem> {
        let run = self.farthing.job(id).await?;
        let is_theirs = run.asked_by.as_deref() == Some(self.who());
        let may = self.principal.may(Permission::Operate) && self.principal.grant.is_whole();
        match is_theirs || may {
            true => Ok(run),
            // Whether there is one is not theirs to know.
            false => Err(Problem::new(StatusCode::NOT_FOUND, format!("there is no run {id:?} that {} asked for", self.who()))),
        }
    }
}

/// Cancel a run
///
/// One that waits is cancelled at once, one that is running as soon as its worker hears of it; nothing of it takes effect from then on. One
/// that has ended stays as it is.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path, description = "The run's id")),
    responses(
        (status = 200, description = "The run", body = JobReport),
        (status = 404, description = "There is no such run", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn cancel(Acting(api): Acting, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let run = api.run_of(&id).await?;
    json(&api.farthing.cancel_job(&run.id, api.who()).await?)
}
