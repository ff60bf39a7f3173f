use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{UnitCost, UnitCostQuery};
use farthing_types::AmountError;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::chargeback::cost_of;
use crate::parameters::id_of;
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Only this workflow.
    workflow: Option<String>,
    /// Whole months, as `2026-04-01/2026-06-01`; the last month with charges without it.
    window: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// Tell decisions apart: `unit`, `period` or `segment:TAG`; all together without it.
    #[param(example = "segment:channel")]
    by: Option<String>,
    /// Also what the comparisons with people rest on: each input moved by its interval, or by this share where it has none.
    #[param(example = "0.1")]
    tornado: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// Cost per decision, by AI and by people
///
/// One entry a workflow, with an arm for each actor and model: the exact parts, the interval and the break-even.
#[utoipa::path(
    get, path = "/v1/unit-cost", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "The workflows", body = [UnitCost]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such workflow, no charges, or no people file", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn unit_cost(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let workflow = id_of("workflow", parameters.workflow.as_deref())?;
    let window = parameters.window.as_deref().map(str::parse).transpose()?;
    let cost = cost_of(parameters.cost.as_deref())?;
    let wrong = |name: &str, why: String| Problem::new(StatusCode::BAD_REQUEST, format!("{name}: {why}"));
    let by = parameters.by.as_deref().map(str::parse).transpose().map_err(|error| wrong("by", error))?;
    let sensitivity = parameters.tornado.as_deref().map(str::parse).transpose();
    let sensitivity = sensitivity.map_err(|error: AmountError| wrong("tornado", error.to_string()))?;
    let query = UnitCostQuery { workflow, window, cost, by, sensitivity };
    let report = api.as_of(parameters.as_of.as_deref())?.unit_cost(&query).await?;
    json(&report)
}
