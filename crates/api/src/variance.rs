use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{Variance, VarianceBy, VarianceQuery};
use farthing_types::parse_moment;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::chargeback::{OneOrSeveral, cost_of, reporting_of};
use crate::state::Api;
use crate::status::one_or_several;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The earlier billing period.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-04")]
    from: String,
    /// The later billing period.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    to: String,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// All currencies in this one, at the published rates.
    #[serde(rename = "in")]
    #[param(rename = "in", pattern = "^[A-Z]{3}$", example = "EUR")]
    reporting: Option<String>,
    /// Which rate holds for a charge, with `in`: `day`, `month_end` or `month_average`; as the rates say without it, or else `day`.
    rate: Option<String>,
    /// The rows: `unit` (the default) or `service`.
    by: Option<String>,
    /// The earlier period as it was stated at this moment, RFC 3339: facts and rules of then.
    #[param(format = DateTime, example = "2026-05-06T04:00:00Z")]
    from_as_of: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// Why a billing period cost another amount than an earlier one
///
/// For each row `before + price + volume + mix + fees + correction + rules + shared + fx = after`, exactly.
#[utoipa::path(
    get, path = "/v1/variance", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "A bridge; an array of them where there are several currencies", body = OneOrSeveral<Variance>),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "One of the periods has no charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn variance(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let wrong = |error: String| Problem::new(StatusCode::BAD_REQUEST, error);
    let query = VarianceQuery {
        from: parameters.from.parse()?,
        to: parameters.to.parse()?,
        cost: cost_of(parameters.cost.as_deref())?,
        by: parameters.by.as_deref().map_or(Ok(VarianceBy::Unit), str::parse).map_err(|error| wrong(format!("by: {error}")))?,
        from_as_of: parameters.from_as_of.as_deref().map(parse_moment).transpose()?,
        reporting: reporting_of(parameters.reporting.as_deref(), parameters.rate.as_deref())?,
    };
    let found = api.as_of(parameters.as_of.as_deref())?.variance(&query).await?;
    one_or_several(&found)
}
