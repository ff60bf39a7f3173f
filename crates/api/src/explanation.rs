use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{CellError, ExplainQuery, Explanation};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::chargeback::{OneOrSeveral, cost_of, reporting_of, selection_of};
use crate::state::Api;
use crate::status::one_or_several;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The figure, as on the command line: `unit=payments,part=direct` or `reason=no_tags`. Further `scope=own`, `source`,
    /// `currency`, `rule`, `pool`, `service`, `account`, `region`, `category`, FOCUS columns and `tag:NAME`.
    #[param(example = "unit=payments,part=direct")]
    cell: String,
    /// The billing period, as `2026-05`: what was invoiced in it. This or `window`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// Days, as `2026-05-01/2026-06-01`: what they cost, whenever it was billed.
    window: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// All currencies in this one, at the published rates.
    #[serde(rename = "in")]
    #[param(rename = "in", pattern = "^[A-Z]{3}$", example = "EUR")]
    reporting: Option<String>,
    /// Which rate holds for a charge, with `in`: `day`, `month_end` or `month_average`; as the rates say without it, or else `day`.
    rate: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// A figure of a statement, walked to its charges
///
/// The charges by the rule that sent them and what the rule went by, and the shares of pools with the driver's quantity, the rate
/// and the rounding. `amount + elsewhere = statement_amount`; `difference` is zero.
#[utoipa::path(
    get, path = "/v1/chargeback/explanation", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "An explanation; an array of them where there are several currencies", body = OneOrSeveral<Explanation>),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges, or no such figure", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn explanation(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let cell =
        parameters.cell.parse().map_err(|error: CellError| Problem::new(StatusCode::BAD_REQUEST, format!("cell: {error}")))?;
    let selection = selection_of(parameters.period.as_deref(), parameters.window.as_deref())?;
    let reporting = reporting_of(parameters.reporting.as_deref(), parameters.rate.as_deref())?;
    let query = ExplainQuery { selection, cost: cost_of(parameters.cost.as_deref())?, cell, reporting };
    let explained = api.as_of(parameters.as_of.as_deref())?.explain(&query).await?.explanations;
    one_or_several(&explained)
}
