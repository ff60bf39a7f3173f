use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use crate::Problem;
use crate::state::Api;

pub(crate) fn json<T: Serialize>(value: &T) -> Result<Json<Value>, Problem> {
    serde_json::to_value(value).map(Json).map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// What there is, by source and period
#[utoipa::path(
    get, path = "/v1/status", tag = "facts",
    responses(
        (status = 200, description = "Each source's current facts", body = Value),
        (status = 500, description = "Something broke", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn status(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.status().await?)
}

/// The operational units
#[utoipa::path(
    get, path = "/v1/units", tag = "facts",
    responses(
        (status = 200, description = "Each unit with the days on which it holds", body = [Value]),
        (status = 500, description = "Something broke", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn units(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.units().await?)
}
