use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{CostBasis, TokenCost, TokenCostBy, TokenCostQuery};
use farthing_types::{Selection, Window};
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
    /// Only this model, with or without its version.
    model: Option<String>,
    /// `both` (the default), `allocation`, or `usage`, which needs no bill.
    basis: Option<String>,
    /// What usage is told apart by, with commas: `model` (the default), `version`, `deployment`, `operation`, `principal`, `unit`.
    #[param(example = "model,unit")]
    by: Option<String>,
    /// A billing period, as `2026-05`; the newest one without it.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// Days of usage and of charges instead, as `2026-05-01/2026-05-08`.
    window: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// What tokens cost, by the bill and by the prices
///
/// One entry a currency of the bill: cost for a million tokens, for a request and for a GPU hour; both bases side by side with the parts of
/// their difference; hosted models with build or buy; and the proof against the statements.
#[utoipa::path(
    get, path = "/v1/token-cost", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "A report a currency", body = [TokenCost]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such usage, model or charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn token_cost(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let bad = |message: String| Problem::new(StatusCode::BAD_REQUEST, message);
    let basis = match parameters.basis.as_deref() {
        None | Some("both") => CostBasis::Both,
        Some("allocation") => CostBasis::Allocation,
        Some("usage") => CostBasis::Usage,
        Some(other) => return Err(bad(format!("basis: {other:?} is none of both, allocation, usage"))),
    };
    let by = parameters.by.as_deref().unwrap_or("model").split(',').map(str::parse::<TokenCostBy>);
    let by = by.collect::<Result<Vec<_>, _>>().map_err(|error| bad(format!("by: {error}")))?;
    let period = period_of(parameters.period.as_deref())?.map(Selection::Period);
    let window = parameters.window.as_deref().map(str::parse::<Window>).transpose()?.map(Selection::Window);
    if period.is_some() && window.is_some() {
        return Err(bad("period, window: name one of them".to_owned()));
    }
    let cost = cost_of(parameters.cost.as_deref())?;
    let query = TokenCostQuery { selection: period.or(window), model: parameters.model, basis, by, cost };
    json(&api.as_of(parameters.as_of.as_deref())?.token_cost(&query).await?)
}
