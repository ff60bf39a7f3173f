//! Runs of jobs: long work is asked for here, and looked at until it has ended.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use farthing_application::{AskedRun, JobReport, JobsQuery, RunState};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
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
    #[param(value_type = Option<u64>, maximum = 4294967295_u64)]
    limit: Option<u32>,
}

/// The newest runs, the newest first
#[utoipa::path(
    get, path = "/v1/jobs", tag = "jobs", params(JobsParameters),
    responses(
        (status = 200, description = "The runs", body = Vec<JobReport>),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    query: Result<Query<JobsParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(JobsParameters { state, job, limit }) = query?;
    let state = state.map(|word| word.parse::<RunState>()).transpose();
    let state = state.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    json(&api.farthing.jobs(&JobsQuery { state, job, limit: limit.map(u64::from) }).await?)
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
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = String, Path, description = "The run's id")),
    responses(
        (status = 200, description = "The run", body = JobReport),
        (status = 404, description = "There is no such run", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn one(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.job(&id).await?)
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
    json(&api.farthing.cancel_job(&id, api.who()).await?)
}
