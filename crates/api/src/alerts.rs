//! What people were told of by themselves, and trying the ways to them.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use farthing_application::{
    AlertChannel, AlertLine, AlertPreferences, AlertState, AlertTest, AlertsQuery, Published, ResendAlerts, ResentAlerts,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::pages::{cursor_of, most, next_page, page_of, values_of};
use crate::state::Api;
use crate::status::json;

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertsParameters {
    /// `waiting`, `sent`, `failed` or `dropped`.
    state: Option<String>,
    /// Only what this channel is told of.
    channel: Option<String>,
    /// At most so many; 100 without it, and no more than 10,000.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10000)]
    limit: Option<u32>,
    /// Where the page before said that the next begins.
    cursor: Option<String>,
}

/// The channel to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlertTestRequest)]
pub(crate) struct Tried {
    /// Its name in the document of alerts.
    channel: String,
}

/// What is to be sent again; all that failed where nothing is named
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlertResendRequest)]
pub(crate) struct Resend {
    /// Only this message.
    message: Option<String>,
    /// Only what this channel is told of.
    channel: Option<String>,
}

/// What channels were told of and what waits, the newest first
///
/// A message that is tried again has the same id, so that a receiver can tell. `Link` says where the next page is.
#[utoipa::path(
    get, path = "/v1/alerts", tag = "jobs", params(AlertsParameters),
    responses(
        (status = 200, description = "One entry an event and channel", body = Vec<AlertLine>, headers(("Link" = String, description = "The next page, where there is one"))),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    uri: Uri,
    query: Result<Query<AlertsParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(AlertsParameters { state, channel, limit, cursor }) = query?;
    let state = state.map(|word| word.parse::<AlertState>()).transpose();
    let state = state.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let (after, limit) = (cursor.as_deref().map(values_of).transpose()?, most(limit)?);
    let found = api.farthing.alerts(&AlertsQuery { state, channel, after, limit: Some(limit + 1) }).await?;
    let place = |line: &AlertLine| cursor_of(&(line.created_at, &line.channel, &line.event.key));
    let (page, next) = page_of(found, limit, place);
    Ok((next.map(|next| next_page(&uri, &next)).unwrap_or_default(), json(&page)?).into_response())
}

/// Send a message that says that it is a test to a channel, now and once
///
/// That the channel does not take it is no error: `delivered` is false, and `said` says why.
#[utoipa::path(
    post, path = "/v1/alerts/test", tag = "jobs", request_body = Tried,
    responses(
        (status = 200, description = "What came of it", body = AlertTest),
        (status = 400, description = "The body makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such channel", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn test(Acting(api): Acting, body: Result<Json<Tried>, JsonRejection>) -> Result<Json<Value>, Problem> {
    let Json(Tried { channel }) = body?;
    json(&api.farthing.test_alerts(&channel, api.who()).await?)
}

/// Send again what failed for good, or whose channel was gone
///
/// Messages keep their ids, so that a receiver that has one can tell. They go out with the next run that sends.
#[utoipa::path(
    post, path = "/v1/alerts/resend", tag = "jobs", request_body = Resend,
    responses(
        (status = 200, description = "How many events channels are told of again", body = ResentAlerts),
        (status = 400, description = "The body makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing of that kind failed", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body says something else", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn resend(Acting(api): Acting, body: Result<Json<Resend>, JsonRejection>) -> Result<Json<Value>, Problem> {
    let Json(Resend { message, channel }) = body?;
    json(&api.farthing.resend_alerts(&ResendAlerts { message, channel }, api.who()).await?)
}

/// Who is told of what, and when
///
/// Whoever looks after the machinery sees all channels, everybody else the one that has their name.
#[utoipa::path(
    get, path = "/v1/alerts/channels", tag = "jobs",
    responses((status = 200, description = "The channels, by name", body = [AlertChannel]))
)]
pub(crate) async fn channels(Acting(api): Acting) -> Result<Json<Value>, Problem> {
    json(&api.farthing.alert_channels(&api.principal).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Preferring {
    /// True to be told what is wrong with it; nothing is published.
    #[serde(default)]
    dry_run: bool,
}

/// Change what a channel is told of, and when
///
/// People change that of the channel that has their name; who may publish, of any. It is a new version of the document of alerts, in which all
/// else stays as it is written.
#[utoipa::path(
    put, path = "/v1/alerts/channels/{name}/preferences", tag = "jobs",
    params(("name" = String, Path, description = "The channel's name"), Preferring), request_body = AlertPreferences,
    responses(
        (status = 200, description = "The version of the document", body = Published),
        (status = 400, description = "All that is wrong with it; nothing was published", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such channel that they may change", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else published meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn prefer(
    Acting(api): Acting,
    Path(name): Path<String>,
    query: Result<Query<Preferring>, QueryRejection>,
    body: Result<Json<AlertPreferences>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let (Query(Preferring { dry_run }), Json(wanted)) = (query?, body?);
    json(&api.farthing.change_alert_preferences(&api.principal, &name, &wanted, dry_run).await?)
}
