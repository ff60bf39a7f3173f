use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{Anomalies, AnomaliesQuery, CostForecast, ForecastQuery, SeriesBy};
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
pub(crate) struct Coming {
    /// The last month with charges that is looked at, as `2026-05`; the newest without it.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// How many months after it, 1 to 12; 3 without it.
    #[param(minimum = 1, maximum = 12)]
    months: Option<u32>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// Each `unit`, `service`, `account`, `region`, `provider`, or each value of a column, beside all together.
    by: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

fn by_of(by: Option<&str>) -> Result<Option<SeriesBy>, Problem> {
    by.map(str::parse).transpose().map_err(|why: String| Problem::new(StatusCode::BAD_REQUEST, format!("by: {why}")))
}

/// What the rest of a month and the months after it will cost
///
/// With an interval for each month, and the error that the method would have had at earlier days.
#[utoipa::path(
    get, path = "/v1/forecast", tag = "reports", params(Coming),
    responses(
        (status = 200, description = "The months, all together first", body = CostForecast),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn forecast(
    State(api): State<Api>,
    query: Result<Query<Coming>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(asked) = query?;
    let query = ForecastQuery {
        period: period_of(asked.period.as_deref())?,
        months: asked.months.unwrap_or(3),
        cost: cost_of(asked.cost.as_deref())?,
        by: by_of(asked.by.as_deref())?,
    };
    json(&api.as_of(asked.as_of.as_deref())?.cost_forecast(&query).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Unusual {
    /// The billing period, as `2026-05`; the newest that has charges without it.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// What costs are told apart by: `unit` (the default), `service`, `account`, `region`, `provider` or a column.
    by: Option<String>,
    /// From how many deviations on a day stands out; 4 without it.
    #[param(exclusive_minimum = 0.0)]
    deviations: Option<f64>,
    /// From how much money on, more or less than expected; 10 without it.
    least: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// Days that cost what their history did not let expect
///
/// Each day is held against what the days before it let expect, so that what is said of a day does not change with those that follow.
#[utoipa::path(
    get, path = "/v1/anomalies", tag = "reports", params(Unusual),
    responses(
        (status = 200, description = "What stood out, the most money first, with what moved most", body = Anomalies),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn anomalies(
    State(api): State<Api>,
    query: Result<Query<Unusual>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(asked) = query?;
    let wrong = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
    let deviations = asked.deviations.unwrap_or(4.0);
    let least = asked.least.as_deref().unwrap_or("10");
    let least: farthing_types::Amount = least.parse().map_err(|error| wrong(format!("least: {error}")))?;
    if !(deviations.is_finite() && deviations > 0.0) || least.is_negative() {
        return Err(wrong("deviations is above 0, and least is not below".to_owned()));
    }
    let query = AnomaliesQuery {
        period: period_of(asked.period.as_deref())?,
        cost: cost_of(asked.cost.as_deref())?,
        by: by_of(asked.by.as_deref())?.unwrap_or(SeriesBy::Unit),
        deviations,
        least,
    };
    json(&api.as_of(asked.as_of.as_deref())?.anomalies(&query).await?)
}
