use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use chrono::NaiveDate;
use farthing_application::TokenPrice;
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
    let day = parameters.on.as_deref().map(|day| {
        day.parse::<NaiveDate>()
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("on: {day:?} is no day such as 2026-05-15")))
    });
    let day = day.transpose()?;
    json(&api.as_of(parameters.as_of.as_deref())?.listed_prices(parameters.model.as_deref(), day).await?)
}
