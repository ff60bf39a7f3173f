use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use farthing_application::{AnswerFormat, ChargebackQuery, Farthing, Reporting, Statement};
use farthing_types::{Cost, Selection};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::forms::{Form, chosen};
use crate::parameters::id_of;
use crate::state::Api;
use crate::status::one_or_several;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The billing period, as `2026-05`: what was invoiced in it. This or `window`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// Days, as `2026-05-01/2026-06-01`: what they cost, whenever it was billed.
    window: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// Only this unit and those below it.
    unit: Option<String>,
    /// `json`, `ndjson`, `arrow`, `parquet` or `xlsx`; what the client accepts without it.
    format: Option<String>,
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

/// One answer, or several where there are several currencies.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the description of what is answered")]
pub(crate) enum OneOrSeveral<T: ToSchema> {
    /// Of one currency.
    One(Box<T>),
    /// Of several.
    Several(Vec<T>),
}

/// The chargeback statements of a billing period, or of some days
///
/// One statement a currency: what each unit owes, what belongs to none and why, and the proof that attributed + unattributed =
/// billed.
#[utoipa::path(
    get, path = "/v1/chargeback", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "A statement; an array of them where there are several currencies", content(
            (OneOrSeveral<Statement> = "application/json"),
            (String = "application/x-ndjson"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (Vec<u8> = "application/vnd.apache.parquet"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges, or no such unit", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "None of the accepted forms is one that chargebacks have", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn chargeback(
    State(api): State<Api>,
    headers: HeaderMap,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(parameters) = query?;
    let form = chosen(&headers, parameters.format.as_deref(), &FORMS)?;
    let selection = selection_of(parameters.period.as_deref(), parameters.window.as_deref())?;
    let cost = cost_of(parameters.cost.as_deref())?;
    let unit = id_of("unit", parameters.unit.as_deref())?;
    let reporting = reporting_of(parameters.reporting.as_deref(), parameters.rate.as_deref())?;
    let query = ChargebackQuery { selection, cost, unit, reporting };
    let chargeback = api.as_of(parameters.as_of.as_deref())?.chargeback(&query).await?;
    let name = format!("chargeback-{}", file_name(selection));
    let rows = |rows| Ok::<_, Problem>(form.file(&name, Farthing::chargeback_rows(&chargeback, rows)?));
    Ok(match form {
        Form::Ndjson => rows(AnswerFormat::Ndjson)?,
        Form::Arrow => rows(AnswerFormat::Arrow)?,
        Form::Parquet => rows(AnswerFormat::Parquet)?,
        Form::Xlsx => form.file(&name, Farthing::chargeback_workbook(&chargeback)?),
        Form::Json | Form::Pdf => one_or_several(&chargeback.statements)?.into_response(),
    })
}

/// The forms of a chargeback. Those of rows have one a unit and one a reason.
const FORMS: [Form; 5] = [Form::Json, Form::Ndjson, Form::Arrow, Form::Parquet, Form::Xlsx];

/// The charges as a part of a file's name.
fn file_name(selection: Selection) -> String {
    selection.to_string().replace(['/', ':'], "_")
}

fn wrong(error: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, error)
}

/// The currency that a report is wanted in, and the rule of its rates.
pub(crate) fn reporting_of(currency: Option<&str>, rate: Option<&str>) -> Result<Option<Reporting>, Problem> {
    let rule = rate.map(str::parse).transpose().map_err(|error| wrong(format!("rate: {error}")))?;
    match currency {
        Some(currency) => {
            let currency = currency.parse().map_err(|error| wrong(format!("in: {error}")))?;
            Ok(Some(Reporting { currency, rule }))
        }
        None if rule.is_some() => Err(wrong("rate: name the currency that is wanted in the parameter in".to_owned())),
        None => Ok(None),
    }
}

/// The charges that two parameters mean.
pub(crate) fn selection_of(period: Option<&str>, window: Option<&str>) -> Result<Selection, Problem> {
    match (period, window) {
        (Some(period), None) => Ok(Selection::Period(period.parse()?)),
        (None, Some(window)) => Ok(Selection::Window(window.parse()?)),
        _ => Err(wrong("name either a period, such as 2026-05, or a window, such as 2026-05-01/2026-06-01".to_owned())),
    }
}

/// One of the four costs; effective without the parameter.
pub(crate) fn cost_of(text: Option<&str>) -> Result<Cost, Problem> {
    text.map_or(Ok(Cost::Effective), str::parse).map_err(|error| wrong(format!("cost: {error}")))
}
