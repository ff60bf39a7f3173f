use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use farthing_application::{DocumentKind, PublishedUnits, UnitHistory, UnitLine, UnitPatch, UnitSpan, UnitsForm};
use farthing_types::{Amount, Currency, UnitId};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Acting;
use crate::state::Api;
use crate::status::{AsOf, json};
use crate::{Problem, versions};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Only as they are on this day.
    #[param(format = Date, example = "2026-07-01")]
    on: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

fn wrong(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

pub(crate) fn day_of(name: &str, text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(|_| wrong(format!("{name}: {text:?} is not a day such as 2026-07-01")))
}

/// The units of the rules have no version of their own, and so no tag.
fn tagged(version: Option<u64>, body: Json<Value>) -> Response {
    versions::tagged(DocumentKind::Units.name(), version, body)
}

fn expected(api: &Api, headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    api.expected(DocumentKind::Units.name(), headers)
}

/// The operational units
///
/// Those that the rules in force list, or else the published ones, which have their version in `ETag`.
#[utoipa::path(
    get, path = "/v1/units", tag = "facts", params(Parameters),
    responses(
        (status = 200, description = "Each unit with the days on which it holds", body = [UnitLine]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(State(api): State<Api>, query: Result<Query<Parameters>, QueryRejection>) -> Result<Response, Problem> {
    let Query(parameters) = query?;
    let on = parameters.on.as_deref().map(|day| day_of("on", day)).transpose()?;
    let farthing = api.as_of(parameters.as_of.as_deref())?;
    let (units, version) = (farthing.units(on).await?, farthing.units_version().await?);
    Ok(tagged(version, json(&units)?))
}

fn id_of(text: &str) -> Result<UnitId, Problem> {
    text.parse().map_err(|error: farthing_types::IdError| wrong(error.to_string()))
}

/// One unit with its spans and neighbours
#[utoipa::path(
    get, path = "/v1/units/{unit}", tag = "facts",
    params(("unit" = String, Path, description = "The unit's id"), AsOf),
    responses(
        (status = 200, description = "Its spans, what stands below it, and what it came from", body = UnitHistory),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such unit", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn one(
    State(api): State<Api>,
    Path(unit): Path<String>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Response, Problem> {
    let history = AsOf::of(query, &api)?.unit(&id_of(&unit)?).await?;
    Ok(tagged(history.version, json(&history)?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Publishing {
    /// True to be told what would change; nothing is published.
    #[serde(default)]
    dry_run: bool,
}

/// Publish the units in place of those before
///
/// The whole document, in JSON (`{"version": 1, "units": […]}`, or SCIM groups), YAML or CSV, as `Content-Type` says. With `If-Match`
/// only where the units are still those of that tag.
#[utoipa::path(
    put, path = "/v1/units", tag = "facts", params(Publishing),
    request_body(content((Value = "application/json"), (String = "application/yaml"), (String = "text/csv"))),
    responses(
        (status = 200, description = "The version, and what it changed", body = PublishedUnits),
        (status = 400, description = "All that is wrong with the document; nothing was published", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The units are not those of If-Match any more", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn replace(
    Acting(api): Acting,
    query: Result<Query<Publishing>, QueryRejection>,
    headers: HeaderMap,
    body: Result<String, axum::extract::rejection::StringRejection>,
) -> Result<Response, Problem> {
    let Query(publishing) = query?;
    let body = body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let form = form_of(&headers)?;
    let version = expected(&api, &headers)?;
    let published = api.farthing.import_units(&body, form, "body", api.who(), publishing.dry_run, version).await?;
    Ok(tagged(published.version, json(&published)?))
}

fn form_of(headers: &HeaderMap) -> Result<UnitsForm, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("application/json");
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" | "application/scim+json" => Ok(UnitsForm::Json),
        "application/yaml" | "application/x-yaml" | "text/yaml" => Ok(UnitsForm::Yaml),
        "text/csv" => Ok(UnitsForm::Csv),
        other => {
            let detail = format!("{other}: send units as application/json, application/yaml or text/csv");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
        }
    }
}

/// A unit during a span of days.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUnit {
    /// Its id.
    unit: UnitId,
    /// Its name; the id without it.
    name: Option<String>,
    /// The unit above it.
    parent: Option<UnitId>,
    /// Who answers for it.
    #[serde(default)]
    owners: Vec<String>,
    /// The cost centre in the books.
    cost_center: Option<String>,
    /// The currency of its budget.
    currency: Option<Currency>,
    /// What it may cost in a month.
    budget: Option<Amount>,
    /// The first day on which it holds; since ever without it.
    from: Option<NaiveDate>,
    /// The first day on which it no longer holds; for ever without it.
    until: Option<NaiveDate>,
}

/// Add one unit to the published ones
///
/// Gives a new version of the units.
#[utoipa::path(
    post, path = "/v1/units", tag = "facts", request_body = NewUnit,
    responses(
        (status = 201, description = "The version, and what it changed", body = PublishedUnits),
        (status = 400, description = "What is wrong with the unit, or with the document with it", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The units are not those of If-Match any more", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is no unit", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<NewUnit>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(unit) = body?;
    let span = UnitSpan {
        name: unit.name.unwrap_or_else(|| unit.unit.to_string()),
        id: unit.unit,
        parent: unit.parent,
        owners: unit.owners,
        cost_center: unit.cost_center,
        currency: unit.currency,
        budget: unit.budget,
        from: unit.from,
        until: unit.until,
        succeeded_by: Vec::new(),
    };
    let published = api.farthing.add_unit(span, api.who(), expected(&api, &headers)?).await?;
    Ok((StatusCode::CREATED, tagged(published.version, json(&published)?)).into_response())
}

/// What changes of a unit from a day on. What is left out stays; `null` takes a value away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitChanges {
    /// The first day on which the change holds.
    effective: NaiveDate,
    /// Another name.
    name: Option<String>,
    /// Another unit above it; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<UnitId>)]
    parent: Option<Option<UnitId>>,
    /// Other owners.
    owners: Option<Vec<String>>,
    /// Another cost centre.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    cost_center: Option<Option<String>>,
    /// Another currency of its budget.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Currency>)]
    currency: Option<Option<Currency>>,
    /// Another budget.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Amount>)]
    budget: Option<Option<Amount>>,
    /// True where the unit ends on that day.
    #[serde(default)]
    ends: bool,
    /// What it was split or merged into on that day.
    succeeded_by: Option<Vec<UnitId>>,
}

/// A value that is there, `null` among them.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Change one of the published units from a day on, or end it
///
/// The entry that holds on that day is cut there; entries that begin later stay. Gives a new version of the units.
#[utoipa::path(
    patch, path = "/v1/units/{unit}", tag = "facts", request_body = UnitChanges,
    params(("unit" = String, Path, description = "The unit's id")),
    responses(
        (status = 200, description = "The version, and what it changed", body = PublishedUnits),
        (status = 400, description = "What is wrong with the change, or with the document with it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such unit", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The units are not those of If-Match any more", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is no change", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn change(
    Acting(api): Acting,
    Path(unit): Path<String>,
    headers: HeaderMap,
    body: Result<Json<UnitChanges>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(changes) = body?;
    let patch = UnitPatch {
        name: changes.name,
        parent: changes.parent,
        owners: changes.owners,
        cost_center: changes.cost_center,
        currency: changes.currency,
        budget: changes.budget,
        ends: changes.ends,
        succeeded_by: changes.succeeded_by,
    };
    if !patch.ends && patch.succeeded_by.is_some() {
        return Err(wrong("succeeded_by goes with \"ends\": true, the day on which the unit was split or merged".to_owned()));
    }
    let (unit, version) = (id_of(&unit)?, expected(&api, &headers)?);
    let published = api.farthing.change_unit(&unit, changes.effective, &patch, api.who(), version).await?;
    Ok(tagged(published.version, json(&published)?))
}
