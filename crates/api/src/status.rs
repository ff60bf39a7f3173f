use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{Farthing, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::state::Api;

pub(crate) fn json<T: Serialize>(value: &T) -> Result<Json<Value>, Problem> {
    serde_json::to_value(value).map(Json).map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// A report of one currency by itself, those of several as an array.
pub(crate) fn one_or_several<T: Serialize>(reports: &[T]) -> Result<Json<Value>, Problem> {
    match reports {
        [report] => json(report),
        reports => json(&reports),
    }
}

/// The one parameter that every report has.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

impl AsOf {
    /// The installation at that moment.
    pub fn of(query: Result<Query<Self>, QueryRejection>, api: &Api) -> Result<Farthing, Problem> {
        let Query(parameters) = query?;
        api.as_of(parameters.as_of.as_deref())
    }
}

/// What there is, by source and period
#[utoipa::path(
    get, path = "/v1/status", tag = "facts", params(AsOf),
    responses(
        (status = 200, description = "Each source's current facts", body = Status),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn status(State(api): State<Api>, query: Result<Query<AsOf>, QueryRejection>) -> Result<Json<Value>, Problem> {
    json(&AsOf::of(query, &api)?.status().await?)
}
