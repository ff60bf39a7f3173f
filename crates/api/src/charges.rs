//! The charges themselves, as many as there are: sent as they are read.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use farthing_application::{Parameter, Parameters, SqlQuery};
use farthing_types::UnitId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::parameters::{id_of, period_of, source_of};
use crate::sql::{FORMS, accepted, streamed};
use crate::state::Api;

/// Every charge, with the columns of FOCUS.
const CHARGES: &str = "SELECT * FROM focus";
/// Every group of charges that went to one unit by one rule, or to none for one reason.
const ATTRIBUTED: &str = "SELECT * FROM attributed";
/// Those of one unit.
const OF_UNIT: &str = "SELECT * FROM attributed WHERE \"Unit\" = ?";

/// Which charges.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// The billing period, as `2026-05`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
    /// Only this source.
    source: Option<String>,
    /// With the unit that each belongs to, or the reason why to none: one row for all charges of a day that are alike.
    #[serde(default)]
    attributed: bool,
    /// Only what this unit has; with `attributed`.
    unit: Option<String>,
    /// `json`, `ndjson`, `csv`, `arrow` or `parquet`; what the client accepts without it.
    format: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// The charges of a billing period
///
/// Rows are sent as they are read, so that there may be millions: NDJSON and Arrow are made for it. Where a limit is reached after the first of
/// them the answer breaks off without its proper end.
#[utoipa::path(
    get, path = "/v1/charges", tag = "facts", params(Which),
    responses(
        (status = 200, description = "The charges", content(
            ([serde_json::Value] = "application/json"),
            (String = "application/x-ndjson"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (Vec<u8> = "application/vnd.apache.parquet")
        )),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "None of the accepted forms is one that answers have", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "They need too much time, memory or disk", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn charges(
    State(api): State<Api>,
    headers: HeaderMap,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(which) = query?;
    let wrong = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
    let format = match which.format.as_deref() {
        None => accepted(&headers)?,
        Some(name) => {
            let found = FORMS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form);
            found.ok_or_else(|| wrong(format!("format: {name:?} is none of {}", FORMS.map(|(name, _)| name).join(", "))))?
        }
    };
    let unit: Option<UnitId> = id_of("unit", which.unit.as_deref())?;
    let (text, positional) = match (which.attributed, unit) {
        (false, None) => (CHARGES, Vec::new()),
        (true, None) => (ATTRIBUTED, Vec::new()),
        (true, Some(unit)) => (OF_UNIT, vec![Parameter::Text(unit.to_string())]),
        (false, Some(_)) => return Err(wrong("unit: charges have none by themselves; ask with attributed=true".to_owned())),
    };
    let query = SqlQuery {
        query: text.to_owned(),
        parameters: Parameters { positional, ..Parameters::default() },
        period: period_of(Some(&which.period))?,
        source: source_of(which.source.as_deref())?,
    };
    streamed(api.as_of(which.as_of.as_deref())?.sql(&query).await?, format).await
}
