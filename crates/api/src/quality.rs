use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use farthing_application::{QualityQuery, QualityReport};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::parameters::{period_of, source_of};
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Only this source.
    source: Option<String>,
    /// Only this billing period, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// How complete, timely and conforming the charges are
///
/// Each measure is an exact share of what was counted. Where `breached` is true something is below the published SLA, and
/// `breaches` say what, by how much and what to do.
#[utoipa::path(
    get, path = "/v1/quality", tag = "facts", params(Parameters),
    responses(
        (status = 200, description = "The figures, by source and period", body = QualityReport),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Files of an earlier moment are gone", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn quality(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let (source, period) = (source_of(parameters.source.as_deref())?, period_of(parameters.period.as_deref())?);
    let query = QualityQuery { source, period, newest: false };
    json(&api.as_of(parameters.as_of.as_deref())?.quality(&query).await?)
}
