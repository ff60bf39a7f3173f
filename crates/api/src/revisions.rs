use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use farthing_application::{FindingLine, RevisionDiff, RevisionLine};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::parameters::{period_of, source_of};
use crate::state::Api;
use crate::status::{AsOf, json};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Only this source.
    source: Option<String>,
    /// Only this billing period.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// Every revision there ever was, with what it restates of the one before
#[utoipa::path(
    get, path = "/v1/revisions", tag = "facts", params(ListParameters),
    responses(
        (status = 200, description = "The revisions, by dataset, source, period and number", body = [RevisionLine]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    query: Result<Query<ListParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(ListParameters { source, period, as_of }) = query?;
    let (source, period) = (source_of(source.as_deref())?, period_of(period.as_deref())?);
    json(&api.as_of(as_of.as_deref())?.revision_lines(source, period).await?)
}

/// One revision
#[utoipa::path(
    get, path = "/v1/revisions/{id}", tag = "facts",
    params(("id" = String, Path, description = "Its id", format = Uuid), AsOf),
    responses(
        (status = 200, description = "The revision", body = RevisionLine),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such revision", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn one(
    State(api): State<Api>,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Path(id) = path.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    json(&AsOf::of(query, &api)?.revision_line(&id).await?)
}

/// What the import of a revision found: rows that were set aside, and what is odd about those that were kept
///
/// One entry for each kind of finding, file and column, the worst first; at most 1,000.
#[utoipa::path(
    get, path = "/v1/revisions/{id}/findings", tag = "facts",
    params(("id" = String, Path, description = "The revision's id", format = Uuid)),
    responses(
        (status = 200, description = "What was found", body = [FindingLine]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such revision", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn findings(State(api): State<Api>, path: Result<Path<String>, PathRejection>) -> Result<Json<Value>, Problem> {
    let Path(id) = path.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    json(&api.farthing.revision_findings(&id).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffParameters {
    /// The earlier revision's id.
    before: Option<String>,
    /// The later revision's id.
    after: Option<String>,
    /// The newest revision of this source beside the one before, with `period`, instead of two ids.
    source: Option<String>,
    /// The billing period.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// What changed from one revision to another
///
/// Charges that cost more or less, came, went, or have other tags: in all, by unit and by service. They add up to the difference
/// of the totals, exactly; `proven` says so. What other rules moved is told apart.
#[utoipa::path(
    get, path = "/v1/revisions/diff", tag = "facts", params(DiffParameters),
    responses(
        (status = 200, description = "The difference", body = RevisionDiff),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such revisions", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn diff(
    State(api): State<Api>,
    query: Result<Query<DiffParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(DiffParameters { before, after, source, period, as_of }) = query?;
    let farthing = api.as_of(as_of.as_deref())?;
    let found = match (before, after, source_of(source.as_deref())?, period_of(period.as_deref())?) {
        (Some(before), Some(after), None, None) => farthing.diff_revisions(&before, &after).await?,
        (None, None, Some(source), Some(period)) => farthing.diff_last(&source, period).await?,
        _ => return Err(Problem::new(StatusCode::BAD_REQUEST, "name two revisions (before, after), or a source and a period")),
    };
    json(&found)
}
