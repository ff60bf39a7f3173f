use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use farthing_application::{Ownership, OwnershipQuery};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::chargeback::cost_of;
use crate::parameters::period_of;
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Only this system; claims are settled among all of them.
    system: Option<String>,
    /// The billing period, as `2026-05`; the newest one without it.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// What AI systems cost in all
///
/// Each line with its source; what no line claims; the proof against the statements; and what an hour without a system costs in people.
#[utoipa::path(
    get, path = "/v1/tco", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "The systems", body = Ownership),
        (status = 400, description = "A parameter makes no sense, or lines claim the same charges", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such system, no charges, or no systems document", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ownership(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let period = period_of(parameters.period.as_deref())?;
    let cost = cost_of(parameters.cost.as_deref())?;
    let query = OwnershipQuery { period, system: parameters.system, cost };
    json(&api.as_of(parameters.as_of.as_deref())?.ownership(&query).await?)
}
