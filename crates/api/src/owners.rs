use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use farthing_application::OwnerLine;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::chargeback::selection_of;
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The month of the usage, as `2026-05`. This or `window`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// Days, as `2026-05-01/2026-06-01`.
    window: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// Whose inference usage is, by caller and endpoint
///
/// What it states, its workload by the rules, or what all other usage of the same caller, or else of the same endpoint, belongs to.
#[utoipa::path(
    get, path = "/v1/owners", tag = "facts", params(Parameters),
    responses(
        (status = 200, description = "One entry a caller, endpoint and unit", body = [OwnerLine]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No usage then", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn owners(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let selection = selection_of(parameters.period.as_deref(), parameters.window.as_deref())?;
    json(&api.as_of(parameters.as_of.as_deref())?.usage_owners(selection).await?)
}
