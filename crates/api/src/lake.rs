use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::TimeDelta;
use farthing_application::{VerifyLake, Verifying};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::long_work::{prefers_a_job, whole};
use crate::parameters::{period_of, source_of};
use crate::state::Api;
use crate::status;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Only this source.
    source: Option<String>,
    /// Only this billing period, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// Also decode every value, and make keys and roll-ups again from the charges.
    #[serde(default)]
    deep: bool,
}

/// Whether the files of the lake are what the catalogue says
///
/// Presence, length, SHA-256, rows, sums and roll-ups of every revision, those that were replaced among them. `differences` is
/// empty where all is well; `orphans` are folders that the catalogue does not list and no report reads.
#[utoipa::path(
    get, path = "/v1/lake/verification", tag = "facts", params(Parameters),
    responses(
        (status = 200, description = "What was looked at and what differs", body = Value),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such revision", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn verification(
    Acting(api): Acting,
    headers: HeaderMap,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Parameters { source, period, deep }) = query?;
    let (source, period) = (source_of(source.as_deref())?, period_of(period.as_deref())?);
    if prefers_a_job(&headers) {
        let with = json!({"source": source, "period": period, "deep": deep, "report": true});
        return api.as_job("verify-lake", with).await;
    }
    whole(&api.farthing.verify_lake(&VerifyLake { source, period, deep }, Arc::new(Verifying::default())).await?)
}

/// What to compact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compaction {
    /// Only this source.
    source: Option<String>,
    /// Only this billing period, as `2026-05`.
    period: Option<String>,
    /// False to be told what would be done.
    #[serde(default)]
    apply: bool,
}

/// Write charges that lie in many small files or row groups anew in few large ones
///
/// Rows, sums, keys, roll-ups, ids and moments stay as they are.
#[utoipa::path(
    post, path = "/v1/lake/compaction", tag = "operations", request_body = Compaction,
    responses(
        (status = 200, description = "Each revision that is cut small, before and after", body = Value),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else moved a revision", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn compaction(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<Compaction>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    let (source, period) = (source_of(body.source.as_deref())?, period_of(body.period.as_deref())?);
    if body.apply && prefers_a_job(&headers) {
        return api.as_job("compact-lake", json!({"source": source, "period": period})).await;
    }
    whole(&api.farthing.compact_lake(source, period, body.apply).await?)
}

/// Whether to do it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    /// False to be told what would be done.
    #[serde(default)]
    apply: bool,
}

/// Move or remove revisions that were replaced, as the policy of the lake says
#[utoipa::path(
    post, path = "/v1/lake/retention", tag = "operations", request_body = Retention,
    responses(
        (status = 200, description = "Each revision that was replaced, with its fate and why", body = Value),
        (status = 400, description = "The body makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else did it at the same time", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn retention(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<Retention>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    if body.apply && prefers_a_job(&headers) {
        return api.as_job("retain-lake", json!({})).await;
    }
    whole(&api.farthing.retain_lake(body.apply).await?)
}

/// Take people, or rows about them, out of facts whose time is over, as the retention document says
///
/// What is held stays. Revisions keep their ids, and closed months their statements; `/v1/lineage` says what was taken out, and by which version.
#[utoipa::path(
    post, path = "/v1/lake/retention/people", tag = "operations", request_body = Retention,
    responses(
        (status = 200, description = "Each revision whose time is over, with what becomes of it and why", body = Value),
        (status = 400, description = "The body makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else did it at the same time", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn retention_of_people(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<Retention>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    if body.apply && prefers_a_job(&headers) {
        return api.as_job("retain-people", json!({})).await;
    }
    whole(&api.farthing.retain_people(body.apply).await?)
}

/// What to sweep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sweep {
    /// Only folders to which nothing was written for so many hours; 24 without it.
    #[serde(default = "a_day")]
    older_than_hours: u32,
    /// False to be told what would be done.
    #[serde(default)]
    apply: bool,
}

fn a_day() -> u32 {
    24
}

/// Remove folders that the catalogue does not list
#[utoipa::path(
    post, path = "/v1/lake/sweep", tag = "operations", request_body = Sweep,
    responses(
        (status = 200, description = "The folders that go, and those that are too recent", body = Value),
        (status = 400, description = "The body makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn sweep(Acting(api): Acting, body: Result<Json<Sweep>, JsonRejection>) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    status::json(&api.farthing.sweep_lake(TimeDelta::hours(body.older_than_hours.into()), body.apply).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only this billing period, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// The files in force at this moment, RFC 3339.
    as_of: Option<String>,
}

/// The files in force, for tools that read them as they are
#[utoipa::path(
    get, path = "/v1/lake/files", tag = "facts", params(Which),
    responses(
        (status = 200, description = "Path, kind, rows, bytes and SHA-256 of each", body = [Value]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn files(State(api): State<Api>, query: Result<Query<Which>, QueryRejection>) -> Result<Json<Value>, Problem> {
    let Query(which) = query?;
    let period = period_of(which.period.as_deref())?;
    status::json(&api.as_of(which.as_of.as_deref())?.lake_files(period).await?)
}
