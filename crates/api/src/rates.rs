use axum::extract::rejection::{QueryRejection, StringRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use farthing_application::{PublishedRates, RateLine};
use farthing_types::CurrencyError;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
use crate::budgets::csv_of;
use crate::parameters::period_of;
use crate::state::Api;
use crate::status::json;
use crate::versions::tagged;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Only pairs with this currency.
    #[param(pattern = "^[A-Z]{3}$", example = "EUR")]
    currency: Option<String>,
    /// Only those of this month, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// The rates between currencies
///
/// `ETag` is their version.
#[utoipa::path(
    get, path = "/v1/rates", tag = "facts", params(Parameters),
    responses(
        (status = 200, description = "Each rate, by pair and day", body = [RateLine]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There are none", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(State(api): State<Api>, query: Result<Query<Parameters>, QueryRejection>) -> Result<Response, Problem> {
    let Query(parameters) = query?;
    let currency = parameters.currency.as_deref().map(str::parse).transpose();
    let currency =
        currency.map_err(|error: CurrencyError| Problem::new(StatusCode::BAD_REQUEST, format!("currency: {error}")))?;
    let period = period_of(parameters.period.as_deref())?;
    let farthing = api.as_of(parameters.as_of.as_deref())?;
    let (rates, version) = (farthing.rates(currency, period).await?, farthing.rates_version().await?);
    Ok(tagged("rates", version, json(&rates)?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Publishing {
    /// True to have them checked only.
    #[serde(default)]
    dry_run: bool,
}

/// Publish rates in place of those before
///
/// With `If-Match` only where they are still those of that tag.
#[utoipa::path(
    put, path = "/v1/rates", tag = "facts", params(Publishing),
    request_body(content = String, content_type = "text/csv", description = "`date,from,to,rate`"),
    responses(
        (status = 200, description = "The version", body = PublishedRates),
        (status = 400, description = "All that is wrong with them; nothing was published", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The rates are not those of If-Match any more", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn replace(
    Acting(api): Acting,
    query: Result<Query<Publishing>, QueryRejection>,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Result<Response, Problem> {
    let Query(publishing) = query?;
    let body = csv_of(&headers, body)?;
    let expected = api.expected("rates", &headers)?;
    let published = api.farthing.import_rates(&body, "body", api.who(), publishing.dry_run, expected).await?;
    Ok(tagged("rates", published.version, json(&published)?))
}
