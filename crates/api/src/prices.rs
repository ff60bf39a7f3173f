use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use chrono::NaiveDate;
use farthing_application::{SkuKind, SkuPrice, SkuQuery, TokenPrice};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Only those of this model.
    model: Option<String>,
    /// Only those that hold on this day.
    #[param(format = Date, example = "2026-05-15")]
    on: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// What tokens are sold for
#[utoipa::path(
    get, path = "/v1/prices", tag = "facts", params(Parameters),
    responses(
        (status = 200, description = "Each price, for a million tokens", body = [TokenPrice]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There are none", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let day = day_of(parameters.on.as_deref())?;
    json(&api.as_of(parameters.as_of.as_deref())?.listed_prices(parameters.model.as_deref(), day).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SkuParameters {
    /// Only what is sold so.
    #[param(value_type = Option<SkuKind>)]
    kind: Option<String>,
    /// Only of this provider: `aws`, `azure`, `gcp`.
    provider: Option<String>,
    /// Only in this region, and what is sold anywhere.
    region: Option<String>,
    /// Only this.
    sku: Option<String>,
    /// Only what holds on this day.
    #[param(format = Date, example = "2026-05-15")]
    on: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// What machines, commitments and storage are sold for
#[utoipa::path(
    get, path = "/v1/prices/skus", tag = "facts", params(SkuParameters),
    responses(
        (status = 200, description = "Each price, for a unit", body = [SkuPrice]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There are none", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn skus(
    State(api): State<Api>,
    query: Result<Query<SkuParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(SkuParameters { kind, provider, region, sku, on, as_of }) = query?;
    let kind =
        kind.map(|kind| kind.parse::<SkuKind>().map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("kind: {error}"))));
    let query = SkuQuery { kind: kind.transpose()?, provider, region, sku, on: day_of(on.as_deref())? };
    json(&api.as_of(as_of.as_deref())?.listed_skus(&query).await?)
}

fn day_of(day: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    let read = |day: &str| {
        day.parse::<NaiveDate>()
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("on: {day:?} is no day such as 2026-05-15")))
    };
    day.map(read).transpose()
}
