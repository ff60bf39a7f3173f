use axum::Json;
use axum::extract::rejection::{QueryRejection, StringRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use farthing_application::{BudgetEntry, BudgetQuery, BudgetReport, PublishedBudgets};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
use crate::chargeback::{cost_of, reporting_of};
use crate::parameters::{id_of, period_of};
use crate::state::Api;
use crate::status::json;
use crate::units::day_of;
use crate::versions::tagged;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The month, as `2026-05`; the newest that has charges without it.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// Only this unit and those below it.
    unit: Option<String>,
    /// Only what the month cost up to this day, and from there a forecast; with `period`.
    #[param(format = Date, example = "2026-05-15")]
    through: Option<String>,
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

/// How a month stands against its budgets
///
/// What it cost so far, which is the rolled-up total of the chargeback, and what it is expected to cost, with an interval and the error
/// that the forecast would have had at earlier days. Where `breached` is true, `alerts` say which thresholds a unit is beyond.
#[utoipa::path(
    get, path = "/v1/budgets", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "Every unit that has a budget, in the order of the tree", body = BudgetReport),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges, or no budget for the month", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn status(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let period = period_of(parameters.period.as_deref())?;
    let cost = cost_of(parameters.cost.as_deref())?;
    let unit = id_of("unit", parameters.unit.as_deref())?;
    let through = parameters.through.as_deref().map(|day| day_of("through", day)).transpose()?;
    if through.is_some() && period.is_none() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "through: name the period that the day belongs to"));
    }
    let reporting = reporting_of(parameters.reporting.as_deref(), parameters.rate.as_deref())?;
    let query = BudgetQuery { period, cost, unit, through, reporting };
    json(&api.as_of(parameters.as_of.as_deref())?.budget_status(&query).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those of this month, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// The budgets in force
///
/// `ETag` is the version of the file.
#[utoipa::path(
    get, path = "/v1/budgets/entries", tag = "facts", params(Which),
    responses(
        (status = 200, description = "The rows of the budgets file, and what units have themselves", body = [BudgetEntry]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(State(api): State<Api>, query: Result<Query<Which>, QueryRejection>) -> Result<Response, Problem> {
    let Query(which) = query?;
    let period = period_of(which.period.as_deref())?;
    let farthing = api.as_of(which.as_of.as_deref())?;
    let (entries, version) = (farthing.budgets(period).await?, farthing.budgets_version().await?);
    Ok(tagged("budgets", version, json(&entries)?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Publishing {
    /// True to have it checked only.
    #[serde(default)]
    dry_run: bool,
}

/// Publish budgets in place of those before
///
/// With `If-Match` only where they are still those of that tag.
#[utoipa::path(
    put, path = "/v1/budgets", tag = "facts", params(Publishing),
    request_body(content = String, content_type = "text/csv", description = "`unit,month,amount,currency[,alert_actual][,alert_forecast]`"),
    responses(
        (status = 200, description = "The version", body = PublishedBudgets),
        (status = 400, description = "All that is wrong with them; nothing was published", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The budgets are not those of If-Match any more", body = Problem, content_type = "application/problem+json"),
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
    let expected = api.expected("budgets", &headers)?;
    let published = api.farthing.import_budgets(&body, "body", api.who(), publishing.dry_run, expected).await?;
    Ok(tagged("budgets", published.version, json(&published)?))
}

/// A body that says that it is CSV.
pub(crate) fn csv_of(headers: &HeaderMap, body: Result<String, StringRejection>) -> Result<String, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("text/csv");
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv") {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("{kind}: send it as text/csv")));
    }
    body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))
}
