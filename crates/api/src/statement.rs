use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use farthing_application::{Farthing, UnitStatementQuery, UnitStatements};
use farthing_types::IdError;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::chargeback::{cost_of, reporting_of};
use crate::forms::{Form, chosen};
use crate::state::Api;
use crate::status::json;
use crate::tables::paper_of;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The billing period, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// All currencies in this one, at the published rates.
    #[serde(rename = "in")]
    #[param(rename = "in", pattern = "^[A-Z]{3}$", example = "EUR")]
    reporting: Option<String>,
    /// Which rate holds for a charge, with `in`: `day`, `month_end` or `month_average`; as the rates say without it, or else `day`.
    rate: Option<String>,
    /// `json` or `pdf`; what the client accepts without it.
    format: Option<String>,
    /// The paper of a PDF: `a4` (the default) or `letter`.
    paper: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// The statement of one unit for a billing period
///
/// What the unit and those below it are charged, by service and by pool, beside the month before; as JSON, or as a PDF that can be
/// printed. One statement a currency.
#[utoipa::path(
    get, path = "/v1/statements/{unit}", tag = "reports",
    params(("unit" = String, Path, description = "The unit's id", example = "claims"), Parameters),
    responses(
        (status = 200, description = "The statements", content(
            (UnitStatements = "application/json"),
            (Vec<u8> = "application/pdf")
        )),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges, or no such unit", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "None of the accepted forms is one that statements have", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn statement(
    State(api): State<Api>,
    Path(unit): Path<String>,
    headers: HeaderMap,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(parameters) = query?;
    let form = chosen(&headers, parameters.format.as_deref(), &[Form::Json, Form::Pdf])?;
    let wrong = |error: String| Problem::new(StatusCode::BAD_REQUEST, error);
    let size = paper_of(parameters.paper.as_deref())?;
    let unit = unit.parse().map_err(|error: IdError| wrong(format!("unit: {error}")))?;
    let cost = cost_of(parameters.cost.as_deref())?;
    let reporting = reporting_of(parameters.reporting.as_deref(), parameters.rate.as_deref())?;
    let query = UnitStatementQuery { unit, period: parameters.period.parse()?, cost, reporting };
    let found = api.as_of(parameters.as_of.as_deref())?.unit_statement(&query).await?;
    if form == Form::Json {
        return Ok(json(&found)?.into_response());
    }
    Ok(form.file(&format!("statement-{}", query.period), Farthing::print_unit_statement(&found, size)?))
}
