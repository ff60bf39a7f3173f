use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use farthing_application::{Accruals, Journal, JournalQuery};
use farthing_types::{BillingPeriod, Cost};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::chargeback::{OneOrSeveral, cost_of, reporting_of};
use crate::state::Api;
use crate::status::{json, one_or_several};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The billing period, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
    /// `billed` (the default: what the invoices say), `effective`, `contracted` or `list`.
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

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccrualParameters {
    /// The billing period, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
    /// `billed` (the default: what the invoices say), `effective`, `contracted` or `list`.
    cost: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

fn read(period: &str, cost: Option<&str>) -> Result<(BillingPeriod, Cost), Problem> {
    Ok((period.parse()?, cost_of(cost.or(Some("billed")))?))
}

/// The double entries of a billing period
///
/// Units' cost centres are debited, what was billed is credited, and what rounding to the decimals of the books leaves over is a
/// line of its own: `debit_total = credit_total`.
#[utoipa::path(
    get, path = "/v1/journal", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "A journal; an array of them where there are several currencies", body = OneOrSeveral<Journal>),
        (status = 400, description = "A parameter makes no sense, or the statement is not proven", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn journal(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let (period, cost) = read(&parameters.period, parameters.cost.as_deref())?;
    let farthing = api.as_of(parameters.as_of.as_deref())?;
    let reporting = reporting_of(parameters.reporting.as_deref(), parameters.rate.as_deref())?;
    let journals = farthing.journal(&JournalQuery { period, cost, layout: None, reporting }).await?.journals;
    one_or_several(&journals)
}

/// What a billing period owes for days that are over and not billed yet
///
/// A source is late where its usage ends sooner before the end of the period than it did before the end of the period before.
/// With the journals that post the accruals on the last day of the period and reverse them on the first day of the next.
#[utoipa::path(
    get, path = "/v1/accruals", tag = "reports", params(AccrualParameters),
    responses(
        (status = 200, description = "The accruals, one entry a currency; none where no source is late", body = [Accruals]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Neither the period nor the one before has charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn accruals(
    State(api): State<Api>,
    query: Result<Query<AccrualParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let (period, cost) = read(&parameters.period, parameters.cost.as_deref())?;
    let farthing = api.as_of(parameters.as_of.as_deref())?;
    json(&farthing.accruals(&JournalQuery { period, cost, layout: None, reporting: None }).await?.accruals)
}

/// What is to be posted, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToPost {
    /// The billing period.
    #[schema(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
    /// `billed` (the default), `effective`, `contracted` or `list`.
    cost: Option<String>,
    /// All currencies in this one, at the published rates.
    #[serde(rename = "in")]
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    reporting: Option<String>,
    /// Which rate holds for a charge, with `in`: `day`, `month_end` or `month_average`.
    rate: Option<String>,
    /// Accounts, decimals and the columns of the file, as TOML.
    layout: Option<String>,
}

/// The double entries of a billing period as the file that the books import
#[utoipa::path(
    post, path = "/v1/journal", tag = "reports", request_body = ToPost,
    responses(
        (status = 200, description = "The file, in the columns of the layout", body = String, content_type = "text/csv"),
        (status = 400, description = "The layout or a value makes no sense, or the statement is not proven", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn journal_file(
    State(api): State<Api>,
    body: Result<Json<ToPost>, JsonRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Json(wanted) = body?;
    let (period, cost) = read(&wanted.period, wanted.cost.as_deref())?;
    let layout = wanted.layout.map(|text| (text, "layout".to_owned()));
    let reporting = reporting_of(wanted.reporting.as_deref(), wanted.rate.as_deref())?;
    let found = api.farthing.journal(&JournalQuery { period, cost, layout, reporting }).await?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], found.file))
}
