use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use farthing_application::{CommitmentUse, Farthing, ProviderAnomalies, ProviderForecasts, ProviderQuery};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::parameters::{period_of, source_of};
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The month, as `2026-05`; without it the newest of each source, and for anomalies all months.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// Only this source, or part of one.
    source: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

impl Parameters {
    fn of(query: Result<Query<Self>, QueryRejection>, api: &Api) -> Result<(Farthing, ProviderQuery), Problem> {
        let Query(parameters) = query?;
        let query =
            ProviderQuery { period: period_of(parameters.period.as_deref())?, source: source_of(parameters.source.as_deref())? };
        Ok((api.as_of(parameters.as_of.as_deref())?, query))
    }
}

/// How commitments were used and what they covered, as the provider reckons it
///
/// Savings plans in money, reservations in hours, by day and with the month's sums; `used + unused = committed`. None of it is part of a
/// statement.
#[utoipa::path(
    get, path = "/v1/provider/commitments", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "Each source, month and kind of commitment", body = CommitmentUse),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No provider says anything of it", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn commitments(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (farthing, query) = Parameters::of(query, &api)?;
    json(&farthing.provider_commitments(&query).await?)
}

/// What providers expect the rest of months to cost, beside our own forecast of the same days
///
/// Both with their intervals, from what was known on the same morning; neither is part of the other.
#[utoipa::path(
    get, path = "/v1/provider/forecasts", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "Each source and month", body = ProviderForecasts),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No provider was asked", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn forecasts(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (farthing, query) = Parameters::of(query, &api)?;
    json(&farthing.provider_forecasts(&query).await?)
}

/// What providers take for unusual
#[utoipa::path(
    get, path = "/v1/provider/anomalies", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "The largest impact first", body = ProviderAnomalies),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No provider was asked", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn anomalies(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (farthing, query) = Parameters::of(query, &api)?;
    json(&farthing.provider_anomalies(&query).await?)
}
