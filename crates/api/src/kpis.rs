use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use farthing_application::{Kpi, KpiReport};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::parameters::period_of;
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Listing {
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// The registry of metrics
///
/// One definition, owner, unit of measure, source and lineage each.
#[utoipa::path(
    get, path = "/v1/kpis", tag = "reports", params(Listing),
    responses(
        (status = 200, description = "Every metric", body = [Kpi]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(State(api): State<Api>, query: Result<Query<Listing>, QueryRejection>) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    json(&api.as_of(parameters.as_of.as_deref())?.kpis().await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Showing {
    /// The month, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// A metric's values in a month, with what they rest on
#[utoipa::path(
    get, path = "/v1/kpis/{id}", tag = "reports",
    params(("id" = String, Path, example = "cost_per_decision"), Showing),
    responses(
        (status = 200, description = "The values and their lineage", body = KpiReport),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such metric, or no facts to compute it from", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "An own metric's question needs more memory or time than it may have", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn one(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Result<Query<Showing>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let period = match period_of(Some(&parameters.period))? {
        Some(period) => period,
        None => return Err(Problem::new(axum::http::StatusCode::BAD_REQUEST, "period: which month?")),
    };
    json(&api.as_of(parameters.as_of.as_deref())?.kpi_values(&id, period).await?)
}
